//! What people took for the cause, held against what the logs show.

use super::{Explanation, Verdict};
use crate::records::{Milestone, MilestoneKind, Outcome};

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

/// Traffic below this times its baseline needs no more capacity than usual.
const USUAL: f64 = 1.2;
/// Words of changes that add capacity.
const CAPACITY_WORDS: [&str; 4] = ["capacity", "scale", "more servers", "more instances"];

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

/// Says in the explanation that capacity is contradicted: a resource ran out though no more work
/// came in, and capacity that was added helped for a while only. Where none was added, or traffic
/// is not known, nothing is said.
pub fn judge_capacity(explanation: &mut Explanation, milestones: &[Milestone]) {
    let usual = explanation.traffic_ratio.filter(|x| *x < USUAL);
    let Some(traffic) = usual.filter(|_| explanation.verdict == Verdict::Exhaustion) else {
        return;
    };
    let added = milestones.iter().filter(|one| {
        one.kind == MilestoneKind::MitigationAttempt
            && one.outcome == Some(Outcome::Temporary)
            && CAPACITY_WORDS
                .iter()
                .any(|word| one.note.to_lowercase().contains(word))
    });
    let times = match added.count() {
        0 => return,
        1 => "once".to_owned(),
        n => format!("{n} times"),
    };
    explanation.sentence.push_str(&format!(
        "; capacity is contradicted: requests came at x{traffic:.2} of the usual rate, and more \
         capacity helped for a time only ({times})"
    ));
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
            decomposition: None,
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

    fn said_of_capacity(verdict: Verdict, traffic: f64, note: &str, outcome: Outcome) -> bool {
        let evidence = vec![Evidence::Line {
            path: "x".into(),
            line: 1,
            offset: 0,
        }];
        let (kind, at) = (MilestoneKind::MitigationAttempt, When::exact(0));
        let mut attempt = Milestone::new(kind, at, ClaimSource::Deploys, evidence).noted(note);
        attempt.outcome = Some(outcome);
        let mut explanation = Explanation {
            verdict,
            traffic_ratio: Some(traffic),
            cost_ratio: None,
            decomposition: None,
            in_flight_ratio: None,
            limit: None,
            sentence: String::new(),
            evidence: Vec::new(),
        };
        judge_capacity(&mut explanation, &[attempt]);
        explanation.sentence.contains("capacity is contradicted")
    }

    #[test]
    fn capacity_that_helped_for_a_time_is_no_answer_where_traffic_did_not_move() {
        use Outcome::{Temporary, Worked};
        let more = "capacity to 200 %";
        assert!(said_of_capacity(Verdict::Exhaustion, 0.98, more, Temporary));
        assert!(!said_of_capacity(Verdict::Exhaustion, 1.6, more, Temporary));
        assert!(!said_of_capacity(Verdict::Exhaustion, 0.98, more, Worked));
        assert!(!said_of_capacity(Verdict::Load, 0.98, more, Temporary));
        let other = "release 12";
        assert!(!said_of_capacity(
            Verdict::Exhaustion,
            0.98,
            other,
            Temporary
        ));
    }

    #[test]
    fn load_is_no_cause_where_traffic_did_not_move() {
        check("We suspect a denial of service attack", 1.02, true);
        check("We suspect a denial of service attack", 4.0, false);
        check("A wrong index was chosen", 1.02, false);
    }
}
