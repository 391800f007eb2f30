//! `#[pure]` functions: computed where they are called.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{Trouble, double, note};

/// What is shared by the workflows of a program lives in a module of its own.
mod prices {
    use durafn::prelude::*;

    #[derive(Serialize, Deserialize, Data, Clone, Debug)]
    pub(crate) struct Line {
        pub(crate) sku: String,
        pub(crate) cents: u32,
        pub(crate) count: u32,
    }

    #[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
    #[serde(rename_all = "snake_case")]
    pub(crate) enum Size {
        Small,
        Large { pallets: u32 },
    }

    const FREE_FROM: u32 = 5_000;

    #[pure]
    pub(crate) fn total(lines: &[Line]) -> u32 {
        lines.iter().map(|line| of_line(line)).sum()
    }

    #[pure]
    fn of_line(line: &Line) -> u32 {
        line.cents * line.count
    }

    #[pure]
    pub(crate) fn shipping(cents: u32) -> u32 {
        if cents >= FREE_FROM {
            return 0;
        }
        let share = cents / 10;
        if share > 300 { 300 } else { share }
    }

    #[pure]
    pub(crate) fn size(lines: &[Line]) -> Size {
        let count: u32 = lines.iter().map(|line| line.count).sum();
        match count {
            0..=9 => Size::Small,
            many => Size::Large { pallets: many / 10 },
        }
    }
}

use prices::{Line, Size};

#[workflow]
async fn a_pure_fn_of_another_module(lines: Vec<Line>) -> u32 {
    let net = prices::total(&lines);
    note(format!("{net}")).await;
    net + prices::shipping(net)
}
agrees!(a_pure_fn_of_another_module [
    [], [{"sku": "a", "cents": 100, "count": 3}], [{"sku": "a", "cents": 4000, "count": 1}],
    [{"sku": "a", "cents": 2500, "count": 2}, {"sku": "b", "cents": 1, "count": 1}],
    [{"sku": "a", "cents": 4294967295_u64, "count": 2}]
]);

#[workflow]
async fn a_pure_fn_yields_an_enum(lines: Vec<Line>) -> u64 {
    match prices::size(&lines) {
        Size::Small => double(1).await,
        Size::Large { pallets } => double(u64_of(pallets)).await,
    }
}
agrees!(a_pure_fn_yields_an_enum [[], [{"sku": "a", "cents": 1, "count": 35}]]);

#[pure]
fn u64_of(n: u32) -> u64 {
    n as u64
}

#[pure]
fn clamp(n: i64, low: i64, high: i64) -> i64 {
    if n < low {
        return low;
    }
    if n > high {
        return high;
    }
    n
}

#[workflow]
async fn a_pure_fn_returns_early(n: i64) -> i64 {
    clamp(n, -3, 10) * clamp(n + 1, 0, 1)
}
agrees!(a_pure_fn_returns_early [-7, 0, 5, 200]);

#[pure]
fn checked_share(of: i32, by: i32) -> Result<i32, Trouble> {
    if by == 0 {
        return Err(Trouble::NotFound);
    }
    Ok(of / by)
}

#[pure]
fn shares(of: i32, by: i32) -> Result<i32, Trouble> {
    let half = checked_share(of, by)?;
    let quarter = checked_share(half, by - 1)?;
    Ok(half + quarter)
}

#[workflow]
async fn a_question_mark_in_a_pure_fn(by: i32) -> Result<i32, Trouble> {
    let sum = shares(100, by)?;
    note("divided".to_owned()).await;
    Ok(sum)
}
agrees!(a_question_mark_in_a_pure_fn [0, 1, 2, -5]);

#[workflow]
async fn a_match_on_a_pure_result(by: i32) -> Result<i32, Trouble> {
    match shares(100, by) {
        Ok(sum) if sum > 60 => Ok(sum),
        Ok(_) => Err(Trouble::NotFound),
        Err(_) => Ok(double(3).await as i32),
    }
}
agrees!(a_match_on_a_pure_result [1, 2, 50]);

#[pure]
fn first_word(text: &str) -> Option<String> {
    let words: Vec<String> = text.split(" ").map(|word| word.to_uppercase()).collect();
    let Some(first) = words.first() else { return None };
    if first.is_empty() { None } else { Some(first.clone()) }
}

#[workflow]
async fn a_let_else_in_a_pure_fn(text: String) -> String {
    let first = first_word(&text).unwrap_or("nothing".to_owned());
    note(first.clone()).await;
    first
}
agrees!(a_let_else_in_a_pure_fn ["a b", "", " x", "one"]);

#[pure]
fn swapped(pair: (u32, String)) -> (String, u32) {
    let (n, text) = pair;
    (format!("{text}!"), n + 1)
}

#[workflow]
async fn pure_calls_in_calls_and_closures(texts: Vec<String>) -> Vec<String> {
    let (last, count) = swapped(swapped_back(swapped((4294967290, "x".to_owned()))));
    note(last).await;
    texts.iter().map(|text| swapped((count, text.clone()))).map(|(text, n)| format!("{text}{n}")).collect()
}
agrees!(pure_calls_in_calls_and_closures [[], ["a", "b"]]);

#[pure]
fn swapped_back(pair: (String, u32)) -> (u32, String) {
    let (text, n) = pair;
    (n, text)
}

#[workflow]
async fn a_pure_fn_that_overflows(n: u32) -> u32 {
    let (_, more) = swapped((n, "n".to_owned()));
    more
}
agrees!(a_pure_fn_that_overflows [1, 4294967295_u64]);

#[workflow]
async fn a_pure_fn_named_as_a_closure(ns: Vec<u32>) -> Vec<u64> {
    let wide: Vec<u64> = ns.into_iter().map(u64_of).collect();
    note("mapped".to_owned()).await;
    wide
}
agrees!(a_pure_fn_named_as_a_closure [[], [1, 2]]);

#[pure]
fn early_in_a_match(n: Option<u32>) -> u32 {
    let n = match n {
        Some(0) => return 100,
        Some(n) => n,
        None => return 200,
    };
    n - 1
}

#[workflow]
async fn a_pure_fn_leaves_from_an_arm(ns: Vec<Option<u32>>) -> Vec<u32> {
    let all: Vec<u32> = ns.iter().map(|n| early_in_a_match(*n)).collect();
    note("done".to_owned()).await;
    all
}
agrees!(a_pure_fn_leaves_from_an_arm [[], [0, 7, null]]);

#[workflow]
async fn a_pure_fn_in_a_branch(n: u32) -> Result<(u32, u64), Trouble> {
    try_join!(async { Ok(prices::shipping(n)) }, async { Ok(double(u64_of(prices::shipping(n))).await) })
}
agrees!(a_pure_fn_in_a_branch [10, 2000]);
