use serde_json::{Value, json};

use crate::Example;

fn services() -> Example {
    Example::new(env!("CARGO_BIN_EXE_services"))
}

fn cart(sku: &str, cents: u32) -> Value {
    json!({ "id": "c-1", "customer": "Ada", "lines": [{ "sku": "MUG", "quantity": 2, "cents": 900 }, { "sku": sku, "quantity": 1, "cents": cents }] })
}

/// The executions with their workflow, status and parent, the oldest first.
fn executions(example: &Example) -> Vec<(Value, Value, Value)> {
    let output = example.run(&["list", "--json"]);
    let list: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let row = |row: &Value| (row["workflow"].clone(), row["status"].clone(), row["parent"].clone());
    list.as_array().expect("executions").iter().rev().map(row).collect()
}

#[test]
fn a_cart_is_checked_out_by_its_services() {
    let example = services();
    assert_eq!(example.output("check_out", &cart("LAMP", 4_900)), "card of Ada: 6700");
    assert_eq!(example.calls("1"), ["reserve_stock", "take_payment", "put_item", "publish", "count_sale"]);
    let executions = executions(&example);
    let names: Vec<&str> = executions.iter().filter_map(|(workflow, ..)| workflow.as_str()).collect();
    assert_eq!(names, ["check_out", "reserve_stock", "take_payment", "count_sale"]);
    assert!(executions[..3].iter().all(|(_, status, _)| status == "SUCCEEDED"), "{executions:?}");
    assert!(executions[1..].iter().all(|(.., parent)| parent == 1), "{executions:?}");
}

#[test]
fn a_failure_of_a_service_stops_the_other_and_is_the_parents() {
    let example = services();
    let said = example.failure("check_out", &cart("GONE-1", 100));
    assert!(said.contains("OutOfStock") && said.contains("GONE-1"), "{said}");
    assert!(!example.calls("1").contains(&"publish".to_owned()));
    let said = example.failure("check_out", &cart("LAMP", 200_000));
    assert!(said.contains("Declined"), "{said}");
}
