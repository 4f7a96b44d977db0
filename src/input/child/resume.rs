//! Where to go on after a program ended: from when, and which lines are there already.
//!
//! In: the file of lines that came so far. Out: an instant for `--since`, shortly before the last
//! line, and the lines from it on. Programs take whole seconds at best, and lines may come a
//! little out of order, so the last lines come again: each is dropped as often as it is there.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use super::stamp::written_ns;
use crate::clock::NS_PER_S;

/// Bytes at the end of the file that are looked at.
const TAIL_BYTES: u64 = 16 << 20;
/// How long before the last line to go on.
const BACK_NS: i64 = 2 * NS_PER_S;

/// Where to go on.
#[derive(Debug, Default)]
pub struct Resume {
    /// Lines from this on come again, ns UTC. `None` where no line has a stamp.
    pub since_ns: Option<i64>,
    /// Lines that are there from then on, and how often. Asked, never iterated over.
    there: HashMap<Vec<u8>, u32>,
}

impl Resume {
    /// Reads the end of the file of lines that came so far.
    pub fn after(lines: &mut File) -> io::Result<Self> {
        let length = lines.metadata()?.len();
        let start = length.saturating_sub(TAIL_BYTES);
        lines.seek(SeekFrom::Start(start))?;
        let mut tail = Vec::new();
        lines.by_ref().take(TAIL_BYTES).read_to_end(&mut tail)?;
        lines.seek(SeekFrom::End(0))?;
        let whole = match start {
            0 => &tail[..],
            // The first line of the tail may be cut.
            _ => tail.splitn(2, |byte| *byte == b'\n').nth(1).unwrap_or(&[]),
        };
        Ok(Self::of(whole, start > 0))
    }

    fn of(tail: &[u8], is_cut: bool) -> Self {
        let lines = || {
            tail.split(|byte| *byte == b'\n')
                .filter(|line| !line.is_empty())
        };
        let stamps = || lines().filter_map(written_ns);
        let mut since_ns = stamps()
            .max()
            .map(|last| (last - BACK_NS).div_euclid(NS_PER_S) * NS_PER_S);
        if is_cut {
            // Lines before the tail are not known: they must not come again.
            let known_ns = stamps()
                .min()
                .map(|first| (first + NS_PER_S).div_euclid(NS_PER_S) * NS_PER_S);
            since_ns = since_ns.max(known_ns);
        }
        let mut there: HashMap<Vec<u8>, u32> = HashMap::new();
        for line in lines() {
            let comes_again = match (written_ns(line), since_ns) {
                (Some(at), Some(since)) => at >= since,
                _ => true,
            };
            if comes_again {
                *there.entry(line.to_vec()).or_default() += 1;
            }
        }
        Self { since_ns, there }
    }

    /// Whether a line (without its end) is there already; each that is there answers once.
    pub fn has(&mut self, line: &[u8]) -> bool {
        if self.there.is_empty() {
            return false;
        }
        let Some(times) = self.there.get_mut(line) else {
            return false;
        };
        *times -= 1;
        if *times == 0 {
            self.there.remove(line);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "2024-02-03T15:04:01.5Z a\n2024-02-03T15:04:05.1Z b\n\
        2024-02-03T15:04:05.1Z b\n2024-02-03T15:04:04.9Z late\n";

    #[test]
    fn the_last_lines_come_again_and_are_dropped_as_often_as_they_are_there() {
        let mut resume = Resume::of(LINES.as_bytes(), false);
        assert_eq!(resume.since_ns, Some(1_706_972_643 * NS_PER_S));
        let mut has = |line: &str| resume.has(line.as_bytes());
        assert!(!has("2024-02-03T15:04:01.5Z a"));
        assert!(has("2024-02-03T15:04:05.1Z b") && has("2024-02-03T15:04:05.1Z b"));
        assert!(!has("2024-02-03T15:04:05.1Z b"));
        assert!(has("2024-02-03T15:04:04.9Z late"));
        assert!(!has("2024-02-03T15:04:06Z c"));
    }

    #[test]
    fn where_the_tail_is_cut_only_what_it_holds_comes_again() {
        let resume = Resume::of(&LINES.as_bytes()[25..], true);
        assert_eq!(resume.since_ns, Some(1_706_972_645 * NS_PER_S));
    }

    #[test]
    fn without_a_stamp_everything_comes_again() {
        let mut resume = Resume::of(b"one\ntwo\n", false);
        assert_eq!(resume.since_ns, None);
        assert!(resume.has(b"one") && resume.has(b"two") && !resume.has(b"three"));
        assert_eq!(Resume::of(b"", false).since_ns, None);
    }
}
