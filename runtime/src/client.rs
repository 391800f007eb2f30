//! Reaching an engine from another process, through its file.

use std::{path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;

use crate::{
    callable::{Call, Workflow},
    clock::{Clock, SystemClock},
    data::Data,
    driver::check_post,
    engine::same_json,
    error::{Error, Kind},
    failure::Failed,
    handle::encoded,
    registry::Registry,
    stopping::{Stopped, stop_all},
    store::{ExecutionId, ListFilter, Poll, Post, QueuedActivity, SqliteStore, Status, Store},
    task::TaskToken,
    worker::{ActivityTask, Guard, Queue, poll_until},
};

/// Asks the engine on a file for something, from another process: a web server that completes callbacks, a script that starts workflows.
///
/// What it asks is durable when a method has returned: it is in the file's inbox. An engine that runs on the file carries it out within a tenth of a
/// second, else the next one that opens it does. What can be checked at once is: a token that is unknown, used or expired, an execution that has
/// ended, a name that is taken; and, where this program has the task or workflow, the type of the value.
///
/// ```no_run
/// use durafn::{Client, prelude::*};
///
/// #[derive(Serialize, Deserialize, Data, Clone, Debug)]
/// struct Approval { approved: bool }
///
/// # async fn handler(token: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::open("orders.db").await?;
/// let token: TaskToken<Approval> = token.parse()?;
/// match client.complete(&token, Approval { approved: true }).await {
///     Ok(()) => println!("thank you"),
///     Err(error) if error.is_used_token() => println!("somebody was faster"),
///     Err(error) if error.is_expired_token() => println!("it is too late"),
///     Err(error) => return Err(error.into()),
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl Client {
    /// Opens the file of an engine, which has made it before. Any number of clients may have it open.
    ///
    /// # Errors
    ///
    /// When there is no file, it is not one of durafn or of another version, or it cannot be written.
    pub async fn open(path: impl AsRef<Path>) -> Result<Client, Error> {
        Client::open_with(path.as_ref(), Arc::new(SystemClock)).await
    }

    pub(crate) async fn open_with(path: &Path, clock: Arc<dyn Clock>) -> Result<Client, Error> {
        let path = path.to_owned();
        match tokio::task::spawn_blocking(move || SqliteStore::open_beside(path)).await {
            Ok(store) => Ok(Client { store: Arc::new(store?), clock }),
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        }
    }

    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    async fn post(&self, post: Post) -> Result<(), Error> {
        check_post(&*self.store, &post).await?;
        self.store.post(post, self.clock.now()).await?;
        Ok(())
    }

    /// As [`Engine::complete`](crate::Engine::complete).
    ///
    /// # Errors
    ///
    /// When the token is unknown, used or expired, the value cannot be written, or the store fails.
    pub async fn complete<T: Data>(&self, token: &TaskToken<T>, value: T) -> Result<(), Error> {
        self.complete_json(token, &encoded(&value)?).await
    }

    /// As [`Engine::complete_json`](crate::Engine::complete_json). Where this program does not have the task and the value does not fit, the
    /// attempt fails with `States.TaskFailed`.
    ///
    /// # Errors
    ///
    /// As [`Client::complete`], and when the value is no JSON or does not fit the task of this program.
    pub async fn complete_json(&self, token: impl AsRef<str>, json: &str) -> Result<(), Error> {
        self.post(Post::Complete { token: token.as_ref().into(), result: Ok(json.into()) }).await
    }

    /// As [`Engine::fail`](crate::Engine::fail).
    ///
    /// # Errors
    ///
    /// As [`Client::complete`].
    pub async fn fail(&self, token: impl AsRef<str>, failed: Failed) -> Result<(), Error> {
        self.post(Post::Complete { token: token.as_ref().into(), result: Err(failed) }).await
    }

    /// As [`Engine::heartbeat`](crate::Engine::heartbeat).
    ///
    /// # Errors
    ///
    /// As [`Client::complete`].
    pub async fn heartbeat(&self, token: impl AsRef<str>) -> Result<(), Error> {
        Ok(self.store.heartbeat(token.as_ref(), self.clock.now()).await?)
    }

    /// Takes the attempt of an activity that has waited longest, for a worker of your own; waits for one, at most so long. The attempt's time counts from
    /// here. It ends by its token: [`Client::complete_json`], [`Client::fail`], [`Client::heartbeat`].
    ///
    /// Do not drop this future while it waits, but give it less time: what is handed out just then would be lost, and end by its timeout.
    ///
    /// ```no_run
    /// # async fn worker() -> Result<(), durafn::Error> {
    /// use std::time::Duration;
    ///
    /// let client = durafn::Client::open("orders.db").await?;
    /// while let Some(task) = client.get_activity_task("print_label", "printer 2", Duration::from_secs(60)).await? {
    ///     println!("{}", task.input());
    ///     client.complete_json(task.token(), "\"printed\"").await?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// When the store fails. Whether there is such an activity, only the engine's program knows.
    pub async fn get_activity_task(
        &self,
        activity: &str,
        worker: &str,
        wait: Duration,
    ) -> Result<Option<ActivityTask>, Error> {
        let poll = async |request: Poll| Ok(self.store.poll_activity(&request).await?);
        poll_until(activity, worker, wait, || self.clock.now(), poll, || self.store.posted()).await
    }

    /// Asks for the start of a workflow. With a name, starting again with the same input is the same execution.
    ///
    /// # Errors
    ///
    /// When the name is taken by an execution with another input, the input cannot be written, or the store fails.
    pub async fn start<W: Workflow>(&self, call: Call<W>, name: Option<String>) -> Result<(), Error> {
        let input = call.input()?;
        let newest = Registry::linked_without_resources()?.find_workflow(W::NAME).map(|newest| newest.version);
        if newest.is_some_and(|newest| newest != W::VERSION) {
            let what = format!(
                "a client asks for a workflow by its name, which starts its newest version; call version {} of `{}`",
                newest.unwrap_or_default(),
                W::NAME
            );
            return Err(Kind::Config(what.into()).into());
        }
        self.start_encoded(W::NAME, name, &input).await
    }

    /// Asks for the start of a workflow by name, with an input in its wire form. A program that does not have the workflow can ask too; a start
    /// that the engine's program cannot carry out stays in the inbox, and its log says so.
    ///
    /// # Errors
    ///
    /// As [`Client::start`], and when the input is no JSON or does not fit the workflow of this program.
    pub async fn start_json(&self, workflow: &str, name: Option<String>, input: &str) -> Result<(), Error> {
        Registry::linked_without_resources()?.check_input(workflow, input)?;
        self.start_encoded(workflow, name, input).await
    }

    async fn start_encoded(&self, workflow: &str, name: Option<String>, input: &str) -> Result<(), Error> {
        if let Some(name) = &name
            && let Some(row) = self.store.execution_by_name(workflow, name).await?
        {
            if same_json(&row.input, input, false) {
                return Ok(());
            }
            let (workflow, name) = (workflow.to_owned(), name.clone());
            return Err(Kind::NameTaken { workflow, name, by: row.id }.into());
        }
        self.post(Post::Start { workflow: workflow.to_owned(), name, input: input.into() }).await
    }

    /// As [`Engine::stop_all`](crate::Engine::stop_all): the engine is asked for each of them.
    ///
    /// # Errors
    ///
    /// When the filter asks for executions that have ended, or the store fails; what was asked before stays so.
    pub async fn stop_all(&self, filter: &ListFilter, error: &str, cause: &str) -> Result<Stopped, Error> {
        stop_all(&self.store, filter, |id| self.stop(id, error, cause)).await
    }

    /// Asks for the end of an execution.
    ///
    /// # Errors
    ///
    /// When there is no such execution, it has ended, or the store fails.
    pub async fn stop(&self, id: ExecutionId, error: &str, cause: &str) -> Result<(), Error> {
        let row = self.store.execution(id).await?.ok_or(Kind::UnknownExecution(id))?;
        if !matches!(row.status, Status::Running | Status::Blocked) {
            return Err(Kind::Ended { id, status: row.status }.into());
        }
        self.post(Post::Stop { execution: id, failed: Failed::new(error, cause) }).await
    }
}

/// The queue as a worker in another process sees it.
#[async_trait]
impl Queue for Client {
    fn store(&self) -> &dyn Store {
        &*self.store
    }

    async fn poll(&self, poll: &Poll) -> Result<Option<QueuedActivity>, Error> {
        Ok(self.store.poll_activity(poll).await?)
    }

    async fn post(&self, post: Post) -> Result<(), Error> {
        Client::post(self, post).await
    }

    async fn changed(&self) -> Guard {
        self.store.posted().await;
        self.under_way()
    }

    fn under_way(&self) -> Guard {
        Box::new(())
    }
}
