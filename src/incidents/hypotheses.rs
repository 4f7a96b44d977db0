//! What people took for the cause, held against what the logs show.

use super::{Explanation, Verdict};
use crate::records::{Milestone, MilestoneKind};

/// Traffic within this of its baseline did not cause anything.
const UNMOVED: f64 = 1.1;
/// How sure a contradicted hypothesis still is.
const CONTRADICTED_CONFIDENCE: f64 = 0.2;
/// Words that blame the amount of work.
const LOAD_WORDS: [&str; 7] = [
    "denial of service",
    "ddos",
    "attack",
    "traffic spike",
    "flood",
    "capacity",
    "peak hours",
];

/// Lowers the confidence of identifications that the logs contradict, and says so: load is
/// blamed although traffic did not move. They stay on record as rejected hypotheses.
pub fn judge(claims: &mut [Milestone], explanation: &Explanation) {
    // More work came in, though not as requests: nobody was wrong to say so.
    if explanation.verdict == Verdict::Load {
        return;
    }
    let Some(traffic) = explanation.traffic_ratio.filter(|ratio| *ratio < UNMOVED) else {
        return;
    };
    let blames_load = |note: &str| {
        LOAD_WORDS
            .iter()
            .any(|word| note.to_lowercase().contains(word))
    };
    for claim in claims
        .iter_mut()
        .filter(|claim| claim.kind == MilestoneKind::Identified && blames_load(&claim.note))
    {
        claim.confidence = claim.confidence.min(CONTRADICTED_CONFIDENCE);
        claim.note.push_str(&format!(
            " (contradicted by the logs: traffic x{traffic:.2})"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::When;
    use crate::events::Evidence;
    use crate::records::ClaimSource;

    fn check(note: &str, traffic_ratio: f64, contradicted: bool) {
        let evidence = vec![Evidence::Line {
            path: "x".into(),
            line: 1,
            offset: 0,
        }];
        let mut claims = [Milestone::new(
            MilestoneKind::Identified,
            When::exact(0),
            ClaimSource::Text,
            evidence,
        )
        .noted(note)];
        let explanation = Explanation {
            verdict: Verdict::Regression,
            traffic_ratio: Some(traffic_ratio),
            cost_ratio: None,
            in_flight_ratio: None,
            limit: None,
            sentence: String::new(),
            evidence: Vec::new(),
        };
        judge(&mut claims, &explanation);
        assert_eq!(
            claims[0].note.contains("contradicted"),
            contradicted,
            "{note} at x{traffic_ratio}"
        );
        assert_eq!(claims[0].confidence < 0.5, contradicted);
    }

    #[test]
    fn load_is_no_cause_where_traffic_did_not_move() {
        check("We suspect a denial of service attack", 1.02, true);
        check("We suspect a denial of service attack", 4.0, false);
        check("A wrong index was chosen", 1.02, false);
    }
}
