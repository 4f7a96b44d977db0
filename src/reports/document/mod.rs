//! The review document: one model, and the writers that make Markdown and HTML of it.
//!
//! In: a `Snapshot`. Out: a `Document` of sections, blocks and lines, in which every statement
//! names the sources that it rests on; and its texts. The writers add no words of their own, so
//! that they cannot say different things. Measures nothing.

mod checked;
mod chronology;
mod detection;
mod draft;
mod durations;
pub mod escape;
mod factors;
pub mod html;
mod impact;
pub mod markdown;
mod prompts;
mod quality;
mod recovery;
mod summary;
mod times;

use draft::Draft;

use crate::analysis::Snapshot;
use crate::reports::words::plural;

/// A piece of a line. All texts may be foreign: the writers escape them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// Plain words.
    Text(String),
    /// Words that matter.
    Strong(String),
    /// A name as it stands in a log: a signal, a path, a statement.
    Code(String),
    /// What someone wrote, in quotes.
    Quote(String),
    /// Numbers of the sources that the words before rest on, from 1.
    Sources(Vec<usize>),
}

/// A sentence, a cell, an item of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line(pub Vec<Span>);

impl Line {
    /// A line of plain words.
    pub fn of(text: impl Into<String>) -> Self {
        Self::default().text(text)
    }

    /// The same with plain words behind it; empty words add nothing.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        let text = text.into();
        match text.is_empty() {
            true => self,
            false => self.with(Span::Text(text)),
        }
    }

    /// The same with words that matter behind it.
    #[must_use]
    pub fn strong(self, text: impl Into<String>) -> Self {
        self.with(Span::Strong(text.into()))
    }

    /// The same with a name behind it.
    #[must_use]
    pub fn code(self, text: impl Into<String>) -> Self {
        self.with(Span::Code(text.into()))
    }

    /// The same with someone's words behind it.
    #[must_use]
    pub fn quote(self, text: impl Into<String>) -> Self {
        self.with(Span::Quote(text.into()))
    }

    /// The same with its sources; none add nothing.
    #[must_use]
    pub fn cite(self, sources: Vec<usize>) -> Self {
        match sources.is_empty() {
            true => self,
            false => self.with(Span::Sources(sources)),
        }
    }

    /// The same with another line behind it.
    #[must_use]
    pub fn join(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    fn with(mut self, span: Span) -> Self {
        self.0.push(span);
        self
    }
}

/// A part of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// One paragraph.
    Paragraph(Line),
    /// A list without an order.
    List(Vec<Line>),
    /// A table; every row has as many cells as the head.
    Table {
        /// The names of the columns.
        head: Vec<String>,
        /// The rows.
        rows: Vec<Vec<Line>>,
    },
    /// Where the picture of the whole range stands.
    Timeline,
    /// A question to people, with room for their answer.
    Prompt(String),
}

/// A heading and what stands below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// 2 for a part of the document, 3 for a part of a part.
    pub level: u8,
    /// The heading.
    pub heading: String,
    /// What stands below it.
    pub blocks: Vec<Block>,
}

impl Section {
    fn new(level: u8, heading: impl Into<String>, blocks: Vec<Block>) -> Self {
        Self {
            level,
            heading: heading.into(),
            blocks,
        }
    }
}

/// The whole document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its title.
    pub title: String,
    /// Its parts, in reading order.
    pub sections: Vec<Section>,
    /// What the statements rest on; number 1 is the first.
    pub sources: Vec<Line>,
}

impl Document {
    /// Puts every text through `change`, in reading order.
    pub fn map(&mut self, change: &mut dyn FnMut(&str) -> String) {
        self.title = change(&self.title);
        for section in &mut self.sections {
            section.heading = change(&section.heading);
            section
                .blocks
                .iter_mut()
                .for_each(|block| map_block(block, change));
        }
        self.sources
            .iter_mut()
            .for_each(|line| map_line(line, change));
    }
}

fn map_block(block: &mut Block, change: &mut dyn FnMut(&str) -> String) {
    match block {
        Block::Paragraph(line) => map_line(line, change),
        Block::List(lines) => lines.iter_mut().for_each(|line| map_line(line, change)),
        Block::Table { head, rows } => {
            head.iter_mut().for_each(|cell| *cell = change(cell));
            let cells = rows.iter_mut().flatten();
            cells.for_each(|line| map_line(line, change));
        }
        Block::Timeline => {}
        Block::Prompt(text) => *text = change(text),
    }
}

fn map_line(line: &mut Line, change: &mut dyn FnMut(&str) -> String) {
    for span in &mut line.0 {
        match span {
            Span::Text(text) | Span::Strong(text) | Span::Code(text) | Span::Quote(text) => {
                *text = change(text);
            }
            Span::Sources(_) => {}
        }
    }
}

/// The document of a snapshot. Several incidents become parts of it, one after the other.
pub fn document(snapshot: &Snapshot) -> Document {
    let mut draft = Draft::new(snapshot);
    let mut sections = vec![summary::opening(&mut draft)];
    let several = snapshot.incidents.len() > 1;
    let level = if several { 3 } else { 2 };
    for concluded in &snapshot.incidents {
        if several {
            let incident = &concluded.incident;
            let heading = format!("{}: {}", incident.id, incident.title);
            sections.push(Section::new(2, heading, Vec::new()));
        }
        sections.extend(
            [
                summary::section(&mut draft, concluded, level),
                impact::section(&mut draft, concluded, level),
                durations::section(&mut draft, concluded, level),
                chronology::section(&mut draft, concluded, level),
                detection::section(&mut draft, concluded, level),
                recovery::attempts(&mut draft, concluded, level),
                recovery::section(&mut draft, concluded, level),
                factors::section(&mut draft, concluded, level),
                checked::section(&mut draft, concluded, level),
            ]
            .into_iter()
            .flatten(),
        );
    }
    if snapshot.incidents.is_empty() {
        sections.extend(checked::tested(&mut draft));
    }
    sections.push(quality::section(&draft));
    sections.extend(prompts::sections());
    let title = match snapshot.incidents.as_slice() {
        [one] => format!("Incident review: {}", one.incident.title),
        [] => format!("{}: no incident found", snapshot.title),
        several => format!(
            "Incident review: {} in {}",
            plural(several.len(), "incident"),
            snapshot.title
        ),
    };
    Document {
        title,
        sections,
        sources: draft.finish(),
    }
}
