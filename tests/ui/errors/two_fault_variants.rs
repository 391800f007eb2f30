#![allow(unused)]

use durafn::prelude::*;

#[derive(Serialize, Deserialize, Failure, Clone, Debug)]
enum Trouble {
    #[fault]
    Fault(Fault),
    #[fault]
    Other(Fault),
    #[from]
    Nothing,
}

fn main() {}
