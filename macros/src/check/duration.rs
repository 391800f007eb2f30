//! A durable timer counts whole seconds, as ASL does: a fraction that is written out is a mistake, one that is computed is rounded up on both sides.

use durafn_ir::Literal;

use crate::{
    ast::{AwaitKind, Expr, ExprKind, Workflow},
    diag::{Collector, catalog},
    visit::{self, Visit},
};

pub(super) fn check(diag: &Collector, workflow: &Workflow) {
    Timers { diag }.block(&workflow.body);
}

struct Timers<'d> {
    diag: &'d Collector,
}

impl Timers<'_> {
    fn whole_seconds(&self, duration: &Expr) {
        if let ExprKind::Function { spelling, args, .. } = &duration.kind
            && spelling == "Duration::from_millis"
            && let [Expr { kind: ExprKind::Lit { value: Literal::Int(millis), .. }, span, .. }] = &args[..]
            && millis % 1000 != 0
        {
            self.diag.report(*span, catalog::FRACTIONAL_SECONDS, &[]);
        }
    }
}

impl Visit for Timers<'_> {
    fn expr(&mut self, expr: &Expr) {
        if let ExprKind::Await(awaited) = &expr.kind {
            match &awaited.kind {
                AwaitKind::Sleep(duration) => self.whole_seconds(duration),
                AwaitKind::Call(call) => {
                    call.timeout.iter().chain(&call.heartbeat).for_each(|duration| self.whole_seconds(duration))
                }
                AwaitKind::SleepUntil(_) | AwaitKind::TryJoin(_) | AwaitKind::Join(_) | AwaitKind::Map { .. } => {}
            }
        }
        visit::walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::codes;

    #[test]
    fn fractions_of_seconds_are_refused() {
        let found = codes(
            "sleep(Duration::from_millis(2000)).await; sleep(Duration::from_millis(total)).await;
             sleep(Duration::from_millis(1500)).await;
             charge(order).timeout(Duration::from_millis(10)).await?;
             sleep(Duration::from_secs_f64(0.5)).await;",
        );
        assert_eq!(found, ["D0240", "D0240", "D0215"]);
    }
}
