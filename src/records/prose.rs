//! Posts of a status page, reports, chats and timelines in plain text.
//!
//! All times are collected, the reading most consistent in order is chosen, words become claims,
//! and whatever claims nothing stays as a note. Durations that a text states are not recomputed
//! here: `dated` gives the instants to whoever does.

use super::guesses::guess;
use super::heading::{kind_of, locale, stated_zone};
use super::instants::Instants;
use super::layout::Page;
use super::literals::{LITERALS_MAX, Literal, PER_LINE_MAX, collect};
use super::order::{Assigned, assign};
use super::pairs::{self, Misfit};
use super::passages::{Passage, passages};
use super::sections::{Outline, front_value, outline};
use super::telling::Teller;
use super::{Context, Defect, Line, Note, Record, RecordKind, lines};
use crate::clock::{NS_PER_MIN, When, Zone, ZoneText};
use crate::text::printable;
use chrono::NaiveDateTime;

/// A time of a text with its instant: for whoever checks what else the text says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dated {
    /// Index of its line.
    pub line: usize,
    /// Bytes of the line that the time takes.
    pub place: (usize, usize),
    pub when: When,
    /// The words that belong to it, without the time.
    pub words: String,
    /// It begins its line, or is an entry of a list.
    pub entry: bool,
}

/// Reads a text. Never fails; without any time it is notes only.
pub(super) fn read(path: &str, text: &str, context: &Context) -> Record {
    read_dated(path, text, context).0
}

/// The same with the instants of all times in the order of their places.
pub(super) fn read_dated(path: &str, text: &str, context: &Context) -> (Record, Vec<Dated>) {
    let text = text.trim_start_matches('\u{feff}');
    let lines = lines(text);
    let outline = outline(&lines);
    let literals = collect(&lines);
    let page = Page::new(&lines, &literals, &outline);
    let passages = passages(&page);
    let stated = lines
        .iter()
        .find_map(|line| stated_zone(line.text, context));
    let known = stated.or(context.zone);
    let zone = known.or_else(|| usual_zone(&literals, context));
    let mut record = Record::new(path, kind(path, text, &passages), zone);
    record.title = title(&lines, &literals, &outline).unwrap_or_else(|| record.title.clone());
    let guessed = guess(path, &lines, &outline, zone, context);
    let words = words_of(&literals, &passages);
    let sections: Vec<usize> = literals.iter().map(|l| outline.section[l.line]).collect();
    let assigned = assign(&literals, &words, &sections, guessed.days);
    let mut instants = Instants::new(&lines, context, zone);
    instants.borrowed = known.is_none() && zone.is_some();
    let whens = whens(&literals, &assigned, &mut instants);
    tell_close(&literals, &assigned, &whens, &mut instants);
    let defects = pair_defects(&lines, &literals, &assigned, &whens, context);
    let mut teller = Teller::new(&lines, &literals, &assigned, &whens, record);
    let used = teller.tell(&passages);
    let mut record = teller.record;
    notes(&mut record, &lines, &used);
    let (found, readings) = instants.into_defects();
    record.defects = found;
    record.readings = readings;
    record.defects.extend(defects);
    record.defects.extend(guessed.defects);
    record.defects.extend(bounds(&lines, &literals));
    record.defects.sort_by_key(|defect| defect.line);
    record.incidents = super::told::told(&lines, &outline, &record);
    let dated = dated(&literals, &words, &whens);
    (record, dated)
}

/// Most passages of a chat are someone's words.
fn kind(path: &str, text: &str, passages: &[Passage]) -> RecordKind {
    let spoken = passages.iter().filter(|passage| passage.spoken).count();
    match spoken >= 2 && 2 * spoken > passages.len() {
        true => RecordKind::Chat,
        false => kind_of(path, text),
    }
}

/// The title of the front matter, else the first heading, else the first line that is no entry.
fn title(lines: &[Line], literals: &[Literal], outline: &Outline) -> Option<String> {
    let front = front_value(lines, outline, "title");
    let headed = || {
        let i = outline.level.iter().position(|&level| level > 0)?;
        Some(lines[i].text)
    };
    let entries: std::collections::BTreeSet<usize> = literals
        .iter()
        .filter(|l| l.leading)
        .map(|l| l.line)
        .collect();
    let plain = || {
        let is = |i: &usize| !lines[*i].text.trim().is_empty() && !entries.contains(i);
        (0..lines.len()).find(is).map(|i| lines[i].text)
    };
    let text = front.or_else(headed).or_else(plain)?;
    Some(printable(
        text.trim_matches(|c: char| c.is_whitespace() || c == '#'),
    ))
}

/// The zone that most times of the text name.
fn usual_zone(literals: &[Literal], context: &Context) -> Option<Zone> {
    let zone = |l: &Literal| l.zone?.zone(locale(context.zone));
    let mut counts: Vec<(Zone, usize)> = Vec::new();
    for found in literals.iter().filter(|l| !l.paired).filter_map(zone) {
        match counts.iter().position(|&(known, _)| known == found) {
            Some(i) => counts[i].1 += 1,
            None if counts.len() < 16 => counts.push((found, 1)),
            None => {}
        }
    }
    let most = counts.iter().map(|&(_, n)| n).max()?;
    counts
        .iter()
        .find(|&&(_, n)| n == most)
        .map(|&(zone, _)| zone)
}

/// The instants of all literals.
fn whens(literals: &[Literal], assigned: &Assigned, instants: &mut Instants) -> Vec<Option<When>> {
    let mut whens: Vec<Option<When>> = Vec::with_capacity(literals.len());
    for (k, literal) in literals.iter().enumerate() {
        if literal.paired {
            whens.push(None);
            continue;
        }
        let pair = literals.get(k + 1).filter(|other| other.paired);
        let pair = pair.zip(assigned.placed[(k + 1).min(literals.len() - 1)]);
        whens.push(instants.when(literal, assigned.placed[k], pair));
    }
    whens
}

/// The next cheapest order of the times, where it is close.
fn tell_close(
    literals: &[Literal],
    assigned: &Assigned,
    whens: &[Option<When>],
    instants: &mut Instants,
) {
    // One slip moves all that follow it: the first one tells.
    let known = |&&(k, _): &&(usize, super::order::Placed)| whens[k].is_some();
    let Some(&(k, other)) = assigned.close.iter().find(known) else {
        return;
    };
    if let (Some(when), Some(taken)) = (whens[k], assigned.placed[k]) {
        let moved = (other.local - taken.local).num_nanoseconds().unwrap_or(0);
        let instead_ns = when.at_ns.saturating_add(moved);
        let why = match assigned.close.len() {
            1 => "in the next most likely order".to_owned(),
            n => format!("with {} others, in the next most likely order", n - 1),
        };
        instants.close(&literals[k], when.at_ns, instead_ns, &why);
    }
}

/// Pairs of clocks that are not one instant.
fn pair_defects(
    lines: &[Line],
    literals: &[Literal],
    assigned: &Assigned,
    whens: &[Option<When>],
    context: &Context,
) -> Vec<Defect> {
    let mut misfits: Vec<Misfit> = Vec::new();
    let mut pairs = 0;
    for k in 1..literals.len() {
        let pair = &literals[k];
        let first = (pair.paired, whens[k - 1], assigned.placed[k - 1], pair.zone);
        let (true, Some(when), Some(placed), Some(zone)) = first else {
            continue;
        };
        pairs += 1;
        misfits.extend(misfit(
            lines,
            pair,
            zone,
            (when.at_ns, placed.local),
            context,
        ));
    }
    pairs::defects(&misfits, pairs)
}

/// A second clock that disagrees with the first, which is the instant and its local time.
fn misfit(
    lines: &[Line],
    pair: &Literal,
    zone: ZoneText,
    (at_ns, local): (i64, NaiveDateTime),
    context: &Context,
) -> Option<Misfit> {
    let locals: Vec<NaiveDateTime> = [-1, 0, 1]
        .into_iter()
        .filter_map(|day| {
            let date = local.date() + chrono::Duration::days(day);
            date.and_hms_opt(pair.hour, pair.minute, pair.second.unwrap_or(0))
        })
        .collect();
    if locals
        .iter()
        .any(|&local| zone.zone_by_pair(at_ns, local).is_some())
    {
        return None;
    }
    let literally = zone.zone(locale(context.zone));
    let apart = |local: &NaiveDateTime| {
        let read = literally?.when(*local, NS_PER_MIN).ok()?;
        Some(read.at_ns - at_ns)
    };
    let fits = matches!(zone, ZoneText::Label(label) if shows(label.place, at_ns, pair));
    Some(Misfit {
        line: lines[pair.line].number,
        literal: printable(&pair.text),
        zone: Some(zone),
        at_ns,
        apart_ns: locals.iter().filter_map(apart).min_by_key(|ns| ns.abs()),
        fits,
    })
}

fn shows(place: chrono_tz::Tz, ns: i64, literal: &Literal) -> bool {
    let local = Zone::Named(place).local(ns);
    local.format("%H:%M").to_string() == format!("{:02}:{:02}", literal.hour, literal.minute)
}

/// Every line that is in no passage.
fn notes(record: &mut Record, lines: &[Line], used: &[bool]) {
    for (i, line) in lines.iter().enumerate() {
        let text = printable(line.text.trim());
        if !used[i] && !text.is_empty() && text != record.title {
            record.notes.push(Note {
                when: None,
                line: line.number,
                text,
            });
        }
    }
    record.notes.sort_by_key(|note| note.line);
}

/// More times than are read: of the text, and of the first line that has too many.
fn bounds(lines: &[Line], literals: &[Literal]) -> Vec<Defect> {
    let defect = |last: &Literal, what: String| Defect {
        line: lines[last.line].number,
        literal: printable(&last.text),
        what,
        reading: "the last one that is read as a time".to_owned(),
    };
    let of_text = literals.last().filter(|_| literals.len() >= LITERALS_MAX);
    let mut by_line = literals.chunk_by(|one, next| one.line == next.line);
    let of_line = by_line.find(|line| line.len() >= PER_LINE_MAX);
    let text =
        of_text.map(|last| defect(last, format!("the text has {LITERALS_MAX} times or more")));
    let line = of_line
        .and_then(<[Literal]>::last)
        .map(|last| defect(last, format!("the line has {PER_LINE_MAX} times or more")));
    text.into_iter().chain(line).collect()
}

fn dated(literals: &[Literal], words: &[String], whens: &[Option<When>]) -> Vec<Dated> {
    let all = literals.iter().zip(words).zip(whens);
    all.filter_map(|((literal, words), when)| {
        Some(Dated {
            line: literal.line,
            place: (literal.start, literal.end),
            when: (*when)?,
            words: words.clone(),
            entry: literal.entry,
        })
    })
    .collect()
}

/// The text that belongs to each literal; empty for those without a passage.
fn words_of(literals: &[Literal], passages: &[Passage]) -> Vec<String> {
    let mut words = vec![String::new(); literals.len()];
    for passage in passages {
        words[passage.literal].clone_from(&passage.words);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::super::milestone::MilestoneKind;
    use super::*;
    use crate::clock::words::rfc3339;
    use crate::clock::{Censor, NS_PER_S};
    use proptest::prelude::*;

    /// Claims as `letter[fraction] month-day hour:minute` UTC, in the record's order.
    fn check(path: &str, text: &str, zone: Option<Zone>, expected: &[&str]) -> Record {
        let record = read(
            path,
            text,
            &Context {
                zone,
                ..Context::default()
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

    #[test]
    fn a_line_whose_words_stand_beside_a_time_is_kept() {
        for (text, lost) in [
            ("]since 10:00 \naaa \naaa until 11:30 \n]\n", "until"),
            ("]\nsince 10:00 until 11:30 ", "until"),
            ("aaa \nPosted May 3, 2021 - 10:00 UTC until 11:30 ", "until"),
            ("0:60since 10:00 \naaa \naab since 10:00 \naba \n", "aab"),
        ] {
            let record = read("r.txt", text, &Context::default());
            assert!(
                record.notes.iter().any(|note| note.text.contains(lost)),
                "{text:?}: {record:?}"
            );
        }
    }

    #[test]
    fn more_times_in_a_line_than_are_read_are_told() {
        let told = |n: usize| {
            let text = format!("Log of 3 May 2021\n\n{}\n", "10:31 ".repeat(n));
            let record = read("r.md", &text, &Context::default());
            let is_it = |defect: &&Defect| defect.what.starts_with("the line has 64 times");
            record.defects.iter().find(is_it).map(|defect| defect.line)
        };
        assert_eq!((told(63), told(64), told(500)), (None, Some(3), Some(3)));
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
                ..Context::default()
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
            &["D 10-16T12:52", "V 10-16T13:00"],
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
            &Context {
                zone,
                range_ns,
                written_ns: None,
            },
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

    #[test]
    fn words_of_exactness_widen_the_interval() {
        let text = "# Shop, 3 May 2021 (times in UTC)\n- Around 10:15 the outage began\n- By 11:05 the service was restored\n";
        let record = check("r.md", text, None, &["S 05-03T10:15", "R 05-03T11:05"]);
        let minutes: Vec<(i64, i64)> = record
            .milestones
            .iter()
            .map(|m| (m.when.at_ns - m.when.lo_ns, m.when.hi_ns - m.when.at_ns))
            .map(|(before, after)| (before / NS_PER_MIN, after / NS_PER_MIN))
            .collect();
        assert_eq!(minutes, [(15, 15), (30, 0)]);
    }

    #[test]
    fn times_told_from_another_are_claims() {
        let text = "# Shop, 3 May 2021 (times in UTC)\n\n- 10:00 the outage begins (T0)\n- T+12m: the team was paged\n- 10:30 we rolled back; 15 minutes later the service was restored\n";
        check(
            "r.md",
            text,
            None,
            &[
                "S 05-03T10:00",
                "N 05-03T10:12",
                "X 05-03T10:30",
                "R 05-03T10:45",
            ],
        );
        let text = "# Shop, 3 May 2021 (times in UTC)\nThe outage began at 10:00 and all was down for 38 minutes.\n";
        check("r.md", text, None, &["S 05-03T10:00", "R 05-03T10:38"]);
    }

    #[test]
    fn a_range_is_the_impact_and_between_is_an_interval() {
        let text = "# Shop, 3 May 2021\nFrom 6:26 PM to 7:58 PM PT all orders failed.\n";
        check("r.md", text, None, &["S 05-04T01:26", "R 05-04T02:58"]);
        let text =
            "# Shop, 3 May 2021 (times in UTC)\nSometime between 10:00 and 10:20 errors began.\n";
        let record = check("r.md", text, None, &["S 05-03T10:00"]);
        let when = record.milestones[0].when;
        assert_eq!((when.hi_ns - when.lo_ns + 1) / NS_PER_MIN, 21);
    }

    #[test]
    fn a_chat_is_read_by_its_speakers() {
        let text = "3 May 2021, all times in UTC\n[10:02] alice: looks like the database is down\n[10:04] bob: on it, rolling back now\n[10:09] alice: all back to normal\n";
        let record = check(
            "chat.txt",
            text,
            None,
            &["D 05-03T10:02", "X 05-03T10:04", "R 05-03T10:09"],
        );
        assert_eq!(record.kind, RecordKind::Chat);
        let from = |m: &super::super::Milestone| m.source == super::super::ClaimSource::Chat;
        assert!(record.milestones.iter().all(from));
    }

    #[test]
    fn a_list_of_events_is_read_by_its_keys() {
        let text = "---\ntitle: The shop\n---\n- **Key events**\n  - Fault occurs 2021-05-03 10:00\n  - First detected: 2021-05-03 (time not known)\n  - Repaired 2021-05-03 1130\n  - Resolved 2021-05-03 12:00\n\n- **Time to repair**: 7h (during support hours 10:00-17:00)\n";
        let record = check(
            "r.md",
            text,
            Some(Zone::UTC),
            &[
                "S 05-03T10:00",
                "D 05-03T12:00",
                "R 05-03T11:30",
                "V 05-03T12:00",
            ],
        );
        assert_eq!(record.title, "The shop");
        let day = record.milestones[1].when;
        assert_eq!((day.hi_ns - day.lo_ns + 1) / NS_PER_MIN, 24 * 60);
    }

    #[test]
    fn clocks_set_back_or_forward_are_told() {
        let london = Some(Zone::Named(chrono_tz::Tz::Europe__London));
        let record = check(
            "r.txt",
            "2020-10-25\n01:30 the outage begins\n",
            london,
            &["S 10-25T00:30"],
        );
        let when = record.milestones[0].when;
        assert_eq!((when.hi_ns - when.lo_ns + 1) / NS_PER_MIN, 61);
        let york = Some(Zone::Named(chrono_tz::Tz::America__New_York));
        let record = check("r.txt", "2021-03-14\n02:30 the outage begins\n", york, &[]);
        assert!(
            record.defects[0].reading.contains("01:30 or 03:30"),
            "{:?}",
            record.defects
        );
        assert!(
            record
                .notes
                .iter()
                .any(|note| note.text.contains("the outage begins"))
        );
    }

    #[test]
    fn a_label_that_several_places_use_is_asked_about() {
        let text = "2021-05-03\n10:00 EST the outage begins\n";
        let record = check("r.txt", text, None, &["S 05-03T15:00"]);
        assert!(
            record.defects[0].what.contains("give --tz"),
            "{:?}",
            record.defects
        );
        assert_eq!(record.readings.len(), 1);
        let text = "2021-01-03\n22:00 CST / 14:00 UTC the outage begins\n";
        let record = check("r.txt", text, None, &["S 01-03T14:00"]);
        assert_eq!((record.defects.len(), record.readings.len()), (0, 0));
    }

    #[test]
    fn a_label_of_the_other_season_is_told() {
        let record = check(
            "r.txt",
            "2021-07-03\n10:00 PST the outage begins\n",
            None,
            &["S 07-03T18:00"],
        );
        assert!(
            record.defects[0].what.contains("showed PDT then"),
            "{:?}",
            record.defects
        );
        assert_eq!(record.readings.len(), 1);
    }

    #[test]
    fn a_wrong_weekday_is_told() {
        let record = check(
            "r.txt",
            "Thursday 25 October 2019\n10:00 UTC the outage begins\n",
            None,
            &["S 10-25T10:00"],
        );
        assert_eq!(record.defects[0].what, "25 October 2019 was a Friday");
    }

    #[test]
    fn two_incidents_under_headings_of_their_own_are_told_apart() {
        let text = "# Log (times in UTC)\n## 3 May 2021: shop down\nAn alert fired at 10:00.\n10:30 it is restored\n## 9 May 2021: search slow\n09:00 users reported slow pages\n09:30 it is restored\n";
        let record = read("r.md", text, &Context::default());
        let told: Vec<_> = record
            .incidents
            .iter()
            .map(|one| (one.title.as_str(), one.noticed_by, one.claims.len()))
            .collect();
        let by = super::super::NoticedBy::Customer;
        let monitor = super::super::NoticedBy::Monitor;
        assert_eq!(
            told,
            [
                ("3 May 2021: shop down", Some(monitor), 2),
                ("9 May 2021: search slow", Some(by), 2)
            ]
        );
    }

    #[test]
    fn a_text_of_times_alone_is_bounded() {
        let text =
            "2021-05-03\n".to_owned() + &"10:00 and 11:00, 12:00 AM it failed\n".repeat(5_000);
        let record = read("r.txt", &text, &Context::default());
        let bound = |d: &Defect| d.what.starts_with("the text has 10000 times");
        assert!(
            record.defects.iter().any(bound),
            "{:?}",
            record.defects.last()
        );
    }

    /// The posts of a page, newest first.
    const POSTS: [&str; 5] = [
        "Resolved\nThis incident has been resolved.\nPosted Aug 05, 2020 - 04:00 CEST",
        "Monitoring\nA fix has been applied.\n\nWe are monitoring the results.\nPosted Aug 05, 2020 - 03:29 CEST",
        "Identified\nWe have identified the root cause.\nPosted Aug 05, 2020 - 01:26 CEST",
        "Update\nThe service was interrupted again.\nPosted Aug 04, 2020 - 23:40 CEST",
        "Investigating\nWe are investigating slow pages.\nPosted Aug 04, 2020 - 23:06 CEST",
    ];

    proptest! {
        #[test]
        fn the_order_of_the_posts_changes_no_milestone(
            order in proptest::sample::subsequence(vec![0usize, 1, 2, 3, 4], 5).prop_shuffle(),
        ) {
            let claims = |order: &[usize]| {
                let posts: Vec<&str> = order.iter().map(|&i| POSTS[i]).collect();
                let text = format!("The platform\n\n{}\n", posts.join("\n\n"));
                let record = read("status.txt", &text, &Context::default());
                let mut claims: Vec<_> = record
                    .milestones
                    .iter()
                    .map(|m| (m.kind, m.when.at_ns, m.when.lo_ns, m.when.hi_ns, m.note.clone()))
                    .collect();
                claims.sort();
                claims
            };
            prop_assert_eq!(claims(&order), claims(&[0, 1, 2, 3, 4]));
        }

        #[test]
        fn every_line_is_a_claim_a_note_or_the_title(
            lines in proptest::collection::vec("((- |\\* |\\[)?([0-9]{1,2}:[0-9]{2}( [AP]M|Z)?|2021-05-0[1-9]|Posted May 3, 2021 - 10:00 UTC|T\\+5m|10 minutes later)?[\\]:,]? ?(- )?)?([a-z]{3,7} |restored |outage began |since 10:00 |until 11:30 ){0,6}", 0..25),
        ) {
            let text = lines.join("\n");
            let record = read("r.txt", &text, &Context { zone: Some(Zone::UTC), ..Context::default() });
            let letters = |text: &str| -> String { text.chars().filter(char::is_ascii_lowercase).collect() };
            let notes = record.notes.iter().map(|n| n.text.as_str());
            let claims = record.milestones.iter().map(|m| m.note.as_str());
            let kept: String = notes.chain(claims).chain([record.title.as_str()]).map(letters).collect::<Vec<_>>().join("|");
            for line in text.lines() {
                for word in line.split(|c: char| !c.is_ascii_lowercase()).filter(|w| w.len() >= 3 && *w != "osted") {
                    prop_assert!(kept.contains(word), "{:?} of {:?} is not in {}", word, line, kept);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_safe_and_no_line_is_lost(
            text: String,
            told in "(\n[0-9]{1,2}:[0-9]{2}( [AP]M)? - |\n2021-03-0[0-9]\n|[ .,/\\-\n]|restored|PST|to|é|[a-z]{3,9}){0,40}",
        ) {
            let zone = Some(Zone::Named(chrono_tz::Tz::Europe__London));
            for text in [text, told] {
                let record = read("r.txt", &text, &Context { zone, ..Context::default() });
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
