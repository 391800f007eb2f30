//! The source file of a workflow, where it is at hand.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The lines of a source file.
#[derive(Debug, Default)]
pub(crate) struct Source {
    lines: Vec<String>,
}

impl Source {
    /// Looks for a file that the compiler named: below the folder that is given, else below the current one and those around it, since the
    /// name is relative to the workspace.
    pub(super) fn find(file: &str, folder: Option<&Path>) -> Source {
        let current = std::env::current_dir().unwrap_or_default();
        let around: Vec<PathBuf> = match folder {
            Some(folder) => vec![folder.to_owned()],
            None => current.ancestors().map(Path::to_owned).collect(),
        };
        let text = around.iter().find_map(|folder| fs::read_to_string(folder.join(file)).ok());
        Source { lines: text.unwrap_or_default().lines().map(str::to_owned).collect() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// A line, by its number from 1.
    pub(super) fn line(&self, number: u32) -> Option<&str> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.lines.get(index).map(String::as_str)
    }

    /// So many lines around one, with their numbers.
    pub(super) fn around(&self, line: u32, count: u32) -> impl Iterator<Item = (u32, &str)> {
        let first = line.saturating_sub(count / 2).max(1);
        (first..first.saturating_add(count)).map_while(|number| Some((number, self.line(number)?)))
    }
}
