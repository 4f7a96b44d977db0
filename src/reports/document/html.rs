//! The document as one HTML file: style, script and picture in it, nothing from anywhere else.
//!
//! In: a `Document`, its picture as SVG and the picture's values as JSON. Out: text. Adds no words
//! but the names of the picture's buttons. The policy in its head forbids every request.

use super::escape::html;
use super::{Block, Document, Line, Section, Span};

/// What the page may do: show itself.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The timeline as the page has it.
#[derive(Debug, Clone, Copy)]
pub struct Figure<'a> {
    /// The picture; empty where there is none.
    pub svg: &'a str,
    /// What its lanes show, as JSON.
    pub values: &'a str,
}

/// The whole page.
pub fn write(document: &Document, figure: Figure) -> String {
    let title = html(&document.title);
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"generator\" content=\"rfo\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
    );
    for section in &document.sections {
        write_section(&mut out, document, section, figure);
    }
    out.push_str("<section>\n<h2>Sources</h2>\n<ol class=\"sources\">\n");
    for (i, source) in document.sources.iter().enumerate() {
        let words = line(document, source);
        out.push_str(&format!("<li id=\"source-{}\">{words}</li>\n", i + 1));
    }
    out.push_str("</ol>\n</section>\n</main>\n");
    if !figure.svg.is_empty() {
        // In JSON a less-than sign only stands in texts, where it may be written so.
        let values = figure.values.replace('<', "\\u003c");
        out.push_str(&format!(
            "<div id=\"tip\" role=\"status\" aria-live=\"polite\" hidden></div>\n<script type=\"application/json\" id=\"values\">{values}</script>\n<script>\n{SCRIPT}</script>\n"
        ));
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn write_section(out: &mut String, document: &Document, section: &Section, figure: Figure) {
    let level = section.level;
    out.push_str(&format!(
        "<section>\n<h{level}>{}</h{level}>\n",
        html(&section.heading)
    ));
    for block in &section.blocks {
        write_block(out, document, block, figure);
    }
    out.push_str("</section>\n");
}

fn write_block(out: &mut String, document: &Document, block: &Block, figure: Figure) {
    match block {
        Block::Paragraph(words) => out.push_str(&format!("<p>{}</p>\n", line(document, words))),
        Block::List(items) => {
            out.push_str("<ul>\n");
            for item in items {
                out.push_str(&format!("<li>{}</li>\n", line(document, item)));
            }
            out.push_str("</ul>\n");
        }
        Block::Table { head, rows } => {
            out.push_str("<div class=\"wide\"><table>\n<thead><tr>");
            for name in head {
                out.push_str(&format!("<th scope=\"col\">{}</th>", html(name)));
            }
            out.push_str("</tr></thead>\n<tbody>\n");
            for row in rows {
                let cell = |cell: &Line| format!("<td>{}</td>", line(document, cell));
                let cells: String = row.iter().map(cell).collect();
                out.push_str(&format!("<tr>{cells}</tr>\n"));
            }
            out.push_str("</tbody></table></div>\n");
        }
        Block::Timeline if figure.svg.is_empty() => {}
        Block::Timeline => out.push_str(&format!(
            "<figure id=\"timeline\">\n<div class=\"buttons\" hidden><button type=\"button\" id=\"zoom-in\">zoom in</button><button type=\"button\" id=\"zoom-out\">zoom out</button><button type=\"button\" id=\"zoom-fit\">whole range</button></div>\n{}</figure>\n",
            figure.svg
        )),
        Block::Prompt(question) => {
            let words = html(question);
            out.push_str(&format!("<p><strong>{words}</strong></p>\n<p class=\"answer\"></p>\n"));
        }
    }
}

fn line(document: &Document, line: &Line) -> String {
    let mut out = String::new();
    for span in &line.0 {
        match span {
            Span::Text(text) => out.push_str(&html(text)),
            Span::Strong(text) => out.push_str(&format!("<strong>{}</strong>", html(text))),
            Span::Code(text) => out.push_str(&format!("<code>{}</code>", html(text))),
            Span::Quote(text) => out.push_str(&format!("\u{201c}{}\u{201d}", html(text))),
            Span::Sources(numbers) => {
                numbers
                    .iter()
                    .for_each(|n| out.push_str(&reference(document, *n)));
            }
        }
    }
    out
}

/// A number that leads to its source, and says it when pointed at.
fn reference(document: &Document, number: usize) -> String {
    let source = number.checked_sub(1).and_then(|i| document.sources.get(i));
    let words = source.map_or(String::new(), plain);
    format!(
        "<sup><a href=\"#source-{number}\" title=\"{}\">{number}</a></sup>",
        html(&words)
    )
}

/// The words of a line alone.
fn plain(line: &Line) -> String {
    let words = line.0.iter().map(|span| match span {
        Span::Text(text) | Span::Strong(text) | Span::Code(text) | Span::Quote(text) => {
            text.as_str()
        }
        Span::Sources(_) => "",
    });
    words.collect()
}
