//! The drawing as SVG: alone for a README or a chat, or as the part of a page that its script moves.
//!
//! In: a `Drawing`. Out: one `<svg>` element with its style, without script, font or link. Colours
//! are told apart by people who see few of them (Okabe and Ito 2008, darkened or lightened for
//! the paper), and the name of every lane stands beside it.

use super::axis::ticks;
use super::{Bar, Drawing, Lane, Mark, Row};
use crate::clock::words::date;
use crate::reports::document::escape;
use crate::reports::words::amount;
use crate::series::Family;
use crate::text::shorten;

const STYLE: &str = include_str!("drawing.css");
/// Widths, in units of the picture.
const WIDTH: f64 = 960.0;
const LEFT: f64 = 196.0;
const PLOT: f64 = 690.0;
/// Heights.
const TOP: f64 = 58.0;
const LANE: f64 = 34.0;
const LANE_GAP: f64 = 8.0;
const WINDOWS: f64 = 22.0;
const MARK: f64 = 15.0;
/// Rows over each other for marks that are close together.
const STOREYS_MAX: usize = 4;
/// Two marks closer than this are not put beside each other.
const MARK_WIDTH: f64 = 14.0;
/// A share's lane is at least this high, a share: 0.2 % of errors is no wall.
const SHARE_TOP_MIN: f64 = 0.01;
/// Room that the label of a tick takes.
const LABEL: f64 = 34.0;
/// Ticks of the axis, about.
const TICKS: usize = 8;
/// Cells of a lane's name and of its source.
const NAME_CELLS: usize = 30;

/// What the picture is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// A file of its own: tips are those of the viewer.
    Alone,
    /// Part of a page, whose script shows the tips.
    Page,
}

/// The picture.
pub fn write(drawing: &Drawing, use_: Use) -> String {
    let mut body = String::new();
    let lanes_height = drawing.lanes.len() as f64 * (LANE + LANE_GAP);
    let mut y = TOP + lanes_height;
    let windows_y = y;
    if !drawing.windows.is_empty() {
        y += WINDOWS;
    }
    let mut rows = Vec::new();
    for row in &drawing.rows {
        let storeys = storeys(drawing, row);
        let height = (storeys.iter().max().copied().unwrap_or(0) + 1) as f64 * MARK + 4.0;
        rows.push((row, storeys, y));
        y += height;
    }
    let height = y + 8.0 + if drawing.left_out > 0 { 14.0 } else { 0.0 };
    head(&mut body, drawing, use_, height);
    for (i, lane) in drawing.lanes.iter().enumerate() {
        labels(&mut body, lane, lane_y(i));
    }
    if !drawing.windows.is_empty() {
        label(&mut body, "windows", windows_y + 14.0);
    }
    for (row, _, y) in &rows {
        let more = match row.left_out {
            0 => String::new(),
            n => format!(" (+{n})"),
        };
        label(&mut body, &format!("{}{more}", row.name), y + 12.0);
    }
    if drawing.left_out > 0 {
        let words = format!("{} more signals are not drawn", drawing.left_out);
        let at = height - 6.0;
        body.push_str(&format!(
            "<text class=\"faint\" x=\"8\" y=\"{at}\">{words}</text>\n"
        ));
    }
    body.push_str(&format!(
        "<svg class=\"plot\" x=\"{LEFT}\" y=\"0\" width=\"{PLOT}\" height=\"{height}\" overflow=\"hidden\">\n"
    ));
    axis(&mut body, drawing, y);
    body.push_str("<g class=\"stretch\">\n");
    for bar in &drawing.windows {
        let (from, to) = (
            place(drawing, bar.start.at_ns),
            place(drawing, bar.end.at_ns),
        );
        body.push_str(&rect("band", from, to, TOP - 4.0, windows_y - TOP + 4.0));
    }
    for (i, lane) in drawing.lanes.iter().enumerate() {
        plot(&mut body, drawing, lane, lane_y(i));
    }
    body.push_str("</g>\n");
    for bar in &drawing.windows {
        window(&mut body, drawing, bar, windows_y, use_);
    }
    for (row, storeys, y) in &rows {
        for (mark, storey) in row.marks.iter().zip(storeys) {
            self::mark(
                &mut body,
                drawing,
                mark,
                y + *storey as f64 * MARK + 9.0,
                use_,
            );
        }
    }
    body.push_str("</svg>\n</svg>\n");
    body
}

fn lane_y(i: usize) -> f64 {
    TOP + i as f64 * (LANE + LANE_GAP)
}

fn head(out: &mut String, drawing: &Drawing, use_: Use, height: f64) {
    let focus = match use_ {
        Use::Alone => "role=\"img\"",
        Use::Page => "role=\"group\" tabindex=\"0\"",
    };
    let title = escape::html(&drawing.title);
    out.push_str(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"rfo\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" {focus} aria-label=\"Timeline: {title}\">\n"
    ));
    if use_ == Use::Alone {
        out.push_str(&format!("<title>{title}</title>\n"));
    }
    out.push_str(&format!("<style>\n{STYLE}</style>\n"));
    out.push_str("<defs><pattern id=\"unknown\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><line class=\"hatch\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\"/></pattern></defs>\n");
    out.push_str(&format!(
        "<rect class=\"paper\" width=\"{WIDTH}\" height=\"{height}\"/>\n"
    ));
    let title = escape::html(&shorten(&drawing.title, 120));
    out.push_str(&format!(
        "<text class=\"head\" x=\"8\" y=\"20\">{title}</text>\n"
    ));
    let zone = drawing.zone();
    let day = format!(
        "{} {}",
        date(drawing.from_ns, zone),
        zone.name_at(drawing.from_ns)
    );
    let cell = amount(drawing.cell_ns as f64 / 1e9, "s");
    let words = format!("{day}; cells of {cell}; dashes: expected; hatched: not known");
    out.push_str(&format!(
        "<text class=\"faint\" x=\"8\" y=\"36\">{}</text>\n",
        escape::html(&words)
    ));
}

fn label(out: &mut String, name: &str, y: f64) {
    let name = escape::html(&shorten(name, NAME_CELLS));
    out.push_str(&format!("<text x=\"8\" y=\"{y}\">{name}</text>\n"));
}

/// Name, source and peak of a lane.
fn labels(out: &mut String, lane: &Lane, y: f64) {
    label(out, &lane.name, y + 14.0);
    let source = escape::html(&shorten(&lane.source, NAME_CELLS));
    let (below, behind) = (y + 27.0, LEFT + PLOT + 4.0);
    out.push_str(&format!(
        "<text class=\"faint\" x=\"8\" y=\"{below}\">{source}</text>\n"
    ));
    let peak = escape::html(&amount(lane.peak(), short_unit(&lane.unit)));
    let at = y + 10.0;
    out.push_str(&format!(
        "<text class=\"faint\" x=\"{behind}\" y=\"{at}\">{peak}</text>\n"
    ));
}

/// The unit where it fits behind a lane; the lane's name says what else is counted.
fn short_unit(unit: &str) -> &str {
    match unit {
        "share" | "s" => unit,
        unit if unit.starts_with("1/") => unit,
        _ => "",
    }
}

fn axis(out: &mut String, drawing: &Drawing, bottom: f64) {
    out.push_str("<g class=\"ticks\">\n");
    for tick in ticks(drawing.from_ns, drawing.to_ns, drawing.zone(), TICKS) {
        let x = short(place(drawing, tick.at_ns));
        // No room for a label at the very end.
        let room = x <= PLOT - LABEL;
        let text = if room {
            escape::html(&tick.label)
        } else {
            String::new()
        };
        out.push_str(&format!(
            "<line class=\"rule\" x1=\"{x}\" y1=\"{}\" x2=\"{x}\" y2=\"{bottom}\"/><text class=\"faint\" x=\"{x}\" y=\"48\">{text}</text>\n",
            TOP - 4.0
        ));
    }
    out.push_str("</g>\n");
}

/// The value at the top of a lane.
fn top_of(lane: &Lane) -> f64 {
    let expected = lane.expected.iter().copied().filter(|x| x.is_finite());
    let highest = expected.fold(lane.peak(), f64::max);
    let least = if lane.unit == "share" {
        SHARE_TOP_MIN
    } else {
        0.0
    };
    if highest.is_finite() {
        highest.max(least)
    } else {
        least
    }
}

/// The area of a lane, what was expected, its limit, and where nothing is known.
fn plot(out: &mut String, drawing: &Drawing, lane: &Lane, y: f64) {
    let (top, base) = (top_of(lane), y + LANE);
    let height = |x: f64| match top > 0.0 {
        true => base - (x.max(0.0) / top).min(1.0) * LANE,
        false => base,
    };
    let (from, to) = (
        place(drawing, drawing.from_ns),
        place(drawing, drawing.to_ns),
    );
    let x = |i: usize| {
        let after_ns = drawing.cell_ns.saturating_mul(i as i64);
        place(drawing, drawing.from_ns.saturating_add(after_ns))
    };
    // From the left edge of each cell to its right one, at the height of its value.
    let steps = |values: &[f64], run: std::ops::Range<usize>| -> String {
        run.map(|i| {
            let (height, right) = (short(height(values[i])), short(x(i + 1).min(to)));
            format!("V{height}H{right}")
        })
        .collect()
    };
    out.push_str(&format!("<g class=\"{}\">\n", class(lane.family)));
    for (known, run) in runs(&lane.values) {
        let left = short(x(run.start));
        match known {
            false => out.push_str(&rect("gap", x(run.start), x(run.end).min(to), y, LANE)),
            true => out.push_str(&format!(
                "<path class=\"area\" d=\"M{left} {base}{}V{base}Z\"/>\n",
                steps(&lane.values, run)
            )),
        }
    }
    for (_, run) in runs(&lane.expected).into_iter().filter(|(known, _)| *known) {
        let left = short(x(run.start));
        let at = short(height(lane.expected[run.start]));
        let path = steps(&lane.expected, run);
        out.push_str(&format!(
            "<path class=\"expected\" d=\"M{left} {at}{path}\"/>\n"
        ));
    }
    let is_near = |limit: &f64| *limit > 0.0 && *limit <= top * 1.2;
    if let Some(limit) = lane.limit.filter(is_near) {
        let at = short(height(limit));
        out.push_str(&format!(
            "<path class=\"limit\" d=\"M{from} {at}H{to}\"/>\n"
        ));
    }
    out.push_str(&format!(
        "<path class=\"rule\" d=\"M{from} {base}H{to}\"/>\n</g>\n"
    ));
}

/// Stretches of known and unknown values, in order.
fn runs(values: &[f64]) -> Vec<(bool, std::ops::Range<usize>)> {
    let mut runs: Vec<(bool, std::ops::Range<usize>)> = Vec::new();
    for (i, x) in values.iter().enumerate() {
        match runs.last_mut() {
            Some((known, run)) if *known == x.is_finite() => run.end = i + 1,
            _ => runs.push((x.is_finite(), i..i + 1)),
        }
    }
    runs
}

/// A window with what is certain of its ends.
fn window(out: &mut String, drawing: &Drawing, bar: &Bar, y: f64, use_: Use) {
    open(out, "window", &bar.tip, use_);
    let (from, to) = (
        place(drawing, bar.start.at_ns),
        place(drawing, bar.end.at_ns),
    );
    out.push_str(&rect("bar", from, to.max(from + 2.0), y + 6.0, 8.0));
    for when in [&bar.start, &bar.end] {
        let (lo, hi) = (place(drawing, when.lo_ns), place(drawing, when.hi_ns));
        out.push_str(&rect("whisker", lo, hi.max(lo + 1.0), y + 3.0, 2.0));
        out.push_str(&rect("whisker", lo, lo + 1.0, y + 1.0, 6.0));
        out.push_str(&rect("whisker", hi, hi + 1.0, y + 1.0, 6.0));
    }
    out.push_str("</g>\n");
}

fn mark(out: &mut String, drawing: &Drawing, mark: &Mark, y: f64, use_: Use) {
    open(out, "mark", &mark.tip, use_);
    let x = place(drawing, mark.when.at_ns);
    let (lo, hi) = (
        place(drawing, mark.when.lo_ns),
        place(drawing, mark.when.hi_ns),
    );
    if hi - lo > 1.0 {
        out.push_str(&rect("whisker", lo, hi, y + 6.0, 1.0));
    }
    let x = short(x);
    out.push_str(&format!(
        "<g class=\"at\" data-x=\"{x}\" transform=\"translate({x} {y})\"><circle class=\"disc\" r=\"6\"/><text class=\"letter\" y=\"3\">{}</text></g></g>\n",
        escape::html(&mark.letter.to_string())
    ));
}

/// A group that can be pointed at, and says its tip.
fn open(out: &mut String, class: &str, tip: &[String], use_: Use) {
    let lines: Vec<String> = tip.iter().map(|line| escape::html(line)).collect();
    let (label, tip) = (lines.join("; "), lines.join("&#10;"));
    match use_ {
        Use::Alone => out.push_str(&format!("<g class=\"{class}\"><title>{tip}</title>")),
        Use::Page => out.push_str(&format!(
            "<g class=\"{class}\" tabindex=\"0\" role=\"img\" aria-label=\"{label}\" data-tip=\"{tip}\">"
        )),
    }
}

fn rect(class: &str, from: f64, to: f64, y: f64, height: f64) -> String {
    let (x, width) = (short(from), short((to - from).max(0.0)));
    format!(
        "<rect class=\"{class}\" data-x=\"{x}\" data-width=\"{width}\" x=\"{x}\" y=\"{}\" width=\"{width}\" height=\"{}\"/>",
        short(y),
        short(height)
    )
}

/// Which storey each mark stands in, so that close ones do not hide each other.
fn storeys(drawing: &Drawing, row: &Row) -> Vec<usize> {
    let mut ends = [f64::NEG_INFINITY; STOREYS_MAX];
    let storey = |mark: &Mark| {
        let x = place(drawing, mark.when.at_ns);
        let free = ends.iter().position(|end| *end <= x);
        let storey = free.unwrap_or(STOREYS_MAX - 1);
        ends[storey] = x + MARK_WIDTH;
        storey
    };
    row.marks.iter().map(storey).collect()
}

fn class(family: Family) -> &'static str {
    match family {
        Family::Traffic => "traffic",
        Family::Errors => "errors",
        Family::Latency => "latency",
        Family::SlowQueries => "slow",
        Family::Sessions => "sessions",
        Family::Jobs => "jobs",
        Family::Gauge => "gauge",
        Family::Messages => "messages",
    }
}

/// Where an instant stands on the plot; what lies outside stands at its edge or just beyond.
fn place(drawing: &Drawing, ns: i64) -> f64 {
    let span = drawing.to_ns.saturating_sub(drawing.from_ns).max(1) as f64;
    let into = ns.saturating_sub(drawing.from_ns) as f64;
    (into / span * PLOT).clamp(-MARK_WIDTH, PLOT + MARK_WIDTH)
}

/// At most one decimal.
fn short(x: f64) -> f64 {
    let x = (x * 10.0).round() / 10.0;
    if x == 0.0 { 0.0 } else { x }
}
