//! Tells a record from a log, by content, and reads it with the reader of its kind.
//!
//! Conservative: a log taken for a record would be lost, a record taken for a log only looks odd.

use std::path::Path;

use super::{
    Context, Defect, Record, RecordKind, alertmanager, claims, deploys, heading, lines, literals,
    pager, prose,
};

/// A record is small: more than this and it is a log.
const BYTES_MAX: usize = 4 << 20;

/// What kind of record the file is, from its name and its first bytes (4 KiB are plenty).
/// `None` for a log, a metric file, or what cannot be told.
pub fn recognise(path: &str, head: &[u8]) -> Option<RecordKind> {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.contains('\0') {
        return None;
    }
    if tells_of_files(path) {
        return None;
    }
    match text.as_bytes().first()? {
        b'{' | b'[' => of_json(text),
        _ => of_csv(text).or_else(|| of_text(path, text)),
    }
}

/// The papers that lie beside logs: they tell of files, not of an incident.
fn tells_of_files(path: &str) -> bool {
    let name = Path::new(path)
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or("");
    let papers = [
        "readme",
        "changelog",
        "license",
        "contributing",
        "notice",
        "copying",
    ];
    papers.contains(&name.to_ascii_lowercase().as_str())
}

fn of_json(text: &str) -> Option<RecordKind> {
    let opening: String = text
        .chars()
        .take(300)
        .filter(|c| !c.is_whitespace())
        .collect();
    let is_array = opening.starts_with('[');
    if opening.contains("\"log_entries\":[") || (is_array && text.contains("_log_entry\"")) {
        return Some(RecordKind::PagerDuty);
    }
    if alertmanager::is_of(text) {
        return Some(RecordKind::Alertmanager);
    }
    let has = |names: &[&str]| {
        names
            .iter()
            .any(|name| text.contains(&format!("\"{name}\"")))
    };
    let is_list = is_array || opening.contains("\"deployments\":[");
    let is_deploy = has(&["created_at", "deployed_at", "started_at", "finished_at"])
        && has(&["sha", "ref", "version"])
        && has(&[
            "environment",
            "statuses",
            "creator",
            "deployer",
            "deployment",
            "service",
        ]);
    (is_list && is_deploy).then_some(RecordKind::Deploys)
}

fn of_csv(text: &str) -> Option<RecordKind> {
    let header = text.lines().next()?.to_ascii_lowercase();
    let names: Vec<&str> = header
        .split(',')
        .map(|name| name.trim().trim_matches('"'))
        .collect();
    let has = |name: &str| names.contains(&name);
    let dated = [
        "time",
        "timestamp",
        "deployed_at",
        "created_at",
        "started_at",
    ]
    .into_iter()
    .any(has);
    if has("incident_id") && has("kind") && has("time") {
        Some(RecordKind::Claims)
    } else if dated
        && (has("ref") || has("sha") || has("version"))
        && (has("kind") || has("service") || has("environment"))
    {
        Some(RecordKind::Deploys)
    } else {
        None
    }
}

/// Words of which a text about an incident has several.
const WORDS: [&str; 33] = [
    "looks like",
    "rolling back",
    "back to normal",
    "is down",
    "seeing errors",
    "outage",
    "incident",
    "restored",
    "investigating",
    "resolved",
    "timeline",
    "postmortem",
    "post-mortem",
    "rollback",
    "rolled back",
    "identified",
    "customers",
    "users",
    "service is",
    "engineers",
    "impact",
    "disruption",
    "monitoring",
    "root cause",
    "we are",
    "we have",
    "our ",
    "report",
    "delays",
    "normal service",
    "degraded",
    "affected",
    "the cause",
];

fn of_text(path: &str, text: &str) -> Option<RecordKind> {
    let extension = Path::new(path)
        .extension()
        .and_then(|e| e.to_str())
        .unwrap_or("");
    if !matches!(
        extension.to_ascii_lowercase().as_str(),
        "" | "txt" | "md" | "markdown" | "text"
    ) {
        return None;
    }
    let lower = text.to_lowercase();
    let told = WORDS.iter().filter(|word| lower.contains(**word)).count();
    let lines = lines(text);
    let written: Vec<_> = lines
        .iter()
        .filter(|line| !line.text.trim().is_empty())
        .collect();
    let times = literals::collect(&lines);
    let stamped = times
        .iter()
        .filter(|l| l.leading && l.second.is_some())
        .count();
    let words = text
        .split_whitespace()
        .filter(|w| w.chars().all(|c| c.is_alphabetic() || ".,;:'’".contains(c)))
        .count();
    let prose = words >= 3 * written.len() && 2 * words >= text.split_whitespace().count();
    let listed = times.iter().filter(|l| l.entry).count() >= 2;
    let marked = listed && matches!(extension.to_ascii_lowercase().as_str(), "md" | "markdown");
    let is_told =
        told >= 3 && (prose || marked) && 4 * stamped <= written.len() && !are_alike(&written);
    (is_told && !times.is_empty()).then(|| heading::kind_of(path, text))
}

/// Whether the lines begin alike, as those of a log do: the same shape of letters and digits.
fn are_alike(written: &[&super::Line]) -> bool {
    let shape = |line: &&super::Line| -> String {
        let class = |c: char| {
            if c.is_ascii_digit() {
                '0'
            } else if c.is_alphabetic() {
                'a'
            } else {
                c
            }
        };
        line.text.chars().take(16).map(class).collect()
    };
    let mut shapes: Vec<String> = written.iter().map(shape).collect();
    shapes.sort_unstable();
    let most = shapes
        .chunk_by(|a, b| a == b)
        .map(<[String]>::len)
        .max()
        .unwrap_or(0);
    written.len() >= 20 && 2 * most > written.len()
}

/// Reads a record with the reader that its content asks for; what is no known record is read as
/// prose. Invalid UTF-8 is replaced; what is beyond 4 MiB is left out, as a defect. Never fails.
pub fn read(path: &str, bytes: &[u8], context: &Context) -> Record {
    let read = &bytes[..bytes.len().min(BYTES_MAX)];
    let text = String::from_utf8_lossy(read);
    let mut record = match recognise(path, read) {
        Some(RecordKind::PagerDuty) => pager::read(path, &text, context),
        Some(RecordKind::Alertmanager) => alertmanager::read(path, &text, context),
        Some(RecordKind::Deploys) => deploys::read(path, &text, context),
        Some(RecordKind::Claims) => claims::read(path, &text, context),
        Some(RecordKind::StatusPosts | RecordKind::Report | RecordKind::Chat) | None => {
            prose::read(path, &text, context)
        }
    };
    if read.len() < bytes.len() {
        let (line, literal) = (0, String::new());
        let what = "longer than 4 MiB".to_owned();
        record.defects.push(Defect {
            line,
            literal,
            what,
            reading: "its first 4 MiB".into(),
        });
    }
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(path: &str, head: &str, expected: Option<RecordKind>) {
        assert_eq!(recognise(path, head.as_bytes()), expected, "{path}");
    }

    #[test]
    fn records_are_known_by_their_content() {
        check(
            "a.json",
            "{\n \"log_entries\": [\n",
            Some(RecordKind::PagerDuty),
        );
        check(
            "a",
            "[{\"type\": \"trigger_log_entry\", \"created_at\": \"",
            Some(RecordKind::PagerDuty),
        );
        check(
            "d.json",
            "[{\"sha\": \"ab\", \"environment\": \"production\", \"created_at\": \"2021\"",
            Some(RecordKind::Deploys),
        );
        check(
            "d.csv",
            "time,kind,ref,service\n2021-01-01T00:00:00Z,deploy,v1,cart\n",
            Some(RecordKind::Deploys),
        );
        check(
            "c.csv",
            "incident_id,kind,time,tz,source,note\n",
            Some(RecordKind::Claims),
        );
        check(
            "status.txt",
            "Slow pages\n3 May\n\n10:05 - We are investigating slow pages on node four.\n10:31 - Service is restored for all customers.\n",
            Some(RecordKind::StatusPosts),
        );
        check(
            "r.md",
            "# Report on the outage\n\n## Timeline\n- 10:05 the outage begins for all customers\n- 10:30 a rollback restored the service\n",
            Some(RecordKind::Report),
        );
    }

    #[test]
    fn logs_and_metrics_are_not_records() {
        let access =
            "203.0.113.9 - - [03/May/2021:10:05:00 +0000] \"GET /incident HTTP/1.1\" 200 12\n"
                .repeat(30);
        let told = "2021-05-03 10:05:00 INFO incident resolved, service is restored, customers notified by monitoring\n".repeat(3);
        let minute = "10:05 worker restored connection after outage, monitoring customers impact\n"
            .repeat(30);
        check("access.txt", &access, None);
        check("app", &told, None);
        check("app.txt", &minute, None);
        check(
            "app.log",
            "10:05 - we are investigating\n10:31 - service is restored for customers\n",
            None,
        );
        check("t.csv", "time,host,value\n2021-01-01T00:00:00Z,a,3\n", None);
        check(
            "a.json",
            "{\"time\":\"2021-01-01T00:00:00Z\",\"msg\":\"deployments done\",\"ref\":1}\n{\"time\":1}\n",
            None,
        );
        let story = "# Sample\nThe outage begins at 10:05 for customers and service is restored at 10:31 by our engineers.\n";
        check("logs/README.md", story, None);
        check("e", "", None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe(bytes: Vec<u8>) {
            let _ = recognise("x.txt", &bytes);
            let _ = read("x.txt", &bytes, &Context::default());
        }
    }
}
