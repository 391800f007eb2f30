//! Machines as JSON: the verifier, the printer, drawings, the export.

#![no_main]

libfuzzer_sys::fuzz_target!(|json: &str| {
    durafn::fuzzing::machine(json);
});
