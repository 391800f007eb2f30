//! Payloads that are too large.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{Strict, Trouble};

/// So many letters.
#[task(retry(on = "States.DataLimitExceeded", interval = "1s", attempts = 1))]
async fn letters(count: u32) -> Result<String, Trouble> {
    Ok("x".repeat(count as usize))
}

#[task]
async fn strict_letters(count: u32) -> Result<String, Strict> {
    Ok("x".repeat(count as usize))
}

/// A result that is too large is a fault, and retriers take it where they name it.
#[workflow]
async fn a_large_result(count: u32) -> Result<u32, Trouble> {
    match letters(count).await {
        Ok(_) => Ok(1),
        Err(Trouble::Fault(Fault::Other { name, .. })) if name == "States.DataLimitExceeded" => Ok(2),
        Err(Trouble::Fault(_)) => Ok(3),
        Err(error) => Err(error),
    }
}
agrees!(a_large_result [10, 270_000]);

/// An error enum without faults does not take it.
#[workflow]
async fn a_large_result_that_nothing_takes(count: u32) -> Result<u32, Strict> {
    match strict_letters(count).await {
        Ok(_) => Ok(1),
        Err(_) => Ok(2),
    }
}
agrees!(a_large_result_that_nothing_takes[270_000]);

#[workflow]
async fn a_large_output(count: u32) -> Result<String, Trouble> {
    let text = letters(count).await?;
    Ok(format!("{text}{text}"))
}
agrees!(a_large_output [10, 140_000]);
