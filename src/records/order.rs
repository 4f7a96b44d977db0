//! What the times of a text mean: the reading that is most consistent in order.
//!
//! Every change to what is written has a price: the other half of the day, another day or year,
//! going back in time. The cheapest reading of the whole timeline wins, oldest or newest first;
//! the next cheapest is kept where it is close.

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime};

use super::beside::beside;
use super::direction::prices_of_order;
use super::literals::Literal;
use super::paths::{Path, Step, two_cheapest};

/// Am for pm or the reverse: a slip of the pen.
const FLIP: f64 = 4.0;
/// The afternoon by a clock of twelve hours without am and pm: to go over to it, and to stay.
const AFTERNOON: f64 = 2.5;
const STILL_AFTERNOON: f64 = 0.1;
/// Another year than the one written, where the text names that year as well.
const OTHER_YEAR: f64 = 4.0;
/// A year that the headings do not name.
const ODD_YEAR: f64 = 0.5;
/// Midnight passed without a word, within half a day; and after more than that.
const MIDNIGHT: f64 = 0.5;
const LONG_SILENCE: f64 = 4.5;
/// Back in time, and the same where a new section begins.
const BACK: f64 = 5.0;
const BACK_IN_SECTION: f64 = 1.0;
/// More than so many days between neighbours of one section.
const LEAP: f64 = 3.0;
const LEAP_DAYS: i64 = 60;
/// A first line that is not on the day of its heading, or a day that the logs do not cover.
const OTHER_DAY: f64 = 6.0;
/// Midnights without a word that are considered at most.
const MIDNIGHTS_MAX: i64 = 8;
/// A reading that costs at most this much more is shown beside the one taken.
const CLOSE: f64 = 2.0;

/// The local time that a literal is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed {
    pub local: NaiveDateTime,
    /// Am was read as pm, or pm as am.
    pub flipped: bool,
    /// What else was changed.
    pub changed: Changed,
}

/// How a reading differs from what is written, beside am and pm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Changed {
    #[default]
    Nothing,
    /// Twelve hours later: no am or pm is written.
    Afternoon,
    /// Another year than the one written.
    Year,
}

/// What is known of the days.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Days {
    /// The year of dates without one.
    pub year: Option<i32>,
    /// First and last local day that the logs cover.
    pub covered: Option<(NaiveDate, NaiveDate)>,
    /// The year that the text's title or headings name.
    pub headed: Option<i32>,
}

/// The readings of all literals.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Assigned {
    /// The one taken; `None` where no date is known.
    pub placed: Vec<Option<Placed>>,
    /// Another one that costs little more: index of the literal and how it is read there. Only
    /// those that differ.
    pub close: Vec<(usize, Placed)>,
    /// The text is read newest first.
    pub newest_first: bool,
}

/// The reading of each literal. `words` is the text that belongs to each literal, `sections` the
/// section of each literal's line.
pub(super) fn assign(
    literals: &[Literal],
    words: &[String],
    sections: &[usize],
    days: Days,
) -> Assigned {
    let mut assigned = Assigned {
        placed: vec![None; literals.len()],
        ..Assigned::default()
    };
    let alone = |i: &usize| !literals[*i].paired && !literals[*i].ends_range;
    let entries: Vec<usize> = (0..literals.len())
        .filter(|i| literals[*i].entry && alone(i))
        .collect();
    let chain = match entries.len() {
        0 | 1 => (0..literals.len()).filter(alone).collect(),
        _ => entries,
    };
    let chain: Vec<usize> = chain
        .into_iter()
        .filter(|&i| base(&literals[i], days).is_some())
        .collect();
    let text = Text {
        literals,
        words,
        sections,
        days,
        years: years(literals),
        twelve: is_twelve(literals, &chain),
    };
    text.read_chain(&chain, &mut assigned);
    let mut told = super::beside::Told::new(&chain, &assigned.placed);
    for i in 0..literals.len() {
        if assigned.placed[i].is_none() {
            assigned.placed[i] = beside(i, literals, words, &mut told, &assigned.placed, days);
        }
    }
    assigned
}

struct Text<'a> {
    literals: &'a [Literal],
    words: &'a [String],
    sections: &'a [usize],
    days: Days,
    /// Years that the literals' own dates name.
    years: Vec<i32>,
    /// The chain's clock has twelve hours and no am or pm.
    twelve: bool,
}

pub(super) fn base(literal: &Literal, days: Days) -> Option<NaiveDate> {
    match literal.date {
        Some(date) => date.in_year(days.year),
        None => days.covered.map(|(first, _)| first),
    }
}

pub(super) fn at(literal: &Literal, day: NaiveDate, flipped: bool) -> NaiveDateTime {
    let hour = if flipped {
        (literal.hour + 12) % 24
    } else {
        literal.hour
    };
    let time = day.and_hms_opt(hour, literal.minute, literal.second.unwrap_or(0));
    time.expect("literals hold only times that exist")
}

fn years(literals: &[Literal]) -> Vec<i32> {
    let own = literals
        .iter()
        .filter_map(|l| l.date.and_then(|date| date.year));
    let mut years: Vec<i32> = own.collect();
    years.sort_unstable();
    years.dedup();
    years.truncate(4);
    years
}

/// Hours from 1 to 12 only, none of them with a zero before, and fewer than half with am or pm.
fn is_twelve(literals: &[Literal], chain: &[usize]) -> bool {
    let plain = |l: &Literal| {
        (1..=12).contains(&l.hour) && l.second.is_none() && !l.day_only && !l.text.starts_with('0')
    };
    let bare = || chain.iter().map(|&i| &literals[i]).filter(|l| !l.twelve);
    bare().count() >= 2 && bare().all(plain)
}

/// A way to read one literal.
#[derive(Debug, Clone, Copy)]
struct Way {
    placed: Placed,
    /// The day of its heading, or its own.
    base: NaiveDate,
    /// Days after that.
    shift: i64,
    price: f64,
}

impl Text<'_> {
    fn read_chain(&self, chain: &[usize], assigned: &mut Assigned) {
        let midnights = self.midnights(chain);
        let ways: Vec<Vec<Way>> = chain.iter().map(|&i| self.ways(i, midnights)).collect();
        let step = |i: usize, j: usize| Step {
            ways: [&ways[i], &ways[j]],
            opens: self.sections.get(chain[i]) != self.sections.get(chain[j]),
        };
        let [for_oldest, for_newest] = prices_of_order(self.words, chain);
        let n = ways.len();
        let forward = |k: usize| k;
        let backward = |k: usize| n - 1 - k;
        let price = |from: Option<usize>, to: usize| match from {
            None => first_prices(&ways[to]),
            Some(from) => prices(&step(from, to)),
        };
        let mut found: Vec<(bool, Path)> = Vec::new();
        for (newest_first, extra) in [(false, for_oldest), (true, for_newest)] {
            let place: &dyn Fn(usize) -> usize = if newest_first { &backward } else { &forward };
            for mut path in two_cheapest(n, |k| price(k.checked_sub(1).map(place), place(k))) {
                path.price += extra;
                if newest_first {
                    path.ways.reverse();
                }
                found.push((newest_first, path));
            }
        }
        found.sort_by(|a, b| a.1.price.total_cmp(&b.1.price));
        let Some((newest_first, best)) = found.first() else {
            return;
        };
        assigned.newest_first = *newest_first && n > 1;
        let read = |path: &Path| -> Vec<Placed> {
            let each = path.ways.iter().zip(&ways);
            each.map(|(&way, ways)| ways[way].placed).collect()
        };
        let taken = read(best);
        for (&i, placed) in chain.iter().zip(&taken) {
            assigned.placed[i] = Some(*placed);
        }
        let close = found[1..]
            .iter()
            .filter(|(_, path)| path.price <= best.price + CLOSE)
            .map(|(_, path)| read(path))
            .find(|other| *other != taken);
        let other = close.into_iter().flatten();
        let differing = chain.iter().zip(other).zip(&taken);
        assigned.close = differing
            .filter(|((_, other), taken)| other.local != taken.local)
            .map(|((&i, other), _)| (i, other))
            .collect();
    }

    /// How often times without a date of their own go back: midnights at most.
    fn midnights(&self, chain: &[usize]) -> i64 {
        let minute = |i: usize| {
            let l = &self.literals[i];
            (!l.dated).then_some(l.hour * 60 + l.minute)
        };
        let goes_back = |pair: &&[usize]| {
            let ends = minute(pair[0]).zip(minute(pair[1]));
            ends.is_some_and(|(a, b)| b < a)
        };
        let back = chain.windows(2).filter(goes_back).count() as i64;
        back.clamp(1, MIDNIGHTS_MAX)
    }

    fn ways(&self, i: usize, midnights: i64) -> Vec<Way> {
        let literal = &self.literals[i];
        let day = base(literal, self.days).expect("only literals with a date are in the chain");
        let shifts = if literal.dated { 0..=0 } else { -1..=midnights };
        let mut ways = Vec::new();
        for base in self.bases(literal, day) {
            let year = (base != day).then_some(Changed::Year);
            let year_price = self.year_price(literal, base, day);
            for shift in shifts.clone() {
                let Some(on) = base.checked_add_signed(Duration::days(shift)) else {
                    continue;
                };
                for (later, changed, price) in self.halves(literal) {
                    let uncovered = self.days.covered.is_some_and(|(first, last)| {
                        on < first - Duration::days(1) || on > last + Duration::days(1)
                    });
                    let price = price + year_price + if uncovered { OTHER_DAY } else { 0.0 };
                    ways.push(Way {
                        placed: Placed {
                            local: at(literal, on, later),
                            flipped: later && changed == Changed::Nothing,
                            changed: year.unwrap_or(changed),
                        },
                        base,
                        shift,
                        price,
                    });
                }
            }
        }
        ways
    }

    /// The half of the day that is written, and the other one where it may be meant.
    fn halves(&self, literal: &Literal) -> Vec<(bool, Changed, f64)> {
        let mut halves = vec![(false, Changed::Nothing, 0.0)];
        if literal.twelve {
            halves.push((true, Changed::Nothing, FLIP));
        } else if self.twelve && literal.hour < 12 {
            halves.push((true, Changed::Afternoon, STILL_AFTERNOON));
        }
        halves
    }

    /// The day as written, and the same day in the other years of the text.
    fn bases(&self, literal: &Literal, day: NaiveDate) -> Vec<NaiveDate> {
        let own = literal.dated && literal.date.is_some_and(|date| date.year.is_some());
        let others = self.years.iter().chain(self.days.headed.as_ref());
        let others = others.filter(|&&year| own && (year - day.year()).abs() <= 1);
        let mut bases = vec![day];
        for other in others.filter_map(|&year| day.with_year(year)) {
            if !bases.contains(&other) {
                bases.push(other);
            }
        }
        bases
    }

    fn year_price(&self, literal: &Literal, base: NaiveDate, day: NaiveDate) -> f64 {
        let odd = literal.dated && self.days.headed.is_some_and(|year| base.year() != year);
        let other = base != day;
        f64::from(u8::from(odd)) * ODD_YEAR + f64::from(u8::from(other)) * OTHER_YEAR
    }
}

/// Prices to begin with each way: rows of one.
fn first_prices(ways: &[Way]) -> Vec<Vec<f64>> {
    let price = |way: &Way| {
        let turn = if way.placed.changed == Changed::Afternoon {
            AFTERNOON
        } else {
            0.0
        };
        way.price + turn + if way.shift == 0 { 0.0 } else { OTHER_DAY }
    };
    ways.iter().map(|way| vec![price(way)]).collect()
}

/// Prices to come to each way of the second literal from each of the first.
fn prices(step: &Step<'_, Way>) -> Vec<Vec<f64>> {
    let [from, to] = step.ways;
    let row = |to: &Way| {
        from.iter()
            .map(|from| to.price + between(from, to, step.opens))
            .collect()
    };
    to.iter().map(row).collect()
}

fn between(from: &Way, to: &Way, opens: bool) -> f64 {
    let gap = to.placed.local - from.placed.local;
    let headed_anew = from.base != to.base;
    let midnight = match to.shift > from.shift {
        _ if headed_anew => {
            if to.shift == 0 {
                0.0
            } else {
                OTHER_DAY
            }
        }
        true if gap <= Duration::hours(12) => MIDNIGHT,
        true => LONG_SILENCE * (to.shift - from.shift) as f64,
        false => 0.0,
    };
    let back = gap < Duration::zero() || (!headed_anew && to.shift < from.shift);
    let back = match (back, opens) {
        (false, _) => 0.0,
        (true, false) => BACK,
        (true, true) => BACK_IN_SECTION,
    };
    let leap = !opens && gap.num_days().abs() > LEAP_DAYS;
    let turn = to.placed.changed == Changed::Afternoon && from.placed.changed != Changed::Afternoon;
    midnight + back + if leap { LEAP } else { 0.0 } + if turn { AFTERNOON } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::super::literals::collect;
    use super::*;

    fn check(text: &str, expected: &str) -> String {
        let lines = super::super::lines(text);
        let literals = collect(&lines);
        let words: Vec<String> = literals
            .iter()
            .map(|l| lines[l.line].text.to_owned())
            .collect();
        let sections: Vec<usize> = {
            let outline = super::super::sections::outline(&lines);
            literals.iter().map(|l| outline.section[l.line]).collect()
        };
        let context = super::super::Context::default();
        let outline = super::super::sections::outline(&lines);
        let days = super::super::guesses::guess("x.txt", &lines, &outline, None, &context).days;
        let days = Days {
            year: days.year.or(Some(2021)),
            ..days
        };
        let assigned = assign(&literals, &words, &sections, days);
        let shown: Vec<String> = assigned
            .placed
            .iter()
            .map(|p| {
                p.map_or("?".into(), |p| {
                    let year = if p.changed == Changed::Year {
                        "%Y-%m-"
                    } else {
                        ""
                    };
                    format!(
                        "{}{}",
                        p.local.format(&format!("{year}%d %H:%M")),
                        if p.flipped { "!" } else { "" }
                    )
                })
            })
            .collect();
        assert_eq!(shown.join(", "), expected);
        let close = assigned.close.iter();
        close
            .map(|(i, p)| format!("{i}:{}", p.local.format("%d %H:%M")))
            .collect::<Vec<_>>()
            .join(", ")
    }

    #[test]
    fn only_the_reading_in_order_is_taken() {
        check(
            "3 May\n8:10 AM: a\n9:20 AM: b\n12:30 AM: c\n4:00 PM: d",
            "03 08:10, 03 09:20, 03 12:30!, 03 16:00",
        );
    }

    #[test]
    fn midnight_passes_without_a_flip() {
        check(
            "3 May\n10:10 PM: a\n11:50 PM: b\n12:30 AM: c\n1:00 AM: d",
            "03 22:10, 03 23:50, 04 00:30, 04 01:00",
        );
        check(
            "3 May\n23:50 - a\n00:10 - b\n00:40 - c",
            "03 23:50, 04 00:10, 04 00:40",
        );
    }

    #[test]
    fn newest_first_is_an_order_too() {
        check(
            "3 May\n16:00 - d\n12:30 - c\n09:20 - b",
            "03 16:00, 03 12:30, 03 09:20",
        );
    }

    #[test]
    fn prose_follows_the_timeline_that_tells_of_the_same() {
        let text = "3 May\n8:10 AM: the release begins\n9:20 AM: errors\n11:00 AM: gone\n\nThe release of 8:10 PM was not checked.";
        check(text, "03 08:10, 03 09:20, 03 11:00, 03 08:10!");
    }

    #[test]
    fn without_a_date_there_is_no_instant() {
        check("09:05 - a\n09:30 - b", "?, ?");
    }

    #[test]
    fn a_clock_of_twelve_hours_goes_over_to_the_afternoon() {
        check(
            "3 May\n11:30: a\n12:10: b\n1:05: c\n2:00: d",
            "03 11:30, 03 12:10, 03 13:05, 03 14:00",
        );
        check(
            "3 May\n9:04 AM: a\n12:05: b\n4:35: c\n8:02 PM: d",
            "03 09:04, 03 12:05, 03 16:35, 03 20:02",
        );
    }

    #[test]
    fn a_year_written_wrong_is_read_as_the_one_of_the_rest() {
        check(
            "# 2023-01-05\n- Detected 2023-01-04 09:00\n- Declared 2022-01-05 08:56\n- Repaired 2023-02-01 10:30\n- Resolved 2022-02-01 10:30",
            "04 09:00, 2023-01-05 08:56, 01 10:30, 2023-02-01 10:30",
        );
    }

    #[test]
    fn a_second_list_begins_anew() {
        check(
            "# 3 May 2021\n- Down 2021-05-03 10:00\n- Back 2021-05-04 12:00\n# Timeline\n10:00 - a\n11:00 - b",
            "03 10:00, 04 12:00, 03 10:00, 03 11:00",
        );
    }

    #[test]
    fn the_next_cheapest_reading_is_kept_where_it_is_close() {
        let close = check("3 May\n23:50 - a\n00:10 - b", "03 23:50, 04 00:10");
        assert_eq!(close, "1:03 00:10");
        let close = check(
            "3 May\n10:00 - a\n10:10 - b\n11:00 - c",
            "03 10:00, 03 10:10, 03 11:00",
        );
        assert_eq!(close, "");
    }

    #[test]
    fn the_words_tell_which_end_is_the_first() {
        check(
            "3 May\n00:10 - all resolved\n23:50 - the outage begins",
            "04 00:10, 03 23:50",
        );
    }
}
