//! What one entity does alone: when it is an incident though its whole source is as ever.
//!
//! In: an entity's anomaly and the series of its source. Out: whether it may accuse. All others
//! explain incidents and open none.

use super::Scene;
use super::group::{end_ns, is_impact};
use crate::anomalies::templates::NEW;
use crate::anomalies::{Anomaly, Direction};
use crate::clock::NS_PER_MIN;
use crate::series::assemble::MESSAGE_RATE;
use crate::series::{Family, Role, Series, Values};

/// It must be that share of its source ...
const PARENT_SHARE: f64 = 0.05;
/// ... and last that long ...
const LASTS_NS: i64 = 5 * NS_PER_MIN;
/// ... after that much of its past is known, ...
const HISTORY_NS: i64 = 24 * 60 * NS_PER_MIN;
/// ... unless so many of its requests fail: no hour of the day makes that ordinary.
const FAILS_SHARE: f64 = 0.5;
/// So many events a day must be usual before a rise above them says anything: of fewer the model
/// keeps no memory, and what comes in bursts every few days looks new each time ...
const USUAL_PER_DAY: f64 = 30.0;
/// ... unless it is so many requests a second: nobody asks an idle service that often by chance.
const FLOOD_PER_S: f64 = 1.0;
const SECONDS_PER_DAY: f64 = 86_400.0;

/// Whether an entity's anomaly may be an incident by itself: an error never seen before, or what
/// would be trouble of its whole source, in a part of it that is large enough for long enough.
pub fn accuses(scene: &Scene<'_>, anomaly: &Anomaly) -> bool {
    if anomaly.detector == NEW {
        return anomaly.signal.name == "error messages";
    }
    let lasts_ns = end_ns(anomaly, scene.end_of_data_ns) - anomaly.start.at_ns;
    let own = &scene.series[anomaly.series];
    let past_ns = anomaly.start.at_ns - scene.coverage(own).start;
    let known = past_ns >= HISTORY_NS || fails(anomaly) && anomaly.observed >= FAILS_SHARE;
    is_trouble(anomaly)
        && known
        && lasts_ns >= LASTS_NS
        && share_of_source(scene, own, anomaly).is_some_and(|share| share >= PARENT_SHARE)
}

/// Whether it is a rise of requests or plain messages that hardly ever come: what is written when
/// something is installed or rotated. Errors are never usual, so that their first one counts.
pub fn is_rare(anomaly: &Anomaly) -> bool {
    let is_plain = match anomaly.family {
        Family::Traffic => anomaly.observed < FLOOD_PER_S,
        Family::Messages => matches!(anomaly.signal.name.as_str(), MESSAGE_RATE | "messages"),
        _ => false,
    };
    is_plain
        && anomaly.direction == Direction::Up
        && anomaly.signal.unit == "1/s"
        && anomaly.expected * SECONDS_PER_DAY < USUAL_PER_DAY
}

/// Whether it is failures of what users ask: they feel it, though they are not all users.
pub fn fails(anomaly: &Anomaly) -> bool {
    anomaly.is_entity()
        && anomaly.family == Family::Errors
        && anomaly.signal.role == Role::UserFacing
        && anomaly.direction == Direction::Up
}

/// The dimension and value of an entity: `host` and `app-3`.
pub fn dimension_and_value(anomaly: &Anomaly) -> Option<(&str, &str)> {
    anomaly.signal.entity.as_deref()?.split_once('=')
}

/// A client that comes more or less often hurts no one, nor does a balancer that sends a host
/// less; requests that an endpoint no longer gets, and floods of one statement or job, may.
fn is_trouble(anomaly: &Anomaly) -> bool {
    let Some((dimension, value)) = dimension_and_value(anomaly) else {
        return false;
    };
    let is_one = value != "(other)";
    is_one
        && match (anomaly.family, anomaly.direction) {
            (Family::Errors, _) => fails(anomaly),
            (Family::Traffic, Direction::Down) => matches!(dimension, "endpoint" | "service"),
            (Family::SlowQueries, Direction::Up) => dimension == "query",
            (Family::Jobs, Direction::Up) => dimension == "kind",
            _ => false,
        }
}

/// Failures in one bucket above what the parts expected, as a share of all requests of their
/// source: the largest of the parts. `None` where it is not only parts that users feel, and where
/// there is no request.
pub fn lost_share(scene: &Scene<'_>, members: &[usize], bucket: usize) -> Option<f64> {
    let members = || members.iter().map(|&m| &scene.anomalies[m]);
    if members().any(is_impact) {
        return None;
    }
    let of_part = |part: &Anomaly| {
        let own = &scene.series[part.series];
        let (Values::Ratio { k, n }, Values::Ratio { n: all, .. }) =
            (&own.values, &whole(scene, own)?.values)
        else {
            return None;
        };
        let expected = scene.expected[part.series].get(bucket).copied();
        let expected = expected.filter(|share| share.is_finite()).unwrap_or(0.0);
        let excess = match part.buckets.contains(&bucket) {
            true => k[bucket] as f64 - expected * n[bucket] as f64,
            false => 0.0,
        };
        (all[bucket] > 0).then(|| (excess / all[bucket] as f64).clamp(0.0, 1.0))
    };
    let shares = members().filter(|one| fails(one)).filter_map(of_part);
    shares.reduce(f64::max)
}

/// The series of the whole source whose part another is.
fn whole<'a>(scene: &Scene<'a>, own: &Series) -> Option<&'a Series> {
    scene.series.iter().find(|one| {
        let (signal, own) = (&one.signal, &own.signal);
        signal.source == own.source && signal.name == own.name && signal.entity.is_none()
    })
}

/// Which share of its source's events it has while the anomaly lasts, or should have.
fn share_of_source(scene: &Scene<'_>, own: &Series, anomaly: &Anomaly) -> Option<f64> {
    let whole = events(whole(scene, own)?, anomaly)?;
    let mine = events(own, anomaly)?;
    let length_s = anomaly.buckets.len() as f64 * own.grid.width.as_s();
    let due = match own.values {
        Values::Count(_) => anomaly.expected * length_s,
        _ => 0.0,
    };
    let missing = (due - mine).max(0.0);
    (whole + missing > 0.0).then(|| (mine + missing) / (whole + missing))
}

/// Events or tries of a series in the buckets of an anomaly.
fn events(series: &Series, anomaly: &Anomaly) -> Option<f64> {
    let counts = match &series.values {
        Values::Count(counts) => counts,
        Values::Ratio { n, .. } => n,
        Values::Gauge(_) | Values::Latency(_) => return None,
    };
    let end = anomaly.buckets.end.min(counts.len());
    let range = anomaly.buckets.start.min(end)..end;
    Some(counts[range].iter().sum::<u64>() as f64)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{MINUTES, World};
    use super::super::group::groups;
    use super::*;

    const FROM: usize = 150;

    /// A host, endpoint or client with `share` of 100 requests a minute, an anomaly of it, and
    /// whether that is an incident by itself.
    fn check(entity: &str, family: Family, share: u64, minutes: i64, observed: f64) -> bool {
        let mut world = World::new(|_| 0.0);
        let down = FROM..FROM + minutes as usize;
        let (name, role, direction, values, expected) = match family {
            Family::Errors => {
                let k = (0..MINUTES).map(|i| if down.contains(&i) { share } else { 0 });
                let (k, n) = (k.collect(), vec![share; MINUTES]);
                let values = Values::Ratio { k, n };
                ("error share", Role::UserFacing, Direction::Up, values, 0.0)
            }
            _ => {
                let of = |i| if down.contains(&i) { 0 } else { share };
                let values = Values::Count((0..MINUTES).map(of).collect());
                let expected = share as f64 / 60.0;
                (
                    "request rate",
                    Role::Internal,
                    Direction::Down,
                    values,
                    expected,
                )
            }
        };
        let series = world.add_series(name, family, role, values, expected);
        world.series[series].signal.entity = Some(entity.to_owned());
        let end = Some(FROM as i64 + minutes);
        world.add_anomaly(series, direction, FROM as i64, end, 20.0);
        (world.anomalies[0].observed, world.anomalies[0].expected) = (observed, expected);
        let scene = world.scene();
        assert_eq!(
            groups(&scene).len(),
            usize::from(accuses(&scene, &world.anomalies[0]))
        );
        accuses(&scene, &world.anomalies[0])
    }

    #[test]
    fn a_host_or_endpoint_that_fails_is_an_incident_if_it_is_large_and_lasts() {
        assert!(check("host=app-3", Family::Errors, 5, 7, 1.0));
        assert!(check("endpoint=/export", Family::Errors, 20, 30, 0.5));
        assert!(!check("host=app-3", Family::Errors, 4, 7, 1.0), "too small");
        assert!(!check("host=app-3", Family::Errors, 5, 4, 1.0), "too short");
        assert!(
            !check("host=(other)", Family::Errors, 50, 30, 1.0),
            "nobody"
        );
        assert!(
            !check("host=app-3", Family::Errors, 50, 30, 0.4),
            "a day is not known"
        );
    }

    #[test]
    fn clients_explain_and_are_no_evidence() {
        let groups_of = |whole: f64| {
            let mut world = World::new(|_| 0.0);
            let values = || Values::Count(vec![20; MINUTES]);
            for client in 0..5 {
                let series = world.add_series(
                    "request rate",
                    Family::Traffic,
                    Role::Internal,
                    values(),
                    0.3,
                );
                world.series[series].signal.entity = Some(format!("client=10.0.0.{client}"));
                world.add_anomaly(series, Direction::Up, FROM as i64, Some(180), 30.0);
            }
            world.add_anomaly(1, Direction::Up, FROM as i64, Some(180), whole);
            let groups = groups(&world.scene());
            groups
                .iter()
                .map(|one| one.members.len())
                .collect::<Vec<_>>()
        };
        assert_eq!((groups_of(4.4), groups_of(20.0)), (vec![], vec![6]));
    }

    #[test]
    fn bursts_of_what_hardly_ever_comes_are_no_incident() {
        let of = |name: &str, family: Family, expected_per_day: f64, observed: f64| {
            let mut world = World::new(|_| 0.0);
            let expected = expected_per_day / SECONDS_PER_DAY;
            let values = Values::Count(vec![0; MINUTES]);
            let series = world.add_series(name, family, Role::Internal, values, expected);
            world.series[series].signal.unit = "1/s".to_owned();
            world.add_anomaly(
                series,
                Direction::Up,
                FROM as i64,
                Some(FROM as i64 + 20),
                30.0,
            );
            world.anomalies[0].signal = world.series[series].signal.clone();
            (world.anomalies[0].observed, world.anomalies[0].expected) = (observed, expected);
            groups(&world.scene()).len()
        };
        assert_eq!(of(MESSAGE_RATE, Family::Messages, 3.0, 0.02), 0);
        assert_eq!(of(MESSAGE_RATE, Family::Messages, 90.0, 0.02), 1);
        assert_eq!(of("error messages", Family::Messages, 0.0, 0.02), 1);
        assert_eq!(of("request rate", Family::Traffic, 3.0, 0.02), 0);
        assert_eq!(of("request rate", Family::Traffic, 3.0, 5.0), 1);
    }

    #[test]
    fn counts_need_a_day_of_history() {
        assert!(!check("endpoint=/export", Family::Traffic, 50, 30, 0.0));
        assert!(!check("client=10.0.0.1", Family::Traffic, 50, 30, 0.0));
    }

    #[test]
    fn what_is_missing_counts_as_its_share() {
        let mut world = World::new(|_| 0.0);
        let of = |i| if i < FROM { 10 } else { 0 };
        let values = Values::Count((0..MINUTES).map(of).collect());
        let family = Family::Traffic;
        let series = world.add_series("request rate", family, Role::Internal, values, 0.0);
        world.series[series].signal.entity = Some("endpoint=/export".to_owned());
        world.add_anomaly(series, Direction::Down, FROM as i64, None, 20.0);
        world.anomalies[0].expected = 10.0 / 60.0;
        let scene = world.scene();
        let share = share_of_source(&scene, &world.series[series], &world.anomalies[0]);
        assert!((share.expect("there are requests") - 10.0 / 110.0).abs() < 1e-9);
        assert!(is_trouble(&world.anomalies[0]));
    }
}
