//! Builds machines by hand, for tests.

use durafn_ir::{
    Arm, Assign, BinaryOp, Builtin, Callee, CalleeKind, Catcher, Construct, Edge, EnumDef, Expr, ExprKind, FieldDef,
    Fields, IntType, Literal, Machine, Omit, Pattern, Region, RegionId, Rule, Span, State, StateId, StateKind,
    StructDef, Tagging, Target, TaskState, Test, TypeDef, TypeId, Typed, TypedMachine, Var, VarId, VariantDef,
    WorkflowKind,
};

/// An expression of a complete machine.
pub type E = Expr<Typed>;

/// A machine in the making.
#[derive(Debug)]
pub struct Build {
    /// What has been built.
    pub machine: TypedMachine,
}

impl Default for Build {
    fn default() -> Self {
        Build::new("workflow")
    }
}

#[allow(missing_docs)]
impl Build {
    pub fn new(name: &str) -> Build {
        let mut build = Build {
            machine: Machine {
                name: name.to_owned(),
                comment: None,
                file: "src/main.rs".to_owned(),
                kind: WorkflowKind::Standard,
                timeout_seconds: None,
                params: Vec::new(),
                output: TypeId(0),
                failure: None,
                vars: Vec::new(),
                regions: Vec::new(),
                states: Vec::new(),
                types: Default::default(),
                patches: Vec::new(),
            },
        };
        build.ty(TypeDef::Unit);
        build.region(None);
        build
    }

    pub fn ty(&mut self, def: TypeDef) -> TypeId {
        self.machine.types.intern(def)
    }

    pub fn int(&mut self, int: IntType) -> TypeId {
        self.ty(TypeDef::Int(int))
    }

    pub fn string(&mut self) -> TypeId {
        self.ty(TypeDef::String)
    }

    pub fn bool(&mut self) -> TypeId {
        self.ty(TypeDef::Bool)
    }

    pub fn vec(&mut self, item: TypeId) -> TypeId {
        self.ty(TypeDef::Vec(item))
    }

    pub fn iter(&mut self, item: TypeId) -> TypeId {
        self.ty(TypeDef::Iterator(item))
    }

    pub fn option(&mut self, item: TypeId) -> TypeId {
        self.ty(TypeDef::Option(item))
    }

    /// A struct with named fields, each written under its own name.
    pub fn structure(&mut self, name: &str, fields: Vec<FieldDef>) -> TypeId {
        self.ty(TypeDef::Struct(StructDef { name: name.to_owned(), fields: Fields::Named(fields), transparent: false }))
    }

    pub fn enumeration(&mut self, name: &str, tagging: Tagging, variants: Vec<VariantDef>, failure: bool) -> TypeId {
        self.ty(TypeDef::Enum(EnumDef { name: name.to_owned(), tagging, variants, failure }))
    }

    pub fn region(&mut self, parent: Option<StateId>) -> RegionId {
        self.machine.regions.push(Region { parent, start: StateId(0), params: Vec::new() });
        RegionId(self.machine.regions.len() as u32 - 1)
    }

    pub fn var(&mut self, name: &str, ty: TypeId) -> VarId {
        self.var_in(RegionId(0), name, ty)
    }

    pub fn var_in(&mut self, region: RegionId, name: &str, ty: TypeId) -> VarId {
        self.machine.vars.push(Var { name: name.to_owned(), ty, region, span: Span::default() });
        VarId(self.machine.vars.len() as u32 - 1)
    }

    pub fn param(&mut self, name: &str, ty: TypeId) -> VarId {
        let var = self.var(name, ty);
        self.machine.params.push(name.to_owned());
        self.machine.regions[0].params.push(var);
        var
    }

    /// The next state; the first of a region is its start.
    pub fn state(&mut self, region: RegionId, name: &str, kind: StateKind<Typed>) -> StateId {
        let id = StateId(self.machine.states.len() as u32);
        if !self.machine.states.iter().any(|state| state.region == region) {
            self.machine.regions[region.0 as usize].start = id;
        }
        self.machine.states.push(State {
            name: name.to_owned(),
            comment: None,
            span: Span { line: id.0 + 1, column: 1 },
            region,
            enter: Vec::new(),
            kind,
        });
        id
    }

    pub fn enter(&mut self, state: StateId, var: VarId, value: E) {
        self.machine.states[state.0 as usize].enter.push(Assign { var, value });
    }

    pub fn read(&self, var: VarId) -> E {
        expr(self.machine.var(var).ty, ExprKind::Var(var))
    }

    /// `base.name`, of a struct.
    pub fn field(&self, base: E, name: &str) -> E {
        let ty = match self.machine.types.get(base.ty) {
            TypeDef::Struct(def) => match &def.fields {
                Fields::Named(fields) | Fields::Tuple(fields) => fields.iter().find(|field| field.name == name),
                Fields::Newtype(field) => Some(&**field),
                Fields::Unit => None,
            }
            .map_or(TypeId(0), |field| field.ty),
            TypeDef::Tuple(types) => name.parse().ok().and_then(|at: usize| types.get(at)).map_or(TypeId(0), |ty| *ty),
            _ => TypeId(0),
        };
        expr(ty, ExprKind::Field(base, name.to_owned()))
    }

    pub fn text(&mut self, text: &str) -> E {
        expr(self.string(), ExprKind::Literal(Literal::Str(text.to_owned())))
    }

    pub fn number(&mut self, int: IntType, value: i128) -> E {
        expr(self.int(int), ExprKind::Literal(Literal::Int(value)))
    }

    pub fn binary(&mut self, op: BinaryOp, a: E, b: E) -> E {
        let ty = match op {
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => a.ty,
            _ => self.bool(),
        };
        expr(ty, ExprKind::Binary(op, a, b))
    }

    pub fn unit(&self) -> E {
        expr(TypeId(0), ExprKind::Literal(Literal::Unit))
    }
}

#[allow(missing_docs)]
pub fn expr(ty: TypeId, kind: ExprKind<Typed>) -> E {
    Expr { ty, span: Span { line: 7, column: 3 }, kind: Box::new(kind) }
}

#[allow(missing_docs)]
pub fn method(ty: TypeId, method: Builtin, args: Vec<E>) -> E {
    expr(ty, ExprKind::Method(method, args))
}

/// A closure; its type is that of its body.
pub fn lambda(params: Vec<Pattern>, body: E) -> E {
    expr(body.ty, ExprKind::Lambda(params, body))
}

#[allow(missing_docs)]
pub fn construct(ty: TypeId, name: &str, fields: Vec<(&str, E)>) -> E {
    let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    expr(ty, ExprKind::Construct(Construct { name: name.to_owned(), fields, base: None }))
}

/// `match` as a value.
pub fn match_on(ty: TypeId, subject: E, arms: Vec<(Pattern, E)>) -> E {
    let arms = arms.into_iter().map(|(pattern, body)| Arm { pattern, guard: None, body }).collect();
    expr(ty, ExprKind::Match(subject, arms))
}

/// A pattern of a variant or struct.
pub fn fields(name: &str, fields: Vec<(&str, Pattern)>) -> Pattern {
    Pattern::Fields(name.to_owned(), fields.into_iter().map(|(name, pattern)| (name.to_owned(), pattern)).collect())
}

/// A pattern that binds.
pub fn bind(var: VarId) -> Pattern {
    Pattern::Bind(var, None)
}

/// A field under its own name.
pub fn field_def(name: &str, ty: TypeId) -> FieldDef {
    FieldDef {
        name: name.to_owned(),
        key: name.to_owned(),
        ty,
        default: None,
        skip: false,
        flatten: false,
        omit: Omit::Never,
    }
}

/// A variant under its own name, which is its error name too.
pub fn variant(name: &str, fields: Fields) -> VariantDef {
    VariantDef { name: name.to_owned(), key: name.to_owned(), fields, error: Some(name.to_owned()), fault: false }
}

/// An edge to a state.
pub fn to(state: u32) -> Edge<Typed> {
    Edge { result: None, assign: Vec::new(), to: Target::State(StateId(state)) }
}

/// An edge that ends the region.
pub fn end(output: E) -> Edge<Typed> {
    Edge { result: None, assign: Vec::new(), to: Target::End(output) }
}

/// The edge with a result variable.
pub fn taking(var: VarId, edge: Edge<Typed>) -> Edge<Typed> {
    Edge { result: Some(var), ..edge }
}

/// The edge with one more assignment.
pub fn assigning(var: VarId, value: E, mut edge: Edge<Typed>) -> Edge<Typed> {
    edge.assign.push(Assign { var, value });
    edge
}

#[allow(missing_docs)]
pub fn callee(name: &str, kind: CalleeKind, params: Vec<(&str, TypeId)>, output: TypeId) -> Callee {
    Callee {
        name: name.to_owned(),
        comment: None,
        kind,
        params: params.into_iter().map(|(name, ty)| (name.to_owned(), ty)).collect(),
        by_name: false,
        places: None,
        output,
        failure: None,
        timeout_seconds: None,
        heartbeat_seconds: None,
        retry: Vec::new(),
    }
}

#[allow(missing_docs)]
pub fn task(callee: Callee, args: Vec<E>, next: Edge<Typed>) -> StateKind<Typed> {
    StateKind::Task(task_state(callee, args, next))
}

#[allow(missing_docs)]
pub fn task_state(callee: Callee, args: Vec<E>, next: Edge<Typed>) -> TaskState<Typed> {
    let callee = Box::new(callee);
    TaskState {
        callee,
        args,
        detached: false,
        anew: false,
        timeout: None,
        heartbeat: None,
        retry: None,
        catch: Vec::new(),
        next,
    }
}

#[allow(missing_docs)]
pub fn catcher(errors: &[&str], ty: TypeId, next: Edge<Typed>) -> Catcher<Typed> {
    Catcher { errors: errors.iter().map(|&name| name.to_owned()).collect(), ty, next }
}

/// A rule with one condition.
pub fn when(condition: E, next: Edge<Typed>) -> Rule<Typed> {
    Rule { tests: vec![Test::If(condition)], next }
}
