//! What stands at a key of a map, changed in place.

use std::collections::BTreeMap;

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{double, note};

#[workflow]
async fn words_are_counted(words: Vec<String>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for word in words {
        *counts.entry(word.to_lowercase()).or_insert(0) += 1;
    }
    note(format!("{} words", counts.len())).await;
    counts
}
agrees!(words_are_counted [[], ["a"], ["a", "b", "A", "b", "a", ""]]);

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
struct Sale {
    region: String,
    cents: u64,
}

#[workflow]
async fn items_are_grouped(sales: Vec<Sale>) -> BTreeMap<String, Vec<u64>> {
    let mut groups: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for sale in &sales {
        let doubled = double(sale.cents).await;
        groups.entry(sale.region.clone()).or_default().push(doubled);
    }
    groups
}
agrees!(items_are_grouped [
    [], [{"region": "north", "cents": 1}],
    [{"region": "north", "cents": 1}, {"region": "south", "cents": 2}, {"region": "north", "cents": 3}]
]);

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
struct Stock {
    counts: BTreeMap<String, u8>,
    names: BTreeMap<String, String>,
}

#[workflow]
async fn defaults_are_put_where_nothing_stands(mut stock: Stock, sku: String, more: u8) -> Stock {
    stock.names.entry(sku.clone()).or_insert_with(|| format!("no name for {sku}"));
    *stock.names.entry("all".to_owned()).or_insert(String::new()) += &sku;
    *stock.counts.entry(sku.clone()).or_insert(250) += more;
    *stock.counts.entry(format!("{sku}!")).or_default() = more;
    stock
}
agrees!(defaults_are_put_where_nothing_stands [
    {"stock": {"counts": {}, "names": {}}, "sku": "a", "more": 5},
    {"stock": {"counts": {}, "names": {}}, "sku": "a", "more": 6},
    {"stock": {"counts": {"a": 1, "a!": 9}, "names": {"a": "apple", "all": "x"}}, "sku": "a", "more": 200}
]);

#[workflow]
async fn the_value_is_awaited_first(keys: Vec<String>) -> BTreeMap<String, u64> {
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for (n, key) in keys.iter().enumerate() {
        *sums.entry(key.clone()).or_insert_with(|| 100) += double(n as u64).await;
    }
    sums
}
agrees!(the_value_is_awaited_first [[], ["a"], ["a", "b", "a"]]);
