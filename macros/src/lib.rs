//! The compiler of durafn. Entry points only: `compile` lists the passes.

// The passes after `check` read what the ones before it find.
#![allow(dead_code)]

mod ast;
mod attr;
mod check;
mod compile;
mod diag;
mod effects;
mod lowered;
mod parse;
mod resolve;
mod visit;
mod walk;
