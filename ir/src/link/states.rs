//! States, edges and regions.

use super::{
    Linked, Linker,
    error_names::{named_first, takes_others},
};
use crate::{
    Assign, Callee, Catcher, Edge, Expr, ExprKind, Literal, MapState, ParallelState, RegionId, Rule, Span, Spelled,
    SpelledErrorName, State, StateKind, Target, TaskState, Test, TypeDef, TypeId, Typed, WaitFor,
};

/// What the end of a region is expected to yield.
#[derive(Clone, Copy)]
struct Place {
    span: Span,
    region: RegionId,
}

impl Linker<'_> {
    /// Every state, in order. Goes on after an error, so that all are found.
    pub(super) fn states(&mut self) -> Linked<Vec<State<Typed>>> {
        let states: Vec<Linked<State<Typed>>> = self.machine.states.iter().map(|state| self.state(state)).collect();
        states.into_iter().collect()
    }

    fn state(&mut self, state: &State<Spelled>) -> Linked<State<Typed>> {
        let place = Place { span: state.span, region: state.region };
        self.region = state.region;
        let enter = self.assigns(place, &state.enter);
        let kind = self.kind(place, &state.kind);
        Some(State {
            name: state.name.clone(),
            comment: state.comment.clone(),
            span: state.span,
            region: state.region,
            enter: enter?,
            kind: kind?,
        })
    }

    fn kind(&mut self, place: Place, kind: &StateKind<Spelled>) -> Linked<StateKind<Typed>> {
        match kind {
            StateKind::Pass(edge) => Some(StateKind::Pass(self.edge(place, edge, None)?)),
            StateKind::Task(task) => Some(StateKind::Task(self.task(place, task)?)),
            StateKind::Wait(wait, edge) => {
                let wait = self.wait(wait);
                let edge = self.edge(place, edge, None);
                Some(StateKind::Wait(wait?, edge?))
            }
            StateKind::Choice(rules, default) => {
                let rules: Vec<Linked<Rule<Typed>>> = rules.iter().map(|rule| self.choice_rule(place, rule)).collect();
                let default = self.edge(place, default, None);
                Some(StateKind::Choice(rules.into_iter().collect::<Linked<_>>()?, default?))
            }
            StateKind::Parallel(parallel) => Some(StateKind::Parallel(self.parallel(place, parallel)?)),
            StateKind::Map(map) => Some(StateKind::Map(self.map_state(place, map)?)),
            StateKind::Succeed(output) => Some(StateKind::Succeed(self.output(place, output)?)),
            StateKind::Fail(failure) => Some(StateKind::Fail(self.failure(place, failure)?)),
        }
    }

    fn task(&mut self, place: Place, task: &TaskState<Spelled>) -> Linked<TaskState<Typed>> {
        let Some(callee) = self.callees.get(task.callee.0 as usize).cloned() else {
            return self.fail(place.span, format!("callee {} was not captured", task.callee.0));
        };
        let args = self.arguments(place.span, &callee, &task.args);
        let timeout = self.optional_seconds(&task.timeout);
        let heartbeat = self.optional_seconds(&task.heartbeat);
        let result = if task.detached { self.types.started_execution() } else { callee.output };
        let next = self.edge(place, &task.next, Some(result));
        let catch = self.catchers(place, &task.catch);
        Some(TaskState {
            callee: Box::new(callee),
            args: args?,
            detached: task.detached,
            anew: task.anew,
            timeout: timeout?,
            heartbeat: heartbeat?,
            retry: task.retry.clone(),
            catch: catch?,
            next: next?,
        })
    }

    /// The arguments of a call against the parameters of its callee.
    pub(super) fn arguments(
        &mut self,
        span: Span,
        callee: &Callee,
        args: &[Expr<Spelled>],
    ) -> Linked<Vec<Expr<Typed>>> {
        if args.len() != callee.params.len() {
            let (name, wants, has) = (&callee.name, callee.params.len(), args.len());
            return self.fail(span, format!("`{name}` takes {wants} arguments, not {has}"));
        }
        let args: Vec<Linked<Expr<Typed>>> =
            args.iter().zip(&callee.params).map(|(arg, (_, ty))| self.check(arg, *ty)).collect();
        args.into_iter().collect()
    }

    fn parallel(&mut self, place: Place, parallel: &ParallelState<Spelled>) -> Linked<ParallelState<Typed>> {
        if parallel.race {
            return self.race(place, parallel);
        }
        let outputs: Linked<Vec<TypeId>> =
            parallel.branches.iter().map(|branch| self.outputs[branch.0 as usize]).collect();
        let result = outputs.map(|outputs| self.intern(TypeDef::Tuple(outputs)));
        let next = self.edge(place, &parallel.next, result);
        let catch = self.catchers(place, &parallel.catch);
        Some(ParallelState { branches: parallel.branches.clone(), race: false, catch: catch?, next: next? })
    }

    /// The result of a race is what each of its branches yields. One that only fails yields nothing.
    fn race(&mut self, place: Place, race: &ParallelState<Spelled>) -> Linked<ParallelState<Typed>> {
        let outputs: Vec<TypeId> = race.branches.iter().filter_map(|branch| self.outputs[branch.0 as usize]).collect();
        let result = outputs.first().copied();
        if let Some(other) = outputs.iter().find(|output| Some(**output) != result) {
            let (one, other) = (self.types.name(outputs[0]), self.types.name(*other));
            return self.fail(place.span, format!("one branch of the race yields a {one}, another a {other}"));
        }
        let next = self.edge(place, &race.next, result);
        let catch = self.catchers(place, &race.catch);
        Some(ParallelState { branches: race.branches.clone(), race: true, catch: catch?, next: next? })
    }

    fn map_state(&mut self, place: Place, map: &MapState<Spelled>) -> Linked<MapState<Typed>> {
        let items = self.map_items(place, map);
        if let Some(index) = map.index {
            let usize = self.intern(TypeDef::Int(crate::IntType::Usize));
            if self.vars[index.0 as usize].is_none() {
                self.bind(place.span, index, usize);
            }
        }
        let concurrency = match &map.concurrency {
            Some(limit) => self.integer(limit).map(Some),
            None => Some(None),
        };
        let result = self.outputs[map.body.0 as usize].map(|output| self.intern(TypeDef::Vec(output)));
        let next = self.edge(place, &map.next, result);
        let catch = self.catchers(place, &map.catch);
        Some(MapState {
            items: items?,
            item: map.item,
            index: map.index,
            body: map.body,
            concurrency: concurrency?,
            catch: catch?,
            next: next?,
        })
    }

    fn map_items(&mut self, place: Place, map: &MapState<Spelled>) -> Linked<Expr<Typed>> {
        let hint = self.vars[map.item.0 as usize].map(|item| self.intern(TypeDef::Vec(item)));
        let items = self.infer(&map.items, hint)?;
        match *self.types.get(items.ty) {
            TypeDef::Vec(item) | TypeDef::Iterator(item) => {
                self.bind(place.span, map.item, item)?;
                Some(items)
            }
            _ => {
                let message = format!("a map runs over a Vec, not over a {}", self.types.name(items.ty));
                self.fail(map.items.span, message)
            }
        }
    }

    fn wait(&mut self, wait: &WaitFor<Spelled>) -> Linked<WaitFor<Typed>> {
        match wait {
            WaitFor::Seconds(seconds) => Some(WaitFor::Seconds(self.seconds(seconds)?)),
            WaitFor::Until(until) => {
                let timestamp = self.intern(TypeDef::Timestamp);
                Some(WaitFor::Until(self.check(until, timestamp)?))
            }
        }
    }

    fn optional_seconds(&mut self, seconds: &Option<Expr<Spelled>>) -> Linked<Option<Expr<Typed>>> {
        match seconds {
            Some(seconds) => self.seconds(seconds).map(Some),
            None => Some(None),
        }
    }

    /// A number of seconds: an integer, or a `Duration` that is rounded up to whole seconds. A literal `Duration` becomes the integer.
    fn seconds(&mut self, expr: &Expr<Spelled>) -> Linked<Expr<Typed>> {
        let hint = self.intern(TypeDef::Int(crate::IntType::U64));
        let typed = self.infer(expr, Some(hint))?;
        match self.types.get(typed.ty) {
            TypeDef::Int(_) => Some(typed),
            TypeDef::Duration => match literal_seconds(&typed) {
                None => Some(typed),
                Some(Ok(seconds)) => {
                    Some(Expr { ty: hint, span: typed.span, kind: Box::new(ExprKind::Literal(Literal::Int(seconds))) })
                }
                Some(Err(millis)) => self.fail(
                    expr.span,
                    format!("a durable timer counts whole seconds, not {millis} ms: round the duration, or sleep in a `#[task]`"),
                ),
            },
            _ => {
                let message = format!("expected seconds or a Duration, found a {}", self.types.name(typed.ty));
                self.fail(expr.span, message)
            }
        }
    }

    fn integer(&mut self, expr: &Expr<Spelled>) -> Linked<Expr<Typed>> {
        let hint = self.intern(TypeDef::Int(crate::IntType::U64));
        let typed = self.infer(expr, Some(hint))?;
        match self.types.get(typed.ty) {
            TypeDef::Int(_) => Some(typed),
            _ => {
                let message = format!("expected an integer, found a {}", self.types.name(typed.ty));
                self.fail(expr.span, message)
            }
        }
    }

    fn choice_rule(&mut self, place: Place, rule: &Rule<Spelled>) -> Linked<Rule<Typed>> {
        let bool = self.intern(TypeDef::Bool);
        let mut tests = Vec::new();
        for test in &rule.tests {
            tests.push(match test {
                Test::If(condition) => self.check(condition, bool).map(Test::If),
                Test::Matches(subject, pattern) => self.infer(subject, None).and_then(|subject| {
                    self.pattern(subject.span, pattern, subject.ty)?;
                    Some(Test::Matches(subject, pattern.clone()))
                }),
            });
        }
        let next = self.edge(place, &rule.next, None);
        Some(Rule { tests: tests.into_iter().collect::<Linked<_>>()?, next: next? })
    }

    fn catchers(&mut self, place: Place, catchers: &[Catcher<Spelled>]) -> Linked<Vec<Catcher<Typed>>> {
        let (mut linked, mut failed) = (Vec::new(), false);
        for catcher in catchers {
            let passes_on = matches!(catcher.errors[..], [SpelledErrorName::PassedOn(_)]);
            if passes_on && !linked.iter().any(takes_others) {
                continue;
            }
            match self.catcher(place, catcher) {
                Some(catcher) => linked.extend(catcher),
                None => failed = true,
            }
        }
        (!failed).then(|| named_first(linked))
    }

    /// None where there is nothing to catch: what is awaited cannot fail.
    fn catcher(&mut self, place: Place, catcher: &Catcher<Spelled>) -> Linked<Option<Catcher<Typed>>> {
        let ty = match self.hole(catcher.ty) {
            Some(ty) => Some(ty),
            None => self.fail(place.span, "the type of the error that is caught here was not captured"),
        };
        let errors = self.error_names(place.span, &catcher.errors)?;
        if errors.is_empty() {
            return Some(None);
        }
        let next = self.edge(place, &catcher.next, ty);
        Some(Some(Catcher { errors, ty: ty?, next: next? }))
    }

    /// An edge that leaves a state with a result of a type, where the state has one and it is known yet.
    fn edge(&mut self, place: Place, edge: &Edge<Spelled>, result: Option<TypeId>) -> Linked<Edge<Typed>> {
        if let (Some(var), Some(result)) = (edge.result, result) {
            self.bind(place.span, var, result);
        }
        let assign = self.assigns(place, &edge.assign);
        let to = match &edge.to {
            Target::State(state) => Some(Target::State(*state)),
            Target::End(output) => self.output(place, output).map(Target::End),
        };
        Some(Edge { result: edge.result, assign: assign?, to: to? })
    }

    fn assigns(&mut self, place: Place, assigns: &[Assign<Spelled>]) -> Linked<Vec<Assign<Typed>>> {
        let assigns: Vec<Linked<Assign<Typed>>> = assigns
            .iter()
            .map(|Assign { var, value }| {
                let hint = self.vars.get(var.0 as usize).copied().flatten();
                let value = self.infer(value, hint)?;
                let span = if value.span == Span::default() { place.span } else { value.span };
                self.bind(span, *var, value.ty)?;
                Some(Assign { var: *var, value })
            })
            .collect();
        assigns.into_iter().collect()
    }

    /// The output of a region: all ends of one region agree.
    fn output(&mut self, place: Place, output: &Expr<Spelled>) -> Linked<Expr<Typed>> {
        match self.outputs[place.region.0 as usize] {
            Some(ty) => self.check(output, ty),
            None => {
                let output = self.infer(output, None)?;
                self.outputs[place.region.0 as usize] = Some(output.ty);
                Some(output)
            }
        }
    }

    fn failure(&mut self, place: Place, failure: &Expr<Spelled>) -> Linked<Expr<Typed>> {
        let declared = self.machine.failure.and_then(|failure| self.hole(failure));
        let failure = if place.region == RegionId(0)
            && let Some(declared) = declared
        {
            self.check(failure, declared)?
        } else {
            self.infer(failure, declared)?
        };
        if self.types.failure(failure.ty).is_none() {
            let name = self.types.name(failure.ty);
            return self.fail(
                failure.span,
                format!("a workflow fails with an enum that derives `Failure`, not with a {name}"),
            );
        }
        Some(failure)
    }
}

/// The whole seconds of a `Duration` written as a literal, or its milliseconds where they are not whole seconds.
fn literal_seconds(expr: &Expr<Typed>) -> Option<Result<i128, i128>> {
    use crate::Builtin;
    let ExprKind::Method(builtin, args) = &*expr.kind else { return None };
    let [Expr { kind, .. }] = args.as_slice() else { return None };
    let ExprKind::Literal(Literal::Int(count)) = **kind else { return None };
    match builtin {
        Builtin::DurationFromSecs => Some(Ok(count)),
        Builtin::DurationFromMins => Some(Ok(count * 60)),
        Builtin::DurationFromHours => Some(Ok(count * 3600)),
        Builtin::DurationFromMillis if count % 1000 == 0 => Some(Ok(count / 1000)),
        Builtin::DurationFromMillis => Some(Err(count)),
        _ => None,
    }
}
