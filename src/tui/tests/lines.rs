//! The lines of the Logs screen: columns, wrapped, scrolled; hostile and endless ones.

use super::*;

/// The outage's lines, whatever is read of the files.
fn lines(text: &'static str, keys: &str) -> Model {
    let mut model = app(fixture::outage(), (80, 24), UNICODE);
    let Effect::Lines(request) = update(&mut model, Msg::Key("5".into())) else {
        panic!("no lines asked for")
    };
    let mut reader: LineReader =
        Box::new(move |_, _, length| Ok(text.as_bytes()[..text.len().min(length as usize)].into()));
    update(&mut model, Msg::Lines(fetch(&request, &mut reader)));
    for key in keys.split_whitespace() {
        update(&mut model, Msg::Key(key.to_owned()));
    }
    model
}

#[test]
fn a_key_shows_the_fields_instead_of_the_line() {
    insta::assert_snapshot!("logs_what_80x24", screen(&after("5 v")));
    insta::assert_snapshot!("logs_who_80x24", screen(&after("5 v v")));
    assert_eq!(after("5 v v v").logs.look, after("5").logs.look);
}

#[test]
fn a_wide_line_is_wrapped_or_scrolled() {
    const WIDE: &str =
        "start 0123456789012345678901234567890123456789012345678901234567890 far end";
    let cut = screen(&lines(WIDE, ""));
    let row = |text: &str| text.lines().nth(2).map(str::to_owned).unwrap_or_default();
    assert!(!row(&cut).contains("far end"), "{cut}");
    let wrapped = screen(&lines(WIDE, "w"));
    let rows = wrapped
        .lines()
        .filter(|line| line.trim_end().ends_with("far end"));
    assert!(rows.count() > 5, "{wrapped}");
    let scrolled = screen(&lines(WIDE, "l l l l l"));
    assert!(
        row(&scrolled).contains("far end") && !row(&scrolled).contains("start"),
        "{scrolled}"
    );
    assert_eq!(screen(&lines(WIDE, "l l l h h h h")), cut);
}

#[test]
fn what_was_searched_for_is_marked_in_every_row() {
    let model = lines("one error two error", "/ e r r o r Enter");
    let style = model.look.style(super::super::look::Ink::Hit);
    let buffer = buffer(&model);
    let hits = (0..80)
        .filter(|x| Some(buffer[(*x, 2)].fg) == style.fg)
        .count();
    assert_eq!(hits, 2 * "error".len());
}

#[test]
fn endless_and_hostile_lines_are_safe_in_every_look() {
    static ENDLESS: std::sync::LazyLock<String> =
        std::sync::LazyLock::new(|| "\u{1b}[2Jx\u{202e}\0日".repeat(1 << 20));
    for keys in ["", "w", "v", "v w", "v v", "l l l", "w G g ^d ^u"] {
        let text = screen(&lines(&ENDLESS, keys));
        assert!(
            !text.replace('\n', "").chars().any(char::is_control),
            "{keys}"
        );
        assert!(!text.contains('\u{202e}'), "{keys}");
    }
}
