//! Arguments of `rfo mark` and `rfo amend`, and what of a command line an incident file keeps.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Parser};
use serde_json::{Map, Value};

use super::{Cli, Command, Reading, zone};
use crate::clock::Zone;

/// Flags that change what is concluded, by their ids: an incident file keeps them.
const KEPT: [&str; 13] = [
    "since",
    "until",
    "tz",
    "source_tz",
    "clock",
    "format",
    "log_format",
    "map",
    "bucket",
    "slo",
    "window_gap",
    "group_gap",
    "filter",
];
/// Those that may be given several times: what the user gives comes before what a file says.
const SEVERAL: [&str; 5] = ["source-tz", "clock", "format", "log-format", "map"];

/// Arguments of `rfo mark`.
#[derive(Debug, Args)]
pub struct Mark {
    /// The incident file, made if there is none; NAME stands for NAME.rfo.json.
    #[arg(value_name = "INCIDENT")]
    pub incident: PathBuf,
    /// A milestone by name or letter (impact_start or S, detected or D, identified or I, mitigated
    /// or M, restored or R, ...), or note.
    #[arg(value_name = "KIND")]
    pub kind: String,
    /// When it was: 15:40 (the last one), "2024-02-03 15:40", RFC 3339, -5m before now, now.
    #[arg(
        long,
        value_name = "TIME",
        default_value = "now",
        allow_hyphen_values = true
    )]
    pub at: String,
    /// In words.
    #[arg(long, value_name = "WORDS", default_value = "")]
    pub note: String,
    /// What it rests on: a call, a dashboard, an address.
    #[arg(long, value_name = "WORDS", default_value = "")]
    pub source: String,
    /// How an attempt to mitigate ended: worked, partial, failed, worsened, temporary.
    #[arg(long, value_name = "OUTCOME", value_parser = ["worked", "partial", "failed", "worsened", "temporary"])]
    pub outcome: Option<String>,
    /// Up to which share of the service a partial recovery went: 0.4.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub fraction: Option<f64>,
    /// Logs and records of the incident, kept in the file: rfo report INCIDENT reads them.
    #[arg(long, value_name = "SOURCE")]
    pub logs: Vec<PathBuf>,
    /// Who and when.
    #[command(flatten)]
    pub by: By,
}

/// Arguments of `rfo amend`.
#[derive(Debug, Args)]
pub struct Amend {
    /// The incident file; NAME stands for NAME.rfo.json.
    #[arg(value_name = "INCIDENT")]
    pub incident: PathBuf,
    /// A milestone, which is overridden; an entry of the file by its id, which is corrected; to
    /// retract also a record's claim as PATH:LINE.
    #[arg(value_name = "MILESTONE", required_unless_present_any = ["list", "undo"])]
    pub milestone: Option<String>,
    /// When it was instead.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, required_unless_present_any = ["list", "undo", "retract"])]
    pub at: Option<String>,
    /// It no longer counts.
    #[arg(long, conflicts_with_all = ["at", "undo"])]
    pub retract: bool,
    /// An entry is as if it were not there; without its id the newest.
    #[arg(long, value_name = "ID", num_args = 0..=1, default_missing_value = "", conflicts_with_all = ["at", "milestone"])]
    pub undo: Option<String>,
    /// Why; needed to amend and to retract.
    #[arg(long, value_name = "WORDS", default_value = "")]
    pub why: String,
    /// Print the history.
    #[arg(long, conflicts_with_all = ["at", "milestone", "retract", "undo"])]
    pub list: bool,
    /// Who and when.
    #[command(flatten)]
    pub by: By,
}

/// Who does it, when, and by what clock times are read.
#[derive(Debug, Args)]
pub struct By {
    /// Who does it [default: git's user.name, else USER].
    #[arg(long, value_name = "NAME", env = "RFO_WHO")]
    pub who: Option<String>,
    /// Zone of local times: Europe/London, +03:00 [default: the file's, else UTC].
    #[arg(long, value_name = "ZONE", env = "RFO_TZ", value_parser = zone, allow_hyphen_values = true)]
    pub tz: Option<Zone>,
    /// What is taken for now, RFC 3339 [default: the machine's clock].
    #[arg(long, value_name = "TIME")]
    pub now: Option<String>,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text
        .parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| format!("{text:?} is not a share between 0 and 1"))
}

/// The flags that somebody gave, on the command line or in the environment, as an incident file
/// keeps them: without dashes, with their values as written.
pub fn given(matches: &ArgMatches) -> Map<String, Value> {
    let is_given = |id: &&str| {
        let source = matches.value_source(id);
        matches!(
            source,
            Some(ValueSource::CommandLine | ValueSource::EnvVariable)
        )
    };
    let values = |id: &str| -> Vec<Value> {
        let raw = matches.get_raw(id).into_iter().flatten();
        raw.map(|value| value.to_string_lossy().into()).collect()
    };
    KEPT.iter()
        .copied()
        .filter(is_given)
        .map(|id| (flag(id), values(id).into()))
        .collect()
}

/// The flag of an argument, without its dashes.
fn flag(id: &str) -> String {
    match id {
        "filter" => "where".to_owned(),
        id => id.replace('_', "-"),
    }
}

/// What the user gave, and of the rest what files say: of a flag that stands alone the first, of
/// others all.
pub fn joined<'a>(
    given: &Map<String, Value>,
    files: impl Iterator<Item = &'a Map<String, Value>>,
) -> Map<String, Value> {
    let mut joined = given.clone();
    for (name, values) in files.flatten() {
        match joined.get_mut(name) {
            None => {
                joined.insert(name.clone(), values.clone());
            }
            Some(Value::Array(own)) if SEVERAL.contains(&name.as_str()) => {
                own.extend(texts(values).map(Value::from));
            }
            Some(_) => {}
        }
    }
    joined
}

/// The texts of a value: of an array's texts each, of a text itself.
fn texts(value: &Value) -> impl Iterator<Item = String> {
    let one = value.as_str().map(str::to_owned);
    let several = value.as_array().into_iter().flatten();
    let several = several.filter_map(Value::as_str).map(str::to_owned);
    one.into_iter().chain(several)
}

/// What to read as a command line with these flags would say.
///
/// # Errors
/// If a flag's value is wrong, or a newer rfo wrote a flag that this one does not know.
pub fn reading(flags: &Map<String, Value>, sources: &[PathBuf]) -> Result<Reading, String> {
    let mut line: Vec<OsString> = vec!["rfo".into(), "report".into()];
    for (name, value) in flags {
        if !KEPT.iter().any(|id| flag(id) == *name) {
            let name = crate::text::printable(name);
            return Err(format!(
                "the incident file has an option that this rfo does not know: {name}"
            ));
        }
        line.extend(texts(value).map(|value| format!("--{name}={value}").into()));
    }
    line.push("--".into());
    line.extend(sources.iter().map(|source| source.as_os_str().to_owned()));
    match Cli::try_parse_from(line)
        .map_err(|error| error.to_string())?
        .command
    {
        Some(Command::Report(report)) => Ok(Reading {
            given: flags.clone(),
            ..report.reading
        }),
        _ => unreachable!("the line says report"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Offset;
    use clap::CommandFactory;

    fn flags(line: &[&str]) -> Map<String, Value> {
        let line = ["rfo", "report"].iter().chain(line);
        let matches = Cli::command().get_matches_from(line);
        given(matches.subcommand_matches("report").expect("report"))
    }

    #[test]
    fn what_was_given_is_kept_as_written_and_read_again() {
        let kept = flags(&[
            "--bucket",
            "30s",
            "--clock",
            "a*=+5s",
            "--clock=b=-1m",
            "--threads",
            "2",
            "x",
        ]);
        let expected = serde_json::json!({"clock": ["a*=+5s", "b=-1m"], "bucket": ["30s"]});
        assert_eq!(Value::from(kept.clone()), expected);
        let read = reading(&kept, &["x".into()]).expect("in order");
        assert_eq!(
            (read.bucket.map(|one| one.as_s()), read.clock.len()),
            (Some(30.0), 2)
        );
        let given = Cli::try_parse_from(["rfo", "x"]).expect("in order").reading;
        assert_eq!((read.slo, read.sources.len()), (given.slo, 1));
    }

    #[test]
    fn what_the_user_says_comes_before_what_a_file_says() {
        let user = flags(&["--slo", "99", "--clock", "a*=+5s", "x"]);
        let file = flags(&["--slo", "99.5", "--bucket", "1m", "--clock", "a*=+9s", "x"]);
        let read = reading(&joined(&user, [&file].into_iter()), &[]).expect("in order");
        assert_eq!(
            (read.slo, read.bucket.map(|one| one.as_s())),
            (0.99, Some(60.0))
        );
        assert_eq!(read.clock[0], ("a*".to_owned(), Offset(5_000_000_000)));
    }

    #[test]
    fn a_wrong_or_unknown_option_of_a_file_is_an_error() {
        let read = |json: Value| {
            let map = json.as_object().expect("a map").clone();
            reading(&map, &[]).expect_err("refused")
        };
        assert!(read(serde_json::json!({"bucket": ["soon"]})).contains("--bucket"));
        assert!(read(serde_json::json!({"depth": ["3"]})).contains("does not know: depth"));
    }
}
