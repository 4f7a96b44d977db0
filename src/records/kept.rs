//! Lines of which a part was told: those that would lose a word are kept whole.
//!
//! In: passages and what was told of them. Out: a note for each line of which a word stands neither
//! in a time nor in a claim or note. Claims nothing.

use std::collections::BTreeMap;

use super::labels::STATUS;
use super::line_number;
use super::passages::Passage;
use super::telling::Teller;

/// Shorter words say nothing by themselves.
const WORD_MIN: usize = 3;
/// What was told in more bytes than these holds its lines whole, and is not searched for words.
const SEARCHED_MAX: usize = 4096;

impl Teller<'_> {
    /// Prose around the clauses that have times: where a word of a line would be lost, the whole
    /// line is a note.
    pub(super) fn whole_lines(&mut self, passages: &[Passage]) {
        let mut told: BTreeMap<u64, String> = BTreeMap::new();
        let notes = self.record.notes.iter();
        let notes = notes.map(|note| (note.line, note.text.as_str()));
        let claims = self.record.milestones.iter();
        let claims = claims.map(|claim| (line_number(&claim.evidence()[0]), claim.note.as_str()));
        for (line, text) in notes.chain(claims) {
            let all = told.entry(line).or_default();
            all.push_str(text);
            all.push('\n');
        }
        let mut heard: BTreeMap<usize, String> = BTreeMap::new();
        for passage in passages {
            let first = told.get(&self.lines[passage.lines.0].number);
            if first.is_some_and(|text| text.len() > SEARCHED_MAX) {
                continue;
            }
            for line in passage.lines.0..=passage.lines.1 {
                let own = told.get(&self.lines[line].number);
                let all = heard.entry(line).or_default();
                first
                    .into_iter()
                    .chain(own)
                    .for_each(|text| all.push_str(text));
            }
        }
        for (line, told) in heard {
            let text = self.lines[line].text;
            if !self.literals_of(line) && self.loses(line, text, &told) {
                self.note(line, None, text.trim());
            }
        }
    }

    /// Whether a word of a line stands neither in its times nor in what was told of it.
    fn loses(&self, line: usize, text: &str, told: &str) -> bool {
        let first = self.literals.partition_point(|l| l.line < line);
        let times = self.literals[first..].iter().take_while(|l| l.line == line);
        let times: Vec<(usize, usize)> = times.map(|l| (l.start, l.end)).collect();
        let in_time = |from: usize, to: usize| times.iter().any(|t| from < t.1 && t.0 < to);
        let is_label = |word: &str| {
            let mut labels = STATUS.iter().chain(&["posted"]);
            labels.any(|label| word.eq_ignore_ascii_case(label))
        };
        let words = text.split(|c: char| !c.is_alphabetic());
        let from = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
        words
            .filter(|word| word.len() >= WORD_MIN && !is_label(word) && !told.contains(word))
            .any(|word| !in_time(from(word), from(word) + word.len()))
    }

    /// Whether a line begins with its time: then its entry holds all of it.
    fn literals_of(&self, line: usize) -> bool {
        let first = self.literals.partition_point(|l| l.line < line);
        self.literals
            .get(first)
            .is_some_and(|l| l.line == line && l.leading)
    }
}
