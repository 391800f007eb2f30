//! Strings, by characters.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{greet, note, one};

#[workflow]
async fn formats(name: String, n: i64, price: f64, yes: bool) -> Vec<String> {
    one().await;
    vec![
        format!("{name}: {n}"),
        format!("{{{}}} {}", n + 1, yes),
        format!("{price:.2}|{:.0}|{:.3}", price, price / 3.0),
        format!("[{name:>8}] [{name:<8}] [{name:^9}] [{name:*^7}]"),
        format!("[{n:>6}] [{n:<6}]"),
    ]
}
agrees!(formats [
    {"name": "Ada", "n": 5, "price": 9.5, "yes": true}, {"name": "", "n": -12, "price": 0.125, "yes": false},
    {"name": "zoë😀", "n": 0, "price": -2.5, "yes": true}, {"name": "longer than any", "n": 1234567, "price": 1999.999, "yes": true}
]);

#[workflow]
async fn text_of_numbers(n: i64, c: char, b: bool) -> (String, String, String, String) {
    one().await;
    (n.to_string(), c.to_string(), b.to_string(), format!("{n}{c}{b}"))
}
agrees!(text_of_numbers [
    {"n": 0, "c": "x", "b": true}, {"n": -15, "c": "😀", "b": false}, {"n": 9007199254740991_i64, "c": "\"", "b": true}
]);

#[workflow]
async fn tests_of_text(text: String, part: String) -> (bool, bool, bool, bool, bool, u64) {
    note(text.clone()).await;
    (
        text.is_empty(),
        text.contains(part.as_str()),
        text.starts_with(&part),
        text.ends_with("abc"),
        text == part,
        text.chars().count() as u64,
    )
}
agrees!(tests_of_text [
    {"text": "", "part": ""}, {"text": "abcabc", "part": "abc"}, {"text": "abc", "part": ""}, {"text": "", "part": "a"},
    {"text": "größe 😀", "part": "😀"}, {"text": "a.c", "part": "."}, {"text": "x", "part": "X"}, {"text": "$a{% %}", "part": "{%"}
]);

#[workflow]
async fn letters_of_text(text: String) -> (String, String, String, String, String) {
    note(text.clone()).await;
    (
        text.to_uppercase(),
        text.to_lowercase(),
        text.trim().to_string(),
        text.trim_start().to_string(),
        text.trim_end().to_string(),
    )
}
agrees!(letters_of_text ["", "  ", " a  b ", "\t\nMixed Case\r\n", "ÄÖ é", "x"]);

#[workflow]
async fn replaced_text(text: String) -> (String, String, String, String, String) {
    note(text.clone()).await;
    (text.replace("an", "-"), text.replace('a', "$1"), text.replace("😀", ""), text.replace(".", "\\"), text.repeat(2))
}
agrees!(replaced_text ["", "banana", "a.b.c", "😀a😀", "aaa", "\\d+", "$1{% %}"]);

#[workflow]
async fn parts_of_text(
    text: String,
) -> (Vec<String>, Vec<String>, Option<(String, String)>, Option<String>, Option<String>) {
    note(text.clone()).await;
    let pieces: Vec<String> = text.split(",").map(|piece| piece.to_string()).collect();
    let words: Vec<String> = text.split_whitespace().map(|word| word.to_string()).collect();
    let sides = text.split_once(',').map(|(left, right)| (left.to_string(), right.to_string()));
    let after = text.strip_prefix("a").map(|rest| rest.to_string());
    let before = text.strip_suffix("z").map(|rest| rest.to_string());
    (pieces, words, sides, after, before)
}
agrees!(parts_of_text ["", "a", "a,b", ",", "a, b  c ,z", "😀,é", "  "]);

#[workflow]
async fn characters(text: String) -> (Vec<char>, String, bool, Option<char>, u64) {
    note(text.clone()).await;
    let all: Vec<char> = text.chars().collect();
    let backwards: String = text.chars().rev().collect();
    let digits = text.chars().all(|c| c.is_ascii_digit());
    let first = text.chars().next();
    let letters = text.chars().filter(|c| c.is_ascii_alphabetic()).count() as u64;
    (all, backwards, digits, first, letters)
}
agrees!(characters ["", "a", "12", "a1😀", "éx"]);

#[workflow]
async fn parsed_text(text: String) -> (Option<u64>, Option<i32>, i64, bool) {
    note(text.clone()).await;
    let number = text.parse::<u64>().ok();
    let small: Option<i32> = text.trim().parse::<i32>().ok();
    (number, small, text.parse::<i64>().unwrap_or(-1), text.parse::<bool>().unwrap_or(false))
}
agrees!(parsed_text ["", "0", "12", "-12", " 12 ", "+5", "1.5", "abc", "99999999999", "true", "0x10", "1_000", "007"]);

#[workflow]
async fn text_grows(parts: Vec<String>) -> String {
    let mut text = String::new();
    for part in parts {
        text.push_str(&part);
        text.push('/');
        note(text.clone()).await;
    }
    let greeting = greet(text.clone()).await;
    text += &greeting;
    text + "!"
}
agrees!(text_grows [[], ["a"], ["a", "", "ü😀"]]);

#[workflow]
async fn joined_text(parts: Vec<String>) -> (String, String, String) {
    note("join".to_string()).await;
    let lengths = parts.iter().map(|part| part.chars().count().to_string()).collect::<Vec<_>>().join("+");
    (parts.join(", "), parts.concat(), lengths)
}
agrees!(joined_text [[], ["a"], ["a", "b"], ["", "", "😀"]]);
