//! The document as Markdown: CommonMark with the tables and footnotes that code hosts know.
//!
//! In: a `Document`, the rows of the picture. Out: text, ending in a line end. Adds no words.

use super::escape::{markdown, markdown_cell, markdown_code};
use super::{Block, Document, Line, Section, Span};
use crate::text::printable;

/// The whole text. `picture` are the lines of the timeline, drawn with characters.
pub fn write(document: &Document, picture: &[String]) -> String {
    let mut out = format!("# {}\n", markdown(&document.title));
    for section in &document.sections {
        write_section(&mut out, section, picture);
    }
    out.push_str("\n## Sources\n\n");
    for (i, source) in document.sources.iter().enumerate() {
        out.push_str(&format!("[^{}]: {}\n", i + 1, line(source)));
    }
    out
}

fn write_section(out: &mut String, section: &Section, picture: &[String]) {
    let marks = "#".repeat(usize::from(section.level));
    out.push_str(&format!("\n{marks} {}\n", markdown(&section.heading)));
    for block in &section.blocks {
        write_block(out, block, picture);
    }
}

fn write_block(out: &mut String, block: &Block, picture: &[String]) {
    match block {
        Block::Paragraph(words) => out.push_str(&format!("\n{}\n", line(words))),
        Block::List(items) => {
            out.push('\n');
            for item in items {
                out.push_str(&format!("- {}\n", line(item)));
            }
        }
        Block::Table { head, rows } => {
            let cells: Vec<String> = head
                .iter()
                .map(|name| markdown_cell(&markdown(name)))
                .collect();
            out.push_str(&format!("\n| {} |\n", cells.join(" | ")));
            out.push_str(&format!("|{}\n", "---|".repeat(head.len())));
            for row in rows {
                let cells: Vec<String> =
                    row.iter().map(|cell| markdown_cell(&line(cell))).collect();
                out.push_str(&format!("| {} |\n", cells.join(" | ")));
            }
        }
        Block::Timeline if picture.is_empty() => {}
        Block::Timeline => {
            out.push_str("\n```text\n");
            for row in picture {
                // A row of ticks would end the block.
                out.push_str(&printable(row).replace("```", "'''"));
                out.push('\n');
            }
            out.push_str("```\n");
        }
        Block::Prompt(question) => {
            out.push_str(&format!("\n**{}**\n\n-\n", markdown(question)));
        }
    }
}

fn line(line: &Line) -> String {
    let mut out = String::new();
    for span in &line.0 {
        match span {
            Span::Text(text) => out.push_str(&text_within(&out, text)),
            Span::Strong(text) => out.push_str(&strong(text)),
            Span::Code(text) => out.push_str(&markdown_code(text)),
            Span::Quote(text) => out.push_str(&format!("\u{201c}{}\u{201d}", markdown(text))),
            Span::Sources(numbers) => {
                numbers
                    .iter()
                    .for_each(|n| out.push_str(&format!("[^{n}]")));
            }
        }
    }
    out
}

/// Marks that only count at the start of a line are escaped only there.
fn text_within(before: &str, text: &str) -> String {
    let escaped = markdown(text);
    match before.is_empty() {
        true => escaped,
        false => match escaped.strip_prefix('\\') {
            Some(rest) if rest.starts_with(['-', '+', '=']) => rest.to_owned(),
            _ => escaped,
        },
    }
}

/// A blank beside the stars would leave them stars.
fn strong(text: &str) -> String {
    let after = if text.ends_with(' ') { " " } else { "" };
    match markdown(text.trim()).as_str() {
        "" => String::new(),
        escaped => format!("**{escaped}**{after}"),
    }
}
