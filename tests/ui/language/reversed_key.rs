use durafn::prelude::*;

#[workflow]
async fn best_first(mut scores: Vec<u32>) -> Vec<u32> {
    scores.sort_by_key(|score| std::cmp::Reverse(*score));
    scores
}

fn main() {}
