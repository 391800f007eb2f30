//! Jumps: labelled blocks, loops in loops, early returns.

use std::collections::BTreeMap;

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{Trouble, double, find, is_even, note, one};

#[workflow]
async fn a_labelled_block_with_a_value(n: u64) -> u64 {
    let found = 'search: {
        if n == 0 {
            break 'search 100;
        }
        let twice = double(n).await;
        if twice > 10 {
            break 'search twice;
        }
        twice + 1
    };
    note(format!("{found}")).await;
    found
}
agrees!(a_labelled_block_with_a_value [0, 3, 8]);

#[workflow]
async fn a_labelled_block_as_a_statement(n: u64) -> u64 {
    let mut steps = 0;
    'work: {
        steps += 1;
        if n < 2 {
            break 'work;
        }
        steps += one().await;
        if n < 4 {
            break 'work;
        }
        steps += double(n).await;
    }
    steps
}
agrees!(a_labelled_block_as_a_statement [1, 3, 5]);

#[workflow]
async fn a_labelled_block_in_a_loop(ns: Vec<u64>) -> Vec<u64> {
    let mut kept = Vec::new();
    'all: for n in ns {
        let value = 'value: {
            if n == 7 {
                break 'all;
            }
            if is_even(n).await {
                break 'value n;
            }
            if n == 9 {
                continue 'all;
            }
            double(n).await
        };
        kept.push(value);
    }
    kept
}
agrees!(a_labelled_block_in_a_loop [[], [1, 2, 9, 4], [2, 7, 4]]);

#[workflow]
async fn a_labelled_block_yields_the_result(n: u64) -> Result<u64, Trouble> {
    'checked: {
        if n == 0 {
            break 'checked Err(Trouble::NotFound);
        }
        if n == 1 {
            break 'checked Ok(1);
        }
        Ok(double(n).await)
    }
}
agrees!(a_labelled_block_yields_the_result [0, 1, 5]);

#[workflow]
async fn continue_of_an_outer_loop(rows: Vec<Vec<u64>>) -> u64 {
    let mut sum = 0;
    'rows: for (index, row) in rows.iter().enumerate() {
        for n in row {
            if *n == 0 {
                continue 'rows;
            }
            if *n > 90 {
                break 'rows;
            }
            sum += double(*n).await;
        }
        sum += index as u64;
    }
    sum
}
agrees!(continue_of_an_outer_loop [[], [[1, 2], [0, 5], [3]], [[1], [99], [5]]]);

#[workflow]
async fn a_loop_in_a_loop_breaks_with_values(limit: u64) -> u64 {
    let mut total = 0;
    loop {
        let step = loop {
            total += 1;
            if is_even(total).await {
                break total;
            }
        };
        if step >= limit {
            break step * 100;
        }
    }
}
agrees!(a_loop_in_a_loop_breaks_with_values [0, 3, 4]);

#[workflow]
async fn a_loop_yields_the_result(limit: u64) -> Result<u64, Trouble> {
    let mut n = 0;
    loop {
        n += one().await;
        if n > 5 {
            break Err(Trouble::Busy { seconds: n });
        }
        if n == limit {
            break Ok(n);
        }
    }
}
agrees!(a_loop_yields_the_result [1, 3, 9]);

#[workflow]
async fn a_for_over_a_map(stock: BTreeMap<String, u64>) -> Vec<String> {
    let mut lines = Vec::new();
    for (sku, count) in &stock {
        if *count == 0 {
            continue;
        }
        let twice = double(*count).await;
        lines.push(format!("{sku}: {twice}"));
    }
    lines
}
agrees!(a_for_over_a_map [{}, {"a": 1, "b": 0, "c": 3}, {"z": 2, "a": 1}]);

#[workflow]
async fn a_for_over_an_owned_map(mut stock: BTreeMap<String, u64>) -> u64 {
    stock.insert("last".to_owned(), 4);
    let mut sum = 0;
    for (_, count) in stock {
        sum += double(count).await;
    }
    sum
}
agrees!(a_for_over_an_owned_map [{}, {"a": 1, "b": 5}]);

#[workflow]
async fn a_map_that_only_computes(stock: BTreeMap<String, u64>) -> (u64, Vec<String>) {
    let mut sum = 0;
    let mut names = Vec::new();
    for (sku, count) in &stock {
        sum += count;
        names.push(sku.clone());
    }
    note("summed".to_owned()).await;
    (sum, names)
}
agrees!(a_map_that_only_computes [{}, {"b": 2, "a": 1}]);

#[workflow]
async fn early_returns_of_nested_blocks(n: Option<u64>) -> u64 {
    if let Some(n) = n {
        match find(n).await {
            Some(found) if found > 50 => {
                return found;
            }
            Some(found) => {
                let extra = {
                    if found == 10 {
                        return 11;
                    }
                    found + 1
                };
                note(format!("{extra}")).await;
            }
            None => return 0,
        }
    }
    one().await
}
agrees!(early_returns_of_nested_blocks [null, 0, 1, 3, 9]);

#[workflow]
async fn conditions_in_a_chain(a: Option<u64>, b: Vec<u64>) -> u64 {
    if let Some(n) = a
        && n > 1
        && let Some(first) = b.first()
        && *first != n
    {
        double(n + first).await
    } else if let Some(n) = a {
        n
    } else {
        one().await
    }
}
agrees!(conditions_in_a_chain [
    {"a": null, "b": [1]}, {"a": 1, "b": [1]}, {"a": 3, "b": []}, {"a": 3, "b": [3]}, {"a": 3, "b": [4]}
]);

#[workflow]
async fn a_while_with_a_chain(mut queue: Vec<u64>) -> u64 {
    let mut sum = 0;
    while let Some(n) = queue.pop()
        && n != 0
    {
        sum += double(n).await;
    }
    sum * 100 + queue.len() as u64
}
agrees!(a_while_with_a_chain [[], [1, 0, 2, 3], [5]]);
