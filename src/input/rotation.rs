//! What a file's name says of rotation: which log it is a part of, and how old the part is.
//!
//! In: a file's name without folders. Out: the base name and a `Slot` that sorts oldest first.
//! Looks at names only; whether files are read as one is decided in `sets`.

/// Endings of a packed file.
const PACKED: [&str; 8] = [
    ".gz", ".zst", ".bz2", ".xz", ".gzip", ".zstd", ".bzip2", ".lzma",
];
/// Endings behind which a date or number may stand: `app-2024-02-03.log`.
const LOG_ENDINGS: [&str; 8] = [
    "log", "out", "err", "trace", "access", "error", "jsonl", "ndjson",
];
/// Endings of documents: several of them make no log, whatever their numbers say.
const DOCUMENT_ENDINGS: [&str; 12] = [
    "csv", "tsv", "md", "html", "htm", "xml", "toml", "yaml", "yml", "sql", "pcap", "so",
];
/// Highest number of a rotated file.
const NUMBER_MAX: u32 = 999;

/// Which part of a log a file is. The order is that of time, oldest first; where names leave it
/// open (dates beside numbers), dated files are the older ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// `app.log-20240203`: the digits of date and time, and a number that rises with time.
    Dated(String, u32),
    /// `app.log.3`: the higher the older.
    Numbered(std::cmp::Reverse<u32>),
    /// `app.log` itself.
    Current,
}

/// How sure a name is that its file is a part of a rotated log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sure {
    /// By itself: `app.log.1`, `app.log-20240203`.
    Yes,
    /// Only beside a file of the base's name: `app.1.log` may be the log of instance 1.
    BesideBase,
}

/// A name taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// The log's name: `app.log`.
    pub base: String,
    /// Which part of it the file is.
    pub slot: Slot,
    /// How sure that is.
    pub sure: Sure,
}

/// Takes a file's name (no folders) apart. A name that says nothing is its own base.
pub fn rotated(name: &str) -> Rotated {
    let name = without_packing(name);
    let found = dated(name)
        .or_else(|| numbered(name))
        .or_else(|| old(name))
        .or_else(|| number_inside(name));
    found
        .filter(|found| !is_document(&found.base))
        .unwrap_or_else(|| Rotated {
            base: name.to_owned(),
            slot: Slot::Current,
            sure: Sure::Yes,
        })
}

/// The name without `.gz` and the like.
pub fn without_packing(name: &str) -> &str {
    let stripped = PACKED.iter().find_map(|ending| name.strip_suffix(ending));
    stripped.filter(|rest| !rest.is_empty()).unwrap_or(name)
}

fn is_document(base: &str) -> bool {
    let ending = base.rsplit('.').next().unwrap_or(base).to_lowercase();
    base.contains('.') && DOCUMENT_ENDINGS.contains(&ending.as_str())
}

/// `app.log.2`; without an ending (`syslog.2`, `worker.2`) only beside the base.
fn numbered(name: &str) -> Option<Rotated> {
    let (base, number) = name.rsplit_once('.')?;
    let number = rotation_number(number)?;
    let sure = match base.contains('.') || base.to_lowercase().contains("log") {
        true => Sure::Yes,
        false => Sure::BesideBase,
    };
    named(base, Slot::Numbered(std::cmp::Reverse(number)), sure)
}

/// `app.log.old`.
fn old(name: &str) -> Option<Rotated> {
    let base = name.strip_suffix(".old")?;
    let slot = Slot::Numbered(std::cmp::Reverse(1));
    named(base, slot, Sure::BesideBase)
}

/// `app.1.log`.
fn number_inside(name: &str) -> Option<Rotated> {
    let (rest, ending) = name.rsplit_once('.')?;
    let (stem, number) = rest.rsplit_once('.')?;
    let slot = Slot::Numbered(std::cmp::Reverse(rotation_number(number)?));
    named(&format!("{stem}.{ending}"), slot, Sure::BesideBase)
}

/// `app.log-20240203`, `app.log.2024-02-03-15`, `app-2024-02-03.1.log`, `u_ex240203.log`.
fn dated(name: &str) -> Option<Rotated> {
    if let Some((base, slot)) = split_date(name) {
        return named(base, slot, Sure::Yes);
    }
    let (rest, ending) = name.rsplit_once('.')?;
    let (stem, slot) = split_date(rest)?;
    let is_log = LOG_ENDINGS.contains(&ending.to_lowercase().as_str())
        || stem.to_lowercase().contains("log");
    let base = format!("{stem}.{ending}");
    named(&base, slot, Sure::Yes).filter(|_| is_log && !stem.is_empty())
}

fn named(base: &str, slot: Slot, sure: Sure) -> Option<Rotated> {
    base.contains(|c: char| c.is_alphabetic()).then(|| Rotated {
        base: base.to_owned(),
        slot,
        sure,
    })
}

fn rotation_number(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() <= 3;
    let number = text.parse().ok().filter(|number| *number <= NUMBER_MAX)?;
    plain.then_some(number)
}

/// Splits a date at the end of `text` off, with a time and a number behind it if there are.
fn split_date(text: &str) -> Option<(&str, Slot)> {
    let tail = text
        .bytes()
        .rev()
        .take_while(|byte| byte.is_ascii_digit() || b"-_.T:Z".contains(byte))
        .count();
    let from = text.len() - tail;
    // The first place from which all the rest is a date: a number before it belongs to the base.
    for (at, _) in text[from..].char_indices() {
        let (base, rest) = (&text[..from + at], &text[from + at..]);
        let separated = rest.strip_prefix(['-', '_', '.']);
        let slot = match separated {
            Some(date) => date_slot(date),
            None if base.ends_with("u_ex") && rest.len() >= 6 => {
                date_slot(&format!("20{rest}")).filter(|_| rest.is_ascii())
            }
            None => None,
        };
        if let Some(slot) = slot.filter(|_| !base.is_empty()) {
            return Some((base, slot));
        }
    }
    None
}

/// `20240203`, `2024-02-03`, with `T150405`, `-15`, `_15-04` behind, then perhaps `.2` or `-2`;
/// or seconds since 1970.
fn date_slot(text: &str) -> Option<Slot> {
    let groups: Vec<&str> = text
        .trim_end_matches('Z')
        .split(['-', '_', '.', 'T', ':'])
        .collect();
    if groups.iter().any(|group| group.is_empty()) {
        return None;
    }
    let (date, rest) = match groups.as_slice() {
        [year, month, day, rest @ ..] if year.len() == 4 && month.len() == 2 && day.len() == 2 => {
            (format!("{year}{month}{day}"), rest)
        }
        [all, rest @ ..] if [8, 10, 12, 14].contains(&all.len()) => ((*all).to_owned(), rest),
        _ => return None,
    };
    let Some(mut digits) = is_date(&date).then_some(date.clone()) else {
        return seconds(&date, rest);
    };
    let mut number = 0;
    for (i, group) in rest.iter().enumerate() {
        let is_last = i + 1 == rest.len();
        match group.len() {
            // A time of day; a last group of one or three digits is a number.
            2 | 4 | 6 if digits.len() + group.len() <= 14 && is_time(&digits, group) => {
                digits.push_str(group);
            }
            10 if is_last => digits = format!("{:0<14}{group}", digits),
            1..=3 if is_last => number = group.parse().ok()?,
            _ => return None,
        }
    }
    Some(Slot::Dated(digits, number))
}

/// `app.log.1706918400`: as old as a date, told apart by its length.
fn seconds(text: &str, rest: &[&str]) -> Option<Slot> {
    let seconds: i64 = text.parse().ok()?;
    // From 2001 on, when there are ten digits.
    if text.len() != 10 || seconds < 1_000_000_000 || !rest.is_empty() {
        return None;
    }
    let at = chrono::DateTime::from_timestamp(seconds, 0)?;
    Some(Slot::Dated(at.format("%Y%m%d%H%M%S").to_string(), 0))
}

/// Whether digits begin with a year, a month and a day that there are, and go on as a time.
fn is_date(digits: &str) -> bool {
    let part = |range: std::ops::Range<usize>| digits.get(range).and_then(|part| part.parse().ok());
    let within = |part: Option<u32>, low, high| part.is_some_and(|x| (low..=high).contains(&x));
    within(part(0..4), 1990, 2099)
        && within(part(4..6), 1, 12)
        && within(part(6..8), 1, 31)
        && is_time(&digits[..8], &digits[8..])
}

/// Whether `more` goes on behind `digits`, of which the first eight are a date.
fn is_time(digits: &str, more: &str) -> bool {
    let all = format!("{digits}{more}");
    let limits = [(8..10, 23), (10..12, 59), (12..14, 60)];
    limits.into_iter().all(|(range, high)| {
        let part = all.get(range).map(str::parse::<u32>);
        part.is_none_or(|part| part.is_ok_and(|x| x <= high))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cmp::Reverse;

    fn check(name: &str, base: &str, slot: Slot, sure: Sure) {
        let expected = Rotated {
            base: base.to_owned(),
            slot,
            sure,
        };
        assert_eq!(rotated(name), expected, "{name}");
    }

    #[test]
    fn numbers_tell_the_age() {
        let check = |name, base, number, sure| {
            check(name, base, Slot::Numbered(Reverse(number)), sure);
        };
        check("app.log.1", "app.log", 1, Sure::Yes);
        check("app.log.12.gz", "app.log", 12, Sure::Yes);
        check("syslog.2.xz", "syslog", 2, Sure::Yes);
        check("messages.1", "messages", 1, Sure::BesideBase);
        check("app.1.log", "app.log", 1, Sure::BesideBase);
        check("app.2.log.bz2", "app.log", 2, Sure::BesideBase);
        check("Xorg.0.log.old", "Xorg.0.log", 1, Sure::BesideBase);
    }

    #[test]
    fn dates_tell_the_age() {
        let check = |name, base, digits: &str, number| {
            check(
                name,
                base,
                Slot::Dated(digits.to_owned(), number),
                Sure::Yes,
            );
        };
        check("app.log-20240203.zst", "app.log", "20240203", 0);
        check("app-2024-02-03.log", "app.log", "20240203", 0);
        check("app.2024-02-03.4.log.gz", "app.log", "20240203", 4);
        check("app-2024-02-03-1.log", "app.log", "20240203", 1);
        check("app.log.2024-02-03", "app.log", "20240203", 0);
        check("app.log.2024-02-03-15", "app.log", "2024020315", 0);
        check("app.log-2024020315.gz", "app.log", "2024020315", 0);
        check("db-2024-02-03_150405.log", "db.log", "20240203150405", 0);
        check("0.log.20240203-150405.gz", "0.log", "20240203150405", 0);
        check("access_log.1706972645", "access_log", "20240203150405", 0);
        check("access_log.2024-02-03.txt", "access_log.txt", "20240203", 0);
        check("u_ex240203.log", "u_ex.log", "20240203", 0);
        check(
            "x.log-20240203-1706972645",
            "x.log",
            "202402030000001706972645",
            0,
        );
    }

    #[test]
    fn other_names_are_their_own_base() {
        for name in [
            "app.log",
            "app-1.json",
            "web-12.log",
            "app.log.1234",
            "worker-20241399.log",
            "report-2024-02-03.txt",
            "record-2024-02-03.csv",
            "ports.csv.1",
            "libz.so.1",
            "2024-02-03.log",
            "1.2.3",
            "20240203",
            "..1",
            "",
        ] {
            check(name, without_packing(name), Slot::Current, Sure::Yes);
        }
    }

    #[test]
    fn older_slots_come_first() {
        let slot = |name| rotated(name).slot;
        let names = [
            "app.log-20231231",
            "app.log-20240203",
            "app.log-2024020304",
            "app.log-20240204.1",
            "app.log-20240204.2",
            "app.log.10",
            "app.log.9",
            "app.log.1",
            "app.log",
        ];
        assert!(names.map(slot).is_sorted(), "{:?}", names.map(slot));
    }

    proptest! {
        #[test]
        fn any_name_is_safe(name in "[a-z]{0,3}[-_.T:Z0-9é]{0,24}(\\.log)?(\\.gz)?") {
            let rotated = rotated(&name);
            prop_assert!(name.is_empty() || !rotated.base.is_empty());
        }
    }
}
