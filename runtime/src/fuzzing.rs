//! What comes from outside, one function for each kind: files, rows of a store, paths, commands, inputs. The tests and the targets in `fuzz/`
//! feed them with anything. None may panic; true says that the input was taken.

use durafn_ir::TypedMachine;

use crate::{
    Schedule,
    cli::debug::{Answer, Source, answer},
    debug::{Recording, Session},
    graph,
    history::{History, file},
    prelude::TaskToken,
    store::{ExecutionId, ExecutionRow, Status, Wake},
    verify,
};

/// A history file, or a history of Step Functions. `workflow` says whose, where that does not tell.
pub fn history(text: &str, workflow: Option<&str>) -> bool {
    History::parse_of(text, workflow).is_ok_and(|history| {
        look_at(&history);
        let again = history.to_json().expect("what was read can be written");
        assert_eq!(History::parse(&again).expect("what was written can be read"), history);
        true
    })
}

/// A history file of which nothing was checked, as somebody can edit a store.
pub fn journal(text: &str) -> bool {
    file::unchecked(text).is_ok_and(|history| {
        look_at(&history);
        history.events().is_ok()
    })
}

/// A path of what is to be taken out of a history.
pub fn redaction(history: &History, path: &str) -> bool {
    history.redact(&[path]).is_ok_and(|history| {
        look_at(&history);
        true
    })
}

/// A line of the debugger.
pub fn debugger(session: &mut Session, line: &str) -> bool {
    matches!(answer(session, &Source::default(), line), Answer::Said(_))
}

/// The input of a workflow.
pub fn input(workflow: &str, json: &str) -> bool {
    let execution = ExecutionRow {
        id: ExecutionId(1),
        workflow: workflow.to_owned(),
        version: 1,
        name: None,
        machine: String::new(),
        status: Status::Running,
        input: json.into(),
        output: None,
        error: None,
        cause: None,
        nonce: "fuzzing".to_owned(),
        started_at: 0,
        closed_at: None,
        wake: Wake::Active,
        parent: None,
        origin: None,
    };
    let (machines, redacted) = (std::collections::BTreeMap::new(), Vec::new());
    verify::replay(&History { execution, rows: Vec::new(), machines, redacted }).is_ok()
}

/// The text of a token.
pub fn token(text: &str) -> bool {
    text.parse::<TaskToken<u64>>().is_ok_and(|token| token.as_str() == text)
}

/// The rule of a schedule, as a store has it.
pub fn schedule(json: &str) -> bool {
    Schedule::from_json(json).is_ok_and(|schedule| {
        let _ = (schedule.to_string(), schedule.next_after(i64::MAX), schedule.due(0, 40 * 86_400_000));
        Schedule::from_json(&schedule.to_json()).is_ok_and(|again| again == schedule)
    })
}

/// A machine as JSON.
pub fn machine(json: &str) -> bool {
    let Ok(machine) = serde_json::from_str::<TypedMachine>(json) else { return false };
    if durafn_ir::validate(&machine).is_err() {
        return false;
    }
    let _ = (machine.fingerprint(), machine.print(), graph::mermaid(&machine), graph::dot(&machine));
    for target in [durafn_asl::Target::Activity, durafn_asl::Target::Lambda { per_task: true }] {
        let options = durafn_asl::Options { target, ..durafn_asl::Options::default() };
        let _ = durafn_asl::export(&machine, &options);
    }
    true
}

/// All that looks at a history.
fn look_at(history: &History) {
    let _ = (history.events(), verify::replay(history), history.to_json());
    let _ =
        (graph::mermaid_of(history), graph::dot_of(history), graph::timeline(history, history.execution.started_at));
    let Ok(recording) = Recording::of(history) else { return };
    let mut session = Session::new(recording);
    for line in ["where", "vars", "input", "output", "history", "states", "failure", "end", "vars", "output"] {
        debugger(&mut session, line);
    }
}
