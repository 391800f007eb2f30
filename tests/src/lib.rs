//! What the tests of several crates share.

pub mod agreement;
pub mod fast;
pub mod generate;
pub mod interp;
pub mod killable;
pub mod mortal;
pub mod oracle;
