//! Where each event of Step Functions stands: its scope and the visit of a state. The service tells branches apart by what followed what
//! only, so each event is placed from the one before it.

use std::collections::{BTreeMap, HashMap};

use durafn_ir::{RegionId, StateId, StateKind, TypedMachine};

use super::document::AwsEvent;
use crate::nearest::nearest;

/// A scope as it ran.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) region: RegionId,
    /// The visit of the Parallel or Map around it, and the index in it.
    pub(super) around: Option<(usize, u32)>,
    /// The visit that the scope is in.
    open: Option<usize>,
    /// The last visit of a state that is not the export's own.
    last: Option<usize>,
}

/// A visit of a state.
#[derive(Debug)]
pub(super) struct Visit {
    /// None for a state that only the export has.
    pub(super) state: Option<StateId>,
    pub(super) scope: usize,
    /// The event that left it.
    pub(super) exit: Option<usize>,
    /// The visit that followed in its scope, of a state that is not the export's own.
    pub(super) next: Option<usize>,
    /// The scopes of a Parallel or Map, by index.
    pub(super) inner: BTreeMap<u32, usize>,
    /// The export's own Fail followed, which passes the failure on.
    pub(super) fails: bool,
    started: bool,
    decided: bool,
}

/// Where an event stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) scope: usize,
    pub(super) visit: Option<usize>,
}

/// Everything that took place.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) scopes: Vec<Scope>,
    pub(super) visits: Vec<Visit>,
    /// By the position of the event.
    pub(super) places: Vec<Place>,
    /// When an attempt that failed was followed by another: by the position of the failure.
    pub(super) retried: HashMap<usize, i64>,
}

/// The state of a name, and the region it is in.
pub(super) struct Names<'m> {
    machine: &'m TypedMachine,
    by_name: HashMap<&'m str, StateId>,
}

/// What the export puts in front of the first state where it is asked to.
const CHECKS: [&str; 2] = ["Check the input", "Refuse the input"];

/// What the export adds to the name of a state for one that stands beside it.
const ADDED: [&str; 3] = [": values", " failed", " fails"];

impl<'m> Names<'m> {
    pub(super) fn of(machine: &'m TypedMachine) -> Names<'m> {
        let states = machine.states.iter().enumerate();
        let by_name = states.map(|(index, state)| (state.name.as_str(), StateId(index as u32))).collect();
        Names { machine, by_name }
    }

    /// The state, or none where the export added it; and its region.
    pub(super) fn find(&self, name: &str) -> Option<(Option<StateId>, RegionId)> {
        if let Some(id) = self.by_name.get(name) {
            return Some((Some(*id), self.machine.state(*id).region));
        }
        if CHECKS.contains(&name) {
            return Some((None, RegionId(0)));
        }
        let plain = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end();
        let base = ADDED.iter().find_map(|added| plain.strip_suffix(added))?;
        // Long names are cut before something is added.
        let beside = self.machine.states.iter().find(|state| state.name == base);
        let beside = beside.or_else(|| self.machine.states.iter().find(|state| state.name.starts_with(base)))?;
        Some((None, beside.region))
    }

    pub(super) fn unknown(&self, name: &str) -> String {
        let known: Vec<String> = self.machine.states.iter().map(|state| state.name.clone()).collect();
        let workflow = &self.machine.name;
        format!(
            "the workflow `{workflow}` of this program has no state `{name}`{}. The history is of another workflow, or of other code",
            nearest(name, &known)
        )
    }
}

/// Places every event.
///
/// # Errors
///
/// When the machine cannot have made this history: says at which event.
pub(super) fn place(machine: &TypedMachine, events: &[AwsEvent]) -> Result<Placed, String> {
    let root = Scope { region: RegionId(0), around: None, open: None, last: None };
    let placed = Placed { scopes: vec![root], visits: Vec::new(), places: Vec::new(), retried: HashMap::new() };
    let mut placer = Placer { machine, names: Names::of(machine), placed, failures: HashMap::new() };
    for (index, event) in events.iter().enumerate() {
        let place = placer.place(index, event)?;
        placer.placed.places.push(place);
    }
    Ok(placer.placed)
}

struct Placer<'m> {
    machine: &'m TypedMachine,
    names: Names<'m>,
    placed: Placed,
    /// The last failed attempt of each visit.
    failures: HashMap<usize, usize>,
}

impl Placer<'_> {
    fn place(&mut self, index: usize, event: &AwsEvent) -> Result<Place, String> {
        let before = match event.previous {
            0 => 0,
            id => self.placed.places[id as usize - 1].scope,
        };
        let kind = event.kind.as_str();
        let astray = || format!("event {} ({kind}) does not follow from event {}", event.id, event.previous);
        if kind.starts_with("Execution") {
            return Ok(Place { scope: 0, visit: self.placed.scopes[0].open });
        }
        if kind.ends_with("StateEntered") {
            return self.entered(event, before)?.ok_or_else(astray);
        }
        if kind.ends_with("StateExited") {
            return self.exited(index, event, before)?.ok_or_else(astray);
        }
        if kind.starts_with("MapIteration") {
            return self.iteration(event, before).ok_or_else(astray);
        }
        if kind.starts_with("ParallelState") || kind.starts_with("MapState") {
            return self.join(event, before).ok_or_else(astray);
        }
        let place = self.here(before);
        if let Some(visit) = place.visit {
            if kind.ends_with("Scheduled") {
                if let Some(failure) = self.failures.remove(&visit) {
                    self.placed.retried.insert(failure, event.at);
                }
            } else if is_failure(kind) {
                self.failures.insert(visit, index);
            }
        }
        Ok(place)
    }

    fn here(&self, scope: usize) -> Place {
        Place { scope, visit: self.placed.scopes[scope].open }
    }

    /// The scope and those around it, from the inside.
    fn outwards(&self, scope: usize) -> impl Iterator<Item = usize> + use<'_> {
        let around = |scope: &usize| {
            let (visit, _) = self.placed.scopes[*scope].around?;
            Some(self.placed.visits[visit].scope)
        };
        std::iter::successors(Some(scope), around)
    }

    fn name<'e>(&self, event: &'e AwsEvent) -> Result<(&'e str, Option<StateId>, RegionId), String> {
        let name = event.text("name").ok_or_else(|| format!("event {} names no state", event.id))?;
        let (state, region) = self.names.find(name).ok_or_else(|| self.names.unknown(name))?;
        Ok((name, state, region))
    }

    fn entered(&mut self, event: &AwsEvent, before: usize) -> Result<Option<Place>, String> {
        let (_, state, region) = self.name(event)?;
        let mut found = None;
        for scope in self.outwards(before) {
            if self.placed.scopes[scope].region == region {
                found = Some((scope, None));
                break;
            }
            let Some(visit) = self.placed.scopes[scope].open else { continue };
            if let Some(index) = self.branch(visit, region) {
                found = Some((scope, Some((visit, index))));
                break;
            }
        }
        let Some((scope, branch)) = found else { return Ok(None) };
        let scope = branch.map_or(scope, |(visit, index)| self.inner(visit, index, region));
        let visit = self.placed.visits.len();
        let (exit, next, inner) = (None, None, BTreeMap::new());
        let (fails, started, decided) = (false, false, false);
        self.placed.visits.push(Visit { state, scope, exit, next, inner, fails, started, decided });
        let of = &mut self.placed.scopes[scope];
        of.open = Some(visit);
        if state.is_none()
            && event.kind == "FailStateEntered"
            && let Some(before) = of.last
        {
            self.placed.visits[before].fails = true;
        }
        if state.is_some()
            && let Some(before) = of.last.replace(visit)
        {
            self.placed.visits[before].next = Some(visit);
        }
        Ok(Some(Place { scope, visit: Some(visit) }))
    }

    /// The index of the branch of a Parallel that a region is.
    fn branch(&self, visit: usize, region: RegionId) -> Option<u32> {
        let state = self.machine.state(self.placed.visits[visit].state?);
        if !matches!(state.kind, StateKind::Parallel(_)) {
            return None;
        }
        state.regions().iter().position(|branch| *branch == region).map(|index| index as u32)
    }

    /// The scope of a branch or iteration.
    fn inner(&mut self, visit: usize, index: u32, region: RegionId) -> usize {
        let new = self.placed.scopes.len();
        let scope = *self.placed.visits[visit].inner.entry(index).or_insert(new);
        if scope == new {
            self.placed.scopes.push(Scope { region, around: Some((visit, index)), open: None, last: None });
        }
        scope
    }

    fn exited(&mut self, index: usize, event: &AwsEvent, before: usize) -> Result<Option<Place>, String> {
        let (_, _, region) = self.name(event)?;
        let scope = self.outwards(before).find(|scope| self.placed.scopes[*scope].region == region);
        let Some(scope) = scope else { return Ok(None) };
        let visit = self.placed.scopes[scope].open.take();
        if let Some(visit) = visit {
            self.placed.visits[visit].exit = Some(index);
        }
        Ok(Some(Place { scope, visit }))
    }

    fn iteration(&mut self, event: &AwsEvent, before: usize) -> Option<Place> {
        let (name, index) = (event.text("name")?, event.number("index")?);
        let of_name = |visit: usize| {
            let state = self.machine.state(self.placed.visits[visit].state?);
            (state.name == name).then(|| state.regions().first().copied()).flatten()
        };
        let (visit, body) = self.outwards(before).find_map(|scope| {
            let visit = self.placed.scopes[scope].open?;
            Some((visit, of_name(visit)?))
        })?;
        let scope = self.inner(visit, index, body);
        Some(self.here(scope))
    }

    fn join(&mut self, event: &AwsEvent, before: usize) -> Option<Place> {
        let kind = event.kind.as_str();
        let (is_map, starts) = (kind.starts_with("Map"), kind.ends_with("Started"));
        let wanted = |visit: &usize| {
            let visit = &self.placed.visits[*visit];
            let of_kind = visit.state.is_some_and(|id| match self.machine.state(id).kind {
                StateKind::Map(_) => is_map,
                StateKind::Parallel(_) => !is_map,
                _ => false,
            });
            of_kind && visit.started != starts && !visit.decided
        };
        let visit = self.outwards(before).find_map(|scope| self.placed.scopes[scope].open.filter(wanted))?;
        let found = &mut self.placed.visits[visit];
        found.started = true;
        found.decided = !starts;
        Some(Place { scope: found.scope, visit: Some(visit) })
    }
}

/// The event ends an attempt without success.
pub(super) fn is_failure(kind: &str) -> bool {
    let of_attempt = ["Task", "Activity", "LambdaFunction"].iter().any(|prefix| kind.starts_with(prefix));
    of_attempt && (kind.ends_with("Failed") || kind.ends_with("TimedOut"))
}
