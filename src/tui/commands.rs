//! The commands of the palette: one table, from which the palette and docs/KEYS.md are made.
//!
//! In: a line that begins with a command's name. Out: the model changed and what is to be done
//! outside, or one sentence that names what is wrong and what would be right.

use std::ops::Range;

use chrono::Days;

use super::look::Colour;
use super::model::{Effect, Model, Screen};
use super::theme::NAMES;
use super::{export, logs, moves, sift};
use crate::clock::Zone;
use crate::clock::words::{clock_time, date};
use crate::clock::zone::Local;
use crate::filter::times::{self, Resolved, Times};

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Command {
    /// What is typed.
    pub name: &'static str,
    /// What is typed behind it; empty for nothing, in brackets where it may be left out.
    pub argument: &'static str,
    /// What it does.
    pub help: &'static str,
    /// The values that the argument may have, where there are few.
    pub values: &'static [&'static str],
    run: fn(&mut Model, &str) -> Result<Effect, String>,
}

const fn command(
    name: &'static str,
    argument: &'static str,
    values: &'static [&'static str],
    run: fn(&mut Model, &str) -> Result<Effect, String>,
    help: &'static str,
) -> Command {
    Command {
        name,
        argument,
        help,
        values,
        run,
    }
}

/// All commands.
#[rustfmt::skip]
pub const COMMANDS: &[Command] = &[
    command("export", "FILE", &[], export_to, "write what is shown to a file: .md .html .svg .ans .csv .json .txt, .rfo.json"),
    command("filter", "[FILTER]", &[], filter, "only the lines of the Logs screen that match; without: all"),
    command("goto", "TIME", &[], goto, "the time cursor to 15:40, 15:40:30, a date with a time, -30m before the end"),
    command("range", "FROM..TO", &[], range, "select a range: 15:55..16:10, -30m.., dates with times"),
    command("incident", "N", &[], incident, "open an incident by its number: 2 or i2"),
    command("theme", "NAME", &NAMES, theme, "colours for a dark or light background, for all eyes, or none"),
    command("zone", "[utc|local]", &["utc", "local"], zone, "times in UTC or local; without: the other one"),
    command("quit", "", &[], |_, _| Ok(Effect::Quit), "leave rfo"),
];

impl Command {
    /// Whether something must be typed behind it.
    pub fn needs_argument(&self) -> bool {
        !self.argument.is_empty() && !self.argument.starts_with('[')
    }

    /// Does it.
    /// # Errors
    /// One sentence: what is wrong, and what would be right.
    pub fn run(&self, model: &mut Model, argument: &str) -> Result<Effect, String> {
        let argument = argument.trim();
        if argument.is_empty() && self.needs_argument() {
            return Err(format!("{} needs {}", self.name, self.argument));
        }
        if !argument.is_empty() && self.argument.is_empty() {
            return Err(format!("{} takes nothing behind it", self.name));
        }
        (self.run)(model, argument)
    }
}

/// The command that a line begins with, and what stands behind its name.
pub fn named(line: &str) -> Option<(&'static Command, &str)> {
    let line = line.trim_start();
    let (name, argument) = line.split_once(' ').unwrap_or((line, ""));
    let found = COMMANDS.iter().find(|command| command.name == name)?;
    Some((found, argument))
}

fn export_to(model: &mut Model, file: &str) -> Result<Effect, String> {
    export::begin_as(model, file)
}

fn filter(model: &mut Model, text: &str) -> Result<Effect, String> {
    let opened = match model.screen {
        Screen::Logs => Effect::None,
        _ => logs::open(model),
    };
    let effect = match text.is_empty() {
        true => sift::drop_filter(model),
        false => sift::by(model, text)?,
    };
    // The newer request is for the same lines, filtered.
    Ok(match effect {
        Effect::None => opened,
        effect => effect,
    })
}

fn goto(model: &mut Model, text: &str) -> Result<Effect, String> {
    let (data, zone) = data(model)?;
    let read = times::read(&format!("{text}.."))
        .map_err(|_| format!("goto: {text:?} is not {}", times::EXPECTED))?;
    let near_ns = model.cursor().unwrap_or(data.end);
    let at_ns = ends(read, near_ns, &data, zone).0;
    let at_ns = at_ns.ok_or_else(|| format!("goto: there is no {text} in the data"))?;
    if !data.contains(&at_ns) {
        return Err(format!(
            "goto: {text} lies outside of {}",
            words(&data, zone)
        ));
    }
    moves::to(model, at_ns);
    Ok(match model.screen {
        Screen::Logs => logs::open(model),
        Screen::Timeline => Effect::None,
        _ => {
            model.show(Screen::Timeline);
            Effect::None
        }
    })
}

fn range(model: &mut Model, text: &str) -> Result<Effect, String> {
    let (data, zone) = data(model)?;
    let read = times::read(text).map_err(|(_, what)| format!("range {text:?}: {what}"))?;
    let near_ns = model.cursor().unwrap_or(data.end);
    let (from_ns, to_ns) = ends(read, near_ns, &data, zone);
    let (from_ns, to_ns) = (from_ns.unwrap_or(data.start), to_ns.unwrap_or(data.end));
    if from_ns >= data.end || to_ns <= data.start {
        return Err(format!(
            "range: {text} lies outside of {}",
            words(&data, zone)
        ));
    }
    model.range = (Some(from_ns.max(data.start)), Some(to_ns.min(data.end)));
    if !matches!(model.screen, Screen::Contributors | Screen::Patterns) {
        model.show(Screen::Timeline);
    }
    moves::to(model, from_ns);
    Ok(Effect::None)
}

fn incident(model: &mut Model, text: &str) -> Result<Effect, String> {
    let snapshot = model.snapshot.as_ref().ok_or("nothing was read yet")?;
    let ids = snapshot.incidents.iter().map(|one| &one.incident.id);
    let wanted = format!("i{}", text.trim_start_matches('i'));
    let found = ids.clone().find(|id| **id == wanted).cloned();
    let found = found.ok_or_else(|| match ids.clone().count() {
        0 => "incident: none was found".to_owned(),
        1 => format!("incident: there is no {text}, only i1"),
        n => format!("incident: there is no {text}; there are i1 to i{n}"),
    })?;
    moves::choose(model, found);
    model.show(Screen::Incident);
    Ok(Effect::None)
}

fn theme(model: &mut Model, name: &str) -> Result<Effect, String> {
    let named = model.look.theme.named(name);
    model.look.theme =
        named.ok_or_else(|| format!("theme: {name:?} is none of {}", NAMES.join(", ")))?;
    if model.look.colour == Colour::None {
        return Err("theme: colours are off (NO_COLOR, --color never)".to_owned());
    }
    Ok(Effect::None)
}

fn zone(model: &mut Model, name: &str) -> Result<Effect, String> {
    model.utc = match name {
        "" => !model.utc,
        "utc" | "UTC" => true,
        "local" => false,
        _ => {
            return Err(format!(
                "zone: {name:?} is neither utc nor local; --tz says what local is"
            ));
        }
    };
    let at_ns = model.cursor().unwrap_or(0);
    model.message = Some(format!("times in {}", model.zone().name_at(at_ns)));
    Ok(Effect::None)
}

fn data(model: &Model) -> Result<(Range<i64>, Zone), String> {
    let span = model.data_span().ok_or("nothing was read yet")?;
    Ok((span.from_ns..span.to_ns, model.zone()))
}

fn words(data: &Range<i64>, zone: Zone) -> String {
    let one = |ns: i64| format!("{} {}", date(ns, zone), clock_time(ns, zone));
    format!("the data, {} to {}", one(data.start), one(data.end))
}

/// Both ends as instants: clock times on the day of the data that is nearest to an instant, a `TO`
/// before its `FROM` on the next day.
fn ends(read: Times, near_ns: i64, data: &Range<i64>, zone: Zone) -> (Option<i64>, Option<i64>) {
    if let Resolved::Range(range) = read.resolved(zone, data.end) {
        let known = |ns: i64| Some(ns).filter(|ns| *ns != i64::MIN && *ns != i64::MAX);
        return (known(range.start), known(range.end));
    }
    let Times::Clock { from_ns, to_ns } = read else {
        return (None, None);
    };
    let from = from_ns.and_then(|ns| nearest(ns, near_ns, data, zone));
    let to = to_ns.and_then(|ns| {
        let near_ns = from.unwrap_or(near_ns);
        let days = on_days(ns, near_ns, zone).into_iter();
        match from {
            Some(from) => days.filter(|ns| *ns > from).min(),
            None => nearest(ns, near_ns, data, zone),
        }
    });
    (from, to)
}

/// A clock time on the day, of those in the data if there are any, on which it is nearest.
fn nearest(clock_ns: i64, near_ns: i64, data: &Range<i64>, zone: Zone) -> Option<i64> {
    let all = on_days(clock_ns, near_ns, zone);
    let nearest = |inside: bool| {
        let some = all.iter().filter(|ns| !inside || data.contains(ns));
        some.min_by_key(|ns| ns.abs_diff(near_ns)).copied()
    };
    nearest(true).or_else(|| nearest(false))
}

/// A clock time, ns since midnight, on the local day of an instant and those beside it.
fn on_days(clock_ns: i64, near_ns: i64, zone: Zone) -> Vec<i64> {
    let today = zone.local(near_ns).date();
    let days = [
        today.checked_sub_days(Days::new(1)),
        Some(today),
        today.checked_add_days(Days::new(1)),
    ];
    let midnights = days.into_iter().flatten();
    let naive = midnights.filter_map(|day| {
        let midnight = day.and_hms_opt(0, 0, 0)?;
        midnight.checked_add_signed(chrono::Duration::nanoseconds(clock_ns))
    });
    let instants = naive.filter_map(|naive| match zone.resolve(naive) {
        Local::One(at_ns) | Local::Two(at_ns, _) => Some(at_ns),
        Local::Gap => None,
    });
    instants.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::NS_PER_MIN;

    const HOUR: i64 = 60 * NS_PER_MIN;

    fn check(text: &str, near_hours: i64, expected: (Option<i64>, Option<i64>)) {
        let read = times::read(text).expect("times");
        let data = 30 * HOUR..90 * HOUR;
        let found = ends(read, near_hours * HOUR, &data, Zone::Fixed(3600));
        let hours = |ns: Option<i64>| ns.map(|ns| ns / HOUR);
        assert_eq!((hours(found.0), hours(found.1)), expected, "{text}");
    }

    #[test]
    fn a_clock_time_is_that_nearest_to_the_cursor() {
        check("13:00..", 36, (Some(36), None));
        check("13:00..", 50, (Some(60), None));
        check("01:00..", 31, (Some(48), None));
        check("13:00..14:00", 36, (Some(36), Some(37)));
        check("23:00..01:00", 46, (Some(46), Some(48)));
        check("..14:00", 36, (None, Some(37)));
        check("-30m..", 36, (Some(89), None));
        check("1970-01-02T13:00..", 80, (Some(36), None));
    }

    #[test]
    fn a_name_is_told_from_what_stands_behind_it() {
        let (command, argument) = named("goto 15:40").expect("a command");
        assert_eq!((command.name, argument), ("goto", "15:40"));
        assert_eq!(named("zone").map(|found| found.1), Some(""));
        assert!(named("gotox 1").is_none() && named("").is_none());
    }

    #[test]
    fn a_command_has_a_name_and_a_help_of_its_own() {
        for (i, one) in COMMANDS.iter().enumerate() {
            assert!(!one.help.is_empty() && !one.name.contains(' '));
            let same = |other: &Command| other.name == one.name || other.help == one.help;
            assert!(!COMMANDS[..i].iter().any(same), "{}", one.name);
        }
    }
}
