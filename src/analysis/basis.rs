//! What a `Snapshot` concludes, as an incident file keeps it.
//!
//! In: a finished `Snapshot`. Out: its computed values, as if nobody had overridden any of them.

use super::{Concluded, Snapshot};
use crate::clock::words::rfc3339;
use crate::durations::{Choice, Durations};
use crate::records::RecordKind;
use crate::records::incident_file::{
    Basis, BasisDuration, BasisIncident, BasisMilestone, BasisWindow, Stated,
};

/// The computed values of all incidents.
pub fn basis(snapshot: &Snapshot, saved_at_ns: i64) -> Basis {
    let is_source = |input: &&super::Input| input.format != RecordKind::Incident.word();
    let inputs = || snapshot.inputs.iter().filter(is_source);
    Basis {
        saved_at: saved_at_ns,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        events: inputs().map(|input| input.events).sum(),
        sources: inputs().count() as u64,
        range: snapshot
            .range
            .map(|(from, to)| vec![rfc3339(from), rfc3339(to)])
            .unwrap_or_default(),
        bucket_s: snapshot.grid.map(|grid| grid.width.as_s()),
        incidents: snapshot.incidents.iter().map(incident).collect(),
        ..Basis::default()
    }
}

fn incident(concluded: &Concluded) -> BasisIncident {
    let (incident, measured) = (&concluded.incident, &concluded.measured);
    let windows = measured.windows.iter().map(|span| {
        // Where logs give the windows, theirs: people may have moved those measured.
        let own = incident
            .windows
            .iter()
            .find(|one| one.start == span.start || one.end == Some(span.end));
        let (start, end) = own.map_or((span.start, span.end), |own| {
            (own.start, own.end.unwrap_or(span.end))
        });
        BasisWindow {
            start: Stated::of(&start, "log"),
            end: Stated::of(&end, "log"),
        }
    });
    let contributor = incident.contributors.first().map(|one| {
        let dimensions = one.dimensions.iter();
        let parts: Vec<String> = dimensions
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        parts.join(", ")
    });
    BasisIncident {
        id: incident.id.clone(),
        title: incident.title.clone(),
        state: incident.state.word().to_owned(),
        severity: incident.severity.word().to_owned(),
        verdict: incident.explanation.verdict.word().to_owned(),
        windows: windows.collect(),
        milestones: computed(concluded).into_iter().map(milestone).collect(),
        durations: durations(measured.unamended.as_ref().unwrap_or(&measured.durations)),
        contributor: contributor.unwrap_or_default(),
        cause: incident
            .causes
            .first()
            .map(|one| one.title.clone())
            .unwrap_or_default(),
        ..BasisIncident::default()
    }
}

/// What was taken for each milestone without overrides and without assumptions.
fn computed(concluded: &Concluded) -> Vec<Choice> {
    let measured = &concluded.measured;
    let chosen = measured.chosen.iter().filter_map(|choice| {
        let amended = measured.amended.iter().find(|one| one.kind == choice.kind);
        match amended {
            Some(amended) => amended.computed.clone(),
            None => Some(choice.clone()),
        }
    });
    chosen.filter(|choice| choice.assumed.is_none()).collect()
}

fn milestone(choice: Choice) -> BasisMilestone {
    BasisMilestone {
        kind: choice.kind.name().to_owned(),
        stated: Stated::of(&choice.when, choice.source.name()),
    }
}

fn durations(durations: &Durations) -> std::collections::BTreeMap<String, BasisDuration> {
    let one = |(name, duration): &(&'static str, crate::durations::Duration)| {
        let kept = BasisDuration {
            seconds: duration.seconds,
            words: duration.to_string(),
        };
        ((*name).to_owned(), kept)
    };
    durations.0.iter().map(one).collect()
}
