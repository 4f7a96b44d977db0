//! Interval arithmetic: from two instants, each with what is certain of it, to a duration.
//!
//! From `[a_lo, a_hi]` to `[b_lo, b_hi]` a duration is `[b_lo - a_hi, b_hi - a_lo]`; a censored
//! side is infinite. Order is a law or it is not: nothing is clamped that is certainly reversed.

use super::{Duration, Status};
use crate::clock::words::length;
use crate::clock::{Censor, NS_PER_S, When};
use crate::records::MilestoneKind;

/// What a reversed pair means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// It cannot be: a data error.
    Required,
    /// It is legal and has a name; the duration is negative and the name is its reason.
    Legal(&'static str),
    /// It is legal, and then there is no such duration: missing.
    Absent,
}

/// The duration between two milestones. A missing end makes it missing, never zero.
pub fn between(
    from: (MilestoneKind, Option<&When>),
    to: (MilestoneKind, Option<&When>),
    order: Order,
) -> Duration {
    let duration = match (from.1, to.1) {
        (Some(start), Some(end)) => subtract(start, end, order, (from.0, to.0)),
        (None, Some(_)) => Duration::missing(from.0.name()),
        (Some(_), None) => Duration::missing(to.0.name()),
        (None, None) => Duration::missing(format!("{}, {}", from.0.name(), to.0.name())),
    };
    Duration {
        from: Some(from.0),
        to: Some(to.0),
        ..duration
    }
}

fn subtract(
    start: &When,
    end: &When,
    order: Order,
    kinds: (MilestoneKind, MilestoneKind),
) -> Duration {
    let least = earliest(end)
        .zip(latest(start))
        .map(|(end, start)| end.saturating_sub(start));
    let most = latest(end)
        .zip(earliest(start))
        .map(|(end, start)| end.saturating_sub(start));
    let best = end.at_ns.saturating_sub(start.at_ns);
    let reversed = most.is_some_and(|most| most < 0);
    let words = || {
        format!(
            "{} {} before {}",
            kinds.1.name(),
            length(best.saturating_abs()),
            kinds.0.name()
        )
    };
    match order {
        Order::Required if reversed => return Duration::data_error(words()),
        Order::Absent if reversed => {
            return Duration::missing(format!("{} is before {}", kinds.1.name(), kinds.0.name()));
        }
        _ => {}
    }
    let lawful = !matches!(order, Order::Legal(_));
    let mut duration = bounded(least, best, most, lawful, end.censor == Some(Censor::Now));
    duration.reason = end
        .censor
        .or(start.censor)
        .map(|_| cut_off_words(start, end));
    if let (Order::Legal(name), true) = (order, reversed) {
        duration.reason = Some(name.to_owned());
    }
    duration
}

/// A duration from its bounds in ns; an open side is `None`. With `lawful`, it is not negative.
pub(super) fn bounded(
    least: Option<i64>,
    best: i64,
    most: Option<i64>,
    lawful: bool,
    growing: bool,
) -> Duration {
    let status = match (least, most) {
        (Some(least), Some(most)) if least == most => Status::Exact,
        (Some(_), Some(_)) => Status::Interval,
        (Some(_), None) if growing => Status::Ongoing,
        (Some(_), None) => Status::LowerBound,
        (None, Some(_)) => Status::UpperBound,
        (None, None) => return Duration::missing("both ends are cut off"),
    };
    let floor = if lawful { 0 } else { i64::MIN };
    let least = match least {
        Some(least) => Some(least.max(floor)),
        None => lawful.then_some(0),
    };
    let best = best
        .max(least.unwrap_or(i64::MIN))
        .min(most.unwrap_or(i64::MAX));
    let (from, to) = (None, None);
    let seconds = |ns: i64| ns as f64 / NS_PER_S as f64;
    let (lo, hi) = (least.map(seconds), most.map(seconds));
    Duration {
        seconds: Some(seconds(best)),
        lo,
        hi,
        status,
        reason: None,
        from,
        to,
    }
}

/// The earliest that is possible, ns; `None` without a limit.
fn earliest(when: &When) -> Option<i64> {
    (when.censor != Some(Censor::Left)).then_some(when.lo_ns)
}

/// The latest that is possible, ns; `None` without a limit.
fn latest(when: &When) -> Option<i64> {
    matches!(when.censor, None | Some(Censor::Left)).then_some(when.hi_ns)
}

fn cut_off_words(start: &When, end: &When) -> String {
    let parts = [(start.censor, "start"), (end.censor, "end")];
    let words: Vec<&str> = parts
        .iter()
        .filter_map(|&(c, side)| c.map(|c| censor_words(c, side)))
        .collect();
    words.join("; ")
}

/// Why a side is open, in words.
pub(super) fn censor_words(censor: Censor, side: &str) -> &'static str {
    match (censor, side) {
        (Censor::Left, "start") => "it began before this",
        (Censor::Left, _) => "it ended before this",
        (Censor::Now, _) => "not over by now",
        (Censor::EndOfData, _) => "not over when the data end",
        (Censor::Unconfirmed, _) => "back, but not for long enough to be sure",
        (Censor::Published, _) => "not over when the text was published",
    }
}

/// Moves the best instants of two ordered milestones so that they are in order, each inside its
/// own interval, the vaguer one first. Leaves them alone when no instants of the two intervals
/// are in order: that is an error to show.
pub(super) fn settle(before: &mut When, after: &mut When) {
    if before.at_ns <= after.at_ns || before.lo_ns > after.hi_ns {
        return;
    }
    if before.hi_ns - before.lo_ns > after.hi_ns - after.lo_ns {
        before.at_ns = after.at_ns.max(before.lo_ns);
        after.at_ns = after.at_ns.max(before.at_ns);
    } else {
        after.at_ns = before.at_ns.min(after.hi_ns);
        before.at_ns = before.at_ns.min(after.at_ns);
    }
}

impl Duration {
    /// Not known: `which` milestone is not, or why there is none.
    pub fn missing(which: impl Into<String>) -> Self {
        Self::without_numbers(Status::Missing, which.into())
    }

    /// Impossible: `why`.
    pub fn data_error(why: impl Into<String>) -> Self {
        Self::without_numbers(Status::DataError, why.into())
    }

    fn without_numbers(status: Status, reason: String) -> Self {
        let (seconds, lo, hi, from, to) = (None, None, None, None, None);
        Self {
            seconds,
            lo,
            hi,
            status,
            reason: Some(reason),
            from,
            to,
        }
    }

    /// Whether it can stand in a mean or a median: neither censored, missing nor wrong.
    pub fn is_complete(&self) -> bool {
        matches!(self.status, Status::Exact | Status::Interval)
    }

    /// Whether one side of it is open.
    pub fn is_censored(&self) -> bool {
        matches!(
            self.status,
            Status::LowerBound | Status::UpperBound | Status::Ongoing
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::NS_PER_MIN;
    use MilestoneKind::{Detected, ImpactStart, Restored};
    use proptest::prelude::*;

    fn minutes(minutes: i64) -> When {
        When::stamped(minutes * NS_PER_MIN, NS_PER_MIN)
    }

    #[test]
    fn a_missing_end_makes_it_missing_and_names_it() {
        let at = When::exact(0);
        let duration = between((ImpactStart, Some(&at)), (Restored, None), Order::Required);
        assert_eq!(
            (duration.seconds, duration.lo, duration.hi),
            (None, None, None)
        );
        assert_eq!(
            (duration.status, duration.reason.as_deref()),
            (Status::Missing, Some("restored"))
        );
        let both = between((ImpactStart, None), (Restored, None), Order::Required);
        assert_eq!(both.reason.as_deref(), Some("impact_start, restored"));
    }

    #[test]
    fn a_reversed_pair_is_an_error_or_has_a_name_or_is_absent() {
        let (early, late) = (minutes(0), minutes(10));
        let duration = |order| between((ImpactStart, Some(&late)), (Detected, Some(&early)), order);
        assert_eq!(duration(Order::Required).status, Status::DataError);
        assert_eq!(
            duration(Order::Required).reason.as_deref(),
            Some("detected 10 min before impact_start")
        );
        let named = duration(Order::Legal("early_warning"));
        assert_eq!(
            (named.seconds, named.reason.as_deref()),
            (Some(-600.0), Some("early_warning"))
        );
        assert_eq!(duration(Order::Absent).status, Status::Missing);
    }

    #[test]
    fn a_cut_off_end_gives_a_bound_with_its_words() {
        let start = When::exact(0);
        let end = |censor| {
            let end = When::censored(342 * NS_PER_MIN, censor);
            between(
                (ImpactStart, Some(&start)),
                (Restored, Some(&end)),
                Order::Required,
            )
        };
        assert_eq!(end(Censor::Now).status, Status::Ongoing);
        assert_eq!(end(Censor::EndOfData).status, Status::LowerBound);
        assert_ne!(end(Censor::Now).reason, end(Censor::EndOfData).reason);
        assert_eq!(
            (end(Censor::Published).lo, end(Censor::Published).hi),
            (Some(20_520.0), None)
        );
    }

    proptest! {
        #[test]
        fn the_interval_contains_every_difference(
            a in (-9_000i64..9_000, 0i64..500, 0i64..500), b in (-9_000i64..9_000, 0i64..500, 0i64..500),
            x in 0.0f64..=1.0, y in 0.0f64..=1.0,
        ) {
            let when = |(at, below, above): (i64, i64, i64)| When::between((at - below) * NS_PER_S, at * NS_PER_S, (at + above) * NS_PER_S);
            let pick = |(at, below, above): (i64, i64, i64), share: f64| (at - below) as f64 + share * (below + above) as f64;
            let duration = between((ImpactStart, Some(&when(a))), (Detected, Some(&when(b))), Order::Legal("early_warning"));
            let difference = pick(b, y) - pick(a, x);
            let (lo, hi) = (duration.lo.unwrap(), duration.hi.unwrap());
            prop_assert!(lo - 1e-6 <= difference && difference <= hi + 1e-6);
            prop_assert!(lo <= duration.seconds.unwrap() && duration.seconds.unwrap() <= hi);
        }

        #[test]
        fn a_lawful_interval_contains_every_lawful_difference(
            a in (-900i64..900, 0i64..500), b in (-900i64..900, 0i64..500), x in 0i64..500, y in 0i64..500,
        ) {
            let when = |(at, width): (i64, i64)| When::between(at * NS_PER_S, at * NS_PER_S, (at + width) * NS_PER_S);
            let difference = (b.0 + y.min(b.1)) - (a.0 + x.min(a.1));
            let duration = between((ImpactStart, Some(&when(a))), (Detected, Some(&when(b))), Order::Required);
            if difference >= 0 {
                prop_assert!(duration.lo.unwrap() <= difference as f64 && difference as f64 <= duration.hi.unwrap());
            }
            prop_assert_eq!(duration.status == Status::DataError, b.0 + b.1 < a.0);
            prop_assert!(duration.seconds.is_none_or(|s| s >= 0.0));
        }

        #[test]
        fn censoring_is_never_lost(from in 0i64..100, to in 0i64..100, left: bool, right in 0usize..4, order in 0usize..3) {
            let start = When { censor: left.then_some(Censor::Left), ..minutes(from) };
            let censor = [None, Some(Censor::Now), Some(Censor::EndOfData), Some(Censor::Published)][right];
            let end = When { censor, ..minutes(to) };
            let order = [Order::Required, Order::Absent, Order::Legal("early_warning")][order];
            let duration = between((ImpactStart, Some(&start)), (Detected, Some(&end)), order);
            let open = left || censor.is_some();
            prop_assert!(!open || duration.is_censored(), "{:?}", duration);
            prop_assert!(open || !duration.is_censored(), "{:?}", duration);
        }

        #[test]
        fn settling_stays_inside_and_orders_what_can_be_ordered(
            a in (-90i64..90, 0i64..50, 0i64..50), b in (-90i64..90, 0i64..50, 0i64..50),
        ) {
            let when = |(at, below, above): (i64, i64, i64)| When::between(at - below, at, at + above);
            let (mut before, mut after) = (when(a), when(b));
            settle(&mut before, &mut after);
            for (moved, original) in [(before, when(a)), (after, when(b))] {
                prop_assert!(original.lo_ns <= moved.at_ns && moved.at_ns <= original.hi_ns);
            }
            prop_assert_eq!(before.at_ns <= after.at_ns, before.lo_ns <= after.hi_ns);
        }
    }
}
