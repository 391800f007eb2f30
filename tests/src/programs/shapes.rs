//! Values with every wire form that serde's attributes give, read, matched and built.

use std::collections::BTreeMap;

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{double, echo, note};

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Account {
    user_name: String,
    #[serde(rename = "ID")]
    number: u64,
    #[serde(default)]
    logins: u64,
    #[serde(default = "standard_limit")]
    limit: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nick_name: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    open_tags: Vec<String>,
    #[serde(skip)]
    cache: u64,
    #[serde(flatten)]
    address: Address,
}

fn standard_limit() -> u64 {
    50
}

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
struct Address {
    city: String,
    zip: Option<String>,
}

#[task]
async fn open_account(account: Account) -> Account {
    Account { logins: account.logins + 1, ..account }
}

#[workflow]
async fn fields_by_other_names(account: Account) -> Account {
    let opened = open_account(account.clone()).await;
    note(format!("{} of {} has {}", opened.user_name, opened.address.city, opened.number)).await;
    Account {
        user_name: account.user_name,
        number: opened.number + 1,
        logins: opened.logins + opened.cache,
        limit: opened.limit,
        nick_name: opened.nick_name,
        open_tags: opened.open_tags,
        cache: 7,
        address: Address { city: "X".to_string(), zip: opened.address.zip },
    }
}
agrees!(fields_by_other_names [
    {"userName": "ada", "ID": 1, "city": "London", "zip": null, "logins": 0, "limit": 50},
    {"userName": "ada", "ID": 1, "city": "London", "logins": 3, "limit": 9, "nickName": "a", "openTags": ["x"], "zip": "N1"}
]);

#[workflow]
async fn fields_are_assigned_by_their_names(account: Account) -> (Account, u64) {
    let mut account = account;
    account.number += 1;
    account.nick_name = Some(format!("n{}", account.number));
    account.open_tags.push("new".to_string());
    let doubled = double(account.limit).await;
    account.nick_name = None;
    (account, doubled)
}
agrees!(fields_are_assigned_by_their_names [
    {"userName": "ada", "ID": 1, "city": "London", "zip": "N1", "logins": 0, "limit": 50},
    {"userName": "ada", "ID": 1, "city": "London", "zip": null, "openTags": ["a"], "logins": 1, "limit": 4, "nickName": "x"}
]);

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Shape {
    EmptyOne,
    #[serde(rename = "circle!")]
    Circle {
        radius: u64,
    },
    Square(u64),
    Rect(u64, u64),
}

#[workflow]
async fn enums_tagged_from_outside(shape: Shape) -> Vec<Shape> {
    let next = match shape.clone() {
        Shape::EmptyOne => Shape::Circle { radius: 1 },
        Shape::Circle { radius } => Shape::Square(double(radius).await),
        Shape::Square(side) => Shape::Rect(side, side + 1),
        Shape::Rect(..) => Shape::EmptyOne,
    };
    vec![shape, next]
}
agrees!(enums_tagged_from_outside ["empty_one", {"circle!": {"radius": 2}}, {"square": 3}, {"rect": [1, 2]}]);

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
enum Event {
    Opened,
    Paid { total_cents: u64, by: Option<String> },
    Wrapped(Address),
}

#[workflow]
async fn enums_tagged_from_inside(event: Event) -> Vec<Event> {
    let next = match event.clone() {
        Event::Opened => Event::Paid { total_cents: double(3).await, by: None },
        Event::Paid { total_cents, by: Some(name) } if total_cents > 5 => {
            Event::Wrapped(Address { city: name, zip: None })
        }
        Event::Paid { total_cents, by } => Event::Paid { total_cents: total_cents + 1, by },
        Event::Wrapped(Address { city, .. }) => Event::Paid { total_cents: 0, by: Some(city) },
    };
    vec![event, next]
}
agrees!(enums_tagged_from_inside [
    {"type": "Opened"}, {"type": "Paid", "totalCents": 9, "by": "Ada"}, {"type": "Paid", "totalCents": 2, "by": "Ada"},
    {"type": "Paid", "totalCents": 9, "by": null}, {"type": "Wrapped", "city": "Rome", "zip": null}
]);

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(tag = "t", content = "c")]
enum Message {
    Stop,
    Text(String),
    Move { x: i64, y: i64 },
    Both(u64, String),
}

#[workflow]
async fn enums_tagged_beside(message: Message) -> Vec<Message> {
    let next = match message.clone() {
        Message::Stop => Message::Text("stopped".to_string()),
        Message::Text(text) => Message::Both(double(1).await, text),
        Message::Move { x, y } => Message::Move { x: y, y: x },
        Message::Both(n, text) if n > 3 => Message::Text(text),
        Message::Both(..) => Message::Stop,
    };
    vec![message, next]
}
agrees!(enums_tagged_beside [
    {"t": "Stop"}, {"t": "Text", "c": "hi"}, {"t": "Move", "c": {"x": 1, "y": 2}}, {"t": "Both", "c": [4, "a"]},
    {"t": "Both", "c": [2, "a"]}
]);

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(untagged)]
enum Loose {
    Number(u64),
    Text(String),
    Place { city: String },
}

#[task]
async fn measure(loose: Loose) -> Loose {
    match loose {
        Loose::Number(n) => Loose::Text(n.to_string()),
        Loose::Text(text) => Loose::Number(text.chars().count() as u64),
        Loose::Place { city } => Loose::Text(city),
    }
}

#[workflow]
async fn enums_without_a_tag(loose: Loose) -> Vec<Loose> {
    let measured = measure(loose.clone()).await;
    vec![loose, measured, Loose::Number(3), Loose::Place { city: "Oslo".to_string() }]
}
agrees!(enums_without_a_tag [5, "five", {"city": "Rome"}]);

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(transparent)]
struct Name(String);

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
#[serde(transparent)]
struct Amount {
    cents: u64,
}

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
struct Newtype(u64);

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
struct Pair(String, u64);

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
struct Nothing;

#[workflow]
async fn structs_of_every_syntax(
    name: Name,
    amount: Amount,
    newtype: Newtype,
    pair: Pair,
    nothing: Nothing,
) -> (Name, Amount, Newtype, Pair, Nothing) {
    let Pair(text, number) = pair;
    let doubled = double(amount.cents + newtype.0 + number).await;
    let name = Name(format!("{}{text}", name.0));
    let same = nothing == Nothing;
    let cents = if same { doubled } else { 0 };
    (name, Amount { cents }, Newtype(1), Pair("p".to_string(), doubled), Nothing)
}
agrees!(structs_of_every_syntax [
    {"name": "Ada", "amount": 5, "newtype": 6, "pair": ["x", 7], "nothing": null}
]);

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
struct Settings {
    #[serde(default)]
    retries: u64,
    #[serde(default)]
    names: Vec<String>,
    mode: Option<String>,
}

#[workflow]
async fn structs_are_compared_and_updated(settings: Settings) -> Settings {
    let doubled = double(settings.retries).await;
    note(settings.mode.clone().unwrap_or("none".to_string())).await;
    let empty = Settings { retries: 0, names: Vec::new(), mode: None };
    if settings == empty {
        return Settings { retries: doubled + 1, ..empty };
    }
    settings
}
agrees!(structs_are_compared_and_updated [
    {"retries": 0, "names": [], "mode": null}, {"retries": 3, "names": [], "mode": null}, {"retries": 0, "names": ["a"], "mode": "x"}
]);

/// Reads keys that are not there. What is handed on as a whole must be as its type writes it, so nothing is.
#[workflow]
async fn missing_keys_are_read(settings: Settings, account: Account) -> (u64, u64, Option<String>, u64, u64, bool) {
    let doubled = double(settings.retries).await;
    note(account.nick_name.clone().unwrap_or("none".to_string())).await;
    let tags = account.open_tags.len() as u64;
    (
        doubled,
        settings.names.len() as u64,
        settings.mode,
        account.limit,
        tags + account.logins,
        account.address.zip.is_some(),
    )
}
agrees!(missing_keys_are_read [
    {"settings": {}, "account": {"userName": "a", "ID": 1, "city": "L"}},
    {"settings": {"retries": 4, "mode": "m"}, "account": {"userName": "a", "ID": 1, "city": "L", "zip": "z", "limit": 3, "openTags": ["t"]}}
]);

#[workflow]
async fn options_in_options_of_structs(address: Option<Address>) -> (Option<String>, bool) {
    let zip = address.clone().and_then(|address| address.zip);
    if let Some(Address { city, zip: None }) = address.clone() {
        note(city).await;
    }
    (zip, address.is_some())
}
agrees!(options_in_options_of_structs [null, {"city": "A", "zip": null}, {"city": "A", "zip": "1"}, {"city": "A"}]);

#[workflow]
async fn maps_with_string_keys(prices: BTreeMap<String, u64>, key: String) -> (u64, Option<u64>, Vec<String>) {
    let mut prices = prices;
    let before = prices.get(&key).copied();
    prices.insert(key.clone(), 7);
    prices.insert("extra".to_string(), double(prices.len() as u64).await);
    prices.remove("gone");
    let keys: Vec<String> = prices.keys().cloned().collect();
    let total: u64 = prices.values().sum();
    (total, before, keys)
}
agrees!(maps_with_string_keys [
    {"prices": {}, "key": "a"}, {"prices": {"a": 1}, "key": "a"}, {"prices": {"b": 1, "gone": 3, "a b": 4}, "key": "ü"}
]);

#[derive(Serialize, Deserialize, Data, Clone, Debug, PartialEq)]
struct Tree {
    value: u64,
    children: Vec<Tree>,
}

#[workflow]
async fn recursive_types(tree: Tree) -> (u64, Tree) {
    let sum = tree.children.iter().map(|child| child.value).sum::<u64>() + tree.value;
    let doubled = double(sum).await;
    (doubled, Tree { value: doubled, children: vec![tree] })
}
agrees!(recursive_types [
    {"value": 1, "children": []},
    {"value": 1, "children": [{"value": 2, "children": [{"value": 3, "children": []}]}, {"value": 4, "children": []}]}
]);

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
struct Holder {
    #[data(opaque)]
    payload: serde_json::Value,
    count: u64,
}

#[workflow]
async fn opaque_fields_pass_through(holder: Holder) -> Holder {
    let payload = echo(holder.payload.clone()).await;
    Holder { payload, count: holder.count + 1 }
}
agrees!(opaque_fields_pass_through [{"payload": {"a": [1, [2]]}, "count": 1}, {"payload": null, "count": 0}, {"payload": [], "count": 2}]);

#[workflow]
async fn compared_values(account: Account, other: Account, shape: Shape) -> (bool, bool, bool) {
    note("comparing".to_string()).await;
    (account == other, shape == Shape::Square(3), account.address != other.address)
}
agrees!(compared_values [
    {
        "account": {"userName": "a", "ID": 1, "city": "L", "zip": null, "logins": 0, "limit": 50},
        "other": {"userName": "a", "ID": 1, "city": "L", "zip": null, "logins": 0, "limit": 50},
        "shape": {"square": 3}
    },
    {
        "account": {"userName": "a", "ID": 1, "city": "L", "zip": null, "logins": 0, "limit": 50, "nickName": "n"},
        "other": {"userName": "a", "ID": 1, "city": "M", "zip": "x", "logins": 0, "limit": 50, "nickName": "n"},
        "shape": "empty_one"
    }
]);
