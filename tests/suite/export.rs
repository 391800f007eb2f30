//! What leaves as Amazon States Language.

use std::process::Command;

use durafn::{callable::WorkflowEntry, prelude::*};
use durafn_asl::{Options, Target};
use serde_json::{Value, json};

#[task(resource = "arn:aws:lambda:us-east-1:123456789012:function:HelloWorldFunction")]
async fn hello_world() {}

/// A simple AWS Step Functions example
#[workflow]
async fn hello() {
    hello_world().await
}

fn exported(workflow: &str, target: Target) -> String {
    let entry = durafn::private::inventory::iter::<WorkflowEntry>.into_iter().find(|entry| entry.name == workflow);
    let machine = (entry.expect("a workflow of this program").machine)().expect("it links");
    let options = Options { target, ..Options::default() };
    durafn_asl::export(machine, &options).expect("it has a form in ASL").definition.to_json()
}

/// How many states there are, those of branches and bodies included.
fn states(definition: &Value) -> usize {
    let Some(states) = definition.get("States").and_then(Value::as_object) else { return 0 };
    let inner = |state: &Value| {
        let branches = state.get("Branches").and_then(Value::as_array).into_iter().flatten();
        branches.chain(state.get("ItemProcessor")).map(self::states).sum::<usize>()
    };
    states.values().map(|state| 1 + inner(state)).sum()
}

/// The first example of the service's own documentation.
#[test]
fn hello_world_is_as_its_documentation_has_it() {
    let mut definition: Value = serde_json::from_str(&exported("hello", Target::default())).expect("JSON");
    let state = definition["States"]["HelloWorld"].as_object_mut().expect("a state of this name");
    let (_arguments, _output) = (state.remove("Arguments"), state.remove("Output"));
    let wanted = json!({
        "Comment": "A simple AWS Step Functions example",
        "QueryLanguage": "JSONata",
        "StartAt": "HelloWorld",
        "States": {
            "HelloWorld": {
                "Type": "Task",
                "Resource": "arn:aws:lambda:us-east-1:123456789012:function:HelloWorldFunction",
                "End": true
            }
        }
    });
    assert_eq!(definition, wanted);
}

/// An expert wrote this workflow by hand in 13 states.
#[test]
fn an_order_has_no_more_states_than_by_hand() {
    for target in [Target::Activity, Target::default()] {
        let definition: Value = serde_json::from_str(&exported("fulfil", target)).expect("JSON");
        assert!(states(&definition) <= 13, "{target:?}: {definition:#}");
    }
}

#[test]
fn an_order_as_activities() {
    insta::assert_snapshot!(exported("fulfil", Target::Activity));
}

#[test]
fn an_order_as_one_lambda_function() {
    insta::assert_snapshot!(exported("fulfil", Target::Lambda { per_task: false }));
}

/// The main job of the examples, as its user exports it.
#[test]
fn the_orders_example() {
    let run = ["run", "-q", "-p", "examples", "--bin", "orders", "--", "export", "fulfil"];
    let output = Command::new(env!("CARGO")).args(run).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stdout));
}

/// What the service integrations of the programs become.
#[test]
fn service_integrations() {
    let workflows = [
        "lambda",
        "lambda_by_arn",
        "sns",
        "sqs",
        "dynamodb",
        "s3",
        "ecs",
        "batch",
        "eventbridge",
        "http",
        "step_functions",
        "any_api",
    ];
    let mut tasks = serde_json::Map::new();
    for workflow in workflows {
        let definition: Value = serde_json::from_str(&exported(workflow, Target::default())).expect("JSON");
        let states = definition["States"].as_object().expect("states").clone();
        tasks.extend(states.into_iter().filter(|(_, state)| state["Type"] == "Task"));
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&tasks).expect("JSON"));
}
