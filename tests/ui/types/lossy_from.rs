use durafn::prelude::*;

#[workflow]
async fn cents(euros: u64, sign: bool) -> u32 {
    u32::from(euros) * 100 + u32::from(sign)
}

fn main() {}
