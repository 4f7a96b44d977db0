//! The Review screen's numbers in words: each with its count, its interval or its gate.
//!
//! In: a board and what was chosen. Out: lines with a label, from the most important to what a
//! small screen leaves out, and the cells of the table. Computes nothing.

use super::super::look::Ink;
use super::super::numbers::count;
use super::State;
use crate::analysis::review::months::Rate;
use crate::analysis::review::statistics::Statistics;
use crate::clock::NS_PER_S;
use crate::clock::words::length;
use crate::durations::{Duration, Status};
use crate::reports::review::board::{Board, Change};
use crate::reports::review::text;

/// Reasons that are told of those without a value, at most.
const REASONS_MAX: usize = 3;
/// Notes that are told, at most.
const NOTES_MAX: usize = 3;

/// One thing to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// 0 stays on every screen; the greatest goes first where there is no room.
    pub importance: u8,
    /// What it is of.
    pub label: &'static str,
    /// What it says.
    pub text: String,
    /// What that means.
    pub ink: Ink,
}

fn line(importance: u8, label: &'static str, text: impl Into<String>, ink: Ink) -> Line {
    // A tie is a blank that no line ends at; the screen breaks lines by itself.
    let text = text.into().replace('\u{a0}', " ");
    Line {
        importance,
        label,
        text,
        ink,
    }
}

/// All lines; on a tall screen comparison and sources of detection are told at length.
pub fn lines(state: &State, board: &Board, is_tall: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    lines.extend(
        board
            .warnings
            .iter()
            .map(|text| line(0, "!", text, Ink::Warn)),
    );
    match state.shown() {
        Some((one, ..)) => {
            lines.push(line(0, "n", counts(one), Ink::Strong));
            lines.extend(numbers(one));
            let same = text::same_as(&board.all.statistics, one);
            lines.extend(same.map(|metric| {
                line(
                    3,
                    "",
                    format!("the values are those of {}", metric.name),
                    Ink::Dim,
                )
            }));
        }
        None => {
            let n = count(board.all.cases.len() as u64, "incident");
            let text = format!("of {n} no time is known: each lacks a start, an end or both");
            lines.push(line(0, "n", text, Ink::Strong));
        }
    }
    lines.extend(change(state, is_tall));
    lines.extend(how_often(board));
    lines.push(line(5, "totals", text::totals(&board.all), Ink::Plain));
    lines.extend(noticed(state, board, is_tall));
    lines.extend(records(board));
    lines
}

/// `12 known, 2 cut off (at least so long), 3 without: 2 missing: restored; 1 data error`.
fn counts(one: &Statistics) -> String {
    let mut words = format!("{} known", one.n());
    if one.cut_off() > 0 {
        words += &format!(", {} cut off (>=: at least so long)", one.cut_off());
    }
    if one.excluded() > 0 {
        let reasons = one.sample.excluded.iter();
        let said = reasons.map(|(reason, cases)| format!("{} {reason}", cases.len()));
        let said: Vec<String> = said.take(REASONS_MAX).collect();
        let more = match one.sample.excluded.len().saturating_sub(REASONS_MAX) {
            0 => String::new(),
            more => format!("; {}", count(more as u64, "other reason")),
        };
        words += &format!(", {} excluded: {}{more}", one.excluded(), said.join("; "));
    }
    words
}

fn numbers(one: &Statistics) -> Vec<Line> {
    let seconds = |s: f64| length((s * NS_PER_S as f64) as i64);
    let mut lines = Vec::new();
    match one.median {
        Some(median) => {
            let p90 = one.p90.map_or_else(String::new, |p90| {
                format!(
                    "; p90 {}, at most {} (95 %)",
                    seconds(p90.seconds),
                    seconds(p90.at_most)
                )
            });
            let text = format!(
                "{}, 95 % CI {} to {}{p90}",
                seconds(median.median),
                seconds(median.lo),
                seconds(median.hi)
            );
            lines.push(line(0, "median", text, Ink::Strong));
        }
        None => lines.push(line(0, "values", text::values(one), Ink::Strong)),
    }
    lines.extend(text::open_ends(one).map(|text| line(2, "", text, Ink::Plain)));
    if !one.gates.is_empty() {
        lines.push(line(1, "gate", one.gates.join("; "), Ink::Warn));
    }
    lines.extend(text::kaplan_meier(one).map(|text| line(2, "K-Meier", text, Ink::Plain)));
    let means = [("geometric mean", one.geometric_mean), ("mean", one.mean)];
    let means = means
        .into_iter()
        .filter_map(|(name, mean)| Some((name, mean?)));
    let means: Vec<String> = means
        .map(|(name, mean)| format!("{name} {}", seconds(mean)))
        .collect();
    if !means.is_empty() {
        let n = one.n();
        lines.push(line(
            2,
            "means",
            format!("{} (of {n})", means.join(", ")),
            Ink::Dim,
        ));
    }
    lines
}

fn change(state: &State, is_tall: bool) -> Vec<Line> {
    let (Some(days), Some((one, ..))) = (state.days(), state.shown()) else {
        return Vec::new();
    };
    let known = state.change.as_ref();
    let known = known.filter(|known| known.days == days && known.metric == one.metric.duration);
    let Some(known) = known else {
        let text = format!("comparing: {}; {} ...", days.0.words(), days.1.words());
        return vec![line(1, "change", text, Ink::Warn)];
    };
    let compared = &known.change.compared;
    let mut lines = vec![line(1, "change", periods(&known.change), Ink::Plain)];
    let told = match is_tall {
        true => text::change(compared),
        false => vec![text::change_in_short(compared)],
    };
    lines.extend(told.into_iter().map(|text| line(1, "", text, Ink::Strong)));
    if is_tall && compared.comparison.is_some() {
        let text = "p is of this metric alone: of 20 that did not change one falls below 0.05";
        lines.push(line(4, "", text, Ink::Dim));
    }
    lines
}

/// `up to 2024-06-30: 6 of 7 known; from 2024-07-01 on: 6 of 6 known`.
fn periods(change: &Change) -> String {
    let pairs = change.periods.iter().zip(&change.compared.samples);
    let one = |(period, sample): (
        &crate::analysis::review::compare::Period,
        &crate::analysis::review::metrics::Sample,
    )| {
        let (known, all) = (sample.known.len(), period.cases.len());
        format!("{}: {known} of {all} known", period.days.words())
    };
    pairs.map(one).collect::<Vec<_>>().join("; ")
}

fn how_often(board: &Board) -> Option<Line> {
    if let Some(gate) = &board.rate_gate {
        return Some(line(3, "rate", gate, Ink::Dim));
    }
    let rate: Rate = board.all.rate?;
    Some(line(3, "rate", text::how_often(rate), Ink::Plain))
}

/// By who noticed it, where the incidents differ in that.
fn noticed(state: &State, board: &Board, is_tall: bool) -> Vec<Line> {
    let Some((one, ..)) = state.shown().filter(|_| board.noticed.len() > 1) else {
        return Vec::new();
    };
    let name = |group: &crate::reports::review::Group| match group.names.first() {
        Some(name) if !name.is_empty() => name.clone(),
        _ => "not said".to_owned(),
    };
    let groups = board.noticed.iter().filter_map(|group| {
        let statistics = group.statistics(one.metric)?;
        let (n, all) = (statistics.n(), group.cases.len());
        Some(format!(
            "{} {n} of {all}: {}",
            name(group),
            text::values(statistics)
        ))
    });
    let groups: Vec<String> = groups.collect();
    let labelled =
        |(i, text): (usize, String)| line(4, if i == 0 { "noticed" } else { "" }, text, Ink::Plain);
    match is_tall {
        true => groups.into_iter().enumerate().map(labelled).collect(),
        false => vec![labelled((0, groups.join("; ")))],
    }
}

/// What the linter found, what is apart or left out, what must be known.
fn records(board: &Board) -> Vec<Line> {
    let mut lines = Vec::new();
    let findings: usize = board.linted.iter().map(|one| one.mends.len()).sum();
    let with = board
        .linted
        .iter()
        .filter(|one| !one.mends.is_empty())
        .count();
    if !board.linted.is_empty() {
        let all = count(board.linted.len() as u64, "record");
        let text = match findings {
            0 => format!("no findings in {all}"),
            n => format!(
                "{} in {with} of {all}: L lists them, ! marks their incidents",
                count(n as u64, "finding")
            ),
        };
        let ink = if findings > 0 { Ink::Warn } else { Ink::Dim };
        lines.push(line(2, "lint", text, ink));
    }
    if board.planned > 0 {
        let text = format!("{} planned, in the table and in no number", board.planned);
        lines.push(line(3, "apart", text, Ink::Plain));
    }
    let left_out = board.review.left_out.iter();
    let left_out = left_out.map(|one| format!("left out: {}: {}", one.reason, one.what.len()));
    let notes = board.review.notes.iter().cloned().chain(left_out);
    lines.extend(
        notes
            .take(NOTES_MAX)
            .map(|text| line(5, "note", text, Ink::Warn)),
    );
    lines
}

/// A duration in a cell of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// `38 min`, `~38 min` for an interval, `>=2 h`, `<=2 h`, `n/a`, `error`.
    pub text: String,
    /// What that means.
    pub ink: Ink,
}

/// A duration in few cells, with the sign of its status.
pub fn value(duration: Option<&Duration>) -> Value {
    let seconds = |s: Option<f64>, sign: &str, ink: Ink| Value {
        text: s.map_or_else(
            || "n/a".to_owned(),
            |s| format!("{sign}{}", length((s * NS_PER_S as f64) as i64)),
        ),
        ink: if s.is_some() { ink } else { Ink::Dim },
    };
    let Some(one) = duration else {
        return seconds(None, "", Ink::Dim);
    };
    match one.status {
        Status::Exact => seconds(one.seconds, "", Ink::Plain),
        // As everywhere: where both ends read alike, the value says it all.
        Status::Interval if is_told_apart(one) => seconds(one.seconds, "~", Ink::Plain),
        Status::Interval => seconds(one.seconds, "", Ink::Plain),
        Status::LowerBound | Status::Ongoing => seconds(one.lo, ">=", Ink::Warn),
        Status::UpperBound => seconds(one.hi, "<=", Ink::Warn),
        Status::Missing => seconds(None, "", Ink::Dim),
        Status::DataError => Value {
            text: "error".to_owned(),
            ink: Ink::Bad,
        },
    }
}

/// Whether the ends of an interval differ as they are written.
fn is_told_apart(one: &Duration) -> bool {
    let words = |s: Option<f64>| s.map(|s| length((s * NS_PER_S as f64) as i64));
    words(one.lo) != words(one.hi)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_says_what_kind_of_number_it_is_and_nothing_missing_is_a_zero() {
        let duration = |status, seconds: Option<f64>| Duration {
            seconds,
            lo: seconds,
            hi: seconds,
            status,
            reason: None,
            from: None,
            to: None,
        };
        let check = |duration: Option<&Duration>, expected: &str| {
            assert_eq!(value(duration).text, expected);
        };
        check(None, "n/a");
        check(Some(&Duration::missing("restored")), "n/a");
        check(Some(&Duration::data_error("restored before")), "error");
        check(Some(&duration(Status::Exact, Some(0.0))), "0 s");
        check(Some(&duration(Status::Interval, Some(2280.0))), "38 min");
        let wide = Duration {
            lo: Some(2220.0),
            ..duration(Status::Interval, Some(2280.0))
        };
        check(Some(&wide), "~38 min");
        check(Some(&duration(Status::Ongoing, Some(7200.0))), ">=2 h");
        check(Some(&duration(Status::LowerBound, None)), "n/a");
        check(Some(&duration(Status::UpperBound, Some(60.0))), "<=60 s");
    }
}
