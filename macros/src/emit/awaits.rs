//! Awaits: each reports its state and asks the scope.

use durafn_ir::WorkflowKind;
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use super::{
    body::{Body, Hole, at, enter, ours, ours_at},
    callable,
    pat::pat,
};
use crate::{
    ast::{Await, AwaitKind, Block, Branch, Call, Expr, ExprKind, Pat, StmtKind},
    lowered::Point,
    walk,
};

impl Body<'_> {
    /// The states before the await's own, and that one, are visited before it; those behind it once it has succeeded.
    pub(super) fn await_(&mut self, expr: &Expr, awaited: &Await) -> TokenStream {
        let state = self.lowered.awaits.get(&expr.id).copied();
        let states = self.states(Point::Before(expr.id));
        let own = states.iter().position(|visited| Some(*visited) == state).map_or(states.len(), |own| own + 1);
        let (before, after) = (enter(&states[..own]), enter(&states[own..]));
        let value = self.await_kind(expr, awaited, state.map_or(0, |state| state.0));
        let value = self.through(Hole::Error(expr.id), value, expr.span);
        let value = self.through(Hole::Value(expr.id), value, expr.span);
        let on_ok = self.enters(Point::OnOk(expr.id));
        let on_error = self.enters(Point::OnError(expr.id));
        let on_ok = quote! { #after #on_ok };
        if on_ok.is_empty() && on_error.is_empty() {
            return quote_spanned! { at(expr.span) => { #before #value } };
        }
        let v = ours_at("__v", expr.span);
        quote_spanned! { at(expr.span) => {
            #before
            let #v = #value;
            if ::durafn::private::body::failed(&#v) { #on_error } else { #on_ok }
            #v
        }}
    }

    fn await_kind(&mut self, expr: &Expr, awaited: &Await, state: u32) -> TokenStream {
        let cx = ours("__cx");
        let span = at(expr.span);
        // What is called here stands wholly at the user's place: a debugger stops at it, which it does not in the code of a macro.
        let users = expr.span;
        match &awaited.kind {
            AwaitKind::Call(call) => {
                let made = self.call(expr, call);
                match (call.detached, self.workflow.attr.kind) {
                    (true, _) if call.anew => quote_spanned! { span =>
                        ::durafn::private::body::continue_as_new::<Self, _>(#cx, #state, #made).await
                    },
                    (true, _) => quote_spanned! { users => ::durafn::private::body::start(#cx, #state, #made).await },
                    (false, WorkflowKind::Standard) => {
                        quote_spanned! { users => ::durafn::private::body::call(#cx, #state, #made).await }
                    }
                    (false, WorkflowKind::Express) => {
                        let made = quote_spanned! { span => ::durafn::private::body::express(#made) };
                        quote_spanned! { users => ::durafn::private::body::call_of(#cx, #state, #made).await }
                    }
                }
            }
            AwaitKind::Sleep(duration) => {
                let duration = self.expr(duration);
                quote_spanned! { users => ::durafn::private::body::sleep(#cx, #state, #duration).await }
            }
            AwaitKind::SleepUntil(time) => {
                let time = self.expr(time);
                quote_spanned! { users => ::durafn::private::body::sleep_until(#cx, #state, #time).await }
            }
            AwaitKind::TryJoin(branches) => self.try_join(branches, state, span),
            AwaitKind::Join(branches) => self.join(branches, state, span),
            AwaitKind::Race { branches, timer } => self.race(branches, *timer, state, span),
            AwaitKind::Map { items, item, index, body, concurrency } => {
                let params: Vec<&Pat> = std::iter::once(item).chain(index.as_ref()).collect();
                self.map(items, &params, body, concurrency.as_ref(), state, span)
            }
        }
    }

    fn call(&mut self, expr: &Expr, call: &Call) -> TokenStream {
        let (path, args) = (&call.path, self.exprs(&call.args));
        let made = self.through(Hole::Callee(expr.id), quote_spanned! { expr.span => #path(#(#args),*) }, expr.span);
        let adjust =
            [("timeout", &call.timeout), ("heartbeat", &call.heartbeat)].into_iter().filter_map(|(name, value)| {
                let value = self.expr(value.as_ref()?);
                let name = call.adjusters.iter().find(|written| *written == name)?;
                Some(quote_spanned! { at(expr.span) => .#name(#value) })
            });
        let adjust: TokenStream = adjust.collect();
        let retry = (!call.retry.is_empty()).then(|| {
            let retriers = call.retry.iter().map(|(_, retrier)| callable::retrier(retrier));
            quote! { .retriers(::std::vec![#(#retriers),*]) }
        });
        quote_spanned! { at(expr.span) => #made #adjust #retry }
    }

    /// Branches that are `Result`s: the first failure stops the others.
    fn try_join(&mut self, branches: &[Branch], state: u32, span: Span) -> TokenStream {
        let (cx, join) = (ours("__cx"), ours("__join"));
        let made: Vec<TokenStream> =
            branches.iter().map(|branch| self.branch(branch, |_, future| future, span)).collect();
        let names = branch_names(branches);
        quote_spanned! { span => {
            let mut #join = #cx.parallel(#state);
            #(let #names = #join.branch(#made);)*
            match #join.run().await {
                ::core::result::Result::Ok(()) => ::core::result::Result::Ok((#(#names.take(),)*)),
                ::core::result::Result::Err(__e) => ::core::result::Result::Err(__e),
            }
        }}
    }

    /// Branches whose failures are values.
    fn join(&mut self, branches: &[Branch], state: u32, span: Span) -> TokenStream {
        let (cx, join) = (ours("__cx"), ours("__join"));
        let made: Vec<TokenStream> = branches
            .iter()
            .map(|branch| {
                let settled = |body: &mut Self, future| {
                    let value = quote_spanned! { span => #future.await };
                    let value = body.through(Hole::Value(branch.id), value, branch.body.span);
                    let value = body.through(Hole::Error(branch.id), value, branch.body.span);
                    quote_spanned! { span => async move {
                        ::core::result::Result::<_, ::durafn::private::NoError>::Ok(#value)
                    }}
                };
                self.branch(branch, settled, span)
            })
            .collect();
        let names = branch_names(branches);
        quote_spanned! { span => {
            let mut #join = #cx.parallel::<::durafn::private::NoError>(#state);
            #(let #names = #join.branch(#made);)*
            match #join.run().await {
                ::core::result::Result::Ok(()) => (#(#names.take(),)*),
                ::core::result::Result::Err(__e) => match __e {},
            }
        }}
    }

    /// Branches of which the first that ends is the result. A timer is the last of them, and has an error of its own.
    fn race(&mut self, branches: &[Branch], timer: bool, state: u32, span: Span) -> TokenStream {
        let (cx, race) = (ours("__cx"), ours("__race"));
        let last = branches.len() - 1;
        let made: Vec<TokenStream> = branches
            .iter()
            .enumerate()
            .map(|(index, branch)| {
                let made = self.branch(branch, |_, future| future, span);
                match timer && index == last {
                    true => quote_spanned! { span => #race.timer(#made); },
                    false => quote_spanned! { span => #race.branch(#made); },
                }
            })
            .collect();
        quote_spanned! { span => {
            let mut #race = #cx.race(#state);
            #(#made)*
            #race.run().await
        }}
    }

    /// `{ let outer = &outer; move |cx| async move { .. } }`
    fn branch(
        &mut self,
        branch: &Branch,
        wrap: impl FnOnce(&mut Self, TokenStream) -> TokenStream,
        span: Span,
    ) -> TokenStream {
        let cx = ours("__cx");
        let (rebind, body) = self.inside(&branch.body, &[], true, |this| this.future(branch, &TokenStream::new()));
        let future = wrap(self, body);
        quote_spanned! { span => { #rebind move |#cx: ::durafn::private::Cx| #future } }
    }

    fn map(
        &mut self,
        items: &Expr,
        params: &[&Pat],
        body: &Branch,
        concurrency: Option<&Expr>,
        state: u32,
        span: Span,
    ) -> TokenStream {
        let cx = ours("__cx");
        let (items_name, limit_name) = (ours("__items"), ours("__limit"));
        let (item_name, index_name) = (ours("__item"), ours("__index"));
        let items = self.expr(items);
        let limit = match concurrency {
            Some(limit) => {
                let limit = self.expr(limit);
                quote! { ::durafn::private::body::limit(#limit) }
            }
            None => quote! { ::core::option::Option::None },
        };
        let mut prefix = TokenStream::new();
        for (pattern, name) in params.iter().zip([&item_name, &index_name]) {
            let (written, see) = (pat(pattern), self.see_pat(pattern));
            prefix.extend(quote! { let #written = #name; #see });
        }
        let (rebind, future) = self.inside(&body.body, params, false, |this| this.future(body, &prefix));
        quote_spanned! { span => {
            let #items_name = ::durafn::private::body::vector(#items);
            let #limit_name = #limit;
            #rebind
            #cx.map(#state, #items_name, #limit_name, move |#cx: ::durafn::private::Cx, #item_name, #index_name: u64| #future).await
        }}
    }

    /// The body of a branch as a future. One with `?` fails with the workflow's own error.
    fn future(&mut self, branch: &Branch, prefix: &TokenStream) -> TokenStream {
        let cx = ours("__cx");
        let block = self.block(&branch.body, &quote! { let #cx = &#cx; #prefix });
        let span = at(branch.body.span);
        let future = quote_spanned! { span => async move #block };
        match !branch.lone_call && has_try(&branch.body) {
            true => {
                let output = &self.workflow.item.output;
                quote_spanned! { span => ::durafn::private::body::fails_as::<#output, _, _>(#future) }
            }
            false => future,
        }
    }
}

fn branch_names(branches: &[Branch]) -> Vec<syn::Ident> {
    (0..branches.len()).map(|index| ours(&format!("__branch{index}"))).collect()
}

/// A `?` leaves this block. Those of branches inside it leave their own.
fn has_try(block: &Block) -> bool {
    let found = |expr: &Expr| walk::any(expr, &mut |expr| matches!(expr.kind, ExprKind::Try(_)));
    block.tail.as_deref().is_some_and(found)
        || block.stmts.iter().any(|stmt| match &stmt.kind {
            StmtKind::Let { init, otherwise, .. } => found(init) || otherwise.as_ref().is_some_and(has_try),
            StmtKind::Expr(expr) => found(expr),
            StmtKind::Log(_) => false,
        })
}
