//! Statements, endpoints, messages and types of jobs: how often, how long, and whose the extra
//! time is; the selected range, else the incident, against the rest.

use super::super::document::Document;
use super::super::look::Ink;
use super::super::model::{Model, Screen};
use super::super::numbers::{seconds, times, with_unit};
use super::super::pen::Piece;
use super::contributors::{begin, line_target};
use crate::analysis::comparison::{Pattern, Patterns};
use crate::text::shorten;

/// Cells of the figures before a pattern's text.
const FIGURES: usize = 57;

/// One row per pattern, the one that explains most extra time first; the selected one in full.
pub fn document(model: &Model) -> Document {
    let mut document = Document::default();
    let Some(comparison) = begin(model, &mut document) else {
        return document;
    };
    let width = usize::from(model.size.0).saturating_sub(4);
    document.text(
        format!(
            "{:>8} {:>9} {:>7} {:>8} {:>8} {:>10}  pattern",
            "of extra", "rate", "change", "p50", "p99", "p99 was"
        ),
        Ink::Dim,
    );
    document.fixed = 2;
    if comparison.patterns.is_empty() {
        document.text(
            "No statements, endpoints, messages or jobs here.",
            Ink::Plain,
        );
    }
    let chosen = model.rows.get(&Screen::Patterns);
    for (table, patterns) in comparison.patterns.iter().enumerate() {
        document.heading(&heading(patterns));
        for (i, pattern) in patterns.rows.iter().enumerate() {
            let key = format!(
                "{} {} {}",
                patterns.source, patterns.dimension, pattern.text
            );
            let is_selected = chosen.map_or((table, i) == (0, 0), |chosen| *chosen == key);
            let row = document.row(key, row(pattern, width));
            row.target = pattern.first.as_ref().map(line_target);
            if is_selected {
                details(&mut document, pattern, width);
            }
        }
    }
    document
}

/// `query mysql-slow.log: 12`, and how many of them are shown.
fn heading(patterns: &Patterns) -> String {
    let (shown, all) = (patterns.rows.len(), patterns.distinct);
    let of = if shown < all {
        format!("{shown} of {all}")
    } else {
        all.to_string()
    };
    format!("{} {}: {of}", patterns.dimension, patterns.source)
}

fn row(pattern: &Pattern, width: usize) -> Vec<Piece> {
    let duration = |value: Option<f64>| value.map_or_else(String::new, seconds);
    let share = pattern.share_of_extra;
    let [before, during] = pattern.per_s;
    let ratio = match before > 0.0 {
        true => times(during / before),
        false if before == 0.0 => "new".to_owned(),
        false => String::new(),
    };
    let [_, _, p99_before] = pattern.quantiles_s[0];
    let [p50, _, p99] = pattern.quantiles_s[1];
    let text = shorten(&pattern.text, width.saturating_sub(FIGURES).max(12));
    vec![
        Piece::new(
            format!(
                "{:>8} ",
                share.map_or_else(String::new, |share| with_unit(share, "share"))
            ),
            if share.is_some_and(|share| share >= 0.1) {
                Ink::Strong
            } else {
                Ink::Dim
            },
        ),
        Piece::new(
            format!(
                "{:>9} {ratio:>7} {:>8} {:>8} {:>10}  ",
                with_unit(during, "1/s"),
                duration(p50),
                duration(p99),
                duration(p99_before),
            ),
            Ink::Plain,
        ),
        Piece::new(text, Ink::Strong),
    ]
}

fn details(document: &mut Document, pattern: &Pattern, width: usize) {
    let mut words = pattern.text.clone();
    let before = pattern.per_s[0];
    if before.is_finite() {
        words += &format!("; {} before", with_unit(before, "1/s"));
    }
    if let ([Some(p50), Some(p95), _], [_, Some(now), _]) =
        (pattern.quantiles_s[0], pattern.quantiles_s[1])
    {
        words += &format!(
            ", p50 {} and p95 {} before, p95 {} now",
            seconds(p50),
            seconds(p95),
            seconds(now)
        );
    }
    let failed = pattern.failed[1];
    if failed > 0.0 {
        words += &format!("; {} fail", with_unit(failed, "share"));
    }
    for line in super::wrap(&words, width.saturating_sub(6)) {
        document.text(format!("     {line}"), Ink::Dim);
    }
}
