//! One binary.

mod agreement;
mod book;
mod conformance;
mod crash;
mod export;
mod mistakes;
mod tidy;
mod ui;
