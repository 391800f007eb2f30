//! The programs of the systems, as processes.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU64, Ordering},
};

use workload::{Durability, Measured, Measurement};

/// A system with what it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct System {
    pub name: &'static str,
    pub package: &'static str,
    /// What is behind the package's name in that of the program.
    pub suffix: &'static str,
    pub durability: Durability,
    pub bare: bool,
}

pub const DURAFN: System =
    System { name: "durafn", package: "durafn", suffix: "", durability: Durability::Full, bare: false };

/// The same with a workflow that was changed.
pub const CHANGED: System = System { suffix: "-changed", ..DURAFN };

/// The folder of these packages.
fn packages() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a folder around the package")
}

/// Builds the program of a package.
///
/// # Errors
///
/// When cargo fails.
pub fn build(package: &str) -> Result<(), Box<dyn Error>> {
    eprintln!("building {package}");
    let manifest = packages().join(package).join("Cargo.toml");
    let cargo = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--quiet", "--manifest-path"])
        .arg(manifest)
        .status()?;
    if cargo.success() { Ok(()) } else { Err(format!("{package} cannot be built").into()) }
}

impl System {
    fn program(&self) -> PathBuf {
        packages().join(self.package).join("target/release").join(format!("bench-{}{}", self.package, self.suffix))
    }

    fn command(&self, measurement: Measurement, size: u64, directory: &Path) -> Command {
        let word = |value| serde_json::to_value(value).ok().and_then(|word| Some(word.as_str()?.to_owned()));
        let mut command = Command::new(self.program());
        if self.bare {
            command.arg("bare");
        }
        command.arg(
            serde_json::to_value(measurement).ok().and_then(|word| Some(word.as_str()?.to_owned())).unwrap_or_default(),
        );
        command.arg(size.to_string()).arg(directory).arg(word(self.durability).unwrap_or_default());
        command
    }

    /// Runs a measurement in a process of its own.
    ///
    /// # Errors
    ///
    /// With what the program says.
    pub fn measure(&self, measurement: Measurement, size: u64, directory: &Path) -> Result<Measured, Box<dyn Error>> {
        let output = self.command(measurement, size, directory).stdin(Stdio::null()).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        match text.lines().last().map(serde_json::from_str) {
            Some(Ok(measured)) if output.status.success() => Ok(measured),
            _ => {
                let said = String::from_utf8_lossy(&output.stderr);
                Err(format!("{} cannot measure {measurement:?}: {said}", self.name).into())
            }
        }
    }

    /// Runs what prepares a measurement. It may kill its process.
    ///
    /// # Errors
    ///
    /// When the program cannot be started.
    pub fn prepare(&self, measurement: Measurement, size: u64, directory: &Path) -> Result<(), Box<dyn Error>> {
        let mut command = self.command(measurement, size, directory);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        Ok(())
    }
}

/// A new folder.
///
/// # Errors
///
/// When it cannot be created.
pub fn folder(place: &Path) -> Result<PathBuf, Box<dyn Error>> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let folder = place.join(NEXT.fetch_add(1, Ordering::Relaxed).to_string());
    fs::create_dir(&folder)?;
    Ok(folder)
}

/// Copies the files of a folder into a new one.
///
/// # Errors
///
/// When they cannot be copied.
pub fn copy(from: &Path, place: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let to = folder(place)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(to)
}

/// The value in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
