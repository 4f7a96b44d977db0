//! Posts of a status page, reports and timelines in plain text.
//!
//! All times are collected, the reading most consistent in order is chosen, words become claims,
//! and whatever claims nothing stays as a note. Stated durations are not recomputed here.

use super::heading::{days, kind_of, locale, stated_zone};
use super::literals::{Literal, collect};
use super::milestone::{ClaimSource, Milestone, MilestoneKind};
use super::order::{Placed, assign};
use super::pairs::{self, Misfit};
use super::passages::{Passage, passages};
use super::phrases::{Phrase, classify};
use super::{Context, Defect, Line, Note, Record, RecordKind, lines};
use crate::clock::{Censor, NS_PER_MIN, NS_PER_S, When, Zone, ZoneText};
use crate::text::printable;
use chrono::NaiveDateTime;

/// Reads a text. Never fails; without any time it is notes only.
pub(super) fn read(path: &str, text: &str, context: &Context) -> Record {
    let text = text.trim_start_matches('\u{feff}');
    let lines = lines(text);
    let literals = collect(&lines);
    let stated = lines
        .iter()
        .find_map(|line| stated_zone(line.text, context));
    let mut record = Record::new(path, kind_of(path, text), stated.or(context.zone));
    let heading = lines.iter().enumerate().find(|(i, line)| {
        !line.text.trim().is_empty() && !literals.iter().any(|l| l.line == *i && l.leading)
    });
    if let Some((_, heading)) = heading {
        record.title = printable(
            heading
                .text
                .trim_matches(|c: char| c.is_whitespace() || c == '#'),
        );
    }
    let passages = passages(&lines, &literals);
    let words = words_of(&literals, &passages);
    let placed = assign(&literals, &words, days(&lines, &record, context));
    let mut reader = Reader {
        lines: &lines,
        literals: &literals,
        placed,
        context,
        record,
        recovering: None,
        misfits: Vec::new(),
        pairs: 0,
    };
    let mut used = vec![false; lines.len()];
    for passage in &passages {
        reader.read_passage(passage, &mut used);
    }
    reader.notes(&used);
    let misfits = pairs::defects(&reader.misfits, reader.pairs);
    reader.record.defects.extend(misfits);
    reader.record.defects.sort_by_key(|defect| defect.line);
    reader.first_post();
    reader.record
}

struct Reader<'a> {
    lines: &'a [Line<'a>],
    literals: &'a [Literal],
    placed: Vec<Option<Placed>>,
    context: &'a Context,
    record: Record,
    /// The line of the last passage, if it tells of a recovery.
    recovering: Option<usize>,
    /// Pairs of clocks that disagree, and how many pairs there are.
    misfits: Vec<Misfit>,
    pairs: usize,
}

impl Reader<'_> {
    fn read_passage(&mut self, passage: &Passage, used: &mut [bool]) {
        self.report_pair(passage.literal);
        let start = self.when(passage.literal);
        let end = passage.until.and_then(|k| self.when(k));
        let Some(when) = start else { return };
        let mut phrases = classify(&passage.text);
        self.inherit(passage, &mut phrases);
        self.recovering = phrases
            .iter()
            .any(|p| is_recovery(p.kind))
            .then_some(passage.lines.0);
        let known = self.record.milestones.len();
        match end {
            Some(end) => self.claim_range(passage, phrases, when, end),
            None => self.claim_all(passage, phrases, when),
        }
        if self.record.milestones.len() == known {
            let (line, text) = (self.lines[passage.lines.0].number, printable(&passage.text));
            self.record.notes.push(Note {
                when: Some(when),
                line,
                text,
            });
        }
        used[passage.lines.0..=passage.lines.1].fill(true);
    }

    /// `09:05 - 09:30 errors`: the range is the impact, and the rest happened at its start.
    fn claim_range(&mut self, passage: &Passage, phrases: Vec<Phrase>, start: When, end: When) {
        if is_impact(&passage.text) {
            self.claim(passage, claimed(MilestoneKind::ImpactStart, 0.9), start);
            self.claim(passage, claimed(MilestoneKind::Restored, 0.9), end);
        }
        let edge =
            |p: &Phrase| matches!(p.kind, MilestoneKind::ImpactStart | MilestoneKind::Restored);
        for phrase in phrases.into_iter().filter(|p| !edge(p)) {
            self.claim(passage, phrase, start);
        }
    }

    fn claim_all(&mut self, passage: &Passage, mut phrases: Vec<Phrase>, when: When) {
        let has = |phrases: &[Phrase], kind| phrases.iter().any(|p| p.kind == kind);
        let over = has(&phrases, MilestoneKind::Restored);
        let untold = !has(&phrases, MilestoneKind::ImpactStart) && !self.is_on();
        if over && untold && was_impact(&passage.text) {
            phrases.insert(0, claimed(MilestoneKind::ImpactStart, 0.6));
        }
        for phrase in phrases {
            // "It was interrupted again; it is back": it began before this was written.
            let began_before = over && phrase.kind == MilestoneKind::ImpactStart;
            let censor = began_before.then_some(Censor::Left);
            self.claim(passage, phrase, When { censor, ..when });
        }
    }

    /// Whether, as far as the record has been read, impact has started and not ended.
    fn is_on(&self) -> bool {
        let edge =
            |m: &&Milestone| matches!(m.kind, MilestoneKind::ImpactStart | MilestoneKind::Restored);
        let last = self
            .record
            .milestones
            .iter()
            .filter(edge)
            .max_by_key(|m| m.when.at_ns);
        last.is_some_and(|m| m.kind == MilestoneKind::ImpactStart)
    }

    /// `40 % was restored by 11:05 PM and 100 % by 11:55 PM`: the verb goes for both.
    fn inherit(&self, passage: &Passage, phrases: &mut Vec<Phrase>) {
        let same_line = self.recovering == Some(passage.lines.0);
        if phrases.is_empty() && same_line && passage.text.contains('%') {
            phrases.extend(classify(&format!("{} restored", passage.text)));
        }
    }

    fn claim(&mut self, passage: &Passage, phrase: Phrase, when: When) {
        let known = |m: &Milestone| m.kind == phrase.kind && m.when == when;
        if self.record.milestones.iter().any(known) {
            return;
        }
        let literal = &self.literals[passage.literal];
        let evidence = self.lines[literal.line].evidence(&self.record.path);
        let source = match self.record.kind {
            RecordKind::StatusPosts => ClaimSource::StatusPage,
            _ => ClaimSource::Text,
        };
        let mut milestone = Milestone::new(phrase.kind, when, source, vec![evidence])
            .noted(printable(&passage.text));
        let flipped = self.placed[passage.literal].is_some_and(|p| p.flipped);
        milestone.confidence = phrase.confidence * if flipped { 0.8 } else { 1.0 };
        milestone.outcome = phrase.outcome;
        milestone.fraction = phrase.fraction;
        self.record.milestones.push(milestone);
    }

    /// The instant of a literal. What was read differently from what is written is a defect.
    fn when(&mut self, k: usize) -> Option<When> {
        let literal = &self.literals[k];
        let precision = if literal.second.is_some() {
            NS_PER_S
        } else {
            NS_PER_MIN
        };
        let Some(placed) = self.placed[k] else {
            self.defect(k, "no date is known for this time", "");
            return None;
        };
        if placed.flipped {
            let reading = placed.local.format("%-I:%M %p").to_string();
            self.defect(
                k,
                "out of order as written",
                &format!("{reading}, the only reading in order"),
            );
        }
        let zone = match self.zone(literal) {
            Some(zone) => zone,
            None => {
                self.defect(k, "no zone is stated; give --tz", "UTC");
                Zone::UTC
            }
        };
        match zone.when(placed.local, precision) {
            Ok(when) => Some(when),
            Err((before, after)) => {
                let near = [before, after].map(|ns| zone.local(ns).format("%H:%M").to_string());
                let what = "this local time does not exist: clocks were set forward";
                self.defect(k, what, &format!("between {} and {}", near[0], near[1]));
                None
            }
        }
    }

    fn zone(&self, literal: &Literal) -> Option<Zone> {
        let own = literal
            .zone
            .and_then(|zone| zone.zone(locale(self.context.zone)));
        own.or(self.record.zone)
    }

    /// A paired clock that disagrees with the first is a wrong label.
    fn report_pair(&mut self, k: usize) {
        let Some(pair) = self.literals.get(k + 1).filter(|l| l.paired) else {
            return;
        };
        let (Some(placed), Some(zone), Some(second)) =
            (self.placed[k], self.zone(&self.literals[k]), pair.zone)
        else {
            return;
        };
        let Ok(when) = zone.when(placed.local, NS_PER_MIN) else {
            return;
        };
        self.pairs += 1;
        let locals: Vec<_> = [-1, 0, 1]
            .into_iter()
            .filter_map(|day| {
                let date = placed.local.date() + chrono::Duration::days(day);
                date.and_hms_opt(pair.hour, pair.minute, pair.second.unwrap_or(0))
            })
            .collect();
        let agrees = |local: &NaiveDateTime| second.zone_by_pair(when.at_ns, *local).is_some();
        if locals.iter().any(agrees) {
            return;
        }
        let literally = second.zone(locale(self.context.zone));
        let apart = |local: &NaiveDateTime| {
            let read = literally?.when(*local, NS_PER_MIN).ok()?;
            Some(read.at_ns - when.at_ns)
        };
        let fits = matches!(second, ZoneText::Label(label) if shows(label.place, when.at_ns, pair));
        self.misfits.push(Misfit {
            line: self.lines[pair.line].number,
            literal: printable(&pair.text),
            zone: Some(second),
            at_ns: when.at_ns,
            apart_ns: locals.iter().filter_map(apart).min_by_key(|ns| ns.abs()),
            fits,
        });
    }

    fn defect(&mut self, k: usize, what: &str, reading: &str) {
        let line = self.lines[self.literals[k].line].number;
        let literal = printable(&self.literals[k].text);
        let defect = Defect {
            line,
            literal,
            what: what.to_owned(),
            reading: reading.to_owned(),
        };
        if !self.record.defects.contains(&defect) {
            self.record.defects.push(defect);
        }
    }

    /// Every line that is in no passage.
    fn notes(&mut self, used: &[bool]) {
        for (i, line) in self.lines.iter().enumerate() {
            let text = printable(line.text.trim());
            if !used[i] && !text.is_empty() && text != self.record.title {
                self.record.notes.push(Note {
                    when: None,
                    line: line.number,
                    text,
                });
            }
        }
        self.record.notes.sort_by_key(|note| note.line);
    }

    /// The first post of a status page shows that people knew.
    fn first_post(&mut self) {
        if self.record.kind != RecordKind::StatusPosts {
            return;
        }
        let posts = (0..self.literals.len()).filter(|&k| self.literals[k].leading);
        let first = posts
            .filter_map(|k| self.placed[k].map(|p| (p.local, k)))
            .min();
        let Some(k) = first.map(|(_, k)| k) else {
            return;
        };
        let Some(when) = self.when(k) else { return };
        let aware = |m: &Milestone| m.kind == MilestoneKind::Detected && m.when.at_ns <= when.at_ns;
        if !self.record.milestones.iter().any(aware) {
            let line = self.literals[k].line;
            let (text, lines) = ("first post".to_owned(), (line, line));
            let passage = Passage {
                literal: k,
                until: None,
                text,
                lines,
            };
            self.claim(&passage, claimed(MilestoneKind::Detected, 0.8), when);
        }
    }
}

fn claimed(kind: MilestoneKind, confidence: f64) -> Phrase {
    Phrase {
        kind,
        outcome: None,
        fraction: None,
        confidence,
    }
}

fn shows(place: chrono_tz::Tz, ns: i64, literal: &Literal) -> bool {
    let local = Zone::Named(place).local(ns);
    local.format("%H:%M").to_string() == format!("{:02}:{:02}", literal.hour, literal.minute)
}

/// The text that belongs to each literal; empty for those without a passage.
fn words_of(literals: &[Literal], passages: &[Passage]) -> Vec<String> {
    let mut words = vec![String::new(); literals.len()];
    for passage in passages {
        words[passage.literal].clone_from(&passage.text);
    }
    words
}

fn is_recovery(kind: MilestoneKind) -> bool {
    matches!(
        kind,
        MilestoneKind::PartialRecovery | MilestoneKind::Restored
    )
}

/// "Had slow screens", "were down": users were hit before this was written.
fn was_impact(text: &str) -> bool {
    let lower = text.to_lowercase();
    let past = [
        " had ",
        " was ",
        " were ",
        " saw ",
        " experienced ",
        "have been",
        "has been",
    ];
    let hit = [
        "slow",
        "frozen",
        " down",
        "unavailable",
        "error",
        "failing",
        "delayed",
        "unable",
    ];
    past.iter().any(|word| lower.contains(word)) && hit.iter().any(|word| lower.contains(word))
}

fn is_impact(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words = [
        "outage",
        "interrupt",
        "unavailable",
        "error",
        "degrad",
        "impact",
        "down",
        "fail",
        "slow",
        "disrupt",
        "frozen",
        "unable",
        "incident",
        "affected",
    ];
    words.iter().any(|word| lower.contains(word)) && !lower.contains("no impact")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::words::rfc3339;
    use proptest::prelude::*;

    /// Claims as `letter[fraction] month-day hour:minute` UTC, in the record's order.
    fn check(path: &str, text: &str, zone: Option<Zone>, expected: &[&str]) -> Record {
        let record = read(
            path,
            text,
            &Context {
                zone,
                range_ns: None,
            },
        );
        let claims: Vec<String> = record
            .milestones
            .iter()
            .map(|m| {
                let share = m.fraction.map(|f| f.to_string()).unwrap_or_default();
                format!(
                    "{}{share} {}",
                    m.kind.letter(),
                    &rfc3339(m.when.at_ns)[5..16]
                )
            })
            .collect();
        assert_eq!(claims, expected);
        record
    }

    const REPORT: &str = "Ticket shop down, May 3, 2021\n\nAll times are in UTC+2.\n\n\
        Half of the orders failed.\n\nTimeline\n\
        8:10 AM: A configuration push to the shop begins.\n\
        9:20 AM: The outage begins; internal monitoring shows errors.\n\
        12:30 AM: Pagers alerted, engineers start to look.\n\
        4:00 PM: A rollback was attempted and failed.\n\
        9:00 PM: 30% of orders restored.\n\
        9:40 PM: 100% of orders restored.\n\n\
        30% was restored by 9:00 PM and 100% by 9:40 PM.\n\
        The push of 8:10 PM (GMT+2) was not checked.\n";

    #[test]
    fn a_report_gives_its_claims_once_and_its_slips_as_defects() {
        let expected = [
            "C 05-03T06:10",
            "S 05-03T07:20",
            "D 05-03T07:20",
            "N 05-03T10:30",
            "G 05-03T10:30",
            "X 05-03T14:00",
            "P0.3 05-03T19:00",
            "R 05-03T19:40",
        ];
        let record = check("r.txt", REPORT, None, &expected);
        assert_eq!(record.kind, RecordKind::Report);
        assert_eq!(record.title, "Ticket shop down, May 3, 2021");
        let defects: Vec<_> = record
            .defects
            .iter()
            .map(|d| (d.line, d.literal.as_str()))
            .collect();
        assert_eq!(defects, [(10, "12:30 AM"), (16, "8:10 PM (GMT+2)")]);
        assert!(record.defects[0].reading.starts_with("12:30 PM"));
        assert!(
            record
                .notes
                .iter()
                .any(|n| n.text == "Half of the orders failed.")
        );
    }

    #[test]
    fn posts_give_windows_and_the_first_one_shows_that_people_knew() {
        let text = "Node 4 slow\nMonday 3 May 2021\n\n\
            10:05 - Some pages were slow. They are coming back now.\n\
            10:20 - The problem has reoccurred.\n\
            10:31 - Service is restored. We expect no further disruption.\n\
            11:00 - Service was interrupted again; it is back now.\n";
        let expected = [
            "S 05-03T10:05",
            "R 05-03T10:05",
            "S 05-03T10:20",
            "R 05-03T10:31",
            "S 05-03T11:00",
            "R 05-03T11:00",
            "D 05-03T10:05",
        ];
        let mut sorted = expected.to_vec();
        sorted.sort_unstable();
        let record = read(
            "status.txt",
            text,
            &Context {
                zone: Some(Zone::UTC),
                range_ns: None,
            },
        );
        let mut claims: Vec<String> = record
            .milestones
            .iter()
            .map(|m| format!("{} {}", m.kind.letter(), &rfc3339(m.when.at_ns)[5..16]))
            .collect();
        claims.sort_unstable();
        assert_eq!(claims, sorted);
        let last = record
            .milestones
            .iter()
            .rfind(|m| m.kind == MilestoneKind::ImpactStart)
            .unwrap();
        assert_eq!(last.when.censor, Some(Censor::Left));
    }

    #[test]
    fn posts_above_their_date_are_read_newest_first() {
        let text = "Resolved\nAll is normal again.\nPosted Aug 05, 2020 - 04:00 CEST\n\n\
            Monitoring\nA fix has been applied.\nPosted Aug 05, 2020 - 03:29 CEST\n\n\
            Identified\nWe are experiencing an outage.\nPosted Aug 05, 2020 - 03:09 CEST\n";
        let record = check(
            "page.txt",
            text,
            None,
            &[
                "V 08-05T02:00",
                "M 08-05T01:29",
                "D 08-05T01:09",
                "I 08-05T01:09",
            ],
        );
        assert!(record.milestones[3].confidence < 0.5);
    }

    #[test]
    fn two_clocks_that_disagree_are_a_label_error() {
        let text = "Status\n2015-10-16\n13:52 UTC+1 / 05:52 PST investigating slow jobs\n19:34 UTC+1 / 11:34 PST Bulk jobs have been resolved\n";
        let record = check(
            "status.txt",
            text,
            None,
            &["D 10-16T12:52", "R 10-16T18:34"],
        );
        let [defect] = record.defects.as_slice() else {
            panic!("{:?}", record.defects);
        };
        assert_eq!(
            (defect.line, defect.literal.as_str()),
            (3, "05:52 PST, 11:34 PST")
        );
        assert_eq!(
            defect.what,
            "zone label error: the two clocks of all 2 pairs are 1 h apart as written"
        );
        assert_eq!(
            defect.reading,
            "PDT (America/Los_Angeles then), which fits all: 12:52 UTC"
        );
    }

    #[test]
    fn a_pair_that_no_season_explains_is_read_by_its_first_clock() {
        let text = "Status\n2015-10-16\n13:52 UTC+1 / 03:52 PST jobs are slow\n14:00 UTC+1 / 06:00 PDT resolved\n";
        let record = check(
            "status.txt",
            text,
            None,
            &["V 10-16T13:00", "D 10-16T12:52"],
        );
        let [defect] = record.defects.as_slice() else {
            panic!("{:?}", record.defects);
        };
        assert_eq!(
            defect.what,
            "zone label error: the two clocks of 1 of 2 pairs are 1 h apart as written"
        );
        assert_eq!(defect.reading, "the first clock of the pair: 12:52 UTC");
    }

    #[test]
    fn a_year_comes_from_what_the_logs_cover() {
        let zone = Some(Zone::Named(chrono_tz::Tz::Europe__London));
        let range_ns = Some((1_437_570_000 * NS_PER_S, 1_437_590_000 * NS_PER_S));
        let record = read(
            "status.txt",
            "Title\nWednesday 22 July\n\n15:55 - It has reoccurred.\n",
            &Context { zone, range_ns },
        );
        assert_eq!(
            rfc3339(record.milestones[0].when.at_ns),
            "2015-07-22T14:55:00Z"
        );
    }

    #[test]
    fn without_a_zone_it_says_so() {
        let record = check(
            "r.txt",
            "2021-05-03\n10:00 the outage begins\n",
            None,
            &["S 05-03T10:00"],
        );
        assert_eq!(record.defects[0].what, "no zone is stated; give --tz");
    }

    proptest! {
        #[test]
        fn any_text_is_safe_and_no_line_is_lost(
            text: String,
            told in "(\n[0-9]{1,2}:[0-9]{2}( [AP]M)? - |\n2021-03-0[0-9]\n|[ .,/\\-\n]|restored|PST|to|é|[a-z]{3,9}){0,40}",
        ) {
            let zone = Some(Zone::Named(chrono_tz::Tz::Europe__London));
            for text in [text, told] {
                let record = read("r.txt", &text, &Context { zone, range_ns: None });
                let notes = record.notes.iter().map(|n| n.text.as_str());
                let claims = record.milestones.iter().map(|m| m.note.as_str());
                let kept: Vec<&str> = notes.chain(claims).chain([record.title.as_str()]).collect();
                let lines = lines(text.trim_start_matches('\u{feff}'));
                let timed: Vec<usize> = collect(&lines).iter().map(|l| l.line).collect();
                for (i, line) in lines.iter().enumerate().filter(|(i, _)| !timed.contains(i)) {
                    let words = printable(line.text.trim_matches(|c: char| c.is_whitespace() || c == '#'));
                    prop_assert!(kept.iter().any(|kept| kept.contains(&words)), "{i} {words:?} of {kept:?}");
                }
            }
        }
    }
}
