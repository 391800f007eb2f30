//! What derives write, and what they refuse.

use super::{data, failure};

/// Holds a text against its golden file.
macro_rules! golden {
    ($text:expr $(,)?) => {
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!($text) })
    };
}

fn pretty(tokens: proc_macro2::TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(tokens).expect("the impls parse"))
}

fn tokens(source: &str) -> proc_macro2::TokenStream {
    source.parse().expect("the source falls into tokens")
}

/// The messages of the errors in an expansion.
fn errors(expanded: proc_macro2::TokenStream) -> Vec<String> {
    let text = expanded.to_string();
    let mut found: Vec<String> = Vec::new();
    for part in text.split("compile_error ! { ").skip(1) {
        found.push(part.split(" }").next().unwrap_or_default().trim_matches('"').to_owned());
    }
    found
}

#[test]
fn a_struct_describes_its_wire_form() {
    golden!(pretty(data(tokens(
        r#"#[serde(rename_all = "camelCase")]
        struct Page<T> {
            next_page: Option<u64>,
            #[serde(default = "ten", rename = "max")] limit: u32,
            #[serde(default)] items: Vec<T>,
            #[serde(flatten)] rest: Rest,
            #[serde(with = "base64")] body: Bytes,
            #[serde(skip_serializing_if = "Option::is_none")] note: Option<String>,
        }"#
    ))));
}

#[test]
fn an_error_enum_has_names_and_conversions() {
    golden!(pretty(failure(tokens(
        r#"enum OrderError {
            OutOfStock { sku: String },
            #[failure(name = "Card.Declined")] CardDeclined,
            Payment(#[from] PaymentError),
            #[fault] Fault(Fault),
        }"#
    ))));
}

#[test]
fn what_a_workflow_cannot_follow_is_refused() {
    let refused = [
        r#"struct S { #[serde(alias = "b")] a: u8 }"#,
        r#"struct S { #[serde(rename(serialize = "b"))] a: u8 }"#,
        r#"struct S { #[serde(skip_serializing_if = "is_zero")] a: u8 }"#,
        r#"struct S { #[data(opaque)] #[serde(default)] a: Foreign }"#,
        r#"#[serde(from = "Wire")] struct S { a: u8 }"#,
        r#"#[serde(rename_all = "shouting")] struct S { a: u8 }"#,
        r#"enum E { #[serde(other)] A }"#,
        "struct S<'a> { a: &'a str }",
        "union U { a: u8, b: i8 }",
    ];
    let found: Vec<String> = refused
        .iter()
        .map(|source| match errors(data(tokens(source))).as_slice() {
            [only] => format!("{source}\n    {only}"),
            found => panic!("{source} has the errors {found:?}"),
        })
        .collect();
    golden!(found.join("\n"));
}

#[test]
fn error_names_are_unique_and_not_reserved() {
    let refused = [
        "struct S;",
        r#"enum E { #[failure(name = "States.Timeout")] A }"#,
        r#"enum E { A, #[failure(name = "A")] B }"#,
        "enum E { #[fault] A { fault: Fault } }",
        "enum E { #[fault] A(Fault), #[fault] B(Fault) }",
        "enum E { A(#[from] X, Y) }",
    ];
    let found: Vec<String> = refused
        .iter()
        .map(|source| format!("{source}\n    {}", errors(failure(tokens(source))).join("\n    ")))
        .collect();
    golden!(found.join("\n"));
}
