//! What the times of a text mean: the reading that is most consistent in order.
//!
//! Every change to what is written has a price: the other half of the day, another day, going
//! back in time. The cheapest reading of the whole timeline wins, oldest or newest first.

use chrono::{Duration, NaiveDate, NaiveDateTime};

use super::literals::Literal;

/// Am for pm or the reverse: a slip of the pen.
const FLIP: f64 = 4.0;
/// Midnight passed without a word, within half a day; and after more than that.
const MIDNIGHT: f64 = 0.5;
const LONG_SILENCE: f64 = 4.5;
/// Back in time.
const BACK: f64 = 5.0;
/// A first line that is not on the day of its heading, or a day that the logs do not cover.
const OTHER_DAY: f64 = 6.0;

/// The local time that a literal is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed {
    pub local: NaiveDateTime,
    /// Am was read as pm, or pm as am.
    pub flipped: bool,
}

/// What is known of the days.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Days {
    /// The year of dates without one.
    pub year: Option<i32>,
    /// First and last local day that the logs cover.
    pub covered: Option<(NaiveDate, NaiveDate)>,
}

/// The reading of each literal; `None` where no date is known. `words` is the text that belongs
/// to each literal.
pub(super) fn assign(literals: &[Literal], words: &[String], days: Days) -> Vec<Option<Placed>> {
    let mut placed = vec![None; literals.len()];
    let alone = |l: &Literal| !l.paired && !l.ends_range;
    let leading: Vec<usize> = (0..literals.len())
        .filter(|&i| literals[i].leading && alone(&literals[i]))
        .collect();
    let chain = match leading.len() {
        0 | 1 => (0..literals.len())
            .filter(|&i| alone(&literals[i]))
            .collect(),
        _ => leading,
    };
    let chain: Vec<usize> = chain
        .into_iter()
        .filter(|&i| base(&literals[i], days).is_some())
        .collect();
    for (&i, reading) in chain.iter().zip(cheapest(literals, &chain, days)) {
        placed[i] = Some(reading);
    }
    for i in 0..literals.len() {
        if placed[i].is_none() {
            placed[i] = beside(i, literals, words, &chain, &placed, days);
        }
    }
    placed
}

fn base(literal: &Literal, days: Days) -> Option<NaiveDate> {
    match literal.date {
        Some(date) => date.in_year(days.year),
        None => days.covered.map(|(first, _)| first),
    }
}

fn at(literal: &Literal, day: NaiveDate, flipped: bool) -> NaiveDateTime {
    let hour = if flipped {
        (literal.hour + 12) % 24
    } else {
        literal.hour
    };
    let time = day.and_hms_opt(hour, literal.minute, literal.second.unwrap_or(0));
    time.expect("literals hold only times that exist")
}

/// A way to read one literal.
#[derive(Debug, Clone, Copy)]
struct Way {
    placed: Placed,
    /// Days after that of its heading.
    shift: i64,
    price: f64,
}

fn ways(literal: &Literal, days: Days) -> Vec<Way> {
    let day = base(literal, days).expect("only literals with a date are in the chain");
    let shifts = if literal.dated { 0..=0 } else { -1..=3 };
    let mut ways = Vec::new();
    for shift in shifts {
        for flipped in [false, true] {
            let Some(day) = day.checked_add_signed(Duration::days(shift)) else {
                continue;
            };
            if flipped && !literal.twelve {
                continue;
            }
            let known = |(first, last): (NaiveDate, NaiveDate)| {
                day >= first - Duration::days(1) && day <= last + Duration::days(1)
            };
            let uncovered = days.covered.is_some_and(|covered| !known(covered));
            let price = if flipped { FLIP } else { 0.0 } + if uncovered { OTHER_DAY } else { 0.0 };
            ways.push(Way {
                placed: Placed {
                    local: at(literal, day, flipped),
                    flipped,
                },
                shift,
                price,
            });
        }
    }
    ways
}

fn step(from: &Way, to: &Way) -> f64 {
    let gap = to.placed.local - from.placed.local;
    let midnight = match to.shift > from.shift {
        true if gap <= Duration::hours(12) => MIDNIGHT,
        true => LONG_SILENCE,
        false => 0.0,
    };
    let back = if gap < Duration::zero() || to.shift < from.shift {
        BACK
    } else {
        0.0
    };
    midnight + back
}

/// The cheapest readings of a chain, by dynamic programming over both directions.
fn cheapest(literals: &[Literal], chain: &[usize], days: Days) -> Vec<Placed> {
    let ways: Vec<Vec<Way>> = chain.iter().map(|&i| ways(&literals[i], days)).collect();
    let (oldest_first, price) = path(&ways);
    let reversed: Vec<Vec<Way>> = ways.iter().rev().cloned().collect();
    let (mut newest_first, other) = path(&reversed);
    newest_first.reverse();
    if other < price {
        newest_first
    } else {
        oldest_first
    }
}

fn path(ways: &[Vec<Way>]) -> (Vec<Placed>, f64) {
    let mut prices: Vec<Vec<(f64, usize)>> = Vec::with_capacity(ways.len());
    for (i, here) in ways.iter().enumerate() {
        let price = |way: &Way| {
            let Some(before) = prices.last() else {
                return (way.price + if way.shift == 0 { 0.0 } else { OTHER_DAY }, 0);
            };
            let via = |j: usize| before[j].0 + step(&ways[i - 1][j], way) + way.price;
            let all = (0..before.len()).map(|j| (via(j), j));
            all.min_by(|a, b| a.0.total_cmp(&b.0))
                .unwrap_or((f64::INFINITY, 0))
        };
        let row = here.iter().map(price).collect();
        prices.push(row);
    }
    let Some(last) = prices.last() else {
        return (Vec::new(), 0.0);
    };
    let best = (0..last.len())
        .min_by(|&a, &b| last[a].0.total_cmp(&last[b].0))
        .unwrap_or(0);
    let (total, mut k) = (last.get(best).map_or(f64::INFINITY, |p| p.0), best);
    let mut placed = Vec::with_capacity(ways.len());
    for i in (0..ways.len()).rev() {
        placed.push(ways[i][k].placed);
        k = prices[i][k].1;
    }
    placed.reverse();
    (placed, total)
}

/// A time beside the chain: after the start of its range; on the day nearest to the chain; in the
/// half of the day in which the chain tells of the same thing at the same minute.
fn beside(
    i: usize,
    literals: &[Literal],
    words: &[String],
    chain: &[usize],
    placed: &[Option<Placed>],
    days: Days,
) -> Option<Placed> {
    let literal = &literals[i];
    let day = base(literal, days)?;
    if let Some(start) = (literal.ends_range || literal.paired)
        .then(|| placed[i.checked_sub(1)?])
        .flatten()
    {
        let same_day = at(literal, start.local.date(), false);
        let next = literal.ends_range && same_day < start.local && !literal.dated;
        return Some(Placed {
            local: same_day + Duration::days(i64::from(next)),
            flipped: false,
        });
    }
    let told = |flipped: bool| {
        let same_minute = |&&j: &&usize| {
            let other = placed[j].map(|p| p.local.time());
            other == Some(at(literal, day, flipped).time())
        };
        chain
            .iter()
            .filter(same_minute)
            .find(|&&j| share_a_word(&words[i], &words[j]))
            .copied()
    };
    let slip = literal.twelve && told(false).is_none();
    let twin = told(false).or_else(|| if slip { told(true) } else { None });
    if let (Some(twin), false) = (twin.and_then(|j| placed[j]), literal.dated) {
        let flipped = twin.local.time() != at(literal, day, false).time();
        return Some(Placed {
            local: twin.local,
            flipped,
        });
    }
    let flipped = twin.is_some() && told(false).is_none();
    let (first, last) = bounds(chain, placed)?;
    let far = |shift: &i64| {
        let local = at(literal, day, flipped) + Duration::days(*shift);
        (
            (first - local).max(local - last).max(Duration::zero()),
            shift.abs(),
        )
    };
    let shift = if literal.dated {
        0
    } else {
        [0, 1, -1, 2].into_iter().min_by_key(far)?
    };
    Some(Placed {
        local: at(literal, day, flipped) + Duration::days(shift),
        flipped,
    })
}

fn bounds(chain: &[usize], placed: &[Option<Placed>]) -> Option<(NaiveDateTime, NaiveDateTime)> {
    let times = || chain.iter().filter_map(|&j| placed[j]).map(|p| p.local);
    Some((times().min()?, times().max()?))
}

/// Whether two texts have a word of four letters or more in common.
fn share_a_word(a: &str, b: &str) -> bool {
    let words = |text: &str| {
        let lower = text.to_lowercase();
        let words = lower
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| w.chars().count() >= 4);
        words.map(str::to_owned).collect::<Vec<_>>()
    };
    let others = words(b);
    words(a).iter().any(|word| others.contains(word))
}

#[cfg(test)]
mod tests {
    use super::super::literals::collect;
    use super::*;

    fn check(text: &str, expected: &str) {
        let lines = super::super::lines(text);
        let literals = collect(&lines);
        let words: Vec<String> = literals
            .iter()
            .map(|l| lines[l.line].text.to_owned())
            .collect();
        let shown: Vec<String> = assign(
            &literals,
            &words,
            Days {
                year: Some(2021),
                covered: None,
            },
        )
        .iter()
        .map(|p| {
            p.map_or("?".into(), |p| {
                format!(
                    "{}{}",
                    p.local.format("%d %H:%M"),
                    if p.flipped { "!" } else { "" }
                )
            })
        })
        .collect();
        assert_eq!(shown.join(", "), expected);
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
}
