//! The connections that read: opened as they are needed, kept for the next read.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{connection, error};
use crate::store::StoreError;

/// Reads that may run at once.
const CONNECTIONS: u32 = 4;

/// The pool. A permit stands for a connection that may be open.
#[derive(Debug)]
pub(super) struct Readers {
    shared: Arc<Shared>,
    permits: Arc<Semaphore>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(path: &Path) -> Readers {
        let shared = Shared { path: path.to_owned(), idle: Mutex::default() };
        Readers { shared: Arc::new(shared), permits: Arc::new(Semaphore::new(CONNECTIONS as usize)) }
    }

    /// Adds a connection that is open already.
    pub(super) fn keep(&self, connection: Connection) {
        self.shared.put_back(connection);
    }

    /// Reads off the caller's thread, in one snapshot of the file.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = self.permits.clone().acquire_owned().await.map_err(|_| StoreError::Shut)?;
        let shared = self.shared.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let answer = shared.read(read).map_err(|failure| error::medium(&shared.path, &failure));
            drop(permit);
            answer
        });
        reading.await.unwrap_or_else(|failure| Err(StoreError::Medium(format!("a read of the store died: {failure}"))))
    }

    /// Waits for the reads under way and closes the connections. Later reads fail.
    pub(super) async fn close(&self) -> Result<(), StoreError> {
        let _all = self.permits.acquire_many(CONNECTIONS).await.map_err(|_| StoreError::Shut)?;
        self.permits.close();
        self.shared.idle().clear();
        Ok(())
    }
}

impl Shared {
    fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let idle = self.idle().pop();
        let connection = idle.map_or_else(|| connection::reader(&self.path), Ok)?;
        let snapshot = connection.unchecked_transaction()?;
        let answer = read(&snapshot)?;
        snapshot.finish()?;
        // After an error the connection is not used again: what it is in the middle of ends with it.
        self.put_back(connection);
        Ok(answer)
    }

    fn put_back(&self, connection: Connection) {
        self.idle().push(connection);
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
