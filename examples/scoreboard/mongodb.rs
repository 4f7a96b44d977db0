//! MongoDB's text logs before 4.4: the lines themselves say what is expected.
//!
//! A line begins with an ISO stamp and a severity's letter; that of a slow operation ends in
//! its duration, `123ms`.

use std::path::Path;

use anyhow::Result;

use crate::board::{Board, Expected, Row, instant};
use crate::reading::{Reading, files, lines, name};

/// Scores every log.
pub fn score(folder: &Path) -> Result<Board> {
    let mut board = Board::default();
    for log in files(folder, ".log")? {
        let reading = Reading::of(&log, None);
        let events = reading.events();
        let mut row = Row::new(&name(folder, &log), reading.format(), reading.unparsed());
        for (offset, line) in lines(&log)? {
            let Some(expected) = expected(&line) else {
                continue;
            };
            let at = events.binary_search_by_key(&offset, |found| found.offset);
            let found = at.ok().map(|i| &events[i]);
            row.compare(&line, &expected, found, &mut board.misses);
        }
        row.extra = (events.len() as u64).saturating_sub(row.records - row.missing);
        board.rows.push(row);
    }
    Ok(board)
}

fn expected(line: &str) -> Option<Expected> {
    let mut words = line.split_whitespace();
    let time = instant(words.next()?)?;
    let level = match words.next()? {
        "D" => "debug",
        "I" => "info",
        "W" => "warning",
        "E" => "error",
        "F" => "fatal",
        _ => return None,
    };
    let last = line.rsplit(' ').next()?.strip_suffix("ms");
    Some(Expected {
        time: Some(time),
        level: Some(level.to_owned()),
        duration_us: last
            .and_then(|number| number.parse().ok())
            .map(|ms: f64| ms * 1000.0),
        ..Expected::default()
    })
}
