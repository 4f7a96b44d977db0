//! Lengths of time that a record states: `Time to repair: 4h 9m`, `lasting 38 minutes`.
//!
//! In: the text of a record. Out: every length of time in it with its line, what it is said to be
//! the length of, how exactly it is said and in which hours it counts. Whether it follows from the
//! record's own timeline is not judged here.

mod find;
mod hours;
mod length;
mod meaning;
mod numbers;

use serde::Serialize;

pub(super) use find::of_notes;
pub use find::read;
pub use hours::Hours;

/// What a stated length of time is said to be the length of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// From impact to detection.
    Detect,
    /// From the alert to its acknowledgement.
    Acknowledge,
    /// From the alert or detection to the first action.
    Respond,
    /// From impact to the cause.
    Identify,
    /// From impact to mitigation.
    Mitigate,
    /// From impact to repair.
    Repair,
    /// From impact to the end of the incident.
    Resolve,
    /// How long users were worse off.
    Outage,
    /// All outages together, or from the first to the last.
    Total,
    /// A limit, an interval, a forecast, or it does not say of what.
    Unnamed,
}

impl Meaning {
    /// In words: `time to repair`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Detect => "time to detect",
            Self::Acknowledge => "time to acknowledge",
            Self::Respond => "time to respond",
            Self::Identify => "time to identify",
            Self::Mitigate => "time to mitigate",
            Self::Repair => "time to repair",
            Self::Resolve => "time to resolve",
            Self::Outage => "length of the outage",
            Self::Total => "total length",
            Self::Unnamed => "length of time",
        }
    }
}

/// A length of time as exactly as it is said, ns: `4h 9m` is within half a minute, `4h` within
/// half an hour, `about 40 minutes` within 15 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length {
    /// As written.
    pub ns: i64,
    /// At least this.
    pub lo_ns: i64,
    /// At most this; `i64::MAX` for `at least 2 hours`.
    pub hi_ns: i64,
}

/// In which hours a stated length counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatedHours {
    /// These.
    Told(Hours),
    /// Working hours, and it does not say which.
    Untold,
}

/// One stated length of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// Its line, from 1.
    pub line: u64,
    /// As written: `4h 9m`; printable.
    pub literal: String,
    /// The words that say what it is the length of: `Time to repair`; printable, may be empty.
    pub label: String,
    /// What they mean.
    pub meaning: Meaning,
    /// How long; `None` where no number is given: `n/a`, `a few minutes`.
    pub length: Option<Length>,
    /// The hours that count, where it says so.
    pub hours: Option<StatedHours>,
    /// For a sum: what the parts that are named beside it add up to.
    pub parts: Option<Length>,
}

/// All that a text states of lengths of time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatedTimes {
    /// In the order of the text; at most `STATED_MAX`.
    pub durations: Vec<Stated>,
    /// Working hours that the text gives anywhere, each once.
    pub hours: Vec<Hours>,
    /// There were more than `STATED_MAX`.
    pub cut_off: bool,
}

/// Stated lengths of time that are kept of one record.
pub const STATED_MAX: usize = 1000;

/// The first whole date, with its year, that a text gives.
pub fn date_in(text: &str) -> Option<chrono::NaiveDate> {
    let mut dates = super::literals::dates(text).into_iter();
    dates.find_map(|(.., date)| date.in_year(None))
}
