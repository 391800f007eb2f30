//! Programs of the agreement tests.

#![allow(dead_code, unused_imports)]

#[path = "../../tests/src/programs/callbacks.rs"]
mod callbacks;
#[path = "../../tests/src/programs/children.rs"]
mod children;
#[path = "../../tests/src/programs/joins.rs"]
mod joins;
#[path = "../../tests/src/programs/maps.rs"]
mod maps;
#[path = "../../tests/src/programs/races.rs"]
mod races;
#[path = "../../tests/src/programs/retries.rs"]
mod retries;
#[path = "../../tests/src/programs/shapes.rs"]
mod shapes;
#[path = "../../tests/src/programs/tasks.rs"]
pub mod tasks;
