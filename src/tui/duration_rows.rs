//! The durations as rows of a table: how long, from when to when, who says so.

use crate::analysis::Concluded;
use crate::clock::words::{clock_minute, length};
use crate::clock::{Censor, NS_PER_S, Zone};
use crate::durations::{Choice, Duration};
use crate::incidents::how_bad;
use crate::records::MilestoneKind;

/// What is shown of one duration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DurationRow {
    /// Its word: `detect`.
    pub label: &'static str,
    /// How long, with what is certain.
    pub value: String,
    /// From when to when: `15:35 → 15:40`; empty where an end is not known.
    pub way: String,
    /// Who says when it ended.
    pub source: String,
    /// What belongs beside it.
    pub aside: String,
    /// What was computed, where somebody overrode an end of it; else empty.
    pub computed: String,
    /// Whether there is no number.
    pub missing: bool,
}

/// Word, name and place by importance, in the order of the screen.
const DURATIONS: [(&str, &str, u8); 12] = [
    ("change lead", "change_lead", 5),
    ("detect", "ttd", 1),
    ("notify", "ttn", 8),
    ("acknowl.", "tta", 7),
    ("identify", "tti", 2),
    ("mitigate", "ttm", 3),
    ("restore", "ttr", 0),
    ("down", "downtime", 4),
    ("full outage", "effective_downtime", 6),
    ("repair", "reaction_repair", 9),
    ("close", "ttc", 10),
    ("failed depl.", "fdrt", 11),
];

/// The durations worth a line, at most `n`: the most important of those that are known, in the
/// order of the lifecycle. The times to detect and to restore are always among them.
pub fn durations(concluded: &Concluded, zone: Zone, n: usize) -> Vec<DurationRow> {
    let durations = &concluded.measured.durations;
    let mut rows: Vec<(u8, usize, DurationRow)> = DURATIONS
        .iter()
        .enumerate()
        .filter_map(|(place, (label, name, importance))| {
            // The same word as in the state line.
            let label = match *name {
                "downtime" => how_bad::word(&concluded.incident),
                _ => label,
            };
            let row = duration_row(concluded, label, name, durations.get(name)?, zone);
            let penalty = if row.missing && *importance > 1 {
                100
            } else {
                0
            };
            Some((importance + penalty, place, row))
        })
        .collect();
    rows.sort_by_key(|row| row.0);
    rows.truncate(n);
    rows.sort_by_key(|row| row.1);
    rows.into_iter().map(|row| row.2).collect()
}

/// How many durations have something to say.
pub fn durations_known(concluded: &Concluded) -> usize {
    let said = |(name, duration): &&(&str, Duration)| {
        DURATIONS.iter().any(|known| known.1 == *name)
            && (duration.seconds.is_some() || matches!(*name, "ttd" | "ttr"))
    };
    concluded.measured.durations.0.iter().filter(said).count()
}

fn duration_row(
    concluded: &Concluded,
    label: &'static str,
    name: &str,
    duration: &Duration,
    zone: Zone,
) -> DurationRow {
    let chosen = |kind: Option<MilestoneKind>| {
        concluded
            .measured
            .chosen
            .iter()
            .find(|choice| Some(choice.kind) == kind)
    };
    let (from, to) = (chosen(duration.from), chosen(duration.to));
    let way = match (from, to) {
        (Some(from), Some(to)) => way(from.when.at_ns, to.when.at_ns, zone),
        _ => String::new(),
    };
    let unamended = concluded.measured.unamended.as_ref();
    let computed = unamended
        .and_then(|all| all.get(name))
        .filter(|computed| computed.seconds != duration.seconds)
        .map_or_else(String::new, |computed| format!("computed: {computed}"));
    DurationRow {
        label,
        value: duration.to_string(),
        way,
        source: to.map_or("", said_by).to_owned(),
        aside: match to {
            _ if !computed.is_empty() => computed.clone(),
            _ if duration.reason.as_deref() == Some("early_warning") => {
                format!("before impact, {}", counterfactual(concluded))
            }
            _ if name == "ttd" => counterfactual(concluded),
            Some(to) if is_contradicted(concluded, to) => "the logs contradict".to_owned(),
            Some(to) if to.when.censor == Some(Censor::Unconfirmed) => "not confirmed".to_owned(),
            _ => String::new(),
        },
        missing: duration.seconds.is_none(),
        computed,
    }
}

/// Who says so; of an alert nobody knows whether anyone got it.
fn said_by(choice: &Choice) -> &'static str {
    match choice.assumed {
        Some("assumed_delivered") => "alert only",
        _ => choice.source.words(),
    }
}

/// Whether the logs contradict the claim that was chosen.
fn is_contradicted(concluded: &Concluded, choice: &Choice) -> bool {
    let claim = choice
        .claim
        .and_then(|index| concluded.incident.milestones.get(index));
    claim.is_some_and(|claim| claim.note.contains("contradicted by the logs"))
}

/// `15:35 → 15:40`; `9 Jul → 5 Aug` when it took longer than a day.
fn way(from_ns: i64, to_ns: i64, zone: Zone) -> String {
    let is_long = to_ns.abs_diff(from_ns) > 86_400 * NS_PER_S.unsigned_abs();
    let words = |ns| {
        if is_long {
            zone.local(ns).format("%-d %b").to_string()
        } else {
            clock_minute(ns, zone)
        }
    };
    format!("{} → {}", words(from_ns), words(to_ns))
}

/// When the logs alone would have told: `logs +40 s, burn +2 min`. Never mixed with detection.
pub fn counterfactual(concluded: &Concluded) -> String {
    let Some(start) = concluded.incident.windows.first() else {
        return String::new();
    };
    let after = |ns: Option<i64>, who: &str| {
        let lead_ns = ns?.saturating_sub(start.start.at_ns);
        let sign = if lead_ns < 0 { "" } else { "+" };
        Some(format!("{who} {sign}{}", length(lead_ns)))
    };
    let both = [
        after(concluded.incident.detectable_at_ns, "logs"),
        after(concluded.burn_alert_at_ns, "burn"),
    ];
    let both: Vec<String> = both.into_iter().flatten().collect();
    both.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_before_the_impact_and_an_alert_alone_are_said_to_be_so() {
        let mut snapshot = crate::tui::fixture::outage();
        let measured = &mut snapshot.incidents[0].measured;
        let detect = measured.durations.0.iter_mut();
        let detect = detect.filter(|one| one.0 == "ttd").map(|one| &mut one.1);
        detect.for_each(|one| one.reason = Some("early_warning".to_owned()));
        let chosen = measured.chosen.iter_mut();
        let detected = chosen.filter(|one| one.kind == MilestoneKind::Detected);
        detected.for_each(|one| one.assumed = Some("assumed_delivered"));
        let rows = durations(&snapshot.incidents[0], Zone::UTC, 1);
        let row = rows.first().expect("the time to restore is there");
        assert_eq!(row.label, "restore");
        let rows = durations(&snapshot.incidents[0], Zone::UTC, 2);
        assert_eq!((rows[0].label, &*rows[0].source), ("detect", "alert only"));
        assert!(
            rows[0].aside.starts_with("before impact, "),
            "{:?}",
            rows[0]
        );
    }

    #[test]
    fn a_way_of_days_names_the_days() {
        let day = 86_400 * NS_PER_S;
        assert_eq!(way(0, 90 * NS_PER_S, Zone::UTC), "00:00 → 00:01");
        assert_eq!(way(0, 27 * day, Zone::UTC), "1 Jan → 28 Jan");
    }
}
