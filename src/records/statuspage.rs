//! Statuspage: incidents and scheduled maintenances of its API and of pages, and lines of them.
//!
//! A post counts from `display_at`, which beats `created_at`. What components became beats words
//! of recovery, and verbs of the body beat the status label. While the page keeps an incident
//! open nothing is restored for good. Opened and closed at once, it was entered afterwards.

use serde_json::Value;

use super::export::{Export, Item, Said};
use super::fields::{at, list, text, word};
use super::milestone::{ClaimSource, MilestoneKind};
use super::page_components::Components;
use super::phrases::{Phrase, classify};
use super::{Context, Record, RecordKind, Told, elements, line_number, noticed, page_times};
use crate::clock::{Censor, NS_PER_MIN, When, zone_text};
use crate::events::Evidence;

/// Posts so close together, ns, were written in one go.
const AT_ONCE_NS: i64 = NS_PER_MIN;
const LISTS: [&str; 4] = [
    "incidents",
    "scheduled_maintenances",
    "incident",
    "scheduled_maintenance",
];
const SOURCE: ClaimSource = ClaimSource::StatusPage;

/// Whether an element is an incident of a page.
pub(super) fn is_of(element: &Value) -> bool {
    let has = |name: &str| element.get(name).is_some();
    element["incident_updates"].is_array() && has("status") && (has("impact") || has("shortlink"))
}

/// Reads a page of incidents or maintenances, one of them, or lines of them. Never fails.
pub(super) fn read(path: &str, json: &str, context: &Context) -> Record {
    let mut export = Export::new(path, RecordKind::Statuspage, json, context);
    let page = elements::documents(json)
        .first()
        .and_then(|one| one.member("page"));
    let page = page.and_then(|page| serde_json::from_str::<Value>(page.text).ok());
    if let Some(page) = page {
        let zone = zone_text(text(&page, "time_zone")).zone(None);
        export.record.zone = export.record.zone.or(zone);
        let name = word(&page, &["name"]);
        if !name.is_empty() {
            export.record.title = name;
        }
    }
    export.list(&LISTS);
    while let Some(item) = export.next() {
        read_incident(&mut export, &item);
    }
    export.finish()
}

/// One post of an incident.
struct Post<'v> {
    when: When,
    /// When it was entered.
    entered_ns: i64,
    status: &'v str,
    body: &'v str,
    /// Name, state before and state after.
    components: &'v [Value],
    evidence: Evidence,
}

fn read_incident(export: &mut Export, item: &Item) {
    let value = &item.value;
    let posts = posts(export, item);
    let planned = at(value, "scheduled_for").is_string() || text(value, "impact") == "maintenance";
    let mut told = Told {
        id: word(value, &["id"]),
        title: word(value, &["name"]),
        service: service(value, &posts),
        severity: word(value, &["impact_override", "impact"]),
        noticed_by: posts.first().and_then(|post| noticed::in_words(post.body)),
        planned,
        claims: Vec::new(),
    };
    let closed = is_closed(value, &posts);
    if planned {
        maintenance(export, item, &posts, &mut told);
    } else if closed && at_once(export, item, &posts) {
        entered_afterwards(export, item, &posts, &mut told);
    } else {
        start(export, item, &posts, &mut told);
        words(export, &posts, closed, &mut told);
        end(export, item, &posts, closed, &mut told);
    }
    let postmortem = text(value, "postmortem_body");
    if !postmortem.is_empty() {
        let when = export.when(at(value, "postmortem_published_at"), &item.evidence);
        export.note(when, &item.evidence, &format!("postmortem: {postmortem}"));
    }
    export.tell(told);
}

/// The posts that have a time, oldest first.
fn posts<'v>(export: &mut Export, item: &'v Item) -> Vec<Post<'v>> {
    let places = export.places_of(item, "incident_updates");
    let mut posts = Vec::new();
    for (i, update) in list(&item.value, "incident_updates").iter().enumerate() {
        let evidence = places.get(i).unwrap_or(&item.evidence).clone();
        let entered = export.when(at(update, "created_at"), &evidence);
        let shown = export.when(at(update, "display_at"), &evidence).or(entered);
        let (status, body) = (text(update, "status"), text(update, "body"));
        match shown {
            Some(when) => posts.push(Post {
                when,
                entered_ns: entered.unwrap_or(when).at_ns,
                status,
                body,
                components: list(update, "affected_components"),
                evidence,
            }),
            None => export.note(None, &evidence, &format!("{status}: {body}")),
        }
    }
    posts.sort_by_key(|post| post.when.at_ns);
    posts
}

/// The component that was hit: the first that was not operational, else the first named.
fn service(value: &Value, posts: &[Post]) -> String {
    let hit = |change: &&Value| !matches!(text(change, "new_status"), "operational" | "");
    let changes = || posts.iter().flat_map(|post| post.components);
    let named = changes().find(hit).or_else(|| changes().next());
    let of_incident = || list(value, "components").first();
    named
        .or_else(of_incident)
        .map(|one| word(one, &["name"]))
        .unwrap_or_default()
}

fn is_closed(value: &Value, posts: &[Post]) -> bool {
    let over = |status: &str| matches!(status, "resolved" | "postmortem" | "completed");
    over(text(value, "status"))
        || at(value, "resolved_at").is_string()
        || posts.iter().any(|post| over(post.status))
}

/// Whether all that is told of an incident happened within a minute.
fn at_once(export: &mut Export, item: &Item, posts: &[Post]) -> bool {
    let stated = export.when(at(&item.value, "started_at"), &item.evidence);
    let told = posts.iter().filter(|post| post.status != "postmortem");
    let told = told.map(|post| post.when.at_ns);
    let all = || told.clone().chain(stated.map(|when| when.at_ns));
    let last = told.clone().max();
    all()
        .min()
        .zip(last)
        .is_some_and(|(first, last)| last - first < AT_ONCE_NS)
}

/// Such a record tells of paperwork only.
fn entered_afterwards(export: &mut Export, item: &Item, posts: &[Post], told: &mut Told) {
    let what = "opened and closed at once: entered afterwards";
    let line = line_number(&item.evidence);
    export.defect(
        line,
        &told.title,
        what,
        "closed, and what its words say of when",
    );
    for post in posts {
        by_clock(export, post, true, told);
        let closes = post.status == "resolved";
        if closes {
            let said = Said::new(MilestoneKind::Closed, post.when, post.body);
            export.claim(told, SOURCE, said, &post.evidence);
        } else {
            export.note(Some(post.when), &post.evidence, post.body);
        }
    }
}

/// When impact began, as far as the page says, and that people knew.
fn start(export: &mut Export, item: &Item, posts: &[Post], told: &mut Told) {
    let (value, evidence) = (&item.value, &item.evidence);
    let stated = export.when(at(value, "started_at"), evidence);
    let opened = export.when(at(value, "created_at"), evidence);
    let first = posts.first().map(|post| post.when).or(opened);
    let set_back = |when: &When| first.is_none_or(|first| first.at_ns - when.at_ns >= AT_ONCE_NS);
    match (stated.filter(set_back), stated.or(first)) {
        (Some(when), _) => {
            let said = Said::new(MilestoneKind::ImpactStart, when, "stated start").sure(0.8);
            export.claim(told, SOURCE, said, evidence);
        }
        (None, Some(when)) => {
            let at_most = When {
                censor: Some(Censor::Left),
                ..when
            };
            let said = Said::new(
                MilestoneKind::ImpactStart,
                at_most,
                "at the latest when posted",
            );
            export.claim(told, SOURCE, said.sure(0.5), evidence);
        }
        (None, None) => {}
    }
    let Some(post) = posts.first() else { return };
    let entered_late = posts.len() > 1
        && posts
            .iter()
            .all(|one| (one.entered_ns - post.entered_ns).abs() < AT_ONCE_NS)
        && posts
            .iter()
            .any(|one| one.when.at_ns - post.when.at_ns >= AT_ONCE_NS);
    if entered_late {
        let what = "all posts were entered at once, and are shown at other times";
        export.defect(line_number(evidence), &told.title, what, "the times shown");
    } else {
        let words = format!("first post: {}", post.body);
        let said = Said::new(MilestoneKind::Detected, post.when, words).sure(0.8);
        export.claim(told, SOURCE, said, &post.evidence);
    }
}

/// What the posts say in words, but for the end.
fn words(export: &mut Export, posts: &[Post], closed: bool, told: &mut Told) {
    let with_components = posts.iter().any(|post| !post.components.is_empty());
    let mut label = "";
    for (i, post) in posts.iter().enumerate() {
        if post.status == "postmortem" {
            export.note(
                Some(post.when),
                &post.evidence,
                &format!("postmortem: {}", post.body),
            );
            continue;
        }
        // A label says something where it is new.
        let phrases = match post.status == label {
            true => classify(post.body),
            false => classify(&format!("{} - {}", post.status, post.body)),
        };
        label = post.status;
        let known = told.claims.len();
        by_clock(export, post, closed, told);
        for phrase in &phrases {
            let Some(kind) = kind_of(phrase, post, closed && !with_components) else {
                continue;
            };
            claim_phrase(export, told, post, &Phrase { kind, ..*phrase });
        }
        // The first is the claim that people knew.
        let is_claimed =
            told.claims.len() > known || i == 0 && export.says(told, MilestoneKind::Detected);
        if !is_claimed {
            let text = format!("{}: {}", post.status, post.body);
            export.note(Some(post.when), &post.evidence, &text);
        }
    }
}

/// Impact that a post gives times of. What the page keeps open has no end.
fn by_clock(export: &mut Export, post: &Post, closed: bool, told: &mut Told) {
    for (kind, when) in page_times::stated(post.body, export.record.zone, &post.when) {
        if closed || kind != MilestoneKind::Restored {
            let said = Said::new(kind, when, post.body).sure(0.8);
            export.claim(told, SOURCE, said, &post.evidence);
        }
    }
}

/// What a phrase of a post claims of the whole incident. A recovery in words is one of a part
/// while the page has not closed the incident, or where it says what components became.
fn kind_of(phrase: &Phrase, post: &Post, may_restore: bool) -> Option<MilestoneKind> {
    match phrase.kind {
        MilestoneKind::Closed if post.status == "resolved" => Some(MilestoneKind::Closed),
        MilestoneKind::Restored | MilestoneKind::Closed if may_restore => {
            Some(MilestoneKind::Restored)
        }
        MilestoneKind::Restored | MilestoneKind::Closed => Some(MilestoneKind::PartialRecovery),
        kind => Some(kind),
    }
}

fn claim_phrase(export: &mut Export, told: &mut Told, post: &Post, phrase: &Phrase) {
    let again = export.says(told, phrase.kind);
    let when = match phrase.kind {
        // Only the first shows when people knew, and impact began before it was written of.
        MilestoneKind::Detected | MilestoneKind::ImpactStart if again => return,
        MilestoneKind::ImpactStart => When {
            censor: Some(Censor::Left),
            ..post.when
        },
        _ => post.when,
    };
    let said = Said::new(phrase.kind, when, post.body).sure(phrase.confidence);
    export.claim(told, SOURCE, said, &post.evidence);
    export.as_phrased(phrase);
}

/// When service was back and when the incident was closed.
fn end(export: &mut Export, item: &Item, posts: &[Post], closed: bool, told: &mut Told) {
    let mut components = Components::default();
    for (i, post) in posts.iter().enumerate() {
        let was_down = components.is_down();
        components.take(post.components);
        let since = posts[i.saturating_sub(1)].when.at_ns;
        let between = When::between(since, post.when.at_ns, post.when.hi_ns);
        let kind = match (was_down, components.is_down()) {
            (true, false) if closed => MilestoneKind::Restored,
            (true, false) => MilestoneKind::PartialRecovery,
            (false, true) if components.recovered => MilestoneKind::ImpactStart,
            _ => continue,
        };
        let said = Said::new(kind, between, components.words(post.components)).sure(0.9);
        export.claim(told, SOURCE, said, &post.evidence);
    }
    if !closed {
        return;
    }
    let last_post = posts.iter().position(|post| post.status == "resolved");
    let stated = export.when(at(&item.value, "resolved_at"), &item.evidence);
    if components.is_down() {
        let (what, line) = (components.left_down(), line_number(&item.evidence));
        export.defect(line, "resolved", &what, "closed, not restored");
    } else if let (Some(i), false) = (last_post, export.says(told, MilestoneKind::Restored)) {
        let since = posts[i.saturating_sub(1)].when.at_ns;
        let back = When::between(since, posts[i].when.at_ns, posts[i].when.hi_ns);
        let said = Said::new(MilestoneKind::Restored, back, "at the latest when resolved");
        export.claim(told, SOURCE, said.sure(0.5), &posts[i].evidence);
    }
    if let (Some(when), false) = (stated, export.says(told, MilestoneKind::Closed)) {
        let said = Said::new(MilestoneKind::Closed, when, "resolved");
        export.claim(told, SOURCE, said, &item.evidence);
    }
}

/// A maintenance is a change that took effect when it began, and is closed when it is completed.
fn maintenance(export: &mut Export, item: &Item, posts: &[Post], told: &mut Told) {
    for post in posts {
        let kind = match post.status {
            "in_progress" => MilestoneKind::Change,
            "completed" | "resolved" => MilestoneKind::Closed,
            _ => {
                let text = format!("{}: {}", post.status, post.body);
                export.note(Some(post.when), &post.evidence, &text);
                continue;
            }
        };
        let said = Said::new(kind, post.when, format!("{}: {}", told.title, post.body));
        export.claim(told, SOURCE, said.sure(0.9), &post.evidence);
    }
    let from = export.when(at(&item.value, "scheduled_for"), &item.evidence);
    let until = export.when(at(&item.value, "scheduled_until"), &item.evidence);
    export.note(
        from,
        &item.evidence,
        &format!("{}: scheduled from", told.title),
    );
    export.note(
        until,
        &item.evidence,
        &format!("{}: scheduled until", told.title),
    );
}
