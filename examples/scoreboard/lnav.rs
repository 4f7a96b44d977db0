//! Odd logs without an oracle: none may crash, hang or lose a line.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::Result;

use crate::board::Board;
use crate::reading::{Reading, files, name};

/// A log of some hundred kilobytes that takes longer hangs.
const TIME_MAX: Duration = Duration::from_secs(60);

/// What became of a log.
struct Outcome {
    lines: u64,
    words: String,
    sound: bool,
    unparsed: u64,
}

/// Reads every log.
pub fn score(folder: &Path) -> Result<Board> {
    let mut board = Board::default();
    let (mut sound, mut unparsed, mut lines, mut n) = (0, 0, 0, 0);
    for log in files(folder, "")? {
        if log.ends_with("LICENSE") {
            continue;
        }
        let outcome = read(&log)?;
        n += 1;
        sound += u64::from(outcome.sound);
        unparsed += outcome.unparsed;
        lines += outcome.lines;
        let words = format!("{:<40} {}", name(folder, &log), outcome.words);
        if outcome.sound {
            board.misses.push(words);
        } else {
            let _ = writeln!(board.notes, "BAD {words}");
        }
    }
    board.counts = Some([sound, n]);
    let _ = writeln!(
        board.notes,
        "{sound} of {n} without crash, hang or lost line; {unparsed} of {lines} lines unparsed"
    );
    Ok(board)
}

fn read(log: &Path) -> Result<Outcome> {
    let bytes = fs::read(log)?;
    let ends = bytes.iter().filter(|&&byte| byte == b'\n').count();
    let lines = (ends + usize::from(!bytes.is_empty() && !bytes.ends_with(b"\n"))) as u64;
    let (done, finished) = mpsc::channel();
    let path: PathBuf = log.to_path_buf();
    let reader = thread::spawn(move || {
        let reading = Reading::of(&path, None);
        // The receiver may have given up.
        let _ = done.send(());
        reading
    });
    let hung = matches!(
        finished.recv_timeout(TIME_MAX),
        Err(mpsc::RecvTimeoutError::Timeout)
    );
    let failed = |words: &str| Outcome {
        lines,
        words: words.to_owned(),
        sound: false,
        unparsed: 0,
    };
    if hung {
        return Ok(failed("hangs"));
    }
    Ok(match reader.join() {
        Err(_) => failed("crashes"),
        Ok(reading) => judged(&reading, lines),
    })
}

fn judged(reading: &Reading, lines: u64) -> Outcome {
    let Some(input) = reading.input() else {
        return Outcome {
            lines,
            words: "not read".to_owned(),
            sound: false,
            unparsed: 0,
        };
    };
    let sum = input.events + input.joined + input.unparsed + input.headers;
    let mut words = format!(
        "{:<14} {lines} lines = {} events + {} joined + {} unparsed + {} headers",
        input.format, input.events, input.joined, input.unparsed, input.headers
    );
    // A line of a batch or of a wide table is several events.
    let has_many =
        ["otlp", "otlp-spans", "pgbouncer", "metric-csv"].contains(&input.format.as_str());
    if let Some(error) = &input.error {
        let _ = write!(words, " ({error})");
    }
    Outcome {
        lines,
        words,
        sound: input.lines == lines && (sum == lines || sum > lines && has_many),
        unparsed: input.unparsed,
    }
}
