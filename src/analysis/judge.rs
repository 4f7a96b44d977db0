//! Judgements of what is being followed: made on a thread of their own, from a copy of what was
//! read, so that reading does not wait; and put under the newest counts until the next one.

use crossbeam_channel::{Receiver, Sender};

use super::Progress;
use super::Snapshot;
use super::conclude::{self, Gathered};
use super::ingest::{any_log, read_records};
use super::merge::Merged;
use super::options::Options;
use super::plan::{Kind, Planned};
use super::restate::{Own, join, restated};
use super::timings::Timings;
use crate::clock::Zone;
use crate::series::{Histogram, Series, Values};

/// What the judge is asked for.
pub enum Task {
    /// To judge what was read.
    Judge(Box<Frozen>),
    /// To say what follows from a judgement now that people have marked something more.
    Restate(Box<Snapshot>, Own),
}

/// What was read at one moment.
pub struct Frozen {
    /// The sources.
    pub planned: Vec<Planned>,
    /// What they gave.
    pub merged: Merged,
    /// How far the reading was.
    pub progress: Progress,
    /// What was marked in the app.
    pub own: Option<Own>,
}

/// Judges what comes in, until nothing more does.
pub fn judge(
    title: &str,
    zone: Zone,
    options: &Options,
    timings: &Timings,
    tasks: &Receiver<Task>,
    judged: &Sender<Snapshot>,
) {
    for task in tasks {
        let snapshot = match task {
            Task::Judge(frozen) => of_frozen(title, zone, options, timings, *frozen),
            Task::Restate(snapshot, own) => restated(&snapshot, &own),
        };
        if judged.send(snapshot).is_err() {
            return;
        }
    }
}

fn of_frozen(
    title: &str,
    zone: Zone,
    options: &Options,
    timings: &Timings,
    mut frozen: Frozen,
) -> Snapshot {
    let (planned, merged) = (&frozen.planned, &mut frozen.merged);
    let mut records = read_records(planned, zone, merged, options);
    if let Some(own) = &frozen.own {
        join(&mut records, own, any_log(merged));
    }
    let gathered = Gathered {
        title,
        planned,
        zone,
        merged,
        records,
        progress: frozen.progress,
        options,
        extent: std::cell::OnceCell::new(),
    };
    conclude::conclude(&gathered, timings)
}

/// The newest counts with the last judgement. Where the axis has changed but for its end, the
/// last snapshot stays as it is until the next judgement, with the newest sources.
pub fn with_judgement(judged: &Snapshot, mut fresh: Snapshot, planned: &[Planned]) -> Snapshot {
    // Records are read where they are judged.
    for (i, one) in planned.iter().enumerate() {
        if matches!(one.kind, Kind::Record(_))
            && let Some(input) = judged.inputs.get(i)
        {
            fresh.inputs[i] = input.clone();
        }
    }
    let mut whole = judged.clone();
    whole.inputs = fresh.inputs;
    whole.progress = fresh.progress;
    whole.filter = fresh.filter;
    let (Some(old), Some(new)) = (judged.grid, fresh.grid) else {
        return whole;
    };
    if old.width != new.width || old.start_ns != new.start_ns || old.n > new.n {
        return whole;
    }
    let mut newest = fresh.series;
    for one in &mut whole.series {
        let same = newest.iter().position(|other| other.signal == one.signal);
        match same {
            Some(at) => *one = newest.remove(at),
            None => lengthen(one, new.n),
        }
        one.grid = new;
    }
    whole.series.append(&mut newest);
    whole.expected.resize(whole.series.len(), Vec::new());
    whole
        .expected
        .iter_mut()
        .for_each(|expected| expected.resize(new.n, f64::NAN));
    for concluded in &mut whole.incidents {
        let lost = &mut concluded.incident.lost_share;
        if !lost.is_empty() {
            lost.resize(new.n, f64::NAN);
        }
    }
    (whole.grid, whole.range, whole.store) = (fresh.grid, fresh.range, fresh.store);
    whole
}

/// More buckets, of which nothing is known yet: `covered` ends before them.
fn lengthen(series: &mut Series, n: usize) {
    match &mut series.values {
        Values::Count(counts) => counts.resize(n, 0),
        Values::Ratio { k, n: of } => {
            k.resize(n, 0);
            of.resize(n, 0);
        }
        Values::Gauge(levels) => levels.resize(n, f64::NAN),
        Values::Latency(histograms) => histograms.resize(n, Histogram::default()),
    }
}
