//! Prints each encoding with the values it is tried on, one JSON array a line: name, JSONata, bindings, expected value or
//! null, and whether it fails. For tests that have JSONata engines at hand.

fn main() {
    for case in durafn_asl::conformance::cases() {
        match case.jsonata() {
            Ok(text) => {
                for row in &case.rows {
                    let line = serde_json::json!([case.name, text, row.bindings, row.expected, row.expected.is_none()]);
                    println!("{line}");
                }
            }
            Err(error) => eprintln!("{}: {}", case.name, error.message),
        }
    }
}
