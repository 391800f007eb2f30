//! Whole machines, built by hand, against the ASL an expert would write.

use crate::{Account, Options, Target, build::*, export};
use durafn_ir::{
    BinaryOp, CalleeKind, Fields, IntType, MapState, ParallelState, RegionId, Retrier, StateKind, Tagging, Test,
    WaitFor,
};

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

/// The workflow of the language page, as the compiler lays it out.
fn fulfil() -> Build {
    let mut b = Build::new("fulfil");
    b.machine.comment = Some("Takes an order from reservation to shipment.".to_owned());
    let (string, boolean, u64_ty, i32_ty) = (b.string(), b.bool(), b.int(IntType::U64), b.int(IntType::I32));
    let item = b.structure("Item", vec![field_def("sku", string)]);
    let items = b.vec(item);
    let order_ty =
        b.structure("Order", vec![field_def("id", string), field_def("items", items), field_def("amount", u64_ty)]);
    let approval_ty = b.structure("Approval", vec![field_def("approved", boolean), field_def("by", string)]);
    let shipment = b.structure(
        "Shipment",
        vec![
            field_def("order", string),
            field_def("payment", string),
            field_def("label", string),
            field_def("parcels", u64_ty),
        ],
    );
    let fault = b.enumeration(
        durafn_ir::FAULT_TYPE,
        Tagging::External,
        vec![variant("Timeout", Fields::Unit), variant("HeartbeatTimeout", Fields::Unit)],
        true,
    );
    let mut fault_variant = variant("Fault", Fields::Newtype(Box::new(field_def("0", fault))));
    fault_variant.fault = true;
    fault_variant.error = None;
    let rejected = variant("Rejected", Fields::Newtype(Box::new(field_def("0", string))));
    let error = b.enumeration(
        "OrderError",
        Tagging::External,
        vec![variant("CardDeclined", Fields::Unit), rejected, fault_variant],
        true,
    );
    let strings = b.vec(string);
    let root = RegionId(0);
    let order = b.param("order", order_ty);
    let reserved = b.var("reserved", strings);
    let approval = b.var("approval", approval_ty);
    let waited = b.var("waited", i32_ty);
    let ready = b.var("carrier_ready", boolean);
    let parts_ty = b.ty(durafn_ir::TypeDef::Tuple(vec![string, string]));
    let parts = b.var("parts", parts_ty);
    // 0: Reserve each
    let body = b.region(Some(durafn_ir::StateId(0)));
    let line = b.var_in(body, "item", item);
    b.machine.regions[body.0 as usize].params.push(line);
    let zero = b.number(IntType::I32, 0);
    let map = StateKind::Map(MapState {
        items: b.field(b.read(order), "items"),
        item: line,
        index: None,
        body,
        concurrency: Some(b.number(IntType::U64, 5)),
        catch: vec![],
        next: assigning(waited, zero, taking(reserved, to(2))),
    });
    b.state(root, "Reserve each", map);
    let mut reserve = callee("reserve", CalleeKind::Task, vec![("order_id", string), ("item", item)], string);
    reserve.timeout_seconds = Some(30);
    reserve.retry.push(Retrier {
        errors: vec!["States.Timeout".to_owned()],
        interval_seconds: 1,
        backoff_rate: 2.0,
        max_attempts: 3,
        max_delay_seconds: None,
        jitter: true,
    });
    let result = b.var_in(body, "reservation", string);
    let call = task(reserve, vec![b.field(b.read(order), "id"), b.read(line)], taking(result, end(b.read(result))));
    b.state(body, "Reserve", call);
    // 2
    let limit = b.number(IntType::U64, 1000);
    let amount = b.field(b.read(order), "amount");
    let big = b.binary(BinaryOp::Gt, amount, limit);
    b.state(root, "order.amount > 1_000", StateKind::Choice(vec![when(big, to(3))], to(7)));
    // 3
    let ask = callee("ask_approval", CalleeKind::Callback, vec![("order", order_ty)], approval_ty);
    let mut ask = task_state(ask, vec![b.read(order)], taking(approval, to(4)));
    ask.catch.push(catcher(&["States.Timeout"], error, to(6)));
    b.state(root, "AskApproval", StateKind::Task(ask));
    // 4
    let approved = b.field(b.read(approval), "approved");
    b.state(root, "match ask_approval", StateKind::Choice(vec![when(approved, to(7))], to(5)));
    // 5
    let by = b.field(b.read(approval), "by");
    b.state(root, "Rejected", StateKind::Fail(construct(error, "Rejected", vec![("0", by)])));
    // 6
    let unit = durafn_ir::TypeId(0);
    let escalate = callee("escalate", CalleeKind::Task, vec![("order", order_ty)], unit);
    b.state(root, "Escalate", task(escalate, vec![b.read(order)], to(7)));
    // 7
    let carrier = callee("carrier_ready", CalleeKind::Task, vec![], boolean);
    b.state(root, "CarrierReady", task(carrier, vec![], taking(ready, to(8))));
    // 8
    let not_ready = expr(boolean, durafn_ir::ExprKind::Unary(durafn_ir::UnaryOp::Not, b.read(ready)));
    let five = b.number(IntType::I32, 5);
    let few = b.binary(BinaryOp::Lt, b.read(waited), five);
    let again = b.binary(BinaryOp::And, not_ready, few);
    b.state(root, "while !carrier_ready && waited < 5", StateKind::Choice(vec![when(again, to(9))], to(10)));
    // 9
    let (one, minute) = (b.number(IntType::I32, 1), b.number(IntType::U64, 60));
    let more = b.binary(BinaryOp::Add, b.read(waited), one);
    b.state(root, "Sleep", StateKind::Wait(WaitFor::Seconds(minute), assigning(waited, more, to(7))));
    // 10
    let (left, right) = (b.region(Some(durafn_ir::StateId(10))), b.region(Some(durafn_ir::StateId(10))));
    let len = method(u64_ty, durafn_ir::Builtin::VecLen, vec![b.read(reserved)]);
    let output = construct(
        shipment,
        "Shipment",
        vec![
            ("order", b.field(b.read(order), "id")),
            ("payment", b.field(b.read(parts), "0")),
            ("label", b.field(b.read(parts), "1")),
            ("parcels", len),
        ],
    );
    let parallel = ParallelState { branches: vec![left, right], catch: vec![], next: taking(parts, end(output)) };
    b.state(root, "Charge, PrintLabel", StateKind::Parallel(parallel));
    let charge = callee("charge", CalleeKind::Task, vec![("order", order_ty)], string);
    let paid = b.var_in(left, "paid", string);
    b.state(left, "Charge", task(charge, vec![b.read(order)], taking(paid, end(b.read(paid)))));
    let print = callee("print_label", CalleeKind::Task, vec![("id", string)], string);
    let label = b.var_in(right, "label", string);
    let id = b.field(b.read(order), "id");
    b.state(right, "PrintLabel", task(print, vec![id], taking(label, end(b.read(label)))));
    b
}

#[test]
fn fulfil_reads_as_written_by_hand() {
    let text = exported(&fulfil(), &activities());
    println!("{text}");
    let _ = Test::<durafn_ir::Typed>::If;
    assert!(text.contains(r#""Items": "{% $states.input.items %}""#));
}
