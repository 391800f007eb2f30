use std::fs;

use serde_json::{Value, json};

use crate::{Example, data};

fn job(learning_rates: &[f64]) -> Value {
    json!({ "data": data("machines.csv"), "folder": "work", "learning_rates": learning_rates, "margin": 0.5 })
}

fn training() -> Example {
    Example::new(env!("CARGO_BIN_EXE_training"))
}

#[test]
fn the_best_candidate_is_deployed_and_only_a_better_one_takes_its_place() {
    let example = training();
    let first = example.output("train_model", &job(&[0.0, 0.01, 0.3]));
    assert_eq!((&first["decision"], &first["before"]), (&json!("deployed"), &Value::Null));
    let accuracy = first["accuracy"].as_f64().expect("a number");
    assert!(accuracy > 80.0 && accuracy < 100.0, "{first}");
    let deployed: Value =
        serde_json::from_str(&fs::read_to_string(example.path("work/deployed.json")).expect("a model")).expect("JSON");
    assert_eq!(deployed["weights"].as_array().map(Vec::len), Some(4));
    assert_ne!(deployed["learning_rate"], json!(0.0), "a model that learnt nothing is not the best");

    let second = example.output("train_model", &job(&[0.0, 0.01]));
    assert_eq!((&second["decision"], &second["accuracy"]), (&json!("kept"), &json!(accuracy)));
}

#[test]
fn without_a_candidate_nothing_is_deployed() {
    let example = training();
    assert!(example.failure("train_model", &job(&[])).contains("NoCandidate"));
    assert!(!example.path("work/deployed.json").exists());
}

#[test]
fn data_that_are_none_are_named_by_their_line() {
    let example = training();
    fs::write(example.path("bad.csv"), "a,b,class\n1,2,0\n1,two,1\n").expect("a file");
    let job = json!({ "data": "bad.csv", "folder": "work", "learning_rates": [0.1], "margin": 0.5 });
    let said = example.failure("train_model", &job);
    assert!(said.contains("Data") && said.contains("line 3"), "{said}");
}
