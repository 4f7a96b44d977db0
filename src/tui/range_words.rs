//! What explains the selected range, in two lines of the Timeline: who or what makes up its
//! excess over all other data, and which signals moved. The figures are those of Contributors.

use super::compare::{Subject, subject};
use super::lane_names::stem;
use super::look::Ink;
use super::model::Model;
use super::numbers::{times, with_unit};
use super::pen::Piece;
use super::words::{contributor, short_signal};
use crate::analysis::comparison::Comparison;
use crate::analysis::selection::Selected;
use crate::clock::NS_PER_MIN;
use crate::clock::words::{clock_minute, clock_time, length};

/// A signal that is not this many times its rest, or its rest not this many times it, did not
/// move.
const MOVED: f64 = 1.1;
/// Who makes up less of an excess does not explain it.
const SHARE_MIN: f64 = 0.3;

/// The lines; none without a range, one while it is compared.
pub fn lines(model: &Model) -> Vec<Vec<Piece>> {
    let Some(Subject::Range(from_ns, to_ns)) = subject(model).filter(|_| is_set(model)) else {
        return Vec::new();
    };
    let zone = model.zone();
    let clock = match to_ns - from_ns < 10 * NS_PER_MIN {
        true => clock_time,
        false => clock_minute,
    };
    let lasts = length(to_ns - from_ns);
    let head = format!("range {}-{}", clock(from_ns, zone), clock(to_ns, zone));
    let head = Piece::new(format!("{head} ({lasts}): "), Ink::Key);
    let comparing = &model.comparing;
    let is_ours = comparing.subject == Some(Subject::Range(from_ns, to_ns));
    match comparing.answer.as_ref().filter(|_| is_ours) {
        None => vec![vec![head, Piece::new("comparing ...", Ink::Warn)]],
        Some(answer) => {
            let width = usize::from(model.size.0).saturating_sub(2);
            vec![explained(head, answer, width), moved(answer, width)]
        }
    }
}

/// Whether both ends of a range are set.
pub fn is_set(model: &Model) -> bool {
    model.range.0.is_some() && model.range.1.is_some()
}

/// `range 15:40-15:52 (12 min): query select token_auth: 97 % of the extra seconds; client x: ...`.
fn explained(head: Piece, answer: &Comparison, width: usize) -> Vec<Piece> {
    let mut found: Vec<_> = answer
        .signals
        .iter()
        .filter_map(|signal| signal.contributors.first())
        .filter(|one| one.share_of_excess >= SHARE_MIN)
        .collect();
    // Time first: it is what users wait for; then failures, then numbers.
    let rank = |unit: &str| match unit {
        "s" => 0,
        "share" => 1,
        _ => 2,
    };
    found.sort_by(|one, other| {
        let of = |unit| rank(unit);
        of(one.counterfactual.unit)
            .cmp(&of(other.counterfactual.unit))
            .then(other.share_of_excess.total_cmp(&one.share_of_excess))
    });
    let mut out = vec![head];
    let mut said: Vec<String> = Vec::new();
    let mut room = width.saturating_sub(out[0].text.chars().count());
    for one in found {
        let mut pieces = contributor(one, room.min(width / 2 + 20));
        pieces.truncate(2);
        let cells: usize = pieces.iter().map(|piece| piece.text.chars().count()).sum();
        if said.contains(&pieces[0].text) || (!said.is_empty() && cells + 2 > room) {
            continue;
        }
        if !said.is_empty() {
            out.push(Piece::new("; ", Ink::Plain));
        }
        said.push(pieces[0].text.clone());
        room = room.saturating_sub(cells + 2);
        out.extend(pieces);
    }
    if said.is_empty() {
        let nobody = "nobody and nothing stands out against the rest";
        out.push(Piece::new(nobody, Ink::Plain));
    }
    out
}

/// `moved: errors haproxy 65 % (was 0.1 %), latency nginx 1.1 s (x14)`.
fn moved(answer: &Comparison, width: usize) -> Vec<Piece> {
    if answer.signals.iter().all(|one| one.baseline.is_none()) {
        let alone = "there are no other data to compare it with";
        return vec![Piece::new(alone, Ink::Dim)];
    }
    let far = |one: &Selected| match (one.ratio, one.baseline) {
        (Some(ratio), _) if ratio > 0.0 => ratio.max(1.0 / ratio),
        (None, Some(_)) if one.observed == 0.0 => 1.0,
        _ => f64::INFINITY,
    };
    let mut moved: Vec<&Selected> = answer
        .signals
        .iter()
        .filter(|one| far(one) >= MOVED)
        .collect();
    moved.sort_by(|one, other| far(other).total_cmp(&far(one)));
    let words = |one: &&Selected| {
        let source = one.signal.split(' ').next().unwrap_or_default();
        let value = with_unit(one.observed, one.unit);
        let was = match (one.ratio, one.baseline) {
            (Some(ratio), _) => times(ratio),
            (None, Some(was)) => format!("was {}", with_unit(was, one.unit)),
            (None, None) => "nothing to compare with".to_owned(),
        };
        format!(
            "{} {} {value} ({was})",
            short_signal(&one.signal),
            stem(source)
        )
    };
    let mut out = vec![Piece::new("moved: ", Ink::Dim)];
    let mut room = width.saturating_sub(7);
    let mut joint = "";
    for text in moved.iter().map(words) {
        let text = format!("{joint}{text}");
        let cells = text.chars().count();
        if cells <= room || joint.is_empty() {
            room = room.saturating_sub(cells);
            out.push(Piece::new(text, Ink::Plain));
            joint = ", ";
        }
    }
    if joint.is_empty() {
        out.push(Piece::new("no signal; all are as in the rest", Ink::Plain));
    }
    out
}
