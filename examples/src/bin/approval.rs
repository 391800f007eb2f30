//! Human approval: the manager is asked, then, when no answer comes in time, the director; and somebody must say yes.
//!
//! Nothing runs while it waits: the token is a row in the file. Here asking is a line on the terminal; in a real program it is a mail with a link whose
//! handler completes the token.
//!
//! ```text
//! cargo run -p examples --bin approval -- start approve --input-file examples/data/expense.json
//! cargo run -p examples --bin approval -- task complete TOKEN '{"approved":true,"by":"Ada"}'      # in another terminal
//! ```

use std::process::ExitCode;

use durafn::{cli::App, prelude::*};

/// What somebody wants paid.
#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Expense {
    pub what: String,
    pub cents: u32,
    pub manager: String,
    pub director: String,
    /// How long each of them has, in seconds.
    pub patience: u32,
}

/// What a person answers.
#[derive(Serialize, Deserialize, Data, Clone, Debug)]
pub struct Decision {
    pub approved: bool,
    pub by: String,
}

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
pub enum ApprovalError {
    Rejected {
        by: String,
    },
    #[fault]
    Fault(Fault),
}

/// Pays an expense once somebody has approved it. Small ones need nobody.
#[workflow]
pub async fn approve(expense: Expense) -> Result<String, ApprovalError> {
    let mut approver = "nobody".to_string();
    if expense.cents > 5_000 {
        let patience = Duration::from_secs(expense.patience as u64);
        let decision = match ask(expense.manager.clone(), expense.what.clone(), expense.cents).timeout(patience).await {
            Ok(decision) => decision,
            Err(ApprovalError::Fault(Fault::Timeout)) => {
                ask(expense.director, expense.what.clone(), expense.cents).timeout(patience).await?
            }
            Err(error) => return Err(error),
        };
        if !decision.approved {
            return Err(ApprovalError::Rejected { by: decision.by });
        }
        approver = decision.by;
    }
    let payment = pay(expense.what, expense.cents).await?;
    Ok(format!("{payment}, approved by {approver}"))
}

/// Asks a person. The token goes with the question, and comes back with the answer.
#[task(callback)]
async fn ask(token: TaskToken<Decision>, person: String, what: String, cents: u32) -> Result<(), ApprovalError> {
    println!("{person}: may we pay {cents} cents for {what}? token {token}");
    Ok(())
}

/// Pays.
#[task(timeout = "1m", retry(on = "States.Timeout", interval = "5s", attempts = 3))]
async fn pay(what: String, cents: u32) -> Result<String, ApprovalError> {
    Ok(format!("paid {cents} cents for {what}"))
}

fn main() -> ExitCode {
    App::new("approval.db").main()
}

durafn::check_workflows!();

#[cfg(test)]
mod tests {
    use durafn::testing::TestEngine;

    use super::*;

    const WEEK: Duration = Duration::from_hours(7 * 24);

    /// A week of patience for each.
    fn lamp() -> Expense {
        let (manager, director) = ("Ada".to_owned(), "Grace".to_owned());
        Expense { what: "a lamp".to_owned(), cents: 9_900, manager, director, patience: WEEK.as_secs() as u32 }
    }

    #[tokio::test]
    async fn after_a_week_without_an_answer_the_director_is_asked() {
        let kit = TestEngine::new();
        kit.mock(ask).never().times(1).with(|person, _, _| Ok(Decision { approved: true, by: person }));
        let run = kit.run(approve(lamp())).await;
        assert_eq!(run.output(), "paid 9900 cents for a lamp, approved by Grace");
        assert_eq!(run.elapsed(), WEEK);
        let asked: Vec<String> = run.calls_of(ask).into_iter().map(|(person, ..)| person).collect();
        assert_eq!(asked, ["Ada", "Grace"]);
    }

    #[tokio::test]
    async fn a_no_is_a_no_whatever_crashes() {
        let kit = TestEngine::new();
        kit.mock(ask).with(|person, _, _| Ok(Decision { approved: false, by: person }));
        let report = kit.crash_everywhere(|| approve(lamp())).await;
        assert!(matches!(report.run().failure(), ApprovalError::Rejected { by } if by == "Ada"));
    }
}
