//! `rfo mark` and `rfo amend`: entries of an incident file's history.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Result, anyhow, bail};

use super::incident::{has_ending, named_from};
use super::{EXIT_USAGE, print, tell};
use crate::cli::mark::{Amend, By, Mark};
use crate::clock::words::{clock_minute, date, margin, rfc3339};
use crate::clock::{self, Zone, zone_text};
use crate::records::incident_file::{
    Action, Aim, ENDING, Entry, IncidentFile, Marked, Refused, Stated, aim, apply, completed,
    standing, store, when_of,
};
use crate::records::kind_of;
use crate::reports::plural;
use crate::text::printable;

/// The file that is meant: `NAME` is `NAME.rfo.json` where there is no `NAME`.
fn file_of(named: &Path) -> PathBuf {
    if has_ending(named) || named.is_file() {
        return named.to_path_buf();
    }
    let mut path = named.as_os_str().to_owned();
    path.push(ENDING);
    PathBuf::from(path)
}

/// Who does it, and when.
struct Doer {
    who: String,
    now_ns: i64,
    tz: Option<Zone>,
}

impl Doer {
    fn of(by: &By) -> Result<Self, String> {
        Ok(Self {
            who: who(by.who.as_deref()),
            now_ns: now_ns(by.now.as_deref())?,
            tz: by.tz,
        })
    }

    /// The instant of a typed text, in the zone that was given or that the file names.
    fn when(&self, text: &str, file: &IncidentFile) -> Result<Stated, String> {
        let of_file = || {
            let named = file.reading.options.get("tz")?;
            let text = named.as_array().map_or(Some(named), |all| all.first())?;
            zone_text(text.as_str()?).zone(None)
        };
        let zone = self.tz.or_else(of_file).unwrap_or(Zone::UTC);
        when_of(text, zone, self.now_ns)
    }

    fn entry(&self, action: Action) -> Entry {
        Entry::new(action, &self.who, self.now_ns)
    }
}

/// What is taken for now, ns UTC.
pub fn now_ns(given: Option<&str>) -> Result<i64, String> {
    let Some(text) = given else {
        return Ok(clock::now_ns());
    };
    let stated = when_of(text, Zone::UTC, clock::now_ns());
    stated
        .map(|stated| stated.at_ns)
        .map_err(|why| format!("--now: {why}"))
}

/// The name that was given; else git's, else the user's of this machine.
pub fn who(given: Option<&str>) -> String {
    let named = |name: &str| std::env::var(name).ok();
    let gits = || {
        let mut git = Command::new("git");
        git.args(["config", "--get", "user.name"])
            .stdin(Stdio::null());
        let said = git.stderr(Stdio::null()).output().ok()?;
        String::from_utf8(said.stdout).ok()
    };
    let given = given.map(str::to_owned);
    let given = given.or_else(|| named("RFO_WHO"));
    let all = [given, gits(), named("USER"), named("LOGNAME")];
    let known = all.into_iter().flatten().map(|name| printable(name.trim()));
    known
        .into_iter()
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| "unknown".to_owned())
}

/// Ends with what is wrong with the arguments.
fn usage(why: &str) -> ExitCode {
    tell(why);
    ExitCode::from(EXIT_USAGE)
}

/// Appends a mark or a note; makes the file if there is none.
pub fn mark(asked: &Mark) -> Result<ExitCode> {
    let path = file_of(&asked.incident);
    let doer = match Doer::of(&asked.by) {
        Ok(doer) => doer,
        Err(why) => return Ok(usage(&why)),
    };
    let before = store::open(&path)?;
    let stated = match doer.when(&asked.at, &before.clone().unwrap_or_default()) {
        Ok(stated) => stated,
        Err(why) => return Ok(usage(&why)),
    };
    let kind = kind_of(&asked.kind);
    let action = match kind {
        Some(_) => Action::Mark,
        None if asked.kind.eq_ignore_ascii_case("note") => Action::Note,
        None => {
            return Ok(usage(&format!(
                "{}, or note",
                Refused::Kind(asked.kind.clone())
            )));
        }
    };
    let entry = Entry {
        kind: kind.map(|kind| kind.name().to_owned()),
        after: Some(stated),
        note: asked.note.clone(),
        source: asked.source.clone(),
        outcome: asked.outcome.clone(),
        fraction: asked.fraction,
        ..doer.entry(action)
    };
    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let once = |source: &&PathBuf| named_from(source, &folder).is_none();
    for source in asked.logs.iter().filter(once) {
        let name = source.display();
        tell(&format!(
            "{name} can be read only once: it is not kept as a source"
        ));
    }
    let changed = store::update(&path, |mut file| {
        for source in asked
            .logs
            .iter()
            .filter_map(|source| named_from(source, &folder))
        {
            if !file.reading.sources.contains(&source) {
                file.reading.sources.push(source);
            }
        }
        let entry = completed(&file, entry);
        Ok(apply(&file, entry)?)
    });
    done(&path, changed, before.is_none())
}

/// Says what was written, or what is wrong with what was asked.
fn done(
    path: &Path,
    changed: Result<IncidentFile, store::Error>,
    is_new: bool,
) -> Result<ExitCode> {
    let file = match changed {
        Err(store::Error::Refused(why)) => return Ok(usage(&why.to_string())),
        Err(store::Error::Changed(why)) => return Ok(usage(&why)),
        other => other?,
    };
    let entry = file
        .history
        .last()
        .ok_or_else(|| anyhow!("nothing was appended"))?;
    let made = if is_new { "new file " } else { "" };
    let (name, words) = (printable(&path.to_string_lossy()), words(entry));
    print(format!("{words}; entry {} in {made}{name}\n", entry.id).as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// `marked restored (R) 2024-02-03T15:40:00Z +60 s by ana`.
pub fn words(entry: &Entry) -> String {
    let what = match (&entry.action, entry.kind.as_deref().and_then(kind_of)) {
        (Action::Mark, Some(kind)) => format!("marked {} ({})", kind.name(), kind.letter()),
        (Action::Amend, Some(kind)) => format!("amended {} ({})", kind.name(), kind.letter()),
        (Action::Retract, _) => format!("retracted {}", subject(entry)),
        (Action::Undo, _) => format!("undid {}", subject(entry)),
        (Action::Save, _) => "saved an analysis".to_owned(),
        (Action::Other(other), _) => printable(other),
        _ => "noted".to_owned(),
    };
    let at = |stated: &Stated| format!("{}{}", stated.words(), margin(&stated.when()));
    let change = match (&entry.before, &entry.after) {
        (Some(before), Some(after)) => format!(" {} -> {}", at(before), at(after)),
        (None, Some(after)) => format!(" {}", at(after)),
        (Some(before), None) => format!(" (was {})", at(before)),
        (None, None) => String::new(),
    };
    let said = [
        ("", &entry.note),
        ("from ", &entry.source),
        ("because ", &entry.why),
    ];
    let said: String = said
        .iter()
        .filter(|(_, words)| !words.is_empty())
        .map(|(lead, words)| format!(", {lead}{}", printable(words)))
        .collect();
    format!("{what}{change} by {}{said}", printable(&entry.who))
}

/// What an entry is about, by its milestone and id.
fn subject(entry: &Entry) -> String {
    let of = entry.of.as_deref().unwrap_or_default();
    let words = match &entry.kind {
        Some(kind) => format!("{kind} {of}"),
        None => of.to_owned(),
    };
    printable(&words)
}

/// Overrides, corrects, retracts or undoes; or prints the history.
pub fn amend(asked: &Amend) -> Result<ExitCode> {
    let path = file_of(&asked.incident);
    let Some(file) = store::open(&path)? else {
        bail!("there is no {}: rfo mark makes one", path.display());
    };
    let doer = match Doer::of(&asked.by) {
        Ok(doer) => doer,
        Err(why) => return Ok(usage(&why)),
    };
    if asked.list {
        print(history(&path, &file, doer.tz.unwrap_or(Zone::UTC)).as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let changed = store::update(&path, |file| {
        let entry = asked_entry(asked, &doer, &file)?;
        let entry = completed(&file, entry);
        Ok(apply(&file, entry)?)
    });
    done(&path, changed, false)
}

/// What was asked for, against the file as it is.
fn asked_entry(asked: &Amend, doer: &Doer, file: &IncidentFile) -> Result<Entry, store::Error> {
    if let Some(id) = &asked.undo {
        return Ok(Entry {
            of: Some(undone(file, id)?),
            why: asked.why.clone(),
            ..doer.entry(Action::Undo)
        });
    }
    let word = asked.milestone.as_deref().unwrap_or_default();
    let aimed = aim(file, word)?;
    let action = if asked.retract {
        Action::Retract
    } else {
        Action::Amend
    };
    let mut entry = Entry {
        why: asked.why.clone(),
        ..doer.entry(action)
    };
    if let Some(at) = &asked.at {
        entry.after = Some(doer.when(at, file).map_err(store::Error::Changed)?);
    }
    match aimed {
        Aim::Kind(kind) if asked.retract => {
            entry.of = Some(own(file, &kind).ok_or(Refused::NothingOf(kind))?);
        }
        Aim::Kind(kind) => entry.kind = Some(kind),
        Aim::Line(_) if !asked.retract => {
            let why =
                "a record's claim can be retracted; to override what it says name the milestone";
            return Err(store::Error::Changed(why.to_owned()));
        }
        Aim::Line(line) => entry.of = Some(line),
        Aim::Entry(id) => match file.history.iter().find(|one| one.id == id) {
            // An override is amended by another one.
            Some(one) if one.action == Action::Amend && one.of.is_none() && !asked.retract => {
                entry.kind.clone_from(&one.kind);
            }
            _ => entry.of = Some(id),
        },
    }
    Ok(entry)
}

/// The entry that an undo names; without a name the newest that is no undo and not undone.
fn undone(file: &IncidentFile, id: &str) -> Result<String, Refused> {
    if !id.is_empty() {
        return match aim(file, id)? {
            Aim::Entry(id) => Ok(id),
            _ => Err(Refused::NoTarget(id.to_owned())),
        };
    }
    let already: Vec<&str> = file
        .history
        .iter()
        .filter(|one| one.action == Action::Undo)
        .filter_map(|one| one.of.as_deref())
        .collect();
    let open = |one: &&Entry| {
        !matches!(one.action, Action::Undo | Action::Save) && !already.contains(&one.id.as_str())
    };
    let newest = file.history.iter().rev().find(open);
    newest
        .map(|one| one.id.clone())
        .ok_or(Refused::Undone("(none)".to_owned()))
}

/// The override of a milestone that stands in the file, else the last mark of it.
fn own(file: &IncidentFile, kind: &str) -> Option<String> {
    let standing = standing(file);
    let of_kind = |one: &&Entry| one.kind.as_deref() == Some(kind);
    let amended = standing.overrides.iter().copied().rfind(of_kind);
    let marked = || {
        standing
            .marks
            .iter()
            .map(|one: &Marked<'_>| one.entry)
            .rfind(of_kind)
    };
    amended.or_else(marked).map(|one| one.id.clone())
}

/// The whole history, one entry a line.
fn history(path: &Path, file: &IncidentFile, zone: Zone) -> String {
    let mut text = format!(
        "{}: {}; {}, {}\n",
        printable(&path.to_string_lossy()),
        match file.title.as_str() {
            "" => "no title".to_owned(),
            title => printable(title),
        },
        match file.history.len() {
            1 => "1 entry".to_owned(),
            n => format!("{n} entries"),
        },
        plural(file.reading.sources.len(), "source")
    );
    if let Some(basis) = &file.basis {
        text.push_str(&format!("computed values of {}\n", rfc3339(basis.saved_at)));
    }
    for entry in &file.history {
        let at = entry.when_ns;
        let (day, minute) = (date(at, zone), clock_minute(at, zone));
        text.push_str(&format!(
            "{}  {day} {minute}  {}\n",
            printable(&entry.id),
            words(entry)
        ));
    }
    text
}
