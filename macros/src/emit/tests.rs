//! What workflows and tasks become, as golden files.

use proc_macro2::TokenStream;

use super::{native, task};
use crate::{attr, diag::Collector, lower, normalise, parse, testing};

/// Holds a text against its golden file.
macro_rules! golden {
    ($text:expr $(,)?) => {
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!($text) })
    };
}

/// Formats an expansion. The machine's text has goldens of its own, where it is lowered.
fn pretty(tokens: TokenStream) -> String {
    let file = syn::parse2(tokens.clone()).unwrap_or_else(|error| panic!("{error} in {tokens}"));
    let text = prettyplease::unparse(&file);
    let machine_left_out = |line: &str| match line.trim_start().starts_with(r#""{\"name\""#) {
        true => format!("{}\"{{..}}\",", " ".repeat(line.len() - line.trim_start().len())),
        false => line.to_owned(),
    };
    text.lines().map(machine_left_out).collect::<Vec<_>>().join("\n")
}

fn expand_workflow(attr: &str, source: &str) -> String {
    let mut workflow = testing::front(attr, source).unwrap_or_else(|found| panic!("{found:?}"));
    normalise::normalise(&mut workflow);
    let lowered = lower::lower(&workflow).unwrap_or_else(|errors| panic!("{errors:?}"));
    pretty(native(&workflow, &lowered))
}

/// The body alone.
fn expand_body(source: &str) -> String {
    let expanded = expand_workflow("", source);
    let start = expanded.find("let body = ").expect("a body");
    let end = start + expanded[start..].find(" body,\n").expect("its end");
    expanded[start..end].trim_end().trim_end_matches('(').trim_end().to_owned()
}

fn expand_task(attr: &str, source: &str) -> String {
    let diag = Collector::new();
    let tokens = |text: &str| text.parse::<TokenStream>().expect("the source falls into tokens");
    let attr = attr::task(&diag, tokens(attr));
    let item = syn::parse2(tokens(source)).expect("a function");
    let parsed = parse::task(&diag, attr, &item);
    diag.finish().unwrap_or_else(|found| panic!("{found:?}"));
    pretty(task(&parsed))
}

#[test]
fn a_task_keeps_its_function() {
    golden!(expand_task(
        r#"timeout = "30s", retry(on = "States.Timeout", interval = "1s", backoff = 2.0, attempts = 3)"#,
        "/// Charges the card.
        #[tracing::instrument]
        pub async fn charge(order: Order, mut amount: u64, #[resource] pool: PgPool, context: TaskContext) -> Result<Payment, CardError> {
            amount += 1;
            pool.charge(order, amount, context.idempotency_key()).await
        }",
    ));
}

#[test]
fn a_task_that_blocks_runs_elsewhere() {
    golden!(expand_task("", "fn checksum(file: String) -> u64 { 1 }"));
}

#[test]
fn a_transaction_is_given_the_file() {
    golden!(expand_task(
        "transaction",
        "fn debit(account: String, cents: u32, tx: &Transaction<'_>) -> Result<u32, BankError> { Ok(1) }"
    ));
}

#[test]
fn a_workflow_is_a_body_and_a_machine() {
    golden!(expand_workflow(
        r#"name = "orders", timeout = "1h""#,
        "/// Takes an order.
        pub async fn order(order: Order, mut tries: u64) -> Result<Receipt, OrderError> {
            let payment = charge(order.clone()).timeout(Duration::from_secs(5)).await?;
            Ok(Receipt { payment, tries })
        }",
    ));
}

#[test]
fn control_flow_reports_its_states() {
    golden!(expand_body(
        "async fn run(order: Order) -> Result<u64, OrderError> {
            let mut waited = 0;
            while !ready().await? && waited < 5 {
                sleep(Duration::from_secs(60)).await;
                waited += 1;
            }
            match approve(order.clone()).await {
                Ok(Approval { by: Some(by), .. }) if by == order.owner => return Ok(0),
                Ok(_) => {}
                Err(OrderError::Fault(Fault::Timeout)) => escalate(order.clone()).await?,
                Err(error) => return Err(error),
            }
            for item in order.items.iter() {
                ship(item.clone()).await?;
            }
            Ok(waited)
        }",
    ));
}

#[test]
fn branches_read_what_is_around_them() {
    golden!(expand_body(
        "async fn run(order: Order, limit: u64) -> Result<u64, OrderError> {
            let (a, b) = try_join!(charge(order.clone()), async { let label = print(limit).await?; Ok(label) })?;
            let all = map(order.items.clone(), async |item, index| {
                if index > limit { return Ok(0); }
                let done = ship(item).await?;
                Ok(done)
            }).concurrency(3).await?;
            Ok(a + b + all.len() as u64)
        }",
    ));
}

#[test]
fn expressions_have_our_meanings() {
    golden!(expand_body(
        r#"async fn run(mut order: Order, names: Vec<String>) -> u64 {
            let total: u64 = order.items.iter().filter(|item| item.count > 2).map(|item| item.price * 2).sum();
            let label = format!("{}-{:.2}{{}}", order.id, order.rate);
            let mut seen = Vec::new();
            seen.push(seen.len());
            order.items[names.len() - 1].count += 1;
            let first = names.first().cloned().unwrap_or_default();
            let known = matches!(order.kind, Kind::Known(n) if n == LIMIT) && !first.starts_with('x');
            if let Some(note) = &order.note && known { log::info!("{note}"); }
            done(label).await;
            (total as f64 / -1.5) as u64
        }"#,
    ));
}

/// Every identifier of the tokens, with its place.
fn places(tokens: TokenStream, found: &mut Vec<(String, usize, usize)>) {
    for token in tokens {
        match token {
            proc_macro2::TokenTree::Ident(ident) => {
                let start = ident.span().start();
                found.push((ident.to_string(), start.line, start.column));
            }
            proc_macro2::TokenTree::Group(group) => places(group.stream(), found),
            proc_macro2::TokenTree::Punct(_) | proc_macro2::TokenTree::Literal(_) => {}
        }
    }
}

/// Completion, "go to definition" and rustc's errors work by the places of the user's own names.
#[test]
fn names_of_a_body_keep_their_places() {
    let source = "async fn run(order: Order, mut total: u64) -> Result<u64, OrderError> {
        let Order { items, owner: Some(owner), .. } = order.clone() else { return Err(OrderError::Empty) };
        let payment: Payment = charge(owner.name, total + LIMIT).timeout(Duration::from_secs(total)).await?;
        'each: for (position, item) in items.iter().enumerate() {
            if matches!(item.kind, Kind::Gift { from } if from == total) { continue 'each; }
            total += rules::price(&item.lines[position]);
        }
        match approve(payment).await {
            Ok(Approval { by, .. }) => Ok(Receipt { by, total, ..base(order) }.cents),
            Err(error @ OrderError::Refused(_)) => Err(error),
            Err(_) => { note(format!(\"{}\", total)).await?; Ok(total) }
        }
    }";
    let item: syn::ItemFn = syn::parse_str(source).unwrap();
    let mut workflow = testing::front("", source).unwrap_or_else(|found| panic!("{found:?}"));
    normalise::normalise(&mut workflow);
    let lowered = lower::lower(&workflow).unwrap_or_else(|errors| panic!("{errors:?}"));
    let (mut written, mut emitted) = (Vec::new(), Vec::new());
    places(quote::ToTokens::to_token_stream(&item.block), &mut written);
    places(native(&workflow, &lowered), &mut emitted);
    // Words of Rust and of ours: nothing is defined or completed there.
    const WORDS: &[&str] = &[
        "let", "else", "return", "await", "for", "in", "if", "continue", "match", "matches", "format", "timeout", "_",
        "Some", "Ok", "Err",
    ];
    let lost: Vec<_> = written.iter().filter(|place| !WORDS.contains(&&*place.0) && !emitted.contains(place)).collect();
    assert!(lost.is_empty(), "names whose places are lost: {lost:?}");
}
