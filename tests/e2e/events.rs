//! A file of events: found beside the configuration, checked before any work.

use crate::support::{dyad, file};

#[test]
fn a_wrong_events_file_stops_a_run_before_it_begins() {
    let (folder, note) = file("note.txt", "Microsoft praised OpenAI.");
    let events = folder.path().join("events.csv");
    std::fs::write(&events, "date,label,link\n2023-11-17,Board removes Altman,\n17/11/2023,Again,\n")
        .unwrap();
    let (events, out) = (events.to_str().unwrap(), folder.path().join("out"));
    let store = out.join("store");
    let calls: [&[&str]; 2] = [
        &["run", &note, "--out", out.to_str().unwrap(), "--events", events],
        &["report", "--store", store.to_str().unwrap(), "--out", out.to_str().unwrap(), "--events", events],
    ];
    for call in calls {
        let error = dyad(call).expect(2).stderr;
        let place = error.contains(events) && error.contains("line 3");
        assert!(place && error.contains("'17/11/2023' is no date; write a day as 2023-11-17"), "{error}");
        assert!(!out.exists(), "{call:?} left something");
    }
}

#[test]
fn events_of_a_configuration_lie_beside_it() {
    let (folder, config) = file("dyad.toml", "[report]\nevents = \"my/events.csv\"\n");
    let printed = dyad(&["run", "--print-config", "--config", &config]).expect(0).stdout;
    let beside = folder.path().join("my/events.csv");
    assert!(printed.contains(&format!("events = {:?}", beside.to_str().unwrap())), "{printed}");
    // The command line goes first.
    let args = ["run", "--print-config", "--config", &config, "--events", "other.csv"];
    assert!(dyad(&args).expect(0).stdout.contains("events = \"other.csv\""));
    assert!(!dyad(&["run", "--print-config"]).expect(0).stdout.contains("events ="));
}
