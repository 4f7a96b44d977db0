//! From a time as it was read to an instant: zone, exactness, and what was guessed on the way.
//!
//! In: a literal and its local time. Out: the instant with its interval. Every guess is kept and
//! becomes a defect of the record, once for all times that it concerns.

use chrono::Datelike;

use super::heading::locale;
use super::literals::Literal;
use super::order::{Changed, Placed};
use super::{Context, Defect, Line, Reading};
use crate::clock::words::length;
use crate::clock::{Label, NS_PER_MIN, NS_PER_S, When, Zone, ZoneText};
use crate::text::printable;

/// Turns local times into instants.
pub(super) struct Instants<'a> {
    pub lines: &'a [Line<'a>],
    pub context: &'a Context,
    /// The zone of times that name none.
    pub zone: Option<Zone>,
    /// The zone is that of other times of the text, which nobody says of these.
    pub borrowed: bool,
    pub defects: Vec<Defect>,
    pub readings: Vec<Reading>,
    /// Times without any zone: line and literal.
    unzoned: Vec<(u64, String)>,
}

/// Clocks of a place from UTC, of one label that several places use.
type Places = &'static [Label];

impl<'a> Instants<'a> {
    pub(super) fn new(lines: &'a [Line<'a>], context: &'a Context, zone: Option<Zone>) -> Self {
        Self {
            lines,
            context,
            zone,
            borrowed: false,
            defects: Vec::new(),
            readings: Vec::new(),
            unzoned: Vec::new(),
        }
    }

    /// The instant of a literal. `pair` is the other clock of its pair with its local time. What
    /// was read differently from what is written is a defect.
    pub(super) fn when(
        &mut self,
        literal: &Literal,
        placed: Option<Placed>,
        pair: Option<(&Literal, Placed)>,
    ) -> Option<When> {
        let Some(placed) = placed else {
            self.defect(literal, "no date is known for this time", "");
            return None;
        };
        self.tell_changes(literal, &placed);
        let zone = self.zone_of(literal, &placed, pair);
        if literal.day_only {
            return self.day(placed, zone);
        }
        let precision = literal.second.map_or(NS_PER_MIN, |_| NS_PER_S);
        match zone.when(placed.local, precision) {
            Ok(when) => {
                self.tell_season(literal, &when, pair.is_some());
                let folded = when.hi_ns - when.lo_ns > precision;
                if folded {
                    let what = "this local time came twice: clocks were set back";
                    self.defect(literal, what, "either, 60 min apart");
                }
                Some(literal.hedge.widen(when, literal.minute, literal.hour_only))
            }
            Err((before, after)) => {
                let near = [before, after].map(|ns| zone.local(ns).format("%H:%M").to_string());
                let what = "this local time does not exist: clocks were set forward";
                self.defect(
                    literal,
                    what,
                    &format!("left out; {} or {} may be meant", near[0], near[1]),
                );
                None
            }
        }
    }

    /// Somewhere in a local day.
    fn day(&self, placed: Placed, zone: Zone) -> Option<When> {
        let noon = zone.when(placed.local, NS_PER_S).ok()?.at_ns;
        let half = 12 * 60 * NS_PER_MIN;
        Some(When::between(noon - half, noon, noon + half - 1))
    }

    fn tell_changes(&mut self, literal: &Literal, placed: &Placed) {
        let reading = placed.local.format("%-I:%M %p").to_string();
        if placed.flipped {
            let words = format!("{reading}, the only reading in order");
            self.defect(literal, "out of order as written", &words);
        }
        match placed.changed {
            Changed::Nothing => {}
            Changed::Afternoon => {
                let what = "neither am nor pm is written";
                self.defect(literal, what, &format!("{reading}, which is in order"));
            }
            Changed::Year => {
                let written = literal.date.and_then(|date| date.year);
                let words = format!(
                    "{}, the year of the rest",
                    placed.local.format("%Y-%m-%d %H:%M")
                );
                let written = written.map_or(String::new(), |year| format!(": {year} is written"));
                self.defect(
                    literal,
                    &format!("far out of order as written{written}"),
                    &words,
                );
            }
        }
    }

    fn zone_of(
        &mut self,
        literal: &Literal,
        placed: &Placed,
        pair: Option<(&Literal, Placed)>,
    ) -> Zone {
        let locale = locale(self.context.zone.or(self.zone));
        match literal.zone {
            Some(ZoneText::Ambiguous(places)) => literal
                .zone
                .and_then(|zone| zone.zone(locale))
                .or_else(|| by_pair(literal, placed, pair))
                .unwrap_or_else(|| self.guessed(literal, placed, places)),
            Some(zone) => zone.zone(locale).or(self.zone).unwrap_or(Zone::UTC),
            None => match self.zone {
                Some(zone) if !self.borrowed => zone,
                zone => {
                    let line = self.lines[literal.line].number;
                    self.unzoned.push((line, printable(&literal.text)));
                    zone.unwrap_or(Zone::UTC)
                }
            },
        }
    }

    /// A label that several places use, and nothing decides: the first place, the others kept.
    fn guessed(&mut self, literal: &Literal, placed: &Placed, places: Places) -> Zone {
        let names: Vec<&str> = places.iter().map(|label| label.place.name()).collect();
        let Some((first, others)) = places.split_first() else {
            return Zone::UTC;
        };
        let zone = Zone::Fixed(first.seconds_east);
        let what = format!(
            "several places use this abbreviation ({}); give --tz",
            names.join(", ")
        );
        self.defect(literal, &what, &format!("that of {}", first.place.name()));
        let taken = zone.when(placed.local, NS_PER_MIN).map(|when| when.at_ns);
        for other in others {
            let instead = Zone::Fixed(other.seconds_east).when(placed.local, NS_PER_MIN);
            if let (Ok(taken_ns), Ok(instead)) = (taken, instead) {
                let why = format!("where it is the clock of {}", other.place.name());
                self.close(literal, taken_ns, instead.at_ns, &why);
            }
        }
        zone
    }

    /// `PST` in July: read as written, the place's clock kept beside it.
    fn tell_season(&mut self, literal: &Literal, when: &When, paired: bool) {
        let Some(ZoneText::Label(label)) = literal.zone else {
            return;
        };
        if paired || label.fits(when.at_ns) {
            return;
        }
        let place = Zone::Named(label.place);
        let name = place.name_at(when.at_ns);
        let shift = i64::from(label.seconds_east - place.seconds_east(when.at_ns)) * NS_PER_S;
        let what = format!("clocks of {} showed {name} then", label.place.name());
        self.defect(
            literal,
            &what,
            &format!("written; {name} would be {} off", length(shift.abs())),
        );
        self.close(
            literal,
            when.at_ns,
            when.at_ns + shift,
            &format!("if {name} is meant"),
        );
    }

    /// Another reading of a literal that is nearly as good.
    pub(super) fn close(&mut self, literal: &Literal, taken_ns: i64, instead_ns: i64, why: &str) {
        if taken_ns == instead_ns {
            return;
        }
        let reading = Reading {
            line: self.lines[literal.line].number,
            literal: printable(&literal.text),
            taken_ns,
            instead_ns,
            why: why.to_owned(),
        };
        if !self.readings.contains(&reading) {
            self.readings.push(reading);
        }
    }

    pub(super) fn defect(&mut self, literal: &Literal, what: &str, reading: &str) {
        let defect = Defect {
            line: self.lines[literal.line].number,
            literal: printable(&literal.text),
            what: what.to_owned(),
            reading: reading.to_owned(),
        };
        // The same literal is asked for more than once, within a few of each other.
        if !self
            .defects
            .iter()
            .rev()
            .take(64)
            .any(|known| *known == defect)
        {
            self.defects.push(defect);
        }
    }

    /// All that was found wrong, that of times without a zone in one.
    pub(super) fn into_defects(mut self) -> (Vec<Defect>, Vec<Reading>) {
        self.unzoned.sort();
        self.unzoned.dedup();
        if let Some((line, literal)) = self.unzoned.first().cloned() {
            let n = self.unzoned.len();
            let literal = match n {
                1 => literal,
                n => format!("{literal} and {} more", n - 1),
            };
            let reading = match self.zone {
                Some(zone) => format!("{}, as other times of the text say", name(zone)),
                None => "UTC".to_owned(),
            };
            self.defects.push(Defect {
                line,
                literal,
                what: "no zone is stated; give --tz".to_owned(),
                reading,
            });
        }
        self.defects.sort_by_key(|defect| defect.line);
        (self.defects, self.readings)
    }
}

/// What an ambiguous label means beside a clock that is not.
fn by_pair(literal: &Literal, placed: &Placed, pair: Option<(&Literal, Placed)>) -> Option<Zone> {
    let (other, other_placed) = pair?;
    let zone = other.zone?.zone(None)?;
    let day = chrono::Duration::days(1);
    [
        other_placed.local,
        other_placed.local - day,
        other_placed.local + day,
    ]
    .into_iter()
    .filter(|local| (local.year() - placed.local.year()).abs() <= 1)
    .find_map(|local| {
        let ns = zone.when(local, NS_PER_MIN).ok()?.at_ns;
        literal.zone?.zone_by_pair(ns, placed.local)
    })
}

fn name(zone: Zone) -> String {
    match zone {
        Zone::Named(tz) => tz.name().to_owned(),
        fixed => fixed.name_at(0),
    }
}
