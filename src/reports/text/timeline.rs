//! The picture of the whole range: signals, windows, changes and people over one axis.

use crate::analysis::Snapshot;
use crate::anomalies::Direction;
use crate::anomalies::settle::is_entity;
use crate::records::{ClaimSource, Milestone, MilestoneKind};
use crate::reports::layout::{Page, wrapped};
use crate::reports::picture::{Canvas, NAME_WIDTH};
use crate::reports::words::{Clock, plural, tied};
use crate::series::{Family, Role, Series};
use crate::text::shorten;

/// Signals drawn at most; the rest is counted.
const SIGNALS_MAX: usize = 8;

/// What a row of the picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// The clock times.
    Axis,
    /// One signal.
    Signal(Family),
    /// The windows of an incident.
    Windows,
    /// Changes.
    Changes,
    /// What people said and did.
    People,
    /// The letters in words, what is not drawn.
    Words,
}

/// One line of the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureRow {
    /// What it shows.
    pub kind: RowKind,
    /// The line, without an end.
    pub text: String,
}

/// The picture, if anything has a place in time.
pub fn section(page: &mut Page, clock: Clock, snapshot: &Snapshot) {
    let rows = rows(clock, snapshot, page.width(), &mut str::to_owned);
    if !rows.is_empty() {
        page.line("");
    }
    rows.iter().for_each(|row| page.line(&row.text));
}

/// The rows of the picture, names changed before they are cut to fit; none where nothing has a
/// place in time.
pub fn rows(
    clock: Clock,
    snapshot: &Snapshot,
    width: usize,
    rename: &mut dyn FnMut(&str) -> String,
) -> Vec<PictureRow> {
    let Some((from_ns, to_ns)) = range(snapshot) else {
        return Vec::new();
    };
    let canvas = Canvas::new(from_ns, to_ns, width, clock.zone);
    let row = |kind: RowKind, text: String| PictureRow { kind, text };
    let mut rows = vec![row(RowKind::Axis, canvas.axis())];
    let chosen = chosen(snapshot);
    for &i in chosen.iter().take(SIGNALS_MAX) {
        let series = &snapshot.series[i];
        let of_source = snapshot
            .blind_spots
            .iter()
            .filter(|spot| spot.source == series.signal.source && spot.kind == "gap");
        let gaps: Vec<(i64, i64)> = of_source.filter_map(|spot| spot.range).collect();
        let name = name(series, &chosen, snapshot, rename);
        let kind = RowKind::Signal(series.family);
        rows.push(row(kind, canvas.signal(&name, series, &gaps)));
    }
    for concluded in &snapshot.incidents {
        let windows = &concluded.measured.windows;
        let stretches: Vec<(i64, i64)> = windows
            .iter()
            .map(|window| (window.start.at_ns, window.end.at_ns))
            .collect();
        if !stretches.is_empty() {
            let name = format!("{} windows", concluded.incident.id);
            rows.push(row(RowKind::Windows, canvas.stretches(&name, &stretches)));
        }
    }
    rows.extend(marks(&canvas, snapshot, width));
    if chosen.len() > SIGNALS_MAX {
        let more = plural(chosen.len() - SIGNALS_MAX, "signal");
        rows.push(row(RowKind::Words, format!("  {more} not drawn")));
    }
    rows
}

/// The rows of changes and of people, and the letters in words.
fn marks(canvas: &Canvas, snapshot: &Snapshot, width: usize) -> Vec<PictureRow> {
    let (changes, people): (Vec<_>, Vec<_>) =
        claims(snapshot).partition(|claim| claim.kind == MilestoneKind::Change);
    let marks = |claims: &[&Milestone]| {
        claims
            .iter()
            .map(|claim| (claim.when.at_ns, claim.kind.letter()))
            .collect::<Vec<_>>()
    };
    let listed = snapshot.records.iter().flat_map(|record| &record.changes);
    let changes: Vec<_> = marks(&changes)
        .into_iter()
        .chain(listed.map(|change| (change.when.at_ns, 'C')))
        .collect();
    let mut rows = Vec::new();
    let row = |kind: RowKind, text: String| PictureRow { kind, text };
    if !changes.is_empty() {
        rows.push(row(RowKind::Changes, canvas.marks("changes", &changes)));
    }
    if !people.is_empty() {
        let letters = canvas.marks("people", &marks(&people));
        let mut words = String::new();
        wrapped(
            &mut words,
            "  ",
            "  ",
            &legend(&people, letters.contains('*')),
            width,
        );
        rows.push(row(RowKind::People, letters));
        rows.extend(
            words
                .lines()
                .map(|line| row(RowKind::Words, line.to_owned())),
        );
    }
    rows
}

/// The grid, or where there are no logs the instants that people name.
pub fn range(snapshot: &Snapshot) -> Option<(i64, i64)> {
    let changes = snapshot
        .records
        .iter()
        .flat_map(|record| &record.changes)
        .map(|change| change.when.at_ns);
    let told = || {
        claims(snapshot)
            .map(|claim| claim.when.at_ns)
            .chain(changes.clone())
    };
    match snapshot.grid {
        Some(grid) => Some((grid.start_ns, grid.end_ns())),
        None => told().min().zip(told().max()),
    }
}

/// What people say.
fn claims(snapshot: &Snapshot) -> impl Iterator<Item = &Milestone> + Clone {
    snapshot
        .claims()
        .filter(|milestone| milestone.source != ClaimSource::Log)
}

/// The letters used, in words.
fn legend(people: &[&Milestone], several: bool) -> String {
    let mut kinds: Vec<MilestoneKind> = people.iter().map(|claim| claim.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let words: Vec<String> = kinds
        .iter()
        .map(|kind| format!("{} {}", kind.letter(), kind.name()))
        .collect();
    let words: Vec<String> = words.iter().map(|word| tied(word)).collect();
    let several = several.then(|| tied("* several"));
    words
        .into_iter()
        .chain(several)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Indices of the series worth a row: traffic and what fell silent first, then those with anomalies, then what users
/// feel, each by family and name.
fn chosen(snapshot: &Snapshot) -> Vec<usize> {
    let anomalous = |i: usize| snapshot.anomalies.iter().any(|anomaly| anomaly.series == i);
    let is_silent = |i: usize| {
        let mut of_series = snapshot.anomalies.iter().filter(|one| one.series == i);
        of_series.any(|one| one.direction == Direction::Silence)
    };
    let rank = |i: usize| {
        let series = &snapshot.series[i];
        match series.family {
            Family::Traffic if series.signal.entity.is_none() => Some(0),
            _ if is_silent(i) && series.signal.entity.is_none() => Some(0),
            // Templates are quoted where they explain; their rows would be all there is to see.
            _ if is_entity(series) => None,
            _ if anomalous(i) => Some(1),
            _ if series.signal.role == Role::UserFacing && series.signal.entity.is_none() => {
                Some(2)
            }
            _ => None,
        }
    };
    let ranked = (0..snapshot.series.len()).filter_map(|i| Some((rank(i)?, i)));
    let mut ranked: Vec<_> = ranked
        .map(|(rank, i)| {
            (
                rank,
                snapshot.series[i].family,
                &snapshot.series[i].signal,
                i,
            )
        })
        .collect();
    ranked.sort();
    ranked.into_iter().map(|(.., i)| i).collect()
}

/// The field's term, with the source where another row has the same term.
fn name(
    series: &Series,
    chosen: &[usize],
    snapshot: &Snapshot,
    rename: &mut dyn FnMut(&str) -> String,
) -> String {
    let (signal, same) = (&series.signal, |i: &&usize| {
        snapshot.series[**i].signal.name == series.signal.name
    });
    match (&signal.entity, chosen.iter().filter(same).count()) {
        (Some(entity), _) => {
            let value = entity
                .split_once('=')
                .map_or(entity.as_str(), |pair| pair.1);
            cut_lead(&rename(value), &rename(&signal.name))
        }
        // Messages of what: no other term needs it.
        (None, 1) if signal.name != "message rate" => rename(&signal.name),
        // Of a name that is half gone nobody knows whose it is.
        (None, _) => cut_lead(stem(&rename(&signal.source)), &rename(&signal.name)),
    }
}

/// Whose signal it is and its term; the first is cut where both do not fit, since rows that end
/// alike could not be told apart.
fn cut_lead(lead: &str, term: &str) -> String {
    let room = NAME_WIDTH.saturating_sub(term.chars().count() + 1).max(6);
    format!("{} {term}", shorten(lead, room))
}

/// The name of a source without folders and endings.
fn stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    match file.split_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => file,
    }
}
