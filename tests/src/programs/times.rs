//! Durations and points in time, and the order of values that are no numbers.

use durafn::prelude::*;
use durafn_tests::agrees;
use jiff::Timestamp;

use super::tasks::{note, one};

#[workflow]
async fn sums_of_durations(wait: Duration, times: u32) -> (Duration, Duration, Duration, u64) {
    let before = one().await;
    let long = wait * times + Duration::from_secs(before);
    let half = long / 2;
    let mut more = Duration::from_millis(1500);
    more += wait;
    more *= 2;
    (long, half, 3 * more - wait, long.as_millis())
}
agrees!(sums_of_durations [
    {"wait": {"secs": 5, "nanos": 0}, "times": 3}, {"wait": {"secs": 0, "nanos": 1}, "times": 0}, {"wait": {"secs": 1, "nanos": 999_999_999}, "times": 4_000_000_000_u32}
]);

#[workflow]
async fn a_duration_below_zero(wait: Duration) -> Duration {
    one().await;
    wait - Duration::from_secs(10)
}
agrees!(a_duration_below_zero [{"secs": 10, "nanos": 0}, {"secs": 9, "nanos": 999_999_999}]);

#[workflow]
async fn durations_compared(
    a: Duration,
    b: Duration,
) -> (bool, bool, bool, Duration, Option<Duration>, Duration, bool) {
    note("compare".to_string()).await;
    (a < b, a == b, a >= b, a.saturating_sub(b), a.checked_sub(b), a.abs_diff(b), a.is_zero())
}
agrees!(durations_compared [
    {"a": {"secs": 1, "nanos": 0}, "b": {"secs": 0, "nanos": 5}}, {"a": {"secs": 0, "nanos": 0}, "b": {"secs": 0, "nanos": 0}},
    {"a": {"secs": 3, "nanos": 4}, "b": {"secs": 3, "nanos": 5}}
]);

#[workflow]
async fn parts_of_a_duration(wait: Duration) -> (u64, u64, u32, f64) {
    one().await;
    (wait.as_secs(), wait.as_millis(), wait.subsec_millis(), wait.as_secs_f64())
}
agrees!(parts_of_a_duration [{"secs": 61, "nanos": 250_000_000}, {"secs": 0, "nanos": 999_999}]);

#[workflow]
async fn a_minute_from_now(n: u64) -> (bool, Duration) {
    let start = now();
    one().await;
    let until = start + Duration::from_secs(60 * n);
    sleep_until(now() + Duration::from_secs(60)).await;
    sleep_until(until).await;
    (start < until, until.duration_since(start))
}
agrees!(a_minute_from_now [1, 3]);

#[workflow]
async fn times_compared(a: Timestamp, b: Timestamp) -> (bool, bool, bool, bool) {
    note("compare".to_string()).await;
    (a < b, a == b, a != b, a <= b)
}
agrees!(times_compared [
    {"a": "2026-01-02T03:04:05.678Z", "b": "2026-01-02T03:04:05.678Z"}, {"a": "2026-01-02T03:04:05Z", "b": "2026-01-02T03:04:05.000Z"},
    {"a": "2026-01-02T04:04:05+01:00", "b": "2026-01-02T03:04:05Z"}, {"a": "2026-01-02T03:04:05.5Z", "b": "2026-01-02T03:04:05.45Z"}
]);

#[workflow]
async fn times_computed(at: Timestamp, by: Duration) -> (Timestamp, Timestamp, String, String, i64, i64) {
    note("compute".to_string()).await;
    let later = at + by;
    (later, at - by, later.to_string(), format!("at {at}"), at.as_second(), later.as_millisecond())
}
agrees!(times_computed [
    {"at": "2026-01-02T03:04:05.678Z", "by": {"secs": 0, "nanos": 322_000_000}}, {"at": "2026-01-02T03:04:05+02:00", "by": {"secs": 86_400, "nanos": 120_000_000}},
    {"at": "1969-12-31T23:59:58.500Z", "by": {"secs": 1, "nanos": 0}}, {"at": "2026-01-02T03:04:05Z", "by": {"secs": 0, "nanos": 1}},
    {"at": "9999-12-30T00:00:00Z", "by": {"secs": 864_000, "nanos": 0}}
]);

#[workflow]
async fn time_between(from: Timestamp, to: Timestamp) -> Duration {
    one().await;
    to.duration_since(from)
}
agrees!(time_between [
    {"from": "2026-01-02T03:04:05.678Z", "to": "2026-01-03T03:04:06Z"}, {"from": "2026-01-02T03:04:05Z", "to": "2026-01-02T03:04:04.999Z"}
]);

#[workflow]
async fn the_text_of_now(n: u64) -> String {
    let before = now() - Duration::from_millis(n);
    one().await;
    format!("{before} and {}", now())
}
agrees!(the_text_of_now [0, 78, 678, 5678]);

#[workflow]
async fn texts_in_order(a: String, b: String) -> (bool, bool, bool, bool) {
    note("order".to_string()).await;
    (a < b, a <= b, a.as_str() > "m", (a.as_str(), true) < (b.as_str(), false))
}
agrees!(texts_in_order [
    {"a": "a", "b": "b"}, {"a": "\u{ffee}", "b": "😀"}, {"a": "😀", "b": "\u{ffee}"}, {"a": "", "b": ""}, {"a": "Z", "b": "a"}, {"a": "z", "b": "zz"}
]);

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
struct Entry {
    name: String,
    size: u64,
    took: Duration,
}

#[workflow]
async fn sorted_by_keys(
    entries: Vec<Entry>,
) -> (Vec<String>, Vec<String>, Option<String>, Option<String>, Vec<String>) {
    one().await;
    let mut by_size = entries.clone();
    by_size.sort_by_key(|entry| (entry.size, entry.name.clone()));
    let mut by_time = entries.clone();
    by_time.sort_by_key(|entry| entry.took);
    let first = entries.iter().map(|entry| entry.name.clone()).min();
    let slowest = entries.iter().max_by_key(|entry| entry.took).map(|entry| entry.name.clone());
    let mut names: Vec<String> = entries.iter().map(|entry| entry.name.clone()).collect();
    names.sort();
    let by_size = by_size.iter().map(|entry| entry.name.clone()).collect();
    let by_time = by_time.iter().map(|entry| entry.name.clone()).collect();
    (by_size, by_time, first, slowest, names)
}
agrees!(sorted_by_keys [
    [], [{"name": "a", "size": 1, "took": {"secs": 1, "nanos": 0}}],
    [
        {"name": "😀", "size": 1, "took": {"secs": 1, "nanos": 5}}, {"name": "\u{ffee}", "size": 1, "took": {"secs": 1, "nanos": 0}},
        {"name": "b", "size": 0, "took": {"secs": 1, "nanos": 5}}, {"name": "a", "size": 0, "took": {"secs": 0, "nanos": 0}}
    ]
]);
