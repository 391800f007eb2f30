//! Arithmetic as Rust has it.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{add, note, one};

#[workflow]
async fn division_truncates(a: i64, b: i64) -> (i64, i64) {
    note("divide".to_string()).await;
    (a / b, a % b)
}
agrees!(division_truncates [
    {"a": 7, "b": 2}, {"a": -7, "b": 2}, {"a": 7, "b": -2}, {"a": -7, "b": -2}, {"a": 0, "b": 5}, {"a": 1, "b": 0},
    {"a": 0, "b": 0}, {"a": 9007199254740991_i64, "b": 2}
]);

#[workflow]
async fn division_by_literals(n: i64) -> (i64, i64, i64) {
    let sum = add(n, 0).await;
    (sum / 2, sum % 3, sum / -4)
}
agrees!(division_by_literals [0, 1, -1, 7, -7, 100]);

#[workflow]
async fn the_lowest_negated(n: i32) -> i32 {
    note("negate".to_string()).await;
    if n > 0 { -i32::MIN } else { -n }
}
agrees!(the_lowest_negated [1, 0, -5, -2147483648]);

#[workflow]
async fn euclidean_division(a: i64, b: i64) -> (i64, i64) {
    note("divide".to_string()).await;
    (a.div_euclid(b), a.rem_euclid(b))
}
agrees!(euclidean_division [{"a": 7, "b": 2}, {"a": -7, "b": 2}, {"a": 7, "b": -2}, {"a": -7, "b": -2}, {"a": 1, "b": 0}]);

#[workflow]
async fn overflow_fails(a: u8, b: u8) -> u8 {
    one().await;
    let sum = a + b;
    note(format!("{sum}")).await;
    sum
}
agrees!(overflow_fails [{"a": 200, "b": 55}, {"a": 200, "b": 56}]);

#[workflow]
async fn unsigned_numbers_stop_at_zero(a: u64, b: u64) -> u64 {
    one().await;
    a - b
}
agrees!(unsigned_numbers_stop_at_zero [{"a": 3, "b": 3}, {"a": 3, "b": 4}]);

#[workflow]
async fn products_overflow(a: i32, b: i32) -> i32 {
    one().await;
    a * b
}
agrees!(products_overflow [{"a": 46340, "b": 46340}, {"a": 46341, "b": 46341}, {"a": -2147483648_i64, "b": -1}]);

#[workflow]
async fn numbers_past_exactness_fail(a: i64, b: i64) -> i64 {
    one().await;
    a + b
}
agrees!(numbers_past_exactness_fail [
    {"a": 9007199254740990_i64, "b": 1}, {"a": 9007199254740991_i64, "b": 1}, {"a": -9007199254740991_i64, "b": -1}
]);

#[workflow]
async fn the_failure_is_in_a_condition(a: u64, b: u64) -> u64 {
    one().await;
    if a / b > 3 {
        note("large".to_string()).await;
    }
    a
}
agrees!(the_failure_is_in_a_condition [{"a": 9, "b": 2}, {"a": 4, "b": 2}, {"a": 4, "b": 0}]);

#[workflow]
async fn the_failure_is_in_an_argument(a: i64, b: i64) -> i64 {
    let first = add(a, b).await;
    add(first, a / b).await
}
agrees!(the_failure_is_in_an_argument [{"a": 8, "b": 2}, {"a": 8, "b": 0}]);

#[workflow]
async fn checked_and_saturating(a: u32, b: u32) -> (Option<u32>, Option<u32>, Option<u32>, Option<u32>, u32, u32, u32) {
    one().await;
    (
        a.checked_add(b),
        a.checked_sub(b),
        a.checked_mul(b),
        a.checked_div(b),
        a.saturating_add(b),
        a.saturating_sub(b),
        a.saturating_mul(b),
    )
}
agrees!(checked_and_saturating [{"a": 5, "b": 3}, {"a": 3, "b": 5}, {"a": 4294967295_u32, "b": 2}, {"a": 1, "b": 0}]);

#[workflow]
async fn integer_methods(n: i64, m: i64) -> (i64, u64, i64, i64, i64, i64, i64) {
    one().await;
    (n.abs(), n.abs_diff(m), n.pow(3), n.min(m), n.max(m), n.clamp(-5, 5), n.signum())
}
agrees!(integer_methods [{"n": 0, "m": 1}, {"n": -7, "m": 2}, {"n": 12, "m": 12}]);

#[workflow]
async fn casts(n: i64, f: f64) -> (u8, i32, u64, f64, i64, u8) {
    one().await;
    (n as u8, n as i32, n as u64 % 1000, n as f64, f as i64, f as u8)
}
agrees!(casts [{"n": 0, "f": 0.0}, {"n": 255, "f": 2.9}, {"n": 256, "f": -2.9}, {"n": 70000, "f": 300.5}]);

#[workflow]
async fn negative_casts(n: i64) -> (u8, i8, u32) {
    one().await;
    (n as u8, n as i8, n as u32)
}
agrees!(negative_casts [-1, -128, -129, 127, 128]);

#[workflow]
async fn floats(a: f64, b: f64) -> (f64, f64, f64, f64, bool, bool) {
    one().await;
    (a + b, a - b, a * b, a / 2.0, a < b, a == b)
}
agrees!(floats [{"a": 1.5, "b": 0.25}, {"a": -1.5, "b": -1.5}, {"a": 0.0, "b": 100.0}]);

#[workflow]
async fn float_methods(f: f64) -> (f64, f64, f64, f64, f64, f64, f64) {
    one().await;
    (f.abs(), f.floor(), f.ceil(), f.round(), f.trunc(), f.powi(2), f.clamp(-1.0, 1.0))
}
agrees!(float_methods [0.5, -0.5, 1.5, 2.5, -2.5, 3.49, 100.0]);

#[workflow]
async fn float_division_by_zero(a: f64, b: f64) -> f64 {
    one().await;
    a / b
}
agrees!(float_division_by_zero [{"a": 1.0, "b": 4.0}, {"a": 1.0, "b": 0.0}, {"a": 0.0, "b": 0.0}]);

#[workflow]
async fn comparisons(a: i64, b: i64) -> (bool, bool, bool, bool, bool, bool) {
    one().await;
    (a < b, a <= b, a > b, a >= b, a == b, a != b)
}
agrees!(comparisons [{"a": 1, "b": 2}, {"a": 2, "b": 2}, {"a": 3, "b": -3}]);

#[workflow]
async fn signs(n: i64, yes: bool) -> (i64, i64, bool, bool) {
    one().await;
    (-n, -(n - 1), !yes, !(n > 0) && yes)
}
agrees!(signs [{"n": 3, "yes": true}, {"n": -3, "yes": false}, {"n": 0, "yes": true}]);

const LIMIT: u64 = 40;

#[workflow]
async fn constants(n: u64) -> (u64, bool, u8) {
    one().await;
    (n + LIMIT, n > LIMIT, u8::MAX)
}
agrees!(constants [1, 41]);

#[workflow]
async fn powers_of_small_bases(base: i32, exponent: u32) -> i32 {
    one().await;
    base.pow(exponent)
}
agrees!(powers_of_small_bases [
    {"base": 1, "exponent": 4294967295_u32},
    {"base": 0, "exponent": 65},
    {"base": -1, "exponent": 65},
    {"base": -1, "exponent": 4294967294_u32},
    {"base": 2, "exponent": 65},
    {"base": 2, "exponent": 30},
]);

#[workflow]
async fn a_product_of_many(n: u64) -> u64 {
    one().await;
    n * n * n * n * n * n * n * n
}
agrees!(a_product_of_many [0, 1, 2, 94906266]);

#[workflow]
async fn ranges_that_contain(n: i64, celsius: f64, limits: (i64, i64)) -> Vec<bool> {
    let readings = [celsius, celsius + 50.0];
    vec![
        (0..10).contains(&n),
        (0..=10).contains(&n),
        (limits.0..limits.1).contains(&(n * 2)),
        (5..).contains(&n),
        (..=5).contains(&n),
        (-50.0..=80.0).contains(&celsius),
        readings.iter().all(|reading| (-50.0..80.0).contains(reading)),
    ]
}
agrees!(ranges_that_contain [
    {"n": 0, "celsius": -50.0, "limits": [1, 9]}, {"n": 10, "celsius": 80.0, "limits": [20, 21]},
    {"n": 5, "celsius": 29.5, "limits": [10, 10]}, {"n": -1, "celsius": 80.5, "limits": [-2, 0]}
]);

/// `%` of floats, exactly.
#[workflow]
async fn remainders_of_floats(a: f64, b: f64) -> (f64, f64, f64) {
    note("divide".to_string()).await;
    let mut rest = a % b;
    rest %= 0.75;
    (a % b, a % 60.0, rest)
}
agrees!(remainders_of_floats [
    {"a": 7.5, "b": 2.0}, {"a": -7.5, "b": 2.0}, {"a": 7.5, "b": -2.0}, {"a": 0.3, "b": 0.1}, {"a": 1e300, "b": 0.7}, {"a": 3725.25, "b": 3600.0},
    {"a": 1.0, "b": 0.0}, {"a": 0.0, "b": 3.0}
]);

/// `u64::from(n)`, where nothing can be lost.
#[workflow]
async fn numbers_from_smaller_ones(a: u8, b: i16, c: f64) -> (u64, i64, f64) {
    let wide = u64::from(a) * 1_000_000 + u64::from(one().await as u32);
    let parts = vec![a, 1];
    (wide, parts.iter().map(|n| i64::from(*n)).sum::<i64>() + i64::from(b), f64::from(b) + f64::from(c))
}
agrees!(numbers_from_smaller_ones [{"a": 255, "b": -32768, "c": 0.5}, {"a": 0, "b": 7, "c": -1.0}]);
