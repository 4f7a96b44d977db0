//! The milestones of one incident with who says so, what was done by hand, notes, and what changed
//! since an incident file was saved.

use super::super::super::document::Document;
use super::super::super::look::Ink;
use super::super::super::marking::Marking;
use super::super::super::marking_words;
use super::super::super::model::Model;
use super::super::super::pen::Piece;
use super::{instant, place, target};
use crate::analysis::Concluded;
use crate::clock::{Censor, Zone};
use crate::records::{ByHand, Milestone, MilestoneKind};

/// The identity of a claim's row: of a mark it stays when its instant is corrected.
pub fn claim_key(claim: &Milestone) -> String {
    let (kind, source) = (claim.kind.name(), claim.source.words());
    match &claim.hand {
        Some(hand) => format!("claim {kind} {source} {}", hand.id),
        None => format!("claim {} {kind} {source}", claim.when.at_ns),
    }
}

/// All claims, by time; then the notes.
pub fn rows(document: &mut Document, model: &Model, concluded: &Concluded, zone: Zone) {
    let heading = "Milestones (Enter: the evidence; .c corrects, .x retracts)";
    claims(document, heading, &model.marking, concluded, zone);
    if !model.marking.notes.is_empty() {
        document.heading("Notes");
    }
    for note in &model.marking.notes {
        let who = match note.who == model.marking.who {
            true => "mine".to_owned(),
            false => format!("by {}", note.who),
        };
        let text = format!("{}  {}  ", instant(note.when, concluded, zone), note.text);
        let pieces = vec![Piece::new(text, Ink::Plain), Piece::new(who, Ink::Dim)];
        document.row(format!("note {}", note.id), pieces);
    }
}

/// All claims under a heading; nothing without a claim.
pub fn claims(
    document: &mut Document,
    heading: &str,
    marking: &Marking,
    concluded: &Concluded,
    zone: Zone,
) {
    let claims = &concluded.incident.milestones;
    if !claims.is_empty() {
        document.heading(heading);
    }
    for (i, claim) in claims.iter().enumerate() {
        let pieces = pieces(marking, concluded, (i, claim), zone);
        document.row(claim_key(claim), pieces).target = claim.evidence().first().and_then(target);
    }
}

fn pieces(
    marking: &Marking,
    concluded: &Concluded,
    (i, claim): (usize, &Milestone),
    zone: Zone,
) -> Vec<Piece> {
    let measured = &concluded.measured;
    let premature = measured.premature.iter().any(|wrong| wrong.claim == i);
    let is_over = matches!(
        claim.kind,
        MilestoneKind::Restored | MilestoneKind::Mitigated
    );
    let hand = claim.hand.as_ref();
    let is_retracted = hand.is_some_and(|hand| hand.what == ByHand::Retracted);
    // What counts no longer is there to be read, and nothing more.
    let plain = if is_retracted { Ink::Dim } else { Ink::Plain };
    let ink = match (premature, is_over) {
        _ if is_retracted => Ink::Dim,
        (true, _) => Ink::Bad,
        (false, true) => Ink::Good,
        (false, false) => Ink::Plain,
    };
    let sure = if claim.confidence < 0.995 {
        format!(" {:.0} % sure", claim.confidence * 100.0)
    } else {
        String::new()
    };
    let amended = measured.amended.iter().find(|one| one.kind == claim.kind);
    let computed = amended.and_then(|one| one.computed.as_ref());
    let is_overridden =
        hand.is_none() && computed.is_some_and(|one| one.when.at_ns == claim.when.at_ns);
    let by_hand = hand.map_or_else(String::new, |hand| {
        format!("{}  ", marking_words::hand(hand, marking, zone))
    });
    let said = match (premature, is_overridden) {
        (true, _) => "premature! ",
        (false, true) => "overridden  ",
        (false, false) if claim.when.censor == Some(Censor::Unconfirmed) => "not confirmed  ",
        (false, false) => "",
    };
    vec![
        Piece::new(
            format!("{} ", claim.kind.letter()),
            if is_retracted { Ink::Dim } else { Ink::Key },
        ),
        Piece::new(
            format!("{:<19} ", instant(claim.when, concluded, zone)),
            plain,
        ),
        Piece::new(format!("{:<19}", claim.kind.name().replace('_', " ")), ink),
        Piece::new(format!("{:<12}", claim.source.words()), plain),
        Piece::new(by_hand, if is_retracted { Ink::Warn } else { Ink::Key }),
        Piece::new(said, if premature { Ink::Bad } else { Ink::Warn }),
        Piece::new(format!("{}{sure}", claim.note), plain),
        Piece::new(format!("  {}", place(claim.evidence())), Ink::Dim),
    ]
}

/// What changed in the conclusions about this incident since each incident file was saved.
pub fn since_saved(document: &mut Document, model: &Model, concluded: &Concluded, zone: Zone) {
    for since in &model.marking.since {
        let id = &concluded.incident.id;
        let mine = since.changes.iter().filter(|one| one.incident == *id);
        let rows: Vec<_> = mine.collect();
        if rows.is_empty() {
            continue;
        }
        let (then, now) = since.events;
        let events = match then == now {
            true => "the same events".to_owned(),
            false => format!("{then} events then, {now} now"),
        };
        let saved = marking_words::saved(since, zone);
        document.heading(&format!("Changed since {saved} ({events})"));
        for change in rows {
            let before = marking_words::shown(&change.before, zone);
            let after = marking_words::shown(&change.after, zone);
            let pieces = vec![
                Piece::new(
                    format!("{:<19}", change.what.replace('_', " ")),
                    Ink::Strong,
                ),
                Piece::new(format!("{before} → {after}"), Ink::Warn),
            ];
            document.row(format!("since {} {}", since.path, change.what), pieces);
        }
    }
}
