//! Wiring: arguments to analysis to report or app, and the exit code.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result};
use clap::{CommandFactory, Parser};
use crossbeam_channel::{TrySendError, bounded};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::analysis::{Options, Selection, Snapshot, Timings, analyse, analyse_at_once, select};
use crate::cli::{Appearance, Cli, ColorChoice, Command, Reading, Report, To};
use crate::input::discover::arrange;
use crate::input::spool::{self, Filler, Spool};
use crate::input::{RawReader, Source, discover};
use crate::{clock, input, reports, tui};

/// Some expectation or check did not hold.
const EXIT_FINDINGS: u8 = 1;
/// The arguments are wrong.
const EXIT_USAGE: u8 = 2;
/// An input could not be read.
const EXIT_INPUT: u8 = 3;
/// Nothing could be parsed.
const EXIT_NOTHING: u8 = 4;
/// A defect of the program, as Rust's own panics exit.
const EXIT_PANIC: i32 = 101;
/// A signal ended it.
const EXIT_INTERRUPTED: u8 = 130;

/// Runs the program.
pub fn run() -> Result<ExitCode> {
    let cli = Cli::parse();
    match cli.command {
        Some(Command::Report(report)) => self::report(&report),
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
        None if io::stdout().is_terminal() => app(&cli.reading, &cli.appearance),
        None => {
            let (reading, appearance) = (cli.reading, cli.appearance);
            let report = Report {
                reading,
                to: To::Text,
                json: false,
                output: None,
                expect: None,
                select: None,
                timings: false,
                appearance,
            };
            self::report(&report)
        }
    }
}

/// The sources of a command, or the exit code that says why there are none.
struct Opened {
    title: String,
    sources: Vec<Source>,
    options: Options,
    unreadable: usize,
    /// What brings the bytes of stdin and pipes into their spools: to be run before the analysis.
    fillers: Vec<Filler>,
    /// Hold what came from stdin and pipes until rfo ends.
    _spools: Vec<Spool>,
}

fn open(reading: &Reading) -> Result<std::result::Result<Opened, ExitCode>> {
    if reading.sources.is_empty() {
        tell(
            "name at least one source: a file, a folder, a quoted glob, or - for stdin (rfo --help)",
        );
        return Ok(Err(ExitCode::from(EXIT_USAGE)));
    }
    let options = match reading.options(clock::now_ns()) {
        Ok(options) => options,
        Err(why) => {
            tell(&why);
            return Ok(Err(ExitCode::from(EXIT_USAGE)));
        }
    };
    let (mut once, named): (Vec<PathBuf>, Vec<PathBuf>) = reading
        .sources
        .iter()
        .cloned()
        .partition(|path| spool::gives_once(path));
    once.dedup();
    let (mut sources, errors) = discover(&named);
    for error in &errors {
        tell(&error.to_string());
    }
    let spooled: Vec<(Spool, Filler)> = once
        .iter()
        .map(|path| Spool::new(path))
        .collect::<std::result::Result<_, _>>()?;
    let (spools, fillers): (Vec<Spool>, Vec<Filler>) = spooled.into_iter().unzip();
    sources.extend(spools.iter().map(Spool::source));
    arrange(&mut sources);
    if sources.is_empty() {
        return Ok(Err(ExitCode::from(EXIT_INPUT)));
    }
    let title = title(&reading.sources);
    Ok(Ok(Opened {
        title,
        sources,
        options,
        unreadable: errors.len(),
        fillers,
        _spools: spools,
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

/// Fills the spools; what could not be kept whole is used as far as it came.
fn fill(fillers: Vec<Filler>) -> Vec<input::Error> {
    fillers
        .into_iter()
        .filter_map(|filler| filler.fill().err())
        .collect()
}

fn report(report: &Report) -> Result<ExitCode> {
    let opened = match open(&report.reading)? {
        Ok(opened) => opened,
        Err(code) => return Ok(code),
    };
    let not_kept = fill(opened.fillers);
    for error in &not_kept {
        tell(&error.to_string());
    }
    let timings = Timings::default();
    let bar = progress_bar(report.appearance.quiet);
    let snapshot = analyse_at_once(
        &opened.title,
        opened.sources,
        &opened.options,
        &timings,
        &mut |progress| {
            bar.set_length(progress.bytes_total.max(1));
            bar.set_position(progress.bytes_read);
            true
        },
    );
    bar.finish_and_clear();
    let selection = match selection(report, &snapshot) {
        Ok(selection) => selection,
        Err(why) => {
            tell(&why);
            return Ok(ExitCode::from(EXIT_USAGE));
        }
    };
    let to_json = report.json
        || report.to == To::Json
        || report
            .output
            .as_ref()
            .is_some_and(|path| path.extension().is_some_and(|end| end == "json"));
    let text = if to_json {
        reports::json::with_selection(&snapshot, selection.as_ref())
    } else {
        let colour =
            report.output.is_none() && colour(report.appearance.color, io::stdout().is_terminal());
        let look = reports::Look { colour, width: 80 };
        reports::text::with_selection(&snapshot, selection.as_ref(), look)
    };
    match &report.output {
        Some(path) => write_whole(path, &text)?,
        None if report.expect.is_none() => print(text.as_bytes())?,
        None => {}
    }
    if report.timings {
        write_to_stderr(&timings.table());
    }
    if let Some(path) = &report.expect {
        return expect(path, &snapshot);
    }
    Ok(exit_code(&snapshot, opened.unreadable + not_kept.len()))
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
fn write_whole(path: &Path, text: &str) -> Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let cannot = || format!("cannot write {}", path.display());
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(cannot)?;
    file.write_all(text.as_bytes()).with_context(cannot)?;
    file.as_file().sync_all().with_context(cannot)?;
    file.persist(path).with_context(cannot)?;
    Ok(())
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
                && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
        }
    }
}

fn app(reading: &Reading, appearance: &Appearance) -> Result<ExitCode> {
    let opened = match open(reading)? {
        Ok(opened) => opened,
        Err(code) => return Ok(code),
    };
    let (send, receive) = bounded::<Arc<Snapshot>>(1);
    let mut raw = RawReader::new(opened.sources.clone());
    let reader = Box::new(move |input, offset, length| {
        raw.read(input, offset, length)
            .map_err(|error| error.to_string())
    });
    let (title, sources, options) = (
        opened.title.clone(),
        opened.sources.clone(),
        opened.options.clone(),
    );
    let not_kept: Arc<OnceLock<Vec<input::Error>>> = Arc::default();
    let (fillers, told) = (opened.fillers, Arc::clone(&not_kept));
    // Not joined: when the app quits, the process ends and the reading with it.
    std::thread::spawn(move || {
        let conclude = || {
            told.get_or_init(|| fill(fillers));
            let mut show = |partial: Snapshot| {
                let sent = send.try_send(Arc::new(partial));
                !matches!(sent, Err(TrySendError::Disconnected(_)))
            };
            analyse(&title, sources, &options, &Timings::default(), &mut show)
        };
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(conclude)) {
            // The receiver is gone when the app has quit.
            Ok(last) => drop(send.send(Arc::new(last))),
            // The hook gave the terminal back and said why: an app without data would only linger.
            Err(_) => std::process::exit(EXIT_PANIC),
        }
    });
    let look = tui::Look {
        colour: if colour(appearance.color, true) {
            depth()
        } else {
            tui::Colour::None
        },
        ascii: appearance.ascii || !utf8(),
    };
    let ended = tui::run(receive, reader, look, || {}).context("the terminal cannot be used")?;
    let mut code = match ended {
        tui::Ended::ByUser => ExitCode::SUCCESS,
        tui::Ended::BySignal => ExitCode::from(EXIT_INTERRUPTED),
    };
    for error in not_kept.get().into_iter().flatten() {
        tell(&error.to_string());
        code = ExitCode::from(EXIT_INPUT);
    }
    Ok(code)
}

/// How many colours the terminal says it has.
fn depth() -> tui::Colour {
    match std::env::var("COLORTERM").as_deref() {
        Ok("truecolor" | "24bit") => tui::Colour::True,
        _ => tui::Colour::Sixteen,
    }
}

/// Whether the locale says UTF-8; without a locale it is assumed.
fn utf8() -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    set.is_none_or(|value| {
        value.to_uppercase().contains("UTF-8") || value.to_uppercase().contains("UTF8")
    })
}
