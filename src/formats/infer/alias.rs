//! Under which names a key may be known.
//!
//! In: a key as it is written. Out: its name in lower case without `_` and `-`; that name without
//! the unit that it ends in; and both without the containers around them that say nothing,
//! `Properties.StatusCode`. Knows no roles.

/// Containers in which libraries put what a line says, in front of the names that mean something.
const CONTAINERS: [&str; 21] = [
    "properties",
    "attributes",
    "attr",
    "fields",
    "context",
    "contextmap",
    "mdc",
    "ctx",
    "extra",
    "data",
    "payload",
    "jsonpayload",
    "meta",
    "metadata",
    "details",
    "labels",
    "kv",
    "log",
    "body",
    "source",
    "content",
];
/// Units that a name may end in behind `_`, `-`, `.` or a small letter.
const UNITS: [&str; 16] = [
    "milliseconds",
    "microseconds",
    "nanoseconds",
    "seconds",
    "millis",
    "micros",
    "nanos",
    "secs",
    "msec",
    "usec",
    "nsec",
    "sec",
    "ms",
    "us",
    "ns",
    "s",
];

/// A shorter name is none: `msec` is no `m` in seconds.
const STEM_MIN: usize = 3;

/// A key in lower case without `_` and `-`, and without the zone that Azure writes behind the names
/// of its times: `timestamp_[UTC]`.
pub(super) fn plain(key: &[u8]) -> String {
    let name = String::from_utf8_lossy(key).to_lowercase();
    let name = name.strip_suffix("[utc]").unwrap_or(&name).trim_end();
    name.replace(['_', '-'], "")
}

/// The names of a key, each with the number of containers that were taken off it; `own`: one that says
/// nothing in this log, with its point.
pub(super) fn names(key: &[u8], own: Option<&str>) -> Vec<(String, usize)> {
    let (name, stem) = (plain(key), plain(without_unit(key)));
    let mut names = vec![(name.clone(), 0), (stem.clone(), 0)];
    let (mut name, mut stem, mut taken) = (name.as_str(), stem.as_str(), 0);
    if let Some(own) = own
        && let Some(inner) = name.strip_prefix(own)
    {
        taken += 1;
        name = inner;
        stem = stem.strip_prefix(own).unwrap_or(inner);
        names.push((name.to_owned(), taken));
        names.push((stem.to_owned(), taken));
    }
    while let Some((container, inner)) = name.split_once('.')
        && CONTAINERS.contains(&container)
    {
        taken += 1;
        name = inner;
        stem = stem.split_once('.').map_or(inner, |(_, inner)| inner);
        names.push((name.to_owned(), taken));
        names.push((stem.to_owned(), taken));
    }
    names
}

/// A key without the unit that it ends in: `took_ms`, `duration.us`, `latencySeconds`.
fn without_unit(key: &[u8]) -> &[u8] {
    let lower = key.to_ascii_lowercase();
    let ends = |unit: &&str| {
        let at = lower.len().checked_sub(unit.len())?;
        let before = lower[..at].last()?;
        // A short one is a unit only where something parts it from the name: `status` is no `stat`.
        let is_parted = matches!(before, b'_' | b'-' | b'.') || key[at].is_ascii_uppercase();
        (lower.ends_with(unit.as_bytes()) && (is_parted || unit.len() > 2 || *unit == "ms"))
            .then_some(at)
    };
    let at = UNITS.iter().find_map(ends).unwrap_or(key.len());
    let is_joint = |byte: &u8| matches!(byte, b'_' | b'-' | b'.');
    let end = key[..at].iter().rposition(|byte| !is_joint(byte));
    end.filter(|end| *end + 1 >= STEM_MIN)
        .map_or(key, |end| &key[..=end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(key: &str, expected: &[&str]) {
        let mut found: Vec<String> = Vec::new();
        for (name, _) in names(key.as_bytes(), Some("api.")) {
            if !found.contains(&name) {
                found.push(name);
            }
        }
        assert_eq!(found, expected, "{key}");
    }

    #[test]
    fn a_unit_behind_a_name_is_no_part_of_it() {
        check("took_ms", &["tookms", "took"]);
        check("duration_s", &["durations", "duration"]);
        check("duration.us", &["duration.us", "duration"]);
        check("latencySeconds", &["latencyseconds", "latency"]);
        check("elapsedMS", &["elapsedms", "elapsed"]);
        check("requests", &["requests"]);
        check("ms", &["ms"]);
        check("msec", &["msec"]);
        check("_ms", &["ms"]);
        check("TimeGenerated_[UTC]", &["timegenerated"]);
    }

    #[test]
    fn containers_that_say_nothing_are_taken_off() {
        check(
            "Properties.StatusCode",
            &["properties.statuscode", "statuscode"],
        );
        check(
            "attributes.http.took_ms",
            &[
                "attributes.http.tookms",
                "attributes.http.took",
                "http.tookms",
                "http.took",
            ],
        );
        check("http.status", &["http.status"]);
        check("api.took_ms", &["api.tookms", "api.took", "tookms", "took"]);
        check("", &[""]);
    }
}
