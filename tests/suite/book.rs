//! Tables in the book that repeat what the code says. That of methods is made of `ir/src/builtin.rs`: `UPDATE_DOCS=1 cargo test -p durafn-tests book` writes
//! it anew.

use std::fmt::Write as _;

const BEGIN: &str = "<!-- builtins:begin -->\n";
const END: &str = "<!-- builtins:end -->";

#[test]
fn the_table_of_methods_is_the_list_of_builtins() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let source = std::fs::read_to_string(format!("{root}/ir/src/builtin.rs")).unwrap();
    let path = format!("{root}/docs/language.md");
    let book = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = book.split_once(BEGIN).expect("the book marks the table");
    let (table, after) = rest.split_once(END).expect("the book marks the end of the table");
    let expected = format!("| on | method | meaning |\n|---|---|---|\n{}", rows(&source));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, format!("{before}{BEGIN}{expected}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(table, expected, "`UPDATE_DOCS=1 cargo test -p durafn-tests book` writes the table anew");
}

/// Of `/// Meaning.` and `Variant = "method" on Receiver;`, a row.
fn rows(source: &str) -> String {
    let (mut rows, mut meaning) = (String::new(), Vec::new());
    for line in source.lines().map(str::trim) {
        if let Some(doc) = line.strip_prefix("/// ") {
            meaning.push(doc.replace('|', "\\|"));
            continue;
        }
        if let Some((_, entry)) = line.split_once(" = \"")
            && let Some((method, receiver)) = entry.split_once("\" on ")
        {
            let _ = writeln!(rows, "| {} | `{method}` | {} |", receiver.trim_end_matches(';'), meaning.join(" "));
        }
        meaning.clear();
    }
    rows
}

#[test]
fn the_table_of_metrics_is_that_of_the_code() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let source = std::fs::read_to_string(format!("{root}/runtime/src/metrics.rs")).unwrap();
    let book = std::fs::read_to_string(format!("{root}/docs/observability.md")).unwrap();
    let table: Vec<&str> = source.lines().filter_map(|line| line.strip_prefix("//! |")).skip(2).collect();
    let told: Vec<&str> =
        book.lines().filter_map(|line| line.strip_prefix('|')).filter(|row| row.starts_with(" `durafn_")).collect();
    assert_eq!(told, table, "docs/observability.md and runtime/src/metrics.rs have the same rows");
    for row in table {
        let name = row.split('`').nth(1).unwrap();
        assert!(source.matches(&format!("\"{name}\"")).count() >= 2, "`{name}` is described and counted");
    }
}

/// A blank line would end a table, and show the rows behind it as text.
#[test]
fn no_table_is_torn() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let chapters = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(|name| root.join(name));
    for page in chapters.chain(pages).filter(|path| path.extension().is_some_and(|ending| ending == "md")) {
        let text = std::fs::read_to_string(&page).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for (at, window) in lines.windows(4).enumerate() {
            let [above, blank, row, below] = window else { unreachable!("windows of four") };
            let torn = above.starts_with('|') && blank.is_empty() && row.starts_with('|') && !below.starts_with("|--");
            assert!(!torn, "{}:{}: a blank line within a table", page.display(), at + 2);
        }
    }
}
