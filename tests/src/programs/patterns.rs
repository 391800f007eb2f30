//! Patterns to any depth, and closures in chains.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{Trouble, double, note};

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
enum Shape {
    Dot,
    Line(i64, i64),
    Box { corner: Point, size: Option<(u64, u64)> },
    Group(Vec<u64>, Inner),
}

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
struct Point {
    x: i64,
    y: i64,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(tag = "kind", content = "of", rename_all = "kebab-case")]
enum Inner {
    NoneAtAll,
    Deep { point: Point, name: Option<String> },
}

#[workflow]
async fn patterns_of_any_depth(shape: Shape) -> u64 {
    match shape {
        Shape::Dot => 1,
        Shape::Line(-9..=-1, to @ (0 | 5..=9)) => double(to as u64).await,
        Shape::Line(from, to) if from == to => 2,
        Shape::Line(..) => 3,
        Shape::Box { corner: Point { x: 0, y }, size: Some((w @ 1..=4, _)) } => double(w + y as u64).await,
        Shape::Box { size: Some((w, h)), .. } if w == h => w,
        Shape::Box { corner: point @ Point { y: 3, .. }, size: None } => point.x as u64,
        Shape::Box { .. } => 4,
        Shape::Group(_, Inner::Deep { point: Point { x, .. }, name: Some(name) }) if name == "here" => x as u64,
        Shape::Group(all, Inner::Deep { name: None, .. }) => all.len() as u64,
        Shape::Group(_, Inner::NoneAtAll | Inner::Deep { .. }) => 5,
    }
}
agrees!(patterns_of_any_depth [
    "Dot", {"Line": [-3, 7]}, {"Line": [-3, 4]}, {"Line": [4, 4]}, {"Line": [1, 2]},
    {"Box": {"corner": {"x": 0, "y": 2}, "size": [3, 9]}}, {"Box": {"corner": {"x": 1, "y": 2}, "size": [9, 9]}},
    {"Box": {"corner": {"x": 8, "y": 3}, "size": null}}, {"Box": {"corner": {"x": 1, "y": 2}, "size": [1, 9]}},
    {"Group": [[1], {"kind": "deep", "of": {"point": {"x": 6, "y": 0}, "name": "here"}}]},
    {"Group": [[1, 2], {"kind": "deep", "of": {"point": {"x": 6, "y": 0}, "name": null}}]},
    {"Group": [[], {"kind": "none-at-all"}]}
]);

#[workflow]
async fn options_of_results(found: Option<Result<u64, String>>) -> u64 {
    let short = match &found {
        Some(Ok(0)) => 10,
        Some(Ok(n)) => *n,
        Some(Err(text)) if text.is_empty() => 20,
        Some(Err(_)) => 30,
        None => 40,
    };
    note(format!("{short}")).await;
    match found {
        Some(Err(text)) => double(text.chars().count() as u64).await,
        Some(Ok(n @ (1 | 2))) => n,
        Some(Ok(_)) | None => short,
    }
}
agrees!(options_of_results [null, {"Ok": 0}, {"Ok": 2}, {"Ok": 9}, {"Err": ""}, {"Err": "abc"}]);

#[workflow]
async fn let_takes_deep_values_apart(pair: (Point, (u64, [u64; 2]))) -> i64 {
    let (Point { x, y: up }, (first, rest)) = pair.clone();
    let (a, b) = (pair.1.1[1], rest[0]);
    double(first + a + b).await as i64 + x * up
}
agrees!(let_takes_deep_values_apart [[{"x": 2, "y": 3}, [1, [4, 5]]], [{"x": -1, "y": 1}, [0, [0, 0]]]]);

#[workflow]
async fn matches_with_guards(shape: Shape, n: i64) -> Vec<bool> {
    let found = vec![
        matches!(shape, Shape::Line(a, _) if a > n),
        matches!(&shape, Shape::Box { size: Some((1..=3, _)), .. } | Shape::Dot),
        !matches!(n, 0 | 5..=7),
    ];
    note("tested".to_owned()).await;
    found
}
agrees!(matches_with_guards [
    {"shape": "Dot", "n": 0}, {"shape": {"Line": [3, 0]}, "n": 2},
    {"shape": {"Box": {"corner": {"x": 0, "y": 0}, "size": [2, 7]}}, "n": 6}
]);

#[workflow]
async fn structs_are_updated(point: Point) -> (Point, Shape) {
    let moved = Point { x: point.x + 1, ..point.clone() };
    let shape = Shape::Box { corner: Point { y: 0, ..moved.clone() }, size: None };
    note(format!("{}", moved.x)).await;
    (moved, shape)
}
agrees!(structs_are_updated [{"x": 1, "y": 2}, {"x": -1, "y": 0}]);

#[workflow]
async fn chains_of_closures(words: Vec<String>, ns: Vec<u64>) -> (Vec<String>, u64, Vec<(u64, String)>, Option<usize>) {
    let letters: Vec<String> = words
        .iter()
        .flat_map(|word| word.split(",").map(|part| part.trim().to_owned()))
        .filter(|part| !part.is_empty())
        .collect();
    let sum = ns.iter().chain(&[100]).rev().fold(0, |sum, n| sum * 2 + n);
    let mut pairs: Vec<(u64, String)> = ns.iter().copied().zip(letters.iter().cloned()).collect();
    pairs.sort_by_key(|(n, _)| *n);
    note(format!("{sum}")).await;
    let at = letters.iter().position(|letter| letter.starts_with("x"));
    (letters, sum, pairs, at)
}
agrees!(chains_of_closures [
    {"words": [], "ns": []}, {"words": ["a, b", "", "x,y"], "ns": [3, 1, 2]}, {"words": ["b,a"], "ns": [5]}
]);

#[workflow]
async fn closures_that_destructure(pairs: Vec<(String, Option<u64>)>) -> u64 {
    let known = pairs.iter().filter_map(|(name, n)| n.map(|n| n + name.chars().count() as u64)).max();
    let Some(most) = known else { return 0 };
    double(most).await
}
agrees!(closures_that_destructure [[], [["a", null]], [["abc", 4], ["b", 5], ["c", null]]]);

#[workflow]
async fn blocks_in_expressions_take_apart(pair: (u64, u64)) -> u64 {
    let sum = {
        let (a, b) = pair;
        let Point { x, .. } = Point { x: a as i64, y: 0 };
        x as u64 * b
    };
    double(sum).await
}
agrees!(blocks_in_expressions_take_apart [[2, 3], [0, 1]]);

#[workflow]
async fn an_unused_result_does_nothing(n: u64) -> Result<u64, Trouble> {
    let _ = super::tasks::strict(n).await;
    let _ = super::tasks::attempt("busy".to_owned()).await;
    Ok(double(n).await)
}
agrees!(an_unused_result_does_nothing [1, 2, 30]);
