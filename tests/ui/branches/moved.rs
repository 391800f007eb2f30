#![allow(unused)]

use durafn::prelude::*;

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
enum Trouble {
    #[fault]
    Fault(Fault),
}

#[task]
async fn note(text: String) -> Result<(), Trouble> {
    Ok(())
}

#[workflow]
async fn write(text: String) -> Result<String, Trouble> {
    try_join!(note(text), note(text))?;
    Ok(text)
}

fn main() {}
