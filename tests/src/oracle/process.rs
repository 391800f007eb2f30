//! One oracle process, shared by many threads.

use std::{
    collections::HashMap,
    io::{self, BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread,
};

use super::{
    directory,
    wire::{self, Addressed, Heard, Said},
};

/// A process and who listens to it.
#[derive(Debug)]
pub(super) struct Process {
    name: &'static str,
    stdin: Mutex<ChildStdin>,
    next: AtomicU64,
    listeners: Arc<Mutex<Listeners>>,
    /// Ends with its stdin.
    _child: Child,
}

/// None once the process is gone.
type Listeners = Option<HashMap<String, Sender<Heard>>>;

/// One run or question.
#[derive(Debug)]
pub(super) struct Conversation<'a> {
    process: &'a Process,
    id: String,
    heard: Receiver<Heard>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Process {
    pub(super) fn start(name: &'static str) -> io::Result<Process> {
        let mut child = Command::new(directory().join("run"))
            .arg(name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            unreachable!("both are pipes");
        };
        let listeners = Arc::new(Mutex::new(Some(HashMap::new())));
        let listening = Arc::clone(&listeners);
        thread::Builder::new().name(name.to_owned()).spawn(move || listen(name, stdout, &listening))?;
        Ok(Process { name, stdin: Mutex::new(stdin), next: AtomicU64::new(1), listeners, _child: child })
    }

    pub(super) fn converse(&self) -> Conversation<'_> {
        let id = self.next.fetch_add(1, Ordering::Relaxed).to_string();
        let (sender, heard) = mpsc::channel();
        if let Some(listeners) = lock(&self.listeners).as_mut() {
            listeners.insert(id.clone(), sender);
        }
        Conversation { process: self, id, heard }
    }
}

impl Conversation<'_> {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn say(&self, said: &Said<'_>) {
        // A process that is gone is noticed by whoever listens.
        let _ = lock(&self.process.stdin).write_all(said.line().as_bytes());
    }

    pub(super) fn listen(&self) -> Heard {
        self.heard
            .recv()
            .unwrap_or_else(|_| Heard::Error { message: format!("the process `{}` ended", self.process.name) })
    }
}

impl Drop for Conversation<'_> {
    fn drop(&mut self) {
        if let Some(listeners) = lock(&self.process.listeners).as_mut() {
            listeners.remove(&self.id);
        }
    }
}

/// Hands every line to whom it is said, until there are no more.
fn listen(name: &str, stdout: ChildStdout, listeners: &Mutex<Listeners>) {
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        match wire::read(&line) {
            Ok(Addressed::To(id, heard)) => {
                let listener = lock(listeners).as_ref().and_then(|listeners| listeners.get(&id).cloned());
                if let Some(listener) = listener {
                    // Whoever has stopped listening does not want to know.
                    let _ = listener.send(heard);
                }
            }
            Ok(Addressed::Complaint(message)) => eprintln!("{name}: {message}"),
            Ok(Addressed::Nobody) => {}
            Err(error) => eprintln!("{name} said what nobody understands ({error}): {line}"),
        }
    }
    *lock(listeners) = None;
}
