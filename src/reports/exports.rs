//! Reports that leave the terminal: for a review, a chat, a spreadsheet, a status page.
//!
//! In: a `Snapshot`, and whether clients, users and secrets get pseudonyms. Out: texts. The same
//! document is behind Markdown and HTML, the same drawing behind HTML and SVG.

use super::document::{document, html};
use super::drawing::svg::Use;
use super::drawing::{Drawing, svg, values};
use super::redact::Redactor;
use super::{Look, csv as table, document as papers, status as posts, text};
use crate::analysis::Snapshot;

/// Cells across a picture that stands still, and one that can be zoomed into.
const CELLS: usize = 460;
const CELLS_ZOOMED: usize = 2000;
/// Cells per line of the picture in Markdown.
const WIDTH: usize = 80;

/// Whether clients, users and secrets get pseudonyms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// They do.
    Redacted,
    /// They stay as they are.
    Plain,
}

impl Names {
    fn redactor(self, snapshot: &Snapshot) -> Redactor {
        match self {
            Self::Redacted => Redactor::of(snapshot),
            Self::Plain => Redactor::none(),
        }
    }
}

/// The review document as Markdown.
pub fn markdown(snapshot: &Snapshot, names: Names) -> String {
    let mut redactor = names.redactor(snapshot);
    let mut document = document(snapshot);
    document.map(&mut |text| redactor.text(text));
    let rows = text::picture(snapshot, WIDTH, &mut |text| redactor.text(text));
    let rows: Vec<String> = rows
        .into_iter()
        .map(|row| redactor.text(&row.text))
        .collect();
    papers::markdown::write(&document, &rows)
}

/// The same as a page with a timeline to zoom into.
pub fn html(snapshot: &Snapshot, names: Names) -> String {
    let mut redactor = names.redactor(snapshot);
    let mut document = document(snapshot);
    document.map(&mut |text| redactor.text(text));
    let drawing = Drawing::of(snapshot, CELLS_ZOOMED).map(|mut drawing| {
        drawing.map(&mut |text| redactor.text(text));
        drawing
    });
    let parts = drawing.map(|drawing| (svg::write(&drawing, Use::Page), values::json(&drawing)));
    let (svg, values) = parts.unwrap_or_default();
    let figure = html::Figure {
        svg: &svg,
        values: &values,
    };
    html::write(&document, figure)
}

/// The timeline as a picture; without anything that has a place in time, an empty one.
pub fn svg(snapshot: &Snapshot, names: Names) -> String {
    let mut redactor = names.redactor(snapshot);
    match Drawing::of(snapshot, CELLS) {
        Some(mut drawing) => {
            drawing.map(&mut |text| redactor.text(text));
            svg::write(&drawing, Use::Alone)
        }
        None => "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"/>\n".to_owned(),
    }
}

/// Headline, incidents and timeline for a chat that shows colours.
pub fn ansi(snapshot: &Snapshot, look: Look, names: Names) -> String {
    super::ansi::ansi(snapshot, look, names.redactor(snapshot))
}

/// One row per duration of each incident.
pub fn csv(snapshot: &Snapshot, names: Names) -> String {
    table::csv(snapshot, &mut names.redactor(snapshot))
}

/// Drafts for a status page; with plain names, each says what was found, for colleagues.
pub fn status(snapshot: &Snapshot, names: Names) -> String {
    let draft = posts::status(snapshot, names == Names::Plain);
    names.redactor(snapshot).text(&draft)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::own_reports::begins_report;
    use crate::reports::fixture;
    use proptest::prelude::*;

    type Export = fn(&Snapshot, Names) -> String;
    const ALL: [(&str, Export); 6] = [
        ("ansi", plain_ansi),
        ("markdown", markdown),
        ("html", html),
        ("svg", svg),
        ("csv", csv),
        ("status", status),
    ];

    /// Without colours: then no escape may be in it.
    fn plain_ansi(snapshot: &Snapshot, names: Names) -> String {
        let look = Look {
            colour: false,
            width: 80,
        };
        ansi(snapshot, look, names)
    }

    /// An outage in which all text comes from someone who means harm.
    fn hostile(text: &str) -> Snapshot {
        fixture::hostile(fixture::outage(), text)
    }

    #[test]
    fn the_document_of_an_outage_reads_like_a_review() {
        insta::assert_snapshot!(
            "markdown_outage",
            markdown(&fixture::outage(), Names::Redacted)
        );
    }

    #[test]
    fn a_report_is_known_for_one() {
        let as_text = |snapshot: &Snapshot, _| {
            let look = Look {
                colour: false,
                width: 60,
            };
            text::text(snapshot, look)
        };
        let as_json = |snapshot: &Snapshot, _| crate::reports::json(snapshot);
        let exports: [Export; 6] = [markdown, html, svg, csv, as_text, as_json];
        for snapshot in [fixture::outage(), fixture::quiet()] {
            for export in exports {
                let text = export(&snapshot, Names::Redacted);
                assert!(begins_report(&text), "{text}");
            }
        }
    }

    #[test]
    fn every_state_makes_every_export() {
        let all = [
            fixture::outage(),
            fixture::live(),
            fixture::quiet(),
            fixture::posts_alone(),
            fixture::nothing(),
        ];
        for snapshot in &all {
            for (name, export) in ALL {
                let text = export(snapshot, Names::Redacted);
                assert!(text.ends_with('\n'), "{name}");
                assert!(
                    !text.contains("NaN") && !text.contains("inf "),
                    "{name}: {text}"
                );
                assert_eq!(
                    text,
                    export(snapshot, Names::Redacted),
                    "{name} is the same again"
                );
            }
        }
    }

    #[test]
    fn hostile_text_does_nothing_in_any_export() {
        let harm = "<script>alert(1)</script>\"'><img src=x onerror=y> [a](javascript:z) | `b` \u{1b}]0;x\u{7}\u{202e}\u{0}\r\n# x --> ]]> @all https://evil.example \\";
        let snapshot = hostile(harm);
        for (name, export) in ALL {
            let text = export(&snapshot, Names::Plain);
            let is_bad = |c: char| (c.is_control() && c != '\n' && c != '\r') || c == '\u{202e}';
            assert!(!text.contains(is_bad), "{name}");
            if name != "csv" {
                assert!(!text.contains('\r'), "{name}");
            }
            if name == "html" || name == "svg" {
                assert!(
                    !text.contains("<script>alert") && !text.contains("<img"),
                    "{name}"
                );
            }
            if name == "markdown" {
                assert!(!text.lines().any(|line| line.starts_with("# x")), "{name}");
            }
        }
        let page = html(&snapshot, Names::Plain);
        assert_eq!(page.matches("<script").count(), 2, "the page's own");
        assert_eq!(page.matches("</script").count(), 2, "the page's own");
    }

    #[test]
    fn no_cell_of_a_hostile_table_makes_another_column() {
        let text = markdown(&hostile("a|b `c|d` \\| e\\"), Names::Plain);
        let mut columns = None;
        for line in text.lines() {
            let bars = bars(line);
            match (line.starts_with('|'), columns) {
                (false, _) => columns = None,
                (true, None) => columns = Some(bars),
                (true, Some(wanted)) => assert_eq!(bars, wanted, "{line}"),
            }
        }
    }

    /// Bars that are not escaped.
    fn bars(line: &str) -> usize {
        let (mut n, mut escapes) = (0, 0);
        for c in line.chars() {
            if c == '|' && escapes % 2 == 0 {
                n += 1;
            }
            escapes = if c == '\\' { escapes + 1 } else { 0 };
        }
        n
    }

    #[test]
    fn nothing_that_names_someone_or_opens_a_door_leaves() {
        let secrets = [
            "198.51.100.23",
            "2001:db8::77",
            "alice@example.com",
            "hunter2hunter2",
            "AKIAABCDEFGHIJKLMNOP",
            "d41d8cd98f00b204e9800998ecf8427e",
            "bobthebuilder",
        ];
        let text = format!(
            "from {} and {}, mail {} password={} key {} sum {} user={}",
            secrets[0], secrets[1], secrets[2], secrets[3], secrets[4], secrets[5], secrets[6]
        );
        for padding in [0, 100, 560, 580, 590, 1000] {
            let text = format!("{} {text}", "x ".repeat(padding / 2));
            let mut snapshot = hostile(&text);
            // As a client's name the whole text would be one pseudonym.
            let dimensions = vec![("message".to_owned(), text)];
            snapshot.incidents[0].incident.contributors[0].dimensions = dimensions;
            for (name, export) in ALL {
                let redacted = export(&snapshot, Names::Redacted);
                for secret in secrets {
                    assert!(!redacted.contains(secret), "{name}, {padding}: {secret}");
                    assert!(
                        !redacted.contains(&secret[..secret.len() - 2]),
                        "{name}: part of {secret}"
                    );
                }
            }
        }
        let plain = markdown(&hostile(&text), Names::Plain);
        assert!(secrets.iter().all(|secret| plain.contains(secret)));
    }

    #[test]
    fn every_reference_has_its_source_and_every_source_is_referred_to() {
        let pattern = regex::Regex::new(r"\[\^(\d+)\]").expect("a valid pattern");
        for snapshot in [fixture::outage(), fixture::live(), fixture::posts_alone()] {
            let text = markdown(&snapshot, Names::Redacted);
            let (body, sources) = text
                .split_once("\n## Sources\n")
                .expect("there are sources");
            let numbers = |text: &str| {
                let found = pattern.captures_iter(text).map(|one| one[1].to_owned());
                found.collect::<std::collections::BTreeSet<String>>()
            };
            assert!(numbers(body).len() > 3, "{body}");
            assert_eq!(numbers(body), numbers(sources));
        }
    }

    #[test]
    fn the_page_says_what_the_markdown_says() {
        let snapshot = fixture::live();
        let (text, page) = (
            markdown(&snapshot, Names::Redacted),
            html(&snapshot, Names::Redacted),
        );
        let headings = text.lines().filter(|line| line.starts_with('#')).count();
        assert_eq!(
            page.matches("<h1>").count()
                + page.matches("<h2>").count()
                + page.matches("<h3>").count(),
            headings
        );
        let rows = text.lines().filter(|line| line.starts_with("| ")).count();
        assert_eq!(page.matches("<tr>").count(), rows);
        let references = text.matches("[^").count() - page.matches("<li id=\"source-").count();
        assert_eq!(page.matches("<sup>").count(), references);
    }

    #[test]
    fn the_page_asks_for_nothing_from_outside() {
        let page = html(&fixture::outage(), Names::Redacted);
        assert!(page.contains("default-src 'none'"));
        let bare = page.replace("http://www.w3.org/2000/svg", "");
        for way in [
            "http:", "https:", "src=", "url(http", "@import", "fetch(", "XMLHttp",
        ] {
            assert!(!bare.contains(way), "{way}");
        }
        let picture = svg(&fixture::outage(), Names::Redacted);
        assert!(!picture.contains("<script") && !picture.contains("href"));
    }

    #[test]
    fn a_window_of_the_page_tells_its_evidence() {
        let page = html(&fixture::outage(), Names::Redacted);
        let window = page
            .split("class=\"window\"")
            .nth(1)
            .expect("there is a window");
        let tip = window.split("data-tip=\"").nth(1).expect("it has a tip");
        let tip = tip.split('"').next().expect("which ends");
        assert!(tip.contains("i1 w1") && tip.contains("expected"), "{tip}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn any_text_makes_sound_files(foreign: String) {
            let snapshot = hostile(&foreign);
            for (name, export) in ALL {
                let text = export(&snapshot, Names::Redacted);
                prop_assert!(!text.contains(['\0', '\u{1b}', '\u{202e}']), "{}", name);
            }
        }
    }
}
