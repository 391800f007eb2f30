//! What an export is asked for.
//!
//! Names that only a deployment knows are written as placeholders, `${Name}` with letters and digits only, which is what CloudFormation's
//! `DefinitionSubstitutions` fill in:
//!
//! | placeholder | stands for | where |
//! |---|---|---|
//! | `${TaskFunctionArn}` | the function that serves every task | [`Target::Lambda`] with `per_task: false` |
//! | `${<Task>FunctionArn}` | the function of one task | [`Target::Lambda`] with `per_task: true` |
//! | `${<Task>ActivityArn}` | an activity | no [`Account`] |
//! | `${<Task>QueueUrl}` | the queue that takes a callback's tokens | [`Target::Activity`] |
//! | `${<Workflow>StateMachineArn}` | a child workflow | no [`Account`] |
//!
//! `<Task>` is the name in camel case: `charge_card` gives `${ChargeCardFunctionArn}`.

use std::collections::BTreeMap;

/// What an export is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Where tasks run.
    pub target: Target,
    /// The account that ARNs of activities and child workflows name. Without one they are placeholders.
    pub account: Option<Account>,
    /// Placeholders to fill in, by name without `${}`.
    pub substitutions: BTreeMap<String, String>,
    /// Begin with a Choice that checks the input's shape, and fail with `States.TaskFailed` where it does not fit. Promises hold only for inputs
    /// that survive a round trip through the parameters' types.
    pub check_input: bool,
}

/// Where tasks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// As Lambda functions.
    Lambda {
        /// A function for each task, not one for all.
        per_task: bool,
    },
    /// As activities that workers poll.
    Activity,
}

impl Default for Target {
    fn default() -> Self {
        Target::Lambda { per_task: false }
    }
}

/// An AWS account in a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The region, such as `us-east-1`.
    pub region: String,
    /// The account number.
    pub id: String,
}

impl Options {
    /// An activity's ARN.
    pub(crate) fn activity_arn(&self, task: &str) -> String {
        match &self.account {
            Some(Account { region, id }) => format!("arn:aws:states:{region}:{id}:activity:{task}"),
            None => self.placeholder(task, "ActivityArn"),
        }
    }

    /// A state machine's ARN.
    pub(crate) fn state_machine_arn(&self, workflow: &str) -> String {
        match &self.account {
            Some(Account { region, id }) => format!("arn:aws:states:{region}:{id}:stateMachine:{workflow}"),
            None => self.placeholder(workflow, "StateMachineArn"),
        }
    }

    /// The Lambda function of a task.
    pub(crate) fn function_arn(&self, task: &str, per_task: bool) -> String {
        self.placeholder(if per_task { task } else { "Task" }, "FunctionArn")
    }

    /// The queue that takes the tokens of a callback.
    pub(crate) fn queue_url(&self, task: &str) -> String {
        self.placeholder(task, "QueueUrl")
    }

    /// A text of the user's with its placeholders filled in.
    pub(crate) fn filled_in(&self, text: &str) -> String {
        let filled = |text: String, (key, value): (&String, &String)| text.replace(&format!("${{{key}}}"), value);
        self.substitutions.iter().fold(text.to_owned(), filled)
    }

    fn placeholder(&self, name: &str, suffix: &str) -> String {
        let key = camel_case(name) + suffix;
        self.substitutions.get(&key).cloned().unwrap_or_else(|| format!("${{{key}}}"))
    }
}

/// `charge_card` as `ChargeCard`. Keys of substitutions hold letters and digits only.
fn camel_case(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect()
}
