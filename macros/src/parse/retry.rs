//! `.retry(Retry::on("States.Timeout").attempts(3))` on a call: the policy is read from its spelling, since the machine needs it.

use durafn_ir::Retrier;

use super::{Parser, path};
use crate::{attr, diag::catalog};

impl Parser<'_> {
    pub(super) fn retry_policy(&mut self, expr: &syn::Expr) -> Option<Retrier> {
        match expr {
            syn::Expr::Paren(paren) => self.retry_policy(&paren.expr),
            syn::Expr::Call(call) => self.retry_root(call),
            syn::Expr::MethodCall(call) => {
                let mut retrier = self.retry_policy(&call.receiver)?;
                let args: Vec<_> = call.args.iter().collect();
                let set = match (&*call.method.to_string(), &args[..]) {
                    ("attempts", [value]) => attr::count(self.diag, value).map(|n| retrier.max_attempts = n),
                    ("interval", [value]) => self.seconds(value).map(|n| retrier.interval_seconds = n),
                    ("backoff", [value]) => attr::backoff(self.diag, value).map(|rate| retrier.backoff_rate = rate),
                    ("max_delay", [value]) => self.seconds(value).map(|n| retrier.max_delay_seconds = Some(n)),
                    ("full_jitter", []) => {
                        retrier.jitter = true;
                        Some(())
                    }
                    _ => {
                        self.error(&call.method, catalog::RETRY_POLICY, &[]);
                        None
                    }
                };
                set.map(|()| retrier)
            }
            other => {
                self.error(other, catalog::RETRY_POLICY, &[]);
                None
            }
        }
    }

    fn retry_root(&mut self, call: &syn::ExprCall) -> Option<Retrier> {
        let segments = match &*call.func {
            syn::Expr::Path(func) => path::segments(&func.path),
            _ => Vec::new(),
        };
        let args: Vec<_> = call.args.iter().collect();
        match (&segments[..], &args[..]) {
            ([.., owner, function], [names]) if owner == "Retry" && function == "on" => {
                let mut retrier = attr::default_retrier();
                retrier.errors = attr::error_names(self.diag, names)?;
                Some(retrier)
            }
            ([.., owner, function], []) if owner == "Retry" && function == "on_any" => Some(attr::default_retrier()),
            _ => {
                self.error(call, catalog::RETRY_POLICY, &[]);
                None
            }
        }
    }

    /// `Duration::from_secs(3)` and the like, of a literal.
    fn seconds(&mut self, expr: &syn::Expr) -> Option<u32> {
        let seconds = duration_literal(expr);
        if seconds.is_none() {
            self.error(expr, catalog::RETRY_POLICY, &[]);
        }
        seconds
    }
}

fn duration_literal(expr: &syn::Expr) -> Option<u32> {
    let syn::Expr::Call(call) = expr else { return None };
    let (syn::Expr::Path(func), Some(syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(lit), .. }))) =
        (&*call.func, call.args.first())
    else {
        return None;
    };
    let unit: u64 = match path::function(&func.path)? {
        "Duration::from_secs" => 1,
        "Duration::from_mins" => 60,
        "Duration::from_hours" => 3600,
        _ => return None,
    };
    let seconds = lit.base10_parse::<u64>().ok()?.checked_mul(unit)?;
    u32::try_from(seconds).ok().filter(|seconds| (1..=attr::LONGEST_SECONDS).contains(&u64::from(*seconds)))
}
