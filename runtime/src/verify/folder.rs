//! A folder of history files as a test.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use super::replay;
use crate::history::History;

/// Makes a test that runs today's code against every history file (`*.json`) under a folder of the package. The workflows must be linked
/// into the test: it stands in their crate, or in a test that uses it.
///
/// ```no_run
/// durafn::verify_histories!("tests/histories");
/// durafn::verify_histories!(orders_of_may, "tests/histories/may");
/// ```
#[macro_export]
macro_rules! verify_histories {
    ($folder:literal) => {
        $crate::verify_histories!(recorded_histories_fit_todays_code, $folder);
    };
    ($name:ident, $folder:literal) => {
        #[test]
        fn $name() {
            if let Err(parted) =
                $crate::verify::check_folder(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/", $folder))
            {
                ::core::panic!("{parted}");
            }
        }
    };
}

/// Runs today's code against every history file under a folder. Yields how many there are.
///
/// # Errors
///
/// With every file that cannot be read and every history that today's code parts from; and where there is no file at all.
pub fn check_folder(folder: impl AsRef<Path>) -> Result<usize, String> {
    let folder = folder.as_ref();
    let mut files = Vec::new();
    collect(folder, &mut files).map_err(|error| format!("{} cannot be read: {error}", folder.display()))?;
    files.sort();
    if files.is_empty() {
        return Err(format!(
            "there is no history file (*.json) under {}; `history export ID -o FILE` writes one",
            folder.display()
        ));
    }
    let mut parted = String::new();
    for file in &files {
        let what = match History::read(file).and_then(|history| replay(&history)) {
            Ok(replayed) => replayed.divergence.map(|divergence| divergence.to_string()),
            Err(error) => Some(error.to_string()),
        };
        if let Some(what) = what {
            // Writing to a string cannot fail.
            let _ = writeln!(parted, "{}: {what}\n", file.display());
        }
    }
    if parted.is_empty() { Ok(files.len()) } else { Err(parted) }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    Ok(())
}
