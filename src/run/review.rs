//! `rfo review`: reads records, reviews them, writes what was asked for or shows the screen.

use std::io::{self, IsTerminal, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result};
use crossbeam_channel::bounded;

use super::app::{EXIT_INTERRUPTED, EXIT_PANIC};
use super::{EXIT_INPUT, EXIT_NOTHING, EXIT_USAGE, colour, print, tell, write_whole};
use crate::analysis::review::file::{self, Contents};
use crate::analysis::review::{Asked, collect};
use crate::cli::{ReviewArguments, ReviewTo, Table};
use crate::clock;
use crate::input::{Source, discover, open};
use crate::records::Context;
use crate::reports::Look;
use crate::reports::review::board::Board;
use crate::reports::review::lints::{self, Linted};
use crate::reports::review::{Summary, calendar, csv, frame, json, markdown, openmetrics, text};
use crate::tui;

/// Bytes of one record, at most.
const BYTES_MAX: u64 = 256 << 20;

/// Does what the arguments say.
pub fn run(arguments: &ReviewArguments) -> Result<ExitCode> {
    let asked = match arguments.asked(clock::now_ns()) {
        Ok(asked) => asked,
        Err(why) => {
            tell(&why);
            return Ok(ExitCode::from(EXIT_USAGE));
        }
    };
    let (sources, errors) = discover(&arguments.records);
    for error in &errors {
        tell(&error.to_string());
    }
    let context = Context {
        zone: arguments.tz,
        ..Context::default()
    };
    let mut failed: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let mut contents = Vec::new();
    for source in &sources {
        match read(source, &context) {
            Ok(one) => contents.push(one),
            Err(why) => {
                tell(&why);
                failed.push(why);
            }
        }
    }
    if contents.is_empty() {
        return Ok(ExitCode::from(EXIT_INPUT));
    }
    if arguments.is_app() && io::stdout().is_terminal() {
        return app(arguments, contents, asked, failed);
    }
    let review = collect(contents, asked);
    write(arguments, &Summary::of(&review))?;
    Ok(exit_code(!failed.is_empty(), review.cases.is_empty()))
}

fn exit_code(failed: bool, is_empty: bool) -> ExitCode {
    match (failed, is_empty) {
        (true, _) => ExitCode::from(EXIT_INPUT),
        (false, true) => {
            tell("no record tells of an incident");
            ExitCode::from(EXIT_NOTHING)
        }
        (false, false) => ExitCode::SUCCESS,
    }
}

/// The Review screen on these records: its numbers are computed beside it.
fn app(
    arguments: &ReviewArguments,
    contents: Vec<Contents>,
    asked: Asked,
    failed: Vec<String>,
) -> Result<ExitCode> {
    let any_failed = !failed.is_empty();
    let (send, receive) = bounded(1);
    let is_empty: Arc<AtomicBool> = Arc::default();
    let told = Arc::clone(&is_empty);
    // Not joined: when the app quits, the process ends and the computing with it.
    let conclude = move || {
        let linted = contents.iter().filter_map(|one| match one {
            Contents::Record(record) => Some(lints::linted(record)),
            Contents::Report { .. } => None,
        });
        let mut linted: Vec<Linted> = linted.collect();
        linted.sort_by(|a, b| a.path.cmp(&b.path));
        let warnings = failed.into_iter().map(|why| format!("not read: {why}"));
        let board = Board::of(collect(contents, asked), linted, warnings.collect());
        told.store(board.review.cases.is_empty(), Ordering::Relaxed);
        // The receiver is gone when the app has quit.
        drop(send.send(Arc::new(board)));
    };
    std::thread::spawn(|| {
        if catch_unwind(AssertUnwindSafe(conclude)).is_err() {
            // The hook gave the terminal back and said why: an app without data would only linger.
            std::process::exit(EXIT_PANIC);
        }
    });
    let title = super::title(&arguments.records);
    let ended = tui::review(receive, title, super::app::look(&arguments.appearance))
        .context("the terminal cannot be used")?;
    Ok(match ended {
        tui::Ended::ByUser => exit_code(any_failed, is_empty.load(Ordering::Relaxed)),
        tui::Ended::BySignal => ExitCode::from(EXIT_INTERRUPTED),
    })
}

fn read(source: &Source, context: &Context) -> Result<Contents, String> {
    let name = &source.name;
    let mut bytes = Vec::new();
    open(source, Arc::default())
        .map_err(|error| error.to_string())?
        .take(BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("cannot read {name}: {error}"))?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(format!("{name} is longer than {} MiB", BYTES_MAX >> 20));
    }
    file::read(name, &bytes, context).map_err(|why| format!("{name} {why}"))
}

fn write(arguments: &ReviewArguments, summary: &Summary<'_>) -> Result<()> {
    let table = || match arguments.table {
        Table::Statistics => frame::statistics(summary),
        Table::Incidents => frame::incidents(summary.review),
    };
    let bytes = match arguments.form() {
        ReviewTo::Text => {
            let paint = arguments.appearance.color;
            let colour = arguments.output.is_none() && colour(paint, io::stdout().is_terminal());
            let look = Look { colour, width: 80 };
            text::text(summary, look, arguments.appearance.ascii).into_bytes()
        }
        ReviewTo::Json => json::json(summary).into_bytes(),
        ReviewTo::Csv => csv::csv(&table()).into_bytes(),
        ReviewTo::Markdown => markdown::markdown(summary).into_bytes(),
        ReviewTo::Openmetrics => openmetrics::openmetrics(summary).into_bytes(),
        ReviewTo::Ics => calendar::calendar(summary.review).into_bytes(),
        #[cfg(feature = "parquet")]
        ReviewTo::Parquet => {
            let parquet = crate::reports::review::parquet::parquet(&mut table());
            parquet.map_err(anyhow::Error::msg)?
        }
    };
    match &arguments.output {
        Some(path) => write_whole(path, &bytes),
        None => print(&bytes),
    }
}
