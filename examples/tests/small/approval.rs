use std::{
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

use crate::Example;

/// A run in a process of its own, which asks on its standard output.
struct Asking<'a> {
    example: &'a Example,
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

fn approval() -> Example {
    Example::new(env!("CARGO_BIN_EXE_approval"))
}

fn expense(cents: u32, patience: u32) -> Value {
    json!({ "what": "a lamp", "cents": cents, "manager": "Ada", "director": "Grace", "patience": patience })
}

impl<'a> Asking<'a> {
    fn start(example: &'a Example, input: &Value) -> Asking<'a> {
        let mut command = Command::new(example.binary);
        command.args(["start", "approve", "--input", &input.to_string()]).current_dir(example.dir.path());
        let mut process =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        Asking { example, process, lines }
    }

    /// The next question: who is asked, and the token.
    fn question(&mut self) -> (String, String) {
        let line = self.lines.next().expect("a question").expect("a line");
        let (person, _) = line.split_once(':').expect("a person");
        let (_, token) = line.split_once("token ").expect("a token");
        (person.to_owned(), token.to_owned())
    }

    /// Answers from another process.
    fn answer(&self, token: &str, approved: bool, by: &str) {
        let answer = json!({ "approved": approved, "by": by }).to_string();
        let output = self.example.run(&["task", "complete", token, &answer]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// The last line that it writes, what it says where it fails, and its exit code.
    fn end(mut self) -> (String, String, Option<i32>) {
        let last = self.lines.by_ref().last().map_or_else(String::new, |line| line.expect("a line"));
        let output = self.process.wait_with_output().expect("its end");
        (last, String::from_utf8_lossy(&output.stderr).into_owned(), output.status.code())
    }
}

#[test]
fn a_small_expense_needs_nobody() {
    assert_eq!(approval().output("approve", &expense(900, 60)), "paid 900 cents for a lamp, approved by nobody");
}

#[test]
fn the_manager_says_yes_from_another_process() {
    let example = approval();
    let mut run = Asking::start(&example, &expense(9_900, 600));
    let (person, token) = run.question();
    assert_eq!(person, "Ada");
    run.answer(&token, true, "Ada");
    let (last, said, code) = run.end();
    assert_eq!((last.as_str(), code), (r#""paid 9900 cents for a lamp, approved by Ada""#, Some(0)), "{said}");
    let again = example.run(&["task", "complete", &token, "{}"]);
    assert_eq!(again.status.code(), Some(1), "a token is used once");
}

#[test]
fn without_an_answer_the_director_is_asked_and_may_say_no() {
    let example = approval();
    let mut run = Asking::start(&example, &expense(9_900, 2));
    assert_eq!(run.question().0, "Ada");
    let (person, token) = run.question();
    assert_eq!(person, "Grace");
    run.answer(&token, false, "Grace");
    let (_, said, code) = run.end();
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("Rejected") && said.contains("Grace"), "{said}");
}
