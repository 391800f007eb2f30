//! Every program, in every way to run it. `cargo test -p durafn-tests agreement::loops::labels` runs one.

#[path = "../src/programs/activities.rs"]
mod activities;
#[path = "../src/programs/callbacks.rs"]
mod callbacks;
#[path = "../src/programs/calls.rs"]
mod calls;
#[path = "../src/programs/changes.rs"]
mod changes;
#[path = "../src/programs/children.rs"]
mod children;
#[path = "../src/programs/choices.rs"]
mod choices;
#[path = "../src/programs/continuations.rs"]
mod continuations;
#[path = "../src/programs/entries.rs"]
mod entries;
#[path = "../src/programs/executions.rs"]
mod executions;
#[path = "../src/programs/express.rs"]
mod express;
#[path = "../src/programs/failures.rs"]
mod failures;
#[path = "../src/programs/failures_passed_on.rs"]
mod failures_passed_on;
#[path = "../src/programs/joins.rs"]
mod joins;
#[path = "../src/programs/joins_settled.rs"]
mod joins_settled;
#[path = "../src/programs/jumps.rs"]
mod jumps;
#[path = "../src/programs/limits.rs"]
mod limits;
#[path = "../src/programs/loops.rs"]
mod loops;
#[path = "../src/programs/maps.rs"]
mod maps;
#[path = "../src/programs/mixed.rs"]
mod mixed;
#[path = "../src/programs/numbers.rs"]
mod numbers;
#[path = "../src/programs/options.rs"]
mod options;
#[path = "../src/programs/orders.rs"]
mod orders;
#[path = "../src/programs/patches.rs"]
mod patches;
#[path = "../src/programs/patterns.rs"]
mod patterns;
#[path = "../src/programs/pure.rs"]
mod pure;
#[path = "../src/programs/races.rs"]
mod races;
#[path = "../src/programs/recovery.rs"]
mod recovery;
#[path = "../src/programs/retries.rs"]
mod retries;
#[path = "../src/programs/services.rs"]
mod services;
#[path = "../src/programs/services_with_tokens.rs"]
mod services_with_tokens;
#[path = "../src/programs/shapes.rs"]
mod shapes;
#[path = "../src/programs/sizes.rs"]
mod sizes;
#[path = "../src/programs/std_methods.rs"]
mod std_methods;
#[path = "../src/programs/tasks.rs"]
mod tasks;
#[path = "../src/programs/text.rs"]
mod text;
#[path = "../src/programs/timers.rs"]
mod timers;
#[path = "../src/programs/times.rs"]
mod times;
#[path = "../src/programs/traps.rs"]
mod traps;
#[path = "../src/programs/variables.rs"]
mod variables;
#[path = "../src/programs/vectors.rs"]
mod vectors;
