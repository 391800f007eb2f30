//! The exports that the book shows are those of the programs beside them. `UPDATE_DOCS=1 cargo test -p durafn-book` writes whole ones anew.
//!
//! A crate of its own: the book's workflows have the names of others, and a change of the book builds nothing else.

#![cfg(test)]

/// What `build.rs` takes out of the book.
#[allow(dead_code, unused, clippy::all, reason = "each page shows what it is about")]
mod programs {
    include!(concat!(env!("OUT_DIR"), "/book.rs"));
}

use std::path::{Path, PathBuf};

use durafn::callable::WorkflowEntry;
use durafn_asl::Options;
use serde_json::Value;

fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let docs = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = docs.filter(|path| path.extension().is_some_and(|ext| ext == "md"));
    pages.chain([root.join("README.md")]).collect()
}

/// A block of JSON on a page.
struct Block {
    /// The line above it, where that is a comment.
    marker: String,
    /// Where its text begins and ends on the page.
    span: (usize, usize),
}

fn json_blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (start, fence) in text.match_indices("```json\n") {
        let above = text[..start].trim_end().lines().last().unwrap_or_default();
        let marker = above.strip_prefix("<!-- ").and_then(|line| line.strip_suffix(" -->")).unwrap_or_default();
        let from = start + fence.len();
        let to = from + text[from..].find("```").expect("the block ends");
        blocks.push(Block { marker: marker.to_owned(), span: (from, to) });
    }
    blocks
}

fn exported(workflow: &str) -> String {
    let mut entries =
        durafn::private::inventory::iter::<WorkflowEntry>.into_iter().filter(|entry| entry.name == workflow);
    let entry = entries.next().unwrap_or_else(|| panic!("no page has a program with the workflow `{workflow}`"));
    assert!(entries.next().is_none(), "two programs have a workflow `{workflow}`: the book shows one");
    let machine = (entry.machine)().unwrap_or_else(|errors| panic!("`{workflow}`: {errors}"));
    durafn_asl::export(machine, &Options::default())
        .unwrap_or_else(|errors| panic!("`{workflow}`: {errors}"))
        .definition
        .to_json()
}

/// Whatever the part has, the whole has too.
fn is_part(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            part.iter().all(|(key, value)| whole.get(key).is_some_and(|other| is_part(value, other)))
        }
        (Value::Array(part), Value::Array(whole)) => {
            part.len() == whole.len() && part.iter().zip(whole).all(|(value, other)| is_part(value, other))
        }
        (part, whole) => part == whole,
    }
}

#[test]
fn what_the_book_shows_is_what_export_writes() {
    let mut seen = 0;
    for path in pages() {
        let mut page = std::fs::read_to_string(&path).unwrap();
        for Block { marker, span: (from, to) } in json_blocks(&page).into_iter().rev() {
            let shown = page[from..to].to_owned();
            let place = format!("{}, `{marker}`", path.file_name().unwrap_or_default().display());
            if let Some(workflow) = marker.strip_prefix("export ") {
                let written = exported(workflow).trim_end().to_owned() + "\n";
                if std::env::var_os("UPDATE_DOCS").is_some() {
                    page.replace_range(from..to, &written);
                } else {
                    assert_eq!(shown, written, "{place}: `UPDATE_DOCS=1 cargo test -p durafn-book` writes it anew");
                }
            } else if let Some(workflow) = marker.strip_prefix("part of export ") {
                let part: Value = serde_json::from_str(&shown).unwrap_or_else(|error| panic!("{place}: {error}"));
                let whole: Value = serde_json::from_str(&exported(workflow)).unwrap();
                assert!(is_part(&part, &whole), "{place} is no part of\n{whole:#}");
            } else {
                assert_eq!(
                    marker, "not an export",
                    "{place}: a block of JSON says above it of which workflow it is the export"
                );
            }
            seen += 1;
        }
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, page).unwrap();
        }
    }
    assert!(seen > 6, "the book shows {seen} blocks of JSON");
}

#[test]
fn a_part_lacks_keys_and_nothing_else() {
    let whole = serde_json::json!({"a": [{"b": 1, "c": 2}], "d": 3});
    assert!(is_part(&serde_json::json!({"a": [{"c": 2}]}), &whole));
    assert!(!is_part(&serde_json::json!({"a": []}), &whole));
    assert!(!is_part(&serde_json::json!({"d": 4}), &whole));
    assert!(!is_part(&serde_json::json!({"e": 3}), &whole));
}
