//! House rules.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// Lines a file may have before it has to answer which two things it is doing.
const LINES: usize = 450;

/// Files that are long for a reason.
const LONG: [(&str, &str); 10] = [
    ("asl-export/src/conformance/iterators.rs", "a table of cases"),
    ("asl-export/src/conformance/numbers.rs", "a table of cases"),
    ("asl-export/src/conformance/rearranged.rs", "a table of cases"),
    ("asl-export/src/conformance/shapes.rs", "a table of cases"),
    ("asl-export/src/conformance/vectors.rs", "a table of cases"),
    ("ir/src/builtin.rs", "a table of methods"),
    ("ir/src/visit.rs", "one traversal of every construct"),
    ("macros/src/normalise.rs", "one pass over every construct"),
    ("runtime/tests/replay/upgrades.rs", "a test for each recipe of the book"),
    ("tests/src/interp/tests/builtins.rs", "a table of cases"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// Every file of the tree under a folder, by its path from the root.
fn files(under: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(under)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry")) {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                if !["target", ".git", "node_modules", "__pycache__"].iter().any(|skipped| name == *skipped) {
                    folders.push(path);
                }
            } else if let Ok(text) = fs::read_to_string(&path) {
                let path = path.strip_prefix(root()).expect("under the root").to_string_lossy().into_owned();
                found.push((path, text));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{under} has no files");
    found
}

fn rust_files(under: &str) -> Vec<(String, String)> {
    files(under).into_iter().filter(|(path, _)| path.ends_with(".rs")).collect()
}

/// Lines of code outside of tests and comments, with their numbers.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    lines
        .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Lines that hold one of some words, shown with their places.
fn lines_with(files: &[(String, String)], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files {
        let lines = code(text).filter(|(_, line)| words.iter().any(|word| line.contains(word)));
        found.extend(lines.map(|(number, line)| format!("{path}:{number}: {}", line.trim())));
    }
    found
}

#[track_caller]
fn assert_none(found: &[String], rule: &str) {
    assert!(found.is_empty(), "{rule}:\n{}", found.join("\n"));
}

/// Which of our crates each of them builds on.
fn arrows() -> BTreeMap<String, Vec<String>> {
    let metadata = ["metadata", "--format-version", "1", "--no-deps", "--offline"];
    let output = Command::new(env!("CARGO")).args(metadata).current_dir(root()).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let name = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    let ours: Vec<String> = packages.iter().map(name).collect();
    let arrows = packages.iter().map(|package| {
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        // Tests may know whom they want.
        let built = dependencies.filter(|dependency| dependency["kind"] != "dev");
        let mut known: Vec<String> = built.map(name).filter(|name| ours.contains(name)).collect();
        known.sort();
        (name(package), known)
    });
    arrows.collect()
}

#[test]
fn crates_know_only_whom_they_may() {
    let arrows = arrows();
    let knows = |name: &str| arrows.get(name).unwrap_or_else(|| panic!("there is no crate {name}")).join(" ");
    assert_eq!(knows("durafn-ir"), "");
    assert_eq!(knows("durafn-macros"), "durafn-ir");
    assert_eq!(knows("durafn-asl"), "durafn-ir");
    assert_eq!(knows("durafn"), "durafn-asl durafn-ir durafn-macros");
    assert_eq!(knows("examples"), "durafn");
}

#[test]
fn the_engine_is_pure() {
    let impure = [
        "tokio",
        "rusqlite",
        "std::time",
        "SystemTime",
        "Instant",
        "std::fs",
        "std::thread",
        "crate::clock",
        "crate::driver",
        "crate::cli",
        "crate::handle",
        "Store>",
        "dyn Store",
        "SqliteStore",
        "MemoryStore",
    ];
    assert_none(
        &lines_with(&rust_files("runtime/src/engine"), &impure),
        "engine/ knows no clock, no I/O, no tokio and no SQL",
    );
}

#[test]
fn one_file_reads_the_wall_clock() {
    let files = rust_files("runtime/src");
    let files: Vec<_> = files.into_iter().filter(|(path, _)| path != "runtime/src/clock.rs").collect();
    let clocks = ["SystemTime::now", "Timestamp::now", "Zoned::now", "UNIX_EPOCH.elapsed"];
    assert_none(&lines_with(&files, &clocks), "the only reader of the wall clock is runtime/src/clock.rs");
}

/// Paths from the root of all names, in tokens that macros write.
#[test]
fn generated_code_names_nothing_but_ours_and_std() {
    let mut found = Vec::new();
    for (path, text) in [rust_files("macros/src/emit"), rust_files("macros/src/derive")].concat() {
        if path.ends_with("tests.rs") {
            continue;
        }
        for (number, line) in code(&text) {
            for (at, _) in line.match_indices("::") {
                let before = line[..at].chars().next_back().unwrap_or(' ');
                let rest = &line[at + 2..];
                let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let is_root = !(before.is_alphanumeric() || "_>:)]".contains(before) || name.is_empty());
                let rest = rest.strip_prefix(name.as_str()).unwrap_or_default();
                let allowed = match name.as_str() {
                    "core" | "std" => true,
                    "durafn" => rest.starts_with("::private"),
                    _ => false,
                };
                if is_root && !allowed {
                    found.push(format!("{path}:{number}: {}", line.trim()));
                }
            }
        }
    }
    assert_none(&found, "generated code names ::durafn::private, ::core and ::std, nothing else");
}

#[test]
fn nothing_names_a_machine() {
    let words: Vec<String> =
        ["/wor|k/", "/hom|e/", "/roo|t/", "/User|s/", "C:\\Use|rs"].iter().map(|word| word.replace('|', "")).collect();
    let mut found = Vec::new();
    for (path, text) in files("") {
        for (index, line) in text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word.as_str())) {
                found.push(format!("{path}:{}: {}", index + 1, line.trim()));
            }
        }
    }
    assert_none(&found, "the tree holds no paths of a machine");
}

#[test]
fn long_files_have_a_reason() {
    let mut found = Vec::new();
    for (path, text) in rust_files("") {
        let lines = text.lines().count();
        let listed = LONG.iter().any(|(long, _)| *long == path);
        if lines > LINES && !listed {
            found.push(format!("{path} has {lines} lines: which two things does it do?"));
        }
        if lines <= LINES && listed {
            found.push(format!("{path} has {lines} lines, so it need not be in the list any more"));
        }
    }
    assert_none(&found, "a file of more than some 400 lines is in the list, with its reason");
}
