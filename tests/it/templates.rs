//! Message templates on logs that people have sorted by hand: grouping accuracy with the one
//! configuration that the product has.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rfo::formats::Miner;
use rfo::formats::message::mask;

use crate::corpus::corpus;

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
