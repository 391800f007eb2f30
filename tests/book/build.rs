//! Takes the programs out of the book whose exports it shows, so that they are compiled and what it shows can be held against them.
//!
//! `<!-- export NAME -->` above a block of JSON says that it is the export of the workflow NAME, `<!-- part of export NAME -->` that it is a part. The program
//! is the block of Rust that has the workflow, the last one above the marker or else the first one below. A part can be shown on another page than its program.

use std::{env, fmt::Write as _, fs, path::Path};

fn main() {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../..");
    println!("cargo::rerun-if-changed={}", root.join("docs").display());
    println!("cargo::rerun-if-changed={}", root.join("README.md").display());
    let mut pages: Vec<_> = fs::read_dir(root.join("docs"))
        .expect("the book is there")
        .filter_map(|entry| Some(entry.ok()?.path()).filter(|path| path.extension().is_some_and(|ext| ext == "md")))
        .collect();
    pages.push(root.join("README.md"));
    pages.sort();
    let mut programs = String::new();
    let mut number = 0;
    for page in pages {
        let text = fs::read_to_string(&page).expect("a page can be read");
        let blocks = rust_blocks(&text);
        for (line, name) in text.lines().enumerate().filter_map(|(line, text)| Some((line, shown_workflow(text)?))) {
            let has = |(_, block): &&(usize, String)| block.contains(&format!("async fn {name}("));
            let above = blocks.iter().rev().filter(|(begin, _)| *begin < line).find(has);
            if let Some((_, block)) = above.or_else(|| blocks.iter().find(has)) {
                number += 1;
                let _ = writeln!(programs, "mod program_{number} {{\n{block}}}");
            }
        }
    }
    let out = Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("book.rs");
    fs::write(out, programs).expect("the directory for what is generated can be written to");
}

/// The workflow that a marker names.
fn shown_workflow(line: &str) -> Option<&str> {
    let inner = line.strip_prefix("<!-- ")?.strip_suffix(" -->")?;
    inner.strip_prefix("part of ").unwrap_or(inner).strip_prefix("export ")
}

/// The blocks of Rust on a page, with the lines where they begin. A line that rustdoc hides is one of the program.
fn rust_blocks(text: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut block: Option<(usize, String)> = None;
    for (number, line) in text.lines().enumerate() {
        match &mut block {
            Some(_) if line.starts_with("```") => blocks.extend(block.take()),
            Some((_, inside)) => {
                let line = line.strip_prefix("# ").unwrap_or(line);
                let _ = writeln!(inside, "{line}");
            }
            None if line.starts_with("```rust") => block = Some((number, String::new())),
            None => {}
        }
    }
    blocks
}
