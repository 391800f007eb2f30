//! A last arm that passes the error on, behind arms that take faults: `States.TaskFailed` in a Catch stands for every name that no other catcher lists.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{Strict, Trouble, attempt, double, note, strict};

#[workflow]
async fn behind_all_faults(how: String) -> Result<u64, Trouble> {
    match attempt(how).await {
        Ok(n) => Ok(double(n).await),
        Err(Trouble::Fault(_)) => Ok(1),
        Err(error) => Err(error),
    }
}
agrees!(behind_all_faults ["abc", "busy", "refused", "missing", "late", "lost", "unknown", "panic"]);

#[workflow]
async fn behind_a_named_variant_and_faults(how: String) -> Result<u64, Trouble> {
    let n = match attempt(how.clone()).await {
        Ok(n) => n,
        Err(Trouble::NotFound) => 0,
        Err(Trouble::Fault(fault)) => {
            note(format!("{how}: {}", matches!(fault, Fault::Other { .. }))).await;
            7
        }
        Err(error) => return Err(error),
    };
    let again = match attempt(how).await {
        Err(Trouble::Refused(_)) => 1,
        Err(error) => return Err(error),
        Ok(n) => n,
    };
    Ok(n + again)
}
agrees!(behind_a_named_variant_and_faults ["abc", "busy", "refused", "missing", "late", "lost", "unknown", "panic"]);

/// Only what failed as `States.TaskFailed` itself; other names are `Fault::Other`.
#[workflow]
async fn behind_one_fault(how: String) -> Result<u64, Trouble> {
    match attempt(how).await {
        Ok(n) => Ok(n),
        Err(Trouble::Fault(Fault::TaskFailed { .. })) => Ok(1),
        Err(error) => Err(error),
    }
}
agrees!(behind_one_fault ["abc", "busy", "refused", "missing", "late", "lost", "unknown", "panic"]);

/// Every arm has a name of its own, so nothing more is caught.
#[workflow]
async fn behind_timeouts(how: String) -> Result<u64, Trouble> {
    match attempt(how).await {
        Ok(n) => Ok(n),
        Err(Trouble::Fault(Fault::Timeout | Fault::HeartbeatTimeout)) => Ok(1),
        Err(error) => Err(error),
    }
}
agrees!(behind_timeouts ["abc", "busy", "late", "lost", "unknown", "panic"]);

#[workflow]
async fn one_fault_before_all_others(how: String) -> u64 {
    match attempt(how).await {
        Ok(n) => n,
        Err(Trouble::Fault(Fault::TaskFailed { .. })) => 100,
        Err(Trouble::Fault(_)) => 200,
        Err(_) => 300,
    }
}
agrees!(one_fault_before_all_others ["abc", "busy", "late", "lost", "unknown", "panic"]);

#[workflow]
async fn a_variant_of_an_enum_without_faults(n: u64) -> Result<u64, Strict> {
    match strict(n).await {
        Err(Strict::Odd) => Ok(0),
        Err(error) => Err(error),
        Ok(n) => Ok(n),
    }
}
agrees!(a_variant_of_an_enum_without_faults [2, 3, 12]);

#[task]
async fn bare(how: String) -> Result<u64, Fault> {
    match how.as_str() {
        "late" => Err(Fault::Timeout),
        "lost" => Err(Fault::TaskFailed { cause: "it was lost".to_owned() }),
        "unknown" => Err(Fault::Other { name: "Lambda.Unknown".to_owned(), cause: "gone".to_owned() }),
        how => Ok(how.len() as u64),
    }
}

#[workflow]
async fn the_error_is_a_fault(how: String) -> Result<u64, Fault> {
    match bare(how.clone()).await {
        Ok(n) => Ok(n),
        Err(Fault::TaskFailed { cause }) => {
            note(cause).await;
            match bare(how).await {
                Err(Fault::TaskFailed { .. }) => Ok(1),
                other => other,
            }
        }
        Err(error) => Err(error),
    }
}
agrees!(the_error_is_a_fault ["abc", "late", "lost", "unknown"]);

#[workflow]
async fn out_of_branches_and_iterations(hows: Vec<String>) -> Result<Vec<u64>, Trouble> {
    let all = map(hows.clone(), |how| async move {
        match attempt(how).await {
            Ok(n) => Ok(n),
            Err(Trouble::Fault(_)) => Ok(1),
            Err(error) => Err(error),
        }
    })
    .await;
    match all {
        Ok(all) => Ok(all),
        Err(Trouble::Refused(_)) => Ok(vec![]),
        Err(error) => Err(error),
    }
}
agrees!(out_of_branches_and_iterations [["abc", "lost"], ["abc", "unknown", "refused"], ["missing"], ["late", "panic"]]);

#[workflow]
async fn a_map_whose_faults_are_taken(hows: Vec<String>) -> Result<u64, Trouble> {
    match map(hows, |how| attempt(how)).await {
        Ok(all) => Ok(all.len() as u64),
        Err(Trouble::Fault(_)) => Ok(99),
        Err(error) => Err(error),
    }
}
agrees!(a_map_whose_faults_are_taken [["abc"], ["lost"], ["unknown"], ["refused"], ["late"]]);
