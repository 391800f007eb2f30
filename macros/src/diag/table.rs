//! The table of diagnostics in the book, made of the catalogue. `UPDATE_DOCS=1 cargo test -p durafn-macros table` writes it anew.

use super::catalog::{self, Entry};

const BEGIN: &str = "<!-- diagnostics:begin -->\n";
const END: &str = "<!-- diagnostics:end -->";

#[test]
fn the_table_in_the_book_is_the_catalogue() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/language.md");
    let book = std::fs::read_to_string(path).unwrap();
    let (before, rest) = book.split_once(BEGIN).expect("the book marks the table");
    let (table, after) = rest.split_once(END).expect("the book marks the end of the table");
    let rows = catalog::ALL.iter().map(|entry| row(entry));
    let expected: String =
        std::iter::once("| code | message | way out |\n|---|---|---|\n".to_owned()).chain(rows).collect();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, format!("{before}{BEGIN}{expected}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(table, expected, "`UPDATE_DOCS=1 cargo test -p durafn-macros table` writes the table anew");
}

fn row(entry: &Entry) -> String {
    let message = match entry.code {
        "D0001" => "what is not Rust at all, in rustc's words".to_owned(),
        "D0037" => "which parameters do not make one request; the message names their places".to_owned(),
        "D0501" => "what lowering finds; the message says what and the way out".to_owned(),
        _ => shown(entry.message),
    };
    let help: Vec<String> = entry.help.iter().map(|help| shown(help)).collect();
    let help = match help.join("; ") {
        help if help == ".." => "the message names what to write".to_owned(),
        help => help,
    };
    format!("| {} | {message} | {help} |\n", entry.code)
}

/// Gaps are two dots.
fn shown(text: &str) -> String {
    let text = (0..4).fold(text.to_owned(), |text, gap| text.replace(&format!("{{{gap}}}"), ".."));
    text.replace('|', "\\|")
}
