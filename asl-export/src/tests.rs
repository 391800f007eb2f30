//! Whole machines, built by hand, against the ASL an expert would write.

use crate::{Account, Options, Target, build::*, conformance::machines::*, export};
use durafn_ir::{CalleeKind, RegionId};

fn activities() -> Options {
    let account = Account { region: "us-east-1".to_owned(), id: "000000000000".to_owned() };
    Options { target: Target::Activity, account: Some(account), ..Options::default() }
}

fn exported(build: &Build, options: &Options) -> String {
    export(&build.machine, options).unwrap_or_else(|error| panic!("{error}")).definition.to_json()
}

#[test]
fn hello_world() {
    let mut b = Build::new("hello");
    b.machine.comment = Some("A Hello World example".to_owned());
    let string = b.string();
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:HelloWorldFunction";
    let greeting = b.var("greeting", string);
    let output = b.read(greeting);
    let hello = callee("hello_world", CalleeKind::Resource(arn.to_owned()), vec![], string);
    b.state(RegionId(0), "HelloWorld", task(hello, vec![], taking(greeting, end(output))));
    let expected = r#"{
  "Comment": "A Hello World example",
  "QueryLanguage": "JSONata",
  "StartAt": "HelloWorld",
  "States": {
    "HelloWorld": {
      "Type": "Task",
      "Resource": "arn:aws:lambda:us-east-1:123456789012:function:HelloWorldFunction",
      "Arguments": {},
      "End": true
    }
  }
}
"#;
    assert_eq!(exported(&b, &Options::default()), expected);
}

/// What follows a text in the export of a machine.
fn after<'t>(text: &'t str, start: &str) -> &'t str {
    text.split_once(start).map_or("", |(_, rest)| rest)
}

#[test]
fn fulfil_has_the_states_of_the_expert() {
    let text = exported(&fulfil(), &activities());
    for line in [
        r#""Items": "{% $states.input.items %}""#,
        r#""Arguments": "{% $order %}""#,
        r#""Condition": "{% $order.amount > 1000 %}""#,
        r#""Condition": "{% $not($carrier_ready) and $waited < 5 %}""#,
        r#""Cause": "{% $string({\"Rejected\": $approval.by}) %}""#,
        r#""parcels": "{% $count($reserved) %}""#,
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert_eq!(text.matches("\"Type\"").count(), 13);
}

#[test]
fn wide_integers_give_a_warning() {
    let export = export(&fulfil().machine, &activities()).expect("it exports");
    assert!(export.warnings.iter().any(|warning| warning.message.contains("`amount` of `Order`")));
}

#[test]
fn assignments_in_order_become_one_assign() {
    let text = exported(&sequential(), &activities());
    let text = after(&text, "\"Compute\"");
    assert!(text.contains(r#""x": "{% ($n := $y + $x; "#), "{text}");
    assert!(text.contains(r#""count_value": ["#), "a name of a function is changed: {text}");
    assert!(!text.contains("\"kept\""), "what nobody reads is not assigned: {text}");
}

#[test]
fn what_can_fail_on_entry_fails_before_the_call() {
    let text = exported(&failing_on_entry(), &activities());
    assert!(text.contains("\"Arguments\": \"{% ($checked := $states.input != 0 ? "), "{text}");
}

#[test]
fn what_a_parallel_assigns_on_entry_is_passed_into_it() {
    let text = exported(&passing(), &activities());
    assert!(text.contains(r#""level_2": "{% $states.input.level %}""#), "{text}");
    assert!(text.contains(r#""Arguments": "{% $states.input.level %}""#), "{text}");
}

#[test]
fn a_map_hands_in_what_its_body_reads() {
    let text = exported(&mapping(), &activities());
    let limit = r#""given": {
          "limit": "{% $states.input.limit %}"
        }"#;
    assert!(text.contains(limit), "{text}");
    assert!(text.contains("$states.input.item > $states.input.given.limit"), "{text}");
}

#[test]
fn lambda_causes_are_decoded_twice() {
    let text = exported(&catching(CalleeKind::Task), &Options::default());
    assert!(text.contains("$parse($parse($states.errorOutput.Cause).errorMessage)"), "{text}");
    assert!(text.contains(r#""Output": "{% $states.result.Payload %}""#), "{text}");
    let text = exported(&catching(CalleeKind::Activity), &Options::default());
    assert!(text.contains("? $parse($states.errorOutput.Cause) :"), "{text}");
    assert!(text.contains("${AskActivityArn}"), "{text}");
}

#[test]
fn what_varies_is_evaluated_once() {
    let text = exported(&varying(), &activities());
    assert_eq!(text.matches("$uuid()").count(), 1, "{text}");
    assert!(text.contains(r#""key": "{% \"k-\" & $id %}""#), "{text}");
}

#[test]
fn a_time_taken_before_a_call_is_not_the_time_after_it() {
    let text = exported(&varying_before_a_call(), &activities());
    assert!(text.contains(r#""kept": "{% $replace($now()"#), "{text}");
    assert!(text.contains(r#""Arguments": "{% $uuid() %}""#), "what only the arguments read stays in them: {text}");
    assert_eq!(text.matches("\"Type\"").count(), 2, "{text}");
}

#[test]
fn a_childs_failures_are_told_apart_by_a_choice() {
    let text = exported(&calling(), &activities());
    assert!(text.contains("\"Next\": \"Ask failed\""), "{text}");
    assert!(text.contains("\"Default\": \"Ask fails\""), "{text}");
}

#[test]
fn an_express_workflow_cannot_wait() {
    let mut build = catching(CalleeKind::Callback);
    build.machine.kind = durafn_ir::WorkflowKind::Express;
    let errors = export(&build.machine, &Options::default()).expect_err("callbacks wait");
    assert!(
        errors.to_string().contains("src/main.rs:1:1 in state `Ask`: a callback in an express workflow"),
        "{errors}"
    );
}

#[test]
fn the_type_of_an_express_workflow_is_told_beside_its_definition() {
    let mut build = catching(CalleeKind::Task);
    let lambda = Options::default();
    let warns = |build: &Build| {
        let export = export(&build.machine, &lambda).expect("it has a form");
        export.warnings.iter().any(|warning| warning.message.contains("as EXPRESS"))
    };
    assert!(!warns(&build));
    build.machine.kind = durafn_ir::WorkflowKind::Express;
    assert!(warns(&build));
    let errors = export(&build.machine, &activities()).expect_err("activities wait");
    assert!(errors.to_string().contains("an activity in an express workflow"), "{errors}");
}

#[test]
fn the_input_is_checked_where_asked() {
    let options = Options { check_input: true, ..activities() };
    let text = exported(&mapping(), &options);
    let condition = "$type($states.input) = \\\"object\\\" and $type($states.input.limit) = \\\"number\\\" and";
    assert!(text.contains(condition), "{text}");
    assert!(text.contains("\"StartAt\": \"Check the input\""), "{text}");
}

#[test]
fn exports_are_the_same_each_time() {
    for build in machines() {
        assert_eq!(exported(&build, &activities()), exported(&build, &activities()));
    }
}

#[test]
fn every_case_has_an_encoding_that_reads_only_its_variables() {
    for case in crate::conformance::cases() {
        let text = case.jsonata().unwrap_or_else(|error| panic!("{}: {}", case.name, error.message));
        let names = crate::names::Names::of(&case.machine);
        let vars = (0..case.machine.vars.len() as u32).map(durafn_ir::VarId);
        let known = vars.map(|var| names.get(&case.machine, RegionId(0), var).to_owned()).collect();
        assert_eq!(crate::lint::problems(&text, &known), Vec::<String>::new(), "{}: {text}", case.name);
    }
}

#[test]
fn an_output_is_an_object_or_an_expression() {
    let text = exported(&mapping(), &activities());
    assert!(text.contains(r#""Output": "{% \"big\" %}""#), "{text}");
}

/// Names of builtins that some case calls.
#[test]
fn every_builtin_has_a_case() {
    let mut called = std::collections::BTreeSet::new();
    for case in crate::conformance::cases() {
        case.expr.walk(&mut |part| {
            if let durafn_ir::ExprKind::Method(method, _) = &*part.kind {
                called.insert(format!("{method:?}"));
            }
        });
    }
    let missing = durafn_ir::Builtin::ALL.iter().map(|builtin| format!("{builtin:?}"));
    let missing: Vec<String> = missing.filter(|name| !called.contains(name)).collect();
    assert_eq!(missing, Vec::<String>::new());
}
