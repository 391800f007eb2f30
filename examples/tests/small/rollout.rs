use serde_json::json;

use crate::Example;

fn rollout() -> Example {
    Example::new(env!("CARGO_BIN_EXE_rollout"))
}

#[test]
fn a_good_version_is_deployed_everywhere() {
    let example = rollout();
    assert_eq!(example.output("roll_out", &json!({ "version": "1.5.0", "services": ["accounts", "search"] })), 2);
    assert_eq!(example.calls("1"), ["deploy", "error_rate", "deploy", "error_rate"]);
}

#[test]
fn what_was_deployed_is_taken_back_in_reverse_order() {
    let example = rollout();
    let release = json!({ "version": "1.5.0-slow", "services": ["accounts", "checkout", "mail"] });
    let said = example.failure("roll_out", &release);
    assert!(said.contains("RolledBack") && said.contains(r#""undone":["checkout","accounts"]"#), "{said}");
    assert_eq!(example.calls("1"), ["deploy", "error_rate", "deploy", "error_rate", "restore", "restore"]);
}

#[test]
fn a_service_that_does_not_start_is_not_restored() {
    let example = rollout();
    let release = json!({ "version": "1.5.0-broken", "services": ["accounts", "search", "mail"] });
    let said = example.failure("roll_out", &release);
    assert!(said.contains("search does not start") && said.contains(r#""undone":["accounts"]"#), "{said}");
    assert_eq!(example.calls("1"), ["deploy", "error_rate", "deploy", "restore"]);
}
