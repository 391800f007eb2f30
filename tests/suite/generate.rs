//! Random machines. CONTRIBUTING.md has the commands that run more of them, others, or the one that has a seed.

use durafn_ir::TypedMachine;
use durafn_tests::generate::{run, without_support};

#[test]
fn machines_agree() {
    run::machines_agree();
}

#[test]
fn every_builtin_is_generated() {
    let without = without_support();
    assert!(
        without.is_empty(),
        "give each a line in `TABLE` of tests/src/generate/builtins.rs, and what it takes below: {without:?}"
    );
}

/// Enough of them that each kind of state and expression occurs.
const MACHINES: u64 = 300;

#[test]
fn machines_survive_their_json() {
    for seed in 0..MACHINES {
        let machine = run::case(seed).machine;
        let text = serde_json::to_string(&machine).expect("a machine is JSON");
        let again: TypedMachine = serde_json::from_str(&text).expect("the same machine");
        assert_eq!(again, machine, "seed {seed:x}");
        assert_eq!(again.fingerprint(), machine.fingerprint(), "seed {seed:x}");
        assert_eq!(again.print(), machine.print(), "seed {seed:x}");
    }
}
