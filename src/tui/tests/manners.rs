//! The palette, exports, copies, pasted text, the mouse, the bell.

use std::sync::Arc;

use super::*;
use crate::tui::export::{ExportEnd, Exportable, Exported};
use crate::tui::history::Entered;
use crate::tui::mouse::Mouse;
use crate::tui::shell::Invocation;

/// After a line of the palette.
fn commanded(keys: &str, line: &str) -> Model {
    let mut model = after(keys);
    step(&mut model, Msg::Key(":".into()));
    typed(&mut model, line);
    press(&mut model, "Enter");
    model
}

fn last_copy(model: &mut Model, key: &str) -> String {
    match update(model, Msg::Key(key.to_owned())) {
        Effect::Copy(copied) => copied.text,
        other => panic!("{key} copies nothing: {other:?}"),
    }
}

#[test]
fn the_palette_lists_what_matches_with_its_key() {
    let mut model = after(":");
    insta::assert_snapshot!("palette_80x24", screen(&model));
    typed(&mut model, "anom");
    let text = screen(&model);
    assert!(
        text.contains("next anomaly") && text.contains("]a"),
        "{text}"
    );
    press(&mut model, "Esc");
    assert_eq!(screen(&model), screen(&after("")));
}

#[test]
fn the_chosen_match_is_done_on_its_screen() {
    let model = commanded("", "sources, and what");
    assert_eq!(model.screen, Screen::Sources);
    let mut model = after("7 :");
    typed(&mut model, "zoom in");
    press(&mut model, "Enter");
    assert_eq!(model.screen, Screen::Timeline);
    assert!(model.zoom.is_some());
    let mut model = after(":");
    typed(&mut model, "fil");
    press(&mut model, "Tab");
    assert_eq!(model.prompt.as_ref().unwrap().text, "filter ");
    let mut model = after(":");
    typed(&mut model, "theme ");
    press(&mut model, "Tab Tab");
    assert_eq!(model.prompt.as_ref().unwrap().text, "theme light");
}

#[test]
fn commands_do_what_they_say() {
    let model = commanded("", "goto 16:00");
    assert_eq!(model.cursor_ns, Some(START + 2400 * S));
    let model = commanded("", "goto -10m");
    let end_ns = model.data_span().unwrap().to_ns;
    assert_eq!(model.cursor_ns, Some(end_ns - 600 * S));
    let model = commanded("", "range 15:55..16:10");
    assert_eq!(
        model.range,
        (Some(START + 2100 * S), Some(START + 3000 * S))
    );
    assert_eq!(commanded("", "incident 1").screen, Screen::Incident);
    assert_eq!(
        commanded("", "zone utc").message.as_deref(),
        Some("times in UTC")
    );
    let mut model = commanded("", "theme none");
    assert!(
        buffer(&model)
            .content
            .iter()
            .all(|cell| cell.fg == Color::Reset)
    );
    step(&mut model, Msg::Key(":".into()));
    typed(&mut model, "theme dark");
    press(&mut model, "Enter");
    assert!(
        buffer(&model)
            .content
            .iter()
            .any(|cell| cell.fg != Color::Reset)
    );
    let model = commanded("", "filter status>=500");
    assert_eq!(model.screen, Screen::Logs);
    assert!(model.logs.sift.filter.is_some());
}

#[test]
fn a_wrong_command_says_what_is_wrong_and_keeps_the_line() {
    for (line, why) in [
        ("goto noon", "\"noon\" is not a time like"),
        ("goto", "goto needs TIME"),
        (
            "goto 03:00",
            "goto: 03:00 lies outside of the data, 22 Jul 2015 15:20:00",
        ),
        ("range 16:00", "FROM..TO"),
        ("incident 7", "there is no 7, only i1"),
        (
            "theme pink",
            "\"pink\" is none of dark, light, colour-blind, none",
        ),
        ("zone Mars", "neither utc nor local"),
        ("filter status>=", "filter, at its end"),
        ("filter status>=50x", "filter, at \"50x\""),
        ("quit now", "quit takes nothing behind it"),
        ("export", "export needs FILE"),
        ("qqqq", "nothing is called so"),
    ] {
        let model = commanded("", line);
        let text = screen(&model);
        let flat: Vec<&str> = text.split_whitespace().collect();
        assert!(flat.join(" ").contains(why), "{line}: {text}");
        assert!(
            model
                .prompt
                .is_some_and(|prompt| prompt.text.trim() == line),
            "{line}"
        );
    }
}

#[test]
fn an_export_asks_for_a_name_and_again_before_it_writes_over_a_file() {
    let mut model = after("e");
    let name = model.prompt.as_ref().unwrap().text.clone();
    assert!(name.ends_with("-incident.md"), "{name}");
    let wish = |model: &mut Model| match update(model, Msg::Key("Enter".into())) {
        Effect::Export(request) => request,
        other => panic!("nothing to write: {other:?}"),
    };
    let request = wish(&mut model);
    assert_eq!(
        (request.file.as_str(), request.over),
        (name.as_str(), false)
    );
    assert!(screen(&model).contains("writing"));
    let ended = |end| {
        Msg::Exported(Exported {
            file: name.clone(),
            end,
        })
    };
    update(&mut model, ended(ExportEnd::Exists));
    assert!(
        screen(&model).contains("exists: ^o writes over it"),
        "{}",
        screen(&model)
    );
    // Another name is another file.
    press(&mut model, "Backspace");
    assert!(matches!(
        update(&mut model, Msg::Key("^o".into())),
        Effect::None
    ));
    assert!(!wish(&mut model).over);
    update(&mut model, ended(ExportEnd::Exists));
    let Effect::Export(request) = update(&mut model, Msg::Key("^o".into())) else {
        panic!("nothing to write")
    };
    assert_eq!((request.over, request.file), (true, name.clone()));
    update(&mut model, ended(ExportEnd::Exists));
    press(&mut model, "Esc e");
    assert!(!wish(&mut model).over, "what was dropped is asked anew");
    update(&mut model, ended(ExportEnd::Written("wrote it".into())));
    assert!(screen(&model).contains("wrote it"));
}

#[test]
fn a_second_enter_writes_nothing() {
    let enter = |model: &mut Model| update(model, Msg::Key("Enter".into()));
    let mut model = after("e");
    let Effect::Export(request) = enter(&mut model) else {
        panic!("nothing to write")
    };
    let before = screen(&model);
    assert!(matches!(enter(&mut model), Effect::None));
    assert_eq!(
        screen(&model),
        before,
        "it does nothing on the screen either"
    );
    let exists = Exported {
        file: request.file,
        end: ExportEnd::Exists,
    };
    update(&mut model, Msg::Exported(exists));
    let asked = screen(&model);
    for _ in 0..3 {
        assert!(matches!(enter(&mut model), Effect::None));
        assert_eq!(screen(&model), asked);
    }
    press(&mut model, "Esc");
    enter(&mut model);
    assert_ne!(model.screen, Screen::Timeline, "Enter is itself again");
}

#[test]
fn commands_come_again_above_the_first_match() {
    let mut model = after("");
    model.history.commands = vec!["goto 15:50".to_owned()];
    let line = |model: &Model| model.prompt.as_ref().map(|prompt| prompt.text.clone());
    press(&mut model, ":");
    typed(&mut model, "zone utc");
    let effect = update(&mut model, Msg::Key("Enter".into()));
    let Effect::Both(both) = effect else {
        panic!("not remembered: {effect:?}")
    };
    let Effect::Remember(Entered::Command, text) = &both.0 else {
        panic!("not remembered: {both:?}")
    };
    assert_eq!(text, "zone utc");
    for (keys, expected) in [
        (":", ""),
        ("Up", "zone utc"),
        ("Up", "goto 15:50"),
        ("Up", "goto 15:50"),
        ("Down", "zone utc"),
        ("Down", ""),
        ("Down Up", ""),
        ("Up Up Enter", ""),
    ] {
        press(&mut model, keys);
        assert_eq!(line(&model).unwrap_or_default(), expected, "after {keys}");
    }
    // The times are those of UTC by now.
    assert_eq!(model.cursor_ns, Some(START + 5400 * S));
    // What fails is not worth having again.
    press(&mut model, ":");
    typed(&mut model, "theme none-such");
    press(&mut model, "Enter");
    assert_eq!(model.history.commands, ["zone utc", "goto 15:50"]);
}

#[test]
fn the_selected_range_goes_with_an_export() {
    let mut model = after("[ l l l ] e");
    let Effect::Export(request) = update(&mut model, Msg::Key("Enter".into())) else {
        panic!("nothing to write")
    };
    let Exportable::Snapshot(_, Some(range)) = request.shown else {
        panic!("no range")
    };
    assert_eq!((Some(range.start), Some(range.end)), model.range);
}

#[test]
fn what_is_selected_is_copied() {
    let answer = last_copy(&mut after(""), "y");
    insta::assert_snapshot!("copied_answer", answer);
    let mut model = after("5");
    let selected = model.logs.selected;
    let mut rows = model.logs.rows.iter();
    let row = rows.find(|row| Some((row.line.source, row.line.offset)) == selected);
    let text = row.unwrap().text.clone();
    assert_eq!(last_copy(&mut model, "y"), text);
    assert!(last_copy(&mut after("2"), "y").starts_with("i1 "));
}

#[test]
fn hostile_text_is_copied_without_its_teeth() {
    let mut snapshot = fixture::outage();
    snapshot.title = "x\u{1b}]52;c;!\u{7}\u{202e}".to_owned();
    snapshot.incidents[0].incident.title = "rm -rf\r\n\u{9b}".to_owned();
    let text = last_copy(&mut app(snapshot, (80, 24), UNICODE), "y");
    let is_bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!text.contains(is_bad), "{text:?}");
    assert!(!text.ends_with('\n'));
}

#[test]
fn the_command_that_shows_the_same_names_range_and_filter() {
    let mut model = after("[ l l l ]");
    model.manners.invocation = Arc::new(Invocation {
        sources: vec!["my logs".into()],
        options: vec![("tz".into(), "Europe/London".into())],
        filter: None,
    });
    let text = last_copy(&mut model, "Y");
    assert!(
        text.starts_with("rfo report --tz=Europe/London --select=2015-07-22T1"),
        "{text}"
    );
    assert!(text.ends_with(" 'my logs'") && model.message.as_ref() == Some(&text));
    press(&mut model, "Esc 5 f s t a t u s > = 5 0 0 Enter");
    assert_eq!(
        last_copy(&mut model, "Y"),
        "rfo --tz=Europe/London -w 'status>=500' 'my logs'"
    );
}

#[test]
fn a_long_message_is_shown_whole_over_the_last_rows() {
    let mut model = after("");
    let path = format!("/srv/{}/end.md", "deep/".repeat(30));
    update(&mut model, Msg::Told(format!("wrote {path}")));
    let text: String = screen(&model).lines().map(str::trim).collect();
    assert!(text.contains(&path), "{text}");
    press(&mut model, "j");
    assert!(!screen(&model).contains("end.md"));
}

#[test]
fn pasted_text_is_typed_and_is_never_keys() {
    let mut model = after("");
    update(&mut model, Msg::Pasted("q\nq".into()));
    assert_eq!(model.screen, Screen::Timeline);
    assert!(screen(&model).contains("pasted text is taken where a line is typed"));
    press(&mut model, ":");
    update(&mut model, Msg::Pasted("goto\n16:00\u{1b}\n".into()));
    assert_eq!(model.prompt.as_ref().unwrap().text, "goto 16:00");
    let mut model = after("5 f");
    update(&mut model, Msg::Pasted("status>=500\n".into()));
    assert_eq!(model.logs.sift.typed.as_ref().unwrap().text, "status>=500");
}

#[test]
fn the_mouse_selects_and_scrolls() {
    let mut model = after("");
    let (before, plot) = (model.cursor(), super::super::layout::plot(80));
    step(&mut model, Msg::Mouse(Mouse::Click(plot.x as u16 + 3, 8)));
    assert_ne!(model.cursor(), before);
    let span = model.span().unwrap();
    assert_eq!(model.cursor(), Some(span.time(3, plot.width)));
    assert!(model.lane.is_some());
    let mut model = after("7");
    step(&mut model, Msg::Mouse(Mouse::WheelDown));
    assert_eq!(
        model.rows.get(&Screen::Sources),
        after("7 j j j").rows.get(&Screen::Sources)
    );
    let mut model = after("5");
    let first = super::super::screens::logs::line_at(&model, (80, 22), 0).unwrap();
    step(&mut model, Msg::Mouse(Mouse::Click(20, 1)));
    assert_eq!(super::super::logs::selected_index(&model), Some(first));
}

#[test]
fn a_new_incident_is_announced_while_the_view_is_frozen() {
    let live = |snapshot: Snapshot| {
        let mut snapshot = snapshot;
        (snapshot.progress.following, snapshot.progress.finished) = (true, true);
        Msg::Snapshot(Arc::new(snapshot))
    };
    let mut model = Model::new(UNICODE, 80, 24);
    assert!(matches!(
        update(&mut model, live(fixture::quiet())),
        Effect::None
    ));
    press(&mut model, "Space");
    let mut on = fixture::outage();
    on.incidents[0].incident.state = crate::incidents::State::Ongoing;
    let Effect::Both(both) = update(&mut model, live(on)) else {
        panic!("nothing is announced")
    };
    assert!(
        matches!(&both.0, Effect::Announce(told) if told.bell && told.title.contains("ONGOING"))
    );
    assert!(screen(&model).contains("FROZEN"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_clicks_are_safe(
        snapshot in any_snapshot(), size in (1u16..140, 1u16..60), keys in prop::collection::vec(any_key(), 0..12),
        clicks in prop::collection::vec((0u16..200, 0u16..80, 0u8..3), 0..12),
    ) {
        let mut model = app(snapshot, size, UNICODE);
        keys.iter().for_each(|key| { step(&mut model, Msg::Key(key.clone())); });
        for (x, y, kind) in clicks {
            let mouse = match kind { 0 => Mouse::WheelUp, 1 => Mouse::WheelDown, _ => Mouse::Click(x, y) };
            step(&mut model, Msg::Mouse(mouse));
            screen(&model);
        }
    }
}
