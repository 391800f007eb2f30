//! One binary.

mod agreement;
mod aws_histories;
mod book;
mod client;
mod conformance;
mod crash;
mod export;
mod fuzzing;
mod generate;
mod mistakes;
mod sharing;
mod tidy;
mod ui;
mod workers;
