use super::*;

#[test]
fn durations_are_whole_seconds() {
    assert_eq!(parse_duration("30s"), Some(30));
    assert_eq!(parse_duration("7d"), Some(604_800));
    assert_eq!(parse_duration("1h30m"), Some(5_400));
    for wrong in ["", "0s", "5", "s", "1.5s", "100ms", "30m1h", "1h 30m", "9999d", "-1s", "5w"] {
        assert_eq!(parse_duration(wrong), None, "{wrong}");
    }
}

fn task_attr(tokens: &str) -> (TaskAttr, Vec<&'static str>) {
    let diag = Collector::new();
    let attr = task(&diag, tokens.parse().unwrap());
    let codes = diag.finish().err().map(|found| found.0.iter().map(|found| found.code).collect());
    (attr, codes.unwrap_or_default())
}

#[test]
fn retriers_take_every_field_and_are_repeated() {
    let (attr, codes) = task_attr(
        r#"timeout = "30s", retry(on = "Busy", interval = "2s", backoff = 1.5, attempts = 5, max_delay = "1m", jitter = full),
           retry(on = ["A", "States.Timeout"])"#,
    );
    assert_eq!(codes, [""; 0]);
    assert_eq!(attr.timeout_seconds, Some(30));
    let errors = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        attr.retry,
        [
            Retrier {
                errors: errors(&["Busy"]),
                interval_seconds: 2,
                backoff_rate: 1.5,
                max_attempts: 5,
                max_delay_seconds: Some(60),
                jitter: true
            },
            Retrier { errors: errors(&["A", "States.Timeout"]), ..default_retrier() },
        ]
    );
}

#[test]
fn a_wrong_argument_does_not_hide_the_next() {
    let (_, codes) = task_attr(
        r#"tiemout = "30s", timeout = "soon", retry(on = "States.ALL", attempts = -1), name = "a b", name = "ok""#,
    );
    let (unknown, form) = (catalog::UNKNOWN_ARGUMENT.code, catalog::ARGUMENT_FORM.code);
    assert_eq!(codes, [unknown, form, catalog::RESERVED_ERROR_NAME.code, form, form, catalog::TWICE.code]);
}
