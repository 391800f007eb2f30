//! Constructs within constructs.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{Strict, Trouble, add, attempt, double, find, halve, is_even, list, note, one, strict};

#[workflow]
async fn a_match_as_a_value_with_calls(n: u64) -> u64 {
    let base = match n {
        0 => one().await,
        1..=3 => double(n).await + halve(n).await,
        n if n % 2 == 0 => {
            let x = double(n).await;
            x + 1
        }
        _ => 5,
    };
    let more = if base > 10 { double(base).await } else { base };
    base * 1000 + more
}

agrees!(a_match_as_a_value_with_calls [0, 2, 8, 9]);

#[workflow]
async fn calls_in_every_place(n: u64) -> (String, Vec<u64>, u64) {
    let text = format!("{} and {}", double(n).await, halve(n).await);
    let all = vec![one().await, double(n).await, n];
    let picked = all[halve(2).await as usize] + list(3).await.len() as u64;
    note(format!("{}-{}", all.len(), double(picked).await)).await;
    (text, all, picked)
}
agrees!(calls_in_every_place [0, 4]);

#[workflow]
async fn jumps_out_of_matches(words: Vec<String>) -> Result<Vec<u64>, Trouble> {
    let mut seen = vec![];
    let mut failed = 0;
    'words: for (at, word) in words.iter().enumerate() {
        let n = match attempt(word.clone()).await {
            Ok(0) => continue,
            Ok(n) => n,
            Err(Trouble::Busy { .. }) if failed < 1 => {
                failed += 1;
                sleep(Duration::from_secs(at as u64)).await;
                continue 'words;
            }
            Err(Trouble::NotFound) => break 'words,
            Err(error) => return Err(error),
        };
        if n > 3 {
            seen.push(double(n).await);
        } else {
            seen.push(n);
        }
    }
    seen.push(failed);
    Ok(seen)
}
agrees!(jumps_out_of_matches [
    [], ["a", "", "long word"], ["busy", "a"], ["busy", "a", "busy"], ["a", "missing", "b"], ["a", "refused"], ["panic"]
]);

#[workflow]
async fn joins_of_maps(rows: Vec<Vec<u64>>, limit: u64) -> Result<(Vec<Vec<u64>>, u64), Strict> {
    let (all, count) = try_join!(
        async {
            let all = map(rows.clone(), |row| async move {
                let mut kept = vec![];
                for n in row {
                    if n > limit {
                        break;
                    }
                    kept.push(strict(n).await?);
                }
                Ok(kept)
            })
            .concurrency(1)
            .await?;
            Ok(all)
        },
        async {
            let mut count = 0;
            while count < limit {
                count += one().await;
            }
            Ok(count)
        },
    )?;
    Ok((all, count))
}
agrees!(joins_of_maps [
    {"rows": [], "limit": 0}, {"rows": [[2, 4], [], [6]], "limit": 4}, {"rows": [[2], [4, 6, 5, 8]], "limit": 3}
]);

#[workflow]
async fn maps_of_joins(all: Vec<u64>) -> Result<Vec<(u64, u64)>, Trouble> {
    let pairs = map(all, |n| async move {
        let pair = try_join!(async { Ok(double(n).await) }, async {
            sleep(Duration::from_secs(n)).await;
            attempt("x".repeat(n as usize)).await
        },)?;
        Ok(pair)
    })
    .await?;
    Ok(pairs)
}
agrees!(maps_of_joins [[], [1], [3, 1, 2]]);

#[workflow]
async fn a_failing_map_in_a_join(words: Vec<String>) -> Result<u64, Trouble> {
    let result = try_join!(
        async {
            let all = map(words, |word| attempt(word)).concurrency(1).await?;
            Ok(all.iter().sum::<u64>())
        },
        async {
            sleep(Duration::from_secs(100)).await;
            Ok(7)
        },
    );
    match result {
        Ok((sum, seven)) => Ok(sum + seven),
        Err(Trouble::Refused(why)) => Ok(why.chars().count() as u64 + 100),
        Err(Trouble::Fault(Fault::TaskFailed { .. })) => Ok(500),
        Err(_) => Ok(900),
    }
}
agrees!(a_failing_map_in_a_join [[], ["a", "bc"], ["a", "refused", "b"], ["lost"], ["a", "busy"]]);

#[workflow]
async fn results_travel_through_variables(how: String, other: String) -> Result<u64, Trouble> {
    let mut last = attempt(how).await;
    if last.is_err() {
        note("once more".to_string()).await;
        last = attempt(other).await;
    }
    let doubled = last.clone().map(|n| n * 2);
    if let Err(Trouble::Busy { seconds }) = &last {
        note(format!("busy for {seconds}")).await;
    }
    match doubled {
        Ok(n) if n > 6 => Ok(n),
        Ok(_) => Err(Trouble::NotFound),
        Err(error) => Err(error),
    }
}
agrees!(results_travel_through_variables [
    {"how": "abcd", "other": ""}, {"how": "a", "other": ""}, {"how": "busy", "other": "abcd"},
    {"how": "busy", "other": "busy"}, {"how": "unknown", "other": "late"}, {"how": "missing", "other": "refused"}
]);

#[workflow]
async fn options_of_options(n: u64) -> (Option<u64>, u64, String) {
    let first = find(n).await;
    let second = match first {
        Some(found) if found > 20 => find(found).await,
        Some(found) => Some(found + 1),
        None => None,
    };
    let mut count = 0;
    let mut current = second;
    while let Some(value) = current {
        count += 1;
        current = if value > 50 { None } else { find(value).await.filter(|next| *next < 1000) };
    }
    let text = match (first, second) {
        (Some(a), Some(b)) if a < b => format!("{a}<{b}"),
        (Some(a), _) => format!("{a}"),
        (None, _) => "none".to_string(),
    };
    (second, count, text)
}
agrees!(options_of_options [0, 1, 2, 5]);

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
struct Ledger {
    entries: Vec<Entry>,
    total: i64,
    notes: Vec<String>,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
struct Entry {
    kind: EntryKind,
    amount: i64,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum EntryKind {
    MoneyIn,
    MoneyOut { fee: i64 },
}

#[workflow]
async fn a_struct_that_grows(ledger: Ledger) -> Ledger {
    let mut ledger = ledger;
    let entries = ledger.entries.clone();
    for (at, entry) in entries.iter().enumerate() {
        let change = match &entry.kind {
            EntryKind::MoneyIn => entry.amount,
            EntryKind::MoneyOut { fee } => -(entry.amount + fee),
        };
        ledger.total = add(ledger.total, change).await;
        ledger.entries[at].amount = change;
        if ledger.total < 0 {
            ledger.notes.push(format!("{at}: overdrawn by {}", -ledger.total));
            ledger.entries[at].kind = EntryKind::MoneyOut { fee: 1 };
        }
    }
    ledger.notes.push(format!("{} entries", ledger.entries.len()));
    ledger
}
agrees!(a_struct_that_grows [
    {"entries": [], "total": 0, "notes": []},
    {"entries": [{"kind": "money-in", "amount": 5}], "total": 1, "notes": ["x"]},
    {"entries": [{"kind": {"money-out": {"fee": 2}}, "amount": 5}, {"kind": "money-in", "amount": 50}], "total": 1, "notes": []}
]);

#[workflow]
async fn a_retry_loop_by_hand(word: String) -> Result<u64, Trouble> {
    let mut tries = 0;
    loop {
        tries += 1;
        match attempt(word.clone()).await {
            Ok(n) => break Ok(n * 10 + tries),
            Err(Trouble::Busy { seconds }) if tries < 3 => sleep(Duration::from_secs(seconds * tries)).await,
            Err(error) => break Err(error),
        }
    }
}
agrees!(a_retry_loop_by_hand ["abc", "busy", "missing"]);

#[workflow]
async fn names_that_meet(double: u64, result: u64, output: u64, error: u64, item: u64, index: u64) -> u64 {
    let fetch = super::tasks::double(double).await;
    let joined = super::tasks::double(result + output).await;
    let mut value = error;
    for end in 0..item {
        value += super::tasks::double(end + index).await;
    }
    fetch + joined + value
}
agrees!(names_that_meet [{"double": 1, "result": 2, "output": 3, "error": 4, "item": 2, "index": 6}]);

#[workflow]
async fn closures_see_variables(all: Vec<u64>, limit: u64) -> (Vec<u64>, u64, bool) {
    let factor = double(limit).await;
    let above: Vec<u64> = all.iter().filter(|n| **n > limit).map(|n| n * factor).collect();
    let mut offset = 1;
    offset += one().await;
    let shifted = above.iter().map(|n| n + offset).sum::<u64>();
    let none = above.iter().all(|limit| *limit < factor);
    (above, shifted, none)
}
agrees!(closures_see_variables [{"all": [], "limit": 1}, {"all": [1, 2, 3], "limit": 1}, {"all": [5], "limit": 9}]);

#[workflow]
async fn two_workflows_in_one(numbers: Vec<u64>) -> Result<u64, Strict> {
    let total = {
        let mut total = 0;
        for n in numbers.clone() {
            if is_even(n).await {
                total += strict(n).await?;
            } else if n > 100 {
                return Ok(total);
            }
        }
        total
    };
    let mut rest = numbers;
    while !rest.is_empty() && total > 0 {
        let first = rest[0];
        rest.remove(0);
        if first == 4 {
            continue;
        }
        note(format!("{first} of {}", rest.len() + 1)).await;
    }
    Ok(total)
}
agrees!(two_workflows_in_one [[], [1, 3], [2, 4, 5, 4, 6], [2, 101, 4], [12]]);
