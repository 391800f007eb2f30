//! The compiler of durafn. Entry points only: `compile` lists the passes.

// The passes after `check` read what the ones before it find.
#![allow(dead_code)]
// Trees are small and live for one expansion.
#![allow(clippy::large_enum_variant)]

mod ast;
mod attr;
mod check;
mod compile;
mod diag;
mod effects;
mod lower;
mod lowered;
mod names;
mod normalise;
mod optimise;
mod parse;
#[cfg(test)]
mod print;
mod resolve;
#[cfg(test)]
mod testing;
mod visit;
mod walk;
