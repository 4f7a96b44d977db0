//! Keys typed, screens drawn and compared; any size and any keys without panic.

mod comparing;
mod hostile;
mod lines;
mod live;
mod manners;
mod marking;
mod reach;
mod review;
mod sift;
mod states;
mod timeline;

use std::sync::Arc;

use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::Color;

use super::fixture::{self, S, START};
use super::keys::TABLE;
use super::lanes::LaneId;
use super::{Colour, Effect, LineReader, Look, Model, Msg, Screen, Theme, fetch, update, view};
use crate::analysis::Snapshot;

const UNICODE: Look = Look {
    colour: Colour::Sixteen,
    theme: Theme::Dark,
    ascii: false,
};
const ASCII: Look = Look {
    colour: Colour::None,
    theme: Theme::Dark,
    ascii: true,
};

/// The app with a snapshot, at a size.
fn app(snapshot: Snapshot, size: (u16, u16), look: Look) -> Model {
    let mut model = Model::new(look, size.0, size.1);
    update(&mut model, Msg::Snapshot(Arc::new(snapshot)));
    model
}

/// Types a text, letter by letter.
fn typed(model: &mut Model, text: &str) {
    for c in text.chars() {
        let name = if c == ' ' {
            "Space".to_owned()
        } else {
            c.to_string()
        };
        step(model, Msg::Key(name));
    }
}

/// Types keys, separated by spaces, and carries out what they ask for.
fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    keys.split_whitespace()
        .map(|key| step(model, Msg::Key(key.to_owned())))
        .collect()
}

fn step(model: &mut Model, msg: Msg) -> Effect {
    let effect = beside_memory(update(model, msg));
    if let Effect::Lines(request) = &effect {
        let mut reader: LineReader =
            Box::new(|source, offset, _| Ok(fixture::raw_line(source, offset)));
        update(model, Msg::Lines(fetch(request, &mut reader)));
    }
    if let Effect::Compare(request) = &effect {
        update(model, Msg::Compared(super::compare::answer(request)));
    }
    if let Effect::Closer(request) = &effect {
        update(model, Msg::CameCloser(super::closer::answer(request)));
    }
    let mut review = match &effect {
        Effect::Review(request) => Some(request.clone()),
        _ => None,
    };
    // A board may ask for a comparison.
    while let Some(request) = review.take() {
        let answer = super::review::answer(&request, &|| false);
        if let Effect::Review(request) = update(model, Msg::Reviewed(answer)) {
            review = Some(request);
        }
    }
    effect
}

/// What is to be done but to remember.
fn beside_memory(effect: Effect) -> Effect {
    match effect {
        Effect::Both(both) if matches!(both.0, Effect::Remember(..)) => beside_memory(both.1),
        effect => effect,
    }
}

fn buffer(model: &Model) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(model.size.0, model.size.1)).unwrap();
    terminal.draw(|frame| view(model, frame)).unwrap();
    terminal.backend().buffer().clone()
}

fn screen(model: &Model) -> String {
    let buffer = buffer(model);
    let width = usize::from(buffer.area.width.max(1));
    let row = |cells: &[ratatui::buffer::Cell]| {
        cells
            .iter()
            .map(|cell| cell.symbol())
            .collect::<String>()
            .trim_end()
            .to_owned()
    };
    buffer
        .content
        .chunks(width)
        .map(row)
        .collect::<Vec<_>>()
        .join("\n")
}

/// The outage after some keys, at 80x24.
fn after(keys: &str) -> Model {
    let mut model = app(fixture::outage(), (80, 24), UNICODE);
    press(&mut model, keys);
    model
}

#[test]
fn the_first_screen_answers_without_a_key() {
    let text = screen(&after(""));
    let windows = text
        .lines()
        .find(|line| line.trim_start().starts_with("windows"))
        .unwrap();
    assert_eq!(windows.matches(['┣', '┃']).count(), 4);
    insta::assert_snapshot!("outage_80x24", text);
}

#[test]
fn a_large_screen_has_more_lanes_and_a_heatmap() {
    insta::assert_snapshot!(
        "outage_120x40",
        screen(&app(fixture::outage(), (120, 40), UNICODE))
    );
}

#[test]
fn ascii_without_colour_says_the_same() {
    insta::assert_snapshot!(
        "outage_ascii_80x24",
        screen(&app(fixture::outage(), (80, 24), ASCII))
    );
}

#[test]
fn every_screen_keeps_to_ascii_and_no_colour() {
    for keys in [
        "", "2", "2 Enter", "3", "4", "5", "6", "7", "?", "]", ":", "5 : z", "e",
    ] {
        let mut model = app(fixture::outage(), (120, 40), ASCII);
        press(&mut model, keys);
        for cell in buffer(&model).content {
            assert!(
                cell.symbol().is_ascii(),
                "{:?} after {keys:?}",
                cell.symbol()
            );
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset));
        }
    }
}

#[test]
fn a_narrow_screen_keeps_the_most_important() {
    insta::assert_snapshot!(
        "outage_45x12",
        screen(&app(fixture::outage(), (45, 12), UNICODE))
    );
    insta::assert_snapshot!(
        "outage_30x5",
        screen(&app(fixture::outage(), (30, 5), UNICODE))
    );
}

#[test]
fn while_reading_nothing_is_called_normal() {
    let mut snapshot = fixture::quiet();
    snapshot.progress.finished = false;
    let text = screen(&app(snapshot, (80, 24), UNICODE));
    assert!(text.contains("judged when all is read"), "{text}");
    assert!(!text.contains("NO INCIDENT"), "{text}");
}

#[test]
fn while_reading_what_is_known_is_shown() {
    insta::assert_snapshot!(
        "loading_80x24",
        screen(&app(fixture::loading(), (80, 24), UNICODE))
    );
}

#[test]
fn before_the_first_snapshot_there_is_a_screen() {
    let mut model = Model::new(UNICODE, 80, 10);
    update(&mut model, Msg::Resized(80, 10));
    insta::assert_snapshot!("empty_80x10", screen(&model));
}

#[test]
fn without_an_incident_it_says_what_was_checked() {
    let mut model = app(fixture::quiet(), (80, 24), UNICODE);
    insta::assert_snapshot!("quiet_80x24", screen(&model));
    press(&mut model, "2");
    assert!(screen(&model).contains("haproxy.log request rate"));
}

#[test]
fn an_unreadable_input_is_not_a_quiet_one() {
    insta::assert_snapshot!(
        "failing_80x10",
        screen(&app(fixture::failing(), (80, 10), UNICODE))
    );
    let mut model = app(fixture::failing(), (80, 10), UNICODE);
    press(&mut model, "7");
    insta::assert_snapshot!("failing_sources_80x10", screen(&model));
}

#[test]
fn each_list_screen_reads_well() {
    insta::assert_snapshot!("incidents_80x24", screen(&after("2")));
    insta::assert_snapshot!("incident_80x24", screen(&after("2 Enter")));
    insta::assert_snapshot!("sources_80x24", screen(&after("7 j j")));
    let mut model = app(fixture::outage(), (100, 80), UNICODE);
    press(&mut model, "?");
    insta::assert_snapshot!("help_100x80", screen(&model));
    press(&mut model, "2 Enter");
    insta::assert_snapshot!("incident_100x80", screen(&model));
}

#[test]
fn logs_open_at_the_cursor() {
    let model = after("5");
    let cursor = model.cursor().unwrap();
    let selected = model
        .logs
        .rows
        .iter()
        .find(|row| row.line.time_ns >= cursor)
        .unwrap();
    assert_eq!(
        model.logs.selected,
        Some((selected.line.source, selected.line.offset))
    );
    insta::assert_snapshot!("logs_80x24", screen(&model));
}

#[test]
fn moving_beyond_the_page_fetches_more() {
    let mut model = after("5");
    let first = model.logs.rows[0].line.time_ns;
    let effects = press(&mut model, &"^u ".repeat(40));
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Lines(_)))
    );
    assert!(model.logs.rows[0].line.time_ns < first);
    assert_eq!(model.cursor_ns, Some(START));
    assert!(screen(&model).contains("first line"));
}

#[test]
fn a_search_says_what_it_searched() {
    let mut model = after("5 / t o k e n / 2 5 0 Enter");
    assert!(
        screen(&model).contains("1 of 2 lines with \"token/250\" among 400 loaded lines, 15:"),
        "{}",
        screen(&model)
    );
    assert_eq!(model.cursor_ns, Some(START + 1250 * S));
    press(&mut model, "n");
    assert_eq!(model.cursor_ns, Some(START + 1250 * S + 1_000_000));
    press(&mut model, "/ x x Enter");
    assert!(screen(&model).contains("\"xx\" is not in the 400 loaded lines"));
}

#[test]
fn log_text_cannot_reach_the_terminal() {
    let mut model = after("");
    let Effect::Lines(request) = update(&mut model, Msg::Key("5".into())) else {
        panic!("no lines asked for")
    };
    let mut reader: LineReader =
        Box::new(|_, _, _| Ok(b"\x1b[2Jgone\x07\xff\xc2\x9b31m\x00".to_vec()));
    update(&mut model, Msg::Lines(fetch(&request, &mut reader)));
    let text = screen(&model);
    assert!(text.contains("gone") && !text.replace('\n', "").chars().any(char::is_control));
}

#[test]
fn an_unreadable_line_says_why() {
    let mut model = after("");
    let Effect::Lines(request) = update(&mut model, Msg::Key("5".into())) else {
        panic!("no lines asked for")
    };
    let mut reader: LineReader = Box::new(|_, _, _| Err("the file is gone".into()));
    update(&mut model, Msg::Lines(fetch(&request, &mut reader)));
    assert!(screen(&model).contains("cannot read: the file is gone"));
}

#[test]
fn an_answer_to_an_older_request_is_dropped() {
    let mut model = after("");
    let Effect::Lines(old) = update(&mut model, Msg::Key("5".into())) else {
        panic!("no lines asked for")
    };
    press(&mut model, "G");
    let rows = model.logs.rows.clone();
    let mut reader: LineReader = Box::new(|_, _, _| Ok(b"old".to_vec()));
    update(&mut model, Msg::Lines(fetch(&old, &mut reader)));
    assert_eq!(model.logs.rows, rows);
}

#[test]
fn the_cursor_moves_by_one_cell() {
    let model = after("l l l h");
    let cell = model.span().unwrap().cell_ns(super::moves::columns(&model));
    let moved = model.cursor().unwrap() - after("").cursor().unwrap();
    assert!(
        (moved - 2 * cell).abs() <= cell,
        "{moved} is not two cells of {cell}"
    );
}

#[test]
fn zoom_keeps_the_cursor_and_0_brings_all_back() {
    let mut model = after("+ + +");
    let (cursor, whole) = (model.cursor(), after("").span());
    assert_eq!(cursor, after("").cursor());
    assert!(model.span().unwrap().length_ns() < whole.unwrap().length_ns() / 6);
    press(&mut model, "0");
    assert_eq!(model.span(), whole);
    press(&mut model, "0");
    assert_eq!(model.span(), model.incident_span());
    press(&mut model, "- - -");
    assert_eq!(model.span(), whole);
}

#[test]
fn a_bracket_sets_an_end_of_the_range_unless_a_sequence_follows() {
    let mut model = after("[ l l l ] j");
    let (from, to) = (model.range.0.unwrap(), model.range.1.unwrap());
    assert!(from < to && screen(&model).contains("["));
    press(&mut model, "l ]");
    assert!(screen(&model).contains("next incident"));
    press(&mut model, "i");
    assert_eq!(model.range, (Some(from), Some(to)));
    press(&mut model, "Esc");
    assert_eq!(model.range, (None, None));
}

#[test]
fn anomalies_are_walked_in_order_of_time() {
    let mut model = after("g ] a");
    assert_eq!(model.cursor_ns, Some(START + 910 * S));
    assert!(screen(&model).contains("is usual"));
    press(&mut model, "] a ] a");
    assert_eq!(model.cursor_ns, Some(START + 4200 * S));
    press(&mut model, "[ a");
    assert_eq!(model.cursor_ns, Some(START + 2100 * S));
    press(&mut model, "G ] a");
    assert!(screen(&model).contains("no anomaly after the cursor"));
}

#[test]
fn a_selection_is_of_a_signal_not_of_a_row() {
    let mut model = after("j j");
    let chosen = model.lane.clone();
    assert_eq!(
        chosen,
        Some(LaneId::Signal("api-access.log latency".into()))
    );
    let mut other = fixture::outage();
    other.anomalies.retain(|anomaly| anomaly.series == 2);
    step(&mut model, Msg::Snapshot(Arc::new(other)));
    let at = model
        .drawn
        .lanes
        .iter()
        .position(|lane| Some(&lane.id) == chosen.as_ref());
    assert!(at.is_some_and(|at| at < 6));
    assert_eq!(model.lane, chosen);
}

#[test]
fn lanes_that_do_not_fit_are_counted_and_reached() {
    let mut model = after("");
    assert!(screen(&model).contains("+2 more lanes"));
    assert!(!screen(&model).contains("\n response"));
    press(&mut model, "j j j j j j j");
    assert!(screen(&model).contains("›response"));
}

#[test]
fn a_gap_is_not_drawn_as_zero() {
    let text = screen(&app(fixture::outage(), (80, 24), ASCII));
    let sessions = text
        .lines()
        .find(|line| line.contains("sessions  "))
        .unwrap();
    assert!(sessions.contains("_._"), "{sessions}");
}

#[test]
fn frozen_holds_the_state_and_then_shows_the_newest() {
    let mut model = app(fixture::loading(), (80, 24), UNICODE);
    press(&mut model, "Space");
    step(&mut model, Msg::Snapshot(Arc::new(fixture::outage())));
    assert!(
        screen(&model).contains("FROZEN, newer data wait") && screen(&model).contains("ONGOING")
    );
    press(&mut model, "Space");
    assert!(screen(&model).contains("RESTORED"));
}

#[test]
fn before_the_first_snapshot_there_is_nothing_to_freeze() {
    let mut model = Model::new(UNICODE, 80, 24);
    press(&mut model, "Space");
    step(&mut model, Msg::Snapshot(Arc::new(fixture::outage())));
    assert!(screen(&model).contains("RESTORED"));
}

#[test]
fn utc_and_local_time_change_with_a_key() {
    assert!(screen(&after("")).contains("15:35:10"));
    assert!(screen(&after("T")).contains("14:35:10"));
}

#[test]
fn escape_goes_back_the_way_one_came() {
    let mut model = after("2 Enter 7 ?");
    let mut way = vec![model.screen];
    for _ in 0..4 {
        press(&mut model, "Esc");
        way.push(model.screen);
    }
    assert_eq!(
        way,
        [
            Screen::Help,
            Screen::Sources,
            Screen::Incident,
            Screen::Incidents,
            Screen::Timeline
        ]
    );
}

#[test]
fn q_goes_back_and_then_quits() {
    let mut model = after("7");
    assert!(matches!(press(&mut model, "q")[..], [Effect::None]));
    assert!(matches!(press(&mut model, "q")[..], [Effect::Quit]));
    assert!(matches!(press(&mut after("5"), "^c")[..], [Effect::Quit]));
}

#[test]
fn evidence_leads_to_its_line() {
    let mut model = after("2 Enter");
    while !model
        .rows
        .get(&Screen::Incident)
        .is_some_and(|key| key.starts_with("contributor"))
    {
        press(&mut model, "j");
    }
    press(&mut model, "Enter");
    assert_eq!(
        (model.screen, model.logs.selected),
        (Screen::Logs, Some((0, 50_000)))
    );
}

#[test]
fn what_people_wrote_is_shown_without_leaving() {
    let mut model = after("j j j j j j j j j o");
    assert_eq!(model.screen, Screen::Incident);
    press(&mut model, "Enter");
    assert_eq!(model.screen, Screen::Incident);
    assert!(
        model
            .message
            .as_ref()
            .is_some_and(|message| message.starts_with("line 7: ")),
        "{:?}",
        model.message
    );
}

#[test]
fn help_and_footer_come_from_the_key_table() {
    let mut model = app(fixture::outage(), (120, 200), UNICODE);
    press(&mut model, "?");
    let help = screen(&model);
    for key in TABLE {
        assert!(help.contains(key.help), "{}", key.help);
    }
}

#[test]
fn a_key_without_a_meaning_says_so() {
    assert!(screen(&after("5 x")).contains("x does nothing here; ? lists the keys"));
}

/// Keys of the table, as typed, and some without a meaning.
fn any_key() -> impl Strategy<Value = String> {
    let mut names: Vec<String> = TABLE
        .iter()
        .flat_map(|key| key.keys)
        .flat_map(|name| name.split(' '))
        .map(str::to_owned)
        .collect();
    names.extend(["x", "Backspace", "a", "i", "日", "Tab", "z"].map(str::to_owned));
    names.sort();
    names.dedup();
    names.retain(|name| !matches!(name.as_str(), "^c" | "^z"));
    prop::sample::select(names)
}

fn any_snapshot() -> impl Strategy<Value = Snapshot> {
    prop::sample::select(vec![0, 1, 2, 3, 4, 5]).prop_map(|kind| match kind {
        0 => fixture::outage(),
        1 => fixture::loading(),
        2 => fixture::quiet(),
        3 => fixture::by_host(),
        4 => fixture::live_at(2400),
        _ => fixture::failing(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_size_and_any_keys_are_safe(
        first in any_snapshot(), second in any_snapshot(),
        sizes in prop::collection::vec((1u16..140, 1u16..60), 1..4),
        keys in prop::collection::vec(any_key(), 0..40), ascii: bool,
    ) {
        let look = Look { colour: Colour::True, theme: Theme::Dark, ascii };
        let mut model = app(first, sizes[0], look);
        for (i, key) in keys.iter().enumerate() {
            let effect = step(&mut model, Msg::Key(key.clone()));
            if let Effect::Keep(wish) = &effect {
                marking::answer(&mut model, wish);
            }
            if i == keys.len() / 2 {
                step(&mut model, Msg::Snapshot(Arc::new(second.clone())));
            }
            let size = sizes[i % sizes.len()];
            step(&mut model, Msg::Resized(size.0, size.1));
            prop_assert!(!screen(&model).replace('\n', "").chars().any(char::is_control));
        }
    }

    #[test]
    fn a_terminal_without_cells_is_safe(keys in prop::collection::vec(any_key(), 0..12)) {
        let mut model = app(fixture::outage(), (0, 0), UNICODE);
        keys.iter().for_each(|key| { step(&mut model, Msg::Key(key.clone())); });
    }

    #[test]
    fn a_frame_of_another_size_than_the_model_is_safe(size in (1u16..140, 1u16..60), keys in prop::collection::vec(any_key(), 0..8)) {
        let mut model = after("");
        keys.iter().for_each(|key| { step(&mut model, Msg::Key(key.clone())); });
        let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
        terminal.draw(|frame| view(&model, frame)).unwrap();
    }
}
