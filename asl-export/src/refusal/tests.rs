//! For each refusal a machine that is refused, and the table of them in the book. `UPDATE_DOCS=1 cargo test -p durafn-asl refusal` writes it anew.

use durafn_ir::{
    BinaryOp, Builtin, CalleeKind, CastType, Construct, ContextValue, ExprKind, Fields, FloatType, FormatPart, IntType,
    ParallelState, Place, RegionId, Retrier, StateId, StateKind, StructDef, Tagging, TypeDef, TypeId, UnaryOp,
    WorkflowKind,
};

use super::{ALL, Refusal};
use crate::{Options, build::*, export};

const ROOT: RegionId = RegionId(0);

/// A workflow that yields an expression of its input `x`.
fn yields(ty: impl FnOnce(&mut Build) -> TypeId, value: impl FnOnce(&mut Build, E) -> E) -> Build {
    let mut b = Build::new("refused");
    let ty = ty(&mut b);
    let x = b.param("x", ty);
    let x = b.read(x);
    let value = value(&mut b, x);
    b.machine.output = value.ty;
    b.state(ROOT, "Return", StateKind::Succeed(value));
    b
}

fn of(def: TypeDef) -> impl FnOnce(&mut Build) -> TypeId {
    |b| b.ty(def)
}

fn float(b: &mut Build) -> TypeId {
    b.ty(TypeDef::Float(FloatType::F64))
}

fn single(b: &mut Build) -> TypeId {
    b.ty(TypeDef::Float(FloatType::F32))
}

fn small(b: &mut Build) -> TypeId {
    b.int(IntType::U8)
}

fn smalls(b: &mut Build) -> TypeId {
    let item = small(b);
    b.vec(item)
}

/// A struct that has no order and no text.
fn point(b: &mut Build) -> TypeId {
    let ty = small(b);
    b.structure("Point", vec![field_def("x", ty)])
}

fn vec_of(item: fn(&mut Build) -> TypeId) -> impl FnOnce(&mut Build) -> TypeId {
    move |b| {
        let item = item(b);
        b.vec(item)
    }
}

fn printed(b: &mut Build, value: E, precision: u32) -> E {
    let part = FormatPart::Value { value, precision: Some(precision), pad: None };
    expr(b.string(), ExprKind::Format(vec![part]))
}

/// `|n| n + 1`, which overflows.
fn one_more(b: &mut Build) -> E {
    let ty = small(b);
    let n = b.var("n", ty);
    let (read, one) = (b.read(n), b.number(IntType::U8, 1));
    let sum = b.binary(BinaryOp::Add, read, one);
    lambda(vec![bind(n)], sum)
}

fn iterated(b: &mut Build, items: E) -> E {
    let item = small(b);
    method(b.iter(item), Builtin::VecIter, vec![items])
}

/// A struct with a flattened map.
fn flattened(b: &mut Build) -> TypeId {
    let text = b.string();
    let map = b.ty(TypeDef::Map(text));
    let mut rest = field_def("rest", map);
    rest.flatten = true;
    b.structure("Open", vec![field_def("id", text), rest])
}

fn fault(b: &mut Build) -> durafn_ir::VariantDef {
    let units = ["Timeout", "HeartbeatTimeout"].map(|name| variant(name, Fields::Unit));
    let fault = b.enumeration(durafn_ir::FAULT_TYPE, Tagging::External, units.to_vec(), true);
    let mut held = variant("Fault", Fields::Newtype(Box::new(field_def("0", fault))));
    (held.fault, held.error) = (true, None);
    held
}

/// A workflow that calls a task, changed by `change`, with one text.
fn calls(kind: CalleeKind, change: impl FnOnce(&mut Build, &mut durafn_ir::TaskState<durafn_ir::Typed>)) -> Build {
    let mut b = Build::new("refused");
    let text = b.string();
    let x = b.param("x", text);
    let read = b.read(x);
    let done = end(b.unit());
    let mut task = task_state(callee("ask", kind, vec![("question", text)], TypeId(0)), vec![read], done);
    change(&mut b, &mut task);
    b.state(ROOT, "Ask", StateKind::Task(task));
    b
}

fn retries(kind: CalleeKind, change: impl FnOnce(&mut Retrier)) -> Build {
    calls(kind, |_, task| {
        let mut retrier = Retrier {
            errors: vec!["Busy".to_owned()],
            interval_seconds: 5,
            backoff_rate: 2.0,
            max_attempts: 3,
            max_delay_seconds: None,
            jitter: false,
        };
        change(&mut retrier);
        task.callee.retry = vec![retrier];
    })
}

fn context(b: &mut Build, value: ContextValue) -> E {
    expr(b.string(), ExprKind::Context(value))
}

fn fails(
    tagging: Tagging,
    variants: impl FnOnce(&mut Build) -> Vec<durafn_ir::VariantDef>,
    error: impl FnOnce(&mut Build, TypeId) -> E,
) -> Build {
    let mut b = Build::new("refused");
    let variants = variants(&mut b);
    let ty = b.enumeration("Trouble", tagging, variants, true);
    b.machine.failure = Some(ty);
    let error = error(&mut b, ty);
    b.state(ROOT, "Fail", StateKind::Fail(error));
    b
}

fn text_variant(b: &mut Build, name: &str) -> durafn_ir::VariantDef {
    variant(name, Fields::Newtype(Box::new(field_def("0", b.string()))))
}

/// A machine for each refusal that an expression meets.
fn expression(name: &str) -> Option<Build> {
    Some(match name {
        "F32_ARITHMETIC" => yields(single, |b, x| b.binary(BinaryOp::Add, x.clone(), x)),
        "F32_METHOD" => yields(single, |_, x| method(x.ty, Builtin::FloatFloor, vec![x])),
        "CAST" => yields(single, |b, x| expr(float(b), ExprKind::Cast(x, CastType::Float(FloatType::F64)))),
        "NOT_OF_INTEGER" => yields(small, |_, x| expr(x.ty, ExprKind::Unary(UnaryOp::Not, x))),
        "WIDE_INTEGER" => yields(small, |b, _| b.number(IntType::U64, (1 << 53) + 1)),
        "SUM" => yields(vec_of(single), |b, x| {
            let item = single(b);
            let items = method(b.iter(item), Builtin::VecIter, vec![x]);
            method(item, Builtin::IterSum, vec![items])
        }),
        "PRINTED_FLOAT" => yields(float, |b, x| method(b.string(), Builtin::ToString, vec![x])),
        "PRINTED_VALUE" => yields(point, |b, x| method(b.string(), Builtin::ToString, vec![x])),
        "PRECISION" => yields(small, |b, x| printed(b, x, 2)),
        "DIGITS" => yields(float, |b, x| printed(b, x, 12)),
        "PARSE" => yields(of(TypeDef::String), |b, x| {
            let ok = float(b);
            method(b.ty(TypeDef::Result(ok, TypeId(0))), Builtin::StrParse, vec![x])
        }),
        "TRIMMED_TEXT" => {
            yields(of(TypeDef::String), |_, x| method(x.ty, Builtin::StrTrimStartMatches, vec![x.clone(), x]))
        }
        "METHOD" => yields(of(TypeDef::String), |b, x| method(b.int(IntType::U64), Builtin::MapLen, vec![x])),
        "OPTION_OF_NULL" => yields(
            |b| {
                let item = small(b);
                let item = b.option(item);
                b.vec(item)
            },
            |b, x| {
                let item = small(b);
                let item = b.option(item);
                method(b.option(item), Builtin::VecFirst, vec![x])
            },
        ),
        "FAILING_SEARCH" => yields(smalls, |b, x| {
            let (items, sum) = (iterated(b, x), one_more(b));
            let ExprKind::Lambda(params, body) = *sum.kind else { unreachable!("it is a closure") };
            let limit = b.number(IntType::U8, 9);
            let test = b.binary(BinaryOp::Gt, body, limit);
            let taken = method(items.ty, Builtin::IterTakeWhile, vec![items, lambda(params, test)]);
            method(b.int(IntType::U64), Builtin::IterCount, vec![taken])
        }),
        "FAILING_BEFORE_SEARCH" => yields(smalls, |b, x| {
            let (items, sum) = (iterated(b, x), one_more(b));
            let mapped = method(items.ty, Builtin::IterMap, vec![items, sum]);
            let found = small(b);
            method(b.option(found), Builtin::IterNext, vec![mapped])
        }),
        "SORTED_VALUES" => yields(vec_of(point), |_, x| method(x.ty, Builtin::VecSort, vec![x])),
        "SORT_KEY" => yields(vec_of(point), |b, x| {
            let ty = point(b);
            let p = b.var("p", ty);
            let key = b.read(p);
            method(x.ty, Builtin::VecSortByKey, vec![x, lambda(vec![bind(p)], key)])
        }),
        "ORDER" => yields(point, |b, x| b.binary(BinaryOp::Lt, x.clone(), x)),
        "TIMESTAMP_INSIDE" => yields(
            |b| {
                let item = b.ty(TypeDef::Timestamp);
                b.vec(item)
            },
            |b, x| b.binary(BinaryOp::Eq, x.clone(), x),
        ),
        "TIME_ARITHMETIC" => yields(of(TypeDef::Duration), |b, x| {
            let by = b.number(IntType::U32, 2);
            b.binary(BinaryOp::Rem, x, by)
        }),
        "DURATION_DIVISOR" => yields(of(TypeDef::Duration), |b, x| {
            let by = b.number(IntType::U32, 0);
            b.binary(BinaryOp::Div, x, by)
        }),
        "UNTAGGED_VARIANT" => yields(
            |b| {
                let variants = ["Mail", "Phone"].map(|name| text_variant(b, name));
                b.enumeration("Contact", Tagging::Untagged, variants.to_vec(), false)
            },
            |b, x| {
                let (yes, no) = (b.text("mail"), b.text("phone"));
                let mail = fields("Mail", vec![("0", durafn_ir::Pattern::Wild)]);
                match_on(b.string(), x, vec![(mail, yes), (durafn_ir::Pattern::Wild, no)])
            },
        ),
        "FLATTENED_VALUE" => yields(flattened, |b, x| b.field(x, "rest")),
        "FLATTENED_CHANGE" => yields(flattened, |b, x| {
            let text = b.string();
            let map = b.ty(TypeDef::Map(text));
            let value = method(map, Builtin::MapNew, Vec::new());
            expr(x.ty, ExprKind::With { base: x, place: Place::Field("rest".to_owned()), value })
        }),
        "TUPLE_STRUCT_BASE" => yields(
            |b| {
                let ty = small(b);
                let fields = Fields::Tuple(vec![field_def("0", ty), field_def("1", ty)]);
                b.ty(TypeDef::Struct(StructDef { name: "Pair".to_owned(), fields, transparent: false }))
            },
            |b, x| {
                let first = b.number(IntType::U8, 1);
                let construct =
                    Construct { name: "Pair".to_owned(), fields: vec![("0".to_owned(), first)], base: Some(x.clone()) };
                expr(x.ty, ExprKind::Construct(construct))
            },
        ),
        "MALFORMED" => yields(small, |b, x| {
            let sum = one_more(b);
            expr(x.ty, *sum.kind)
        }),
        _ => return None,
    })
}

/// A machine for each refusal that a state meets.
fn state(name: &str) -> Option<Build> {
    Some(match name {
        "UNTAGGED_FAULT" => fails(
            Tagging::Untagged,
            |b| vec![fault(b)],
            |b, ty| {
                let error = b.param("error", ty);
                b.read(error)
            },
        ),
        "VARYING_ERROR" => fails(
            Tagging::External,
            |b| vec![text_variant(b, "Lost")],
            |b, ty| {
                let lost = |b: &mut Build| {
                    let id = context(b, ContextValue::Uuid);
                    construct(ty, "Lost", vec![("0", id)])
                };
                let (first, second, even) =
                    (lost(b), lost(b), expr(b.bool(), ExprKind::Literal(durafn_ir::Literal::Bool(true))));
                expr(ty, ExprKind::If(even, first, second))
            },
        ),
        "NO_FAULT_VARIANT" => calls(CalleeKind::Task, |b, task| {
            let lost = text_variant(b, "Lost");
            let ty = b.enumeration("Trouble", Tagging::External, vec![lost], true);
            let error = b.var("error", ty);
            let caught = b.read(error);
            task.catch = vec![catcher(&["States.Timeout"], ty, taking(error, end(caught)))];
        }),
        "VARYING_WINNER" => {
            let mut b = Build::new("refused");
            let text = b.string();
            let won = b.var("won", text);
            let branch = RegionId(1);
            let parallel =
                ParallelState { branches: vec![branch], race: true, catch: Vec::new(), next: taking(won, to(1)) };
            b.state(ROOT, "Race", StateKind::Parallel(parallel));
            let output = b.read(won);
            b.state(ROOT, "Return", StateKind::Succeed(output));
            b.region(Some(StateId(0)));
            let (id, long) = (context(&mut b, ContextValue::Uuid), b.text("and so on"));
            let id = b.binary(BinaryOp::Add, id, long);
            b.state(branch, "Win", StateKind::Succeed(id));
            b
        }
        "ENDLESS" => {
            let mut b = Build::new("refused");
            b.state(ROOT, "Again", StateKind::Pass(to(0)));
            b
        }
        "CHILD_RETRY" => retries(CalleeKind::Workflow, |_| {}),
        "RETRIER_WITHOUT_NAMES" => retries(CalleeKind::Task, |retrier| retrier.errors.clear()),
        "BACKOFF" => retries(CalleeKind::Task, |retrier| retrier.backoff_rate = 0.5),
        "LONGEST_DELAY" => retries(CalleeKind::Task, |retrier| retrier.max_delay_seconds = Some(5)),
        "NO_TIME" => calls(CalleeKind::Task, |_, task| task.callee.timeout_seconds = Some(0)),
        "LATE_HEARTBEAT" => calls(CalleeKind::Task, |_, task| {
            (task.callee.timeout_seconds, task.callee.heartbeat_seconds) = (Some(5), Some(5));
        }),
        "EXPRESS_WAITS" => calls(CalleeKind::Callback, |b, _| b.machine.kind = WorkflowKind::Express),
        "NO_OBJECT" => calls(CalleeKind::Resource("arn:aws:states:::sns:publish".to_owned()), |_, _| {}),
        "ARGUMENT_CASE" => calls(CalleeKind::Resource("arn:aws:states:::sns:publish".to_owned()), |b, task| {
            let text = b.string();
            let ty = b.structure("Message", vec![field_def("topic", text)]);
            let topic = b.text("orders");
            task.callee.params = vec![("message".to_owned(), ty)];
            task.args = vec![construct(ty, "Message", vec![("topic", topic)])];
        }),
        _ => return None,
    })
}

#[test]
fn each_refusal_has_a_machine_that_is_refused() {
    let mut wrong = Vec::new();
    for (name, Refusal { message, help }) in ALL {
        let build = expression(name).or_else(|| state(name)).unwrap_or_else(|| panic!("{name} has no machine"));
        let error = match export(&build.machine, &Options::default()) {
            Err(error) => error.to_string(),
            Ok(export) => {
                wrong.push(format!("{name} is exported:\n{}", export.definition.to_json()));
                continue;
            }
        };
        let fits = |text: &str, pattern: &str| {
            let mut rest = text;
            pattern.split(['{', '}']).enumerate().filter(|(part, _)| part % 2 == 0).all(|(_, part)| {
                let at = rest.find(part);
                rest = at.map_or("", |at| &rest[at + part.len()..]);
                at.is_some()
            })
        };
        let pattern = format!("{message}\n    help: {help}").replace("{:", "(:");
        if !fits(&error.replace("{:", "(:"), &pattern) || error.contains("{0}") || error.contains("{1}") {
            wrong.push(format!("{name}: {error}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn texts_read_as_one_style() {
    for (name, Refusal { message, help }) in ALL {
        assert!(!message.starts_with(char::is_uppercase) && !message.ends_with('.'), "{name}: {message}");
        assert!(!help.is_empty() && !help.ends_with('.'), "{name} says a way out");
    }
}

#[test]
fn the_table_in_the_book_is_the_list() {
    let (begin, end) = ("<!-- refusals:begin -->\n", "<!-- refusals:end -->");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/language.md");
    let book = std::fs::read_to_string(path).expect("the book");
    let (before, rest) = book.split_once(begin).expect("the book marks the table");
    let (table, after) = rest.split_once(end).expect("the book marks the end of the table");
    let shown = |text: &str| text.replace("{0}", "..").replace("{1}", "..").replace('|', "\\|");
    let rows = ALL.iter().map(|(_, Refusal { message, help })| format!("| {} | {} |\n", shown(message), shown(help)));
    let expected = format!("| `export` refuses | way out |\n|---|---|\n{}", rows.collect::<String>());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, format!("{before}{begin}{expected}{end}{after}")).expect("the book can be written");
        return;
    }
    assert_eq!(table, expected, "`UPDATE_DOCS=1 cargo test -p durafn-asl refusal` writes the table anew");
}
