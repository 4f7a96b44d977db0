//! Records as other tools export them: each is recognised by its content, and read with its traps.
//! The fixtures are ours, after the schemas that their makers publish.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rfo::clock::words::rfc3339;
use rfo::events::Evidence;
use rfo::records::{self, Context, Milestone, Record, RecordKind, Told};

use crate::corpus::corpus;
use crate::made::analysed;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/records")
}

/// Every fixture with the kind that it is.
const FIXTURES: [(&str, RecordKind); 20] = [
    ("argo-application.json", RecordKind::ArgoCd),
    ("firehydrant.json", RecordKind::FireHydrant),
    ("git-default.txt", RecordKind::GitLog),
    ("git-fuller.txt", RecordKind::GitLog),
    ("git-lines.txt", RecordKind::GitLog),
    ("github-deployments.json", RecordKind::Deploys),
    ("github-releases.json", RecordKind::Deploys),
    ("gitlab-deployments.json", RecordKind::Deploys),
    ("gitlab-releases.json", RecordKind::Deploys),
    ("grafana-annotations.json", RecordKind::Grafana),
    ("incident-io.json", RecordKind::IncidentIo),
    ("kubernetes-events.json", RecordKind::KubernetesEvents),
    ("observed-windows.csv", RecordKind::Claims),
    ("opsgenie-alerts.json", RecordKind::Opsgenie),
    ("opsgenie-incidents.json", RecordKind::Opsgenie),
    ("pagerduty-incidents.json", RecordKind::PagerDuty),
    ("rootly.json", RecordKind::Rootly),
    ("slack-day.json", RecordKind::Slack),
    ("statuspage-lines.jsonl", RecordKind::Statuspage),
    ("statuspage-page.json", RecordKind::Statuspage),
];

fn bytes(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).expect("the fixture is in the tree")
}

fn read(name: &str) -> Record {
    records::read(name, &bytes(name), &Context::default())
}

fn told<'a>(record: &'a Record, id: &str) -> &'a Told {
    let found = record.incidents.iter().find(|told| told.id == id);
    found.unwrap_or_else(|| panic!("no incident {id}"))
}

/// `S 10:02:00 0.8`, with `<` for "at the latest" and `lo-hi` minutes where they are apart.
fn claim(milestone: &Milestone) -> String {
    let clock = |ns: i64| rfc3339(ns)[11..16].to_owned();
    let when = &milestone.when;
    let wide = when.hi_ns - when.lo_ns >= 60_000_000_000;
    let span = if wide {
        format!("[{}-{}]", clock(when.lo_ns), clock(when.hi_ns))
    } else {
        String::new()
    };
    let open = if when.censor.is_some() { "<" } else { "" };
    let sure = if milestone.confidence < 1.0 {
        format!(" {:.2}", milestone.confidence)
    } else {
        String::new()
    };
    format!(
        "{} {open}{}{span}{sure}",
        milestone.kind.letter(),
        clock(when.at_ns)
    )
}

fn claims(record: &Record, told: &Told) -> Vec<String> {
    told.claims
        .iter()
        .map(|&i| claim(&record.milestones[i]))
        .collect()
}

#[test]
fn every_fixture_is_recognised_by_its_content_and_read() {
    for (name, kind) in FIXTURES {
        assert_eq!(records::recognise("x", &bytes(name)), Some(kind), "{name}");
        let record = read(name);
        assert_eq!(record.kind, kind, "{name}");
        insta::assert_snapshot!(name.replace('.', "-"), shown(&record));
    }
}

/// All that a record says, in words.
fn shown(record: &Record) -> String {
    let mut out = format!("{}: {}\n", record.kind.word(), record.title);
    let line = |evidence: &Evidence| match evidence {
        Evidence::Line { line, offset, .. } => format!("[{line} @{offset}]"),
        Evidence::Signal { .. } => "[signal]".to_owned(),
    };
    let of = |i: usize| {
        let milestone = &record.milestones[i];
        let day = &rfc3339(milestone.when.at_ns)[..10];
        let outcome = milestone
            .outcome
            .map(|o| format!(" {o:?}"))
            .unwrap_or_default();
        let place = line(&milestone.evidence()[0]);
        format!(
            "{day} {}{outcome} {place} {}\n",
            claim(milestone),
            milestone.note
        )
    };
    for told in &record.incidents {
        let Told {
            id,
            title,
            service,
            severity,
            noticed_by,
            planned,
            claims,
        } = told;
        out += &format!(
            "incident {id} | {title} | {service} | {severity} | {noticed_by:?} | planned {planned}\n"
        );
        claims.iter().for_each(|&i| out += &format!("  {}", of(i)));
    }
    let is_told = |i: &usize| record.incidents.iter().any(|told| told.claims.contains(i));
    for i in (0..record.milestones.len()).filter(|i| !is_told(i)) {
        out += &format!("claim {}", of(i));
    }
    for one in &record.changes {
        let (at, place) = (rfc3339(one.when.at_ns), line(&one.evidence));
        out += &format!(
            "change {at} {place} {} | {} | {} | {}\n",
            one.title, one.service, one.kind, one.status
        );
    }
    for note in &record.notes {
        let when = note
            .when
            .map(|when| rfc3339(when.at_ns))
            .unwrap_or_default();
        out += &format!("note {} {when} {}\n", note.line, note.text);
    }
    for defect in &record.defects {
        out += &format!(
            "defect {} \"{}\" {} -> {}\n",
            defect.line, defect.literal, defect.what, defect.reading
        );
    }
    out
}

#[test]
fn a_post_counts_from_where_it_is_shown_and_components_beat_words() {
    let record = read("statuspage-page.json");
    let carts = told(&record, "inc-carts");
    let found = claims(&record, carts);
    // u4 was entered at 11:12Z and is shown at 11:05Z, where Carts became operational.
    assert!(
        found.contains(&"R 11:05[10:55-11:05] 0.90".to_owned()),
        "{found:?}"
    );
    // "Working again", while the component is degraded, is a part.
    assert!(found.contains(&"P 10:55 0.90".to_owned()), "{found:?}");
    assert_eq!(
        found.iter().filter(|claim| claim.starts_with('R')).count(),
        1,
        "{found:?}"
    );
    let shut = told(&record, "inc-shut");
    let found = claims(&record, shut);
    assert!(
        found.iter().all(|claim| !claim.starts_with('R')),
        "closed while down: {found:?}"
    );
    assert!(
        record
            .defects
            .iter()
            .any(|d| d.what == "closed while Search is partial_outage")
    );
}

#[test]
fn a_status_label_is_weaker_than_the_body_and_a_postmortem_is_no_post() {
    let record = read("statuspage-page.json");
    let found = claims(&record, told(&record, "inc-carts"));
    let identified: Vec<_> = found
        .iter()
        .filter(|claim| claim.starts_with('I'))
        .collect();
    assert_eq!(
        identified,
        ["I 10:31 0.30"],
        "the text says only that it fails"
    );
    assert!(
        found.iter().all(|claim| !claim.contains("09:00")),
        "{found:?}"
    );
    assert!(
        record
            .notes
            .iter()
            .any(|note| note.text.starts_with("postmortem: The outage began"))
    );
}

#[test]
fn what_was_opened_and_closed_at_once_claims_its_closing_and_what_its_words_give_times_of() {
    let record = read("statuspage-page.json");
    assert_eq!(
        claims(&record, told(&record, "inc-late")),
        ["S 05:10 0.80", "R 06:20 0.80", "V 07:00"]
    );
    assert!(
        record
            .defects
            .iter()
            .any(|d| d.what.contains("entered afterwards"))
    );
}

#[test]
fn a_broken_element_is_a_defect_with_its_place_and_the_rest_goes_on() {
    let record = read("statuspage-lines.jsonl");
    let ids: Vec<&str> = record
        .incidents
        .iter()
        .map(|told| told.id.as_str())
        .collect();
    assert_eq!(ids, ["l1", "l3"]);
    assert_eq!(record.defects[0].line, 2);
    let record = read("statuspage-page.json");
    assert!(
        record.incidents.iter().any(|told| told.id == "inc-open"),
        "it comes after the broken one"
    );
}

#[test]
fn a_page_that_keeps_an_incident_open_restores_nothing() {
    let record = read("statuspage-page.json");
    let found = claims(&record, told(&record, "inc-open"));
    assert!(
        found.iter().all(|claim| !claim.starts_with(['R', 'V'])),
        "{found:?}"
    );
}

#[test]
fn a_merged_page_follows_its_parent_and_closes_nothing() {
    let record = read("pagerduty-incidents.json");
    let ids: Vec<&str> = record
        .incidents
        .iter()
        .map(|told| told.id.as_str())
        .collect();
    assert_eq!(ids, ["PA1", "PA3", "PA4"]);
    let found = claims(&record, told(&record, "PA1"));
    assert_eq!(found, ["A 10:00", "K 10:04", "V 11:20", "A 10:02"]);
    assert_eq!(
        claims(&record, told(&record, "PA4")),
        ["A 03:00"],
        "its parent is elsewhere"
    );
}

#[test]
fn reports_of_an_alert_count_from_its_creation_in_milliseconds() {
    let record = read("opsgenie-alerts.json");
    let first = claims(&record, &record.incidents[0]);
    assert_eq!(first, ["A 10:00", "K 10:00", "V 11:00"]);
    let second = claims(&record, &record.incidents[1]);
    assert_eq!(
        second,
        ["A 13:00", "V <19:00"],
        "closed, and last changed at 19:00"
    );
    let third = claims(&record, &record.incidents[2]);
    assert_eq!(third, ["A 13:00", "K 13:00"], "open");
}

#[test]
fn a_milestone_counts_from_when_it_occurred_and_not_from_when_it_was_entered() {
    let record = read("firehydrant.json");
    let found = claims(&record, &record.incidents[0]);
    assert_eq!(&found[..2], ["S 09:58", "D 10:01"]);
    assert_eq!(record.incidents.len(), 1, "the other was discarded");
}

#[test]
fn chat_is_read_at_the_time_of_each_message_and_questions_and_quotations_claim_nothing() {
    let record = read("slack-day.json");
    let found: Vec<String> = record.milestones.iter().map(claim).collect();
    let expected = [
        "D 10:00 0.64",
        "A 10:00 0.72",
        "S <10:02 0.72",
        "X 10:05 0.72",
        "R 10:30 0.50",
    ];
    assert_eq!(found, expected);
}

#[test]
fn annotations_are_in_milliseconds_and_regions_have_two_ends() {
    let record = read("grafana-annotations.json");
    let found: Vec<String> = record.milestones.iter().map(claim).collect();
    assert_eq!(
        found,
        ["A 10:00", "S 09:55 0.90", "R 10:35 0.90", "I 10:10 0.90"]
    );
    assert_eq!(record.defects.len(), 1);
    assert_eq!(record.defects[0].what, "not epoch milliseconds");
}

#[test]
fn a_change_counts_from_when_it_took_effect_and_not_from_its_commit() {
    let at = |name: &str| -> Vec<String> {
        let clock = |ns: i64| rfc3339(ns)[5..16].to_owned();
        read(name)
            .changes
            .iter()
            .map(|one| clock(one.when.at_ns))
            .collect()
    };
    assert_eq!(at("github-deployments.json"), ["05-04T09:54"]);
    assert_eq!(
        at("gitlab-deployments.json"),
        ["05-04T09:52", "05-04T12:40"]
    );
    assert_eq!(at("github-releases.json"), ["05-04T09:50", "04-02T09:50"]);
    assert_eq!(at("gitlab-releases.json"), ["05-04T09:50"]);
    // The commit date; the author's is of April.
    assert_eq!(at("git-fuller.txt"), ["05-04T09:50"]);
}

#[test]
fn a_commit_says_once_that_it_is_no_deploy_and_whose_date_it_has() {
    let what = |name: &str| -> Vec<String> {
        read(name)
            .defects
            .into_iter()
            .map(|defect| defect.what)
            .collect()
    };
    let deploy = "a commit is not a deploy: it took effect at this time or later";
    assert_eq!(what("git-lines.txt"), [deploy]);
    let by_author = "the author's date, not when it was committed (--pretty=fuller prints that)";
    assert_eq!(what("git-default.txt"), [by_author, deploy]);
    assert_eq!(what("git-fuller.txt"), ["not a time", deploy]);
}

#[test]
fn observed_windows_bound_both_ends_and_invent_none() {
    let record = read("observed-windows.csv");
    assert_eq!(
        claims(&record, told(&record, "l1")),
        ["S <10:03", "R 11:05[11:00-11:10]"]
    );
    assert_eq!(
        claims(&record, told(&record, "l3")),
        ["S <10:05"],
        "it was still there"
    );
    assert_eq!(record.defects[0].line, 4);
}

#[test]
fn an_export_of_many_mebibytes_is_read_to_its_end() {
    let lines = String::from_utf8(bytes("statuspage-lines.jsonl")).expect("it is text");
    let one = lines.lines().next().expect("it has lines");
    let many: String = (0..6_000)
        .map(|i| one.replace("\"l1\"", &format!("\"n{i}\"")) + "\n")
        .collect();
    assert!(many.len() > 4 << 20);
    let record = records::read("many.jsonl", many.as_bytes(), &Context::default());
    assert_eq!((record.incidents.len(), record.defects.len()), (6_000, 0));
    let last = record.milestones.last().expect("it has claims");
    let Evidence::Line { line, offset, .. } = &last.evidence()[0] else {
        panic!("a line")
    };
    assert_eq!(*line, 6_000);
    assert!(many[*offset as usize..].starts_with("{\"id\": \"n5999\""));
}

#[test]
fn a_record_that_tells_incidents_apart_makes_one_of_each() {
    let path = |name: &str| vec![folder().join(name)];
    let count = |paths: &[PathBuf]| analysed(paths, |_| {}).incidents.len();
    // Of seven, one is broken and one is a planned maintenance.
    assert_eq!(count(&path("statuspage-page.json")), 5);
    assert_eq!(count(&path("pagerduty-incidents.json")), 3);
    // The windows are of the same incidents by id, and of one more.
    let lines = [path("statuspage-lines.jsonl"), path("observed-windows.csv")].concat();
    assert_eq!(count(&lines), 3);
}

#[test]
fn logs_in_json_are_no_records() {
    let logs = [
        r#"{"ts":"1620122400.000200","type":"message","text":"resolved","level":"info"}"#,
        r#"{"time":1620122400000,"text":"x","tags":["a"],"panelId":1,"msg":"rendered"}"#,
        r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"1","verb":"get","requestReceivedTimestamp":"2021-05-04T10:00:00Z"}"#,
        r#"{"created_at":"2021-05-04T10:00:00Z","status":"resolved","service":"mail","sha":"ab","ref":"main"}"#,
        r#"{"status":"investigating","incident":"x","impact":"minor","created_at":"2021-05-04T10:00:00Z"}"#,
        r#"{"involvedObject":{"name":"carts"},"metadata":{},"reason":"Killing","message":"x","kind":"Event"}"#,
        r#"{"data":{"id":"1","status":"open"},"time":"2021-05-04T10:00:00Z","message":"got"}"#,
    ];
    for line in logs {
        for path in ["x.jsonl", "x.json", "x"] {
            let text = format!("{line}\n").repeat(9);
            assert_eq!(records::recognise(path, text.as_bytes()), None, "{line}");
        }
    }
    let lines = [
        "deadbeef01 2021-05-04 10:00:00 +0200 GET /a",
        "deadbeef02 2021-05-04 10:00:01 +0200 GET /b",
        "deadbeef03 2021-05-04 10:00:02 +0200 GET /c",
    ];
    assert_eq!(records::recognise("x", lines.join("\n").as_bytes()), None);
    assert_eq!(
        records::recognise(
            "x",
            b"commit 3f786850e387550fdab836ed7e6dc881de23001b done\n"
        ),
        None
    );
}

#[test]
fn a_head_that_is_cut_anywhere_after_its_first_element_is_still_recognised() {
    for (name, kind) in FIXTURES {
        let whole = bytes(name);
        let end = whole.len() * 9 / 10;
        assert_eq!(records::recognise("x", &whole[..end]), Some(kind), "{name}");
    }
}

proptest! {
    #[test]
    fn no_change_of_any_byte_of_an_export_is_fatal(
        which in 0..FIXTURES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let (name, kind) = FIXTURES[which];
        let mut text = bytes(name);
        for (place, byte) in changes {
            let place = place.index(text.len());
            text[place] = byte;
        }
        let _ = records::read(name, &text, &Context::default());
        let end = cut.index(text.len());
        let cut = records::read(name, &text[..end], &Context::default());
        for told in &cut.incidents {
            prop_assert!(told.claims.iter().all(|&claim| claim < cut.milestones.len()), "{:?}", kind);
        }
    }

    #[test]
    fn fields_of_another_type_are_not_fatal(which in 0..FIXTURES.len(), seed: u64) {
        let (name, _) = FIXTURES[which];
        if let Ok(mut value) = serde_json::from_slice::<serde_json::Value>(&bytes(name)) {
            let mut state = seed | 1;
            twist(&mut value, &mut state);
            let text = value.to_string();
            let _ = records::read(name, text.as_bytes(), &Context::default());
        }
    }
}

/// Puts values of other types into one field of eight.
fn twist(value: &mut serde_json::Value, state: &mut u64) {
    use serde_json::{Value, json};
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    let (pick, what) = ((*state >> 40) % 8, (*state >> 33) % 7);
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|one| twist(one, state)),
        Value::Array(items) => items.iter_mut().for_each(|one| twist(one, state)),
        _ => {}
    }
    if pick == 0 {
        let others = [
            json!(null),
            json!(-1),
            json!("é\u{1b}[2J"),
            json!([]),
            json!({}),
            json!(1e300),
            json!(true),
        ];
        *value = others[what as usize].clone();
    }
}

#[test]
fn all_incidents_of_a_page_that_were_seen_open_are_read_and_none_is_given_an_end() {
    let Some(folder) = corpus("statuspage") else {
        return;
    };
    let path = folder.join("incidents_union.jsonl");
    let bytes = fs::read(&path).expect("the corpus can be read");
    let record = records::read("incidents.jsonl", &bytes, &Context::default());
    let lines = bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .count();
    assert_eq!((record.incidents.len(), lines), (760, 760));
    assert_eq!(record.defects, []);
    let ends: Vec<&Milestone> = record
        .milestones
        .iter()
        .filter(|m| matches!(m.kind.letter(), 'R' | 'V' | 'F'))
        .collect();
    assert!(ends.is_empty(), "{:?}", ends.first());
    let has = |told: &Told, letter: char| {
        told.claims
            .iter()
            .any(|&i| record.milestones[i].kind.letter() == letter)
    };
    assert!(
        record
            .incidents
            .iter()
            .all(|told| has(told, 'S') && has(told, 'D'))
    );
    let windows = fs::read(folder.join("observed_windows.csv")).expect("the corpus can be read");
    let observed = records::read("windows.csv", &windows, &Context::default());
    assert_eq!(observed.incidents.len(), 760);
    let bounded = |told: &&Told| {
        let of = |letter: char| {
            let all = told.claims.iter().map(|&i| &observed.milestones[i]);
            all.filter(|m| m.kind.letter() == letter).count()
        };
        of('S') == 1 && of('R') == 1
    };
    assert_eq!(observed.incidents.iter().filter(bounded).count(), 760);
}
