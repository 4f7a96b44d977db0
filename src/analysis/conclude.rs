//! What was read, concluded upon: series, anomalies, incidents, durations, blind spots.

use std::cell::OnceCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::clocks;
use super::extent::{self, Extent};
use super::merge::Merged;
use super::narrow;
use super::options::Options;
use super::plan::{Kind, Planned};
use super::record_clocks;
use super::sampling;
use super::tally::{Tally, nature};
use super::timings::Timings;
use super::{BlindSpot, Concluded, Filtered, Progress, Snapshot};
use super::{blind_spots, breakdowns, by_value};
use crate::anomalies::{self, Found};
use crate::clock::Zone;
use crate::durations::{self, Cause, Facts, Span, burn_alert_at};
use crate::incidents::causes::is_plausible;
use crate::incidents::windows::{end_or_censored, still_seen};
use crate::incidents::{Incident, Scene, build};
use crate::records::{MilestoneKind, Record};
use crate::series::assemble::{Counted, assemble, width_for};
use crate::series::{Grid, Role, Series, Values};

/// Everything that was read.
pub struct Gathered<'a> {
    /// For the title bar.
    pub title: &'a str,
    /// The sources.
    pub planned: &'a [Planned],
    /// The zone of local times.
    pub zone: Zone,
    /// What they gave.
    pub merged: &'a Merged,
    /// People's records.
    pub records: Vec<Record>,
    /// How far the reading is.
    pub progress: Progress,
    /// What the user asked for.
    pub options: &'a Options,
    /// How far it all reaches, once that was asked: it takes a look at every count.
    pub extent: OnceCell<Option<Extent>>,
}

impl Gathered<'_> {
    /// How far it all reaches. `None` without an event.
    pub fn extent(&self) -> Option<Extent> {
        *self.extent.get_or_init(|| extent::extent(self.merged))
    }
}

/// While reading goes on: the sources and series so far, and no judgement.
pub fn partial(gathered: &Gathered<'_>) -> Snapshot {
    let grid = grid(gathered);
    let series = grid.map(|grid| series(gathered, grid)).unwrap_or_default();
    let expected = series
        .iter()
        .map(|one| vec![f64::NAN; one.grid.n])
        .collect();
    snapshot(
        gathered,
        grid,
        series,
        Found {
            expected,
            ..Found::default()
        },
        Vec::new(),
        Vec::new(),
    )
}

/// The whole conclusion.
pub fn conclude(gathered: &Gathered<'_>, timings: &Timings) -> Snapshot {
    let grid = grid(gathered);
    let Some(grid) = grid else {
        let group_gap_ns = gathered.options.group_gap_ns;
        let concluded = super::records_only::concluded(&gathered.records, group_gap_ns);
        return snapshot(
            gathered,
            None,
            Vec::new(),
            Found::default(),
            concluded,
            blind_spots::without_logs(gathered),
        );
    };
    let mut series = series(gathered, grid);
    series.extend(timings.time("break down", 0, || {
        let mut parts = breakdowns::templates(gathered, &grid, &series);
        parts.extend(by_value::series(gathered, &grid, &series));
        parts
    }));
    let mut found = timings.time("detect", 0, || detect(&series, gathered.options.threads));
    // Where a source is seen in a part of the time only, its counts are no rates.
    let sampled = sampling::sampled(&series);
    found.anomalies.retain(|one| !sampled[one.series]);
    let mut blind = blind_spots::find(gathered, &series);
    let concluded = timings.time("attribute", 0, || {
        incidents(gathered, grid, &series, &found)
    });
    let mut proposals = clocks::proposals(gathered);
    proposals.extend(record_clocks::proposals(
        &gathered.records,
        &concluded,
        grid.width,
    ));
    blind.extend(clocks::blind_spots(&proposals, grid.width));
    blind.extend(blind_spots::of_questions(gathered));
    blind.extend(narrow::blind_spot(gathered.options));
    Snapshot {
        clock_proposals: proposals,
        ..snapshot(gathered, Some(grid), series, found, concluded, blind)
    }
}

fn snapshot(
    gathered: &Gathered<'_>,
    grid: Option<Grid>,
    series: Vec<Series>,
    found: Found,
    incidents: Vec<Concluded>,
    blind_spots: Vec<BlindSpot>,
) -> Snapshot {
    let inputs = gathered
        .planned
        .iter()
        .zip(&gathered.merged.tallies)
        .map(|(planned, tally)| tally.input(planned));
    let width = grid.map(|grid| grid.width);
    Snapshot {
        title: gathered.title.to_owned(),
        progress: gathered.progress,
        filter: filtered(gathered),
        inputs: inputs.collect(),
        range: range(gathered),
        first_stamp_ns: first_stamp_ns(gathered),
        zone: display_zone(gathered),
        grid,
        series,
        expected: found.expected,
        anomalies: found.anomalies,
        tested: found.tested,
        incidents,
        records: gathered.records.clone(),
        blind_spots,
        clock_proposals: Vec::new(),
        store: Arc::new(gathered.merged.store()),
        slo: gathered.options.slo,
        window_gap_ns: gathered
            .options
            .window_gap(width.unwrap_or(super::records_only::BUCKET)),
        group_gap_ns: gathered.options.group_gap_ns,
    }
}

/// What it is of, where the user said which events are meant.
fn filtered(gathered: &Gathered<'_>) -> Option<Filtered> {
    let filter = gathered.options.filter.as_ref()?;
    let logs = gathered.planned.iter().zip(&gathered.merged.tallies);
    let logs = logs.filter(|(planned, _)| matches!(planned.kind, Kind::Log(_)));
    let (events, left_out) = logs.fold((0, 0), |(events, left_out), (_, tally)| {
        (events + tally.events(), left_out + tally.filtered_out)
    });
    Some(Filtered {
        text: crate::text::printable(&filter.text),
        events,
        of: events + left_out,
    })
}

/// The logs' zone; where they say UTC and a record names a zone of its own, that one.
fn display_zone(gathered: &Gathered<'_>) -> Zone {
    if gathered.options.zone.is_some() || gathered.zone != Zone::UTC {
        return gathered.zone;
    }
    gathered
        .records
        .iter()
        .find_map(|record| record.zone.filter(|zone| *zone != Zone::UTC))
        .unwrap_or(gathered.zone)
}

fn range(gathered: &Gathered<'_>) -> Option<(i64, i64)> {
    gathered.extent().map(|extent| extent.range)
}

fn first_stamp_ns(gathered: &Gathered<'_>) -> Option<i64> {
    let tallies = gathered.merged.tallies.iter();
    let stamped = tallies.filter_map(|tally| tally.stamped);
    stamped.map(|range| range.0).min()
}

fn grid(gathered: &Gathered<'_>) -> Option<Grid> {
    let (first_ns, last_ns) = range(gathered)?;
    let span_ns = last_ns.saturating_sub(first_ns);
    let finest = extent::finest(gathered);
    let tallies = &gathered.merged.tallies;
    let busiest = tallies.iter().map(Tally::events).max().unwrap_or(0);
    let asked = gathered.options.bucket;
    let chosen = asked.filter(|width| *width >= finest && width.ns() % finest.ns() == 0);
    let width = chosen.unwrap_or_else(|| width_for(span_ns, busiest, finest));
    Some(Grid::covering(
        first_ns,
        last_ns,
        extent::bounded(width, span_ns),
    ))
}

fn series(gathered: &Gathered<'_>, grid: Grid) -> Vec<Series> {
    let tallies = &gathered.merged.tallies;
    let counted: Vec<Counted<'_>> = gathered
        .planned
        .iter()
        .enumerate()
        .flat_map(|(source, planned)| {
            let tally = &tallies[source];
            let own = match &planned.kind {
                Kind::Log(detected) => Some((detected.format.kind, &tally.rollup)),
                _ => None,
            };
            // A source of several kinds has the series of each.
            let others = tally.foreign.iter().map(|(kind, rollup)| (*kind, rollup));
            own.into_iter()
                .chain(others)
                .filter_map(move |(kind, rollup)| {
                    Some(Counted {
                        source: &planned.source.label,
                        nature: nature(kind),
                        rollup,
                        stamped: tally.stamped?,
                        names: gathered.merged.names_of(source),
                        narrowed: gathered.options.filter.is_some(),
                    })
                })
        })
        .collect();
    assemble(&counted, grid)
}

/// Tests the series on several threads; the answer does not depend on how many.
fn detect(series: &[Series], threads: usize) -> Found {
    let options = anomalies::Options::default();
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Found)>> = Mutex::new(Vec::with_capacity(series.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(one) = series.get(i) else { return };
                    let found = anomalies::find_one(i, one, &options);
                    done.lock()
                        .expect("no thread panics while it holds the lock")
                        .push((i, found));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("all threads have ended");
    done.sort_by_key(|(i, _)| *i);
    let found = anomalies::gather(done.into_iter().map(|(_, found)| found));
    anomalies::settle(found, series)
}

fn incidents(
    gathered: &Gathered<'_>,
    grid: Grid,
    series: &[Series],
    found: &Found,
) -> Vec<Concluded> {
    let (first_ns, last_ns) = range(gathered).unwrap_or((grid.start_ns, grid.end_ns() - 1));
    let first_ns = first_stamp_ns(gathered).map_or(first_ns, |first| first.max(first_ns));
    let store = gathered.merged.store();
    let sources: Vec<String> = gathered
        .planned
        .iter()
        .map(|one| one.source.label.clone())
        .collect();
    let paths: Vec<String> = gathered
        .planned
        .iter()
        .map(|one| one.source.name.clone())
        .collect();
    let scene = Scene {
        sources: &sources,
        paths: &paths,
        series,
        expected: &found.expected,
        anomalies: &found.anomalies,
        tested: &found.tested,
        grid,
        first_ns,
        end_of_data_ns: last_ns + 1,
        store: &store,
        records: &gathered.records,
        window_gap_ns: gathered.options.window_gap(grid.width),
        group_gap_ns: gathered.options.group_gap_ns,
        slo: gathered.options.slo,
    };
    of_scene(&scene)
}

/// The incidents of a scene with their durations.
pub(super) fn of_scene(scene: &Scene<'_>) -> Vec<Concluded> {
    let built = build(scene).into_iter();
    built.map(|incident| measured(scene, incident)).collect()
}

fn measured(scene: &Scene<'_>, mut incident: Incident) -> Concluded {
    let spans: Vec<Span> = incident
        .windows
        .iter()
        .map(|window| Span {
            start: window.start,
            end: still_seen(window, incident.state, scene.end_of_data_ns),
        })
        .collect();
    let first_cause = incident.causes.iter().find(|cause| is_plausible(cause));
    let cause = first_cause.and_then(|first| {
        let is_it = |claim: &crate::records::Milestone| {
            claim.kind == MilestoneKind::Change && claim.note == first.title
        };
        let claim = incident.milestones.iter().position(is_it)?;
        Some(Cause {
            claim,
            deployment: first.kind != "change",
        })
    });
    let facts = Facts {
        windows: &spans,
        milestones: &incident.milestones,
        severity: measures_loss(scene, &incident)
            .then_some((&scene.grid, incident.lost_share.as_slice())),
        bucket_ns: scene.grid.width.ns(),
        cause,
    };
    let measured = durations::measure(&facts);
    for premature in &measured.premature {
        let milestone = &mut incident.milestones[premature.claim];
        let words = format!(
            "premature: it came back {} later",
            crate::clock::words::length(premature.reopened_after_ns)
        );
        milestone.note = if milestone.note.is_empty() {
            words
        } else {
            format!("{} ({words})", milestone.note)
        };
    }
    let burn_alert_at_ns = burn_alert(scene, &spans);
    Concluded {
        incident,
        measured,
        burn_alert_at_ns,
    }
}

/// Whether any source says which requests failed, and the windows are of requests: else what
/// was lost is not known.
fn measures_loss(scene: &Scene<'_>, incident: &Incident) -> bool {
    let within = |window: &crate::incidents::Window| {
        let end_ns = end_or_censored(window, scene.end_of_data_ns).at_ns;
        let (first, last) = (
            scene.grid.nearest(window.start.at_ns),
            scene.grid.nearest(end_ns - 1),
        );
        incident.lost_share[first..=last]
            .iter()
            .any(|share| share.is_finite())
    };
    let known = incident.windows.iter().any(within);
    known && scene.series.iter().any(is_whole_error_share)
}

/// Whether it is the share of a whole source's requests that fail users.
fn is_whole_error_share(one: &Series) -> bool {
    let signal = &one.signal;
    signal.role == Role::UserFacing && signal.name == "error share" && signal.entity.is_none()
}

/// When a burn-rate page would have fired within the incident, first over the user-facing
/// error shares. What came before is its history.
fn burn_alert(scene: &Scene<'_>, spans: &[Span]) -> Option<i64> {
    let (start_ns, end_ns) = (spans.first()?.start.lo_ns, spans.last()?.end.hi_ns);
    let shares = scene.series.iter().filter(|one| is_whole_error_share(one));
    let alerts = shares.filter_map(|one| {
        let Values::Ratio { k, n } = &one.values else {
            return None;
        };
        burn_alert_at(k, n, &one.grid, scene.slo, one.grid.nearest(start_ns))
    });
    alerts.filter(|at| *at <= end_ns).min()
}
