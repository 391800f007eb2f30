//! States with regions in them: a Parallel, a race, a Map.

use std::collections::HashMap;

use durafn_ir::{MapState, ParallelState, State, TypeId, Typed, VarId};

use super::{Env, Failure, Interp, ScopePath, Step, sequences, value::Val, wire};

/// More visits than a branch makes that wins a race.
const LONGEST_BRANCH: usize = 1_000;

impl Interp<'_> {
    pub(super) fn parallel(
        &mut self,
        state: &State<Typed>,
        parallel: &ParallelState<Typed>,
        env: &mut Env,
        scope: &ScopePath,
    ) -> Result<Step, Failure> {
        if parallel.race {
            return self.race(state, parallel, env, scope);
        }
        let visit = self.seen.visits.len() - 1;
        let (start, mut end) = (self.clock, self.clock);
        let mut joined = Joined::default();
        for (index, branch) in parallel.branches.iter().enumerate() {
            let inner = inside(scope, state, index);
            self.clock = start;
            let result = self.region(*branch, env.clone(), &inner);
            if self.join(&mut joined, result) {
                break;
            }
            end = end.max(self.clock);
        }
        if let Some(failure) = joined.failure {
            self.seen.failed_joins.push(visit);
            return self.catch(&parallel.catch, failure, env);
        }
        self.clock = end;
        self.follow(&parallel.next, Some(Val::Tuple(joined.outputs)), env)
    }

    fn race(
        &mut self,
        state: &State<Typed>,
        race: &ParallelState<Typed>,
        env: &mut Env,
        scope: &ScopePath,
    ) -> Result<Step, Failure> {
        let (visit, start, around) = (self.seen.visits.len() - 1, self.clock, self.last_visit);
        let mut first: Option<(u64, usize, Result<Val, Failure>)> = None;
        for (index, branch) in race.branches.iter().enumerate() {
            self.clock = start;
            let last = self.seen.visits.len() + LONGEST_BRANCH;
            self.last_visit = Some(around.map_or(last, |around| around.min(last)));
            let ended = match self.region(*branch, env.clone(), &inside(scope, state, index)) {
                Ok((output, ty)) => self.fits(ty, &output).map(|()| output),
                Err(failure) if failure.is_never() => continue,
                Err(failure) => Err(failure),
            };
            if first.as_ref().is_none_or(|(earliest, ..)| self.clock < *earliest) {
                first = Some((self.clock, index, ended));
            }
        }
        self.last_visit = around;
        let Some((clock, winner, ended)) = first else { return Err(Failure::never()) };
        self.clock = clock;
        self.seen.races.push((visit, winner));
        match ended {
            Ok(value) => self.follow(&race.next, Some(value), env),
            Err(failure) => self.catch(&race.catch, failure, env),
        }
    }

    /// A winner leaves by an error, whose cause holds so much.
    fn fits(&self, ty: TypeId, value: &Val) -> Result<(), Failure> {
        let text = wire::encode(&self.machine.types, ty, value)?.to_text();
        match text.chars().count() + r#"{"v":}"#.len() <= 32_768 {
            true => Ok(()),
            false => Err(Failure::new("States.DataLimitExceeded", "")),
        }
    }

    pub(super) fn map(
        &mut self,
        state: &State<Typed>,
        map: &MapState<Typed>,
        env: &mut Env,
        scope: &ScopePath,
    ) -> Result<Step, Failure> {
        let items = self.eval.eval(&map.items, env)?;
        let items = sequences::items(items).into_iter().collect::<Result<Vec<Val>, Failure>>()?;
        let at_once = match &map.concurrency {
            Some(limit) => match self.eval.eval(limit, env)? {
                Val::Int(limit) if limit > 0 => usize::try_from(limit).unwrap_or(usize::MAX),
                _ => usize::MAX,
            },
            None => usize::MAX,
        };
        // When each of those that run at once is done.
        let mut busy = vec![self.clock; at_once.min(items.len()).max(1)];
        let visit = self.seen.visits.len() - 1;
        let mut joined = Joined::default();
        for (index, item) in items.into_iter().enumerate() {
            let mut inner: HashMap<VarId, Val> = env.clone();
            inner.insert(map.item, item);
            if let Some(var) = map.index {
                inner.insert(var, Val::Int(index as i128));
            }
            let slot = (0..busy.len()).min_by_key(|slot| busy[*slot]).unwrap_or_default();
            self.clock = busy[slot];
            let result = self.region(map.body, inner, &inside(scope, state, index));
            if self.join(&mut joined, result) {
                break;
            }
            busy[slot] = self.clock;
        }
        if let Some(failure) = joined.failure {
            self.seen.failed_joins.push(visit);
            return self.catch(&map.catch, failure, env);
        }
        self.clock = busy.into_iter().max().unwrap_or_default();
        self.follow(&map.next, Some(Val::Vec(joined.outputs)), env)
    }

    /// Takes the end of one branch or iteration. True where the others are not run any more.
    fn join(&mut self, joined: &mut Joined, result: Result<(Val, TypeId), Failure>) -> bool {
        let failure = match result {
            Ok((output, _)) => {
                joined.outputs.push(output);
                return false;
            }
            Err(failure) => failure,
        };
        self.rivals |= joined.failure.is_some();
        joined.failure.get_or_insert(failure);
        !self.probes
    }
}

/// What has become of the branches of a Parallel or the iterations of a Map.
#[derive(Default)]
struct Joined {
    outputs: Vec<Val>,
    failure: Option<Failure>,
}

fn inside(scope: &ScopePath, state: &State<Typed>, index: usize) -> ScopePath {
    let mut inner = scope.clone();
    inner.push((state.name.clone(), index));
    inner
}
