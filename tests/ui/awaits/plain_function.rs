use durafn::prelude::*;

async fn ask(question: String) -> u64 {
    question.len() as u64
}

fn count(question: String) -> u64 {
    question.len() as u64
}

#[workflow]
async fn asked(question: String) -> u64 {
    ask(question).await
}

#[workflow]
async fn counted(question: String) -> u64 {
    count(question).await
}

fn main() {}
