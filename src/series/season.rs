//! The shape of a day and of a weekend, learnt from the past and used only as increments.
//!
//! In: the mean of every ten-minute slot. Out: how much the level is expected to change from one
//! slot to the next. Does not hold a level: an error in the shape moves a forecast once and is
//! then forgotten, so a wrong season cannot hold a baseline down.

use super::BucketWidth;

/// Length of a slot, seconds.
const SLOT_S: i64 = 600;
/// Slots per day.
const SLOTS_PER_DAY: usize = 144;
/// A day, seconds.
const DAY_S: i64 = 86_400;
/// No single slot step moves a count's forecast by more than this (log units).
const STEP_MAX: f64 = 0.5;
/// Slots with fewer expected events than this say nothing about a log factor.
const EVENTS_MIN: f64 = 15.0;
/// They are taken together with neighbours, up to this many on each side: three hours.
const REACH_MAX: f64 = 18.0;
/// A slot that was seen on c days counts by c / (c + this).
const SHRINK_DAYS: f64 = 0.5;
/// Smallest share of the day's level that a slot is believed to have.
const RATIO_MIN: f64 = 0.05;
/// One day counts as at most that many times what the slot had before.
const RATIO_RISE: f64 = 4.0;
/// Later days move a slot by at least this share.
const GAIN_MIN: f64 = 0.2;

/// The slot of an instant: ten-minute slot of the UTC day, weekdays and weekends apart.
pub fn slot_of(ns: i64) -> usize {
    let s = ns.div_euclid(crate::clock::NS_PER_S);
    let day = s.div_euclid(DAY_S);
    let slot = (s.rem_euclid(DAY_S) / SLOT_S) as usize;
    let weekday = (day + 3).rem_euclid(7); // 1970-01-01 was a Thursday; Monday is 0
    if weekday >= 5 {
        slot + SLOTS_PER_DAY
    } else {
        slot
    }
}

/// Learnt offsets of each slot from a one-day level: log factors for counts, differences for
/// gauges.
#[derive(Debug, Clone)]
pub struct Season {
    logarithmic: bool,
    offset: Vec<f64>,
    ratio: Vec<f64>, // counts: mean of a slot over the day's level
    buckets_per_slot: f64,
    times_seen: Vec<f64>,
    day_level: f64,
    slots_seen: f64,
    slots_per_day: f64,
    first_day: Vec<(usize, f64, f64)>, // slot, mean, values: learnt when the day's level is known
    current: Option<usize>,
    sum: f64,
    n: f64,
}

impl Season {
    /// Nothing learnt yet. `logarithmic` for counts, additive otherwise.
    pub fn new(logarithmic: bool, width: BucketWidth) -> Self {
        let buckets_per_day = DAY_S as f64 / width.as_s();
        Self {
            logarithmic,
            offset: vec![0.0; 2 * SLOTS_PER_DAY],
            ratio: vec![1.0; 2 * SLOTS_PER_DAY],
            buckets_per_slot: (SLOT_S as f64 / width.as_s()).max(1.0),
            times_seen: vec![0.0; 2 * SLOTS_PER_DAY],
            day_level: 0.0,
            slots_seen: 0.0,
            slots_per_day: buckets_per_day.clamp(2.0, SLOTS_PER_DAY as f64),
            first_day: Vec::new(),
            current: None,
            sum: 0.0,
            n: 0.0,
        }
    }

    /// Whether a slot was seen on a day before.
    pub fn knows(&self, slot: usize) -> bool {
        self.times_seen[slot] > 0.0
    }

    /// Expected change of level from slot `from` to slot `to`: log units for counts, the signal's
    /// unit for gauges. 0 while either is unknown. Shrunk by c / (c + `SHRINK_DAYS`) after c days.
    pub fn step(&self, from: usize, to: usize) -> f64 {
        if from == to || self.times_seen[from] == 0.0 || self.times_seen[to] == 0.0 {
            return 0.0;
        }
        // Both shrunk alike, or a slot seen once more than its neighbour would be a step.
        let ((before, days_before), (after, days_after)) = (self.known(from), self.known(to));
        let days = days_before.min(days_after);
        let step = (after - before) * days / (days + SHRINK_DAYS);
        if self.logarithmic {
            step.clamp(-STEP_MAX, STEP_MAX)
        } else {
            step
        }
    }

    /// The offset of a slot and the days it is known from.
    fn known(&self, slot: usize) -> (f64, f64) {
        let events = self.day_level * self.buckets_per_slot;
        if self.logarithmic && events <= EVENTS_MIN {
            return self.smoothed(slot, events);
        }
        (self.offset[slot], self.times_seen[slot])
    }

    /// The offset of a slot that has few events, from as many of its neighbours as hold enough.
    fn smoothed(&self, slot: usize, events: f64) -> (f64, f64) {
        let reach = (EVENTS_MIN / events / 2.0).ceil();
        if events <= 0.0 || reach > REACH_MAX {
            return (0.0, 0.0);
        }
        let reach = reach as usize;
        let first = slot - slot % SLOTS_PER_DAY;
        let (mut sum, mut seen) = (0.0, 0.0);
        for k in 0..=2 * reach {
            let near = first + (slot - first + SLOTS_PER_DAY + k - reach) % SLOTS_PER_DAY;
            sum += self.times_seen[near] * self.ratio[near];
            seen += self.times_seen[near];
        }
        let days = seen / (2 * reach + 1) as f64;
        let ratio = (sum / seen).clamp(RATIO_MIN, 1.0 / RATIO_MIN);
        (ratio.ln(), days)
    }

    /// Adds one normal value of a slot. A slot is learnt when the next one begins.
    pub fn learn(&mut self, slot: usize, x: f64) {
        if self.current != Some(slot) {
            if let Some(finished) = self.current.filter(|_| self.n > 0.0) {
                self.finish(finished);
            }
            (self.current, self.sum, self.n) = (Some(slot), 0.0, 0.0);
        }
        self.sum += x;
        self.n += 1.0;
    }

    /// The level moved for good from `from` to `to`: the day's level moves along, so that slots
    /// learnt before and after the move still fit together.
    pub fn shift(&mut self, from: f64, to: f64) {
        let moved = |level: f64| match self.logarithmic {
            false => level + to - from,
            true if from > 0.0 => level * (to / from).clamp(1e-3, 1e3),
            true => level,
        };
        self.day_level = moved(self.day_level);
        for (_, mean, _) in &mut self.first_day {
            *mean = moved(*mean);
        }
        (self.current, self.n) = (None, 0.0);
    }

    fn finish(&mut self, slot: usize) {
        let mean = self.sum / self.n;
        if self.slots_seen == 0.0 {
            self.day_level = mean;
        } else {
            let memory = 1.0 - (-1.0 / self.slots_per_day).exp2();
            let gain = memory.max(1.0 / (self.slots_seen + 1.0));
            self.day_level += gain * (mean - self.day_level);
        }
        self.slots_seen += 1.0;
        if self.slots_seen < self.slots_per_day {
            self.first_day.push((slot, mean, self.n));
            return;
        }
        // No slot comes again before, so nothing is lost by waiting for the level of a whole day.
        for (slot, mean, n) in std::mem::take(&mut self.first_day) {
            self.absorb(slot, mean, n);
        }
        self.absorb(slot, mean, self.n);
    }

    /// Learns the mean of a slot against the day's level.
    fn absorb(&mut self, slot: usize, mean: f64, n: f64) {
        let seen = self.offset_now(mean, n) - self.offset[slot];
        let first = self.times_seen[slot] == 0.0;
        let change = if self.logarithmic && !first {
            seen.clamp(-STEP_MAX, STEP_MAX)
        } else {
            seen
        };
        let gain = GAIN_MIN.max(1.0 / (self.times_seen[slot] + 1.0));
        self.offset[slot] += gain * change;
        if self.logarithmic && self.day_level > 0.0 {
            let most = RATIO_RISE * self.ratio[slot].max(1.0);
            self.ratio[slot] += gain * ((mean / self.day_level).min(most) - self.ratio[slot]);
        }
        self.times_seen[slot] += 1.0;
    }

    fn offset_now(&self, mean: f64, n: f64) -> f64 {
        if !self.logarithmic {
            return mean - self.day_level;
        }
        if self.day_level * n <= EVENTS_MIN {
            return 0.0;
        }
        ((mean + 0.05) / (self.day_level + 0.05)).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(time: &str, slot: usize) {
        let at = chrono::DateTime::parse_from_rfc3339(time).expect("a time");
        assert_eq!(
            slot_of(at.timestamp_nanos_opt().expect("this century")),
            slot,
            "{time}"
        );
    }

    #[test]
    fn slots_are_ten_minutes_with_weekends_apart() {
        check("2024-01-01T00:00:00Z", 0); // a Monday
        check("2024-01-05T23:59:59Z", 143);
        check("2024-01-06T00:00:00Z", 144); // a Saturday
        check("2024-01-07T12:10:00Z", 144 + 73);
        check("1969-12-31T23:59:59Z", 143); // a Wednesday
    }

    #[test]
    fn a_daily_step_is_known_after_two_days_and_unknown_slots_move_nothing() {
        let width = BucketWidth::seconds(600).expect("not zero");
        let mut season = Season::new(true, width);
        for _ in 0..3 {
            (0..144).for_each(|slot| season.learn(slot, if slot < 72 { 100.0 } else { 200.0 }));
        }
        let step = season.step(71, 72);
        assert!(step > 0.3 && step <= 0.5, "{step}");
        assert_eq!(season.step(10, 10), 0.0);
        assert_eq!(season.step(143, 144), 0.0);
    }
}
