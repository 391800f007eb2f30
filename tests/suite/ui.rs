//! What the compiler says about mistakes: each file of `ui/` does not compile, and its `.stderr` beside it is what a user reads.
//!
//! `TRYBUILD=overwrite cargo test -p durafn-tests ui` writes the answers anew.

#[test]
fn mistakes_are_explained_on_the_users_own_lines() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*/*.rs");
}
