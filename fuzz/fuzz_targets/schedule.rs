//! Rules of schedules, as a store has them, cron expressions among them.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    durafn::fuzzing::schedule(text);
    let cron = serde_json::json!({ "fires": { "cron": { "expression": text, "timeZone": "Europe/Berlin" } } });
    durafn::fuzzing::schedule(&cron.to_string());
});
