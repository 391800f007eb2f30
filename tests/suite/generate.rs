//! Random machines. CONTRIBUTING.md has the commands that run more of them, others, or the one that has a seed.

use durafn_asl::{Options, export};
use durafn_ir::{TypedMachine, take_patches, validate};
use durafn_tests::generate::{Tape, patches, run, without_support};

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

/// A patch that is taken for true leaves the machine that has the new way alone.
#[test]
fn patches_leave_the_new_way() {
    let mut asked = 0;
    for seed in 0..MACHINES {
        let machine = run::case(seed).machine;
        let choices = (0..400).map(|n: u32| n.wrapping_add(seed as u32).wrapping_mul(2_654_435_761)).collect();
        let mut taken = patches::patched(&machine, &mut Tape::new(choices));
        asked += usize::from(taken.states != machine.states);
        take_patches(&mut taken);
        let (same, more) = taken.states.split_at(machine.states.len());
        assert_eq!(same, machine.states, "seed {seed:x}");
        assert_eq!(taken.regions, machine.regions, "seed {seed:x}");
        let alive = taken.reachable();
        assert!(!alive[same.len()..].contains(&true), "seed {seed:x}: {more:?}");
        assert!(validate(&taken).is_ok(), "seed {seed:x}");
        let exported = |machine| export(machine, &Options::default()).map(|export| export.definition.to_json());
        let [old, new] = [&machine, &taken].map(|machine| exported(machine).map_err(|refused| refused.to_string()));
        assert_eq!(old, new, "seed {seed:x}");
    }
    assert!(asked as u64 > MACHINES / 2, "{asked} of {MACHINES} machines had a place for a patch");
}
