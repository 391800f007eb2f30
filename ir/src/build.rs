//! Machines built by hand, for tests and tools: what the macros write, without a source.

use crate::{
    Arm, Assign, BinaryOp, Callee, CalleeKind, CastType, Construct, Edge, Expr, ExprKind, FormatPart, Holes, Literal,
    Machine, Pattern, Region, RegionId, Span, Spelled, State, StateId, StateKind, Target, TypeDef, TypeHole, TypeId,
    TypeTable, UnaryOp, Var, VarId, WorkflowKind,
};

/// A spelled machine in the making, with what fills its holes.
#[derive(Clone, Debug)]
pub struct Build {
    /// The machine so far.
    pub machine: Machine<Spelled>,
    /// What fills its holes so far.
    pub holes: Holes,
}

impl Build {
    /// A machine with a root region that starts at state 0, and no states.
    #[must_use]
    pub fn new(name: &str) -> Build {
        let root = Region { parent: None, start: StateId(0), params: Vec::new() };
        Build {
            machine: Machine {
                name: name.into(),
                comment: None,
                file: "src/main.rs".into(),
                kind: WorkflowKind::Standard,
                timeout_seconds: None,
                params: Vec::new(),
                output: None,
                failure: None,
                vars: Vec::new(),
                regions: vec![root],
                states: Vec::new(),
                types: TypeTable::default(),
                patches: Vec::new(),
            },
            holes: Holes::default(),
        }
    }

    /// A type.
    pub fn ty(&mut self, def: TypeDef) -> TypeId {
        self.holes.types.intern(def)
    }

    /// A hole that a type fills.
    pub fn hole(&mut self, def: TypeDef) -> TypeHole {
        let ty = self.ty(def);
        self.hole_of(ty)
    }

    /// A hole that a type fills.
    pub fn hole_of(&mut self, ty: TypeId) -> TypeHole {
        self.holes.type_holes.push(ty);
        TypeHole(self.holes.type_holes.len() as u32 - 1)
    }

    /// A variable of the root region with a type.
    pub fn var(&mut self, name: &str, def: TypeDef) -> VarId {
        let hole = self.hole(def);
        self.var_in(RegionId(0), name, Some(hole))
    }

    /// A variable of a region.
    pub fn var_in(&mut self, region: RegionId, name: &str, ty: Option<TypeHole>) -> VarId {
        self.machine.vars.push(Var { name: name.into(), ty, region, span: Span::default() });
        VarId(self.machine.vars.len() as u32 - 1)
    }

    /// A parameter of the workflow.
    pub fn param(&mut self, name: &str, def: TypeDef) -> VarId {
        let var = self.var(name, def);
        self.machine.params.push(name.into());
        self.machine.regions[0].params.push(var);
        var
    }

    /// A state of the root region.
    pub fn state(&mut self, name: &str, kind: StateKind<Spelled>) -> StateId {
        self.state_in(RegionId(0), name, kind)
    }

    /// A state of a region.
    pub fn state_in(&mut self, region: RegionId, name: &str, kind: StateKind<Spelled>) -> StateId {
        let line = self.machine.states.len() as u32 + 1;
        let span = Span { line, column: 1 };
        self.machine.states.push(State { name: name.into(), comment: None, span, region, enter: Vec::new(), kind });
        StateId(self.machine.states.len() as u32 - 1)
    }

    /// A region inside a state.
    pub fn region(&mut self, parent: StateId, start: StateId, params: &[VarId]) -> RegionId {
        self.machine.regions.push(Region { parent: Some(parent), start, params: params.to_vec() });
        RegionId(self.machine.regions.len() as u32 - 1)
    }

    /// A task that takes and yields values of types.
    pub fn task(&mut self, name: &str, params: &[(&str, TypeId)], output: TypeId) -> crate::CalleeHole {
        self.holes.callees.push(Callee {
            name: name.into(),
            comment: None,
            kind: CalleeKind::Task,
            params: params.iter().map(|(name, ty)| ((*name).to_owned(), *ty)).collect(),
            by_name: false,
            places: None,
            output,
            failure: None,
            timeout_seconds: None,
            heartbeat_seconds: None,
            retry: Vec::new(),
        });
        crate::CalleeHole(self.holes.callees.len() as u32 - 1)
    }
}

/// An expression without a captured type.
#[must_use]
pub fn expr(kind: ExprKind<Spelled>) -> Expr<Spelled> {
    Expr { ty: None, span: Span { line: 9, column: 9 }, kind: Box::new(kind) }
}

/// An expression whose type was captured.
#[must_use]
pub fn typed(hole: TypeHole, expr: Expr<Spelled>) -> Expr<Spelled> {
    Expr { ty: Some(hole), ..expr }
}

/// An integer literal.
#[must_use]
pub fn int(value: i128) -> Expr<Spelled> {
    expr(ExprKind::Literal(Literal::Int(value)))
}

/// A float literal.
#[must_use]
pub fn float(value: f64) -> Expr<Spelled> {
    expr(ExprKind::Literal(Literal::Float(value)))
}

/// A string literal.
#[must_use]
pub fn text(value: &str) -> Expr<Spelled> {
    expr(ExprKind::Literal(Literal::Str(value.into())))
}

/// A character literal.
#[must_use]
pub fn character(value: char) -> Expr<Spelled> {
    expr(ExprKind::Literal(Literal::Char(value)))
}

/// `true` or `false`.
#[must_use]
pub fn boolean(value: bool) -> Expr<Spelled> {
    expr(ExprKind::Literal(Literal::Bool(value)))
}

/// `()`.
#[must_use]
pub fn unit() -> Expr<Spelled> {
    expr(ExprKind::Literal(Literal::Unit))
}

/// A read of a variable.
#[must_use]
pub fn var(var: VarId) -> Expr<Spelled> {
    expr(ExprKind::Var(var))
}

/// `base.field`.
#[must_use]
pub fn field(base: Expr<Spelled>, field: &str) -> Expr<Spelled> {
    expr(ExprKind::Field(base, field.into()))
}

/// An operator with one operand.
#[must_use]
pub fn unary(op: UnaryOp, operand: Expr<Spelled>) -> Expr<Spelled> {
    expr(ExprKind::Unary(op, operand))
}

/// An operator with two operands.
#[must_use]
pub fn binary(op: BinaryOp, a: Expr<Spelled>, b: Expr<Spelled>) -> Expr<Spelled> {
    expr(ExprKind::Binary(op, a, b))
}

/// `operand as target`.
#[must_use]
pub fn cast(operand: Expr<Spelled>, target: CastType) -> Expr<Spelled> {
    expr(ExprKind::Cast(operand, target))
}

/// `[items]`.
#[must_use]
pub fn array<const N: usize>(items: [Expr<Spelled>; N]) -> Expr<Spelled> {
    expr(ExprKind::Array(items.into()))
}

/// `(items)`.
#[must_use]
pub fn tuple<const N: usize>(items: [Expr<Spelled>; N]) -> Expr<Spelled> {
    expr(ExprKind::Tuple(items.into()))
}

/// A method; the receiver comes first.
#[must_use]
pub fn method<const N: usize>(name: &str, args: [Expr<Spelled>; N]) -> Expr<Spelled> {
    expr(ExprKind::Method(name.into(), args.into()))
}

/// `|params| body`.
#[must_use]
pub fn closure<const N: usize>(params: [VarId; N], body: Expr<Spelled>) -> Expr<Spelled> {
    expr(ExprKind::Lambda(params.iter().map(|param| Pattern::Bind(*param, None)).collect(), body))
}

/// A struct, or a variant with fields.
#[must_use]
pub fn construct<const N: usize>(name: &str, fields: [(&str, Expr<Spelled>); N]) -> Expr<Spelled> {
    let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    expr(ExprKind::Construct(Construct { name: name.into(), fields, base: None }))
}

/// `match subject { arms }`.
#[must_use]
pub fn matches<const N: usize>(subject: Expr<Spelled>, arms: [(Pattern, Expr<Spelled>); N]) -> Expr<Spelled> {
    let arms = arms.into_iter().map(|(pattern, body)| Arm { pattern, guard: None, body }).collect();
    expr(ExprKind::Match(subject, arms))
}

/// `format!("{value}")` with a precision.
#[must_use]
pub fn display(value: Expr<Spelled>, precision: Option<u32>, pad: Option<(char, char, u32)>) -> Expr<Spelled> {
    expr(ExprKind::Format(vec![FormatPart::Value { value, precision, pad }]))
}

/// An edge to a state.
#[must_use]
pub fn to(state: u32) -> Edge<Spelled> {
    Edge { result: None, assign: Vec::new(), to: Target::State(StateId(state)) }
}

/// An edge that ends the region.
#[must_use]
pub fn end(output: Expr<Spelled>) -> Edge<Spelled> {
    Edge { result: None, assign: Vec::new(), to: Target::End(output) }
}

impl Edge<Spelled> {
    /// The edge with a variable that takes the state's result.
    #[must_use]
    pub fn with_result(mut self, var: VarId) -> Self {
        self.result = Some(var);
        self
    }

    /// The edge with one more assignment.
    #[must_use]
    pub fn with_assign(mut self, var: VarId, value: Expr<Spelled>) -> Self {
        self.assign.push(Assign { var, value });
        self
    }
}
