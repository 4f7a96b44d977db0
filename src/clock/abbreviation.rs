//! Zones as people write them: `+03:00`, `UTC+3`, `Europe/London`, `PT`, `PST`, `IST`.
//!
//! In: the text of a zone, without the time. Out: what it may mean. An abbreviation that several
//! places share stays ambiguous until a locale or a paired clock decides; it is never guessed.

use chrono::NaiveDateTime;
use chrono_tz::Tz;

use super::NS_PER_S;
use super::zone::{Local, Zone};

/// What the text of a zone means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoneText {
    /// One zone: an offset, an IANA name, or a place's clock whatever the season (`PT`).
    Zone(Zone),
    /// The clock of a place in one season: `PST`. It may be a slip where the other season rules.
    Label(Label),
    /// Several places use it.
    Ambiguous(&'static [Label]),
    /// Not a zone.
    Unknown,
}

/// An abbreviation's offset and a place that uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// What the label says, read literally; seconds east of UTC.
    pub seconds_east: i32,
    /// Where it is used.
    pub place: Tz,
}

impl Label {
    const fn hours(hours: i32, place: Tz) -> Self {
        Self {
            seconds_east: hours * 3600,
            place,
        }
    }

    /// Whether the place's clocks show this label's offset at that instant (ns UTC).
    pub fn fits(self, ns: i64) -> bool {
        Zone::Named(self.place).seconds_east(ns) == self.seconds_east
    }
}

/// Reads the text of a zone, in any case, with or without parentheses.
///
/// `GMT+3` and `UTC+3` are three hours east, as people mean it; only the full name `Etc/GMT+3`
/// is POSIX, where it is three hours west.
pub fn zone_text(text: &str) -> ZoneText {
    let text = text.trim().trim_matches(['(', ')', '[', ']']).trim();
    if let Some(seconds) = offset(text) {
        return ZoneText::Zone(Zone::Fixed(seconds));
    }
    let upper = text.to_ascii_uppercase();
    if let Some(place) = generic(&upper) {
        return ZoneText::Zone(Zone::Named(place));
    }
    match labels(&upper) {
        [] => {}
        [label] => return ZoneText::Label(*label),
        several => return ZoneText::Ambiguous(several),
    }
    let named = text
        .contains('/')
        .then(|| text.parse::<Tz>().ok())
        .flatten();
    named.map_or(ZoneText::Unknown, |tz| ZoneText::Zone(Zone::Named(tz)))
}

impl ZoneText {
    /// The zone it means, with the help of the place where the text was written. A label is read
    /// literally. `None` when it stays ambiguous or is not a zone.
    pub fn zone(self, locale: Option<Tz>) -> Option<Zone> {
        match self {
            Self::Zone(zone) => Some(zone),
            Self::Label(label) => Some(Zone::Fixed(label.seconds_east)),
            Self::Ambiguous(labels) => {
                let here = locale?;
                let used = labels
                    .iter()
                    .find(|label| label.place == here || shows(here, label));
                used.map(|label| Zone::Fixed(label.seconds_east))
            }
            Self::Unknown => None,
        }
    }

    /// The zone it means, given that its local time is the instant `ns` UTC of a paired clock.
    /// `None` when none of its meanings agrees with the pair.
    pub fn zone_by_pair(self, ns: i64, local: NaiveDateTime) -> Option<Zone> {
        let agrees = |zone: Zone| match zone.resolve(local) {
            Local::One(at) => at == ns,
            Local::Two(first, second) => first == ns || second == ns,
            Local::Gap => false,
        };
        let labels = match &self {
            Self::Zone(zone) => return Some(*zone).filter(|&zone| agrees(zone)),
            Self::Label(label) => std::slice::from_ref(label),
            Self::Ambiguous(labels) => labels,
            Self::Unknown => &[],
        };
        labels
            .iter()
            .map(|label| Zone::Fixed(label.seconds_east))
            .find(|&zone| agrees(zone))
    }
}

/// Whether `here` shows the label's offset under the same name as the label's place, ever.
fn shows(here: Tz, label: &Label) -> bool {
    // The middle of January and of July 2020: both seasons.
    [1_579_046_400, 1_594_771_200]
        .into_iter()
        .map(|s: i64| s * NS_PER_S)
        .any(|ns| {
            let (ours, theirs) = (Zone::Named(here), Zone::Named(label.place));
            ours.seconds_east(ns) == label.seconds_east && ours.name_at(ns) == theirs.name_at(ns)
        })
}

/// `Z`, `UTC`, `GMT`, `+03:00`, `-0500`, `UTC+3`, `GMT-4:30`, `UTC+0530`: seconds east.
fn offset(text: &str) -> Option<i32> {
    let upper = text.to_ascii_uppercase();
    let rest = ["UTC", "GMT", "Z"]
        .iter()
        .find_map(|name| upper.strip_prefix(name));
    let rest = rest.unwrap_or(&upper).trim_start();
    if rest.is_empty() {
        return (!upper.is_empty()).then_some(0);
    }
    let (sign, digits) = match rest.strip_prefix('+') {
        Some(digits) => (1, digits),
        None => (-1, rest.strip_prefix(['-', '\u{2212}'])?),
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 && digits.is_ascii() => digits.split_at(2),
        None => (digits, "0"),
    };
    let number = |digits: &str| {
        let plain = (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| digits.parse::<i32>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// A place's clock whatever the season.
fn generic(upper: &str) -> Option<Tz> {
    Some(match upper {
        "PT" | "PACIFIC" | "PACIFIC TIME" => Tz::America__Los_Angeles,
        "MT" | "MOUNTAIN TIME" => Tz::America__Denver,
        "CT" | "CENTRAL TIME" => Tz::America__Chicago,
        "ET" | "EASTERN" | "EASTERN TIME" => Tz::America__New_York,
        _ => return None,
    })
}

macro_rules! labels {
    ($($hours:literal $place:ident),+) => {{
        const LABELS: &[Label] = &[$(Label::hours($hours, Tz::$place)),+];
        LABELS
    }};
}

fn labels(upper: &str) -> &'static [Label] {
    const INDIA: Label = Label {
        seconds_east: 19_800,
        place: Tz::Asia__Kolkata,
    };
    const IST: &[Label] = &[
        INDIA,
        Label::hours(2, Tz::Asia__Jerusalem),
        Label::hours(1, Tz::Europe__Dublin),
    ];
    match upper {
        "PST" => labels![-8 America__Los_Angeles],
        "PDT" => labels![-7 America__Los_Angeles],
        "MST" => labels![-7 America__Denver],
        "MDT" => labels![-6 America__Denver],
        "CDT" => labels![-5 America__Chicago],
        "EDT" => labels![-4 America__New_York],
        "WET" => labels![0 Europe__Lisbon],
        "WEST" => labels![1 Europe__Lisbon],
        "CET" => labels![1 Europe__Berlin],
        "CEST" => labels![2 Europe__Berlin],
        "EET" => labels![2 Europe__Athens],
        "EEST" => labels![3 Europe__Athens],
        "MSK" => labels![3 Europe__Moscow],
        "SGT" => labels![8 Asia__Singapore],
        "HKT" => labels![8 Asia__Hong_Kong],
        "JST" => labels![9 Asia__Tokyo],
        "KST" => labels![9 Asia__Seoul],
        "AEST" => labels![10 Australia__Sydney],
        "AEDT" => labels![11 Australia__Sydney],
        "NZST" => labels![12 Pacific__Auckland],
        "NZDT" => labels![13 Pacific__Auckland],
        "BRT" => labels![-3 America__Sao_Paulo],
        "SAST" => labels![2 Africa__Johannesburg],
        "IST" => IST,
        "BST" => labels![1 Europe__London, 6 Asia__Dhaka],
        "CST" => labels![-6 America__Chicago, 8 Asia__Shanghai, -5 America__Havana],
        "AST" => labels![-4 America__Halifax, 3 Asia__Riyadh],
        "EST" => labels![-5 America__New_York, 10 Australia__Sydney],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, locale: Option<Tz>, hours_east: Option<f64>) {
        let expected = hours_east.map(|hours| Zone::Fixed((hours * 3600.0) as i32));
        assert_eq!(zone_text(text).zone(locale), expected, "{text}");
    }

    #[test]
    fn an_offset_is_east_when_it_has_a_plus() {
        check("+03:00", None, Some(3.0));
        check("UTC+3", None, Some(3.0));
        check("GMT+3", None, Some(3.0));
        check("(utc +3)", None, Some(3.0));
        check("GMT-4:30", None, Some(-4.5));
        check("UTC+0530", None, Some(5.5));
        check("-0800", None, Some(-8.0));
        check("Z", None, Some(0.0));
        check("UTC", None, Some(0.0));
        check("UTC+99", None, None);
        check("+3x", None, None);
        check("", None, None);
        check("banana", None, None);
    }

    #[test]
    fn only_the_full_posix_name_is_west() {
        let zone = zone_text("Etc/GMT+3").zone(None).unwrap();
        assert_eq!(zone.seconds_east(0), -3 * 3600);
        assert_eq!(
            zone_text("GMT+3").zone(None).unwrap().seconds_east(0),
            3 * 3600
        );
    }

    #[test]
    fn pacific_time_follows_the_season_and_its_labels_do_not() {
        let (january, july) = (1_579_046_400 * NS_PER_S, 1_594_771_200 * NS_PER_S);
        let pacific = zone_text("PT").zone(None).unwrap();
        assert_eq!(
            (pacific.seconds_east(january), pacific.seconds_east(july)),
            (-28_800, -25_200)
        );
        check("PST", None, Some(-8.0));
        check("PDT", None, Some(-7.0));
        check("CEST", None, Some(2.0));
        let ZoneText::Label(label) = zone_text("PST") else {
            panic!("a label")
        };
        assert!(label.fits(january) && !label.fits(july));
    }

    #[test]
    fn shared_abbreviations_need_a_locale() {
        for text in ["IST", "BST", "CST", "AST", "EST"] {
            assert!(matches!(zone_text(text), ZoneText::Ambiguous(_)), "{text}");
            check(text, None, None);
        }
        check("BST", Some(Tz::Europe__London), Some(1.0));
        check("CST", Some(Tz::America__Winnipeg), Some(-6.0));
        check("CST", Some(Tz::Asia__Shanghai), Some(8.0));
        check("IST", Some(Tz::Asia__Kolkata), Some(5.5));
        check("EST", Some(Tz::Europe__Paris), None);
    }

    #[test]
    fn a_paired_clock_decides_or_contradicts() {
        let local: NaiveDateTime = "2021-01-10T05:52:00".parse().unwrap();
        let at = |hours_east: i64| {
            local.and_utc().timestamp_nanos_opt().unwrap() - hours_east * 3600 * NS_PER_S
        };
        let zone = |text: &str, hours: i64| zone_text(text).zone_by_pair(at(hours), local);
        assert_eq!(zone("CST", 8), Some(Zone::Fixed(8 * 3600)));
        assert_eq!(zone("PST", -8), Some(Zone::Fixed(-8 * 3600)));
        assert_eq!(zone("PST", -7), None);
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text: String) {
            let _ = zone_text(&text).zone(Some(Tz::Europe__London));
        }
    }
}
