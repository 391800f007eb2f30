use durafn_ir::{Callee, CalleeKind, TypeDef};

use super::*;
use crate::{callable::Need, private::body::need};

fn task(line: u32, needs: fn() -> Vec<Need>) -> TaskEntry {
    TaskEntry {
        name: "charge",
        place: ("src/tasks.rs", line),
        describe: |types| Callee {
            name: "charge".to_owned(),
            comment: None,
            kind: CalleeKind::Task,
            params: Vec::new(),
            by_name: false,
            places: None,
            output: types.intern(TypeDef::Unit),
            failure: None,
            timeout_seconds: Some(30),
            heartbeat_seconds: None,
            retry: Vec::new(),
        },
        needs,
        callback: false,
        activity: false,
        at_most_once: false,
        run: |_, _| Box::pin(async { Ok("null".to_owned()) }),
        transact: None,
        check_result: |_| Ok(()),
    }
}

#[test]
fn clashing_names_and_missing_resources_are_all_named() {
    let needs = || vec![need::<u8>(), need::<String>()];
    let tasks = [task(1, Vec::new), task(2, needs)];
    let resources = Resources::new().with(1_u8);
    let error = Registry::collect(&tasks, [], |_| Some(&resources)).unwrap_err();
    assert!(error.is_program());
    assert_eq!(
        error.to_string(),
        "two tasks have the name `charge`: src/tasks.rs:1 and src/tasks.rs:2; give one of them another with `#[task(name = \"..\")]`\n\
         task `charge` (src/tasks.rs:2) needs a resource of type `alloc::string::String`, and the engine has none; give it one with \
         `Engine::builder().resource(..)`"
    );
}

fn workflow(version: u32, line: u32) -> WorkflowEntry {
    WorkflowEntry {
        name: "fulfil",
        version,
        place: ("src/main.rs", line),
        kind: durafn_ir::WorkflowKind::Standard,
        describe: |types| (task(1, Vec::new).describe)(types),
        check_input: |_| Ok(()),
        run: |_, _| Ok(Box::pin(async { Ok("null".to_owned()) })),
        machine: || unreachable!("nobody asks for it"),
    }
}

#[test]
fn versions_of_a_workflow_stand_side_by_side() {
    let registry = Registry::collect([], &[workflow(3, 1), workflow(1, 2)], |_| None).unwrap();
    assert_eq!(registry.find_workflow("fulfil").unwrap().version, 3);
    assert_eq!(registry.workflow_of("fulfil", 1).unwrap().version, 1);
    let error = registry.workflow_of("fulfil", 2).unwrap_err();
    assert!(error.is_unknown_workflow());
    assert_eq!(error.to_string(), "there is no version 2 of workflow `fulfil` in this program, but 1, 3");
    let error = Registry::collect([], &[workflow(1, 1), workflow(1, 2)], |_| None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "two workflows have the name `fulfil` and the version 1: src/main.rs:1 and src/main.rs:2; give one of them another name with \
         `#[workflow(name = \"..\")]`; or, where one is to take the place of the other, a higher version: \
         `#[workflow(name = \"fulfil\", version = 2)]`"
    );
}

#[test]
fn a_task_keeps_the_policy_that_it_declares() {
    let registry = Registry::collect(&[task(1, Vec::new)], [], |_| None).unwrap();
    assert_eq!(registry.task("charge").unwrap().policy.timeout, Some(30));
}
