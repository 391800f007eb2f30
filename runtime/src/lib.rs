//! Under construction.

pub mod callable;
pub mod context;
pub mod failure;
pub mod store;
