use std::fs;

use serde_json::{Value, json};

use crate::{Example, data};

fn etl() -> Example {
    Example::new(env!("CARGO_BIN_EXE_etl"))
}

#[test]
fn every_station_is_loaded_and_a_bad_file_is_reported() {
    let example = etl();
    let report = example.output("etl", &json!({ "folder": data("weather"), "report": "report.json" }));
    assert_eq!((&report["stations"], &report["rejected"], &report["readings"]), (&json!(5), &json!(1), &json!(118)));
    let days: Vec<&Value> = report["files"].as_array().expect("files").iter().collect();
    assert_eq!(days[2]["day"]["station"], "cedar");
    assert_eq!((&days[2]["day"]["discarded"], &days[2]["day"]["warmest"]), (&json!(2), &json!(246)));
    assert_eq!(
        (&days[4]["outcome"], &days[4]["line"], &days[4]["text"]),
        (&json!("rejected"), &json!(13), &json!("11,warm"))
    );
    let written = fs::read_to_string(example.path("report.json")).expect("the report");
    assert_eq!(serde_json::from_str::<Value>(&written).expect("JSON"), report);
}

#[test]
fn a_day_without_a_plausible_reading_has_no_extremes() {
    let example = etl();
    fs::create_dir(example.path("files")).expect("a folder");
    fs::write(example.path("files/mars.csv"), "hour,tenths\n0,-990\n1,700\n").expect("a file");
    let report = example.output("etl", &json!({ "folder": "files", "report": "report.json" }));
    let day = &report["files"][0]["day"];
    assert_eq!(*day, json!({ "station": "mars", "readings": 0, "discarded": 2, "coldest": null, "warmest": null }));
}

#[test]
fn an_empty_folder_is_an_empty_report() {
    let example = etl();
    fs::create_dir(example.path("files")).expect("a folder");
    let report = example.output("etl", &json!({ "folder": "files", "report": "report.json" }));
    assert_eq!(report, json!({ "stations": 0, "rejected": 0, "readings": 0, "files": [] }));
}

#[test]
fn a_folder_that_is_not_there_fails_with_its_name() {
    let said = etl().failure("etl", &json!({ "folder": "nowhere", "report": "report.json" }));
    assert!(said.contains("Unreachable") && said.contains("nowhere"), "{said}");
}
