//! Messages that are new in an incident, and messages that are missing, in words.

use super::Scene;
use super::title::grouped;
use crate::anomalies::Anomaly;
use crate::anomalies::templates::{NEW, VANISHED};
use crate::text::shorten;

/// New templates named; further ones are counted.
const NEW_MAX: usize = 2;
/// Longest template quoted, in cells.
const TEMPLATE_WIDTH: usize = 100;

/// `new: connect EADDRNOTAVAIL <*> (1,204 times); no more: job <*> done`; `None` if all
/// messages are the usual ones. Errors first, then by score.
pub fn words(scene: &Scene<'_>, members: &[usize]) -> Option<String> {
    let of = |detector: &str| {
        let members = members.iter().map(|&i| &scene.anomalies[i]);
        let mut found: Vec<&Anomaly> = members.filter(|one| one.detector == detector).collect();
        let is_error = |one: &Anomaly| one.signal.name == "error messages";
        found.sort_by(|a, b| {
            let by_score = || b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id));
            is_error(b).cmp(&is_error(a)).then_with(by_score)
        });
        found
    };
    let (mut new, gone) = (of(NEW), of(VANISHED));
    // Beside new errors and warnings, new chatter is no news.
    if new.iter().any(|one| one.signal.name != "messages") {
        new.retain(|one| one.signal.name != "messages");
    }
    let mut parts: Vec<String> = new
        .iter()
        .take(NEW_MAX)
        .map(|one| format!("new: {} ({} times)", template(one), grouped(one.n as f64)))
        .collect();
    if new.len() > NEW_MAX {
        parts.push(format!("{} more new messages", new.len() - NEW_MAX));
    }
    parts.extend(
        gone.first()
            .map(|one| format!("no more: {}", template(one))),
    );
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// The template of a template's anomaly, shortened.
pub fn template(anomaly: &Anomaly) -> String {
    let entity = anomaly.signal.entity.as_deref().unwrap_or_default();
    shorten(
        entity.strip_prefix("template=").unwrap_or(entity),
        TEMPLATE_WIDTH,
    )
}
