//! A bank that keeps its own books, apart from the workflow's file: what the outside world saw.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use serde::{Deserialize, Serialize};

/// The bank. Cloning it gives another handle to the same one.
#[derive(Clone, Debug)]
pub struct Bank {
    books: Arc<Mutex<Books>>,
}

#[derive(Debug)]
struct Books {
    file: File,
    by_key: BTreeMap<String, Charge>,
}

/// One line of the books.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Charge {
    pub key: String,
    pub order: String,
    pub cents: u32,
}

/// The card was refused.
#[derive(Debug)]
pub struct Declined {
    pub reason: String,
}

impl Bank {
    /// Opens the books beside a database.
    pub fn open(database: &Path) -> io::Result<Bank> {
        let path = Bank::path(database);
        let mut by_key = BTreeMap::new();
        if path.exists() {
            for line in BufReader::new(File::open(&path)?).lines() {
                // The last line may be half written: that charge was never confirmed, and is asked for again.
                if let Ok(charge) = serde_json::from_str::<Charge>(&line?) {
                    by_key.insert(charge.key.clone(), charge);
                }
            }
        }
        let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
        if file.metadata()?.len() > 0 {
            // Ends a line that a kill cut short; an empty line is nothing.
            file.write_all(b"\n")?;
        }
        Ok(Bank { books: Arc::new(Mutex::new(Books { file, by_key })) })
    }

    /// Where the books of a database are.
    pub fn path(database: &Path) -> PathBuf {
        database.with_extension("bank.jsonl")
    }

    /// Charges a card. The same key again is the same charge, not another one.
    pub fn charge(&self, key: &str, order: &str, card: &str, cents: u32) -> Result<String, Declined> {
        if card.starts_with("5999") {
            return Err(Declined { reason: "insufficient funds".to_owned() });
        }
        let mut books = self.books.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !books.by_key.contains_key(key) {
            let charge = Charge { key: key.to_owned(), order: order.to_owned(), cents };
            let mut line = serde_json::to_vec(&charge).expect("strings and a number are JSON");
            line.push(b'\n');
            if let Err(error) = books.file.write_all(&line) {
                return Err(Declined { reason: format!("the bank's books cannot be written: {error}") });
            }
            books.by_key.insert(key.to_owned(), charge);
        }
        Ok(format!("charge-{order}"))
    }

    /// How many charges there are, and how many orders were charged more than once.
    pub fn audit(&self) -> (usize, usize) {
        let books = self.books.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut by_order: BTreeMap<&str, usize> = BTreeMap::new();
        for charge in books.by_key.values() {
            *by_order.entry(&charge.order).or_default() += 1;
        }
        (books.by_key.len(), by_order.values().filter(|count| **count > 1).count())
    }
}
