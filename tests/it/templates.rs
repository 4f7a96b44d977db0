//! Message templates: on logs that people have sorted by hand (grouping accuracy with the one
//! configuration that the product has), and in a program's log from lines to conclusions.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rfo::analysis::Snapshot;
use rfo::formats::Miner;
use rfo::formats::message::mask;
use rfo::reports;

use crate::corpus::corpus;
use crate::made;

/// Systems whose messages were sorted by hand (loghub, He et al. 2020), 2,000 lines each.
const SYSTEMS: [&str; 8] = [
    "Apache",
    "HDFS",
    "Linux",
    "OpenSSH",
    "OpenStack",
    "Spark",
    "Thunderbird",
    "Zookeeper",
];

/// The rows of a CSV with quoted fields.
fn rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field, mut is_quoted) =
        (Vec::new(), Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => {
                // A doubled quote leaves and enters the quotes again: it is one of the text.
                if !is_quoted && field.ends_with('\u{0}') {
                    field.pop();
                    field.push('"');
                }
                is_quoted = !is_quoted;
                if !is_quoted {
                    field.push('\u{0}');
                }
            }
            ',' if !is_quoted => row.push(std::mem::take(&mut field).replace('\u{0}', "")),
            '\n' if !is_quoted => {
                row.push(std::mem::take(&mut field).replace('\u{0}', ""));
                rows.push(std::mem::take(&mut row));
            }
            '\r' => {}
            c => field.push(c),
        }
    }
    if !field.is_empty() {
        row.push(field.replace('\u{0}', ""));
        rows.push(row);
    }
    rows
}

/// Share of the lines whose group holds the lines of one hand-made group, all and no others
/// (Zhu et al. 2019).
fn grouping_accuracy<A: Ord, B: Ord>(found: &[A], by_hand: &[B]) -> f64 {
    fn groups<T: Ord>(labels: &[T]) -> BTreeMap<&T, Vec<usize>> {
        let mut groups: BTreeMap<&T, Vec<usize>> = BTreeMap::new();
        for (line, label) in labels.iter().enumerate() {
            groups.entry(label).or_default().push(line);
        }
        groups
    }
    let by_hand_groups = groups(by_hand);
    let right = groups(found)
        .into_values()
        .filter(|lines| by_hand_groups[&by_hand[lines[0]]] == *lines);
    right.map(|lines| lines.len()).sum::<usize>() as f64 / found.len() as f64
}

/// Accuracy, templates found and templates by hand.
fn measured(path: &Path) -> (f64, usize, usize) {
    let text =
        String::from_utf8_lossy(&fs::read(path).expect("the corpus can be read")).into_owned();
    let mut rows = rows(&text).into_iter();
    let header = rows.next().expect("a header");
    let column = |name: &str| header.iter().position(|one| one == name).expect("a column");
    let (content, event) = (column("Content"), column("EventId"));
    let (mut miner, mut masked) = (Miner::default(), Vec::new());
    let (mut found, mut by_hand) = (Vec::new(), Vec::new());
    for row in rows {
        mask(row[content].as_bytes(), &mut masked);
        found.push(miner.template_of(&masked));
        by_hand.push(row[event].clone());
    }
    let mut kinds = by_hand.clone();
    kinds.sort();
    kinds.dedup();
    (
        grouping_accuracy(&found, &by_hand),
        miner.len(),
        kinds.len(),
    )
}

#[test]
fn messages_of_eight_systems_are_grouped_as_people_did() {
    let Some(folder) = corpus("loghub") else {
        return;
    };
    let mut sum = 0.0;
    eprintln!("| system | grouping accuracy | templates | by hand |\n|---|---|---|---|");
    for system in SYSTEMS {
        let file = format!("{system}/{system}_2k.log_structured.csv");
        let (accuracy, templates, by_hand) = measured(&folder.join(file));
        eprintln!("| {system} | {accuracy:.3} | {templates} | {by_hand} |");
        sum += accuracy;
    }
    let mean = sum / SYSTEMS.len() as f64;
    eprintln!("| mean | {mean:.3} | | |");
    assert!(mean >= 0.87, "mean grouping accuracy {mean:.3}");
}

#[test]
fn a_group_counts_only_when_it_is_the_same_group() {
    let check = |found: &[u8], by_hand: &[u8], expected: f64| {
        assert_eq!(grouping_accuracy(found, by_hand), expected);
    };
    check(&[1, 1, 2, 2], &[8, 8, 9, 9], 1.0);
    check(&[1, 1, 1, 2], &[8, 8, 9, 9], 0.0);
    check(&[1, 1, 2, 3], &[8, 8, 9, 9], 0.5);
    assert_eq!(
        rows("a,\"b \"\"c\"\", d\"\r\ne,f\n"),
        [["a", "b \"c\", d"], ["e", "f"]]
    );
}

/// Seconds in the made log.
const LOG_S: u64 = 3 * 3600;
const TROUBLE_S: std::ops::Range<u64> = 7800..8700;

/// Three hours of a program with sixty kinds of messages, some steady, some rare, one in bursts
/// on the hour, one seen for the first time after two hours; with `trouble` also a quarter of an
/// hour of an error that is new, in which the jobs stop.
fn program(trouble: bool) -> Vec<u8> {
    let mut state = 9u64;
    let mut draw = |n: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    let mut log = String::new();
    for second in 0..LOG_S {
        let mut line = |level: &str, message: &str| {
            let (hour, minute) = (10 + second / 3600, second / 60 % 60);
            log.push_str(&format!(
                "{{\"time\":\"2024-03-05T{hour:02}:{minute:02}:{:02}Z\",\"level\":\"{level}\",\"msg\":\"{message}\"}}\n",
                second % 60
            ));
        };
        let troubled = trouble && TROUBLE_S.contains(&second);
        for kind in 0..60u64 {
            let word = format!(
                "{}{}",
                (b'a' + (kind % 26) as u8) as char,
                "o".repeat(kind as usize / 26 + 1)
            );
            if draw(20 + kind * kind) == 0 {
                let level = if kind % 15 == 7 { "warn" } else { "info" };
                line(
                    level,
                    &format!(
                        "{word} task {} handled by {word} unit {}",
                        draw(9999),
                        draw(99)
                    ),
                );
            }
        }
        if draw(4) == 0 && !troubled {
            line(
                "info",
                &format!("job {} finished after {} ms", draw(9999), draw(900)),
            );
        }
        if second % 3600 < 20 {
            line("info", &format!("rotating segment {}", draw(999)));
        }
        if second > 7200 && draw(300) == 0 {
            line("info", &format!("cache warmed with {} keys", draw(9999)));
        }
        if troubled && draw(2) == 0 {
            let account = if draw(5) == 0 { draw(50) } else { 77 };
            let host = if draw(9) == 0 { draw(6) } else { 7 };
            line(
                "error",
                &format!(
                    "connect EADDRNOTAVAIL 10.0.3.{host}:443 for account={account} after {} ms",
                    draw(90)
                ),
            );
        }
    }
    log.into_bytes()
}

fn concluded(log: Vec<u8>, threads: usize) -> Snapshot {
    let folder = made::folder(&[("app.json".to_owned(), log)]);
    made::analysed(&[folder.path().join("app.json")], |options| {
        options.threads = threads
    })
}

#[test]
fn many_templates_and_nothing_wrong_is_no_incident() {
    let snapshot = concluded(program(false), 2);
    let templates = snapshot
        .series
        .iter()
        .filter(|one| one.signal.entity.is_some())
        .count();
    assert_eq!(templates, 51, "fifty and the rest");
    assert!(
        snapshot.incidents.is_empty(),
        "{}",
        reports::json::value(&snapshot)["incidents"]
    );
    let entities = snapshot.anomalies.iter().filter(|one| one.is_entity());
    let found: Vec<_> = entities
        .map(|one| {
            (
                one.detector,
                one.signal.full_name(),
                one.start.at_ns,
                one.score,
            )
        })
        .collect();
    // What comes every hour is not known to before its third time.
    assert!(found.len() <= 2, "{found:?}");
}

#[test]
fn a_new_error_and_a_message_that_is_gone_explain_an_incident() {
    let snapshot = concluded(program(true), 2);
    let report = reports::json::value(&snapshot);
    assert_eq!(snapshot.incidents.len(), 1, "{}", report["incidents"]);
    let incident = &snapshot.incidents[0].incident;
    let sentence = &incident.explanation.sentence;
    assert!(
        sentence.contains("new: connect EADDRNOTAVAIL <*> for account=<*> after <*> ms ("),
        "{sentence}"
    );
    assert!(
        sentence.contains("no more: job <*> finished after <*> ms"),
        "{sentence}"
    );
    let named = |name: &str| {
        let dimensions = |one: &rfo::incidents::Contributor| {
            one.dimensions.iter().any(|(_, value)| value == name)
        };
        incident.contributors.iter().any(dimensions)
    };
    assert!(
        named("10.0.3.7:443") && named("account=77"),
        "{:?}",
        incident.contributors
    );
}

/// Three hours of a program that writes no levels; for a quarter of an hour also a message that else
/// comes once in so many seconds.
fn without_levels(message: &str, else_every_s: u64) -> Snapshot {
    let mut log = String::new();
    for second in 0..LOG_S {
        let (hour, minute) = (10 + second / 3600, second / 60 % 60);
        let at = format!("2024-03-05 {hour:02}:{minute:02}:{:02}", second % 60);
        let mail = second * 7919 % 10_007;
        log.push_str(&format!("{at} mail {mail} of {} handed on\n", second % 13));
        if second % 3 == 0 {
            log.push_str(&format!("{at} connect from 10.0.3.{}\n", second % 251));
        }
        let every = match TROUBLE_S.contains(&second) {
            true => 2,
            false => else_every_s,
        };
        if second % every == every - 1 {
            log.push_str(&format!("{at} {message} 10.0.7.{}\n", second % 251));
        }
    }
    let folder = made::folder(&[("app.log".to_owned(), log.into_bytes())]);
    made::analysed(&[folder.path().join("app.log")], |_| {})
}

#[test]
fn messages_without_a_level_that_tell_of_a_failure_are_an_incident() {
    for (else_every_s, words) in [(u64::MAX, "new"), (900, "more of")] {
        let found = without_levels("could not reach", else_every_s);
        assert_eq!(found.incidents.len(), 1);
        let incident = &found.incidents[0].incident;
        let sentence = &incident.explanation.sentence;
        let expected = format!("; {words}: could not reach <*> (450 times)");
        assert!(sentence.contains(&expected), "{sentence}");
        // They came besides the usual messages: no more work.
        assert!(sentence.contains("traffic x1.00"), "{sentence}");
        let start = rfo::clock::words::rfc3339(incident.windows[0].start.at_ns);
        assert_eq!(start, "2024-03-05T12:10:00Z");
    }
    let chatter = without_levels("asked politely", u64::MAX);
    assert!(chatter.incidents.is_empty());
    let attack = without_levels("Failed password for root from", 900);
    assert!(attack.incidents.is_empty());
}

/// Three hours of Rails that cannot reach its store for a quarter of an hour; `fails`: its requests fail
/// then, and not only what it does beside them.
fn rails(fails: bool) -> Snapshot {
    let mut log = String::new();
    for second in 0..LOG_S {
        let (hour, minute) = (10 + second / 3600, second / 60 % 60);
        let at = format!(
            "2024-03-05T{hour:02}:{minute:02}:{:02}.250000 #1443",
            second % 60
        );
        let is_trouble = TROUBLE_S.contains(&second) && second % 2 == 0;
        log.push_str(&format!(
            "I, [{at}]  INFO -- : Started GET \"/cart\" for 10.0.3.7\n"
        ));
        if is_trouble {
            log.push_str(&format!(
                "E, [{at}] ERROR -- : could not reach 10.0.7.1:6379\n"
            ));
        }
        let end = match is_trouble && fails {
            true => "500 Internal Server Error in 203ms",
            false => "200 OK in 12ms",
        };
        log.push_str(&format!(
            "I, [{at}]  INFO -- : Completed {end} (Allocations: 7)\n"
        ));
    }
    let folder = made::folder(&[("rails.log".to_owned(), log.into_bytes())]);
    made::analysed(&[folder.path().join("rails.log")], |_| {})
}

#[test]
fn what_is_said_between_requests_explains_them_and_is_no_traffic() {
    for fails in [true, false] {
        let found = rails(fails);
        assert_eq!(found.incidents.len(), 1, "{fails}");
        let incident = &found.incidents[0].incident;
        let title = &incident.title;
        assert_eq!(title.contains("50 % of requests fail"), fails, "{title}");
        assert!(title.contains("message could not reach <*>"), "{title}");
        let sentence = &incident.explanation.sentence;
        assert!(sentence.contains("traffic x1.00"), "{sentence}");
    }
}

#[test]
fn templates_do_not_depend_on_threads() {
    // Several blocks, so that more than one worker has something to do.
    let log = program(true).repeat(4);
    let report = |threads: usize| {
        let snapshot = concluded(log.clone(), threads);
        reports::json::value(&snapshot)
            .to_string()
            .replace(snapshot.inputs[0].path.as_str(), "")
    };
    assert_eq!(report(1), report(3));
}
