//! Which way to go: `if`, `match`, patterns.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{Trouble, double, find, is_even, note};

#[workflow]
async fn a_chain_of_ifs(n: u64) -> u64 {
    if n == 0 {
        double(1).await
    } else if n < 10 {
        double(n).await
    } else if is_even(n).await {
        n
    } else {
        double(100).await
    }
}
agrees!(a_chain_of_ifs [0, 5, 12, 13]);

#[workflow]
async fn ifs_without_else(n: u64) -> u64 {
    if n > 1 {
        note("more than one".to_string()).await;
    }
    if n > 2 {
        note("more than two".to_string()).await;
    }
    n
}
agrees!(ifs_without_else [1, 2, 3]);

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
enum Kind {
    Small,
    Sized { width: u64, height: u64 },
    Named(String),
    Pair(u64, bool),
}

#[workflow]
async fn a_match_on_an_enum(kind: Kind) -> u64 {
    match kind {
        Kind::Small => double(1).await,
        Kind::Sized { width, height } if width > height => double(width).await,
        Kind::Sized { height, .. } => double(height).await,
        Kind::Named(name) if name == "big" => 1000,
        Kind::Named(name) => name.chars().count() as u64,
        Kind::Pair(n, true) => double(n).await,
        Kind::Pair(n, false) => n,
    }
}
agrees!(a_match_on_an_enum [
    "Small", {"Sized": {"width": 3, "height": 2}}, {"Sized": {"width": 2, "height": 3}}, {"Named": "big"},
    {"Named": "änderung"}, {"Pair": [4, true]}, {"Pair": [4, false]}
]);

#[workflow]
async fn a_pure_match(kind: Kind) -> u64 {
    let area = match &kind {
        Kind::Small => 1,
        Kind::Sized { width, height } => width * height,
        Kind::Named(_) | Kind::Pair(_, false) => 0,
        Kind::Pair(n, _) => *n,
    };
    double(area).await
}
agrees!(a_pure_match [
    "Small", {"Sized": {"width": 3, "height": 2}}, {"Named": ""}, {"Pair": [4, true]}, {"Pair": [4, false]}
]);

#[workflow]
async fn a_match_on_an_option(n: Option<u64>) -> u64 {
    match n {
        Some(0) => 7,
        Some(n @ 1..=9) => double(n).await,
        Some(n) if n % 2 == 0 => n,
        Some(_) => 1,
        None => double(50).await,
    }
}
agrees!(a_match_on_an_option [null, 0, 5, 10, 11]);

#[workflow]
async fn a_match_on_a_stored_result(n: Result<u64, String>) -> u64 {
    match n {
        Ok(n) => double(n).await,
        Err(text) if text.is_empty() => 0,
        Err(text) => text.chars().count() as u64,
    }
}
agrees!(a_match_on_a_stored_result [{"Ok": 4}, {"Err": ""}, {"Err": "why"}]);

#[workflow]
async fn a_match_on_numbers(n: i64) -> String {
    let word = match n {
        ..=-1 => "negative",
        0 => "none",
        1 | 2 => "few",
        3..10 => "some",
        _ => "many",
    };
    note(word.to_string()).await;
    word.to_string()
}
agrees!(a_match_on_numbers [-5, 0, 1, 2, 3, 9, 10, 1000000]);

#[workflow]
async fn a_match_on_text(text: String) -> u64 {
    match text.as_str() {
        "" => 0,
        "one" => double(1).await,
        "zwei" | "😀" => double(2).await,
        _ => 9,
    }
}
agrees!(a_match_on_text ["", "one", "zwei", "😀", "three", "One"]);

#[workflow]
async fn a_match_on_a_tuple(a: bool, b: Option<u64>) -> u64 {
    match (a, b) {
        (true, Some(n)) => double(n).await,
        (true, None) => 1,
        (false, Some(3)) => 2,
        (false, _) => 3,
    }
}
agrees!(a_match_on_a_tuple [
    {"a": true, "b": 4}, {"a": true, "b": null}, {"a": false, "b": 3}, {"a": false, "b": 4}, {"a": true}, {"a": false}
]);

#[workflow]
async fn if_let_with_conditions(n: Option<u64>, m: Option<u64>) -> u64 {
    if let Some(x) = n
        && x > 3
        && let Some(y) = m
    {
        double(x + y).await
    } else if let Some(x) = m {
        x
    } else {
        0
    }
}
agrees!(if_let_with_conditions [
    {"n": 5, "m": 1}, {"n": 3, "m": 1}, {"n": 5}, {"m": 8}, {"n": null, "m": null}
]);

#[workflow]
async fn let_else_on_an_option(n: u64) -> Result<u64, Trouble> {
    let Some(found) = find(n).await else { return Err(Trouble::NotFound) };
    let Some(other) = find(found - 10).await else {
        note("second".to_string()).await;
        return Ok(0);
    };
    Ok(found + other)
}
agrees!(let_else_on_an_option [0, 1, 2]);

#[workflow]
async fn an_early_return(n: u64) -> u64 {
    if n > 100 {
        return 100;
    }
    let doubled = double(n).await;
    if doubled > 100 {
        return doubled;
    }
    for step in 0..3 {
        if step == n {
            return double(step).await;
        }
    }
    double(doubled).await
}
agrees!(an_early_return [200, 60, 2, 5]);

#[workflow]
async fn logic_stops_early(n: u64, d: u64) -> (bool, bool, bool) {
    let safe = d != 0 && n / d > 2;
    let either = d == 0 || n % d == 0;
    let awaited = n > 5 && is_even(n).await || is_even(d).await;
    (safe, either, awaited)
}
agrees!(logic_stops_early [{"n": 9, "d": 3}, {"n": 9, "d": 0}, {"n": 2, "d": 1}, {"n": 8, "d": 4}]);

#[workflow]
async fn a_wait_for_something(calls: u32) -> u32 {
    let mut waited = 0;
    while !super::tasks::ready_after(calls).await && waited < 3 {
        sleep(Duration::from_secs(60)).await;
        waited += 1;
    }
    waited
}
agrees!(a_wait_for_something [0, 1, 2, 4, 9]);

#[workflow]
async fn matches_as_conditions(kind: Kind, n: Option<u64>) -> (bool, bool, bool) {
    let sized = matches!(kind, Kind::Sized { width: 1..=5, .. });
    let named = matches!(&kind, Kind::Named(name) if name.starts_with('b'));
    if matches!(n, Some(2..)) {
        note("two or more".to_string()).await;
    }
    (sized, named, n.is_none())
}
agrees!(matches_as_conditions [
    {"kind": {"Sized": {"width": 5, "height": 0}}, "n": 2}, {"kind": {"Sized": {"width": 6, "height": 0}}, "n": 1},
    {"kind": {"Named": "big"}}, {"kind": "Small", "n": null}
]);

#[workflow]
async fn a_match_on_a_call(n: u64) -> u64 {
    let first = match find(n).await {
        Some(found) if found > 20 => double(found).await,
        Some(_) => 1,
        None => 2,
    };
    if let Some(found) = find(first).await { found } else { first }
}
agrees!(a_match_on_a_call [0, 1, 3]);

#[workflow]
async fn a_while_let_on_a_call(n: u64) -> u64 {
    let mut left = n;
    let mut sum = 0;
    while let Some(found) = find(left).await {
        sum += found;
        left -= 1;
        if sum > 100 {
            break;
        }
    }
    sum
}
agrees!(a_while_let_on_a_call [0, 2, 9]);
