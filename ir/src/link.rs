//! Linking: what only types can tell fills the holes of a spelled machine.
//!
//! Generated code captures a type for every variable and for expressions whose type follows from nothing around them (constructors,
//! `collect`, `sum`, `parse`, `into`). The rest is computed here, in both directions: a literal takes the type that is expected of it or its
//! neighbour's, a method is found by its receiver's type. The compiler has accepted the same code before, so most errors are about
//! what Rust has and a workflow has not: fields of opaque types, methods without a meaning in a machine.

mod convert;
mod error_names;
mod expr;
mod hints;
mod literal;
mod methods;
mod operators;
mod pattern;
mod pure;
mod rules;
mod sequences;
mod states;

pub use literal::MAX_EXACT_INT;
pub use methods::{ITEMS, OLD_VALUE};
pub use pure::{PureBody, PureFn, Pures};

use std::{error::Error, fmt};

use crate::{Callee, Machine, Span, Spelled, TypeDef, TypeHole, TypeId, TypeTable, TypedMachine, Var, VarId};

/// What generated code captured, in the order of the numbers of the holes.
#[derive(Clone, Debug, Default)]
pub struct Holes {
    /// Every type that the lists below mention.
    pub types: TypeTable,
    /// Types of variables and expressions.
    pub type_holes: Vec<TypeId>,
    /// Constants, unit structs and unit variants.
    pub consts: Vec<(TypeId, serde_json::Value)>,
    /// Tasks, workflows and pure functions.
    pub callees: Vec<Callee>,
}

/// Why a machine cannot be linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkErrors {
    /// The source file.
    pub file: String,
    /// Each error, in the order of the source's states.
    pub errors: Vec<LinkError>,
}

/// One place that cannot be linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkError {
    /// Where the user wrote it.
    pub span: Span,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for LinkErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, LinkError { span, message }) in self.errors.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{}:{}:{}: {message}", self.file, span.line, span.column)?;
        }
        Ok(())
    }
}

impl Error for LinkErrors {}

/// Fills the holes of a machine.
///
/// # Errors
///
/// Every place whose type does not fit or has no meaning in a machine.
pub fn link(machine: Machine<Spelled>, holes: Holes) -> Result<TypedMachine, LinkErrors> {
    link_with(machine, holes, &|_, _| None)
}

/// Fills the holes of a machine, and puts the bodies of pure functions in place of their calls. A call whose body `pures` does not know is an
/// error.
///
/// # Errors
///
/// As [`link`].
pub fn link_with(machine: Machine<Spelled>, holes: Holes, pures: &Pures<'_>) -> Result<TypedMachine, LinkErrors> {
    let mut machine = machine;
    crate::patches::take(&mut machine);
    let mut linker = Linker::new(&machine, holes, pures);
    let captured = (linker.type_holes.len(), linker.consts.len(), linker.callees.len());
    loop {
        let known = linker.count_known();
        linker.errors.clear();
        linker.inlined.clear();
        linker.vars.truncate(machine.vars.len());
        linker.type_holes.truncate(captured.0);
        linker.consts.truncate(captured.1);
        linker.callees.truncate(captured.2);
        let states = linker.states();
        if let (Some(states), true) = (states, linker.errors.is_empty()) {
            let mut machine = linker.finish(states);
            while crate::fold_end(&mut machine) {}
            return Ok(machine);
        }
        // A type found late in this round, such as a Parallel's output, may settle an early read in the next one.
        if linker.count_known() == known {
            return Err(LinkErrors { file: machine.file.clone(), errors: distinct(linker.errors) });
        }
    }
}

/// The state of linking one machine.
struct Linker<'a> {
    machine: &'a Machine<Spelled>,
    types: TypeTable,
    type_holes: Vec<TypeId>,
    consts: Vec<(TypeId, serde_json::Value)>,
    callees: Vec<Callee>,
    /// Types of variables: from their holes, or from what binds them.
    vars: Vec<Option<TypeId>>,
    /// Types of the outputs of regions.
    outputs: Vec<Option<TypeId>>,
    errors: Vec<LinkError>,
    /// Finds the bodies of pure functions.
    pures: &'a Pures<'a>,
    /// Variables of the bodies that were put in place, numbered after the machine's.
    inlined: Vec<Var<Spelled>>,
    /// The pure functions whose bodies are around the place.
    around: Vec<String>,
    /// The region of the state that is being linked.
    region: crate::RegionId,
}

/// A linked part, or nothing where an error has been recorded.
type Linked<T> = Option<T>;

impl<'a> Linker<'a> {
    fn new(machine: &'a Machine<Spelled>, holes: Holes, pures: &'a Pures<'a>) -> Linker<'a> {
        let Holes { types, type_holes, consts, callees } = holes;
        let mut linker = Linker {
            machine,
            types,
            type_holes,
            consts,
            callees,
            vars: Vec::new(),
            outputs: vec![None; machine.regions.len()],
            errors: Vec::new(),
            pures,
            inlined: Vec::new(),
            around: Vec::new(),
            region: crate::RegionId(0),
        };
        linker.vars = machine.vars.iter().map(|var| linker.hole(var.ty)).collect();
        if let Some(output) = linker.outputs.first_mut() {
            *output = machine.output.and_then(|hole| linker.type_holes.get(hole.0 as usize).copied());
        }
        linker
    }

    fn count_known(&self) -> usize {
        self.vars.iter().take(self.machine.vars.len()).chain(&self.outputs).flatten().count()
    }

    /// The captured type, where there is one.
    fn hole(&self, hole: Option<TypeHole>) -> Option<TypeId> {
        hole.and_then(|hole| self.type_holes.get(hole.0 as usize).copied())
    }

    fn intern(&mut self, def: TypeDef) -> TypeId {
        self.types.intern(def)
    }

    /// Records an error.
    fn fail<T>(&mut self, span: Span, message: impl Into<String>) -> Linked<T> {
        self.errors.push(LinkError { span, message: message.into() });
        None
    }

    fn var_name(&self, var: VarId) -> &str {
        let all = self.machine.vars.iter().chain(&self.inlined);
        all.map(|var| var.name.as_str()).nth(var.0 as usize).unwrap_or("_")
    }

    /// A variable takes a value of this type.
    fn bind(&mut self, span: Span, var: VarId, ty: TypeId) -> Linked<()> {
        let Some(known) = self.vars.get(var.0 as usize) else {
            return self.fail(span, format!("variable {} does not exist in this machine", var.0));
        };
        match *known {
            None => self.vars[var.0 as usize] = Some(ty),
            Some(known) if known == ty => {}
            Some(known) => {
                let name = self.var_name(var);
                let message = format!("`{name}` is a {}, its value a {}", self.types.name(known), self.types.name(ty));
                return self.fail(span, message);
            }
        }
        Some(())
    }

    fn finish(mut self, states: Vec<crate::State<crate::Typed>>) -> TypedMachine {
        let unit = self.intern(TypeDef::Unit);
        let Machine { name, comment, file, kind, timeout_seconds, params, failure, vars, regions, .. } = self.machine;
        let failure = failure.and_then(|failure| self.hole(failure));
        let typed_vars = vars.iter().chain(&self.inlined).zip(&self.vars).map(|(var, ty)| Var {
            name: var.name.clone(),
            ty: ty.unwrap_or(unit),
            region: var.region,
            span: var.span,
        });
        TypedMachine {
            name: name.clone(),
            comment: comment.clone(),
            file: file.clone(),
            kind: *kind,
            timeout_seconds: *timeout_seconds,
            params: params.clone(),
            output: self.outputs.first().copied().flatten().unwrap_or(unit),
            failure,
            vars: typed_vars.collect(),
            regions: regions.clone(),
            states,
            types: self.types,
            patches: self.machine.patches.clone(),
        }
    }
}

/// An expression that two neighbours look at for its type reports its errors twice.
fn distinct(errors: Vec<LinkError>) -> Vec<LinkError> {
    let mut distinct: Vec<LinkError> = Vec::new();
    for error in errors {
        if !distinct.contains(&error) {
            distinct.push(error);
        }
    }
    distinct
}

#[cfg(test)]
mod tests;
