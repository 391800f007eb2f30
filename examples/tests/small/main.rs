//! The small examples as their users run them: the real binaries, with the data that the repository brings.

mod approval;
mod batch;
mod etl;
mod events;
mod rollout;
mod services;
mod states;
mod training;

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

/// An example, with a directory of its own for what it writes.
struct Example {
    binary: &'static str,
    dir: tempfile::TempDir,
}

impl Example {
    fn new(binary: &'static str) -> Example {
        Example { binary, dir: tempfile::tempdir().expect("a temporary directory") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(self.binary);
        command.args(args).current_dir(self.dir.path()).stdin(Stdio::null());
        command.output().expect("the binary runs")
    }

    /// Starts a workflow and waits for its end.
    fn start(&self, workflow: &str, input: &Value) -> Output {
        self.run(&["start", workflow, "--input", &input.to_string()])
    }

    /// The output of a workflow that succeeds: the last line, since tasks of the examples print too.
    fn output(&self, workflow: &str, input: &Value) -> Value {
        let output = self.start(workflow, input);
        assert!(output.status.success(), "{input}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        serde_json::from_str(text.lines().last().unwrap_or_default()).expect("JSON")
    }

    /// What is said of a workflow that fails.
    fn failure(&self, workflow: &str, input: &Value) -> String {
        let output = self.start(workflow, input);
        assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stderr).expect("UTF-8")
    }

    /// The tasks that an execution called, in order.
    fn calls(&self, id: &str) -> Vec<String> {
        let output = self.run(&["history", id, "--json"]);
        let history: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let events = history.as_array().or_else(|| history["events"].as_array()).expect("events");
        let scheduled = events.iter().filter(|event| event["type"] == "TaskScheduled");
        scheduled.map(|event| event["task"].as_str().expect("a task").to_owned()).collect()
    }
}

/// A file of the examples' data.
fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name)
}
