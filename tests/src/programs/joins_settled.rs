//! `join!`: branches whose results are values.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{Strict, Trouble, attempt, double, note, strict};

#[workflow]
async fn join_keeps_every_result(how: String) -> u64 {
    let (a, b) = join!(attempt(how.clone()), double(2));
    match a {
        Ok(n) => n + b,
        Err(Trouble::Busy { seconds }) => seconds + b,
        Err(Trouble::Fault(Fault::Timeout)) => 50,
        Err(_) => 99,
    }
}
agrees!(join_keeps_every_result ["abc", "busy", "refused", "late", "lost"]);

#[workflow]
async fn joined_branches_fail_as_values(n: u64) -> Result<u64, Strict> {
    let (a, b) = join!(
        async {
            let x = strict(n).await?;
            if x > 10 {
                return Ok(10);
            }
            let y = strict(x + n).await?;
            Ok(y)
        },
        strict(n + 1),
    );
    let c = match b {
        Ok(b) => b,
        Err(_) => 1_000,
    };
    Ok(a? + c)
}
agrees!(joined_branches_fail_as_values [1, 2, 4, 6, 30]);

#[workflow]
async fn join_of_plain_values(n: u64) -> u64 {
    let (a, b, ()) = join!(double(n), async { n + 1 }, note("n".to_string()));
    a + b
}
agrees!(join_of_plain_values [0, 3]);

#[workflow]
async fn results_of_a_join_are_values(how: String) -> Result<Vec<u64>, Trouble> {
    let mut found = Vec::new();
    let (first, second) = join!(attempt(how.clone()), async { attempt("busy".to_string()).await });
    if let Ok(n) = first {
        found.push(n);
    }
    found.push(second.unwrap_or(4));
    if found.len() == 1 {
        first?;
    }
    Ok(found)
}
agrees!(results_of_a_join_are_values ["abc", "missing", "unknown"]);

#[workflow]
async fn what_the_enum_cannot_hold_leaves_a_join(how: String) -> Result<u64, Strict> {
    let (a, b) = join!(
        async {
            let n = strict(2).await?;
            Ok(n)
        },
        fails_somehow(how.clone()),
    );
    Ok(a? + b.unwrap_or(100))
}
agrees!(what_the_enum_cannot_hold_leaves_a_join ["", "odd", "lost", "panic"]);

#[task]
async fn fails_somehow(how: String) -> Result<u64, Strict> {
    match how.as_str() {
        "odd" => Err(Strict::Odd),
        "panic" => panic!("told to"),
        how => Ok(how.chars().count() as u64),
    }
}

#[workflow]
async fn joined_branches_match_and_loop(n: u64) -> Result<u64, Strict> {
    let (a, b) = join!(
        async {
            let mut total = 0;
            for x in 0..n {
                total += match strict(x).await {
                    Ok(y) => y,
                    Err(Strict::Odd) => 1,
                    Err(e) => return Err(e),
                };
            }
            Ok(total)
        },
        async {
            let wanted = if n > 3 { Some(n) } else { None };
            let n = wanted.ok_or(Strict::Odd)?;
            if n > 11 { Err(Strict::TooBig { limit: 11 }) } else { Ok(double(n).await) }
        },
    );
    match (a, b) {
        (Ok(a), Ok(b)) => Ok(a + b),
        (Ok(a), Err(_)) => Ok(a),
        (Err(e), _) => Err(e),
    }
}
agrees!(joined_branches_match_and_loop [0, 3, 5, 12]);

#[workflow]
async fn joined_branches_convert(n: u64) -> Result<u64, Wide> {
    let (a, b) = join!(
        async {
            let x = strict(n).await?;
            let y = attempt("busy".to_string()).await?;
            Ok(x + y)
        },
        async { strict(n).await },
    );
    let b = b?;
    match a {
        Ok(a) => Ok(a + b),
        Err(Wide::Trouble(Trouble::Busy { seconds })) => Ok(seconds + b),
        Err(e) => Err(e),
    }
}
agrees!(joined_branches_convert [2, 3]);

#[derive(Serialize, Deserialize, Failure, Clone, Debug, PartialEq)]
enum Wide {
    Strict(#[from] Strict),
    Trouble(#[from] Trouble),
}

#[workflow]
async fn a_join_whose_values_nobody_reads(how: String) -> u64 {
    let _ = join!(attempt(how.clone()), double(1));
    1
}
agrees!(a_join_whose_values_nobody_reads ["abc", "busy", "panic"]);
