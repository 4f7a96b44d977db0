//! Steps of several sources put in order and released as their times come.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;

use super::outlet::Outlet;
use super::speed::Speed;
use super::{Step, Steps};

/// The clock that waits, handed in: tests have one that does not.
pub trait Pace {
    /// Now, ns UTC.
    fn now_ns(&mut self) -> i64;

    /// Waits until an instant, ns UTC. False if it is to end instead.
    fn wait_until(&mut self, at_ns: i64) -> bool;

    /// Whether it is to end. Asked now and then where nothing waits.
    fn is_stopped(&mut self) -> bool;
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All was played.
    Whole,
    /// It was stopped. All that was due is written.
    Stopped,
}

/// Steps after which it is asked whether to go on, where nothing waits.
const STEPS_UNASKED: usize = 1000;

/// Plays the sources: the first event of `first_ns` is due at once, the others as `speed` says.
/// Of the same time the first source comes first.
/// # Errors
/// If a source cannot be read on or something cannot be written.
pub fn play(
    sources: Vec<Steps>,
    first_ns: i64,
    speed: Speed,
    pace: &mut dyn Pace,
    outlet: &mut dyn Outlet,
) -> io::Result<Ended> {
    let start_ns = pace.now_ns();
    let mut merged = Merged::new(sources)?;
    // No later than now: what is due by then need not ask what time it is.
    let mut known_ns = start_ns;
    let mut unasked = 0;
    while let Some((source, step)) = merged.next()? {
        let due_ns = step
            .time_ns
            .and_then(|ns| speed.due(ns, first_ns, start_ns));
        unasked += 1;
        if let Some(due_ns) = due_ns.filter(|due_ns| *due_ns > known_ns) {
            known_ns = pace.now_ns();
            if due_ns > known_ns {
                outlet.flush()?;
                if !pace.wait_until(due_ns) {
                    return Ok(Ended::Stopped);
                }
                known_ns = due_ns;
                unasked = 0;
            }
        }
        if unasked > STEPS_UNASKED {
            unasked = 0;
            if pace.is_stopped() {
                outlet.flush()?;
                return Ok(Ended::Stopped);
            }
        }
        outlet.put(source, step.part)?;
    }
    outlet.flush()?;
    Ok(Ended::Whole)
}

/// The steps of several sources in order of time.
struct Merged {
    sources: Vec<Steps>,
    next: Vec<Option<Step>>,
    /// Time and source of what is next of each.
    order: BinaryHeap<Reverse<(Option<i64>, usize)>>,
}

impl Merged {
    fn new(sources: Vec<Steps>) -> io::Result<Self> {
        let n = sources.len();
        let mut merged = Self {
            sources,
            next: (0..n).map(|_| None).collect(),
            order: BinaryHeap::new(),
        };
        (0..n).try_for_each(|source| merged.advance(source))?;
        Ok(merged)
    }

    fn advance(&mut self, source: usize) -> io::Result<()> {
        self.next[source] = self.sources[source].next().transpose()?;
        if let Some(step) = &self.next[source] {
            self.order.push(Reverse((step.time_ns, source)));
        }
        Ok(())
    }

    fn next(&mut self) -> io::Result<Option<(usize, Step)>> {
        let Some(Reverse((_, source))) = self.order.pop() else {
            return Ok(None);
        };
        let step = self.next[source].take();
        self.advance(source)?;
        Ok(step.map(|step| (source, step)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Part, Stream};
    use super::*;

    /// A clock that is where it was told to wait for; ends before `stop_ns`.
    struct Told {
        now_ns: i64,
        waits: Vec<i64>,
        stop_ns: i64,
    }

    impl Pace for Told {
        fn now_ns(&mut self) -> i64 {
            self.now_ns
        }

        fn wait_until(&mut self, at_ns: i64) -> bool {
            if at_ns >= self.stop_ns {
                return false;
            }
            self.waits.push(at_ns);
            self.now_ns = at_ns;
            true
        }

        fn is_stopped(&mut self) -> bool {
            self.stop_ns == 0
        }
    }

    fn steps(of: &[(Option<i64>, &str)]) -> Steps {
        let steps: Vec<io::Result<Step>> = of
            .iter()
            .map(|(time_ns, text)| {
                let part = Part::Append(text.as_bytes().to_vec());
                Ok(Step {
                    time_ns: *time_ns,
                    part,
                })
            })
            .collect();
        Box::new(steps.into_iter())
    }

    fn played(speed: Speed, stop_ns: i64) -> (String, Vec<i64>, Ended) {
        let a = steps(&[
            (Some(1000), "a1\n"),
            (Some(1040), "a2\n"),
            (Some(1040), "a3\n"),
        ]);
        let b = steps(&[(None, "b0\n"), (Some(1020), "b1\n"), (Some(1040), "b2\n")]);
        let mut pace = Told {
            now_ns: 500,
            waits: Vec::new(),
            stop_ns,
        };
        let mut stream = Stream(Vec::new());
        let ended = play(vec![a, b], 1000, speed, &mut pace, &mut stream);
        let text = String::from_utf8(stream.0).expect("text");
        (text, pace.waits, ended.expect("memory does not fail"))
    }

    #[test]
    fn steps_come_in_order_and_are_waited_for_once() {
        let (text, waits, ended) = played(Speed::Times(2.0), i64::MAX);
        assert_eq!(text, "b0\na1\nb1\na2\na3\nb2\n");
        assert_eq!(waits, [510, 520]);
        assert_eq!(ended, Ended::Whole);
    }

    #[test]
    fn what_is_stopped_has_written_all_that_was_due() {
        let (text, waits, ended) = played(Speed::Times(2.0), 520);
        assert_eq!(text, "b0\na1\nb1\n");
        assert_eq!((waits.as_slice(), ended), (&[510][..], Ended::Stopped));
    }

    #[test]
    fn at_full_speed_nothing_waits() {
        let (text, waits, _) = played(Speed::Max, i64::MAX);
        assert_eq!(text, "b0\na1\nb1\na2\na3\nb2\n");
        assert!(waits.is_empty());
    }

    #[test]
    fn what_never_waits_can_be_stopped_too() {
        let many: Vec<(Option<i64>, &str)> = vec![(None, "x\n"); 5 * STEPS_UNASKED];
        let mut pace = Told {
            now_ns: 0,
            waits: Vec::new(),
            stop_ns: 0,
        };
        let mut stream = Stream(Vec::new());
        let ended = play(vec![steps(&many)], 0, Speed::Max, &mut pace, &mut stream);
        assert_eq!(ended.expect("memory does not fail"), Ended::Stopped);
        assert!(stream.0.len() < 2 * 2 * STEPS_UNASKED);
    }
}
