//! A durable timer counts whole seconds, as ASL does: a fraction that is written out is a mistake, one that is computed is rounded up on both sides. In an
//! Express workflow, a time that is written out is no longer than an execution may take.

use durafn_ir::{EXPRESS_SECONDS, Literal, WorkflowKind};

use crate::{
    ast::{AwaitKind, Call, Expr, ExprKind, Workflow},
    diag::{Collector, catalog},
    visit::{self, Visit},
};

pub(super) fn check(diag: &Collector, workflow: &Workflow) {
    Timers { diag, express: workflow.attr.kind == WorkflowKind::Express }.block(&workflow.body);
}

struct Timers<'d> {
    diag: &'d Collector,
    express: bool,
}

impl Timers<'_> {
    fn check(&self, duration: &Expr) {
        self.whole_seconds(duration);
        let longest = i128::from(EXPRESS_SECONDS);
        if self.express && literal_seconds(duration).is_some_and(|seconds| seconds > longest) {
            self.diag.report(duration.span, catalog::EXPRESS_WAIT, &[]);
        }
    }

    fn whole_seconds(&self, duration: &Expr) {
        if let ExprKind::Function { spelling, args, .. } = &duration.kind
            && spelling == "Duration::from_millis"
            && let [Expr { kind: ExprKind::Lit { value: Literal::Int(millis), .. }, span, .. }] = &args[..]
            && millis % 1000 != 0
        {
            self.diag.report(*span, catalog::FRACTIONAL_SECONDS, &[]);
        }
    }

    /// As in an attribute, where both are written out.
    fn heartbeat_below_timeout(&self, call: &Call) {
        if let (Some(timeout), Some(heartbeat)) = (&call.timeout, &call.heartbeat)
            && let (Some(longest), Some(silence)) = (literal_seconds(timeout), literal_seconds(heartbeat))
            && silence >= longest
        {
            self.diag.report(heartbeat.span, catalog::HEARTBEAT, &[]);
        }
    }
}

fn literal_seconds(duration: &Expr) -> Option<i128> {
    let ExprKind::Function { spelling, args, .. } = &duration.kind else { return None };
    let [Expr { kind: ExprKind::Lit { value: Literal::Int(count), .. }, .. }] = &args[..] else { return None };
    let seconds = match spelling.strip_prefix("Duration::from_")? {
        "millis" => return Some(count / 1_000),
        "secs" => 1,
        "mins" => 60,
        "hours" => 3_600,
        "days" => 86_400,
        "weeks" => 604_800,
        _ => return None,
    };
    count.checked_mul(seconds)
}

impl Visit for Timers<'_> {
    fn expr(&mut self, expr: &Expr) {
        if let ExprKind::Await(awaited) = &expr.kind {
            match &awaited.kind {
                AwaitKind::Sleep(duration) => self.check(duration),
                AwaitKind::Call(call) => {
                    call.timeout.iter().chain(&call.heartbeat).for_each(|duration| self.check(duration));
                    self.heartbeat_below_timeout(call);
                }
                AwaitKind::SleepUntil(_)
                | AwaitKind::TryJoin(_)
                | AwaitKind::Join(_)
                | AwaitKind::Race { .. }
                | AwaitKind::Map { .. } => {}
            }
        }
        visit::walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{codes, front};

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

    #[test]
    fn a_heartbeat_is_below_the_timeout() {
        let found = codes(
            "charge(order).timeout(Duration::from_mins(1)).heartbeat(Duration::from_secs(59)).await?;
             charge(order).timeout(Duration::from_secs(total)).heartbeat(Duration::from_secs(59)).await?;
             charge(order).timeout(Duration::from_mins(1)).heartbeat(Duration::from_secs(60)).await?;",
        );
        assert_eq!(found, ["D0014"]);
    }

    #[test]
    fn an_express_workflow_has_five_minutes() {
        let source = "async fn run(order: Order) -> Result<(), Failed> {
            sleep(Duration::from_mins(5)).await;
            sleep(Duration::from_secs(301)).await;
            charge(order).timeout(Duration::from_hours(1)).await?;
            timeout(Duration::from_millis(300_001_000), charge(order)).await?;
            Ok(()) }";
        let found = front("express", source).unwrap_err();
        assert_eq!(found.0.iter().map(|found| found.code).collect::<Vec<_>>(), ["D0320"; 3]);
        assert!(front("", source).is_ok());
    }
}
