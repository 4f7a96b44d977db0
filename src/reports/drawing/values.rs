//! What the lanes of a drawing show, as JSON for the script of a page.

use serde_json::{Value, json};

use super::Drawing;
use crate::clock::{NS_PER_S, Zone};
use crate::text::printable;

/// Changes of the zone's offset that a page is told of: four of every year for some decades.
const OFFSETS_MAX: usize = 200;

/// The values with their axis. Numbers have four digits; what is not known is null.
pub fn json(drawing: &Drawing) -> String {
    let seconds = |ns: i64| ns as f64 / NS_PER_S as f64;
    let lanes = drawing.lanes.iter().map(|lane| {
        json!({
            "name": printable(&lane.name),
            "source": printable(&lane.source),
            "unit": printable(&lane.unit),
            "values": numbers(&lane.values),
            "expected": numbers(&lane.expected),
        })
    });
    let value = json!({
        "from_s": seconds(drawing.from_ns),
        "to_s": seconds(drawing.to_ns),
        "cell_s": seconds(drawing.cell_ns),
        "zone": drawing.zone().name_at(drawing.from_ns),
        "offsets": offsets(drawing),
        "lanes": lanes.collect::<Vec<Value>>(),
    });
    value.to_string()
}

fn numbers(values: &[f64]) -> Vec<Value> {
    let number = |x: &f64| {
        let short: Option<f64> = x
            .is_finite()
            .then(|| format!("{x:.3e}").parse().ok())
            .flatten();
        short.map_or(Value::Null, Value::from)
    };
    values.iter().map(number).collect()
}

/// `[from_s, seconds_east, name]`: since when clocks show which offset, looked at once an hour.
fn offsets(drawing: &Drawing) -> Vec<Value> {
    let zone = drawing.zone();
    let offset = |ns: i64| {
        let from_s = ns.div_euclid(NS_PER_S);
        json!([from_s, zone.seconds_east(ns), zone.name_at(ns)])
    };
    let mut found = vec![offset(drawing.from_ns)];
    if matches!(zone, Zone::Fixed(_)) {
        return found;
    }
    let hour = 3600 * NS_PER_S;
    let mut last = zone.seconds_east(drawing.from_ns);
    let mut ns = drawing.from_ns.div_euclid(hour).saturating_mul(hour);
    while ns < drawing.to_ns && found.len() < OFFSETS_MAX {
        if ns > drawing.from_ns && zone.seconds_east(ns) != last {
            last = zone.seconds_east(ns);
            found.push(offset(ns));
        }
        ns = ns.saturating_add(hour);
    }
    found
}
