//! Working hours: which part of which days counts, and how texts say it.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::StatedHours;

const DAY_MIN: u16 = 24 * 60;

/// The hours of a day and the days of a week that count. Local; the same on every day of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hours {
    /// Minutes after midnight, below `to_min`.
    from_min: u16,
    /// Minutes after midnight, up to 24:00.
    to_min: u16,
    /// Saturday and Sunday too.
    all_days: bool,
}

impl Hours {
    /// Monday to Friday between two times of day, minutes after midnight. `None` when the second
    /// is not after the first, or is after 24:00.
    pub fn weekdays(from_min: u16, to_min: u16) -> Option<Self> {
        let valid = from_min < to_min && to_min <= DAY_MIN;
        valid.then_some(Self {
            from_min,
            to_min,
            all_days: false,
        })
    }

    /// The same on all seven days.
    #[must_use]
    pub fn on_all_days(self) -> Self {
        Self {
            all_days: true,
            ..self
        }
    }

    /// Minutes after midnight at which it begins, and at which it ends.
    pub fn minutes(self) -> (u16, u16) {
        (self.from_min, self.to_min)
    }

    /// Whether Saturdays and Sundays count.
    pub fn has_weekends(self) -> bool {
        self.all_days
    }

    /// `10:00-17:00 Mon-Fri`.
    pub fn words(self) -> String {
        let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let days = if self.all_days {
            "every day"
        } else {
            "Mon-Fri"
        };
        format!("{}-{} {days}", clock(self.from_min), clock(self.to_min))
    }
}

static HOURS: LazyLock<Regex> = LazyLock::new(|| {
    let clock = |n: u8| {
        format!(r"(?P<h{n}>\d{{1,2}})(?:[:.]?(?P<m{n}>\d{{2}}))?\s*(?P<half{n}>[ap]\.?m\b\.?)?")
    };
    let pattern = format!(
        r"(?i)\b(?:support|office|working|business|core|opening|service)[ -](?:hours|time)\b(?:[^0-9.;]{{0,24}}{}\s*(?:-|–|—|to|until|and)\s*{})?(?P<days>[^.;0-9]{{0,40}})",
        clock(1),
        clock(2)
    );
    Regex::new(&pattern).expect("the pattern is constant and tested")
});

/// The working hours that a text speaks of, with the byte at which each begins.
pub(super) fn hours(text: &str) -> Vec<(usize, StatedHours)> {
    HOURS
        .captures_iter(text)
        .map(|captures| (captures.get(0).map_or(0, |m| m.start()), read(&captures)))
        .collect()
}

fn read(captures: &Captures) -> StatedHours {
    let days = captures
        .name("days")
        .map_or(String::new(), |days| days.as_str().to_lowercase());
    let (Some(from), Some(to)) = (clock(captures, 1), clock(captures, 2)) else {
        return StatedHours::Untold;
    };
    // `9-5` ends in the afternoon.
    let to = match captures.name("half2") {
        None if to <= from && from < DAY_MIN / 2 => to + DAY_MIN / 2,
        _ => to,
    };
    let all = ["every day", "7 days", "seven days", "daily", "all days"];
    match Hours::weekdays(from, to) {
        Some(hours) if all.iter().any(|word| days.contains(word)) => {
            StatedHours::Told(hours.on_all_days())
        }
        Some(hours) => StatedHours::Told(hours),
        None => StatedHours::Untold,
    }
}

fn clock(captures: &Captures, n: u8) -> Option<u16> {
    let number = |name: String| captures.name(&name)?.as_str().parse::<u16>().ok();
    let (hour, minute) = (
        number(format!("h{n}"))?,
        number(format!("m{n}")).unwrap_or(0),
    );
    let half = captures
        .name(&format!("half{n}"))
        .map(|half| half.as_str().to_ascii_lowercase());
    let hour = match (hour, half.as_deref().and_then(|half| half.chars().next())) {
        (12, Some('a')) => 0,
        (1..=11, Some('p')) => hour + 12,
        _ => hour,
    };
    (hour <= 24 && minute < 60 && hour * 60 + minute <= DAY_MIN).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &str) {
        let found: Vec<String> = hours(text)
            .into_iter()
            .map(|(_, hours)| match hours {
                StatedHours::Told(hours) => hours.words(),
                StatedHours::Untold => "?".to_owned(),
            })
            .collect();
        assert_eq!(found.join(", "), expected, "{text}");
    }

    #[test]
    fn working_hours_are_read_as_people_write_them() {
        check(
            "6h (during support hours 08:30-16:00)",
            "08:30-16:00 Mon-Fri",
        );
        check(
            "in office hours (9am to 5.30pm, Mon-Fri)",
            "09:00-17:30 Mon-Fri",
        );
        check("Our working hours are 9-5.", "09:00-17:00 Mon-Fri");
        check(
            "business hours 08:00–20:00 every day",
            "08:00-20:00 every day",
        );
        check("4h, office hours only", "?");
        check("support hours 17:00-08:00", "?");
        check("the opening of hours", "");
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text: String, told in "(support hours|office hours| |[0-9]{1,3}|:|-|am|pm|é){0,20}") {
            let _ = (hours(&text), hours(&told));
        }
    }
}
