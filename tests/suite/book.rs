//! The table of methods in the book, made of `ir/src/builtin.rs`. `UPDATE_DOCS=1 cargo test -p durafn-tests book` writes it anew.

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
