//! A stable text form, for snapshots, messages and the command line.
//!
//! Expressions read as Rust; states are named, regions indented under the state they belong to. It is written for people and
//! never read back.

mod expr;

use std::fmt::{self, Write};

use crate::{
    Assign, Catcher, ConstHole, Edge, ErrorName, Expr, Machine, MapState, Pattern, Phase, RegionId, Retrier, Spelled,
    SpelledErrorName, State, StateKind, Target, TaskState, Test, TypeHole, TypeId, TypeTable, Typed, Var, WaitFor,
    WorkflowKind,
};

/// How each form of the model prints its holes.
pub trait Print: Phase {
    /// A type, or nothing where none was captured.
    fn type_text(ty: &Self::Type, types: &TypeTable) -> Option<String>;
    /// A constant.
    fn const_text(value: &Self::Const) -> String;
    /// The name of a callee.
    fn callee_text(callee: &Self::Callee) -> String;
    /// An entry of a list of error names.
    fn error_text(name: &Self::ErrorName) -> String;
    /// A method's name, or a function's path.
    fn method_text(method: &Self::Method) -> &str;
}

impl Print for Spelled {
    fn type_text(ty: &Option<TypeHole>, _: &TypeTable) -> Option<String> {
        ty.map(|TypeHole(hole)| format!("T{hole}"))
    }

    fn const_text(ConstHole(hole): &ConstHole) -> String {
        format!("CONST_{hole}")
    }

    fn callee_text(callee: &crate::CalleeHole) -> String {
        format!("callee_{}", callee.0)
    }

    fn error_text(name: &SpelledErrorName) -> String {
        match name {
            SpelledErrorName::Literal(name) => name.clone(),
            SpelledErrorName::Variant(TypeHole(hole), variant) => format!("T{hole}::{variant}"),
            SpelledErrorName::Fault(variant) => format!("Fault::{variant}"),
            SpelledErrorName::All(TypeHole(hole)) => format!("T{hole}::*"),
            SpelledErrorName::Converted(TypeHole(from), TypeHole(into)) => format!("T{from} unless T{into}"),
            SpelledErrorName::PassedOn(TypeHole(hole)) => format!("T{hole}::* passed on"),
        }
    }

    fn method_text(method: &String) -> &str {
        method
    }
}

impl Print for Typed {
    fn type_text(ty: &TypeId, types: &TypeTable) -> Option<String> {
        Some(types.name(*ty))
    }

    fn const_text(value: &serde_json::Value) -> String {
        value.to_string()
    }

    fn callee_text(callee: &Box<crate::Callee>) -> String {
        callee.name.clone()
    }

    fn error_text(name: &ErrorName) -> String {
        name.clone()
    }

    fn method_text(method: &crate::Builtin) -> &str {
        method.spelling()
    }
}

impl<P: Print> Machine<P> {
    /// The machine as text.
    #[must_use]
    pub fn print(&self) -> String {
        let mut printer = Printer { machine: self, out: String::new() };
        // Writing to a string cannot fail.
        let _ = printer.workflow();
        printer.out
    }

    /// An expression of the machine as Rust-like text.
    #[must_use]
    pub fn print_expr(&self, expr: &Expr<P>) -> String {
        expr.text(&self.vars)
    }
}

impl<P: Print> Expr<P> {
    /// The expression as Rust-like text; variables by name.
    #[must_use]
    pub fn text(&self, vars: &[Var<P>]) -> String {
        expr::text(self, vars)
    }
}

impl Pattern {
    /// The pattern as Rust-like text; variables by name.
    #[must_use]
    pub fn text<P: Print>(&self, vars: &[Var<P>]) -> String {
        expr::pattern_text(self, vars)
    }
}

struct Printer<'a, P: Print> {
    machine: &'a Machine<P>,
    out: String,
}

impl<P: Print> Printer<'_, P> {
    fn line(&mut self, depth: usize, text: fmt::Arguments<'_>) -> fmt::Result {
        writeln!(self.out, "{:width$}{text}", "", width = depth * 4)
    }

    fn workflow(&mut self) -> fmt::Result {
        let machine = self.machine;
        let root = machine.regions.first();
        let vars = root.map(|root| root.params.as_slice()).unwrap_or_default();
        let params: Vec<String> = machine
            .params
            .iter()
            .zip(vars)
            .map(|(name, var)| match machine.vars.get(var.0 as usize) {
                Some(var) if var.name != *name => format!("{name} as {}", self.var(var)),
                Some(var) => self.var(var),
                None => name.clone(),
            })
            .collect();
        let kind = match machine.kind {
            WorkflowKind::Standard => "workflow",
            WorkflowKind::Express => "express workflow",
        };
        let output = P::type_text(&machine.output, &machine.types).unwrap_or_else(|| "_".into());
        let failure = machine.failure.as_ref().and_then(|failure| P::type_text(failure, &machine.types));
        let failure = failure.map(|failure| format!(" or {failure}")).unwrap_or_default();
        self.line(0, format_args!("{kind} {}({}) -> {output}{failure}", machine.name, params.join(", ")))?;
        if let Some(seconds) = machine.timeout_seconds {
            self.line(1, format_args!("within {seconds} s"))?;
        }
        if root.is_some() {
            self.region(1, RegionId(0))?;
        }
        Ok(())
    }

    fn var(&self, var: &Var<P>) -> String {
        match P::type_text(&var.ty, &self.machine.types) {
            Some(ty) => format!("{}: {ty}", var.name),
            None => var.name.clone(),
        }
    }

    fn region(&mut self, depth: usize, id: RegionId) -> fmt::Result {
        let machine = self.machine;
        let start = machine.region(id).start;
        let first = machine.states_of(id).next().map(|(id, _)| id);
        if first != Some(start) {
            self.line(depth, format_args!("start at {}", self.name(start)))?;
        }
        machine.states_of(id).try_for_each(|(_, state)| self.state(depth, state))
    }

    fn name(&self, state: crate::StateId) -> String {
        match self.machine.states.get(state.0 as usize) {
            Some(state) => format!("`{}`", state.name),
            None => format!("state {}", state.0),
        }
    }

    fn text(&self, expr: &Expr<P>) -> String {
        expr.text(&self.machine.vars)
    }

    fn state(&mut self, depth: usize, state: &State<P>) -> fmt::Result {
        self.line(depth, format_args!("`{}`:", state.name))?;
        let depth = depth + 1;
        for assign in &state.enter {
            let assign = self.assign(assign);
            self.line(depth, format_args!("enter {assign}"))?;
        }
        match &state.kind {
            StateKind::Pass(edge) => self.edge(depth, "pass", edge),
            StateKind::Task(task) => self.task(depth, task),
            StateKind::Wait(wait, edge) => {
                let wait = match wait {
                    WaitFor::Seconds(seconds) => format!("wait {} s", self.text(seconds)),
                    WaitFor::Until(until) => format!("wait until {}", self.text(until)),
                };
                self.edge(depth, &wait, edge)
            }
            StateKind::Choice(rules, default) => {
                for rule in rules {
                    let tests: Vec<String> = rule.tests.iter().map(|test| self.test(test)).collect();
                    self.edge(depth, &format!("if {}", tests.join(" && ")), &rule.next)?;
                }
                self.edge(depth, "else", default)
            }
            StateKind::Parallel(parallel) => {
                for branch in &parallel.branches {
                    self.line(depth, format_args!("{}", if parallel.race { "racer" } else { "branch" }))?;
                    self.region(depth + 1, *branch)?;
                }
                self.catchers(depth, &parallel.catch)?;
                self.edge(depth, if parallel.race { "won" } else { "joined" }, &parallel.next)
            }
            StateKind::Map(map) => self.map(depth, map),
            StateKind::Succeed(output) => {
                let output = self.text(output);
                self.line(depth, format_args!("end {output}"))
            }
            StateKind::Fail(failure) => {
                let failure = self.text(failure);
                self.line(depth, format_args!("fail {failure}"))
            }
        }
    }

    fn task(&mut self, depth: usize, task: &TaskState<P>) -> fmt::Result {
        let args: Vec<String> = task.args.iter().map(|arg| self.text(arg)).collect();
        let verb = match (task.anew, task.detached) {
            (true, _) => "continue as",
            (false, true) => "start",
            (false, false) => "call",
        };
        self.line(depth, format_args!("{verb} {}({})", P::callee_text(&task.callee), args.join(", ")))?;
        for (name, seconds) in [("timeout", &task.timeout), ("heartbeat", &task.heartbeat)] {
            if let Some(seconds) = seconds {
                let seconds = self.text(seconds);
                self.line(depth, format_args!("{name} {seconds} s"))?;
            }
        }
        for retrier in task.retry.iter().flatten() {
            self.line(depth, format_args!("{}", retry_text(retrier)))?;
        }
        self.catchers(depth, &task.catch)?;
        self.edge(depth, "done", &task.next)
    }

    fn map(&mut self, depth: usize, map: &MapState<P>) -> fmt::Result {
        let machine = self.machine;
        let vars: Vec<String> = std::iter::once(&map.item)
            .chain(&map.index)
            .filter_map(|var| machine.vars.get(var.0 as usize))
            .map(|var| self.var(var))
            .collect();
        let limit = map.concurrency.as_ref().map(|limit| format!(", {} at once", self.text(limit))).unwrap_or_default();
        let items = self.text(&map.items);
        self.line(depth, format_args!("for each {} in {items}{limit}", vars.join(", ")))?;
        self.region(depth + 1, map.body)?;
        self.catchers(depth, &map.catch)?;
        self.edge(depth, "joined", &map.next)
    }

    fn catchers(&mut self, depth: usize, catchers: &[Catcher<P>]) -> fmt::Result {
        catchers.iter().try_for_each(|Catcher { errors, ty, next }| {
            let errors: Vec<String> = errors.iter().map(P::error_text).collect();
            let ty = P::type_text(ty, &self.machine.types).map(|ty| format!(" as {ty}")).unwrap_or_default();
            self.edge(depth, &format!("catch {}{ty}", errors.join(", ")), next)
        })
    }

    fn test(&self, test: &Test<P>) -> String {
        match test {
            Test::If(condition) => self.text(condition),
            Test::Matches(subject, pattern) => {
                format!("let {} = {}", expr::pattern_text(pattern, &self.machine.vars), self.text(subject))
            }
        }
    }

    fn assign(&self, Assign { var, value }: &Assign<P>) -> String {
        format!("{} = {}", expr::var_name(*var, &self.machine.vars), self.text(value))
    }

    fn edge(&mut self, depth: usize, when: &str, edge: &Edge<P>) -> fmt::Result {
        let mut steps: Vec<String> = Vec::new();
        steps.extend(edge.result.map(|var| format!("{} = result", expr::var_name(var, &self.machine.vars))));
        steps.extend(edge.assign.iter().map(|assign| self.assign(assign)));
        steps.push(match &edge.to {
            Target::State(to) => format!("-> {}", self.name(*to)),
            Target::End(output) => format!("end {}", self.text(output)),
        });
        self.line(depth, format_args!("{when}: {}", steps.join("; ")))
    }
}

fn retry_text(retrier: &Retrier) -> String {
    let Retrier { errors, interval_seconds, backoff_rate, max_attempts, max_delay_seconds, jitter } = retrier;
    let most = max_delay_seconds.map(|most| format!(", at most {most} s")).unwrap_or_default();
    let jitter = if *jitter { ", jitter" } else { "" };
    let errors = errors.join(", ");
    format!("retry {errors}: {max_attempts} times after {interval_seconds} s x {backoff_rate}{most}{jitter}")
}

#[cfg(test)]
mod tests;
