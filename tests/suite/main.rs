//! One binary.

mod agreement;
mod aws_histories;
mod book;
mod client;
mod conformance;
mod crash;
mod examples_killed;
mod export;
mod field;
mod fuzzing;
mod generate;
mod mistakes;
mod peers;
mod sharing;
mod tidy;
mod ui;
mod workers;
