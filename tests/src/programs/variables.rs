//! Variables: declared, shadowed, taken apart, assigned.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{add, double, note};

#[workflow]
async fn shadowed_names(n: u64) -> u64 {
    let x = n + 1;
    let x = x * 2;
    let y = {
        let x = double(x).await;
        x + 1
    };
    let x = x + y;
    double(x).await
}
agrees!(shadowed_names [0, 5]);

#[workflow]
async fn names_that_jsonata_has(count: u64, sum: u64, states: u64) -> u64 {
    let string = double(count).await;
    let map = string + sum;
    let keys = map + states;
    double(keys).await
}
agrees!(names_that_jsonata_has [{"count": 1, "sum": 2, "states": 3}]);

#[workflow]
async fn compound_assignments(n: i64) -> Vec<i64> {
    let mut a = n;
    a += 5;
    let mut b = a;
    b -= 2;
    b *= 3;
    let c = add(a, b).await;
    let mut d = c;
    d /= 2;
    let mut e = c;
    e %= 4;
    vec![a, b, c, d, e]
}
agrees!(compound_assignments [0, 7, -20]);

#[workflow]
async fn assignments_between_states(n: u64) -> u64 {
    let mut total = 0;
    total += double(n).await;
    total = total * 10 + double(total).await;
    note(format!("{total}")).await;
    total -= n;
    total
}
agrees!(assignments_between_states [0, 3, 12]);

#[workflow]
async fn assignments_that_swap(a: i64, b: i64) -> (i64, i64) {
    let mut x = a;
    let mut y = b;
    if x > y {
        let z = x;
        x = y;
        y = z;
    }
    let sum = add(x, y).await;
    (x * 1000 + y, sum)
}
agrees!(assignments_that_swap [{"a": 1, "b": 2}, {"a": 9, "b": 4}, {"a": 3, "b": 3}]);

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
struct Point {
    x: i64,
    y: i64,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
struct Line {
    from: Point,
    to: Point,
    tags: Vec<String>,
}

#[workflow]
async fn values_are_taken_apart(line: Line) -> (i64, u64) {
    let Line { from: Point { x, y }, to, tags } = line;
    let (dx, dy) = (to.x - x, to.y - y);
    let Point { x: end, .. } = to;
    let sum = add(dx, dy).await;
    (sum * end, tags.len() as u64)
}
agrees!(values_are_taken_apart [
    {"from": {"x": 1, "y": 2}, "to": {"x": 5, "y": 7}, "tags": ["a"]},
    {"from": {"x": 0, "y": 0}, "to": {"x": -1, "y": 3}, "tags": []}
]);

#[workflow]
async fn fields_and_elements_are_assigned(line: Line) -> Line {
    let mut line = line;
    line.from.x += 1;
    line.to = Point { x: line.from.x, y: add(line.from.y, 1).await };
    line.tags.push("new".to_string());
    let mut grid = vec![vec![0, 1], vec![2, 3]];
    grid[1][0] = 9;
    grid[0][1] += grid[1][0];
    line.from.y = grid[0][1];
    line.tags[0] = format!("{}", grid[1][0]);
    line
}
agrees!(fields_and_elements_are_assigned [
    {"from": {"x": 1, "y": 2}, "to": {"x": 5, "y": 7}, "tags": ["a", "b"]},
    {"from": {"x": 0, "y": 0}, "to": {"x": -1, "y": 3}, "tags": []}
]);

#[workflow]
async fn blocks_as_values(n: i64) -> i64 {
    let a = {
        let b = n * 2;
        let c = b + 1;
        c * c
    };
    let d = {
        let e = add(a, 1).await;
        e - n
    };
    a + d
}
agrees!(blocks_as_values [0, -3, 4]);

#[workflow]
async fn updated_structs(point: Point) -> (Point, Point) {
    let moved = Point { x: point.x + 1, ..point.clone() };
    let other = Point { y: add(moved.y, moved.x).await, ..moved.clone() };
    (moved, other)
}
agrees!(updated_structs [{"x": 1, "y": 2}, {"x": -1, "y": 0}]);

#[workflow]
async fn conditional_assignments(n: i64) -> i64 {
    let mut kind = 0;
    let mut size = 1;
    if n > 10 {
        kind = 1;
        size = add(n, 0).await;
    } else if n < 0 {
        kind = 2;
    }
    if kind == 1 {
        size += 100;
    }
    add(kind, size).await
}
agrees!(conditional_assignments [0, 11, -4]);

#[workflow]
async fn mutations_in_branches(n: i64) -> (Vec<i64>, Point, i64) {
    let mut all = vec![n];
    let mut point = Point { x: n, y: 0 };
    let mut last = add(n, 1).await;
    if n > 2 {
        all.push(last);
        all[0] += 1;
        point.x = all[0] + all[1];
        point.y += point.x;
        last = point.y;
    } else {
        let all = vec![n, n];
        point.y = all.len() as i64;
        let n = last * 2;
        last = n + point.y;
    }
    all.push(last);
    let sum = add(last, point.x).await;
    point.x = sum;
    if sum > 5 {
        let point = Point { x: 1, y: sum };
        all.push(point.x + point.y);
    }
    (all, point, last)
}
agrees!(mutations_in_branches [0, 2, 3, 10]);

#[workflow]
async fn one_name_in_many_scopes(x: i64) -> Vec<i64> {
    let mut seen = vec![x];
    let x = x + 1;
    {
        let x = x * 10;
        seen.push(x);
        let x = add(x, 1).await;
        seen.push(x);
    }
    seen.push(x);
    for x in 0..2 {
        let x = x + 5;
        seen.push(add(x, 0).await);
    }
    let y = if x > 1 {
        let x = x - 1;
        x * x
    } else {
        let x = 100;
        x
    };
    seen.push(add(x, y).await);
    let x = match seen.first().copied() {
        Some(x) if x > 0 => x,
        Some(x) => -x,
        None => 0,
    };
    seen.push(x);
    seen
}
agrees!(one_name_in_many_scopes [0, 1, -3]);

#[workflow]
async fn many_assignments_of_one_variable(n: u64) -> (u64, u64) {
    let mut a = n;
    let mut b = a + 1;
    a = b * 2;
    b = a + b;
    a += b;
    if a > 10 {
        a -= b;
        b += a;
    }
    for step in 0..3 {
        a += step;
        b = a - step;
    }
    let c = double(a + b).await;
    a = c;
    a += a;
    b = a + c;
    (double(a).await, b)
}
agrees!(many_assignments_of_one_variable [0, 1, 5]);

#[workflow]
async fn an_if_that_changes_one_by_the_other(n: i64) -> (i64, i64) {
    let mut a = n;
    let mut b = 0;
    if n > 2 {
        a += 1;
        b = a;
    }
    let c = add(a, b).await;
    (a, b + c)
}
agrees!(an_if_that_changes_one_by_the_other [0, 3]);

#[workflow]
async fn an_if_that_changes_three_in_a_chain(n: i64) -> (i64, i64, i64, i64) {
    let mut a = n;
    let mut b = 0;
    let mut c = 0;
    if n > 2 {
        a += 1;
        b = a * 10;
        c = b;
    } else {
        b = 1;
    }
    let d = add(a, b).await;
    (a, b, c, d)
}
agrees!(an_if_that_changes_three_in_a_chain [0, 3]);

#[workflow]
async fn a_loop_that_changes_one_by_the_other(n: i64) -> (i64, i64, i64) {
    let mut a = n;
    let mut b = 0;
    for step in 0..3 {
        a += step;
        b = a - step;
    }
    let c = add(a, b).await;
    (a, b, c)
}
agrees!(a_loop_that_changes_one_by_the_other [0, 3]);

#[workflow]
async fn a_match_that_changes_several(n: Option<i64>, m: i64) -> (i64, i64, Vec<i64>) {
    let mut x = m;
    let mut y = 1;
    let mut all = vec![];
    match n {
        Some(0) => {
            y = x;
            x = 0;
        }
        Some(k) if k > m => {
            x += k;
            y += x;
            all.push(y);
            all.push(x);
        }
        Some(_) => x = y + 5,
        None => {}
    }
    let sum = add(x, y).await;
    all.push(sum);
    (x, y, all)
}
agrees!(a_match_that_changes_several [
    {"n": null, "m": 3}, {"n": 0, "m": 3}, {"n": 5, "m": 3}, {"n": 2, "m": 3}
]);
