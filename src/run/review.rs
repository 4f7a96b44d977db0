//! `rfo review`: reads records, reviews them, and writes what was asked for; the screen is `review_app`'s.

use std::io::{self, IsTerminal, Read};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;

use super::{EXIT_INPUT, EXIT_NOTHING, EXIT_USAGE, colour, print, review_app, tell, write_whole};
use crate::analysis::review::collect;
use crate::analysis::review::file::{self, Contents};
use crate::cli::{ReviewArguments, ReviewTo, Table};
use crate::clock::{self, Zone};
use crate::input::glimpse::modified_ns;
use crate::input::{Source, discover_records, open};
use crate::records::Context;
use crate::reports::Look;
use crate::reports::review::{Summary, calendar, csv, frame, json, markdown, openmetrics, text};

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
    let (sources, errors) = discover_records(&arguments.records);
    for error in &errors {
        tell(&error.to_string());
    }
    let mut failed: Vec<String> = errors.iter().map(ToString::to_string).collect();
    if arguments.is_app() && io::stdout().is_terminal() {
        return review_app::app(arguments, sources, asked, failed);
    }
    let mut contents = Vec::new();
    for source in &sources {
        match read(source, arguments.tz) {
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
    let review = collect(contents, asked);
    write(arguments, &Summary::of(&review))?;
    Ok(exit_code(!failed.is_empty(), review.cases.is_empty()))
}

pub(super) fn exit_code(failed: bool, is_empty: bool) -> ExitCode {
    match (failed, is_empty) {
        (true, _) => ExitCode::from(EXIT_INPUT),
        (false, true) => {
            tell("no record tells of an incident");
            ExitCode::from(EXIT_NOTHING)
        }
        (false, false) => ExitCode::SUCCESS,
    }
}

/// What one file holds; an error says why it is nothing for a review.
pub(super) fn read(source: &Source, zone: Option<Zone>) -> Result<Contents, String> {
    let context = Context {
        zone,
        // A text without any year is of the years before its file was written, as for a report.
        written_ns: modified_ns(source),
        ..Context::default()
    };
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
    file::read(name, &bytes, &context).map_err(|why| format!("{name} {why}"))
}

fn write(arguments: &ReviewArguments, summary: &Summary<'_>) -> Result<()> {
    let paint = arguments.appearance.color;
    let colour = arguments.output.is_none() && colour(paint, io::stdout().is_terminal());
    let bytes = written(arguments, arguments.form(), colour, summary)?;
    match &arguments.output {
        Some(path) => write_whole(path, &bytes),
        None => print(&bytes),
    }
}

/// A review as what it is asked for.
pub(super) fn written(
    arguments: &ReviewArguments,
    form: ReviewTo,
    colour: bool,
    summary: &Summary<'_>,
) -> Result<Vec<u8>> {
    let table = || match arguments.table {
        Table::Statistics => frame::statistics(summary),
        Table::Incidents => frame::incidents(summary.review),
    };
    Ok(match form {
        ReviewTo::Text => {
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
    })
}
