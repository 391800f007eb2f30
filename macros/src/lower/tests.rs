//! What workflows become: the machine as text, and where native code reports states.

use std::{collections::BTreeSet, fmt::Write as _};

use proc_macro2::TokenStream;

use crate::lowered::Lowered;

fn lowered(source: &str) -> Lowered {
    let item: TokenStream = source.parse().expect("Rust tokens");
    let mut workflow = crate::compile::front(TokenStream::new(), item).expect("a workflow without mistakes");
    crate::normalise::normalise(&mut workflow);
    super::lower(&workflow).expect("a workflow that states can express")
}

fn shown(source: &str) -> String {
    let lowered = lowered(source);
    let mut text = lowered.machine.print();
    for (point, states) in &lowered.enters {
        let names: Vec<_> = states.iter().map(|state| &*lowered.machine.state(*state).name).collect();
        writeln!(text, "{point:?}: {}", names.join(", ")).expect("text");
    }
    text
}

macro_rules! machines {
    ($($(#[$doc:meta])* $name:ident { $($source:tt)* })*) => {
        $(
            $(#[$doc])*
            #[test]
            fn $name() {
                insta::assert_snapshot!(shown(stringify!($($source)*)));
            }
        )*
    };
}

machines! {
    hello_world_is_one_state {
        async fn hello(name: String) -> String { greet(name).await }
    }
    a_value_without_awaits_is_one_end {
        async fn double(n: u64) -> u64 { n * 2 }
    }
    a_unit_workflow_ends_after_its_last_state {
        async fn run(wait: bool) { first().await; if wait { second().await; } }
    }
    the_fulfil_order_has_as_many_states_as_by_hand {
        async fn fulfil(order: Order) -> Result<Shipment, OrderError> {
            let reserved = map(order.items.clone(), |item| reserve(order.id.clone(), item)).concurrency(5).await?;
            if order.amount > 1_000 {
                match ask_approval(order.clone()).await {
                    Ok(Approval { approved: true, .. }) => {}
                    Ok(Approval { by, .. }) => return Err(OrderError::Rejected(by)),
                    Err(OrderError::Fault(Fault::Timeout)) => escalate(order.clone()).await?,
                    Err(e) => return Err(e),
                }
            }
            let mut waited = 0;
            while !carrier_ready().await? && waited < 5 {
                sleep(Duration::from_secs(60)).await;
                waited += 1;
            }
            let (payment, label) = try_join!(charge(order.clone()), print_label(order.id.clone()))?;
            Ok(Shipment { order: order.id, payment, label, parcels: reserved.len() as u64 })
        }
    }
    an_if_that_only_assigns_is_an_expression {
        async fn swap(a: u64, b: u64) -> u64 {
            let mut x = a;
            let mut y = b;
            if x > y { let z = x; x = y; y = z; } else if x == y { x += 1; }
            combine(x, y).await
        }
    }
    a_for_that_only_assigns_is_a_fold {
        async fn total(items: Vec<Item>) -> u64 {
            let mut count = 0;
            let mut sum = 0;
            for item in items.iter() { if item.wanted { count += 1; sum += item.price; } }
            report(count, sum).await
        }
    }
    loops_with_awaits_go_round_a_choice {
        async fn each(names: Vec<String>) -> Result<u64, E> {
            let mut done = 0;
            'names: for name in names.iter() {
                let mut tries = 0;
                loop {
                    if try_it(name.clone()).await? { break; }
                    tries += 1;
                    if tries > 3 { continue 'names; }
                }
                done += 1;
            }
            for n in 0..done { tell(n).await?; }
            Ok(done)
        }
    }
    a_loop_at_the_start_keeps_the_input {
        async fn poll(job: String) { while !finished(job.clone()).await { sleep(Duration::from_secs(5)).await; } }
    }
    error_arms_that_look_deeper_go_through_a_choice {
        async fn run(id: String) -> Result<u64, E> {
            match fetch(id).await {
                Ok(n) if n > 10 => Ok(n),
                Ok(_) => Err(E::TooSmall),
                Err(E::Busy { seconds }) if seconds < 60 => { sleep(Duration::from_secs(seconds)).await; Ok(0) }
                Err(E::Busy { .. }) => Err(E::GaveUp),
                Err(e) => Err(e),
            }
        }
    }
    results_can_be_kept_and_tried_later {
        async fn run(id: String, names: Vec<Result<u64, u64>>) -> Result<u64, E> {
            let first = fetch(id.clone()).await;
            let second = fetch(id).await.unwrap_or(0);
            let third = first?;
            let parsed = names.get(0).ok_or(E::Missing)?;
            parsed.map_err(|n| E::Other(n))
        }
    }
    operands_that_await_stand_before {
        async fn run(a: u64) -> Result<u64, E> {
            let x = add(a / 2, get(a).await?).await? + get(a + 1).await?;
            if x > 3 && get(x).await? > 5 { return Ok(1); }
            Ok(x)
        }
    }
    branches_have_regions_of_their_own {
        async fn run(a: u64) -> Result<u64, E> {
            let (x, y) = try_join!(
                async { let n = get(a).await?; if n > 3 { put(n).await } else { Ok(n) } },
                async { sleep(Duration::from_mins(2)).await; Ok(a + 1) },
            )?;
            let all = map(vec![x, y], |n, i| async move { let m = get(n).await?; Ok(m + i) }).await?;
            Ok(all.len() as u64)
        }
    }
    patterns_of_pure_values_choose {
        async fn run(kind: Kind, n: Option<u32>) -> Result<u64, E> {
            let base = match kind { Kind::Small => 1, Kind::Large { size } if size > 9 => size, Kind::Large { .. } => 9 };
            let Some(n) = n else { return Err(E::Missing) };
            if let Kind::Large { size } = kind { get(size).await?; }
            match n { 0 => Err(E::Zero), 1..=9 => put(base).await, other => Ok(other as u64) }
        }
    }
    states_can_be_named {
        async fn run(id: String) -> Result<u64, E> {
            /// The card is charged once.
            #[state("Charge the card")]
            let paid = charge(id).await?;
            #[state("Enough?")]
            if paid > 3 { tell(paid).await?; }
            Ok(paid)
        }
    }
}

/// Bodies that end in unusual places.
#[test]
fn every_end_of_a_body_has_a_state() {
    let sources = [
        "async fn w(v: D) { match v { D::A => { let a = 1; } D::B(x) => { let b = x; } } }",
        "async fn w(v: D) { let mut n = 0; match v { D::A => { n += 1; } D::B(x) => { n += x; } } }",
        "async fn w(v: D) { match v { D::A => {} D::B(x) => { f(x).await; } } }",
        "async fn w(v: bool) { if v { a().await; } else { return; } }",
        "async fn w(v: bool) { loop { a().await; } }",
        "async fn w(v: bool) { }",
        "async fn w(v: bool) -> Result<(), E> { loop { if a().await? { return Ok(()); } } }",
        "async fn w(v: bool) -> Result<(), E> { return Err(E::A); }",
        "async fn w(v: bool) -> u64 { if v { 3 } else { return 4; } }",
        "async fn w(v: Vec<u64>) -> u64 { for x in v { if x > 3 { return x; } } 0 }",
        "async fn w(v: Option<u64>) -> u64 { let mut t = 0; while let Some(x) = v { t += x; a(x).await; } t }",
        "async fn w(v: u64) -> u64 { let mut m = vec![1,2]; m[a(v).await as usize] = a(2).await; m[0] += 1; m.push(3); let x = m.pop(); m.len() as u64 }",
        "async fn w(v: u64) -> u64 { let x = loop { break loop { break a(v).await; }; }; x }",
        "async fn w(v: u64) -> Result<u64, E> { let r = try_join!(a(v), async { loop { if b(v).await? { break; } } Ok(1) }); match r { Ok((x, y)) => Ok(x), Err(e) => Err(e) } }",
    ];
    let all: Vec<_> = sources.iter().map(|source| format!("{source}\n\n{}", shown(source))).collect();
    insta::assert_snapshot!(all.join("\n"));
}

/// The names of a workflow's states, in their order.
fn state_names(source: &str) -> Vec<String> {
    lowered(source).machine.states.iter().map(|state| state.name.clone()).collect()
}

const ORDERS: &str = "async fn fulfil(order: Order) -> Result<u64, Failed> {
    let fee = if order.express { 900 } else { 490 };
    let reference = charge(order.id.clone(), order.cents + fee).await?;
    for parcel in order.parcels { if parcel.weight > 100 { ship(reference.clone(), parcel).await?; } }
    Ok(fee)
}";

#[test]
fn states_keep_their_names_when_a_local_is_renamed() {
    let renamed = ORDERS.replace("reference", "receipt").replace("fee", "postage");
    assert_eq!(state_names(&renamed), state_names(ORDERS));
}

#[test]
fn states_keep_their_names_when_a_value_moves_into_a_function() {
    let extracted = ORDERS.replace("if order.express { 900 } else { 490 }", "fee_of(&order)");
    assert_eq!(state_names(&extracted), state_names(ORDERS));
    let inlined = ORDERS.replace(
        "let fee = if order.express { 900 } else { 490 };",
        "let fee = { let express = 900; if order.express { express } else { 490 } };",
    );
    assert_eq!(state_names(&inlined), state_names(ORDERS));
}

/// The variables that the machine keeps from state to state.
fn variable_names(source: &str) -> BTreeSet<String> {
    let machine = lowered(source).machine;
    let live = durafn_ir::Liveness::of(&machine);
    let kept = (0..machine.states.len() as u32).flat_map(|state| live.on_entry(durafn_ir::StateId(state)).clone());
    kept.map(|var| machine.var(var).name.clone()).collect()
}

#[test]
fn variables_keep_their_names_where_nothing_visible_changed() {
    for written in ["order", "fee", "reference", "parcel"] {
        assert!(variable_names(ORDERS).contains(written), "{:?} have no `{written}`", variable_names(ORDERS));
    }
    let extracted = ORDERS.replace("if order.express { 900 } else { 490 }", "fee_of(&order)");
    let blocked = ORDERS.replace(
        "charge(order.id.clone(), order.cents + fee).await?;",
        "{ let fee = order.cents + fee; charge(order.id.clone(), fee).await? };",
    );
    for refactored in [extracted, blocked] {
        assert_eq!(variable_names(&refactored), variable_names(ORDERS), "{refactored}");
    }
}

#[test]
fn states_keep_their_names_when_values_change_places() {
    let source = "async fn run(n: u64) -> u64 { let a = n + 1; let b = n * 2; note(a).await; sum(a, b).await }";
    let swapped = "async fn run(n: u64) -> u64 { let b = n * 2; let a = n + 1; note(a).await; sum(a, b).await }";
    assert_eq!(state_names(swapped), state_names(source));
}

#[test]
fn a_name_that_quotes_a_condition_follows_its_text() {
    let renamed = ORDERS.replace("parcel.weight", "parcel.grams");
    let changed: Vec<_> = state_names(ORDERS).into_iter().zip(state_names(&renamed)).filter(|(a, b)| a != b).collect();
    assert_eq!(changed, [("parcel.weight > 100".to_owned(), "parcel.grams > 100".to_owned())]);
}
