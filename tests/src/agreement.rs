//! One source, one behaviour: a program runs in every way that there is, and all of them must agree.
//!
//! | who | what runs |
//! |---|---|
//! | native | the function, on an engine in memory |
//! | native, crashed | the same on a SQLite file; in the middle the engine is dropped and another one opens the file. An Express execution ends with its engine: it is run once more, and its history replayed |
//! | ir | the reference interpreter on the machine |
//! | sfnx | the export with activities, on `sfnx.testing` |
//! | sfnx, Lambda | the export with tasks as Lambda functions, on `sfnx.testing` |
//! | localstack | the export with activities, on LocalStack's interpreter |
//!
//! What LocalStack tells by GetExecutionHistory must also replay on the native code.
//!
//! Activities are made by the engine's own workers, and in the crashed run by one that survives the engine.
//!
//! Tasks are the program's own in each of them. They are functions of their input, of the number of the attempt, and of what a
//! [`World`] counts for the run. No real time passes.
//!
//! What is compared is [`compare`]'s business, and how a difference is shown `report`'s.

pub mod answer;
mod aws;
pub mod compare;
mod hands;
mod native;
pub mod observed;
pub(crate) mod report;
pub(crate) mod votes;
mod world;

use durafn::callable::WorkflowEntry;
use durafn_asl::{Account, Options, Target};
use durafn_ir::{CalleeKind, StateKind, TypedMachine, WorkflowKind};
use serde_json::Value;

use crate::oracle::{Finding, Interpreter};
pub use aws::Told;
use observed::Observed;
pub use world::{Reply, World};

/// When every run starts: 2026-01-02T03:04:05.678Z.
pub const START: i64 = 1_767_323_045_678;

/// Makes a test of a workflow: for each of these inputs every way to run it must agree.
///
/// ```ignore
/// agrees!(count_down [3, 0]);
/// agrees!(count_up [1] known "what is wrong, until it is not");
/// ```
#[macro_export]
macro_rules! agrees {
    ($workflow:ident $inputs:tt) => {
        mod $workflow {
            #[test]
            fn agrees() {
                $crate::agreement::check(stringify!($workflow), ::serde_json::json!($inputs));
            }
        }
    };
    ($workflow:ident $inputs:tt known $why:literal) => {
        mod $workflow {
            #[test]
            #[ignore = $why]
            fn agrees() {
                $crate::agreement::check(stringify!($workflow), ::serde_json::json!($inputs));
            }
        }
    };
}

/// Holds all runs of a workflow against each other, for each of an array of inputs.
///
/// # Panics
///
/// When two of them disagree, or the export is not valid.
#[track_caller]
pub fn check(workflow: &str, inputs: Value) {
    let subject = Subject::of(workflow);
    let Value::Array(inputs) = inputs else { panic!("the inputs of {workflow} are no array") };
    assert!(!inputs.is_empty(), "{workflow} has no inputs");
    let mut complaints = subject.invalid();
    complaints.extend(inputs.iter().filter_map(|input| subject.disagreement(input)));
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n\n"));
}

/// A workflow in all its forms.
pub(crate) struct Subject {
    pub(crate) workflow: &'static WorkflowEntry,
    pub(crate) machine: &'static TypedMachine,
    pub(crate) activities: Exported,
    pub(crate) lambda: Exported,
    /// The workflows that it starts, and those that they start.
    pub(crate) family: Vec<Child>,
}

/// A workflow that another one starts.
pub(crate) struct Child {
    pub(crate) name: String,
    pub(crate) machine: &'static TypedMachine,
    /// With activities, and with Lambda functions.
    pub(crate) exports: [Exported; 2],
}

/// How tasks travel in an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// As activities, and callbacks by a queue.
    Activities,
    /// As Lambda functions.
    Lambda,
}

/// What GetExecutionHistory tells of a run on LocalStack, and of the executions that it starts; none where LocalStack cannot run here.
///
/// # Panics
///
/// When there is no such workflow, or it has no such run.
#[must_use]
pub fn aws_histories(workflow: &str, input: &Value, way: Way) -> Option<Vec<Told>> {
    let subject = Subject::of(workflow);
    let oracle = Interpreter::LocalStack.get()?;
    Some(aws::histories(&subject, oracle, input, way))
}

/// A definition, or why there is none.
pub type Exported = Result<Value, String>;

impl Subject {
    fn of(name: &str) -> Subject {
        let workflow = workflow(name);
        let machine = linked(name);
        let [activities, lambda] = exports(machine);
        let mut family: Vec<Child> = Vec::new();
        let mut open = started_by(machine);
        while let Some(name) = open.pop() {
            if family.iter().any(|child| child.name == name) {
                continue;
            }
            let machine = linked(&name);
            open.extend(started_by(machine));
            family.push(Child { name, machine, exports: exports(machine) });
        }
        Subject { workflow, machine, activities, lambda, family }
    }

    /// The machine of a workflow of this program.
    pub(crate) fn machine_of(&self, workflow: &str) -> Option<&'static TypedMachine> {
        if workflow == self.workflow.name {
            return Some(self.machine);
        }
        self.family.iter().find(|child| child.name == workflow).map(|child| child.machine)
    }

    /// A state of it, or of a workflow that it starts, has this name.
    pub(crate) fn has_state(&self, name: &str) -> bool {
        let machines = self.family.iter().map(|child| child.machine).chain([self.machine]);
        self.family.is_empty()
            || machines.into_iter().any(|machine| machine.states.iter().any(|state| state.name == name))
    }

    /// What our own verifier and the validators of others say.
    fn invalid(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        if let Err(violations) = durafn_ir::validate(self.machine) {
            complaints.extend(violations.iter().map(|violation| format!("ir: {violation}")));
        }
        for (target, definition) in [("activities", &self.activities), ("Lambda", &self.lambda)] {
            let definition = match definition {
                Ok(definition) => definition,
                Err(errors) => {
                    complaints.push(errors.clone());
                    continue;
                }
            };
            for oracle in [Interpreter::Sfnx, Interpreter::LocalStack].iter().filter_map(|one| one.get()) {
                match oracle.validate(definition) {
                    Ok(findings) => {
                        let findings = findings.iter().filter(|found| !is_mistaken(found));
                        complaints
                            .extend(findings.map(|found| format!("{} ({target}): {}", found.tool, found.message)));
                    }
                    Err(refused) => complaints.push(format!("{} ({target}): {refused:?}", oracle.interpreter().name())),
                }
            }
        }
        if complaints.is_empty() {
            return complaints;
        }
        complaints.dedup();
        let path = report::write(self.workflow.name, &self.activities);
        vec![format!("{} has no valid export ({path}):\n{}", self.workflow.name, complaints.join("\n"))]
    }

    /// Runs it in every way, and shows the first difference.
    fn disagreement(&self, input: &Value) -> Option<String> {
        let reference = votes::reference(self, input);
        let mut runs = Vec::from(native::runs(self, input));
        runs.extend(votes::oracles(self, input));
        let difference = compare::first_difference(&reference, &runs)?;
        let all: Vec<&Observed> = std::iter::once(&reference).chain(&runs).collect();
        Some(report::show(self, input, &all, &difference))
    }
}

/// Where a validator is wrong. `statelint` knows no JSONata in fields that are no text, where the service takes it; and it takes the value that it computes of
/// an expression for the expression.
fn is_mistaken(finding: &Finding) -> bool {
    let numeric = ["Seconds", "Timestamp", "TimeoutSeconds", "HeartbeatSeconds", "MaxConcurrency"];
    let Some((field, complaint)) = finding.message.split_once(" is ") else { return false };
    let field = field.rsplit('.').next().unwrap_or_default();
    finding.tool == "statelint"
        && match field {
            "Arguments" => complaint.ends_with("but should be a JSONata"),
            "Condition" => ["true but should be a String", "false but should be a String"].contains(&complaint),
            field => numeric.contains(&field) && complaint.starts_with("\"{% "),
        }
}

/// With activities, and with Lambda functions. An Express workflow has no activities.
fn exports(machine: &TypedMachine) -> [Exported; 2] {
    let lambda = export(machine, Target::Lambda { per_task: false });
    match machine.kind {
        WorkflowKind::Standard => [export(machine, Target::Activity), lambda],
        WorkflowKind::Express => [lambda.clone(), lambda],
    }
}

fn linked(name: &str) -> &'static TypedMachine {
    (workflow(name).machine)().unwrap_or_else(|errors| panic!("{name} is not linked:\n{errors}"))
}

/// The workflows that a machine starts.
fn started_by(machine: &TypedMachine) -> Vec<String> {
    let callees = machine.states.iter().filter_map(|state| match &state.kind {
        StateKind::Task(task) => Some(&task.callee),
        _ => None,
    });
    callees.filter(|callee| callee.kind == CalleeKind::Workflow).map(|callee| callee.name.clone()).collect()
}

/// A workflow of this program.
fn workflow(name: &str) -> &'static WorkflowEntry {
    durafn::private::inventory::iter::<WorkflowEntry>
        .into_iter()
        .find(|entry| entry.name == name)
        .unwrap_or_else(|| panic!("there is no workflow {name}"))
}

pub(crate) fn export(machine: &TypedMachine, target: Target) -> Exported {
    let options = Options {
        target,
        account: Some(Account { region: "us-east-1".into(), id: "000000000000".into() }),
        substitutions: [(
            "TaskFunctionArn".to_owned(),
            "arn:aws:lambda:us-east-1:000000000000:function:tasks".to_owned(),
        )]
        .into(),
        check_input: false,
    };
    let export = durafn_asl::export(machine, &options).map_err(|errors| errors.to_string())?;
    Ok(serde_json::to_value(&export.definition).expect("a definition is JSON"))
}
