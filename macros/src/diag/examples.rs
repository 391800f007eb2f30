//! One example at least of every diagnostic: what a user writes, and the code that answers.

use super::catalog;
use crate::testing::{codes, errors, front, pure_errors};

/// Whole functions.
const ITEMS: &[(&str, &str)] = &[
    ("D0002", "fn run() {}"),
    ("D0003", "async unsafe fn run() {}"),
    ("D0004", "async fn run<T>(x: T) {}"),
    ("D0005", "async fn run(self) {}"),
    ("D0006", "async fn run((a, b): (u8, u8)) {}"),
    ("D0007", "async fn run(#[resource] db: Db) {}"),
    ("D0008", "async fn run(name: &str) {}"),
    ("D0009", "async fn run() -> impl Data {}"),
    ("D0027", "async fn run(token: TaskToken<u8>) {}"),
    ("D0056", "async fn run(n: u64) -> u64 { return run(n).continue_as_new().await; }"),
    ("D0241", "async fn run(order: Order) { charge(order).await?; }"),
    ("D0246", "async fn run(order: Order) -> u64 { join!(async { charge(order).await?; Ok(1) }).0.unwrap_or(1) }"),
];

/// Arguments of `#[workflow(..)]`.
const ATTRIBUTES: &[(&str, &str)] = &[
    ("D0001", "= 3"),
    ("D0010", "retries = 3"),
    ("D0011", "timeout = \"soon\""),
    ("D0012", "express, express"),
    ("D0013", "express, timeout = \"1h\""),
];

/// Functions behind `#[workflow(express)]`.
const EXPRESS: &[(&str, &str)] = &[
    ("D0057", "async fn run() { return run().continue_as_new().await; }"),
    ("D0320", "async fn run() { sleep(Duration::from_mins(6)).await; }"),
];

/// Arguments of `#[task(..)]`.
const TASKS: &[(&str, &str)] = &[
    ("D0014", "timeout = \"5s\", heartbeat = \"5s\""),
    ("D0015", "activity, callback"),
    ("D0016", "retry(on = 3)"),
    ("D0017", "retry(on = \"States.ALL\")"),
    ("D0053", "transaction, timeout = \"5s\""),
    ("D0029", "resource = \"arn:aws:states:::sqs:sendMessage.waitForTaskToken\""),
    ("D0030", "resource = \"pigeon\""),
    ("D0031", "resource = \"arn:aws:states:::carrier:pigeon\""),
    ("D0032", "resource = \"arn:aws:states:::sqs:sendMessage.sync\""),
    ("D0033", "resource = \"arn:aws:states:::aws-sdk:s3:GetObject\""),
    ("D0040", "activity, at_most_once"),
];

/// The signature of a task that a service carries out.
const SERVICES: &[(&str, &str)] = &[("D0034", "async fn publish(topic: String, message: String) {}")];

/// The same of one that ends by a token.
const ASKING_SERVICES: &[(&str, &str)] = &[
    ("D0035", "async fn ask(#[serde(rename = \"QueueUrl\")] url: String, token: TaskToken<u8>) {}"),
    ("D0036", "async fn ask(message: Message, #[serde(rename = \"Body.token\")] token: TaskToken<u8>) {}"),
    ("D0037", "async fn ask(#[serde(rename = \"A\")] a: u8, #[serde(rename = \"A.b\")] token: TaskToken<u8>) {}"),
];

/// Pure functions.
const PURE: &[(&str, &str)] =
    &[("D0023", "async fn price(n: u64) -> u64 { n }"), ("D0245", "fn price(n: u64) -> u64 { for a in 0..n {} n }")];

/// Bodies.
const BODIES: &[(&str, &str)] = &[
    ("D0054", "run(order, total).continue_as_new().await?;"),
    ("D0055", "return other(order).continue_as_new().await;"),
    ("D0018", "#[state(\"\")] charge(order).await?;"),
    ("D0019", "#[allow(unused)] let a = 1;"),
    ("D0020", "let a = (#[state(\"x\")] 1, 2);"),
    ("D0021", "match total { #[state(\"x\")] _ => {} }"),
    ("D0101", "let a = SystemTime::now();"),
    ("D0102", "let a = rand::random();"),
    ("D0103", "let a = std::fs::read(order.path);"),
    ("D0104", "println!(\"x\");"),
    ("D0105", "tokio::spawn(work(order));"),
    ("D0106", "tokio::time::sleep(order.pause).await;"),
    ("D0107", "let a = Mutex::new(1);"),
    ("D0108", "let a = HashMap::new();"),
    ("D0109", "unsafe { total = 1; }"),
    ("D0110", "thread_local! { static A: u8 = 1; }"),
    ("D0201", "let a = const { 1 };"),
    ("D0202", "fn helper() {}"),
    ("D0203", "let a;"),
    ("D0204", "let a = b\"x\";"),
    ("D0205", "let a = 9007199254740993;"),
    ("D0206", "let a = total as char;"),
    ("D0207", "let a = total & 1;"),
    ("D0208", "let a = order.items[1..2];"),
    ("D0209", "for a in 0.. {}"),
    ("D0210", "let a = |x| x;"),
    ("D0211", "let a = rules::price;"),
    ("D0212", "let a = <u8 as Default>::default();"),
    ("D0213", "let a = (order.f)(1);"),
    ("D0214", "sleep().await;"),
    ("D0215", "let a = Vec::with_capacity(1);"),
    ("D0216", "let a = order.wibble();"),
    ("D0217", "let a = json!({});"),
    ("D0218", "panic!();"),
    ("D0219", "let a = order.coupon.unwrap();"),
    ("D0220", "writeln!(order.text, \"x\");"),
    ("D0221", "[total, total] = [1, 2];"),
    ("D0222", "let a = &mut total;"),
    ("D0223", "let rules::price = total;"),
    ("D0224", "match total { LIMIT => {} _ => {} }"),
    ("D0225", "let ref a = total;"),
    ("D0226", "let [a, ..] = order.items else { return Ok(()) };"),
    ("D0227", "let (a, ..) = order.pair;"),
    ("D0229", "let a = format!(TEMPLATE);"),
    ("D0230", "let a = format!(\"}\");"),
    ("D0231", "let a = format!(\"{order:?}\");"),
    ("D0232", "let a = format!(\"{:.*}\", 1, total);"),
    ("D0233", "let a = format!(\"{total:#x}\");"),
    ("D0234", "let a = format!(\"{total:8}\");"),
    ("D0235", "let a = format!(\"\", total);"),
    ("D0236", "let a = format!(\"{0}{0}\", total + 1);"),
    ("D0237", "let a = format!(\"{}\");"),
    ("D0238", "for a in order.items.iter().map(|a| a.b) {}"),
    ("D0239", "tracing::info!(\"{}\", charge(order).await);"),
    ("D0240", "sleep(Duration::from_millis(1)).await;"),
    ("D0242", "let a = order.items.iter().any(|a| a?);"),
    ("D0243", "let a = charge(order).retry(3);"),
    ("D0244", "match total { _ if charge(order).await? => {} _ => {} }"),
    ("D0247", "let mut items = order.items.clone(); items.sort_by_key(|item| std::cmp::Reverse(item.count));"),
    ("D0301", "sleep(order.pause);"),
    ("D0302", "try_join!(charge(order)).await?;"),
    ("D0303", "async { total }.await;"),
    ("D0304", "order.future.await;"),
    ("D0305", "Client::connect(order).await;"),
    ("D0307", "let a = now().await;"),
    ("D0308", "charge(order).unwrap_or(1).await;"),
    ("D0309", "sleep(order.pause).timeout(order.pause).await;"),
    ("D0310", "map(order.items, 3).await?;"),
    ("D0311", "try_join!(charge(order).await, ship(order))?;"),
    ("D0312", "try_join!(total, ship(order))?;"),
    ("D0313", "join!();"),
    ("D0314", "tokio::join!(charge(order), ship(order));"),
    ("D0316", "tokio::select!(a = charge(order) => a);"),
    ("D0317", "timeout(order.pause).await?;"),
    ("D0330", "if patched(order.id) {}"),
    ("D0331", "let new = patched(\"fraud-check\");"),
    ("D0315", "charge(order).retry(Retry::on(\"A\").wibble()).await?;"),
    ("D0401", "let a = oder;"),
    ("D0402", "let charge = 1; charge(order).await?;"),
    ("D0403", "loop { break 'a; }"),
    ("D0404", "continue;"),
    ("D0405", "while total > 1 { break 1; }"),
    ("D0406", "make(order).total = 1;"),
    ("D0407", "order.total = 1;"),
    ("D0408", "try_join!(async { total = 1; charge(order).await })?;"),
    ("D0409", "make(order).push(1);"),
    ("D0410", "let a = vec![total].clear();"),
    ("D0411", "let a = (total = 1);"),
];

/// Functions behind `#[task(callback)]`.
const CALLBACKS: &[(&str, &str)] = &[
    ("D0025", "async fn ask(order: Order) {}"),
    ("D0026", "async fn ask(token: TaskToken<u8>, again: TaskToken<u8>) {}"),
    ("D0028", "async fn ask(token: TaskToken) {}"),
];

/// Functions behind `#[task(transaction)]`.
const TRANSACTIONS: &[(&str, &str)] = &[
    ("D0050", "async fn enter(tx: &Transaction<'_>) {}"),
    ("D0038", "fn enter(#[serde(rename = \"Tx\")] tx: &Transaction<'_>) {}"),
    ("D0051", "fn enter(order: Order) {}"),
    ("D0052", "fn enter(tx: &Transaction<'_>, again: &Transaction<'_>) {}"),
];

/// Syntax that the compiler refuses before a macro sees it; what lowering finds; arguments of `#[pure]`.
const UNREACHABLE: &[&str] = &["D0228", "D0501", "D0022"];

#[test]
fn every_diagnostic_has_an_example() {
    for (code, source) in ITEMS {
        let found = errors(source);
        assert!(found.iter().any(|(found, ..)| found == code), "{code}: {source}: {found:?}");
    }
    for (code, attr) in ATTRIBUTES {
        let found = front(attr, "async fn run() {}").unwrap_err().0;
        assert!(found.iter().any(|found| found.code == *code), "{code}: {attr}: {found:?}");
    }
    for (code, source) in EXPRESS {
        let found = front("express", source).unwrap_err().0;
        assert_eq!(found.iter().map(|found| found.code).collect::<Vec<_>>(), [*code], "{source}");
    }
    for (code, attr) in TASKS {
        let diag = super::Collector::new();
        crate::attr::task(&diag, attr.parse().unwrap());
        let found = diag.finish().unwrap_err().0;
        assert!(found.iter().any(|found| found.code == *code), "{code}: {attr}: {found:?}");
    }
    let callback = || crate::ast::TaskAttr { callback: true, ..Default::default() };
    let transaction = || crate::ast::TaskAttr { transaction: true, ..Default::default() };
    let callbacks = CALLBACKS.iter().map(|example| (example, callback()));
    let transactions = TRANSACTIONS.iter().map(|example| (example, transaction()));
    for ((code, source), attr) in callbacks.chain(transactions) {
        let diag = super::Collector::new();
        crate::parse::task(&diag, attr, &syn::parse_str(source).unwrap());
        let found = diag.finish().unwrap_err().0;
        assert_eq!(found.iter().map(|found| found.code).collect::<Vec<_>>(), [*code], "{source}");
    }
    let services = SERVICES.iter().map(|example| (example, "resource = \"arn:aws:states:::sns:publish\""));
    let asking = "callback, resource = \"arn:aws:states:::sqs:sendMessage.waitForTaskToken\"";
    for ((code, source), attr) in services.chain(ASKING_SERVICES.iter().map(|example| (example, asking))) {
        let diag = super::Collector::new();
        let attr = crate::attr::task(&diag, attr.parse().unwrap());
        let _ = crate::parse::task(&diag, attr, &syn::parse_str(source).unwrap());
        let found = diag.finish().unwrap_err().0;
        assert!(found.iter().all(|found| found.code == *code), "{code}: {source}: {found:?}");
    }
    for (code, source) in PURE {
        assert_eq!(pure_errors(source), [*code], "{source}");
    }
    for (code, body) in BODIES {
        let found = codes(body);
        assert!(found.contains(code), "{code}: {body}: {found:?}");
    }
    let examples =
        [ITEMS, ATTRIBUTES, EXPRESS, TASKS, CALLBACKS, TRANSACTIONS, SERVICES, ASKING_SERVICES, PURE, BODIES].concat();
    for entry in catalog::ALL {
        let known = examples.iter().any(|(code, _)| *code == entry.code) || UNREACHABLE.contains(&entry.code);
        assert!(known, "{} has no example", entry.code);
    }
}

/// An example that answers with more than its own code would bury the mistake.
#[test]
fn examples_answer_with_one_mistake() {
    for (code, body) in BODIES {
        assert_eq!(codes(body), [*code], "{body}");
    }
}
