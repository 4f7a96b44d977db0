//! Settings in layers: a flag, else `RFO_*` of the environment, else the settings' file, else
//! the default.
//!
//! In: the arguments, and a TOML file whose keys are the names of long options. Out: the command
//! line's definition with those values as its defaults. What the values mean is `cli`'s.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::builder::FalseyValueParser;
use clap::{Arg, ArgAction, Command, CommandFactory};
use etcetera::base_strategy::{BaseStrategy, Xdg};
use toml::{Table, Value};

use crate::cli::Cli;

/// Longest settings' file, in bytes.
const BYTES_MAX: u64 = 1 << 20;
/// Letters that a mistyped key may differ by from the one that is meant.
const TYPING_ERRORS_MAX: usize = 3;

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Error {
    #[error("cannot read the settings in {path}: {source}")]
    Read { path: String, source: io::Error },
    #[error("{path}: not TOML: {source}")]
    Toml {
        path: String,
        source: Box<toml::de::Error>,
    },
    #[error("{path}: there is no option {key:?}{hint}")]
    Unknown {
        path: String,
        key: String,
        hint: String,
    },
    #[error("{path}: {key}: {why}")]
    Value {
        path: String,
        key: String,
        why: String,
    },
}

/// The command line's definition for these arguments: with the environment's names and with the
/// values of the settings that `--config` or `RFO_CONFIG` names, else of the XDG folder's, if
/// there are any. `-` is no settings.
pub fn command(arguments: &[OsString]) -> Result<Command, Error> {
    let command = with_environment(Cli::command());
    let from_environment = || std::env::var_os("RFO_CONFIG").filter(|name| !name.is_empty());
    match named(arguments).or_else(from_environment) {
        Some(name) if name == "-" => Ok(command),
        Some(name) => with_file(command, Path::new(&name)),
        None => match own_file().filter(|path| path.is_file()) {
            Some(path) => with_file(command, &path),
            None => Ok(command),
        },
    }
}

/// `rfo/config.toml` in the XDG folder; `None` for a user without a home.
fn own_file() -> Option<PathBuf> {
    let folders = Xdg::new().ok()?;
    Some(folders.config_dir().join("rfo").join("config.toml"))
}

/// The value of `--config`, the last one before a bare `--`.
fn named(arguments: &[OsString]) -> Option<OsString> {
    let mut found = None;
    let mut rest = arguments.iter().take_while(|argument| *argument != "--");
    while let Some(argument) = rest.next() {
        if argument == "--config" {
            found = rest.next().cloned();
        } else if let Some(name) = argument
            .to_str()
            .and_then(|text| text.strip_prefix("--config="))
        {
            found = Some(name.into());
        }
    }
    found
}

/// Gives every option of reading and of looks a name in the environment, `RFO_WINDOW_GAP`.
fn with_environment(command: Command) -> Command {
    let longs: Vec<String> = longs(&command).collect();
    in_all(command, &|arg| {
        let Some(long) = arg
            .get_long()
            .filter(|long| longs.iter().any(|one| one == long))
        else {
            return arg;
        };
        let name = format!("RFO_{}", long.replace('-', "_").to_ascii_uppercase());
        let is_flag = matches!(arg.get_action(), ArgAction::SetTrue);
        let arg = match arg.get_env() {
            Some(_) => arg,
            None => arg.env(kept(name)).hide_env(true),
        };
        match is_flag {
            true => arg.value_parser(FalseyValueParser::new()),
            false => arg,
        }
    })
}

fn with_file(command: Command, path: &Path) -> Result<Command, Error> {
    let name = crate::text::printable(&path.to_string_lossy());
    let unreadable = |source| Error::Read {
        path: name.clone(),
        source,
    };
    let bytes = fs::metadata(path).map_err(unreadable)?.len();
    if bytes > BYTES_MAX {
        return Err(unreadable(io::Error::other("it is too long for settings")));
    }
    with_text(
        command,
        &name,
        &fs::read_to_string(path).map_err(unreadable)?,
    )
}

/// The values of a settings' text as defaults.
fn with_text(mut command: Command, path: &str, text: &str) -> Result<Command, Error> {
    let table: Table = toml::from_str(text).map_err(|source| Error::Toml {
        path: path.to_owned(),
        source: Box::new(source),
    })?;
    for (key, value) in &table {
        let key_shown = crate::text::printable(key);
        let wrong = |why: String| Error::Value {
            path: path.to_owned(),
            key: key_shown.clone(),
            why,
        };
        let Some((within, is_flag)) = place(&command, key) else {
            return Err(Error::Unknown {
                path: path.to_owned(),
                hint: hint(&command, key),
                key: key_shown,
            });
        };
        if let Value::Boolean(is_on) = value
            && is_flag
        {
            if *is_on {
                command = set(command, key, vec!["true".to_owned()]);
            }
            continue;
        }
        if is_flag {
            return Err(wrong("it is true or false".to_owned()));
        }
        let texts = texts(value)
            .ok_or_else(|| wrong("a text, a number, or a list of them is a value".to_owned()))?;
        refused(&command, within, key, &texts).map_or(Ok(()), |why| Err(wrong(why)))?;
        command = set(command, key, texts);
    }
    Ok(command)
}

/// Where an option is: the subcommand, empty for the command itself; and whether it is a flag.
fn place(command: &Command, key: &str) -> Option<(&'static str, bool)> {
    let found = |command: &Command| {
        let arg = command
            .get_arguments()
            .find(|arg| arg.get_long() == Some(key))?;
        Some(matches!(arg.get_action(), ArgAction::SetTrue))
    };
    if key == "config" {
        return None;
    }
    if let Some(is_flag) = found(command) {
        return Some(("", is_flag));
    }
    let mut within = command.get_subcommands();
    within.find_map(|sub| Some((kept(sub.get_name().to_owned()), found(sub)?)))
}

/// A value or a list as texts.
fn texts(value: &Value) -> Option<Vec<String>> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        _ => None,
    };
    match value {
        Value::Array(list) => list.iter().map(one).collect(),
        value => Some(vec![one(value)?]),
    }
}

/// Why the command line would refuse these values, in its words.
fn refused(command: &Command, within: &str, key: &str, texts: &[String]) -> Option<String> {
    let options = texts.iter().map(|text| format!("--{key}={text}"));
    let words = ["rfo", within].map(str::to_owned).into_iter();
    let line = words.filter(|word| !word.is_empty()).chain(options);
    let error = command
        .clone()
        .try_get_matches_from(line)
        .err()?
        .to_string();
    let first = error.lines().next().unwrap_or_default();
    Some(crate::text::printable(first.trim_start_matches("error: ")))
}

/// Makes values the default of an option wherever it is.
fn set(command: Command, key: &str, values: Vec<String>) -> Command {
    let values: Vec<&'static str> = values.into_iter().map(kept).collect();
    in_all(command, &|arg| match arg.get_long() == Some(key) {
        true => arg.default_values(values.clone()),
        false => arg,
    })
}

/// Changes the arguments of a command and of those within it.
fn in_all(command: Command, change: &dyn Fn(Arg) -> Arg) -> Command {
    let names: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect();
    let command = command.mut_args(change);
    names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, |sub| in_all(sub, change))
    })
}

fn longs(command: &Command) -> impl Iterator<Item = String> {
    let longs = command.get_arguments().filter_map(Arg::get_long);
    longs.map(str::to_owned)
}

/// `; is --tz meant?` for a name that is near, else where to look.
fn hint(command: &Command, key: &str) -> String {
    let within = command.get_subcommands().flat_map(longs);
    let near = longs(command)
        .chain(within)
        .map(|name| (typing_errors(key, &name), name))
        .filter(|(n, name)| *n <= TYPING_ERRORS_MAX.min(name.len() / 2))
        .min();
    match near {
        Some((_, name)) => format!("; {name:?} is near"),
        None => "; they are those of rfo --help without the dashes".to_owned(),
    }
}

/// How many letters must be put in, left out or changed (Levenshtein 1966).
fn typing_errors(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (i, a) in one.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.chars().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

/// Text for the life of the process: clap keeps names by reference, and there are few.
fn kept(text: String) -> &'static str {
    text.leak()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::FromArgMatches;

    fn parsed(text: &str, arguments: &[&str]) -> Result<Cli, String> {
        let command = with_text(with_environment(Cli::command()), "rfo.toml", text);
        let matches = command
            .map_err(|error| error.to_string())?
            .try_get_matches_from(["rfo"].iter().chain(arguments))
            .map_err(|error| error.to_string())?;
        Cli::from_arg_matches(&matches).map_err(|error| error.to_string())
    }

    #[test]
    fn a_flag_goes_over_the_file_and_the_file_over_the_default() {
        let text =
            "slo = 99.5\nthreads = 3\nascii = true\nmap = [\"latency=took:ms\", \"time=when\"]";
        let cli = parsed(text, &["--threads", "2", "x"]).expect("parses");
        assert_eq!((cli.reading.slo, cli.reading.threads), (0.995, Some(2)));
        assert_eq!(cli.reading.map.len(), 2);
        assert!(cli.appearance.ascii && !cli.appearance.quiet);
        let cli = parsed(text, &["--map", "time=at", "x"]).expect("parses");
        assert_eq!(cli.reading.map.len(), 1, "a list is replaced, not added to");
        let Some(crate::cli::Command::Report(report)) =
            parsed(text, &["report", "x"]).expect("parses").command
        else {
            panic!("a report was asked for");
        };
        assert_eq!(report.reading.threads, Some(3));
    }

    #[test]
    fn what_is_wrong_is_named_with_what_would_be_right() {
        let error = |text: &str| parsed(text, &["x"]).expect_err("refused");
        assert_eq!(
            error("window_gap = \"5m\""),
            "rfo.toml: there is no option \"window_gap\"; \"window-gap\" is near"
        );
        assert!(error("colour-of-the-sky = 1").contains("rfo --help"));
        assert!(
            error("slo = 100").contains("slo: ")
                && error("slo = 100").contains("between 0 and 100")
        );
        assert!(error("ascii = \"yes\"").contains("ascii: it is true or false"));
        assert!(error("slo = [99.1, 99.2]").contains("slo: "));
        assert!(error("slo = {}").contains("a text, a number"));
        assert!(error("config = \"x\"").contains("there is no option"));
        assert!(error("slo = ").contains("not TOML"));
    }

    #[test]
    fn the_last_name_before_a_bare_dash_dash_counts() {
        let named = |words: &[&str]| {
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            super::named(&words)
        };
        assert_eq!(
            named(&["rfo", "--config", "a", "--config=b"]),
            Some("b".into())
        );
        assert_eq!(named(&["rfo", "x", "--", "--config", "a"]), None);
        assert_eq!(named(&["rfo", "--config"]), None);
    }

    #[test]
    fn typing_errors_are_counted() {
        assert_eq!(typing_errors("tz", "tz"), 0);
        assert_eq!(typing_errors("treads", "threads"), 1);
        assert_eq!(typing_errors("", "abc"), 3);
    }
}
