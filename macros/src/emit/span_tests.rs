//! Original spans: an editor finds its way from the user's tokens to what the expansion makes of them, for completion and for jumps to definitions.

use std::collections::BTreeSet;

use proc_macro2::{LineColumn, TokenStream, TokenTree};

use super::native;
use crate::{lower, normalise, testing};

/// A workflow with something of everything that names things.
const SOURCE: &str = "
async fn fulfil(order: Order, mut budget: u64) -> Result<Shipment, OrderError> {
    let reserved = map(order.items.clone(), |item, index| async move { reserve(order.id.clone(), item, index).await })
        .concurrency(order.limit)
        .await?;
    let cheapest = reserved.iter().map(|found| found.cents).filter(|cents| *cents > MINIMUM).min();
    let Some(least) = cheapest else { return Err(OrderError::Nothing { wanted: order.id }) };
    if least > budget && approve(order.clone()).timeout(Duration::from_secs(order.patience)).await? {
        budget += least;
    }
    match charge(order.id.clone(), total(&reserved)).await {
        Ok(Payment { reference, .. }) => tracing::info!(reference, \"paid\"),
        Err(OrderError::Declined { reason }) if reason.is_empty() => tell(format!(\"{} {budget}\", order.id)).await,
        Err(error) => return Err(error),
    }
    'pack: for (position, parcel) in reserved.iter().enumerate() {
        while budget < parcel.cents {
            budget += top_up(position as u64).await;
            if budget == 0 { continue 'pack; }
        }
        budget -= parcel.cents;
    }
    let (label, receipt) = try_join!(print(order.id.clone()), async { mail(order.customer.clone()).await })?;
    Ok(Shipment { label, receipt: Some(receipt), left: budget })
}";

/// Words that steer the expansion and stand for nothing that could be looked up.
const STEERING: &[&str] = &[
    "as",
    "async",
    "await",
    "concurrency",
    "else",
    "fn",
    "for",
    "format",
    "if",
    "in",
    "let",
    "map",
    "move",
    "mut",
    "try_join",
    "while",
];

fn identifiers(tokens: TokenStream, found: &mut Vec<(String, LineColumn)>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => identifiers(group.stream(), found),
            TokenTree::Ident(ident) => found.push((ident.to_string(), ident.span().start())),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

#[test]
fn each_identifier_of_the_user_appears_with_its_own_span() {
    let mut written = Vec::new();
    identifiers(SOURCE.parse().expect("it falls into tokens"), &mut written);
    // A text that is parsed once more has places further on, so places count from the function's name.
    let mut workflow = testing::front("", SOURCE).unwrap_or_else(|found| panic!("{found:?}"));
    let base = workflow.item.ident.span().start();
    let fulfil = written.iter().find(|(name, _)| name == "fulfil").expect("the function has its name").1;
    normalise::normalise(&mut workflow);
    let lowered = lower::lower(&workflow).unwrap_or_else(|errors| panic!("{errors:?}"));
    let mut expanded = Vec::new();
    identifiers(native(&workflow, &lowered), &mut expanded);
    let at = |place: &LineColumn, from: LineColumn| (place.line - from.line, place.column);
    let expanded: BTreeSet<(String, (usize, usize))> = expanded
        .into_iter()
        .filter(|(_, place)| place.line >= base.line)
        .map(|(name, place)| (name, at(&place, base)))
        .collect();
    let lost: Vec<_> = written
        .iter()
        .filter(|(name, _)| !STEERING.contains(&name.as_str()))
        .map(|(name, place)| (name.clone(), at(place, fulfil)))
        .filter(|wanted| !expanded.contains(wanted))
        .collect();
    assert!(lost.is_empty(), "the expansion does not have these at their places: {lost:?}");
    assert!(written.len() > 100, "the workflow names {} things", written.len());
}
