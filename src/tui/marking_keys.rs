//! The keys that mark: milestones and notes at the cursor or now, corrections, undo, saving.
//!
//! In: keys, and what is typed. Out: wishes for `Effect::Keep`.

use super::marking::{Keep, Keeping, wish};
use super::model::{Effect, Model, Screen};
use super::moves;
use super::prompt::{Prompt, Purpose};
use super::screens::incident::claim_key;
use crate::clock::words::clock_time;
use crate::clock::{NS_PER_MIN, NS_PER_S, When, Zone};
use crate::events::Evidence;
use crate::records::incident_file::{Action, Entry, LogPlace, Stated, when_of};
use crate::records::{ByHand, ClaimSource, Milestone, MilestoneKind};

/// A typed clock time is the one that is nearest to what it corrects.
const HALF_A_DAY_NS: i64 = 12 * 60 * NS_PER_MIN;

/// Does what a key asks for.
pub fn act(model: &mut Model, keeping: Keeping) -> Effect {
    let keep = match keeping {
        Keeping::Mark(kind) => mark_at_cursor(model, kind).map(Keep::Put),
        Keeping::MarkNow(kind) => Some(Keep::Put(Box::new(mark(kind)))),
        Keeping::Undo => Some(Keep::Undo),
        Keeping::Save => Some(Keep::Save),
        Keeping::Note => {
            begin_note(model);
            None
        }
        Keeping::Correct => {
            begin_correction(model);
            None
        }
        Keeping::Retract => {
            begin_retraction(model);
            None
        }
    };
    keep.map_or(Effect::None, |keep| wish(model, keep))
}

fn mark(kind: MilestoneKind) -> Entry {
    Entry {
        kind: Some(kind.name().to_owned()),
        ..Entry::new(Action::Mark, "", 0)
    }
}

fn mark_at_cursor(model: &mut Model, kind: MilestoneKind) -> Option<Box<Entry>> {
    let (after, line) = at_cursor(model)?;
    Some(Box::new(Entry {
        after: Some(after),
        line,
        ..mark(kind)
    }))
}

/// Where the cursor is: as exact as a line's stamp on Logs, else as a cell of the Timeline.
fn at_cursor(model: &mut Model) -> Option<(Stated, Option<LogPlace>)> {
    let chosen = match model.screen {
        Screen::Logs => super::logs::selected_index(model),
        _ => None,
    };
    let (when, line) = match (chosen, model.cursor(), model.span()) {
        (Some(index), ..) => {
            let line = model.logs.rows[index].line;
            let inputs = model.snapshot.as_ref().map(|snapshot| &snapshot.inputs);
            let input = inputs.and_then(|inputs| inputs.get(line.source));
            let place = input.map(|input| LogPlace {
                path: input.path.clone(),
                line: line.line,
                offset: line.offset,
                rest: serde_json::Map::new(),
            });
            (When::exact(line.time_ns), place)
        }
        (None, Some(cursor), Some(span)) => {
            (in_cell(cursor, span.cell_ns(moves::columns(model))), None)
        }
        _ => {
            model.message = Some("nothing was read yet: there is no time to mark".to_owned());
            return None;
        }
    };
    Some((stated(&when, model.zone()), line))
}

/// A cell from the cursor on, without the fractions of a unit that no cell of its width can mean.
fn in_cell(cursor_ns: i64, cell_ns: i64) -> When {
    let unit_ns = if cell_ns < 2 * NS_PER_S {
        NS_PER_S / 1000
    } else {
        NS_PER_S
    };
    let at_ns = cursor_ns - cursor_ns.rem_euclid(unit_ns);
    When::stamped(at_ns, cell_ns - cell_ns.rem_euclid(unit_ns) + unit_ns)
}

fn stated(when: &When, zone: Zone) -> Stated {
    Stated {
        zone: match zone {
            Zone::Named(zone) => zone.name().to_owned(),
            Zone::Fixed(_) => zone.name_at(when.at_ns),
        },
        ..Stated::of(when, "human")
    }
}

fn begin_note(model: &mut Model) {
    let Some((after, line)) = at_cursor(model) else {
        return;
    };
    model.marking.draft = Some(Entry {
        after: Some(after),
        line,
        ..Entry::new(Action::Note, "", 0)
    });
    model.prompt = Some(Prompt::new(Purpose::Note, ""));
}

fn begin_correction(model: &mut Model) {
    let Some(claim) = selected(model) else { return };
    let hand = claim.hand.as_ref();
    let is_mark = |what| what == ByHand::Marked;
    // An override that stands is what the new one replaces.
    let overriding = model.concluded().and_then(|concluded| {
        let mut amended = concluded.measured.amended.iter();
        let one = amended.find(|one| one.kind == claim.kind)?;
        concluded.incident.milestones.get(one.claim)
    });
    let before = overriding.unwrap_or(&claim);
    let before = Stated::of(&before.when, before.source.name());
    let entry = Entry::new(Action::Amend, "", 0);
    model.marking.draft = Some(match hand {
        Some(hand) if is_mark(hand.what) => Entry {
            of: Some(hand.id.clone()),
            ..entry
        },
        _ => Entry {
            kind: Some(claim.kind.name().to_owned()),
            before: Some(before),
            ..entry
        },
    });
    let at = clock_time(claim.when.at_ns, model.zone());
    let mut prompt = Prompt::new(Purpose::Instant(claim.when.at_ns), &at);
    prompt.error = Some(format!(
        "{} (-2m, +30s)",
        claim.kind.name().replace('_', " ")
    ));
    model.prompt = Some(prompt);
}

fn begin_retraction(model: &mut Model) {
    let Some(claim) = selected(model) else { return };
    let place = claim.evidence().iter().find_map(|evidence| match evidence {
        Evidence::Line { path, line, .. } => Some(format!("{path}:{line}")),
        Evidence::Signal { .. } => None,
    });
    let of = match (&claim.hand, claim.source) {
        (Some(hand), _) if hand.what != ByHand::Retracted => Some(hand.id.clone()),
        (Some(_), _) => {
            model.message = Some("it is retracted already; u undoes what you did last".to_owned());
            return;
        }
        (None, ClaimSource::Log) => None,
        (None, _) => place,
    };
    let Some(of) = of else {
        model.message = Some("the logs say so: .c corrects it, it cannot be retracted".to_owned());
        return;
    };
    model.marking.draft = Some(Entry {
        kind: Some(claim.kind.name().to_owned()),
        of: Some(of),
        ..Entry::new(Action::Retract, "", 0)
    });
    model.prompt = Some(Prompt::new(Purpose::Reason, ""));
}

/// The selected milestone: that of the row, or the one at the cursor on the lane of people.
fn selected(model: &mut Model) -> Option<Milestone> {
    let found = match model.screen {
        Screen::Incident => {
            let document = &model.drawn.document;
            let row = document.selected(model.rows.get(&Screen::Incident));
            let key = row.map(|index| &document.rows[index].key);
            let mut claims = model.concluded()?.incident.milestones.iter();
            claims.find(|claim| Some(&claim_key(claim)) == key).cloned()
        }
        _ => at_the_cursor(model),
    };
    if found.is_none() {
        let where_to = match model.screen {
            Screen::Incident => "select a row below Milestones first",
            _ => "nobody said anything at the cursor; 2 and Enter list the milestones",
        };
        model.message = Some(where_to.to_owned());
    }
    found
}

/// What a person said in the cell of the cursor; of several what is nearest.
fn at_the_cursor(model: &Model) -> Option<Milestone> {
    let (span, cursor) = (model.span()?, model.cursor()?);
    let columns = moves::columns(model);
    let cell = span.nearest(cursor, columns);
    let said = super::marks::said(model.snapshot.as_ref()?, &model.marking);
    let here = said
        .into_iter()
        .filter(|claim| span.column(claim.when.at_ns, columns) == Some(cell));
    here.min_by_key(|claim| claim.when.at_ns.abs_diff(cursor))
        .cloned()
}

/// What was typed is meant.
pub fn entered(model: &mut Model, mut prompt: Prompt) -> Effect {
    let Some(mut draft) = model.marking.draft.take() else {
        return Effect::None;
    };
    let typed = prompt.text.trim().to_owned();
    let wrong = match prompt.purpose {
        Purpose::Note if typed.is_empty() => Some("a note needs words".to_owned()),
        Purpose::Reason if typed.is_empty() => Some("a reason is needed".to_owned()),
        Purpose::Instant(old_ns) => match instant(&typed, model.zone(), old_ns) {
            Ok(after) => {
                draft.after = Some(after);
                (model.marking.draft, model.prompt) =
                    (Some(draft), Some(Prompt::new(Purpose::Reason, "")));
                return Effect::None;
            }
            Err(why) => Some(why),
        },
        _ => None,
    };
    if wrong.is_some() {
        prompt.error = wrong;
        (model.marking.draft, model.prompt) = (Some(draft), Some(prompt));
        return Effect::None;
    }
    match prompt.purpose {
        Purpose::Note => draft.note = typed,
        _ => draft.why = typed,
    }
    wish(model, Keep::Put(Box::new(draft)))
}

/// A typed instant: a clock time is the nearest one to what it corrects, a signed length is
/// counted from there.
fn instant(typed: &str, zone: Zone, old_ns: i64) -> Result<Stated, String> {
    let length = typed.strip_prefix(['-', '+']);
    let Some(length) = length else {
        if typed == "now" {
            return Err("write the time".to_owned());
        }
        let read = when_of(typed, zone, old_ns.saturating_add(HALF_A_DAY_NS));
        return read.map_err(|_| "not a time like 15:40:12 or 2024-02-03 15:40".to_owned());
    };
    let back = when_of(&format!("-{length}"), zone, 0).map_err(|_| "not like -2m, +30s".to_owned());
    let back = back?;
    let sign = if typed.starts_with('-') { 1 } else { -1 };
    let half_ns = back.hi_ns - back.at_ns;
    let at_ns = old_ns.saturating_add(back.at_ns.saturating_mul(sign));
    let when = When::between(
        at_ns.saturating_sub(half_ns),
        at_ns,
        at_ns.saturating_add(half_ns),
    );
    Ok(Stated {
        literal: typed.to_owned(),
        ..stated(&when, zone)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_has_no_fractions_that_it_cannot_mean() {
        let cell = in_cell(52 * NS_PER_S + 222_222_222, 200 * NS_PER_S);
        assert_eq!((cell.at_ns, cell.lo_ns), (52 * NS_PER_S, 52 * NS_PER_S));
        assert!(cell.hi_ns >= 252 * NS_PER_S + 222_222_221);
        let near = in_cell(1_234_567, 5_000_000);
        assert_eq!(near.at_ns, 1_000_000);
    }

    #[test]
    fn a_typed_time_is_near_to_what_it_corrects() {
        let old_ns = 1_437_576_000 * NS_PER_S;
        let check = |typed: &str, expected_s: i64| {
            let read = instant(typed, Zone::UTC, old_ns).expect(typed);
            assert_eq!((read.at_ns - old_ns) / NS_PER_S, expected_s, "{typed}");
        };
        check("14:40:00", 0);
        check("14:39:30", -30);
        check("23:00:00", 30_000);
        check("04:00:00", 48_000 - 86_400);
        check("-2m", -120);
        check("+90s", 90);
        check("2015-07-22 14:41", 60);
        for wrong in ["", "now", "noon", "+", "-x", "25:00"] {
            assert!(instant(wrong, Zone::UTC, old_ns).is_err(), "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_typed_instant_is_safe(typed: String, old_ns in 0..4_000_000_000_000_000_000_i64) {
            let _ = instant(&typed, Zone::UTC, old_ns);
            let _ = instant(&format!("-{typed}"), Zone::UTC, old_ns);
            let _ = instant(&format!("+{typed}s"), Zone::UTC, old_ns);
        }
    }
}
