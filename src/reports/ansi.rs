//! The timeline with colours, for a terminal or a chat that shows them.
//!
//! In: a `Snapshot`. Out: lines of at most 80 cells. Without colours it says the same.

use crate::analysis::Snapshot;
use crate::reports::layout::{Page, Paint};
use crate::reports::redact::Redactor;
use crate::reports::text::{self, Look, PictureRow, RowKind};
use crate::series::Family;

/// Headline, incidents and picture. Whether it has colours is the look's.
pub fn ansi(snapshot: &Snapshot, look: Look, redactor: Redactor) -> String {
    let mut page = Page::redacting(look.width, look.colour, redactor);
    text::heads(&mut page, snapshot);
    page.line("");
    let width = page.width();
    for row in text::picture(snapshot, width, &mut |text| page.renamed(text)) {
        line(&mut page, &row);
    }
    page.finish()
}

fn line(page: &mut Page, row: &PictureRow) {
    match paint(row.kind) {
        Some(paint) => page.painted(paint, &row.text),
        None => page.line(&row.text),
    }
}

fn paint(kind: RowKind) -> Option<Paint> {
    match kind {
        RowKind::Axis | RowKind::Words => Some(Paint::Dim),
        RowKind::Windows => Some(Paint::Red),
        RowKind::Changes => Some(Paint::Yellow),
        RowKind::People => Some(Paint::Bold),
        RowKind::Signal(Family::Traffic) => Some(Paint::Green),
        RowKind::Signal(Family::Errors) => Some(Paint::Red),
        RowKind::Signal(Family::Latency | Family::SlowQueries) => Some(Paint::Yellow),
        RowKind::Signal(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::fixture;

    #[test]
    fn colours_change_no_word() {
        let of = |colour| {
            let look = Look { colour, width: 80 };
            ansi(&fixture::outage(), look, Redactor::none())
        };
        let codes = regex::Regex::new("\u{1b}\\[[0-9;]*m").expect("a valid pattern");
        assert!(of(true).contains("\u{1b}[1;31m"));
        assert_eq!(codes.replace_all(&of(true), ""), of(false));
        insta::assert_snapshot!("ansi_outage", of(false));
    }
}
