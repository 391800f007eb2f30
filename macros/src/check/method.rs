//! A method must be one of std with a fixed meaning: a builtin, or one that changes nothing on the wire.

use durafn_ir::{Builtin, IDENTITY_METHODS, Receiver};

use super::lock;
use crate::{
    ast::{Expr, ExprKind, Workflow},
    diag::{Collector, Entry, catalog, nearest},
    visit::{self, Visit},
};

/// Builtins by another name.
const ALIASES: [&str; 1] = ["into_iter"];

/// Methods that are often meant, and what to write for them.
const INSTEAD: [(&[&str], &str); 14] = [
    (
        &["is_alphabetic", "is_alphanumeric", "is_numeric", "is_uppercase", "is_lowercase"],
        "tables of Unicode differ between engines: use `.is_ascii_alphabetic()` and its kin",
    ),
    (
        &["bytes", "as_bytes", "into_bytes", "char_indices"],
        "lengths and positions count characters here: use `.chars()`",
    ),
    (
        &["iter_mut", "get_mut", "values_mut", "first_mut", "last_mut", "as_mut_slice"],
        "assign by index: `items[index] = ..;`, or collect a new vector with `.map(..)`",
    ),
    (&["drain", "split_off"], "take elements with `.iter().skip(from).take(count)`, then assign what is left"),
    (&["dedup_by_key", "dedup_by", "retain_mut"], "use `.retain(..)`, or assign what a `for` loop collects"),
    (&["trim_matches"], "use `.trim_start_matches(..).trim_end_matches(..)`"),
    (&["append"], "use `.extend(other)`"),
    (&["rotate_left", "rotate_right", "fill"], "assign the elements one by one"),
    (
        &["sort_by", "sort_unstable_by", "sort_by_cached_key"],
        "use `.sort()`, or `.sort_by_key(..)` with a number, text, time or tuple of these as key",
    ),
    (&["for_each", "inspect", "try_for_each"], "use a `for` loop"),
    (&["scan", "try_fold"], "use `.fold(..)`, or a `for` loop"),
    (
        &["entry", "or_insert", "or_insert_with", "or_default", "and_modify"],
        "change what stands at a key in a statement, `*map.entry(key).or_insert(0) += 1;` or `map.entry(key).or_default().push(item);`; of `.and_modify(f).or_insert(value)`, `let new = match map.get(key) { Some(old) => .., None => value }; map.insert(key, new);`",
    ),
    (
        &["wrapping_add", "wrapping_sub", "wrapping_mul", "overflowing_add", "overflowing_sub"],
        "arithmetic is checked; use `checked_..` or `saturating_..`",
    ),
    (&["fmt", "to_le_bytes", "hash", "cmp", "partial_cmp", "eq", "ne"], "use an operator"),
];

const PANICS: [&str; 6] = ["unwrap", "expect", "unwrap_err", "expect_err", "unwrap_unchecked", "unwrap_none"];

/// Methods of a call that is not awaited.
const CALL_METHODS: [&str; 4] = ["timeout", "heartbeat", "retry", "start"];

pub(super) fn check(diag: &Collector, workflow: &Workflow) {
    Methods { diag }.block(&workflow.body);
}

struct Methods<'d> {
    diag: &'d Collector,
}

impl Visit for Methods<'_> {
    fn expr(&mut self, expr: &Expr) {
        if let ExprKind::Method { receiver, method, .. } = &expr.kind {
            let name = method.to_string();
            if !is_known(&name) && !of_an_entry(receiver) {
                let (entry, instead) = refusal(&name);
                self.diag.report(method.span(), entry, &[&name, &instead]);
            }
        }
        visit::walk_expr(self, expr);
    }
}

/// A method of `map.entry(key)`, which is refused as a whole.
fn of_an_entry(receiver: &Expr) -> bool {
    match &receiver.kind {
        ExprKind::Method { receiver, method, .. } => method == "entry" || of_an_entry(receiver),
        _ => false,
    }
}

/// Names of methods that the language has.
fn known() -> impl Iterator<Item = &'static str> {
    let builtins = Builtin::ALL.iter().filter(|builtin| builtin.receiver() != Receiver::Function);
    builtins.map(|builtin| builtin.spelling()).chain(IDENTITY_METHODS.iter().copied()).chain(ALIASES)
}

/// The language has a method of this name.
pub(crate) fn is_known(name: &str) -> bool {
    known().any(|known| known == name)
}

fn refusal(name: &str) -> (&'static Entry, String) {
    if PANICS.contains(&name) {
        return (catalog::PANIC_METHOD, String::new());
    }
    if CALL_METHODS.contains(&name) {
        return (catalog::UNSUPPORTED_CALL_METHOD, String::new());
    }
    if lock::claims_method(name) {
        return (catalog::LOCK, String::new());
    }
    if name == "elapsed" {
        return (catalog::CLOCK, String::new());
    }
    let instead = INSTEAD.iter().find(|(names, _)| names.contains(&name)).map(|(_, instead)| (*instead).to_owned());
    let instead = instead.or_else(|| nearest(name, known()).map(|similar| format!("is it `{similar}`?")));
    let fallback = "make a `#[task]` of it, or write it with what the language has";
    (catalog::UNSUPPORTED_METHOD, instead.unwrap_or_else(|| fallback.to_owned()))
}

#[cfg(test)]
mod tests {
    use crate::testing::{body_errors, errors};

    #[test]
    fn builtins_and_identities_are_known() {
        assert_eq!(
            body_errors("let a = order.items.clone().into_iter().map(|i| i.id.as_str().to_owned()).count();"),
            [""; 0]
        );
    }

    #[test]
    fn a_method_that_is_not_known_names_one_that_is() {
        let help = |method: &str| {
            let (code, _, text) =
                errors(&format!("async fn run(order: Order) {{ let a = order.{method}(); }}")).remove(0);
            format!("{code} {}", text.lines().nth(1).unwrap_or_default())
        };
        assert_eq!(help("to_upercase"), "D0216 help: is it `to_uppercase`?");
        assert_eq!(help("as_bytes"), "D0216 help: lengths and positions count characters here: use `.chars()`");
        assert_eq!(help("trim_matches"), "D0216 help: use `.trim_start_matches(..).trim_end_matches(..)`");
        assert_eq!(help("wibble"), "D0216 help: make a `#[task]` of it, or write it with what the language has");
        assert_eq!(help("unwrap"), "D0219 help: use `?`, `.ok_or(..)?`, `.unwrap_or(..)` or `match`");
        assert_eq!(help("lock"), "D0107 help: keep the value in a `let mut` of the workflow");
        assert_eq!(help("retry"), "D0243 help: write `task(..).retry(..).await`");
    }

    #[test]
    fn what_panics_is_refused() {
        let found = body_errors("let a = order.coupon.expect(\"x\");\nassert!(total > 0);\nunreachable!();");
        assert_eq!(
            found,
            [
                "1 D0219 `.expect()` panics, and a workflow fails by an error",
                "2 D0218 `assert!` panics, and a workflow fails by an error",
                "3 D0218 `unreachable!` panics, and a workflow fails by an error",
            ]
        );
    }
}
