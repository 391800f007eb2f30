//! One binary.

mod agreement;
mod conformance;
mod crash;
mod export;
mod tidy;
mod ui;
