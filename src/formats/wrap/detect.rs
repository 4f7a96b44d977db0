//! Which layers a source's lines have around them, and which other formats stand among them.
//!
//! In: the sample, and how it reads as it stands. Out: the better of that and the reading
//! without layers, with formats for what it refuses.

use std::collections::BTreeMap;
use std::iter;

use super::kept::{is_inferred, is_text, says_more, stays, tells_nothing, tells_of_nothing_timed};
use super::layers::{Lane, Stage, peeled};
use super::rows::Columns;
use super::{Wrapper, console, export, nested, paired, prefixed, pretty, syslog, unwrap};
use crate::clock::Zone;
use crate::events::{Interner, Text};
use crate::formats::detect::{Detected, bare, first_lines};
use crate::formats::join;
use crate::formats::mixed::{Anew, left_over, messages, refused};
use crate::formats::parse::parse_as;
use crate::formats::requests::learnt::with_told;
use crate::formats::stamp::StampContext;
use crate::formats::{Engine, Format, SourceKind};
use crate::lines::LineBatch;

/// Most layers around a line.
pub const DEPTH_MAX: usize = 3;
/// Most formats beside the source's own.
const OTHERS_MAX: usize = 3;
/// A layer is around at least this share of the lines.
const LAYER_SHARE: f64 = 0.6;
/// A format reads at least this share of the lines that others refuse.
const OTHER_SHARE: f64 = 0.3;
/// So many processes are looked at one by one.
const LANES_LOOKED: usize = 8;
/// Layers in the order they are tried.
const TRIED: [Wrapper; 16] = [
    Wrapper::Cri,
    Wrapper::DockerJson,
    Wrapper::PodPrefix,
    Wrapper::Compose,
    Wrapper::Journald,
    Wrapper::Syslog,
    Wrapper::Stamped,
    Wrapper::Stern,
    Wrapper::Labels,
    Wrapper::Console,
    Wrapper::Prefixed,
    Wrapper::Cells,
    Wrapper::Nested,
    Wrapper::Shipped,
    Wrapper::Pretty,
    Wrapper::Paired,
];

/// The better of a reading as the lines stand and one without layers; with other formats.
pub fn chosen(plain: Option<Detected>, sample: &LineBatch, stem: &str) -> Option<Detected> {
    let all = layers(sample);
    let (certain, open) = by_certainty(&all);
    let inner = (!certain.is_empty())
        .then(|| without(certain, sample, stem))
        .flatten();
    let mut best = match (plain, inner) {
        (Some(plain), Some(inner)) if stays(&plain, &inner, certain, sample) => plain,
        (plain, inner) => inner.or(plain)?,
    };
    // A template takes a line for its own whose first cells it does not understand.
    let is_row = matches!(all.first(), Some(Wrapper::Rows(_)));
    for layers in open {
        let is_guess = is_row || tells_nothing(&best.format) || is_inferred(&best.format);
        let is_paired = layers.last() == Some(&Wrapper::Paired);
        if is_guess || is_paired && tells_of_nothing_timed(&best.format, sample) {
            let within = without(layers, sample, stem).filter(|inner| says_more(inner, &best));
            best = within.unwrap_or(best);
        }
    }
    with_others(&mut best, sample);
    Some(best)
}

/// Layers that are around lines whatever these say; and the same with those, one by one, that may
/// be none: any object with a message may be the record of a shipper, and so may any row.
fn by_certainty(layers: &[Wrapper]) -> (&[Wrapper], impl Iterator<Item = &[Wrapper]>) {
    let is_open =
        |one: &Wrapper| matches!(one, Wrapper::Shipped | Wrapper::Rows(_) | Wrapper::Paired);
    let first = layers.iter().position(is_open).unwrap_or(layers.len());
    let lengths = (first + 1..=layers.len())
        .filter(move |&length| layers[length..].first().is_none_or(is_open));
    (&layers[..first], lengths.map(|length| &layers[..length]))
}

/// A format that was asked for, within the layers that are around the lines, if it reads more of
/// them so.
pub fn forced(format: &Format, head: &LineBatch) -> Detected {
    if export::is_in(head) {
        let found = forced(format, &export::as_lines(head));
        return Detected {
            format: exported(found.format),
            ..found
        };
    }
    let sample = first_lines(head);
    let read = |format: &Format| sample.len() - refused(format, open(), &sample).len();
    let own = |format: &Format| {
        let parsed = parse_as(format, open(), &sample, Anew::Keep);
        parsed.chunk.len() - parsed.read_by.values().sum::<u64>() as usize
    };
    let all = layers(&sample);
    let (certain, open) = by_certainty(&all);
    let mut within = iter::once(certain).chain(open).map(|layers| {
        let mut within = format.clone();
        within.around.wrappers = layers.to_vec();
        within
    });
    let is_better = |within: &Format| {
        !within.around.wrappers.is_empty()
            && read(within) >= read(format)
            && own(within) > own(format)
    };
    let better = within.find(is_better);
    let format = better.unwrap_or_else(|| format.clone());
    let layers = format.around.wrappers.clone();
    let found = Detected {
        format,
        confidence: 1.0,
        reason: "from --format".to_owned(),
    };
    match layers.is_empty() {
        true => with_told(found, &sample, false),
        false => with_told(found, &first_lines(&lines_within(&layers, &sample)), true),
    }
}

/// The lines of a sample without these layers, process by process.
fn lines_within(layers: &[Wrapper], sample: &LineBatch) -> LineBatch {
    let lanes = unwrap(layers, open(), sample, &mut names()).lanes;
    LineBatch::split(text_of(&lanes), 0)
}

fn text_of(lanes: &[Lane]) -> Vec<u8> {
    let text = lanes.iter().flat_map(|lane| {
        let lines = (0..lane.batch.len()).map(|i| lane.batch.line(i));
        lines.flat_map(|line| line.iter().copied().chain([b'\n']))
    });
    text.collect()
}

/// A format that reads the entries of an export as lines of JSON, for the export.
pub(in crate::formats) fn exported(mut format: Format) -> Format {
    format.around.wrappers.insert(0, Wrapper::Export);
    format
}

/// The layers around a sample's lines, outermost first. Colours first of all where there are any.
fn layers(sample: &LineBatch) -> Vec<Wrapper> {
    let mut found = Vec::new();
    let mut stage = Stage::of(sample);
    if memchr::memchr(0x1b, &stage.buffer).is_some() {
        found.push(Wrapper::Colour);
        stage = super::layers::cleaned(&stage);
    }
    let mut names = names();
    if let Some(rows) = Columns::of(sample).map(Wrapper::Rows)
        && is_around(rows, &stage)
    {
        found.push(rows);
        stage = peeled(rows, open(), &stage, &mut names).0;
    }
    for _ in 0..DEPTH_MAX {
        let next = TRIED
            .into_iter()
            .find(|one| !found.contains(one) && is_around(*one, &stage));
        let Some(wrapper) = next else { break };
        found.push(wrapper);
        if wrapper == Wrapper::Paired {
            break;
        }
        if wrapper == Wrapper::Pretty {
            found.extend(are_shipped(&pretty::joined(&stage)).then_some(Wrapper::Shipped));
            break;
        }
        if wrapper == Wrapper::Nested {
            stage = nested::opened_all(&stage);
            continue;
        }
        if wrapper == Wrapper::Console {
            stage = console::entries(&stage);
            continue;
        }
        stage = peeled(wrapper, open(), &stage, &mut names).0;
    }
    found
}

/// For looking at lines of which nothing is known yet.
pub(super) fn open() -> StampContext {
    StampContext::from(Zone::UTC).open_start()
}

fn names() -> Vec<Interner> {
    Text::ALL.iter().map(|_| Interner::new(1 << 10)).collect()
}

fn is_around(wrapper: Wrapper, stage: &Stage<'_>) -> bool {
    if let Wrapper::Rows(columns) = wrapper {
        let rows = columns.joined(stage);
        let all = rows.items.len();
        let peeled = (0..all).filter(|&i| columns.peel(rows.line(i)).is_some());
        return all > 1 && peeled.count() as f64 >= all as f64 * LAYER_SHARE;
    }
    let lines = (0..stage.items.len()).map(|i| stage.line(i));
    // What goes on with a line is often written without its layer.
    let bearing = lines.filter(|line| join::may_open(line) && !line.trim_ascii().is_empty());
    let n = bearing.clone().count();
    let least = (n as f64 * LAYER_SHARE).ceil().max(1.0) as usize;
    if wrapper == Wrapper::Pretty {
        let out = pretty::joined(stage);
        let joined = stage.items.len() + out.extra as usize - out.items.len();
        return joined + lines_of_lists(stage) >= least;
    }
    if wrapper == Wrapper::Console {
        let joined = stage.items.len() - console::entries(stage).items.len();
        let opened = bearing.filter(|line| console::opens(line)).count();
        return opened > 0 && opened + joined >= least;
    }
    if wrapper == Wrapper::Paired {
        let all = (0..stage.items.len()).map(|i| (stage.line(i), &stage.items[i].1));
        // A dump of many lines is of one event.
        let dated = all.filter(|(line, origin)| paired::is_dated(line, origin));
        let n = dated.clone().count() as f64;
        let paired = dated.filter(|(line, origin)| paired::is_one(line, origin));
        return paired.count() as f64 >= (n * LAYER_SHARE).max(1.0);
    }
    if wrapper == Wrapper::Nested {
        return bearing.filter(|line| nested::is_in(line)).count() >= least;
    }
    let peeled = bearing.clone().filter(|line| wrapper.peel(line).is_some());
    let all = peeled.clone().count();
    all >= least
        && match wrapper {
            // Programs that write a stamp, a word and a name with a colon are many.
            Wrapper::Syslog => {
                let named = peeled.filter(|line| {
                    syslog::has_process(line) || line.first().is_some_and(u8::is_ascii_alphabetic)
                });
                named.count() * 5 >= all
            }
            Wrapper::Stern => all == n && n > 1,
            // Other words in front of each object are messages, which a layer would lose.
            Wrapper::Prefixed => most_alike(peeled.filter_map(prefixed::frame)) >= least,
            _ => true,
        }
}

/// Whether most objects, indented as they may be, are records of a shipper.
fn are_shipped(objects: &Stage<'_>) -> bool {
    let lines = (0..objects.items.len()).map(|i| objects.line(i));
    let bearing = lines.filter(|line| !line.trim_ascii().is_empty());
    let peeled = bearing
        .clone()
        .filter_map(|line| Wrapper::Shipped.peel(line));
    let least = bearing.count() as f64 * LAYER_SHARE;
    peeled.count() as f64 >= least.max(1.0)
}

/// How often the most frequent of these stands among them.
fn most_alike(frames: impl Iterator<Item = Vec<u8>>) -> usize {
    let mut counts: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    frames.for_each(|frame| *counts.entry(frame).or_default() += 1);
    counts.into_values().max().unwrap_or(0)
}

/// Lines that are objects of a list, or lists.
fn lines_of_lists(stage: &Stage<'_>) -> usize {
    let lines = (0..stage.items.len()).filter(|&i| pretty::is_of_list(stage.line(i)));
    lines.count()
}

/// The reading without these layers.
fn without(layers: &[Wrapper], sample: &LineBatch, stem: &str) -> Option<Detected> {
    let lanes = unwrap(layers, open(), sample, &mut names()).lanes;
    let lines = LineBatch::split(text_of(&lanes), 0);
    // Objects over many lines hold line ends: they are one line each.
    let inner = match layers.last() {
        Some(Wrapper::Pretty) => bare(&lanes.first()?.batch, stem, true),
        _ => bare(&lines, stem, true),
    };
    // Where each process has a format of its own, that of the one that says most.
    let mut by_size: Vec<_> = lanes.iter().collect();
    by_size.sort_by_key(|lane| std::cmp::Reverse(lane.batch.len()));
    let is_open = inner.as_ref().is_none_or(|inner| is_text(&inner.format));
    let of_lane = by_size
        .iter()
        .take(LANES_LOOKED)
        .filter(|_| is_open)
        .filter_map(|lane| bare(&lane.batch, stem, true))
        .find(|found| !is_text(&found.format));
    let inner = of_lane.or(inner);
    let inner = inner.filter(|inner| inner.format.kind != SourceKind::Metric);
    let is_mute = inner.as_ref().is_none_or(|inner| is_text(&inner.format));
    if is_mute && layers.last() == Some(&Wrapper::Prefixed) {
        // Objects that nothing understands are a part of what stands before them.
        return None;
    }
    let only_shape = matches!(
        layers,
        [Wrapper::Journald] | [Wrapper::Pretty] | [Wrapper::Nested] | [Wrapper::Colour]
    );
    if only_shape && inner.as_ref().is_none_or(|inner| is_text(&inner.format)) {
        // The journal's own format says more of messages; colours alone are no wrapper.
        return match layers {
            [Wrapper::Colour] => inner.map(|inner| around(inner, layers, sample)),
            _ => None,
        };
    }
    let inner = inner.unwrap_or_else(|| {
        let found = Detected {
            format: messages(),
            confidence: 0.0,
            reason: "messages".to_owned(),
        };
        with_told(found, &first_lines(&lines), true)
    });
    Some(around(inner, layers, sample))
}

/// A format with layers around it, and how much of the sample that reads.
fn around(mut inner: Detected, layers: &[Wrapper], sample: &LineBatch) -> Detected {
    let words: Vec<&str> = layers.iter().map(|layer| layer.name()).collect();
    let is_bare = is_text(&inner.format) && layers != [Wrapper::Colour];
    let outer = layers
        .iter()
        .rev()
        .filter(|layer| **layer != Wrapper::Colour);
    let mut name: Vec<&str> = outer.map(|layer| layer.name()).collect();
    if !is_bare || name.is_empty() {
        name.insert(0, &inner.format.name);
    }
    inner.format.name = name.join(" in ");
    inner.format.around.wrappers = layers.to_vec();
    let parsed = parse_as(&inner.format, open(), sample, Anew::Keep);
    let bearing = (parsed.lines - parsed.headers).max(1);
    inner.reason = format!(
        "{} of {} sample lines within {}: {}",
        bearing - parsed.unparsed.min(bearing),
        bearing,
        words.join(", "),
        inner.reason
    );
    inner.confidence = (bearing - parsed.unparsed.min(bearing)) as f64 / bearing as f64;
    inner
}

/// Formats for the lines that the chosen one refuses, best first.
fn with_others(best: &mut Detected, sample: &LineBatch) {
    for _ in 0..OTHERS_MAX {
        let rest = left_over(&best.format, open(), sample);
        if rest.is_empty() {
            return;
        }
        let is_wrapped = !best.format.around.wrappers.is_empty();
        let found = bare(&rest, "", is_wrapped).filter(|found| {
            // A layer's lines without a format of their own are messages anyway.
            if is_wrapped && is_text(&found.format) {
                return false;
            }
            let counts = matches!(found.format.engine, Engine::Delimited(_));
            !counts && found.confidence >= OTHER_SHARE
        });
        let layers = layers(&rest);
        let (layers, _) = by_certainty(&layers);
        let is_open = found.as_ref().is_none_or(|found| is_text(&found.format));
        let wrapped = (is_open && !is_wrapped && !layers.is_empty())
            .then(|| without(layers, &rest, ""))
            .flatten()
            .filter(|found| found.confidence >= OTHER_SHARE);
        let Some(found) = wrapped.or(found) else {
            return;
        };
        let is_known = |other: &Format| other.name == found.format.name;
        if best.format.around.others.iter().any(is_known) {
            return;
        }
        best.format.around.others.push(found.format);
    }
}
