//! The wordings by which people tell of a milestone.
//!
//! A table only, surest first; negation and tense are `tense`'s, what goes together `phrases`'.

use std::sync::LazyLock;

use regex::Regex;

use super::milestone::MilestoneKind;
use MilestoneKind::{
    Acknowledged, AlertFired, Change, Closed, Detected, Engaged, Fixed, Identified, ImpactStart,
    Mitigated, MitigationAttempt, Notified, Restored,
};

/// One wording.
pub(super) struct Rule {
    pub kind: MilestoneKind,
    /// In `[0, 1]`.
    pub confidence: f64,
    /// It tells of what is so, not of what came to be: `is down`.
    pub state: bool,
    pub pattern: Regex,
}

/// The rules in the order in which they are tried.
pub(super) fn rules() -> &'static [Rule] {
    static COMPILED: LazyLock<Vec<Rule>> = LazyLock::new(|| {
        let rule = |&(kind, confidence, text): &(MilestoneKind, f64, &str)| Rule {
            kind,
            confidence,
            state: confidence == STATE,
            pattern: Regex::new(text).expect("the patterns are constant and tested"),
        };
        RULES.iter().map(rule).collect()
    });
    &COMPILED
}

/// The confidence of a state: it is so by now, and may have been for long.
const STATE: f64 = 0.55;

/// The sentence's own words, surest first. All are lower case.
const RULES: &[(MilestoneKind, f64, &str)] = &[
    (
        Fixed,
        0.9,
        r"\b(?:permanent|final|long-term) (?:fix|solution)\b.{0,30}\b(?:live|deployed|released|shipped|applied|rolled out|in place)",
    ),
    (
        Mitigated,
        0.9,
        r"\bmitigated\b|\bmitigation (?:is|was|has been) (?:in place|complete|applied)|\bworkaround (?:is|was|has been)?\s?(?:in place|applied)|\bfix (?:has been |was |is |is now )?(?:applied|implemented|deployed|rolled out|in place)|\b(?:applied|implemented|deployed|rolled out|merged|shipped|pushed|released) (?:a|the|our|an) (?:\w+ )?(?:hot)?fix",
    ),
    (
        MitigationAttempt,
        0.9,
        r"\broll(?:ed|ing)?[ -]?back\b|\brollbacks?\b|\brevert(?:ed|ing)?\b|\b(?:was|were|been|being|is|are) (?:then |all )?(?:restarted|rebooted)\b|\b(?:restarted|rebooted|restarting|rebooting) (?:the|all|our|both|each|every|its|their|a|an|some|one|two|\w+ (?:pods?|servers?|hosts?|nodes?|services?|instances?|masters?))\b|\b(?:rolling |rollout )?restarts? (?:of|begins?|began|started|complete\w*)\b|\breboots? of\b|\bpatched\b|\bfailed over\b|\bfail-?over (?:started|begins?|began|complete)|\bscaled (?:up|out|down|in)\b|\badded (?:more |new |another |extra )*(?:capacity|servers?|nodes?|hosts?|instances?|workers?)|\b(?:raised|increased|bumped|doubled|lowered) (?:the|our)\b|^(?:(?:then|we|they|the team|team|engineers?) )*(?:raised|increased|bumped|doubled|lowered|reduced) (?:up )?\w+|\b(?:limit|size|capacity|count) (?:was |has been |is )?(?:raised|increased|bumped|doubled)|\bbumped (?:up )?to\b|\bblocked\b|\brate[ -]limited\b|\bdisabled\b|\bdrained\b|\bcordoned\b|\bthrottled\b|\brevoked\b|\bquarantined\b|\brerouted\b|\bdiverted\b|\bswitched over\b|\b(?:attempt(?:ed|s|ing)?|tried) to \w+|\b(?:reconfigured|changed|deployed|applied|configured|added)\b.{0,60}\bto (?:block|stop|reject|limit|throttle|contain|relieve|reduce|mitigate)\b|^to (?:block|stop|reject|limit|throttle|contain|relieve|reduce|mitigate)\b.{0,60}\b(?:reconfigured|changed|deployed|applied|configured|added)\b|\b(?:apply|applies|applied) (?:a|an|the) (?:\w+ ){0,3}(?:exclusion|mitigation|workaround|patch|block|limit|rule)\b",
    ),
    (
        Closed,
        1.0,
        r"^(?:status: )?resolved\s*(?:$|[-:.,(!]|this\b|the (?:incident|issue|outage|problem)|incident\b)|\b(?:incident|issue|problem|ticket|page|event|outage)s?(?: (?:is|are|was|were|has been|have been|now|declared|marked|as|repaired|and|fully|considered))* (?:resolved|closed|over)\b|\bmarked as resolved\b|\ball clear\b|\bclosed the incident\b|\bclosing (?:the|this) incident\b",
    ),
    (
        Restored,
        0.6,
        r"\bcoming back\b|\brecovering\b|\bsteadied\b|\bstabili[sz](?:ed|es)\b",
    ),
    (
        Restored,
        0.9,
        r"\brestored\b|\brecovered\b|\brepaired\b|\b(?:service|site|system|platform|traffic|api|performance) recovers\b|\bback to normal\b|\b(?:returned|returns|return) to normal\b|\b(?:is|are|was|were|came|come|comes|be|all) back\b|\bback (?:up|online|in service|in operation|now|again)\b|\boperating normally\b|\bworking (?:normally|again|as expected|fine)\b|\bresumed\b|\bstable again\b|\bfully operational\b|\ball systems operational\b|\b(?:was|were|is|are|has been|have been|now) (?:now )?(?:fully )?(?:resolved|fixed)\b|\bno longer (?:seeing|experiencing|observing|affected|impacted|failing)\b|\bfull recovery\b|\brecovery (?:is |was )?(?:complete|confirmed)",
    ),
    (
        ImpactStart,
        0.9,
        r"\boutage (?:begins|began|starts|started)\b|\b(?:impact|incident|faults?|issues?|problems?|errors?|failures?|disruption|degradation|slowdown|latency)(?: rates?)? (?:begins?|began|starts?|started|occurs|occurred|appears?|appeared|spikes?|spiked|climbs?|climbed|rises?|rose|jumps?|jumped)\b|\b(?:began|started|starts|begins|start|begin) (?:to )?(?:fail|degrad|time out|timing out|return|throw|drop|reject|error|crash)\w*|\b(?:began|started|starts|begins|start|begin) (?:to )?(?:see|seeing|experienc\w+) (?:\w+ ){0,3}(?:errors|failures|timeouts|delays|issues|problems|latency|slowness)|\bwent (?:down|offline|dark)\b|\b(?:goes|going) (?:down|offline|dark)\b|\bbecame (?:unavailable|unreachable|slow|unresponsive|inaccessible)\b|\bbecomes (?:unavailable|unreachable|slow|unresponsive)\b|\bre-?occur(?:red|s)?\b|\brecurred\b|\breturned again\b|\b(?:was|were|is|are|been|being) interrupted\b|\binterrupted again\b|\b(?:down|failing|unavailable|interrupted) again\b|\bcame back down\b|\bfirst errors\b|\bno longer (?:receiving|responding|available|reachable|working|accessible|able|serving)\b|\bstop(?:s|ped) (?:responding|working|receiving|serving|processing|accepting)\b|\b(?:users|customers|clients) (?:are |were )?(?:unable to|could not|couldn't|cannot|can't|lost access)\b",
    ),
    (
        Notified,
        0.9,
        r"\bpagers? (?:were |was |are |is )?(?:alerted|fired|went off|rang)\b|\b(?:on-?call|engineers?|team|responders?|operators?)\b.{0,25}\b(?:were|was|are|is|got) (?:paged|alerted|notified)|\bpaged (?:the|our|an)\b|\bpaged\b|\b(?:users?|customers?|clients?)\b.{0,20}\bnotif(?:y|ies|ied) (?:the |our )?(?:team|us|support|engineers|operations)",
    ),
    (
        AlertFired,
        0.9,
        r"\b(?:alerts?|alarms?|monitors?|checks?|probes?)\b.{0,25}\b(?:fires?|fired|triggers?|triggered|raised|went off|rang|sounded)\b|\b(?:alerts?|alarms?) (?:from|for|on|that|received)\b|\bpager ?duty\b.{0,40}\balert(?:s|ed)?\b|\bpingdom\b.{0,40}\b(?:alert|report)(?:s|ed)?\b|\b(?:users?|customers?|clients?) (?:have )?(?:reported|reports?|complain\w*|raised)\b|\breports? from (?:our |some )?(?:customers?|users?|clients?)\b|\breceived (?:\w+ )?reports\b|\bsupport tickets? (?:from|opened|raised)\b|^[^.]{0,40}\balert$",
    ),
    (
        Detected,
        0.9,
        r"\bmonitoring\b.{0,30}\b(?:shows?|showed|detects?|detected|alerted|caught|saw|sees|noticed|reports?|reported|indicated)\b|\bdetected\b|\bnotice[sd]?\b|\bspotted\b|\b(?:became|become|becomes|were made|was made|made) aware\b|\b(?:we are|we're|team|team is|team was) aware\b|\bwe (?:see|saw|observe|observed)\b|\bdiscovered\b|\b(?:initial|first) finding\b",
    ),
    (
        Detected,
        0.8,
        r"\binvestigating\b|\blooking into\b|\b(?:we are|we're) experiencing\b|\b(?:i'm|i am|we're|we are|anyone else|are you|is anyone) (?:also )?(?:seeing|getting)\b|\blooks like\b.{0,40}\b(?:is|are) (?:down|failing|broken|dead|unreachable|gone)\b",
    ),
    (
        Acknowledged,
        0.9,
        r"\back(?:nowledge[sd]?|ed)\b|\btook ownership\b|\bon-?call\b.{0,20}\b(?:responded|joined|answered)|\b(?:i'm|i am) on it\b|\btaking (?:a look|this|it)\b",
    ),
    (
        Engaged,
        0.9,
        r"\b(?:start|starts|started|began|begin|begins) (?:to )?(?:look|investigat|debug|diagnos|troubleshoot|triag|work on|working on)\w*|\bjoined the (?:call|bridge)\b|\bwar room\b|\bincident (?:was |is |has been )?(?:declared|opened|raised)\b|\bdeclar(?:ed|ing) an? (?:\w+ )?incident\b|\b(?:initial )?investigation (?:begins?|began|starts?|started|shows?|showed)\b|\b(?:meeting|call|bridge|channel|meet call)\b.{0,20}\b(?:started|created|opened)\b",
    ),
    (
        Identified,
        0.9,
        r"\b(?:have|has|had|was|were|been|we|team) identified\b|\bidentified (?:the|a|an|that|as)\b|\broot cause (?:is|was|has been|had been) (?:identified|found|known|located|determined)\b|\b(?:found|located|determined|pinpointed|discovered) the (?:root )?(?:cause|problem|issue|reason|culprit|bug)\b|\btraced (?:it |this |the \w+ )?(?:back )?to\b",
    ),
    (
        Identified,
        0.6,
        r"\b(?:found|determined|concluded|established) (?:that|a|out)\b|\bturns out\b|\bit is (?:noted|found|clear) that\b|\bculprit (?:is|was)\b",
    ),
    (
        Change,
        0.8,
        r"\b(?:config(?:uration)?|release|deploy(?:ment|s)?|push(?:es)?|change|migration|upgrade|update|rollout|maintenance)\b.{0,40}\b(?:begins?|began|starts?|started|pushed|rolled out|deployed|applied|went live|goes live|is live|completed?|finished)\b|\b(?:deployed|pushed|released|reconfigured|upgraded|migrated)\b|\bdeploys? (?:the|a|an|version)\b|\b(?:begins?|began|starts?|started|complete[sd]?|finish(?:ed|es)?) the (?:re)?(?:deployment|rollout|release|migration|upgrade|push)\b|\bthe (?:push|deploy(?:ment)?|release|rollout|migration|upgrade) (?:of|at)\b",
    ),
    (
        ImpactStart,
        STATE,
        r"\b(?:is|are|still|remains?) (?:completely |all |currently |again |now |both )?(?:down|failing|unavailable|unreachable|unresponsive|timing out|offline|broken|not responding|not loading|returning (?:\d{3}s?|errors)|crashing|crashlooping|inaccessible|stuck|hanging|erroring)\b|\b(?:users|customers|clients) (?:are )?(?:see|seeing|get|getting|experience|experiencing) (?:\w+ )?(?:errors|failures|timeouts|delays)\b|\b(?:elevated|high|increased) (?:error|failure|latency)\b",
    ),
];
