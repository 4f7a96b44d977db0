//! How what is being followed stands, in words.

use std::ffi::OsString;

use super::numbers::bytes;
use crate::analysis::{Input, Live, Snapshot};
use crate::clock::Zone;
use crate::clock::words::{clock_time, length};
use crate::text::printable;

/// Unread bytes below this are on their way and not worth a word.
const BEHIND_BYTES: u64 = 1 << 20;

/// `live`, and how much is written and not read where that is much.
pub fn live(snapshot: &Snapshot) -> String {
    let standings = snapshot
        .inputs
        .iter()
        .filter_map(|input| input.live.as_ref());
    match standings.map(|live| live.behind_bytes).sum() {
        behind if behind >= BEHIND_BYTES => format!("live, {} behind", bytes(behind)),
        _ => "live".to_owned(),
    }
}

/// What is waited for while nothing that was named has a file: the folders and globs as they were
/// named, printable. `None` where there are files, or none can come.
pub fn awaited(snapshot: &Snapshot, named: &[OsString]) -> Option<String> {
    let waits = snapshot.inputs.is_empty() && snapshot.progress.following;
    let named = named.iter().map(|name| printable(&name.to_string_lossy()));
    waits.then(|| named.collect::<Vec<_>>().join(", "))
}

/// The pipes that nobody has opened to write yet, while nothing else was read either, printable.
/// `None` where there is something to read, or nothing is followed.
pub fn without_writer(snapshot: &Snapshot) -> Option<String> {
    let awaits = |one: &Input| one.live.as_ref().is_some_and(|live| live.awaits_writer);
    let waits = snapshot.progress.following && snapshot.progress.events == 0;
    let mut pipes = snapshot.inputs.iter().filter(|one| awaits(one)).peekable();
    let first = pipes.peek().is_some();
    let names: Vec<String> = pipes.map(|one| one.path.clone()).collect();
    (waits && first).then(|| names.join(", "))
}

/// `live: up to 10:31:05, 12 s behind; 3 files so far`.
pub fn standing(live: &Live, zone: Zone) -> String {
    let mut parts = Vec::new();
    parts.push(match (live.watermark_ns, live.lag_ns) {
        (Some(at_ns), Some(lag_ns)) => {
            format!(
                "up to {}, {} behind",
                clock_time(at_ns, zone),
                length(lag_ns)
            )
        }
        _ if live.awaits_writer => "a pipe, waits for a writer".to_owned(),
        _ => "no stamp yet".to_owned(),
    });
    if live.behind_bytes > 0 {
        parts.push(format!("{} not read yet", bytes(live.behind_bytes)));
    }
    if live.held_bytes > 0 {
        parts.push(format!(
            "{} held back for their end",
            bytes(live.held_bytes)
        ));
    }
    if live.files > 1 {
        parts.push(format!("{} files so far", live.files));
    }
    if live.gone {
        parts.push("the file is gone, a new one is awaited".to_owned());
    }
    if live.cut_short > 0 {
        let times = live.cut_short;
        parts.push(format!(
            "cut {times}x without a copy: its last lines may be lost"
        ));
    }
    format!("live: {}", parts.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_out_of_the_ordinary_is_said() {
        let quiet = Live {
            watermark_ns: Some(0),
            lag_ns: Some(12_000_000_000),
            files: 1,
            ..Live::default()
        };
        assert_eq!(
            standing(&quiet, Zone::UTC),
            "live: up to 00:00:00, 12 s behind"
        );
        let pipe = Live {
            awaits_writer: true,
            ..Live::default()
        };
        assert_eq!(
            standing(&pipe, Zone::UTC),
            "live: a pipe, waits for a writer"
        );
        let busy = Live {
            behind_bytes: 3_000_000,
            held_bytes: 5,
            files: 3,
            gone: true,
            cut_short: 2,
            ..Live::default()
        };
        assert_eq!(
            standing(&busy, Zone::UTC),
            "live: no stamp yet; 3 MB not read yet; 5 B held back for their end; 3 files so far; \
             the file is gone, a new one is awaited; cut 2x without a copy: its last lines may be \
             lost"
        );
    }
}
