//! Wiring: arguments to analysis to report or app, and the exit code.

mod app;
mod app_export;
mod appearance;
mod debug_log;
mod export;
mod formats;
mod gather;
mod history;
mod incident;
mod keep;
mod lint;
mod mark;
mod replay;
mod review;
mod review_app;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{CommandFactory, FromArgMatches};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::analysis::{Options, Progress, Selection, Show, Snapshot, Timings, analyse, select};
use crate::cli::{self, Cli, ColorChoice, Command, Export, FailOn, Reading, Report};
use crate::{clock, config, reports};
use gather::Found;

/// Some expectation or check did not hold.
const EXIT_FINDINGS: u8 = 1;
/// The arguments are wrong.
const EXIT_USAGE: u8 = 2;
/// An input could not be read.
const EXIT_INPUT: u8 = 3;
/// Nothing could be parsed.
const EXIT_NOTHING: u8 = 4;

/// Runs the program.
pub fn run() -> Result<ExitCode> {
    for error in formats::load_own() {
        tell(&error.to_string());
    }
    let arguments: Vec<_> = std::env::args_os().collect();
    let command = match config::command(&arguments) {
        Ok(command) => command,
        Err(error) => {
            tell(&error.to_string());
            return Ok(ExitCode::from(EXIT_USAGE));
        }
    };
    let matches = command.get_matches_from(arguments);
    let mut cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    cli.reading.given = cli::mark::given(&matches);
    if let Some(path) = &cli.own.debug_log {
        debug_log::begin(path)?;
    }
    match cli.command {
        Some(Command::Mark(mark)) => mark::mark(&mark),
        Some(Command::Amend(amend)) => mark::amend(&amend),
        Some(Command::Formats { command }) => formats::run(command.as_ref()),
        Some(Command::Replay(replay)) => replay::replay(&replay),
        Some(Command::Report(mut report)) => {
            let own = matches.subcommand_matches("report");
            report.reading.given = own.map(cli::mark::given).unwrap_or_default();
            self::report(&report)
        }
        Some(Command::Review(arguments)) => review::run(&arguments),
        Some(Command::Lint(asked)) => lint::run(&asked),
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "rfo", &mut script);
            print(&script)?;
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::Man) => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut page)?;
            print(&page)?;
            Ok(ExitCode::SUCCESS)
        }
        None if io::stdout().is_terminal() && !appearance::is_dumb() => app::app(&cli),
        None => {
            if io::stdout().is_terminal() {
                tell("TERM=dumb: this terminal cannot show the app; the text report instead");
                cli.appearance.quiet = true;
            }
            let (reading, appearance) = (cli.reading, cli.appearance);
            let report = Report {
                reading,
                export: Export::default(),
                expect: None,
                fail_on: None,
                select: None,
                timings: false,
                appearance,
            };
            self::report(&report)
        }
    }
}

/// What a command reads, or the exit code that says why it reads nothing.
struct Opened {
    title: String,
    found: Found,
    options: Options,
    /// What is read: incident files are replaced by what they name.
    reading: Reading,
    /// Folders and globs in which there is no file yet, and which are waited for.
    awaited: Vec<String>,
}

/// Finds what was named. Who follows may wait for the first file of a folder or glob.
fn open(reading: &Reading, may_wait: bool) -> Result<std::result::Result<Opened, ExitCode>> {
    if reading.sources.is_empty() {
        tell(
            "name at least one source: a file, a folder, a quoted glob, docker:NAME, or - for stdin (rfo --help)",
        );
        return Ok(Err(ExitCode::from(EXIT_USAGE)));
    }
    let title = title(&reading.sources);
    let reading = incident::expanded(reading)?;
    let options = match reading.options(clock::now_ns()) {
        Ok(options) => options,
        Err(why) => {
            tell(&why);
            return Ok(Err(ExitCode::from(EXIT_USAGE)));
        }
    };
    let mut found = gather::find(&reading.sources, &options);
    let empty = gather::empty(&reading.sources);
    let awaited = match may_wait {
        true => gather::awaited(&mut found, empty.clone()),
        false => Vec::new(),
    };
    for error in &found.errors {
        tell(&error.to_string());
        tracing::warn!(%error, "an input is left out");
    }
    for file in &found.files {
        tracing::debug!(source = ?file.name, bytes = file.disk_bytes, "input opened");
    }
    if found.files.is_empty() && found.fillers.is_empty() && awaited.is_empty() {
        for folder in &empty {
            tell(&format!("{folder}: there is no file in it"));
        }
        return Ok(Err(ExitCode::from(EXIT_INPUT)));
    }
    Ok(Ok(Opened {
        title,
        found,
        options,
        reading,
        awaited,
    }))
}

/// The last part of the first source's path.
fn title(sources: &[PathBuf]) -> String {
    let first = sources.first().map(|path| {
        path.file_name()
            .map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy())
    });
    let more = if sources.len() > 1 {
        format!(" +{}", sources.len() - 1)
    } else {
        String::new()
    };
    crate::text::printable(&format!("{}{more}", first.unwrap_or_default()))
}

fn report(report: &Report) -> Result<ExitCode> {
    gather::end_on_signals();
    let Opened {
        title,
        mut found,
        mut options,
        reading,
        ..
    } = match open(&report.reading, false)? {
        Ok(opened) => opened,
        Err(code) => return Ok(code),
    };
    let files = std::mem::take(&mut found.files);
    let (sources, not_whole) = gather::gather(files, &mut found.fillers, &tell);
    for error in &not_whole {
        tell(&error.to_string());
    }
    options.troubles = gather::troubles(&not_whole);
    let timings = Timings::default();
    let bar = progress_bar(report.appearance.quiet);
    let mut progress = |so_far: Progress| {
        bar.set_length(so_far.bytes_total.max(1));
        bar.set_position(so_far.bytes_read);
        true
    };
    let snapshot = analyse(
        &title,
        sources,
        &options,
        &timings,
        Show::Progress(&mut progress),
    );
    bar.finish_and_clear();
    let selection = match selection(report, &snapshot) {
        Ok(selection) => selection,
        Err(why) => return Ok(refused(&why)),
    };
    let output = report.export.output.as_deref();
    let kept = output.filter(|path| incident::has_ending(path));
    for path in [report.export.save.as_deref(), kept].into_iter().flatten() {
        save(path, &snapshot, (&reading, &options))?;
    }
    let text = match export::written(report, &snapshot, selection.as_ref()) {
        Ok(text) => text,
        Err(why) => return Ok(refused(&why)),
    };
    match output {
        Some(path) if incident::has_ending(path) => {}
        Some(path) => write_whole(path, text.as_bytes())?,
        None if report.expect.is_none() => print(text.as_bytes())?,
        None => {}
    }
    if report.timings {
        write_to_stderr(&timings.table());
    }
    if let Some(path) = &report.expect {
        return expect(path, &snapshot);
    }
    let code = exit_code(&snapshot, found.errors.len() + not_whole.len());
    match code == ExitCode::SUCCESS
        && report
            .fail_on
            .is_some_and(|least| is_found(&snapshot, least))
    {
        true => Ok(ExitCode::from(EXIT_FINDINGS)),
        false => Ok(code),
    }
}

/// Tells what was asked for and cannot be.
fn refused(why: &str) -> ExitCode {
    tell(why);
    ExitCode::from(EXIT_USAGE)
}

/// Whether there is an incident at least so bad.
fn is_found(snapshot: &Snapshot, least: FailOn) -> bool {
    let mut all = snapshot.incidents.iter();
    all.any(|one| one.incident.severity >= least.severity())
}

/// Keeps an analysis in an incident file; what cannot be read again is told.
fn save(path: &Path, snapshot: &Snapshot, read: (&Reading, &Options)) -> Result<()> {
    let by = (mark::who(None), clock::now_ns());
    for source in incident::save(path, snapshot, read, (&by.0, by.1))? {
        tell(&format!(
            "{source} can be read only once: it is not kept as a source"
        ));
    }
    Ok(())
}

/// The range that the user selected, against the rest; an error says why it cannot be.
fn selection(
    report: &Report,
    snapshot: &Snapshot,
) -> std::result::Result<Option<Selection>, String> {
    let Some(asked) = &report.select else {
        return Ok(None);
    };
    let data = snapshot
        .range
        .ok_or("--select: no log was read, so there is nothing to select from")?;
    let range = asked.resolve(data, snapshot.zone)?;
    Ok(Some(select(snapshot, range)))
}

/// Checks the report against a file of expectations and prints the table.
fn expect(path: &Path, snapshot: &Snapshot) -> Result<ExitCode> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let findings = reports::expect::check(&text, &reports::json::value(snapshot))
        .with_context(|| path.display().to_string())?;
    print(reports::expect::table(&findings).as_bytes())?;
    let all_hold = findings.iter().all(|finding| finding.holds);
    Ok(if all_hold {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(EXIT_FINDINGS)
    })
}

fn exit_code(snapshot: &Snapshot, unreadable: usize) -> ExitCode {
    let failed = snapshot.inputs.iter().filter(|input| input.error.is_some());
    let mut code = ExitCode::SUCCESS;
    for input in failed {
        tell(input.error.as_deref().unwrap_or_default());
        code = ExitCode::from(EXIT_INPUT);
    }
    if unreadable > 0 {
        code = ExitCode::from(EXIT_INPUT);
    }
    if let Some(filter) = snapshot.filter.as_ref().filter(|filter| filter.of > 0) {
        if filter.events == 0 {
            tell(&format!(
                "none of {} events match -w {}",
                filter.of, filter.text
            ));
        }
        return code;
    }
    let nothing = snapshot.inputs.iter().all(|input| input.events == 0);
    if nothing && unreadable == 0 && snapshot.inputs.iter().all(|input| input.error.is_none()) {
        tell("nothing could be parsed; the Sources part of the report says why");
        code = ExitCode::from(EXIT_NOTHING);
    }
    code
}

/// Tells the user on stderr what went wrong. The words may hold foreign text.
pub fn tell(words: &str) {
    let lines: Vec<String> = words.lines().map(crate::text::printable).collect();
    write_to_stderr(&format!("rfo: {}\n", lines.join("\n")));
}

/// Where stderr is gone there is nobody to tell; `eprint` would panic.
fn write_to_stderr(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Prints to stdout; a reader that went away is no error.
fn print(text: &[u8]) -> Result<()> {
    match io::stdout().lock().write_all(text) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("cannot write to stdout"),
    }
}

/// Writes a file whole: to a temporary one beside it, synced, then renamed.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    let mut file = temporary_beside(path).with_context(cannot)?;
    file.write_all(bytes).with_context(cannot)?;
    file.as_file().sync_all().with_context(cannot)?;
    file.persist(path).with_context(cannot)?;
    Ok(())
}

/// A temporary file in the folder of another, with the rights of a file made by hand.
fn temporary_beside(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    // A report is for others too, as far as the user's mask allows.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

fn progress_bar(quiet: bool) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(
        "reading {percent:>3} %  {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left",
    );
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn colour(choice: ColorChoice, terminal: bool) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            terminal
                && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                && !appearance::is_dumb()
        }
    }
}
