//! Which format a source has: every candidate reads the sample, the best one is taken.

use super::delimited::Columns;
use super::doubt::doubt;
use super::field::Field;
use super::headed::Sheet;
use super::infer::{Inferred, Keys, by_service, kind_of, side_of, words::words};
use super::json::Plan;
use super::mixed::{self, Anew};
use super::pairs::Pairs;
use super::requests::learnt::with_told;
use super::shape::Grammar;
use super::stamp::StampContext;
use super::template::Template;
use super::wrap::export;
use super::{
    Engine, Format, SourceKind, StampSide, asks, blocks, catalogue, dateless, entries, join, parse,
    wrap,
};
use crate::clock::Zone;
use crate::events::{Chunk, Number, Text};
use crate::lines::LineBatch;

/// Lines of the sample that are looked at.
const SAMPLE_LINES: usize = 400;
/// A format that reads less of the sample than this is not the one.
const SHARE_MIN: f64 = 0.2;
/// A format that reads this share of lines for what they are is preferred to plain text.
const SHAPED_MIN: f64 = 0.3;
/// Text of which a smaller share of lines begins with a stamp is no log of such messages.
const STAMPED_MIN: f64 = 0.05;

/// The format of a source and why.
#[derive(Debug, Clone)]
pub struct Detected {
    /// The format.
    pub format: Format,
    /// Share of the sample's lines that it reads, in `[0, 1]`, less where roles were guessed.
    pub confidence: f64,
    /// Why this one, in a sentence.
    pub reason: String,
}

/// Detects the format from the first lines of a source. `None` if nothing reads at least a
/// fifth of them. `file_stem` names a metric file's lone gauge.
pub fn detect(head: &LineBatch, file_stem: &str) -> Option<Detected> {
    if export::is_in(head) {
        let found = detect(&export::as_lines(head), file_stem)?;
        return Some(Detected {
            format: wrap::detect::exported(found.format),
            ..found
        });
    }
    let sample = first_lines(head);
    let found = wrap::detect::chosen(bare(&sample, file_stem, false), &sample, file_stem);
    // A stamp within a text is of what the text is about, where a clock leads the lines.
    let is_text = |found: &Detected| {
        matches!(found.format.engine, Engine::Plain) && found.format.around.wrappers.is_empty()
    };
    match found {
        Some(found) if !is_text(&found) => Some(found),
        found => {
            let of_clocks = dateless::detected(&sample);
            let of_clocks = of_clocks.map(|found| with_told(found, &sample, false));
            of_clocks.or(found)
        }
    }
}

/// Lines of keys without a time that could be told: objects, or pairs. `None` for other lines.
pub(super) fn keyed(head: &LineBatch) -> Option<Detected> {
    let sample = first_lines(head);
    guessed(&sample, true, true).or_else(|| guessed(&sample, false, true))
}

/// As many lines as are looked at, or of objects over many lines as many whole ones.
pub(super) fn first_lines(head: &LineBatch) -> LineBatch {
    let whole = wrap::pretty::sample_end(head, SAMPLE_LINES);
    let lines = whole.unwrap_or(head.len().min(SAMPLE_LINES));
    head.only(&(0..lines).collect::<Vec<_>>())
}

/// The same without looking for layers around the lines or for other formats among them.
/// `is_timed`: a layer says when the lines were written, they need not say so themselves.
pub(super) fn bare(head: &LineBatch, file_stem: &str, is_timed: bool) -> Option<Detected> {
    let sample = first_lines(head);
    let found = shaped(&sample, file_stem, is_timed)?;
    Some(with_told(found, &sample, is_timed))
}

/// The same without a look into messages.
fn shaped(sample: &LineBatch, file_stem: &str, is_timed: bool) -> Option<Detected> {
    let dated = is_timed.then(|| dated(sample));
    let pairs = Pairs::of(dated.as_ref().unwrap_or(sample));
    let known = |format: &Format| {
        let has_layers = !format.around.wrappers.is_empty() || !format.around.others.is_empty();
        if !has_layers && !asks::may_fit(format, &pairs) {
            return None;
        }
        // Lines without a stamp of their own are read as their layer dates them.
        let within = dated.as_ref().filter(|_| may_be_untimed(format, sample));
        let Some(dated) = within else {
            return known(format, sample, &pairs);
        };
        let mut within = format.clone();
        within.around.wrappers = vec![wrap::Wrapper::Stamped];
        let mut found = known(&within, dated, &pairs)?;
        found.format.around.wrappers.clear();
        Some(found)
    };
    // The first of equals: definitions are in the order they are to be tried.
    let mut best: Option<Detected> = None;
    for format in catalogue::all() {
        best = best.into_iter().chain(known(format)).reduce(better);
        // None reads more than all.
        if best.as_ref().is_some_and(|best| best.confidence >= 1.0) {
            break;
        }
    }
    if best.as_ref().is_some_and(|best| best.confidence >= 0.9) {
        return best;
    }
    let shaped = [
        guessed(sample, true, is_timed),
        guessed(sample, false, is_timed),
        headed(sample).or_else(|| delimited(sample, file_stem)),
    ];
    // Any line with a stamp is a text: what reads some lines for what they are comes before it.
    let is_shaped = |found: &Detected| found.confidence >= SHAPED_MIN;
    let known = best.iter().chain(shaped.iter().flatten()).any(is_shaped);
    let others = shaped.into_iter().chain((!known).then(|| plain(sample)));
    let candidates = best.into_iter().chain(others.flatten());
    candidates
        .reduce(better)
        .filter(|best| best.confidence >= SHARE_MIN)
}

/// The one that reads more; of equals the first.
fn better(first: Detected, second: Detected) -> Detected {
    if second.confidence > first.confidence + 1e-9 {
        second
    } else {
        first
    }
}

/// Whether some lines of a format say no time.
fn may_be_untimed(format: &Format, sample: &LineBatch) -> bool {
    match &format.engine {
        Engine::Template(templates) => templates.iter().any(Template::is_untimed),
        Engine::Entries(_) => entries::numbered::is_in(sample),
        _ => false,
    }
}

/// Lines with a stamp in front of each that may open an event: what the layers around them say.
fn dated(sample: &LineBatch) -> LineBatch {
    let mut text = Vec::with_capacity(sample.bytes());
    for i in 0..sample.len() {
        if join::may_open(sample.line(i)) {
            text.extend_from_slice(b"1970-01-01T00:00:00.000000000Z ");
        }
        text.extend_from_slice(sample.line(i));
        text.push(b'\n');
    }
    LineBatch::split(text, 0)
}

/// Why no format was found, in a sentence.
pub fn why_not(head: &LineBatch) -> String {
    let has =
        |text: &[u8]| (0..head.len()).any(|i| memchr::memmem::find(head.line(i), text).is_some());
    if has(b"# Query_time:") && !has(b"# Time:") && !has(b"SET timestamp=") {
        return "a slow query log without a time (`# Time` or `SET timestamp`) cannot be placed"
            .to_owned();
    }
    "no format reads a fifth of its first lines".to_owned()
}

/// Share of non-blank lines that became part of an event.
fn share(format: &Format, sample: &LineBatch) -> (f64, super::Parsed) {
    let context = StampContext::from(Zone::UTC).open_start();
    let parsed = parse::parse_as(format, context, sample, Anew::Keep);
    let bearing = (parsed.lines - parsed.headers).max(1);
    // What a layer dates is a message where the format does not read it.
    let others: u64 = parsed.read_by.values().sum();
    let unread = (parsed.unparsed + others).min(bearing);
    ((bearing - unread) as f64 / bearing as f64, parsed)
}

fn known(format: &Format, sample: &LineBatch, pairs: &Pairs) -> Option<Detected> {
    if !asks::has_required(format, sample) || !asks::has_signs(format, sample, pairs) {
        return None;
    }
    if matches!(format.engine, Engine::Blocks(_))
        && !(0..sample.len()).any(|i| blocks::Blocks::opens(None, sample.line(i)))
    {
        return None;
    }
    let opened = opened(format, sample);
    let format = opened.as_ref().unwrap_or(format);
    let (read, parsed) = share(format, sample);
    let confidence = read - doubt(format, &parsed);
    if let (true, Engine::Blocks(plan)) = (parsed.chunk.is_empty(), &format.engine) {
        return undated(format, plan, sample);
    }
    if parsed.chunk.is_empty() {
        return None;
    }
    let reason = format!(
        "{} of {} sample lines read",
        parsed.lines - parsed.unparsed,
        parsed.lines
    );
    let mut format = format.clone();
    if format.kind == SourceKind::App && is_requests(&parsed.chunk) {
        format.kind = SourceKind::Access;
    }
    Some(Detected {
        format,
        confidence,
        reason,
    })
}

/// True where most of a program's messages are requests with their status.
fn is_requests(chunk: &Chunk) -> bool {
    let has = |row: &usize| {
        chunk.number_at(Number::Status, *row).is_some()
            && chunk.text_at(Text::Endpoint, *row).is_some()
    };
    (0..chunk.len()).filter(has).count() * 2 > chunk.len()
}

/// A slow log in which nothing says a time can be counted, but not placed.
fn undated(format: &Format, plan: &blocks::Blocks, sample: &LineBatch) -> Option<Detected> {
    let format = Format {
        engine: Engine::Blocks(plan.clone().undated()),
        ..format.clone()
    };
    let (confidence, parsed) = share(&format, sample);
    (!parsed.chunk.is_empty()).then(|| Detected {
        format,
        confidence,
        reason: "nothing in it says a time: its statements are counted, not placed".to_owned(),
    })
}

/// A format whose columns are named by the source's first lines, for that source; `None` for
/// others.
fn opened(format: &Format, sample: &LineBatch) -> Option<Format> {
    let Engine::W3c(w3c) = &format.engine else {
        return None;
    };
    Some(Format {
        engine: Engine::W3c(w3c.opened_by(sample)),
        ..format.clone()
    })
}

fn guessed(sample: &LineBatch, json: bool, is_timed: bool) -> Option<Detected> {
    let mut keys = Keys::default();
    let add = |keys: &mut Keys, line: &[u8]| {
        if json {
            keys.add_json(line)
        } else {
            keys.add_logfmt(line)
        }
    };
    let read = (0..sample.len())
        .filter(|&i| add(&mut keys, sample.line(i)))
        .count();
    let inferred = if is_timed {
        keys.infer_untimed()
    } else {
        keys.infer()
    };
    // An object is no accident; pairs stand in other texts too.
    let least = sample.len() / if json { 4 } else { 2 };
    if read == 0 || read < least || inferred.is_empty() {
        return None;
    }
    let mut wanted: Vec<(Vec<u8>, Field)> = inferred
        .iter()
        .map(|one| (one.key.clone().into_bytes(), one.field))
        .collect();
    let kind = kind_of(wanted.iter().map(|(_, field)| field));
    wanted.extend(Keys::failures(&inferred));
    let grammar = match json {
        true => Grammar::Json,
        false => Grammar::Logfmt,
    };
    let by_service = by_service::units(&inferred, &keys, (sample, grammar));
    let plan = Plan::new(wanted).with_units(&by_service);
    let (name, engine) = match grammar {
        Grammar::Json => ("json", Engine::Json(plan)),
        Grammar::Logfmt => ("logfmt", Engine::Logfmt(plan)),
    };
    let side = side_of(kind, &inferred);
    let format = Format::new(name, kind, side, engine);
    // What a layer dates cannot be read here: what has the shape is.
    let read = match share(&format, sample) {
        _ if is_timed => read as f64 / bearing(sample),
        (read, _) => read,
    };
    Some(Detected {
        format,
        confidence: read * sure(&inferred),
        reason: words(&inferred, &by_service),
    })
}

/// How sure a format is whose least certain role is as sure as that.
fn sure(inferred: &[Inferred]) -> f64 {
    let each = inferred.iter().map(|one| one.confidence);
    0.7 + 0.25 * each.fold(1.0, f64::min)
}

fn headed(sample: &LineBatch) -> Option<Detected> {
    let (format, inferred) = Sheet::of(sample)?.format()?;
    let (read, _) = share(&format, sample);
    Some(Detected {
        format,
        confidence: read * sure(&inferred),
        reason: words(&inferred, &[]),
    })
}

fn delimited(sample: &LineBatch, file_stem: &str) -> Option<Detected> {
    let columns = Columns::detect(sample, file_stem)?;
    let reason = columns.words();
    let format = Format::new(
        "metric-csv",
        SourceKind::Metric,
        StampSide::Start,
        Engine::Delimited(columns),
    );
    let (confidence, parsed) = share(&format, sample);
    (!parsed.chunk.is_empty()).then_some(Detected {
        format,
        confidence,
        reason,
    })
}

fn plain(sample: &LineBatch) -> Option<Detected> {
    let format = mixed::messages();
    let (read, parsed) = share(&format, sample);
    let stamped = parsed.chunk.len() as f64 / bearing(sample);
    let reason = format!(
        "a stamp in front of {} of {} sample lines",
        parsed.chunk.len(),
        parsed.lines
    );
    let read = if stamped >= STAMPED_MIN {
        read
    } else {
        stamped
    };
    (!parsed.chunk.is_empty()).then_some(Detected {
        format,
        confidence: 0.6 * read,
        reason,
    })
}

/// Lines of a sample that are not blank, at least one.
fn bearing(sample: &LineBatch) -> f64 {
    let is_blank = |i: &usize| sample.line(*i).trim_ascii().is_empty();
    let blank = (0..sample.len()).filter(is_blank).count();
    (sample.len() - blank).max(1) as f64
}
