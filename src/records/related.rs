//! Times of one line that belong together: two clocks of one instant, the ends of a stretch.

use super::literals::Literal;

/// Finds pairs (`14:41 UTC+1 / 06:41 PST`, two cells of a table) and ranges (`09:05 - 09:30`,
/// `9:05 to 10:30 pm`) on one line. The first end takes zone, am or pm and date from the second
/// where it has none of its own.
pub(super) fn relate(text: &str, literals: &mut [Literal]) {
    for i in 1..literals.len() {
        let between = text
            .get(literals[i - 1].end..literals[i].start)
            .unwrap_or("")
            .trim();
        let paired = matches!(between, "/" | "|" | "(" | "=") && !literals[i - 1].paired;
        let ends_range = !literals[i - 1].ends_range && is_stretch(text, between, &literals[i - 1]);
        let [first, second] = &mut literals[i - 1..=i] else {
            continue;
        };
        second.leading &= i == 0;
        second.entry &= i == 0;
        // Two cells with a date each are two instants; two clocks of one differ in zone.
        second.paired = paired
            && !(first.dated
                && second.dated
                && first.date == second.date
                && first.zone == second.zone);
        second.ends_range = ends_range;
        if ends_range {
            first.zone = first.zone.or(second.zone);
            inherit_half(first, second);
            let owns = (first.dated, second.dated) == (true, false);
            second.date = if owns { first.date } else { second.date };
        }
    }
}

fn is_stretch(text: &str, between: &str, first: &Literal) -> bool {
    let before = text[..first.start].trim_end().to_ascii_lowercase();
    match between {
        "-" | "–" | "—" | "to" | "until" | "till" | "through" | "->" | "→" => true,
        "and" => before.ends_with("between"),
        _ => false,
    }
}

/// `9:05 to 10:30 pm` begins in the half of the day in which it ends, unless that is backwards.
fn inherit_half(first: &mut Literal, second: &Literal) {
    if first.twelve || !second.twelve || !(1..=12).contains(&first.hour) {
        return;
    }
    let afternoon = second.hour >= 12;
    let within = (first.hour % 12) * 60 + first.minute <= (second.hour % 12) * 60 + second.minute;
    first.hour = first.hour % 12 + if afternoon == within { 12 } else { 0 };
    first.twelve = true;
}
