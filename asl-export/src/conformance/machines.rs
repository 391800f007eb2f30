//! Whole machines, as the compiler lays them out, for tests of the states around the expressions.

use durafn_ir::{
    BinaryOp, Builtin, CalleeKind, ContextValue, ExprKind, Fields, IntType, MapState, ParallelState, RegionId, Retrier,
    Rule, StateId, StateKind, Tagging, Test, TypeDef, TypeId, UnaryOp, WaitFor,
};

use crate::build::*;

/// The workflow of the language page, as the compiler lays it out.
#[must_use]
pub fn fulfil() -> Build {
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
    let parts_ty = b.ty(TypeDef::Tuple(vec![string, string]));
    let parts = b.var("parts", parts_ty);
    // 0: Reserve each
    let body = b.region(Some(StateId(0)));
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
    let unit = TypeId(0);
    let escalate = callee("escalate", CalleeKind::Task, vec![("order", order_ty)], unit);
    b.state(root, "Escalate", task(escalate, vec![b.read(order)], to(7)));
    // 7
    let carrier = callee("carrier_ready", CalleeKind::Task, vec![], boolean);
    b.state(root, "CarrierReady", task(carrier, vec![], taking(ready, to(8))));
    // 8
    let not_ready = expr(boolean, ExprKind::Unary(UnaryOp::Not, b.read(ready)));
    let five = b.number(IntType::I32, 5);
    let few = b.binary(BinaryOp::Lt, b.read(waited), five);
    let again = b.binary(BinaryOp::And, not_ready, few);
    b.state(root, "while !carrier_ready && waited < 5", StateKind::Choice(vec![when(again, to(9))], to(10)));
    // 9
    let (one, minute) = (b.number(IntType::I32, 1), b.number(IntType::U64, 60));
    let more = b.binary(BinaryOp::Add, b.read(waited), one);
    b.state(root, "Sleep", StateKind::Wait(WaitFor::Seconds(minute), assigning(waited, more, to(7))));
    // 10
    let (left, right) = (b.region(Some(StateId(10))), b.region(Some(StateId(10))));
    let len = method(u64_ty, Builtin::VecLen, vec![b.read(reserved)]);
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
    let parallel =
        ParallelState { branches: vec![left, right], race: false, catch: vec![], next: taking(parts, end(output)) };
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

/// `enum Failed { Gone, Refused { by: String }, #[fault] Fault(Fault) }` and `durafn::Fault`.
fn failures(b: &mut Build) -> (TypeId, TypeId) {
    let string = b.string();
    let other = Fields::Named(vec![field_def("name", string), field_def("cause", string)]);
    let fault = b.enumeration(
        durafn_ir::FAULT_TYPE,
        Tagging::External,
        vec![
            variant("Timeout", Fields::Unit),
            variant("HeartbeatTimeout", Fields::Unit),
            variant("TaskFailed", Fields::Named(vec![field_def("cause", string)])),
            variant("Other", other),
        ],
        true,
    );
    let mut held = variant("Fault", Fields::Newtype(Box::new(field_def("0", fault))));
    held.fault = true;
    held.error = None;
    let refused = variant("Refused", Fields::Named(vec![field_def("by", string)]));
    let failed = b.enumeration("Failed", Tagging::External, vec![variant("Gone", Fields::Unit), refused, held], true);
    (failed, fault)
}

/// A task whose every failure is caught and passed on by a Fail; `Refused` is matched on the way.
#[must_use]
pub fn catching(kind: CalleeKind) -> Build {
    let mut b = Build::new("catching");
    let (failed, _) = failures(&mut b);
    let string = b.string();
    let root = RegionId(0);
    let name = b.param("name", string);
    let (answer, error, by) = (b.var("answer", string), b.var("error", failed), b.var("by", string));
    let ask = callee("ask", kind, vec![("name", string)], string);
    let mut ask = task_state(ask, vec![b.read(name)], taking(answer, end(b.read(answer))));
    let every = ["Gone", "Refused", "States.TaskFailed", "States.Timeout", "States.HeartbeatTimeout"];
    ask.catch.push(catcher(&every, failed, taking(error, to(1))));
    b.state(root, "Ask", StateKind::Task(ask));
    let refused =
        Rule { tests: vec![Test::Matches(b.read(error), fields("Refused", vec![("by", bind(by))]))], next: to(2) };
    b.state(root, "match error", StateKind::Choice(vec![refused], to(3)));
    let (text, name) = (b.read(by), b.read(name));
    let both = b.binary(BinaryOp::Add, name, text);
    b.state(root, "Refused by", StateKind::Succeed(both));
    b.state(root, "Failed", StateKind::Fail(b.read(error)));
    b
}

/// Assignments in order, on one edge: a swap, and what depends on what was assigned just before.
#[must_use]
pub fn sequential() -> Build {
    let mut b = Build::new("sequential");
    let int = b.int(IntType::U32);
    let ints = b.vec(int);
    let input = b.structure("Input", vec![field_def("a", int), field_def("b", int)]);
    let root = RegionId(0);
    let given = b.param("given", input);
    let (x, y, kept, count) = (b.var("x", int), b.var("y", int), b.var("kept", int), b.var("count", ints));
    let (first, second) = (b.field(b.read(given), "a"), b.field(b.read(given), "b"));
    let start = assigning(y, second, assigning(x, first, to(1)));
    b.state(root, "Take", StateKind::Pass(start));
    let sum = (b.read(x), b.read(y));
    let sum = b.binary(BinaryOp::Add, sum.0, sum.1);
    let double = (b.read(y), b.read(y));
    let double = b.binary(BinaryOp::Mul, double.0, double.1);
    let pair = expr(ints, ExprKind::Array(vec![b.read(x), b.read(y), b.read(kept)]));
    // kept = x; x = y; y = kept; x = x + y; y = y * y; count = [x, y, kept]
    let edge = assigning(kept, b.read(x), to(2));
    let edge = assigning(x, b.read(y), edge);
    let edge = assigning(y, b.read(kept), edge);
    let edge = assigning(x, sum, edge);
    let edge = assigning(y, double, edge);
    let edge = assigning(count, pair, edge);
    b.state(root, "Compute", StateKind::Pass(edge));
    let all = expr(ints, ExprKind::Array(vec![b.read(x), b.read(y)]));
    let all = method(ints, Builtin::VecExtend, vec![all, b.read(count)]);
    b.state(root, "Yield", StateKind::Succeed(all));
    b
}

/// What a state assigns on entry can fail, and nothing else of it reads that.
#[must_use]
pub fn failing_on_entry() -> Build {
    let mut b = Build::new("failing_on_entry");
    let int = b.int(IntType::U32);
    let root = RegionId(0);
    let n = b.param("n", int);
    let (ratio, answer) = (b.var("ratio", int), b.var("answer", int));
    let ten = b.number(IntType::U32, 10);
    let (read, zero) = (b.read(n), b.number(IntType::U32, 0));
    let value = b.binary(BinaryOp::Div, ten, read);
    let ask = callee("ask", CalleeKind::Task, vec![("n", int)], int);
    let read = b.read(answer);
    let is_zero = b.binary(BinaryOp::Eq, read, zero);
    let output = expr(int, ExprKind::If(is_zero, b.read(ratio), b.read(answer)));
    let id = b.state(root, "Ask", task(ask, vec![b.read(n)], taking(answer, end(output))));
    b.enter(id, ratio, value);
    b
}

/// A Parallel in a loop whose branch reads what the Parallel assigns on entry, in its first state and in its second.
#[must_use]
pub fn passing() -> Build {
    let mut b = Build::new("passing");
    let int = b.int(IntType::U32);
    let ints = b.vec(int);
    let root = RegionId(0);
    let n = b.param("n", int);
    let (level, results, total) = (b.var("level", int), b.var("results", ints), b.var("total", int));
    let zero = b.number(IntType::U32, 0);
    b.state(root, "Start", StateKind::Pass(assigning(level, zero, to(1))));
    let (left, right) = (b.region(Some(StateId(1))), b.region(Some(StateId(1))));
    let first = b.number(IntType::Usize, 0);
    let first = expr(int, ExprKind::Index(b.read(results), first));
    let edge = assigning(total, first, taking(results, to(2)));
    let parallel = ParallelState { branches: vec![left, right], race: false, catch: vec![], next: edge };
    let id = b.state(root, "Both", StateKind::Parallel(parallel));
    let (read, one) = (b.read(level), b.number(IntType::U32, 1));
    let next = b.binary(BinaryOp::Add, read, one);
    b.enter(id, level, next);
    let (read, limit) = (b.read(level), b.number(IntType::U32, 3));
    let again = b.binary(BinaryOp::Lt, read, limit);
    b.state(root, "level < 3", StateKind::Choice(vec![when(again, to(1))], to(3)));
    let sum = (b.read(level), b.read(total));
    let sum = b.binary(BinaryOp::Add, sum.0, sum.1);
    b.state(root, "Yield", StateKind::Succeed(sum));
    let work = |name| callee(name, CalleeKind::Task, vec![("n", int)], int);
    let (done, done_too) = (b.var_in(left, "done", int), b.var_in(right, "done_too", int));
    b.state(left, "First", task(work("first"), vec![b.read(level)], taking(done, to(5))));
    let sum = (b.read(level), b.read(done));
    let sum = b.binary(BinaryOp::Add, sum.0, sum.1);
    b.state(left, "Second", task(work("second"), vec![b.read(n)], end(sum)));
    b.state(right, "Third", task(work("third"), vec![b.read(n)], taking(done_too, end(b.read(done_too)))));
    b
}

/// A Map with its index over a region parameter, first in the workflow, whose body has a Choice.
#[must_use]
pub fn mapping() -> Build {
    let mut b = Build::new("mapping");
    let (int, string) = (b.int(IntType::U32), b.string());
    let ints = b.vec(int);
    let input = b.structure("Input", vec![field_def("limit", int), field_def("items", ints)]);
    let strings = b.vec(string);
    let root = RegionId(0);
    let given = b.param("given", input);
    let texts = b.var("texts", strings);
    let body = b.region(Some(StateId(0)));
    let (item, index) = (b.var_in(body, "item", int), b.var_in(body, "index", int));
    b.machine.regions[body.0 as usize].params = vec![item, index];
    let comma = b.text(",");
    let joined = method(string, Builtin::VecJoin, vec![b.read(texts), comma]);
    let map = MapState {
        items: b.field(b.read(given), "items"),
        item,
        index: Some(index),
        body,
        concurrency: None,
        catch: vec![],
        next: taking(texts, end(joined)),
    };
    b.state(root, "Each", StateKind::Map(map));
    let limit = (b.read(item), b.field(b.read(given), "limit"));
    let big = b.binary(BinaryOp::Gt, limit.0, limit.1);
    b.state(body, "item > limit", StateKind::Choice(vec![when(big, to(2))], to(3)));
    let big = b.text("big");
    b.state(body, "Big", StateKind::Succeed(big));
    let text = |b: &mut Build, var| {
        let string = b.string();
        method(string, Builtin::ToString, vec![b.read(var)])
    };
    let (left, right) = (text(&mut b, index), text(&mut b, item));
    let colon = b.text(":");
    let both = b.binary(BinaryOp::Add, left, colon);
    let both = b.binary(BinaryOp::Add, both, right);
    b.state(body, "Small", StateKind::Succeed(both));
    b
}

/// What varies, assigned and yielded at once.
#[must_use]
pub fn varying() -> Build {
    let mut b = Build::new("varying");
    let string = b.string();
    let root = RegionId(0);
    let (id, key) = (b.var("id", string), b.var("key", string));
    let prefix = b.text("k-");
    let uuid = expr(string, ExprKind::Context(ContextValue::Uuid));
    let keyed = (prefix, b.read(id));
    let keyed = b.binary(BinaryOp::Add, keyed.0, keyed.1);
    b.state(root, "Name", StateKind::Pass(assigning(key, keyed, assigning(id, uuid, to(1)))));
    let both = (b.read(id), b.read(key));
    let both = b.binary(BinaryOp::Add, both.0, both.1);
    b.state(root, "Yield", StateKind::Succeed(both));
    b
}

/// What varies, taken before a call: `taken` is an argument only, `kept` is read after it.
#[must_use]
pub fn varying_before_a_call() -> Build {
    let mut b = Build::new("varying_before_a_call");
    let string = b.string();
    let root = RegionId(0);
    let (kept, taken, answer) = (b.var("kept", string), b.var("taken", string), b.var("answer", string));
    let now = b.ty(TypeDef::Timestamp);
    let ask = callee("ask", CalleeKind::Task, vec![("key", string)], string);
    let both = (b.read(kept), b.read(answer));
    let both = b.binary(BinaryOp::Add, both.0, both.1);
    let id = b.state(root, "Ask", task(ask, vec![b.read(taken)], taking(answer, end(both))));
    b.enter(id, kept, expr(now, ExprKind::Context(ContextValue::Now)));
    b.enter(id, taken, expr(string, ExprKind::Context(ContextValue::Uuid)));
    b
}

/// A workflow that calls another.
#[must_use]
pub fn calling() -> Build {
    let mut b = catching(CalleeKind::Workflow);
    b.machine.name = "calling".to_owned();
    b
}

/// Every machine, by name.
#[must_use]
pub fn machines() -> Vec<Build> {
    vec![
        fulfil(),
        catching(CalleeKind::Task),
        sequential(),
        failing_on_entry(),
        passing(),
        mapping(),
        varying(),
        varying_before_a_call(),
        calling(),
    ]
}
