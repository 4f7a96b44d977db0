//! How the posts of a text stand to their times: beside them, below them, above them.
//!
//! In: lines, literals, outline. Out: for each line that a time dates as a whole, which lines of
//! text belong to it. What stands inside a line is `passages`'.

use super::Line;
use super::labels::STATUS;
use super::literals::Literal;
use super::phrases::classify;
use super::sections::Outline;

/// A text with what is known of its lines.
pub(super) struct Page<'a> {
    pub lines: &'a [Line<'a>],
    pub literals: &'a [Literal],
    pub outline: &'a Outline,
    /// First literal of each line and of the one behind the last.
    starts: Vec<usize>,
    /// Times on lines of their own stand below their text.
    below: bool,
    /// What each line is.
    roles: Vec<Role>,
    /// Which lines are a name and a time, in a page where several are.
    speakers: Vec<bool>,
}

/// What a line is to the lines around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Text, or nothing.
    Text,
    /// It begins with a time, or is a time and who says it: what follows may belong to it.
    Entry,
    /// A time on a line of its own.
    Stamp,
}

impl<'a> Page<'a> {
    pub(super) fn new(
        lines: &'a [Line<'a>],
        literals: &'a [Literal],
        outline: &'a Outline,
    ) -> Self {
        let mut starts = vec![literals.len(); lines.len() + 1];
        for k in (0..literals.len()).rev() {
            starts[literals[k].line] = k;
        }
        for i in (0..lines.len()).rev() {
            starts[i] = starts[i].min(starts[i + 1]);
        }
        let mut page = Self {
            lines,
            literals,
            outline,
            starts,
            below: false,
            roles: Vec::new(),
            speakers: vec![false; lines.len()],
        };
        let speakers: Vec<bool> = (0..lines.len()).map(|i| page.may_speak(i)).collect();
        if speakers.iter().filter(|speaks| **speaks).count() >= 2 {
            page.speakers = speakers;
        }
        page.roles = (0..lines.len()).map(|i| page.role(i)).collect();
        page.below = page.stands_below();
        page
    }

    /// The literals of a line.
    pub(super) fn of_line(&self, i: usize) -> std::ops::Range<usize> {
        self.starts[i]..self.starts[i + 1]
    }

    /// Whether a time dates the line as a whole.
    pub(super) fn is_entry(&self, i: usize) -> bool {
        self.roles[i] != Role::Text
    }

    /// Whether a line is a name and a time, as chats have them.
    pub(super) fn is_speaker(&self, i: usize) -> bool {
        self.speakers[i]
    }

    fn role(&self, i: usize) -> Role {
        let Some(first) = self
            .literals
            .get(self.of_line(i).start)
            .filter(|l| l.line == i)
        else {
            return Role::Text;
        };
        match first.leading {
            true if self.is_bare(i) => Role::Stamp,
            true => Role::Entry,
            false if self.is_speaker(i) => Role::Stamp,
            false if first.entry => Role::Entry,
            false => Role::Text,
        }
    }

    /// Nothing stands beside the time but a label.
    fn is_bare(&self, i: usize) -> bool {
        let own = own_literals(self.literals, self.of_line(i));
        let end = self.literals[own.end - 1].end;
        trim(self.lines[i].text.get(end..).unwrap_or("")).is_empty()
    }

    /// `alice  10:02 AM` above text: one to three words that claim nothing, then a time.
    fn may_speak(&self, i: usize) -> bool {
        let here = self.of_line(i);
        let Some(first) = self
            .literals
            .get(here.start)
            .filter(|l| l.line == i && !l.leading)
        else {
            return false;
        };
        let text = self.lines[i].text;
        let name = text[..first.start].trim_matches([' ', '\t', '[', '(', '<', '@', ':', '-']);
        let words = name.split_whitespace().count();
        let follows = self
            .lines
            .get(i + 1)
            .is_some_and(|next| !next.text.trim().is_empty() && self.of_line(i + 1).is_empty());
        let plain = !text.trim_start().starts_with(['-', '*', '•', '|', '#']) && !first.dated;
        plain
            && follows
            && (1..=3).contains(&words)
            && here.len() == 1
            && trim(&text[first.end..]).is_empty()
            && classify(name).is_empty()
    }

    /// Whether the times on lines of their own stand below what they date: `Posted ...`, or text
    /// above them and nothing below.
    fn stands_below(&self) -> bool {
        let blank = |at: Option<usize>| {
            at.and_then(|at| self.lines.get(at))
                .is_none_or(|line| line.text.trim().is_empty())
        };
        let (mut below, mut above) = (0, 0);
        let alone = |i: &usize| {
            self.roles[*i] == Role::Stamp && indent_of_item(self.lines[*i].text).is_none()
        };
        for i in (0..self.lines.len()).filter(alone) {
            let posted = is_posted(self.lines[i].text);
            let over =
                !blank(i.checked_sub(1)) && !self.is_entry(i - 1) && !self.outline.heading[i - 1];
            let under = !blank(Some(i + 1)) && !self.is_entry(i + 1);
            below += usize::from(posted || (over && !under));
            above += usize::from(!posted && under && !over);
        }
        below > above
    }

    /// The lines of text that the time of line `i` dates, first and last; `None` for none but the
    /// line itself.
    pub(super) fn text_of(&self, i: usize) -> Option<(usize, usize)> {
        match self.roles[i] {
            Role::Text => None,
            Role::Stamp if is_posted(self.lines[i].text) => self.text_above(i),
            Role::Stamp if indent_of_item(self.lines[i].text).is_some() => {
                self.text_below(i, false)
            }
            Role::Stamp if self.below => self.text_above(i),
            Role::Stamp => self.text_below(i, true),
            Role::Entry => self.text_below(i, false),
        }
    }

    /// The post above its time: up to its status label, or its paragraphs up to the post before.
    fn text_above(&self, i: usize) -> Option<(usize, usize)> {
        let mut start = i;
        let mut labelled = i;
        while start > 0 {
            let above = start - 1;
            if self.is_entry(above)
                || self.outline.heading[above]
                || self.is_date_line(above)
                || self.is_title(above)
            {
                break;
            }
            start = above;
            if is_label(self.lines[above].text) {
                labelled = start;
                break;
            }
        }
        let start = if labelled < i { labelled } else { start };
        let first = (start..i).find(|&at| !self.lines[at].text.trim().is_empty())?;
        Some((first, i - 1))
    }

    /// What follows an entry: what is indented, what stands directly below a bare time, and whole
    /// paragraphs where another entry of the section follows them.
    fn text_below(&self, i: usize, bare: bool) -> Option<(usize, usize)> {
        let next = self.next_entry(i);
        let item = indent_of_item(self.lines[i].text);
        let mut end = i;
        let mut last = i;
        while let Some(line) = self.lines.get(end + 1) {
            let at = end + 1;
            let ends = self.is_entry(at) || self.outline.heading[at] || self.is_date_line(at);
            if ends {
                break;
            }
            let blank = line.text.trim().is_empty();
            let indented = line.text.starts_with([' ', '\t']);
            let beside = last + 1 == at;
            let within = next.is_some() && item.is_none() || bare;
            let sibling =
                item.is_some_and(|own| indent_of_item(line.text).is_some_and(|other| other <= own));
            let goes_on = within || (!blank && indented && beside);
            if sibling || !goes_on {
                break;
            }
            end = at;
            last = if blank { last } else { at };
        }
        (last > i).then_some((i + 1, last))
    }

    /// The next entry of the same section, within a screen or two.
    fn next_entry(&self, i: usize) -> Option<usize> {
        let section = self.outline.section[i];
        let near = i + 1..self.lines.len().min(i + 60);
        near.take_while(|&at| self.outline.section[at] == section)
            .find(|&at| self.is_entry(at))
    }

    /// A line that is a date and next to nothing else.
    fn is_date_line(&self, i: usize) -> bool {
        let text = self.lines[i].text;
        let found = super::dates::dates(text);
        let [(start, end, _)] = found.as_slice() else {
            return false;
        };
        let rest = format!("{} {}", &text[..*start], &text[*end..]);
        self.of_line(i).is_empty()
            && rest
                .split(|c: char| !c.is_alphanumeric())
                .filter(|w| !w.is_empty())
                .count()
                <= 1
    }

    /// The first line of a text, alone in its paragraph.
    fn is_title(&self, i: usize) -> bool {
        let blank = self
            .lines
            .get(i + 1)
            .is_some_and(|line| line.text.trim().is_empty());
        let first = self
            .lines
            .iter()
            .position(|line| !line.text.trim().is_empty());
        blank && first == Some(i)
    }
}

/// The literals of a line that are one time: the first with its pairs and the end of its range.
pub(super) fn own_literals(
    literals: &[Literal],
    here: std::ops::Range<usize>,
) -> std::ops::Range<usize> {
    let more = here
        .clone()
        .skip(1)
        .take_while(|&k| literals[k].paired || literals[k].ends_range)
        .count();
    here.start..here.start + 1 + more
}

/// `Posted Aug 05, 2020 - 03:29 CEST` stands below the text that it dates.
pub(super) fn is_posted(text: &str) -> bool {
    let text = text.trim_start();
    text.get(..6)
        .is_some_and(|word| word.eq_ignore_ascii_case("posted"))
}

/// A status label, alone or before its text.
fn is_label(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    STATUS.iter().chain(&["postmortem"]).any(|label| {
        text.strip_prefix(label).is_some_and(|rest| {
            let rest = rest.trim_start();
            rest.is_empty() || rest.starts_with(['-', '–', '—', ':'])
        })
    })
}

/// Indentation of a list item; `None` for other lines.
fn indent_of_item(text: &str) -> Option<usize> {
    let body = text.trim_start();
    let marked = ["- ", "* ", "• ", "+ ", "|"]
        .iter()
        .any(|mark| body.starts_with(mark));
    let digits = body.bytes().take_while(u8::is_ascii_digit).count();
    let numbered = (1..=2).contains(&digits)
        && body[digits..].starts_with([')', '.'])
        && body[digits + 1..].starts_with(' ');
    (marked || numbered).then(|| text.len() - body.len())
}

/// Without the signs that stand between a time and its text.
pub(super) fn trim(text: &str) -> &str {
    let between = |c: char| {
        c.is_whitespace() || matches!(c, '-' | '–' | '—' | ':' | '|' | '*' | '•' | '#' | ',')
    };
    text.trim_start_matches(|c: char| between(c) || matches!(c, ']' | ')' | '>' | '[' | '('))
        .trim_end_matches(|c: char| between(c) || matches!(c, '[' | '('))
}
