//! What a workflow knows of its own execution.

use durafn::prelude::*;
use durafn_tests::agrees;

use super::tasks::{double, echo_text};

#[workflow]
async fn its_name() -> String {
    execution().name
}
agrees!(its_name[{}]);

#[workflow]
async fn its_name_in_a_task(n: u64) -> String {
    let twice = double(n).await;
    echo_text(format!("{} {twice}", execution().name)).await
}
agrees!(its_name_in_a_task[1]);

#[workflow]
async fn when_it_started() -> bool {
    let started = execution().start_time;
    started == now()
}
agrees!(when_it_started[{}]);

#[workflow]
async fn all_of_it(n: u64) -> String {
    let own = execution();
    let twice = double(n).await;
    format!("{} {twice}", own.name)
}
agrees!(all_of_it [1, 2]);

#[workflow]
async fn that_it_has_an_id() -> bool {
    let own = execution();
    let id = execution().id;
    own.id == id && id.contains("execution")
}
agrees!(that_it_has_an_id[{}]);

#[workflow]
async fn its_workflow() -> String {
    execution().workflow
}

#[workflow]
async fn the_workflow_of_a_child() -> String {
    its_workflow().await
}
agrees!(the_workflow_of_a_child[{}]);
