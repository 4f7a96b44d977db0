//! `rfo replay`: sources to steps to files or stdout, with the clock and the signals of the
//! machine.

use std::collections::BTreeSet;
use std::io::{self, BufWriter, Read};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use crossbeam_channel::{Receiver, RecvTimeoutError, TryRecvError, bounded};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::{EXIT_INPUT, EXIT_USAGE, gather, tell};
use crate::analysis::Options;
use crate::analysis::plan::{Kind, Planned, plan};
use crate::cli::replay::Replay;
use crate::clock::{self, Zone};
use crate::input::rotation::without_packing;
use crate::input::{Source, open};
use crate::records::Context;
use crate::replay::{ALWAYS, Ended, Folder, Outlet, Pace, Step, Steps, Stream, log, play, record};

/// Largest record played, bytes, as largest read.
const RECORD_BYTES_MAX: u64 = 64 << 20;
/// A signal ended it.
const EXIT_INTERRUPTED: u8 = 130;
/// Steps of a log that are looked at for its first time.
const STEPS_LOOKED_AT: usize = 1000;

/// Plays what was named.
pub fn replay(replay: &Replay) -> Result<ExitCode> {
    let options = match replay.options(clock::now_ns()) {
        Ok(options) => options,
        Err(why) => {
            tell(&why);
            return Ok(ExitCode::from(EXIT_USAGE));
        }
    };
    let stopped = stopping()?;
    let mut found = gather::find(&replay.sources, &options);
    let files = std::mem::take(&mut found.files);
    let (sources, not_whole) = gather::gather(files, &mut found.fillers, &tell);
    let mut code = ExitCode::SUCCESS;
    for error in found.errors.iter().chain(&not_whole) {
        tell(&error.to_string());
        code = ExitCode::from(EXIT_INPUT);
    }
    let (planned, zone) = plan(sources, &options);
    let (planned, refused): (Vec<Planned>, Vec<Planned>) = planned
        .into_iter()
        .partition(|one| !matches!(one.kind, Kind::Unreadable(_)));
    for one in &refused {
        if let Kind::Unreadable(why) = &one.kind {
            tell(why);
            code = ExitCode::from(EXIT_INPUT);
        }
    }
    if planned.is_empty() {
        return Ok(ExitCode::from(EXIT_INPUT));
    }
    let range = options.since_ns.unwrap_or(ALWAYS.start)..options.until_ns.unwrap_or(ALWAYS.end);
    let first_ns = first(&planned, &range)?;
    let ended = match &replay.into {
        Some(folder) => {
            let targets = match targets(&planned) {
                Ok(targets) => targets,
                Err(why) => {
                    tell(&why);
                    return Ok(ExitCode::from(EXIT_USAGE));
                }
            };
            let mut folder = Folder::new(folder, &targets)?;
            let steps = steps(&planned, &range, Some((zone, &options)))?;
            let ended = played(steps, first_ns, replay, stopped, &mut folder)?;
            if ended == Some(Ended::Whole) {
                folder.complete()?;
            }
            ended
        }
        None => {
            let records = planned
                .iter()
                .filter(|one| matches!(one.kind, Kind::Record(_)));
            if let n @ 1.. = records.count() {
                tell(&format!(
                    "{n} of the sources are people's records: --into plays them too"
                ));
            }
            let mut stdout = Stream(BufWriter::new(io::stdout().lock()));
            let steps = steps(&planned, &range, None)?;
            played(steps, first_ns, replay, stopped, &mut stdout)?
        }
    };
    Ok(match ended {
        Some(Ended::Stopped) => ExitCode::from(EXIT_INTERRUPTED),
        Some(Ended::Whole) | None => code,
    })
}

/// How it ended; `None` if the reader of stdout went away.
fn played(
    steps: Vec<Steps>,
    first_ns: i64,
    replay: &Replay,
    stopped: Receiver<()>,
    outlet: &mut dyn Outlet,
) -> Result<Option<Ended>> {
    match play(
        steps,
        first_ns,
        replay.speed,
        &mut Machine { stopped },
        outlet,
    ) {
        Ok(ended) => Ok(Some(ended)),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(None),
        Err(error) => Err(error).context("cannot go on"),
    }
}

/// The steps of every source. Without a folder records have none.
fn steps(
    planned: &[Planned],
    range: &Range<i64>,
    folder: Option<(Zone, &Options)>,
) -> Result<Vec<Steps>> {
    let mut all: Vec<Steps> = Vec::with_capacity(planned.len());
    let mut context = None;
    for one in planned {
        let Kind::Record(kind) = &one.kind else {
            all.push(log(one, range.clone())?);
            continue;
        };
        let Some((zone, options)) = folder else {
            all.push(Box::new(std::iter::empty()));
            continue;
        };
        let context = match &context {
            Some(context) => context,
            None => context.insert(dating(planned, zone, options)?),
        };
        let bytes = whole(&one.source)?;
        all.push(record(&one.source.name, *kind, bytes, context, range));
    }
    Ok(all)
}

fn whole(source: &Source) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let reader = open(source, Arc::default())?;
    let read = reader.take(RECORD_BYTES_MAX).read_to_end(&mut bytes);
    read.with_context(|| format!("cannot read {}", source.name))?;
    Ok(bytes)
}

/// What dates times in records that leave out day or year: the zone, and the range of the logs.
/// Costs a pass over them.
fn dating(planned: &[Planned], zone: Zone, options: &Options) -> Result<Context> {
    let mut range_ns: Option<(i64, i64)> = None;
    for one in planned
        .iter()
        .filter(|one| matches!(one.kind, Kind::Log(_)))
    {
        for step in log(one, ALWAYS)? {
            if let Some(ns) = step?.time_ns {
                range_ns = Some(range_ns.map_or((ns, ns), |(a, b)| (a.min(ns), b.max(ns))));
            }
        }
    }
    Ok(Context {
        zone: (range_ns.is_some() || options.zone.is_some()).then_some(zone),
        range_ns,
        written_ns: None,
    })
}

/// When the first event of all logs was written; without one, of all records, ns UTC.
fn first(planned: &[Planned], range: &Range<i64>) -> Result<i64> {
    let time = |step: io::Result<Step>| step.ok().and_then(|step| step.time_ns);
    let mut first: Option<i64> = None;
    for one in planned
        .iter()
        .filter(|one| matches!(one.kind, Kind::Log(_)))
    {
        let mut times = log(one, range.clone())?
            .take(STEPS_LOOKED_AT)
            .filter_map(time);
        let of_one = times.next();
        first = first.into_iter().chain(of_one).min();
    }
    if let Some(first) = first {
        return Ok(first);
    }
    for one in planned {
        if let Kind::Record(kind) = &one.kind {
            let (bytes, context) = (whole(&one.source)?, Context::default());
            let steps = record(&one.source.name, *kind, bytes, &context, range);
            first = first.into_iter().chain(steps.filter_map(time).next()).min();
        }
    }
    Ok(first.unwrap_or(0))
}

/// The paths of the files to write, below the folder: those of the sources below the folders that
/// were named, without the ending of their packing. Where two would be the same, their whole paths.
fn targets(planned: &[Planned]) -> std::result::Result<Vec<PathBuf>, String> {
    let short: Vec<PathBuf> = planned.iter().map(|one| target(&one.source)).collect();
    if twice(&short).is_none() {
        return Ok(short);
    }
    let names = planned.iter().map(|one| without_packing(&one.source.name));
    let whole: Vec<PathBuf> = names.map(|name| below(Path::new(name))).collect();
    match twice(&whole) {
        None => Ok(whole),
        Some(path) => Err(format!(
            "several sources would be written to {}: play them one by one",
            path.display()
        )),
    }
}

/// The first path that is there a second time.
fn twice(paths: &[PathBuf]) -> Option<&PathBuf> {
    let mut seen = BTreeSet::new();
    paths.iter().find(|path| !seen.insert(*path))
}

/// A path that leads nowhere but down.
fn below(name: &Path) -> PathBuf {
    let parts = name.components();
    parts
        .filter(|part| matches!(part, Component::Normal(_)))
        .collect()
}

fn target(source: &Source) -> PathBuf {
    let name = Path::new(without_packing(&source.name));
    // A file that was named itself, by its path from anywhere, is written without its folders.
    let is_named = source.origin.path() == Path::new(&source.name) || name.is_absolute();
    let below = below(name);
    let file = below
        .file_name()
        .map_or_else(|| PathBuf::from("stdin"), PathBuf::from);
    match is_named || below.as_os_str().is_empty() {
        true => file,
        false => below,
    }
}

/// Tells of SIGINT, SIGTERM and SIGHUP.
fn stopping() -> Result<Receiver<()>> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("cannot take signals")?;
    let (stop, stopped) = bounded(1);
    std::thread::spawn(move || {
        for _ in signals.forever() {
            let _ = stop.try_send(());
        }
    });
    Ok(stopped)
}

/// The machine's clock, and its signals.
struct Machine {
    stopped: Receiver<()>,
}

impl Pace for Machine {
    fn now_ns(&mut self) -> i64 {
        clock::now_ns()
    }

    fn wait_until(&mut self, at_ns: i64) -> bool {
        loop {
            let left_ns = at_ns.saturating_sub(clock::now_ns());
            let Ok(left_ns @ 1..) = u64::try_from(left_ns) else {
                return !self.is_stopped();
            };
            match self.stopped.recv_timeout(Duration::from_nanos(left_ns)) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
    }

    fn is_stopped(&mut self) -> bool {
        !matches!(self.stopped.try_recv(), Err(TryRecvError::Empty))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Origin;

    #[test]
    fn files_keep_their_names_and_lose_their_packing() {
        let check = |name: &str, path: &str, expected: &str| {
            let source = Source {
                name: name.into(),
                label: name.into(),
                origin: Origin::File(path.into()),
                disk_bytes: 0,
            };
            assert_eq!(target(&source), Path::new(expected), "{name}");
        };
        check("logs/lb.log.zst", "/data/x/logs/lb.log.zst", "logs/lb.log");
        check("/data/lb.log.gz", "/data/lb.log.gz", "lb.log");
        check("../../x/lb.log", "../../x/lb.log", "lb.log");
        check("../evil.log", "/tmp/bundle/evil.log", "evil.log");
        check(
            "record-status.txt",
            "/data/x/record-status.txt",
            "record-status.txt",
        );
    }
}
