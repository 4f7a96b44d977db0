//! Series with labels of experts, and how well what is flagged agrees with them.
//!
//! In: CSV of time, value, label. Out: precision, recall, F1, delay, false alarms, by event: a
//! labelled stretch is one event, found if an episode comes within `NEAR` samples of it; an episode
//! that comes within `NEAR` samples of no labelled stretch is a false alarm.

use std::fs;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;

use chrono::NaiveDateTime;
use flate2::read::MultiGzDecoder;
use rfo::anomalies::{self, Options};
use rfo::series::{BucketWidth, Family, Grid, Role, Series, Signal, Values};

/// An episode this many samples before or after a labelled stretch belongs to it: the labels of
/// experts begin and end some samples early or late.
const NEAR: usize = 3;
const NS_PER_S: i64 = 1_000_000_000;

/// One labelled series.
pub struct Labelled {
    /// Its values on the grid of its own step.
    pub series: Series,
    /// Labelled stretches, in buckets.
    pub events: Vec<Range<usize>>,
}

/// What came of one set.
#[derive(Debug, Clone, Default)]
pub struct Agreement {
    /// Labelled stretches.
    pub events: usize,
    /// ... that were found.
    pub found: usize,
    /// Episodes.
    pub flagged: usize,
    /// ... near no labelled stretch.
    pub wrong: usize,
    /// From the start of a found stretch to its flag, in samples.
    pub delays: Vec<i64>,
    /// Weeks of all series together.
    pub weeks: f64,
}

impl Agreement {
    /// Right episodes of all; 1 when there is none.
    pub fn precision(&self) -> f64 {
        1.0 - self.wrong as f64 / self.flagged.max(1) as f64
    }

    /// Found stretches of all labelled ones; 1 when there is none.
    pub fn recall(&self) -> f64 {
        if self.events == 0 {
            return 1.0;
        }
        self.found as f64 / self.events as f64
    }

    /// Harmonic mean of precision and recall.
    pub fn f1(&self) -> f64 {
        let (p, r) = (self.precision(), self.recall());
        if p + r > 0.0 {
            2.0 * p * r / (p + r)
        } else {
            0.0
        }
    }

    /// Adds another series' figures.
    pub fn add(&mut self, other: Self) {
        self.events += other.events;
        self.found += other.found;
        self.flagged += other.flagged;
        self.wrong += other.wrong;
        self.delays.extend(other.delays);
        self.weeks += other.weeks;
    }
}

/// Reads all CSV of a folder, plain or gzip, in the order of their names.
pub fn read(folder: &Path) -> io::Result<Vec<Labelled>> {
    let mut paths: Vec<_> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    paths.retain(|path| {
        let name = path.to_string_lossy();
        name.ends_with(".csv") || name.ends_with(".csv.gz")
    });
    paths.sort();
    paths.iter().map(|path| one(path)).collect()
}

fn one(path: &Path) -> io::Result<Labelled> {
    let bytes = fs::read(path)?;
    let mut text = String::new();
    if path.extension().is_some_and(|ending| ending == "gz") {
        MultiGzDecoder::new(&bytes[..]).read_to_string(&mut text)?;
    } else {
        text = String::from_utf8_lossy(&bytes).into_owned();
    }
    let rows: Vec<(i64, f64, bool)> = text.lines().filter_map(row).collect();
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Ok(on_grid(name, &rows))
}

fn row(line: &str) -> Option<(i64, f64, bool)> {
    let mut cells = line
        .trim_end()
        .split(',')
        .map(|cell| cell.trim_matches('"'));
    let (time, value, label) = (cells.next()?, cells.next()?, cells.next()?);
    let seconds = time.parse::<i64>().ok().or_else(|| {
        let time = time.trim_end_matches('Z').replace('T', " ");
        let time = NaiveDateTime::parse_from_str(&time, "%Y-%m-%d %H:%M:%S").ok()?;
        Some(time.and_utc().timestamp())
    })?;
    Some((
        seconds * NS_PER_S,
        value.parse().unwrap_or(f64::NAN),
        label.parse::<f64>().is_ok_and(|label| label > 0.0),
    ))
}

/// The step is the most frequent distance of rows.
fn on_grid(name: String, rows: &[(i64, f64, bool)]) -> Labelled {
    let mut steps: Vec<i64> = rows
        .windows(2)
        .map(|two| two[1].0 - two[0].0)
        .filter(|step| *step > 0)
        .collect();
    steps.sort_unstable();
    let step_s = steps
        .get(steps.len() / 2)
        .map_or(60, |step| step / NS_PER_S);
    let width = BucketWidth::seconds(step_s.unsigned_abs().max(1)).expect("at least a second");
    let (first, last) = (
        rows.first().map_or(0, |row| row.0),
        rows.last().map_or(0, |row| row.0),
    );
    let grid = Grid::covering(first, last, width);
    let mut values = vec![f64::NAN; grid.n];
    let mut labels = vec![false; grid.n];
    for (time, value, label) in rows {
        let at = grid.nearest(*time);
        values[at] = *value;
        labels[at] |= *label;
    }
    let mut events: Vec<Range<usize>> = Vec::new();
    for at in (0..grid.n).filter(|at| labels[*at]) {
        match events.last_mut() {
            Some(last) if last.end == at => last.end = at + 1,
            _ => events.push(at..at + 1),
        }
    }
    let signal = Signal {
        source: name,
        name: "value".to_owned(),
        role: Role::Internal,
        entity: None,
        unit: "value".to_owned(),
    };
    let n = grid.n;
    let series = Series {
        signal,
        family: Family::Gauge,
        grid,
        values: Values::Gauge(values),
        covered: 0..n,
        limit: None,
    };
    Labelled { series, events }
}

/// Detects and compares.
pub fn compare(labelled: &Labelled, options: &Options) -> Agreement {
    let series = &labelled.series;
    let found = anomalies::find(std::slice::from_ref(series), options);
    let episodes: Vec<(Range<usize>, usize)> = found
        .anomalies
        .iter()
        .map(|one| {
            (
                one.buckets.clone(),
                series.grid.nearest(one.flagged_at_ns - 1),
            )
        })
        .collect();
    let near = |episode: &Range<usize>, event: &Range<usize>| {
        episode.start <= event.end + NEAR && event.start <= episode.end + NEAR
    };
    let mut agreement = Agreement {
        events: labelled.events.len(),
        flagged: episodes.len(),
        weeks: series.grid.n as f64 * series.grid.width.as_s() / 604_800.0,
        ..Agreement::default()
    };
    agreement.wrong = episodes
        .iter()
        .filter(|(episode, _)| !labelled.events.iter().any(|event| near(episode, event)))
        .count();
    for event in &labelled.events {
        let flag = episodes
            .iter()
            .filter(|(episode, _)| near(episode, event))
            .map(|one| one.1)
            .min();
        if let Some(flag) = flag {
            agreement.found += 1;
            agreement.delays.push(flag as i64 - event.start as i64);
        }
    }
    agreement
}
