//! One binary.

mod agreement;
mod ui;
