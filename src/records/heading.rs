//! What a text says about itself: whether it is a status page or a report, and its zone.

use super::{Context, RecordKind};
use crate::clock::{Zone, zone_text};

/// The place that decides what shared abbreviations mean.
pub(super) fn locale(zone: Option<Zone>) -> Option<chrono_tz::Tz> {
    match zone? {
        Zone::Named(tz) => Some(tz),
        Zone::Fixed(_) => None,
    }
}

/// `All times are in UTC+3.`: a line about times that has a zone and no time.
pub(super) fn stated_zone(text: &str, context: &Context) -> Option<Zone> {
    let lower = text.to_lowercase();
    let about = [
        "times",
        "time zone",
        "timezone",
        "timeline",
        "local time",
        "clock",
        "time (",
        "time zone:",
    ];
    if !about.iter().any(|word| lower.contains(word)) || text.len() > 200 {
        return None;
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let trimmed = |word: &str| {
        word.trim_matches(['(', ')', ',', '.', ':', ';', '[', ']', '*', '|', '#'])
            .to_owned()
    };
    let pairs = words
        .windows(2)
        .map(|pair| trimmed(pair[0]) + &trimmed(pair[1]))
        .filter(|joined| joined.starts_with("UTC") || joined.starts_with("GMT"));
    let single = words.iter().map(|word| trimmed(word)).filter(|word| {
        word.contains('/') || word.starts_with(|c: char| c.is_ascii_uppercase() || c == '+')
    });
    let zone = |text: String| zone_text(&text).zone(locale(context.zone));
    pairs.chain(single).find_map(zone)
}

/// A status page has its labels or its tone; everything else is a report.
pub(super) fn kind_of(path: &str, text: &str) -> RecordKind {
    let lower = text.to_lowercase();
    let count = |words: &[&str]| words.iter().filter(|word| lower.contains(**word)).count();
    let page = count(&[
        "resolved -",
        "investigating -",
        "monitoring -",
        "identified -",
        "posted ",
        "we are investigating",
        "our engineers are",
    ]);
    let report = count(&[
        "timeline",
        "root cause",
        "postmortem",
        "post-mortem",
        "lessons",
        "impact\n",
        "summary\n",
        "report on",
        "what we change",
        "review",
    ]);
    let named = path.to_lowercase().contains("status");
    if page + usize::from(named) > report {
        RecordKind::StatusPosts
    } else {
        RecordKind::Report
    }
}
