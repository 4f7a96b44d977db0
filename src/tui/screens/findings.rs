//! What the linter found in the records of a review, record by record.

use super::super::document::Document;
use super::super::look::Ink;
use super::super::model::Model;
use super::super::numbers::count;
use super::super::pen::Piece;
use super::case::mend;
use crate::reports::review::lints::Linted;

/// Findings listed, at most.
const LISTED_MAX: usize = 500;

/// Records with findings first, in the order of their paths; then how many have none.
pub fn document(model: &Model) -> Document {
    let mut document = Document::default();
    let Some(board) = &model.review.board else {
        document.text("Reading: nothing is known yet.", Ink::Plain);
        return document;
    };
    let width = usize::from(model.size.0);
    let (with, without): (Vec<_>, Vec<_>) =
        board.linted.iter().partition(|one| !one.mends.is_empty());
    let (mut room, all) = (
        LISTED_MAX,
        with.iter().map(|one| one.mends.len()).sum::<usize>(),
    );
    for one in with {
        let shown = room.min(one.mends.len());
        if shown > 0 {
            record(&mut document, one, shown, width);
        }
        room -= shown;
    }
    if all > LISTED_MAX {
        let text = format!("+{} more: rfo lint lists them all", all - LISTED_MAX);
        document.text(text, Ink::Warn);
    }
    if board.linted.is_empty() {
        document.text("No record is open: there is nothing to check.", Ink::Plain);
    } else if !without.is_empty() {
        let records = count(without.len() as u64, "record");
        document.heading(&format!("No findings in {records}"));
        for one in without.into_iter().take(LISTED_MAX) {
            let pieces = vec![Piece::new(
                format!("{}, {}", one.path, about(one)),
                Ink::Dim,
            )];
            document.row(format!("record {}", one.path), pieces);
        }
    }
    document
}

fn record(document: &mut Document, one: &Linted, shown: usize, width: usize) {
    let findings = count(one.mends.len() as u64, "finding");
    document.heading(&format!("{}: {findings}", one.path));
    document.text(about(one), Ink::Dim);
    for finding in one.mends.iter().take(shown) {
        let name = one.path.rsplit('/').next().unwrap_or(&one.path);
        mend(document, name, finding, width);
    }
}

/// `report, 4 stated lengths, 2 follow from its timeline`.
fn about(one: &Linted) -> String {
    let stated = match one.stated {
        0 => "no length of time is stated".to_owned(),
        n => format!(
            "{}, {} of them {} from its own timeline",
            count(n as u64, "stated length"),
            one.reproducible,
            if one.reproducible == 1 {
                "follows"
            } else {
                "follow"
            }
        ),
    };
    format!("{}, {stated}", one.kind.word())
}
