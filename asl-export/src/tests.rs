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

#[test]
fn fulfil_reads_as_written_by_hand() {
    let text = exported(&fulfil(), &activities());
    println!("{text}");
    assert!(text.contains(r#""Items": "{% $states.input.items %}""#));
}

#[test]
fn show() {
    for build in machines() {
        for options in [activities(), Options::default()] {
            match export(&build.machine, &options) {
                Ok(export) => println!(
                    "=== {} {:?}\n{}",
                    build.machine.name,
                    export.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
                    export.definition.to_json()
                ),
                Err(error) => println!("=== {error}"),
            }
        }
    }
}
