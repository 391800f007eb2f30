//! What only types tell of a workflow, as `check_workflows!` prints it.

use durafn::{callable::WorkflowEntry, prelude::*};

#[derive(Serialize, Deserialize, Data, Clone, Debug)]
struct Parcel {
    id: String,
    #[data(opaque)]
    address: Address,
}

#[derive(Serialize, Deserialize, Clone, Debug)]
struct Address {
    city: String,
}

/// Both forms are a string in JSON.
#[derive(Serialize, Deserialize, Data, Clone, Debug)]
#[serde(untagged)]
enum Contact {
    Mail(String),
    Phone(String),
}

fn weight(id: &str) -> u64 {
    id.len() as u64
}

#[pure]
fn endless(n: u64) -> u64 {
    if n == 0 { 0 } else { endless(n - 1) }
}

#[workflow]
async fn wrong_looks_into_an_opaque_field(parcel: Parcel) -> String {
    parcel.address.city
}

#[workflow]
async fn wrong_calls_a_plain_function(parcel: Parcel) -> u64 {
    weight(&parcel.id) + 1
}

#[workflow]
async fn wrong_calls_a_function_that_calls_itself(n: u64) -> u64 {
    endless(n)
}

#[workflow]
async fn wrong_matches_what_json_does_not_tell_apart(contact: Contact) -> String {
    match contact {
        Contact::Mail(mail) => mail,
        Contact::Phone(number) => number,
    }
}

#[workflow]
async fn wrong_in_two_places(parcel: Parcel) -> String {
    let grams = weight(&parcel.id);
    format!("{grams} g to {}", parcel.address.city)
}

#[test]
fn each_mistake_is_named_with_its_place_and_the_way_out() {
    let entries = durafn::private::inventory::iter::<WorkflowEntry>;
    let wrong = entries.into_iter().filter(|entry| entry.name.starts_with("wrong_"));
    let found = durafn::private::workflow_mistakes(wrong).expect("there are mistakes");
    insta::assert_snapshot!(found);
}

#[test]
fn a_test_without_workflows_says_how_to_link_them() {
    let found = durafn::private::workflow_mistakes([]).expect("nothing was checked");
    assert!(found.contains("use your_crate as _;"), "{found}");
}
