//! History files: what they carry, and what is said where they are damaged.

use durafn::verify::{Cause, replay};

use super::*;

fn refused(text: &str) -> String {
    let error = History::parse(text).expect_err("a refusal");
    assert!(error.is_history());
    error.to_string()
}

async fn document() -> Value {
    serde_json::from_str(&history("4000").await.to_json().expect("JSON")).expect("JSON")
}

#[tokio::test]
async fn a_history_survives_its_file() {
    for card in ["4000", "5999"] {
        let history = history(card).await;
        let place = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(place.path(), history.to_json().expect("JSON")).expect("written");
        let read = History::read(place.path()).expect("read");
        assert_eq!(read, history);
        assert_eq!(read.events().expect("events"), history.events().expect("events"));
        assert!(replay(&read).expect("a replay").divergence.is_none());
    }
}

#[tokio::test]
async fn damage_is_named() {
    let text = history("4000").await.to_json().expect("JSON");
    let cut = &text[..text.len() / 2];
    assert!(refused(cut).contains("it is cut off"), "{}", refused(cut));
    assert!(refused("").contains("it is empty"));
    assert!(refused("[1, 2,]").contains("line 1 column"));
    assert!(refused("{}").contains("it is no history file: missing field `format`"));
    assert!(refused(r#"{"format":"x","version":1}"#).contains("its format is `x`"));
    let error = History::read("/nowhere/at/all.json").expect_err("no file").to_string();
    assert!(error.contains("/nowhere/at/all.json"), "{error}");

    let edited = |edit: fn(&mut Value)| async move {
        let mut document = document().await;
        edit(&mut document);
        refused(&document.to_string())
    };
    let said = edited(|document| document["version"] = 9.into()).await;
    assert!(said.contains("it has version 9, and this program reads up to 1"), "{said}");
    let said = edited(|document| document["journal"][1]["event"] = "task-paused".into()).await;
    assert!(said.contains("row 2 of its journal is a `task-paused`, which this program does not know"), "{said}");
    let said = edited(|document| document["journal"][1]["event"] = "task-scheduld".into()).await;
    assert!(said.contains("(did you mean `task-scheduled`?): the file was edited"), "{said}");
    let said = edited(|document| document["journal"][1]["visits"] = "4 x".into()).await;
    assert!(said.contains("row 2 of its journal has the visits `4 x`"), "{said}");
    let said = edited(|document| drop(document["journal"].as_array_mut().expect("rows").pop())).await;
    assert!(said.contains("rows were taken out or added"), "{said}");
    let said = edited(|document| document["journal"][1]["ordinal"] = 7.into()).await;
    assert!(said.contains("ordinal 7") && said.contains("does not fit the rows before it"), "{said}");
    let said = edited(|document| drop(document["journal"][0].as_object_mut().expect("a row").remove("payload"))).await;
    assert!(said.contains("has no payload"), "{said}");
    let said = edited(|document| document["status"] = "HAPPY".into()).await;
    assert!(said.contains("`HAPPY` is no status"), "{said}");
    let said = edited(|document| document["journal"][0]["extra"] = 1.into()).await;
    assert!(said.contains("unknown field `extra`"), "{said}");
}

#[tokio::test]
async fn what_is_taken_out_is_nowhere_and_the_rest_still_agrees() {
    for card in ["4000123412341234", "5999123412341234"] {
        let history = history(card).await;
        let redacted = history.redact(&["$.input.card", "$..cents", "$.input.gift"]).expect("redacted");
        let text = redacted.to_json().expect("JSON");
        assert!(!text.contains(card) && !text.contains("\"cents\": 100"), "{text}");
        assert_eq!(History::parse(&text).expect("read"), redacted);
        let divergence = replay(&redacted).expect("a replay").divergence;
        assert_eq!(divergence, None);
    }
}

/// What does not depend on what is gone is checked still.
#[tokio::test]
async fn a_redacted_history_shows_other_changes() {
    let mut redacted = history("4000123412341234").await.redact(&["$..card"]).expect("redacted");
    redacted.execution.workflow = "another_input".to_owned();
    let found = replay(&redacted).expect("a replay").divergence.expect("a divergence");
    assert_eq!((found.cause, found.differences.len(), found.redacted), (Cause::Input, 1, true));
    assert!(found.to_string().contains("Payloads were taken out"), "{found}");
}

#[tokio::test]
async fn a_path_that_hits_nothing_is_refused() {
    let history = history("4000").await;
    let said = |path: &str| history.redact(&[path]).expect_err("a refusal").to_string();
    assert!(said("$.input.crad").contains("is nowhere in the payloads"));
    assert!(said("$.journal[0].ordinal").contains("is nowhere in the payloads"));
    assert!(said("input.card").contains("is no JSON path"));
}

/// Whatever becomes of a file, it is read or refused, and what was read is replayed or refused: nothing panics.
#[tokio::test]
async fn a_file_that_is_changed_at_random_never_panics() {
    let texts = [history("4000").await.to_json().expect("JSON"), history("5999").await.to_json().expect("JSON")];
    let mut random = fastrand::Rng::with_seed(17);
    let (mut read, mut refused) = (0, 0);
    for text in texts.iter().cycle().take(4_000) {
        let mut bytes = text.clone().into_bytes();
        // The machines are the larger part, and only name states.
        let journal = text.find("\"machines\"").expect("machines");
        for _ in 0..random.usize(1..4) {
            let (at, until) = (random.usize(..journal), random.usize(..journal));
            match random.u8(..5) {
                0 => bytes.truncate(at.max(1)),
                1 if at < bytes.len() => drop(bytes.remove(at)),
                2 if at < bytes.len() => bytes[at] = random.u8(b' '..b'~'),
                3 if at < bytes.len() => bytes[at] = random.u8(b'0'..=b'9'),
                _ if at < until && until <= bytes.len() => bytes.extend_from_within(at..until),
                _ => {}
            }
        }
        match History::parse(&String::from_utf8_lossy(&bytes)) {
            Ok(history) => {
                read += 1;
                let _ = history.events();
                let _ = replay(&history);
            }
            Err(error) => {
                refused += 1;
                assert!(error.is_history(), "{error}");
            }
        }
    }
    assert!(read > 100 && refused > 100, "{read} read, {refused} refused");
}
