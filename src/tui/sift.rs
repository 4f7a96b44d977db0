//! The filter of the Logs screen as it is typed: history, completion, errors at their place.

use std::ops::Range;
use std::sync::Arc;

use super::fetch::{Anchor, LinesPage, LinesRequest};
use super::history::{self, Entered};
use super::logs::request;
use super::matches::{Counts, Sieve};
use super::model::{Effect, Model};
use crate::events::Symbol;
use crate::filter::{Field, Filter, complete, completions};
use crate::text::printable_bytes;

/// Longest text, characters.
const TEXT_MAX: usize = 500;
/// Values offered, and names looked at for them.
const OFFERED_MAX: usize = 20;
const NAMES_MAX: usize = 200_000;

/// The filter, and what is typed to change it.
#[derive(Debug, Clone, Default)]
pub struct Sift {
    /// What the lines are filtered by.
    pub filter: Option<Arc<Filter>>,
    /// How many events are meant, once some were looked at.
    pub counts: Option<Counts>,
    /// What is being typed, while it is.
    pub typed: Option<Typed>,
    /// How many texts were counted while they were typed.
    asked: u64,
}

/// A filter on its way.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Typed {
    /// So far.
    pub text: String,
    /// What is wrong with it, and where.
    pub error: Option<(Range<usize>, String)>,
    /// How the last word may go on.
    pub offers: Vec<String>,
    /// How many events it means so far, once some were looked at; none while it is no filter.
    pub counts: Option<Counts>,
    /// What is counted, and the number of the request.
    counting: Option<(u64, Arc<Filter>)>,
    /// Which of the history is shown.
    at: Option<usize>,
}

/// Begins to type: the filter that is on is changed.
pub fn begin(model: &mut Model) {
    let sift = &mut model.logs.sift;
    let text = sift.filter.as_ref().map(|filter| filter.text.clone());
    sift.typed = Some(Typed {
        text: text.unwrap_or_default(),
        ..Typed::default()
    });
}

/// Takes a key while a filter is typed.
pub fn edit(model: &mut Model, name: &str) -> Effect {
    let Some(mut typed) = model.logs.sift.typed.take() else {
        return Effect::None;
    };
    typed.error = None;
    let before = typed.text.clone();
    let offers = std::mem::take(&mut typed.offers);
    match name {
        "Esc" | "^c" => return Effect::None,
        "Enter" => return apply(model, typed),
        "Tab" => complete(model, &mut typed, &offers),
        "Up" => recall(&model.history.filters, &mut typed, -1),
        "Down" => recall(&model.history.filters, &mut typed, 1),
        "Backspace" => drop(typed.text.pop()),
        "^u" => typed.text.clear(),
        "Space" => put(&mut typed.text, ' '),
        name => {
            let mut characters = name.chars();
            if let (Some(c), None) = (characters.next(), characters.next()) {
                put(&mut typed.text, c);
            }
        }
    }
    let changed = typed.text != before;
    model.logs.sift.typed = Some(typed);
    match changed {
        true => begin_counting(model),
        false => Effect::None,
    }
}

/// Counts what the text as it is now means, if it is a filter.
fn begin_counting(model: &mut Model) -> Effect {
    let range = model.snapshot.as_ref().and_then(|snapshot| snapshot.range);
    let Some(typed) = &mut model.logs.sift.typed else {
        return Effect::None;
    };
    (typed.counts, typed.counting) = (None, None);
    let Ok(filter) = Filter::parse(&typed.text) else {
        return Effect::None;
    };
    if typed.text.trim().is_empty() {
        return Effect::None;
    }
    let filter = filter.anchored(range.map_or(0, |range| range.1 + 1));
    model.logs.sift.asked += 1;
    // Numbers of their own: lines that are awaited meanwhile are still taken.
    typed_counting(model, Arc::new(filter))
}

fn typed_counting(model: &mut Model, filter: Arc<Filter>) -> Effect {
    let number = u64::MAX - model.logs.sift.asked;
    if let Some(typed) = &mut model.logs.sift.typed {
        typed.counting = Some((number, Arc::clone(&filter)));
    }
    let (Some(sieve), Some(snapshot)) = (sieve_of(model, filter), &model.snapshot) else {
        return Effect::None;
    };
    Effect::Lines(LinesRequest {
        number,
        store: Arc::clone(&snapshot.store),
        anchor: Anchor::Nowhere,
        sieve: Some(sieve),
    })
}

/// Whether an answer is a count of what is being typed, however old.
pub fn is_counting(model: &Model, number: u64) -> bool {
    number >= u64::MAX - model.logs.sift.asked
}

/// Takes a count of what is being typed, and asks for more while some events were not looked at.
pub fn counted(model: &mut Model, page: &LinesPage) -> Effect {
    // The thread that counts answers the newest request: lines asked for before are not coming.
    let lost = std::mem::take(&mut model.logs.loading);
    let Some(typed) = &mut model.logs.sift.typed else {
        return if lost { here(model) } else { Effect::None };
    };
    let counting = typed.counting.clone();
    let Some((_, filter)) = counting.filter(|(number, _)| *number == page.number) else {
        return Effect::None;
    };
    typed.counts = page.counts;
    match page.counts.is_some_and(|counts| counts.looked < counts.of) {
        true => typed_counting(model, filter),
        false => Effect::None,
    }
}

/// Puts pasted text at the end of the filter that is typed.
pub fn paste(model: &mut Model, text: &str) {
    if let Some(typed) = &mut model.logs.sift.typed {
        (typed.error, typed.offers) = (None, Vec::new());
        text.chars()
            .take(TEXT_MAX)
            .for_each(|c| put(&mut typed.text, c));
    }
}

fn put(text: &mut String, c: char) {
    if text.chars().count() < TEXT_MAX {
        text.push(c);
    }
}

/// Filters the lines by what was typed; nothing at all shows all lines.
fn apply(model: &mut Model, mut typed: Typed) -> Effect {
    if typed.text.trim().is_empty() {
        return drop_filter(model);
    }
    match Filter::parse(&typed.text) {
        Ok(filter) => set(model, filter),
        Err(error) => {
            typed.error = Some((error.at, error.what));
            model.logs.sift.typed = Some(typed);
            Effect::None
        }
    }
}

/// Filters the lines by a text.
/// # Errors
/// Where it is no filter: what is wrong, and where.
pub fn by(model: &mut Model, text: &str) -> Result<Effect, String> {
    let filter = Filter::parse(text).map_err(|error| {
        let place = text.get(error.at.clone()).filter(|part| !part.is_empty());
        let place = place.map_or_else(|| "its end".to_owned(), |part| format!("{part:?}"));
        format!("filter, at {place}: {}", error.what)
    })?;
    Ok(set(model, filter))
}

fn set(model: &mut Model, filter: Filter) -> Effect {
    let end_ns = model.snapshot.as_ref().and_then(|snapshot| snapshot.range);
    model.history.enter(Entered::Filter, &filter.text);
    let sift = &mut model.logs.sift;
    sift.filter = Some(Arc::new(
        filter.anchored(end_ns.map_or(0, |range| range.1 + 1)),
    ));
    sift.counts = None;
    here(model)
}

/// Shows all lines again.
pub fn drop_filter(model: &mut Model) -> Effect {
    let sift = &mut model.logs.sift;
    (sift.counts, sift.typed) = (None, None);
    match sift.filter.take() {
        Some(_) => here(model),
        None => Effect::None,
    }
}

/// The lines around where the cursor is.
fn here(model: &mut Model) -> Effect {
    let chosen = super::logs::selected_index(model).map(|at| model.logs.rows[at].line);
    let anchor = chosen.map(|line| Anchor::Line {
        source: line.source,
        line: line.line,
        offset: line.offset,
        time_ns: Some(line.time_ns),
    });
    let anchor = anchor.or_else(|| model.cursor().map(Anchor::Time));
    anchor.map_or(Effect::None, |anchor| request(model, anchor, false))
}

/// Goes on counting, where not all was looked at or more has come.
pub fn go_on(model: &mut Model) -> Effect {
    let sift = &model.logs.sift;
    // What is being typed is counted first.
    let is_on = sift.filter.is_some() && sift.typed.is_none();
    let Some(counts) = sift.counts.filter(|_| is_on) else {
        return Effect::None;
    };
    let events = model
        .snapshot
        .as_ref()
        .map_or(0, |snapshot| snapshot.store.len() as u64);
    match counts.looked < events && !model.logs.loading {
        true => request(model, Anchor::Nowhere, true),
        false => Effect::None,
    }
}

/// What the reader needs to filter.
pub fn sieve(model: &Model) -> Option<Sieve> {
    sieve_of(model, Arc::clone(model.logs.sift.filter.as_ref()?))
}

fn sieve_of(model: &Model, filter: Arc<Filter>) -> Option<Sieve> {
    let snapshot = model.snapshot.as_ref()?;
    let sources = snapshot.inputs.iter().map(|input| {
        // Formats that read some of the lines stand behind the source's own.
        let format = input.format.split(" + ").next().unwrap_or_default();
        [input.path.clone(), input.label.clone(), format.to_owned()]
    });
    Some(Sieve {
        filter,
        zone: snapshot.zone,
        sources: sources.collect(),
    })
}

fn recall(history: &[String], typed: &mut Typed, by: isize) {
    match history::step(history, typed.at, by) {
        Some(at) => (typed.text, typed.at) = (history[at].clone(), Some(at)),
        None if by > 0 => (typed.text, typed.at) = (String::new(), None),
        None => {}
    }
}

/// Completes as far as all offers agree; what they are is shown. Asked again at the same place, it
/// takes the first.
fn complete(model: &Model, typed: &mut Typed, offered: &[String]) {
    let values = |field: Field, begins: &str| values(model, field, begins);
    let offers = completions(&typed.text, &values);
    let Some(first) = offers.first() else {
        typed.offers = vec!["nothing begins so".to_owned()];
        return;
    };
    let start = first.replaces.start;
    let now = &typed.text[start..];
    let all: Vec<String> = offers.iter().map(|one| one.with.clone()).collect();
    let with = match complete::shared(&offers, now) {
        Some(shared) => shared,
        None if offers.len() == 1 || offered == all => first.with.clone(),
        None => now.to_owned(),
    };
    typed.text.replace_range(start.., &with);
    if all.len() > 1 {
        typed.offers = all;
    }
}

/// Values of a field that begin so, in the order in which they came.
fn values(model: &Model, field: Field, begins: &str) -> Vec<String> {
    let Some(snapshot) = &model.snapshot else {
        return Vec::new();
    };
    let inputs = snapshot.inputs.iter();
    let mut found: Vec<String> = match field {
        Field::Text(field) => {
            let Some(names) = snapshot.store.names(field) else {
                return Vec::new();
            };
            let ids = Symbol::FIRST.0..names.len() as u32;
            let texts = ids.take(NAMES_MAX).map(|id| names.bytes(Symbol(id)));
            let fitting = texts.filter(|text| text.starts_with(begins.as_bytes()));
            fitting.take(OFFERED_MAX).map(printable_bytes).collect()
        }
        Field::Source => inputs.map(|input| input.label.clone()).collect(),
        Field::Format => inputs.map(|input| input.format.clone()).collect(),
        Field::Number(_) | Field::Message => Vec::new(),
    };
    found.retain(|text| text.starts_with(begins));
    found
}
