//! One binary.

mod agreement;
mod crash;
mod export;
mod tidy;
mod ui;
