//! Clocks of what is on, what is provisional, and what comes while the user types.

use super::super::shell::Invocation;
use super::*;
use crate::analysis::Live;
use crate::clock::NS_PER_MIN;
use crate::incidents::State;
use crate::tui::span::Span;

/// The outage with its last window alone, which is chosen as its start.
fn alone(snapshot: &mut Snapshot) {
    let concluded = &mut snapshot.incidents[0];
    concluded.incident.windows.drain(..3);
    concluded.measured.chosen.clear();
}

/// The outage as somebody sees it who looks while its last window is on, so long after the newest
/// stamp.
fn looked_at(state: State, calm_min: Option<i64>, after_min: i64) -> String {
    let mut snapshot = fixture::outage();
    snapshot.progress.following = true;
    let (_, last_ns) = snapshot.range.unwrap();
    if state == State::Ongoing {
        alone(&mut snapshot);
    }
    let incident = &mut snapshot.incidents[0].incident;
    incident.state = state;
    let window = incident.windows.last_mut().unwrap();
    window.start = crate::clock::When::exact(last_ns - 20 * NS_PER_MIN);
    window.end = None;
    window.lasting.calm_since_ns = calm_min.map(|min| last_ns - min * NS_PER_MIN);
    let mut model = app(snapshot, (120, 40), UNICODE);
    update(&mut model, Msg::Tick(last_ns + after_min * NS_PER_MIN));
    screen(&model).lines().nth(1).unwrap_or_default().to_owned()
}

#[test]
fn a_clock_says_for_how_long_it_has_been_on() {
    let line = looked_at(State::Ongoing, None, 0);
    assert!(
        line.contains("ONGOING") && line.contains("on for 20 min"),
        "{line}"
    );
    let line = looked_at(State::Relapsed, None, 0);
    assert!(
        line.contains("RELAPSED") && line.contains(", for 20 min"),
        "{line}"
    );
}

#[test]
fn a_recovery_says_how_long_until_it_is_sure() {
    let line = looked_at(State::Recovering, Some(4), 0);
    assert!(
        line.contains("RECOVERING") && line.contains("sure in 6 min"),
        "{line}"
    );
    let line = looked_at(State::Recovering, Some(14), 0);
    assert!(line.contains("not all the way"), "{line}");
}

#[test]
fn silence_is_no_recovery() {
    let line = looked_at(State::Recovering, Some(4), 30);
    assert!(
        line.contains("NO DATA") && line.contains("nothing for 30 min, was recovering"),
        "{line}"
    );
}

#[test]
fn logs_of_another_day_have_no_clock() {
    let line = looked_at(State::Ongoing, None, 3 * 24 * 60);
    assert!(
        line.contains("ONGOING") && line.contains("on for 20 min"),
        "{line}"
    );
}

#[test]
fn a_clock_ticks_only_while_something_is_on() {
    let mut snapshot = fixture::outage();
    let last_ns = snapshot.range.unwrap().1;
    snapshot.progress.following = true;
    let needed = |snapshot: &Snapshot, keys: &str, clock_ns| {
        let mut model = app(snapshot.clone(), (80, 24), UNICODE);
        press(&mut model, keys);
        super::super::ticking::is_needed(&model, clock_ns)
    };
    assert!(!needed(&snapshot, "", last_ns), "it is restored");
    snapshot.incidents[0].incident.state = State::Ongoing;
    assert!(needed(&snapshot, "", last_ns));
    assert!(!needed(&snapshot, "Space", last_ns), "frozen");
    assert!(
        !needed(&snapshot, "", last_ns + 48 * 60 * NS_PER_MIN),
        "of another day"
    );
    snapshot.progress.following = false;
    assert!(!needed(&snapshot, "", last_ns), "read once");
}

#[test]
fn until_there_is_a_file_it_is_said_what_is_waited_for() {
    let mut snapshot = fixture::outage();
    snapshot.progress.following = true;
    (snapshot.range, snapshot.grid) = (None, None);
    snapshot.inputs.clear();
    snapshot.series.clear();
    snapshot.incidents.clear();
    snapshot.anomalies.clear();
    for (size, look) in [((80, 24), UNICODE), ((120, 40), ASCII), ((40, 10), UNICODE)] {
        let mut model = Model::new(look, size.0, size.1);
        model.manners.invocation = Arc::new(Invocation {
            sources: vec!["/var/log/shop".into(), "/srv/\u{1b}[2J*.log".into()],
            ..Invocation::default()
        });
        for finished in [false, true] {
            snapshot.progress.finished = finished;
            step(&mut model, Msg::Snapshot(Arc::new(snapshot.clone())));
            let text = screen(&model);
            assert!(text.contains("WAITING  for the first file"), "{text}");
            assert!(text.contains("There is no file yet in"), "{text}");
            assert!(
                text.contains("/var/log/shop, /srv/") && text.contains("waiting"),
                "{text}"
            );
            assert!(!text.contains("NO DATA") && !text.to_lowercase().contains("reading"));
            assert!(!text.contains('\u{1b}'), "{text}");
        }
    }
}

#[test]
fn a_pipe_that_nobody_writes_to_is_waited_for() {
    let mut snapshot = fixture::outage();
    snapshot.progress.following = true;
    snapshot.progress.events = 0;
    (snapshot.range, snapshot.grid) = (None, None);
    snapshot.series.clear();
    snapshot.incidents.clear();
    snapshot.anomalies.clear();
    snapshot.inputs.truncate(1);
    let check = |snapshot: &Snapshot, waits: bool| {
        let mut model = Model::new(UNICODE, 120, 40);
        step(&mut model, Msg::Snapshot(Arc::new(snapshot.clone())));
        let text = screen(&model);
        assert_eq!(
            text.contains("WAITING  for somebody to write to the pipe"),
            waits,
            "{text}"
        );
        assert_eq!(
            text.contains("Nobody has opened /run/till.pipe"),
            waits,
            "{text}"
        );
        assert_eq!(text.contains("NO DATA"), !waits, "{text}");
    };
    snapshot.inputs[0].path = "/run/till.pipe".to_owned();
    snapshot.inputs[0].live = Some(Live {
        awaits_writer: true,
        ..Live::default()
    });
    for finished in [false, true] {
        snapshot.progress.finished = finished;
        check(&snapshot, true);
    }
    snapshot.inputs[0].live = Some(Live::default());
    check(&snapshot, false);
}

/// The state line of a live outage of two windows, in 80 columns.
fn in_80_columns(state: State, calm_min: Option<i64>) -> String {
    let mut snapshot = fixture::outage();
    snapshot.progress.following = true;
    let (_, last_ns) = snapshot.range.unwrap();
    let incident = &mut snapshot.incidents[0].incident;
    incident.state = state;
    incident.windows.truncate(2);
    let window = incident.windows.last_mut().unwrap();
    window.start = crate::clock::When::exact(last_ns - 419 * S);
    window.end = None;
    window.lasting.calm_since_ns = calm_min.map(|min| last_ns - min * NS_PER_MIN);
    let mut model = app(snapshot, (80, 24), UNICODE);
    update(&mut model, Msg::Tick(last_ns));
    screen(&model).lines().nth(1).unwrap_or_default().to_owned()
}

#[test]
fn clock_and_number_of_windows_fit_into_80_columns() {
    let line = in_80_columns(State::Relapsed, None);
    assert!(line.contains("for 6 min 59 s  2 windows"), "{line}");
    let line = in_80_columns(State::Recovering, Some(2));
    assert!(line.contains("sure in 8 min  2 windows"), "{line}");
}

#[test]
fn the_clock_counts_minutes_that_are_over() {
    let mut snapshot = fixture::outage();
    snapshot.progress.following = true;
    let (_, last_ns) = snapshot.range.unwrap();
    alone(&mut snapshot);
    let incident = &mut snapshot.incidents[0].incident;
    incident.state = State::Ongoing;
    let window = incident.windows.last_mut().unwrap();
    window.start = crate::clock::When::exact(last_ns - 20 * NS_PER_MIN - 59 * S);
    window.end = None;
    let line = screen(&app(snapshot, (120, 40), UNICODE));
    assert!(line.contains("on for 20 min"), "{line}");
}

#[test]
fn the_header_ends_where_the_data_do_while_more_is_awaited() {
    let mut snapshot = fixture::outage();
    snapshot.progress.following = true;
    let mut model = app(snapshot, (120, 40), UNICODE);
    let (from_ns, last_ns) = model.snapshot.as_ref().unwrap().range.unwrap();
    model.follow = Some(Span::new(from_ns, last_ns + 60 * NS_PER_MIN));
    let end = crate::clock::words::clock_minute(last_ns + 1, model.zone());
    let header = screen(&model);
    let header = header.lines().next().unwrap_or_default();
    assert!(header.contains(&format!("-{end} ")), "{header}");
}
