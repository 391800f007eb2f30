//! Calls of `#[pure] fn`s: the body takes the place of the call.
//!
//! Both back ends then see one expression. The body was written elsewhere, so its places in the source become that of the call.

use serde::{Deserialize, Serialize};

use super::{Linked, Linker};
use crate::{
    Callee, CalleeHole, ConstHole, Expr, ExprKind, Span, Spelled, TypeHole, TypeId, TypeTable, Typed, Var, VarId,
};

/// A `#[pure] fn` as its macro writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PureFn {
    /// Its parameters in order.
    pub params: Vec<VarId>,
    /// Every variable of its body, parameters included.
    pub vars: Vec<Var<Spelled>>,
    /// What it yields.
    pub body: Expr<Spelled>,
}

/// A pure function and what fills its holes, in the types of the machine that calls it.
#[derive(Clone, Debug)]
pub struct PureBody {
    /// The function.
    pub function: PureFn,
    /// Types of variables and expressions.
    pub type_holes: Vec<TypeId>,
    /// Constants.
    pub consts: Vec<(TypeId, serde_json::Value)>,
    /// Pure functions that it calls.
    pub callees: Vec<Callee>,
}

/// Finds pure functions by the names of their callees.
pub type Pures<'a> = dyn Fn(&str, &mut TypeTable) -> Option<PureBody> + 'a;

impl Linker<'_> {
    /// The body in place of a call, its parameters bound to the arguments.
    pub(super) fn pure_call(&mut self, span: Span, callee: Callee, args: &[Expr<Spelled>]) -> Linked<Expr<Typed>> {
        let pures = self.pures;
        let name = short(&callee.name);
        if self.around.contains(&callee.name) {
            return self
                .fail(span, format!("`{name}` calls itself, which no expression can: write a loop in the workflow"));
        }
        let Some(body) = pures(&callee.name, &mut self.types) else {
            return self.fail(
                span,
                format!(
                    "`{name}` is a plain function, into which a machine cannot look: mark it `#[pure]`, or make it a `#[task]` and await it"
                ),
            );
        };
        let args = self.arguments(span, &callee, args)?;
        let (params, body) = self.adopt(span, name, body);
        for (param, arg) in params.iter().zip(&args) {
            self.bind(span, *param, arg.ty)?;
        }
        self.around.push(callee.name);
        let body = self.check(&body, callee.output);
        self.around.pop();
        let bound = params.into_iter().zip(args).rev();
        Some(bound.fold(body?, |body, (param, arg)| Expr {
            ty: body.ty,
            span,
            kind: Box::new(ExprKind::Let(param, arg, body)),
        }))
    }

    /// Takes over variables and holes of a function under new numbers. Yields its parameters and body.
    fn adopt(&mut self, span: Span, name: &str, pure: PureBody) -> (Vec<VarId>, Expr<Spelled>) {
        let PureBody { function: PureFn { params, vars, mut body }, type_holes, consts, callees } = pure;
        let count = |len: usize| len as u32;
        let (first_var, first_type) = (count(self.vars.len()), count(self.type_holes.len()));
        let (first_const, first_callee) = (count(self.consts.len()), count(self.callees.len()));
        self.type_holes.extend(type_holes);
        self.consts.extend(consts);
        self.callees.extend(callees);
        for var in vars {
            let ty = var.ty.map(|TypeHole(hole)| TypeHole(hole + first_type));
            self.vars.push(self.hole(ty));
            let name = format!("{name}_{}_{}", var.name, self.vars.len());
            self.inlined.push(Var { name, ty, region: self.region, span });
        }
        let shift = |var: &mut VarId| var.0 += first_var;
        body.rewrite(&mut |expr| {
            expr.span = span;
            expr.ty = expr.ty.map(|TypeHole(hole)| TypeHole(hole + first_type));
            match &mut *expr.kind {
                ExprKind::Var(var) | ExprKind::Let(var, _, _) => shift(var),
                ExprKind::Match(_, arms) => {
                    arms.iter_mut().for_each(|arm| arm.pattern.each_binding_mut(&mut |var| shift(var)))
                }
                ExprKind::Lambda(params, _) => {
                    params.iter_mut().for_each(|param| param.each_binding_mut(&mut |var| shift(var)));
                }
                ExprKind::Const(ConstHole(hole)) => *hole += first_const,
                ExprKind::Pure(CalleeHole(hole), _) => *hole += first_callee,
                _ => {}
            }
        });
        let params = params.into_iter().map(|VarId(param)| VarId(param + first_var)).collect();
        (params, body)
    }
}

/// The function's own name, without the path to it and what follows its name.
fn short(name: &str) -> &str {
    let path = name.split(' ').next().unwrap_or(name);
    path.rsplit("::").next().unwrap_or(path)
}
