//! The Timeline: lanes as the user arranges them, the range, the clocks, the stretch that is
//! shown, and the way to the lines and back.

use chrono_tz::{America::New_York, Europe::London};

use super::super::lanes::Lane;
use super::super::span::Span;
use super::*;
use crate::analysis::Filtered;
use crate::clock::Zone;
use crate::series::Values;

fn names(model: &Model) -> Vec<String> {
    let lanes = model.drawn.lanes.iter();
    lanes.map(|lane| lane.label.clone()).collect()
}

fn row(model: &Model, start: &str) -> String {
    let text = screen(model);
    let is_it = |line: &&str| line.trim_start_matches(['›', ' ']).starts_with(start);
    text.lines().find(is_it).unwrap_or_default().to_owned()
}

#[test]
fn a_moved_lane_stays_where_it_was_put_over_newer_findings() {
    let mut model = after("j j");
    assert_eq!(names(&model)[2], "latency p99");
    press(&mut model, "K K");
    assert_eq!(names(&model)[0], "latency p99");
    assert!(screen(&model).contains("›latency p99"));
    let mut other = fixture::outage();
    other.anomalies.retain(|anomaly| anomaly.series != 2);
    step(&mut model, Msg::Snapshot(Arc::new(other)));
    assert_eq!(names(&model)[0], "latency p99");
    press(&mut model, "J");
    assert_eq!(names(&model)[1], "latency p99");
    press(&mut model, "Z");
    assert_eq!(names(&model)[0], "req/s api-access");
}

#[test]
fn two_moved_lanes_pass_each_other() {
    let mut model = after("j K j j K");
    let before = names(&model);
    press(&mut model, "K");
    let after = names(&model);
    assert_eq!((&after[0], &after[1]), (&before[1], &before[0]));
}

#[test]
fn rows_of_marks_are_not_moved() {
    let mut model = after("^d ^d ^d ^d ^d J");
    assert!(screen(&model).contains("only lanes can be moved"));
    press(&mut model, "z");
    assert!(model.arrangement.folded.is_empty());
}

#[test]
fn a_folded_lane_makes_room_and_comes_back() {
    let mut model = after("j j z");
    assert!(!screen(&model).contains("latency p99"));
    assert!(
        screen(&model).contains("+2 more lanes: j (1 folded: Z)"),
        "{}",
        screen(&model)
    );
    press(&mut model, "j j j j j j j");
    assert!(
        names(&model)
            .last()
            .is_some_and(|last| last == "latency p99")
    );
    while !screen(&model).contains("›latency p99") {
        press(&mut model, "k");
    }
    press(&mut model, "z");
    assert!(model.arrangement.folded.is_empty());
}

#[test]
fn a_tall_lane_is_folded_to_one_row_first() {
    let mut model = app(fixture::outage(), (120, 40), UNICODE);
    press(&mut model, "j j j");
    assert!(
        screen(&model).contains("›latency api-access"),
        "{}",
        screen(&model)
    );
    press(&mut model, "z");
    assert!(row(&model, "latency p99 api-access").contains('█'));
    press(&mut model, "z");
    assert!(!screen(&model).contains("latency p99 api-access"));
}

#[test]
fn the_last_lane_cannot_be_folded() {
    let model = after("z z z z z z z z z z z z z z z z z z z z");
    assert!(screen(&model).contains("the last lane stays"));
    assert!(row(&model, "response").contains('▄') || model.drawn.drawings.len() == 1);
}

#[test]
fn a_lane_shows_one_host_and_says_whose_it_is() {
    let mut model = app(fixture::by_host(), (100, 24), UNICODE);
    press(&mut model, "j f");
    assert!(screen(&model).contains("only"), "{}", screen(&model));
    assert!(
        screen(&model).contains("1 of 3: host=app-1"),
        "{}",
        screen(&model)
    );
    assert!(row(&model, "errors").contains("app-1"));
    press(&mut model, "Tab");
    assert!(row(&model, "errors").contains("app-2"));
    press(&mut model, "d b Enter");
    assert!(row(&model, "errors").contains("db-1"));
    step(&mut model, Msg::Snapshot(Arc::new(fixture::by_host())));
    assert!(row(&model, "errors").contains("db-1"));
    press(&mut model, "Esc");
    assert!(!row(&model, "errors").contains("db-1"));
}

#[test]
fn a_gauge_of_a_host_gives_way_to_the_curve_of_the_host_that_was_picked() {
    let mut snapshot = fixture::outage();
    for (host, level) in [("app-1", 20.0), ("app-2", 60.0), ("app-3", 40.0)] {
        let mut series = snapshot.series[7].clone();
        series.signal.name = "threads".to_owned();
        series.signal.entity = Some(format!("host={host}"));
        series.values = Values::Gauge((0..series.grid.n).map(|i| level + (i % 7) as f64).collect());
        snapshot.series.push(series);
        snapshot.expected.push(Vec::new());
    }
    let mut model = app(snapshot, (120, 40), UNICODE);
    let is_first = |lane: &&Lane| lane.label.ends_with("app-1");
    let id = model
        .drawn
        .lanes
        .iter()
        .find(is_first)
        .map(|lane| lane.id.clone());
    model.lane = id.clone();
    let curve = |model: &Model| {
        let at = model
            .drawn
            .lanes
            .iter()
            .position(|lane| Some(&lane.id) == id.as_ref());
        let at = at.unwrap() - model.drawn.first_lane;
        model.drawn.drawings[at].columns.values[3]
    };
    press(&mut model, "f");
    let seen: Vec<f64> = ["", "Tab", "Tab"]
        .map(|key| {
            press(&mut model, key);
            curve(&model)
        })
        .to_vec();
    assert_eq!(seen, [26.0, 66.0, 46.0]);
}

#[test]
fn a_lane_without_hosts_says_so() {
    assert!(screen(&after("f")).contains("no single client, host"));
}

#[test]
fn a_range_says_who_explains_it_as_soon_as_it_is_set() {
    let mut model = after("g l l l [ l l l l");
    assert!(!screen(&model).contains("comparing"));
    let effect = update(&mut model, Msg::Key("]".into()));
    let Effect::Compare(request) = effect else {
        panic!("nothing was asked: {effect:?}")
    };
    assert!(
        screen(&model).contains("comparing ..."),
        "{}",
        screen(&model)
    );
    update(
        &mut model,
        Msg::Compared(super::super::compare::answer(&request)),
    );
    let text = screen(&model);
    assert!(
        text.contains("range 15:") && !text.contains("comparing"),
        "{text}"
    );
    assert!(text.contains("moved: "), "{text}");
    press(&mut model, "j Esc");
    assert!(!screen(&model).contains("range 15:"));
}

#[test]
fn both_clocks_stand_at_the_cursor_and_t_swaps_them() {
    let model = after("");
    let axis = screen(&model).lines().nth(5).unwrap().to_owned();
    assert!(
        axis.starts_with(" 14:36:50 UTC") && axis.ends_with("15:36:50 BST"),
        "{axis}"
    );
    let model = after("T");
    let axis = screen(&model).lines().nth(5).unwrap().to_owned();
    assert!(
        axis.starts_with(" 15:36:50 BST") && axis.ends_with("14:36:50 UTC"),
        "{axis}"
    );
    assert!(axis.contains("╷15:00") && !axis.contains("17:00"), "{axis}");
}

#[test]
fn the_day_that_clocks_are_set_back_has_two_hours_of_one_name() {
    let check = |start_s: i64, zone: chrono_tz::Tz, [summer, winter]: [&str; 2]| {
        let snapshot = fixture::quiet_at(start_s * S, 10, Zone::Named(zone));
        let mut model = app(snapshot, (100, 24), UNICODE);
        press(&mut model, "g");
        let text = screen(&model);
        for name in [summer, winter] {
            assert!(text.contains(&format!("01:00 {name}")), "{text}");
        }
        assert!(text.lines().nth(3).unwrap().ends_with(summer), "{text}");
        press(&mut model, "G");
        assert!(screen(&model).lines().nth(3).unwrap().ends_with(winter));
        screen(&model)
    };
    // 25 October 2020, 00:00 in London, and 1 November 2020, 00:40 in New York.
    let text = check(1_603_580_400, London, ["BST", "GMT"]);
    insta::assert_snapshot!("autumn_100x24", text);
    check(1_604_205_600, New_York, ["EDT", "EST"]);
}

#[test]
fn the_day_that_clocks_are_set_forward_skips_an_hour() {
    // 29 March 2026, 00:00 in London.
    let snapshot = fixture::quiet_at(1_774_742_400 * S, 10, Zone::Named(London));
    let model = app(snapshot, (100, 24), UNICODE);
    let text = screen(&model);
    assert!(text.contains("29 Mar 2026 00:00 GMT - 03:20 BST"), "{text}");
    assert!(
        text.contains("╷02:00") && !text.contains("╷01:00"),
        "{text}"
    );
}

#[test]
fn weeks_and_tenths_of_seconds_are_both_drawn() {
    let weeks = fixture::quiet_at(1_601_510_400 * S, 3600, Zone::Named(London));
    let mut model = app(weeks, (100, 24), UNICODE);
    insta::assert_snapshot!("weeks_100x24", screen(&model));
    press(&mut model, &"+ ".repeat(30));
    let cell = model
        .span()
        .unwrap()
        .cell_ns(super::super::moves::columns(&model));
    assert_eq!(cell, 100_000_000);
    assert!(screen(&model).contains("a cell is never less than 100 ms"));
    press(&mut model, "l");
    insta::assert_snapshot!("tenths_100x24", screen(&model));
    press(&mut model, &"- ".repeat(40));
    assert_eq!(model.span(), model.data_span());
}

#[test]
fn the_lines_of_a_lane_are_those_of_its_source_and_esc_comes_back() {
    let mut model = after("+ j j l l");
    let before = (model.cursor_ns, model.lane.clone(), model.span());
    press(&mut model, "Enter");
    assert_eq!(model.screen, Screen::Logs);
    let text = screen(&model);
    assert!(text.contains("source=\"api-access.log\""), "{text}");
    assert!(model.logs.rows.iter().all(|row| row.line.source == 0));
    press(&mut model, "j j j Esc");
    assert_eq!(model.screen, Screen::Timeline);
    assert_eq!((model.cursor_ns, model.lane.clone(), model.span()), before);
    assert!(model.logs.sift.filter.is_none());
}

#[test]
fn going_on_from_the_lines_keeps_their_time() {
    let mut model = after("Enter j j 1");
    assert_eq!(model.cursor_ns, Some(model.logs.rows[202].line.time_ns));
    assert!(model.logs.sift.filter.is_none());
    press(&mut model, "5 Esc");
    assert!(model.cursor_ns.is_some());
}

#[test]
fn a_mark_opens_its_line() {
    let mut model = after("");
    for (id, from) in [(LaneId::People, 4), (LaneId::Changes, 24)] {
        model.lane = Some(id);
        model.cursor_ns = Some(START + from * 240 * S);
        let before = (model.cursor_ns, model.lane.clone(), model.span());
        press(&mut model, "Enter");
        let said = model.message.clone().unwrap_or_default();
        assert!(said.starts_with("line 7: "), "{said}");
        assert_eq!((model.cursor_ns, model.lane.clone(), model.span()), before);
    }
    model.lane = Some(LaneId::Windows);
    press(&mut model, "Enter");
    assert_eq!(
        (model.screen, model.logs.selected),
        (Screen::Logs, Some((0, 100)))
    );
    press(&mut model, "Esc");
    assert_eq!(
        (model.screen, model.lane),
        (Screen::Timeline, Some(LaneId::Windows))
    );
}

#[test]
fn what_was_said_nearest_to_the_cursor_opens_in_its_incident() {
    let mut model = after("");
    model.lane = Some(LaneId::People);
    model.cursor_ns = Some(START + 1210 * S);
    press(&mut model, "o");
    assert_eq!(model.screen, Screen::Incident);
    assert!(model.rows[&Screen::Incident].contains("detected"));
}

/// The stretches shown while the data grow from `from_s` to `to_s` seconds.
fn stretches(model: &mut Model, from_s: i64, to_s: i64) -> Vec<Span> {
    let mut seen: Vec<Span> = Vec::new();
    for at in (from_s..to_s).step_by(20) {
        step(model, Msg::Snapshot(Arc::new(fixture::live_at(at))));
        let (span, data) = (model.span().unwrap(), model.data_span().unwrap());
        assert!(
            span.to_ns >= data.to_ns,
            "what is new is off the screen at {at} s"
        );
        if seen.last() != Some(&span) {
            seen.push(span);
        }
    }
    seen
}

#[test]
fn while_data_arrive_the_axis_changes_in_few_steps() {
    let mut model = app(fixture::live_at(600), (80, 24), UNICODE);
    let seen = stretches(&mut model, 620, 8400);
    let end = model.data_span().unwrap().to_ns - 1;
    assert_eq!(model.cursor(), Some(end), "the cursor is not at the newest");
    assert!(seen.len() <= 12, "{} steps: {seen:?}", seen.len());
}

#[test]
fn a_cursor_that_was_set_stays_and_the_stretch_only_grows() {
    let mut model = app(fixture::live_at(600), (80, 24), UNICODE);
    press(&mut model, "h h h");
    let (cursor, start) = (model.cursor(), model.span().unwrap().from_ns);
    let seen = stretches(&mut model, 620, 8400);
    assert_eq!(model.cursor(), cursor);
    assert!(seen.iter().all(|span| span.from_ns == start));
    assert!(seen.is_sorted_by_key(|span| span.to_ns));
}

#[test]
fn after_the_end_of_the_data_nothing_is_known() {
    let mut model = app(fixture::live_at(3000), (80, 24), ASCII);
    step(&mut model, Msg::Snapshot(Arc::new(fixture::live_at(3100))));
    let columns = super::super::moves::columns(&model);
    assert!(model.span().unwrap().to_ns > model.data_span().unwrap().to_ns);
    for drawing in &model.drawn.drawings {
        assert!(drawing.columns.levels[columns - 1].is_nan());
        assert!(!drawing.columns.levels[0].is_nan());
    }
    assert!(row(&model, "errors").contains(".."));
}

#[test]
fn a_gap_of_a_heatmap_is_not_a_band_without_requests() {
    let mut snapshot = fixture::outage();
    snapshot.series[2].covered = 0..600;
    let model = app(snapshot, (120, 40), UNICODE);
    let text = screen(&model);
    let band = text.lines().find(|line| line.contains("> ")).unwrap();
    assert!(band.contains("···") && band.contains("   "), "{band}");
}

#[test]
fn a_header_with_a_filter_still_counts_events() {
    let mut snapshot = fixture::outage();
    snapshot.filter = Some(Filtered {
        text: "status>=500 and path~^/api/v2/calls and latency>250ms".into(),
        events: 23_100,
        of: 1_196_400,
    });
    for (width, counts) in [
        (80, "23,100 of 1.2M events"),
        (120, "23,100 of 1.2M events  4 sources"),
    ] {
        let model = app(snapshot.clone(), (width, 24), UNICODE);
        let text = screen(&model);
        let header = text.lines().next().unwrap();
        assert!(
            header.ends_with(counts) && header.contains("-w status>=5"),
            "{header}"
        );
        assert!(header.contains("15:20-17:40 BST"), "{header}");
    }
}

#[test]
fn marks_in_one_cell_are_counted() {
    let mut snapshot = fixture::outage();
    let mut later = snapshot.incidents[0].incident.milestones[1].clone();
    later.when.at_ns += S;
    snapshot.incidents[0].incident.milestones.push(later);
    let model = app(snapshot, (80, 24), UNICODE);
    let people = row(&model, "people");
    assert!(people.contains('2') && !people.contains('d'), "{people}");
}

#[test]
fn large_and_narrow_screens_read_well() {
    insta::assert_snapshot!(
        "outage_200x60",
        screen(&app(fixture::outage(), (200, 60), UNICODE))
    );
    insta::assert_snapshot!(
        "outage_60x24",
        screen(&app(fixture::outage(), (60, 24), UNICODE))
    );
    let mut ranged = after("g l l l l [ l l l ] j");
    insta::assert_snapshot!("range_80x24", screen(&ranged));
    step(&mut ranged, Msg::Resized(60, 20));
    assert!(screen(&ranged).contains("range 15:"));
}

#[test]
fn in_16_colours_trouble_is_red_and_a_gap_is_not() {
    let model = app(fixture::outage(), (120, 40), UNICODE);
    let cells = buffer(&model).content;
    let of = |glyph: &str| {
        let is_it = |cell: &&ratatui::buffer::Cell| cell.symbol() == glyph;
        cells
            .iter()
            .filter(is_it)
            .map(|cell| cell.fg)
            .collect::<Vec<_>>()
    };
    assert!(of("·").iter().all(|colour| *colour == Color::Reset));
    assert!(!of("·").is_empty() && of("█").contains(&Color::Red));
}

fn lane_key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "j", "k", "J", "K", "z", "Z", "f", "Tab", "Enter", "Esc", "+",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn however_they_are_arranged_each_lane_is_there_once(keys in prop::collection::vec(lane_key(), 0..60)) {
        let mut model = app(fixture::by_host(), (100, 30), UNICODE);
        for key in keys {
            // The lines behind a lane are another matter.
            if key == "Enter" && model.prompt.is_none() {
                continue;
            }
            step(&mut model, Msg::Key(key.to_owned()));
        }
        let ids = |lanes: &[super::super::lanes::Lane]| {
            let mut ids: Vec<LaneId> = lanes.iter().map(|lane| lane.id.clone()).collect();
            ids.sort();
            ids
        };
        prop_assert_eq!(ids(&model.drawn.lanes), ids(&model.drawn.ranked));
    }
}
