//! Milestones of an incident: the words of the lifecycle, who says them and on what evidence.

use serde::Serialize;

use crate::clock::When;
use crate::events::Evidence;

/// What happened to an incident. The order is the legal order of a plain incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MilestoneKind {
    /// C: a change that may be the cause took effect.
    Change,
    /// S: first instant users were worse off than baseline by more than the threshold.
    ImpactStart,
    /// A: a monitor fired or a customer report was created.
    AlertFired,
    /// N: a responder received it.
    Notified,
    /// D: `min(N, first recorded human awareness)`.
    Detected,
    /// K: a human took it.
    Acknowledged,
    /// G: first diagnostic or corrective action.
    Engaged,
    /// I: a cause hypothesis that nothing later contradicts.
    Identified,
    /// X: an attempt to mitigate, with its outcome.
    MitigationAttempt,
    /// P: recovered up to a fraction.
    PartialRecovery,
    /// M: start of the last sustained stretch with at most 10 % of the peak excess.
    Mitigated,
    /// R: start of the last sustained stretch with all user-facing signals within baseline.
    Restored,
    /// V: closed by a human or tool (paperwork).
    Closed,
    /// F: permanent fix live.
    Fixed,
}

impl MilestoneKind {
    /// The word of the contract: `impact_start`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::ImpactStart => "impact_start",
            Self::AlertFired => "alert_fired",
            Self::Notified => "notified",
            Self::Detected => "detected",
            Self::Acknowledged => "acknowledged",
            Self::Engaged => "engaged",
            Self::Identified => "identified",
            Self::MitigationAttempt => "mitigation_attempt",
            Self::PartialRecovery => "partial_recovery",
            Self::Mitigated => "mitigated",
            Self::Restored => "restored",
            Self::Closed => "closed",
            Self::Fixed => "fixed",
        }
    }

    /// The letter of lifecycle and timeline: S, D, R.
    pub fn letter(self) -> char {
        match self {
            Self::Change => 'C',
            Self::ImpactStart => 'S',
            Self::AlertFired => 'A',
            Self::Notified => 'N',
            Self::Detected => 'D',
            Self::Acknowledged => 'K',
            Self::Engaged => 'G',
            Self::Identified => 'I',
            Self::MitigationAttempt => 'X',
            Self::PartialRecovery => 'P',
            Self::Mitigated => 'M',
            Self::Restored => 'R',
            Self::Closed => 'V',
            Self::Fixed => 'F',
        }
    }
}

/// Who says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimSource {
    /// Computed from logs.
    Log,
    /// A deploy or change list.
    Deploys,
    /// A pager's export.
    Pager,
    /// A status page.
    StatusPage,
    /// A chat export.
    Chat,
    /// A report or postmortem in prose.
    Text,
    /// Marked by hand in rfo.
    Human,
}

impl ClaimSource {
    /// As a reader says it: `status post`, `logs`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Log => "logs",
            Self::Deploys => "deploys",
            Self::Pager => "pager",
            Self::StatusPage => "status post",
            Self::Chat => "chat",
            Self::Text => "report",
            Self::Human => "marked",
        }
    }

    /// As our CSV and the incident file write it: `status_page`, `log`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Deploys => "deploys",
            Self::Pager => "pager",
            Self::StatusPage => "status_page",
            Self::Chat => "chat",
            Self::Text => "text",
            Self::Human => "human",
        }
    }
}

/// How an attempt to mitigate ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It ended the impact for good.
    Worked,
    /// It ended part of it.
    Partial,
    /// It changed nothing.
    Failed,
    /// It made matters worse.
    Worsened,
    /// The impact came back.
    Temporary,
}

/// One statement about an incident. It cannot be made without evidence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Milestone {
    /// What happened.
    pub kind: MilestoneKind,
    /// When, as far as it is known.
    #[serde(flatten)]
    pub when: When,
    /// Who says so.
    pub source: ClaimSource,
    /// How sure the reading is, in `[0, 1]`.
    pub confidence: f64,
    /// For attempts to mitigate.
    pub outcome: Option<Outcome>,
    /// For partial recovery: the share of the expected service, in `[0, 1]`.
    pub fraction: Option<f64>,
    /// In words; printable.
    pub note: String,
    /// Set where somebody made the claim in rfo, or retracted it there.
    pub hand: Option<Box<Hand>>,
    evidence: Vec<Evidence>,
}

/// What somebody did in rfo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ByHand {
    /// Claimed it: it stands beside all other claims.
    Marked,
    /// Overrode what was computed: it is taken for the milestone whatever others say.
    Overrides,
    /// Retracted somebody's claim: it counts for nothing.
    Retracted,
}

/// Who did what to a claim by hand. All texts are printable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hand {
    /// The entry of the incident file.
    pub id: String,
    /// Who.
    pub who: String,
    /// When it was done, ns UTC.
    pub when_ns: i64,
    /// Why; empty for a mark.
    pub why: String,
    /// What was done.
    pub what: ByHand,
    /// What was stated or computed before, ns UTC.
    pub before_ns: Option<i64>,
}

impl Milestone {
    /// A milestone with its evidence.
    /// # Panics
    /// If there is none: a statement without evidence is a defect of the program.
    pub fn new(
        kind: MilestoneKind,
        when: When,
        source: ClaimSource,
        evidence: Vec<Evidence>,
    ) -> Self {
        assert!(
            !evidence.is_empty(),
            "a milestone needs evidence: {}",
            kind.name()
        );
        let (outcome, fraction, note) = (None, None, String::new());
        Self {
            kind,
            when,
            source,
            confidence: 1.0,
            outcome,
            fraction,
            note,
            hand: None,
            evidence,
        }
    }

    /// The same with a note.
    #[must_use]
    pub fn noted(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// The same, made by hand.
    #[must_use]
    pub fn by(mut self, hand: Hand) -> Self {
        self.hand = Some(Box::new(hand));
        self
    }

    /// Whether it overrides what was computed.
    pub fn overrides(&self) -> bool {
        self.by_hand() == Some(ByHand::Overrides)
    }

    /// Whether it is one claim among others: neither an override nor retracted.
    pub fn is_claim(&self) -> bool {
        matches!(self.by_hand(), None | Some(ByHand::Marked))
    }

    fn by_hand(&self) -> Option<ByHand> {
        self.hand.as_ref().map(|hand| hand.what)
    }

    /// Where it belongs on the time axis, ns UTC: an override lies where what it overrides does.
    pub fn placed_ns(&self) -> i64 {
        let hand = self
            .hand
            .as_ref()
            .filter(|hand| hand.what == ByHand::Overrides);
        hand.and_then(|hand| hand.before_ns)
            .unwrap_or(self.when.at_ns)
    }

    /// What it rests on, never empty.
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }
}
