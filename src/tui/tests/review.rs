//! The Review screen: many incidents, few, one, none; keys, gates, foreign text.

use std::fmt::Write;
use std::sync::Arc;

use proptest::prelude::*;

use super::super::export::Exportable;
use super::super::review::{Answer, Page, Request, answer, begin};
use super::super::shell::Invocation;
use super::super::{Effect, Look, Model, Msg, Screen, update};
use super::{ASCII, UNICODE, after, any_key, app, fixture, press, screen, step};
use crate::analysis::review::file::{Contents, read};
use crate::analysis::review::{Asked, Days, collect};
use crate::clock::Zone;
use crate::records::Context;
use crate::reports::review::board::Board;
use crate::reports::review::lints;

/// Minutes to restore of the first half of a year, and of the second.
const MINUTES: [u32; 12] = [38, 75, 27, 92, 110, 34, 13, 29, 55, 22, 16, 68];

/// Two periods of six, and five more of which something is missing, wrong, or planned.
pub(super) fn busy() -> String {
    let mut text =
        "incident_id,kind,time,source,service,severity,noticed_by,planned,title\n".to_owned();
    for (i, minutes) in MINUTES.into_iter().enumerate() {
        let (day, service) = (format!("2024-{:02}-03T", i + 1), ["search", "cart"][i % 2]);
        let noticed = ["monitor", "customer"][i % 2];
        let (hour, minute) = (10 + minutes / 60, minutes % 60);
        let mut row = |kind: &str, clock: &str| {
            let row = format!("p{i:02},{kind},{day}{clock}:00Z,human,{service},major,{noticed},,");
            writeln!(text, "{row}Checkout slow in hall {i}").expect("a text takes all");
        };
        row("impact_start", "10:00");
        row("alert_fired", &format!("10:0{}", i % 4));
        row("acknowledged", &format!("10:0{}", i % 4 + 3));
        row("restored", &format!("{hour}:{minute:02}"));
    }
    text + "shut,alert_fired,2024-12-10T08:00:00Z,pager,search,minor,,,Search stalls\n\
        shut,closed,2024-12-10T09:00:00Z,pager,,,,,\n\
        open,impact_start,2024-12-12T08:00:00Z,human,search,minor,human,,Orders lost\n\
        back,restored,2024-12-13T08:00:00Z,human,search,minor,,,Queue stands\n\
        back,impact_start,2024-12-13T09:00:00Z,human,,,,,\n\
        work,impact_start,2024-12-14T02:00:00Z,human,database,none,,yes,New discs\n\
        work,restored,2024-12-14T03:00:00Z,human,,,,,\n"
}

/// The first incidents of `busy`.
fn first(n: usize) -> String {
    busy()
        .lines()
        .take(1 + 4 * n)
        .map(|line| format!("{line}\n"))
        .collect()
}

pub(super) fn board(text: &str, compare: Option<(&str, &str)>) -> Board {
    let days = |text| Days::read(text).expect("a period");
    let asked = Asked {
        zone: Zone::UTC,
        group_gap_ns: 24 * 3600 * 1_000_000_000,
        since_ns: None,
        until_ns: None,
        compare: compare.map(|(a, b)| (days(a), days(b))),
    };
    let contents = read("own.csv", text.as_bytes(), &Context::default()).expect("a record");
    let linted = match &contents {
        Contents::Record(record) => vec![lints::linted(record)],
        Contents::Report { .. } => Vec::new(),
    };
    Board::of(collect(vec![contents], asked), linted, Vec::new())
}

/// `rfo review` with these numbers.
pub(super) fn alone(board: Board, size: (u16, u16), look: Look) -> Model {
    let mut model = Model::new(look, size.0, size.1);
    begin(&mut model, "own.csv".to_owned());
    step(
        &mut model,
        Msg::Reviewed(Answer::Board(None, Arc::new(board))),
    );
    model
}

fn reviewed(text: &str, keys: &str) -> Model {
    let mut model = alone(board(text, None), (80, 24), UNICODE);
    press(&mut model, keys);
    model
}

pub(super) fn halves() -> Board {
    board(&busy(), Some(("2024-01..2024-06", "2024-07..2024-12")))
}

/// The shown metric's name, and the selected incident's.
fn chosen(model: &Model) -> (&str, &str) {
    let metric = model
        .review
        .shown()
        .map_or("", |(one, ..)| one.metric.duration);
    (
        metric,
        model.review.case().map_or("", |(_, case)| case.id.as_str()),
    )
}

#[test]
fn many_incidents_have_numbers_with_their_gates_a_plot_and_a_table() {
    insta::assert_snapshot!("review_80x24", screen(&reviewed(&busy(), "j j")));
    let mut model = alone(halves(), (120, 40), UNICODE);
    press(&mut model, "j j j");
    insta::assert_snapshot!("review_120x40", screen(&model));
}

#[test]
fn two_periods_are_compared_on_a_small_screen_too() {
    insta::assert_snapshot!(
        "review_compare_80x24",
        screen(&alone(halves(), (80, 24), UNICODE))
    );
}

#[test]
fn ascii_without_colour_says_the_same() {
    let text = screen(&alone(halves(), (80, 24), ASCII));
    assert!(text.is_ascii());
    insta::assert_snapshot!("review_ascii_80x24", text);
}

#[test]
fn below_the_gates_the_values_stand_and_why() {
    let text = screen(&reviewed(&first(3), ""));
    insta::assert_snapshot!("review_few_80x24", text);
}

#[test]
fn one_incident_shows_its_own_numbers_and_no_statistics() {
    let mut model = reviewed(&first(1), "");
    insta::assert_snapshot!("review_one_80x24", screen(&model));
    for key in ["Tab", "s", "p", "/", "n"] {
        press(&mut model, key);
        assert!(
            screen(&model).contains("that needs two incidents or more"),
            "{key}"
        );
    }
}

#[test]
fn without_an_incident_there_is_no_number() {
    let text = "incident_id,kind,time\n1,change,2024-05-03T10:00:00Z\n";
    let mut board = board(text, None);
    board.review.cases.clear();
    board
        .warnings
        .push("not read: b.csv is a folder".to_owned());
    let text = screen(&alone(board, (80, 10), UNICODE));
    assert!(
        text.contains("no incident to review") && text.contains("b.csv is a folder"),
        "{text}"
    );
    let mut model = Model::new(UNICODE, 80, 10);
    begin(&mut model, "own.csv".to_owned());
    update(&mut model, Msg::Resized(80, 10));
    assert!(screen(&model).contains("nothing is known yet"));
    step(&mut model, Msg::Reviewed(Answer::Reading(1200, 10_000)));
    let text = screen(&model);
    assert!(text.contains("Read 1,200 of 10,000 records") && text.contains("reading 12 %"));
    step(&mut model, Msg::Reviewed(Answer::Reading(10_000, 10_000)));
    assert!(screen(&model).contains("Read all 10,000 records"));
    assert!(matches!(
        update(&mut model.clone(), Msg::Key("q".into())),
        Effect::Quit
    ));
    step(&mut model, Msg::Reviewed(Answer::Failed));
    assert!(screen(&model).contains("could not be reviewed"));
}

#[test]
fn a_narrow_screen_keeps_counts_and_rows_and_says_what_it_hides() {
    let text = screen(&alone(halves(), (60, 12), UNICODE));
    assert!(text.contains("hidden"), "{text}");
    insta::assert_snapshot!("review_60x12", text);
}

#[test]
fn an_incident_opens_with_its_durations_claims_and_findings() {
    let mut model = reviewed(&busy(), "G k Enter");
    assert_eq!(model.screen, Screen::Case);
    insta::assert_snapshot!("review_case_80x24", screen(&model));
    press(&mut model, "G Enter");
    press(&mut model, "Esc");
    assert_eq!((model.screen, chosen(&model).1), (Screen::Review, "back"));
}

#[test]
fn findings_are_listed_by_record() {
    let mut model = reviewed(&busy(), "L");
    insta::assert_snapshot!("review_findings_80x24", screen(&model));
    press(&mut model, "Esc");
    assert_eq!(model.screen, Screen::Review);
}

#[test]
fn metrics_go_round() {
    let mut model = reviewed(&busy(), "");
    assert_eq!(chosen(&model).0, "ttr");
    let n = model.review.board.as_ref().unwrap().told().len();
    press(&mut model, "Tab");
    assert_eq!(chosen(&model).0, "downtime");
    press(&mut model, &"l ".repeat(n - 1));
    assert_eq!(chosen(&model).0, "ttr");
    press(&mut model, "h BackTab");
    assert_eq!(chosen(&model).0, "ttd");
}

#[test]
fn a_sorted_table_has_the_longest_first_and_those_without_a_value_last() {
    let mut model = reviewed(&busy(), "j");
    assert_eq!(chosen(&model), ("ttr", "p01"));
    press(&mut model, "s");
    assert_eq!(
        chosen(&model),
        ("ttr", "p01"),
        "the selection is an incident, not a row"
    );
    press(&mut model, "g");
    assert_eq!(chosen(&model), ("ttr", "p04"));
    press(&mut model, "G");
    assert_eq!(chosen(&model), ("ttr", "back"));
    press(&mut model, "s G");
    assert_eq!(chosen(&model), ("ttr", "work"));
}

#[test]
fn a_day_parts_the_incidents_in_two_periods_and_once_more_drops_them() {
    let mut model = reviewed(&busy(), "j j j j j j p");
    let text = screen(&model);
    assert!(
        text.contains("--compare ..2024-07-02,2024-07-03.."),
        "{text}"
    );
    assert!(
        text.contains("p = 0.0996: not evidence of a change"),
        "{text}"
    );
    assert!(text.contains("ratio 0.515"), "{text}");
    press(&mut model, "j p");
    assert!(!screen(&model).contains("0.0996"));
    press(&mut model, "p Esc");
    assert!(!screen(&model).contains("change  "), "{}", screen(&model));
}

#[test]
fn until_a_comparison_is_there_it_is_said_to_be_on_its_way() {
    let mut model = alone(board(&busy(), None), (80, 24), UNICODE);
    press(&mut model, "j j j");
    let Effect::Review(_) = update(&mut model, Msg::Key("p".into())) else {
        panic!("no comparison asked for")
    };
    assert!(screen(&model).contains("comparing: up to 2024-04-02"));
    let effect = update(&mut model, Msg::Key("j".into()));
    assert!(matches!(effect, Effect::None), "one is asked for at a time");
}

#[test]
fn a_comparison_that_is_not_wanted_any_more_is_given_up_for_the_next() {
    let asked = |model: &mut Model, key: &str| match update(model, Msg::Key(key.into())) {
        Effect::Review(request) => request,
        other => panic!("{key} asks for nothing: {other:?}"),
    };
    let mut model = alone(board(&busy(), None), (80, 24), UNICODE);
    press(&mut model, "j j j j j j");
    let first = asked(&mut model, "p");
    let second = asked(&mut model, "Tab");
    assert!(matches!(
        answer(&Request::Nothing, &|| false),
        Answer::Dropped
    ));
    // It may have been ready before it was given up.
    update(&mut model, Msg::Reviewed(answer(&first, &|| false)));
    assert!(model.review.change.is_none() && screen(&model).contains("comparing: "));
    update(&mut model, Msg::Reviewed(answer(&second, &|| false)));
    let shown = model.review.shown().expect("a metric").0.metric.duration;
    let known = model.review.change.as_ref().expect("a comparison");
    assert_eq!(known.metric, shown);
    asked(&mut model, "BackTab");
    assert!(
        matches!(asked(&mut model, "?"), Request::Nothing),
        "another screen"
    );
    asked(&mut model, "Esc");
    assert!(
        matches!(asked(&mut model, "p"), Request::Nothing),
        "no periods"
    );
}

#[test]
fn a_review_is_exported_and_copied_as_the_command_that_makes_it() {
    let mut model = alone(halves(), (80, 24), UNICODE);
    model.manners.invocation = Arc::new(Invocation {
        sources: vec!["own records".into()],
        options: vec![("tz".to_owned(), "Europe/London".to_owned())],
        filter: None,
    });
    let command = |model: &mut Model| match update(model, Msg::Key("Y".into())) {
        Effect::Copy(copied) => copied.text,
        other => panic!("nothing is copied: {other:?}"),
    };
    assert_eq!(
        command(&mut model),
        "rfo review --tz=Europe/London \
         --compare=2024-01-01..2024-06-30,2024-07-01..2024-12-31 'own records'"
    );
    press(&mut model, "j j j p");
    let own = "--compare=..2024-04-02,2024-04-03..";
    assert!(command(&mut model).contains(own), "{}", command(&mut model));
    press(&mut model, "e");
    assert!(
        screen(&model).contains("own.csv-review.md"),
        "{}",
        screen(&model)
    );
    let Effect::Export(request) = update(&mut model, Msg::Key("Enter".into())) else {
        panic!("nothing to write")
    };
    let Exportable::Review(of, days) = request.shown else {
        panic!("no review")
    };
    assert_eq!((days, of.review.cases.len()), (model.review.split, 16));
}

#[test]
fn titles_are_searched_around_the_end() {
    let mut model = reviewed(&busy(), "/ h a l l Space 1 Enter");
    assert_eq!(chosen(&model).1, "p01");
    assert!(screen(&model).contains("1 of 3 incidents with \"hall 1\""));
    press(&mut model, "n n n");
    assert_eq!(chosen(&model).1, "p01");
    press(&mut model, "N");
    assert_eq!(chosen(&model).1, "p11");
    press(&mut model, "/ ^u z z Enter");
    assert!(screen(&model).contains("no incident has \"zz\""));
}

#[test]
fn alone_it_is_the_first_screen_and_has_no_logs_to_show() {
    let mut model = reviewed(&busy(), "");
    for key in ["1", "2", "3", "4", "5", "7"] {
        press(&mut model, key);
        assert_eq!(model.screen, Screen::Review);
        assert!(screen(&model).contains("need logs"), "{key}");
    }
    press(&mut model, "? q");
    assert_eq!(model.screen, Screen::Review);
    assert!(matches!(press(&mut model, "q")[..], [Effect::Quit]));
}

#[test]
fn in_the_app_it_reviews_the_incidents_of_the_sources() {
    let mut model = after("6");
    assert_eq!(model.screen, Screen::Review);
    assert!(screen(&model).contains("One incident: nothing to put together"));
    let mut snapshot = fixture::outage();
    let mut other = snapshot.incidents[0].clone();
    other.incident.id = "i2".to_owned();
    other.incident.title = "the same again".to_owned();
    snapshot.incidents.push(other);
    step(&mut model, Msg::Snapshot(Arc::new(snapshot)));
    let text = screen(&model);
    assert!(
        text.contains("the same again") && text.contains("2 known"),
        "{text}"
    );
    assert!(
        text.contains("n/a: a rate per month needs a month of logs"),
        "{text}"
    );
    press(&mut model, "j Enter");
    assert_eq!(
        (model.screen, model.incident.as_deref()),
        (Screen::Incident, Some("i2"))
    );
    press(&mut model, "Esc q");
    assert_eq!(model.screen, Screen::Timeline);
    let mut quiet = app(fixture::quiet(), (80, 24), UNICODE);
    press(&mut quiet, "6");
    assert!(screen(&quiet).contains("no incident to review"));
}

#[test]
fn of_thousands_only_the_rows_that_are_seen_are_laid_out() {
    let mut text = "incident_id,kind,time\n".to_owned();
    for i in 0..3000 {
        let (day, minute) = (i % 28 + 1, i % 60);
        let month = i / 28 % 12 + 1;
        let year = 2000 + i / (28 * 12);
        for (kind, hour) in [("impact_start", 1), ("restored", 2 + i % 20)] {
            let at = format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:00Z");
            writeln!(text, "{i},{kind},{at}").expect("a text takes all");
        }
    }
    let mut model = reviewed(&text, "G ^u ^d");
    assert_eq!(chosen(&model).1, "2999");
    let Page::Numbers(numbers) = &model.review.page else {
        panic!("no table")
    };
    assert!(numbers.rows < 24 && numbers.first + numbers.rows == 3000);
    press(&mut model, "g");
    assert!(screen(&model).contains("(1 of 3000)"));
}

#[test]
fn foreign_text_cannot_reach_the_terminal() {
    let hostile = "\u{1b}[2J\u{202e}\u{7}x\u{9b}31m\u{0}";
    let mut board = board(&busy(), None);
    for case in &mut board.review.cases {
        case.title = hostile.to_owned();
        case.id = format!("{}{hostile}", case.id);
        case.severity = hostile.to_owned();
        case.notes.push(hostile.to_owned());
        case.records.push(hostile.to_owned());
    }
    board.warnings.push(hostile.to_owned());
    board.review.notes.push(hostile.to_owned());
    for keys in ["", "Enter", "Esc L"] {
        let mut model = alone(board.clone(), (80, 24), UNICODE);
        press(&mut model, keys);
        let text = screen(&model).replace('\n', "");
        let is_safe = |c: char| !c.is_control() && c != '\u{202e}';
        assert!(text.chars().all(is_safe), "{keys}: {text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn any_size_and_any_keys_are_safe(
        n in 0usize..14, compared: bool, ascii: bool,
        sizes in prop::collection::vec((1u16..140, 1u16..60), 1..4),
        keys in prop::collection::vec(any_key(), 0..40),
    ) {
        let text = if n == 13 { busy() } else { first(n.max(1)) };
        let days = compared.then_some(("2024-01..2024-06", "2024-07..2024-12"));
        let mut board = board(&text, days);
        if n == 0 {
            board.review.cases.clear();
        }
        let look = if ascii { ASCII } else { UNICODE };
        let mut model = alone(board, sizes[0], look);
        for (i, key) in keys.iter().enumerate() {
            step(&mut model, Msg::Key(key.clone()));
            let size = sizes[i % sizes.len()];
            step(&mut model, Msg::Resized(size.0, size.1));
            prop_assert!(!screen(&model).replace('\n', "").chars().any(char::is_control));
        }
    }
}
