//! The filter of the Logs screen: typed, completed, counted, refused.

use std::sync::Arc;

use super::*;

/// Types a text, one key a character, then other keys.
fn filtered(text: &str, keys: &str) -> Model {
    let mut model = after("5 f");
    typed(&mut model, text);
    press(&mut model, keys);
    model
}

#[test]
fn lines_that_match_are_shown_and_counted() {
    let model = filtered("status>=500 source=haproxy.log", "Enter");
    let statuses = model.logs.rows.iter().map(|row| row.mark);
    assert!(!model.logs.rows.is_empty() && statuses.clone().all(|mark| mark == '5'));
    assert!(model.logs.rows.iter().all(|row| row.line.source == 1));
    insta::assert_snapshot!("logs_filtered_80x24", screen(&model));
}

#[test]
fn what_is_typed_is_counted_with_every_key() {
    let model = filtered("status=503", "");
    let counts = model
        .logs
        .sift
        .typed
        .as_ref()
        .and_then(|typed| typed.counts);
    let counts = counts.expect("counted");
    assert!(counts.matched > 0 && counts.looked == counts.of);
    assert!(screen(&model).contains(" of "), "{}", screen(&model));
    assert_eq!(model.logs.sift.filter, None, "nothing is filtered yet");
    let half = filtered("status=", "");
    assert_eq!(half.logs.sift.typed.and_then(|typed| typed.counts), None);
}

#[test]
fn a_count_of_an_older_text_is_not_taken() {
    let mut model = after("5 f");
    typed(&mut model, "status=50");
    let Effect::Lines(old) = update(&mut model, Msg::Key("3".to_owned())) else {
        panic!("nothing is counted")
    };
    update(&mut model, Msg::Key("0".to_owned()));
    let mut reader: LineReader = Box::new(|_, _, _| Ok(Vec::new()));
    let rows = model.logs.rows.clone();
    update(&mut model, Msg::Lines(fetch(&old, &mut reader)));
    let typed = model.logs.sift.typed.as_ref().expect("still typed");
    assert_eq!((typed.text.as_str(), typed.counts), ("status=5030", None));
    assert_eq!(model.logs.rows, rows);
}

#[test]
fn an_error_is_shown_at_its_place_until_the_next_key() {
    let mut model = filtered("staus>=500", "Enter");
    let first = screen(&model);
    assert!(first.contains("did you mean status?"), "{first}");
    assert_eq!(model.logs.sift.filter, None);
    press(&mut model, "Backspace");
    assert!(!screen(&model).contains("did you mean"));
}

#[test]
fn tab_completes_names_and_shows_what_there_is() {
    let mut model = filtered("lat", "Tab");
    assert!(
        screen(&model).contains("filter latency"),
        "{}",
        screen(&model)
    );
    press(&mut model, "^u");
    typed(&mut model, "me");
    press(&mut model, "Tab");
    assert!(
        screen(&model).contains("method  message  metric"),
        "{}",
        screen(&model)
    );
    press(&mut model, "Tab");
    assert!(
        screen(&model).contains("filter method"),
        "{}",
        screen(&model)
    );
    press(&mut model, "^u");
    typed(&mut model, "source=h");
    press(&mut model, "Tab");
    assert!(
        screen(&model).contains("filter source=haproxy.log"),
        "{}",
        screen(&model)
    );
}

#[test]
fn filters_of_the_session_come_back() {
    let mut model = filtered("status=503", "Enter f ^u");
    typed(&mut model, "status=200");
    assert_eq!(model.history.filters, ["status=503"]);
    press(&mut model, "Enter f Up Up");
    assert!(
        screen(&model).ends_with("filter status=503"),
        "{}",
        screen(&model)
    );
    press(&mut model, "Down Enter");
    assert!(model.logs.rows.iter().all(|row| row.mark == ' '));
}

#[test]
fn nothing_typed_shows_all_lines_and_escape_changes_nothing() {
    let mut model = filtered("status=503", "Enter");
    let rows = model.logs.rows.clone();
    press(&mut model, "f ^u Esc");
    assert_eq!(model.logs.rows, rows);
    press(&mut model, "f ^u Enter");
    assert!(model.logs.sift.filter.is_none() && model.logs.rows != rows);
}

#[test]
fn what_matches_nothing_says_so() {
    let text = screen(&filtered("status=418", "Enter"));
    assert!(text.contains("no event matches"), "{text}");
    assert!(text.contains(" 0 of "), "{text}");
}

#[test]
fn lines_are_searched_as_they_were_written() {
    let model = filtered("\"/token/202 \"", "Enter");
    let counts = model.logs.sift.counts.expect("counted");
    assert_eq!((counts.matched, counts.looked), (2, counts.of));
}

#[test]
fn evidence_is_shown_whatever_the_filter_says() {
    let mut model = filtered("status=418", "Enter");
    for _ in 0..40 {
        press(&mut model, "2 Enter j Enter");
        if model.screen == Screen::Logs {
            break;
        }
    }
    assert_eq!(model.screen, Screen::Logs);
    assert!(model.logs.sift.filter.is_none() && !model.logs.rows.is_empty());
}

#[test]
fn more_events_are_counted_when_they_come() {
    let mut model = filtered("status=503", "Enter");
    let before = model.logs.sift.counts.expect("counted");
    let mut snapshot = fixture::outage();
    snapshot.store = Arc::new(fixture::longer_store());
    step(&mut model, Msg::Snapshot(Arc::new(snapshot)));
    let now = model.logs.sift.counts.expect("counted");
    assert!(
        now.of > before.of && now.matched > before.matched,
        "{before:?} {now:?}"
    );
}

proptest! {
    #[test]
    fn any_keys_while_a_filter_is_typed_are_safe(
        keys in prop::collection::vec(prop::sample::select(&[
            "s", "status", ">", "=", "5", "(", ")", "\"", "@", "Space", "Tab", "Up", "Down", "Enter", "Esc", "f",
            "Backspace", "^u", "é", "\\", "~", "j", "G", "[", ":",
        ][..]), 0..40),
        width in 20u16..120, height in 3u16..40,
    ) {
        let mut model = app(fixture::outage(), (width, height), UNICODE);
        press(&mut model, "5 f");
        for key in keys {
            step(&mut model, Msg::Key(key.to_owned()));
            let _ = screen(&model);
        }
    }
}
