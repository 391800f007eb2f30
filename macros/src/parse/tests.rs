//! Sources and the trees that parsing and resolving make of them.

use crate::{
    print,
    testing::{codes, errors, front},
};

/// The tree of a body that sees an `order` and a `mut total`; locals 0 and 1.
fn tree(body: &str) -> String {
    let source = format!("async fn run(order: Order, mut total: u64) -> Result<u64, Failed> {{ {body} }}");
    match front("", &source) {
        Ok(workflow) => print::body(&workflow),
        Err(found) => found.0.iter().map(|found| format!("{} {}\n", found.code, found.text)).collect(),
    }
}

macro_rules! trees {
    ($($name:ident: $body:literal;)*) => {
        $(#[test]
        fn $name() {
            insta::with_settings!({ description => $body, omit_expression => true, prepend_module_to_snapshot => false }, {
                insta::assert_snapshot!(stringify!($name), tree($body));
            });
        })*
    };
}

trees! {
    calls_carry_their_adjustments: r#"
        charge(order.id.clone(), 3).timeout(Duration::from_secs(5)).retry(Retry::on("Busy").attempts(2).backoff(1.5)).await?;
        let child = settle(order).start().await;
        tasks::ship(total).heartbeat(Duration::from_mins(1)).await"#;
    timers: "sleep(Duration::from_secs(total)).await; durafn::sleep_until(order.due).await;";
    joins_take_calls_and_blocks: "
        let (a, b) = try_join!(charge(order), async move { let label = print_label(order.id).await?; ship(label).await })?;
        join!(sleep(Duration::from_secs(1)), notify(a).timeout(Duration::from_secs(2)));";
    maps_bind_item_and_index: "
        map(order.lines.clone(), note).await?;
        let ids = map(order.items.clone(), |item| reserve(order.id.clone(), item)).concurrency(5).await?;
        map(ids, |(id, _), index| async move { let n = total + index; check(id, n).await }).await";
    closures_live_within_an_expression: "
        let sum: u64 = order.items.iter().filter(|item| item.amount > total).map(|Item { amount, .. }| amount * 2).sum();
        let names: Vec<_> = order.items.iter().map(name_of).map(Some).collect();
        Ok(sum)";
    a_pure_match_binds_within_its_expression: "
        let a = match order.kind { Kind::Gift { from } if from == total => from, Kind::Plain(n) | Kind::Other(n, ..) => n, _ => 0 };
        let b = if let Some(x) = order.coupon { let y = x + 1; y } else { 0 };
        Ok(a + b)";
    a_match_with_states_binds_variables: "
        let a = match order.kind { Kind::Gift { from } => charge(from).await?, Kind::Plain(n) => n, _ => return Ok(0) };
        match order.kind { Kind::Plain(n) => Ok(n), _ => Err(Failed::Broken) }";
    a_condition_binds_for_its_block: "
        if let Some(x) = order.coupon && x > 3 && let Some(y) = order.other { total += x + y; }
        while let Some(x) = order.coupon { total = x; }";
    shadowing_makes_new_locals: "
        let total = total + 1;
        { let total = total * 2; log::info!(\"{total}\"); }
        let Some(total) = total.checked_sub(1) else { return Ok(0) };
        Ok(total)";
    loops_and_labels: "
        'outer: for (index, item) in order.items.iter().enumerate() {
            loop { if item.done { continue 'outer } else { break } }
            let found = loop { break index };
        }
        for n in 0..=3 { total += n }
        Ok(total)";
    places: "
        let mut lines = vec![1, 2]; let mut grid = vec![vec![0; 3]; 3];
        lines[0] = 5; grid[1][total] -= 1; lines.push(3);
        let last = lines.pop();
        Ok(0)";
    values: "
        let a = (1u8, -2.5, 'c', \"text\", true, ());
        let b = Order { id: order.id.clone(), amount: total as u64, ..order };
        let c = Wrapper(a.0, [1, 2]) == Wrapper::default();
        let d = !(total / 2 >= 3) || *&total % 2 != LIMIT;
        let e = matches!(order.kind, Kind::Gift { .. } | Kind::Plain(1..=3) if d);
        let f = order.items[0].tags.iter().any(|tag| tag == \"x\");
        let g = \"1\".parse::<u64>().unwrap_or(0);
        Ok(g)";
    formats: r#"
        let text = format!("{} of {total}: {:.2}, {0:>4} {name:*^8} {{}}", order.id, order.price, name = order.name);
        let r#type = 1; let raw = format!("{type} {text}");
        Ok(0)"#;
    context: "let t = now(); let u = durafn::uuid(); let r = random() < 0.5; let id = execution().id; Ok(0)";
    statements_have_names_and_comments: r#"
        /// Takes the money.
        #[state("Charge card")]
        charge(order.clone()).await?;
        #[state("Ship it")]
        ship(order).await"#;
    a_log_is_a_statement_or_an_arm: r#"
        match order.coupon { Some(_) => tracing::info!(id = %order.id, "coupon"), None => {} }
        warn!("done");
        Ok(0)"#;
}

#[test]
fn a_workflow_knows_its_signature() {
    let source = r#"
        /// Takes an order
        /// to its end.
        #[allow(unused)]
        pub(crate) async fn fulfil(mut order: Order, n: u64) -> Result<Shipment, OrderError> { ship(order, n).await }"#;
    let workflow = front(r#"name = "fulfil-v2", express, timeout = "2m""#, source).unwrap();
    assert_eq!(workflow.attr.name.as_deref(), Some("fulfil-v2"));
    assert_eq!(workflow.attr.kind, durafn_ir::WorkflowKind::Express);
    assert_eq!(workflow.attr.timeout_seconds, Some(120));
    assert_eq!(workflow.item.comment.as_deref(), Some("Takes an order\nto its end."));
    assert!(workflow.item.returns_result);
    let params: Vec<_> = workflow.item.params.iter().map(|param| (param.ident.to_string(), param.mutable)).collect();
    assert_eq!(params, [("order".to_owned(), true), ("n".to_owned(), false)]);
}

#[test]
fn signatures_that_no_machine_can_have_are_refused() {
    let found = errors(
        "const fn run<T: Data>(&self, order: &Order, (a, b): (u8, u8), f: impl Fn()) -> impl Iterator where T: Copy { order }",
    );
    let codes: Vec<_> = found.iter().map(|(code, ..)| *code).collect();
    assert_eq!(codes, ["D0003", "D0002", "D0004", "D0005", "D0008", "D0006", "D0009", "D0009"]);
}

#[test]
fn every_mistake_is_found_and_siblings_stay() {
    let found = codes(
        "let x;
         let (a, b) = (SystemTime::now(), 1 << 2);
         let f = |y| y.wibble();
         order.items[1..2].iter().for_each(|item| total += item);
         thing.await;
         unknown + 1;",
    );
    let expected = ["D0203", "D0101", "D0207", "D0210", "D0216", "D0208", "D0216", "D0304", "D0401", "D0401"];
    assert_eq!(found, expected);
}
