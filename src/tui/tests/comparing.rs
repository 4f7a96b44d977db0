//! Contributors and Patterns: what is compared, when it is asked for, and how it looks.

use super::super::compare::{Compared, Subject, subject};
use super::*;
use crate::analysis::comparison::{Comparison, Pattern, Patterns, Place};

#[test]
fn contributors_are_of_the_incident_until_a_range_is_selected() {
    let mut model = after("3");
    assert!(matches!(subject(&model), Some(Subject::Incident(_, 4))));
    insta::assert_snapshot!("contributors_80x24", screen(&model));
    press(&mut model, "1 0 g [ l l l l ] 3");
    assert!(matches!(subject(&model), Some(Subject::Range(from, to)) if from < to));
    assert!(screen(&model).contains("against all other data"));
}

/// A statement that has become slow, an endpoint that waits for it, a message that is new.
pub(super) fn told() -> Comparison {
    let pattern = |text: &str, per_s, was_s: f64, now_s: f64, share_of_extra| Pattern {
        text: text.to_owned(),
        per_s,
        failed: [0.0, 0.25],
        quantiles_s: [was_s, now_s].map(|s| [s, 2.0 * s, 4.0 * s].map(Some)),
        share_of_extra,
        first: Some(Place {
            path: "logs/db-slow.log".to_owned(),
            line: 7,
            offset: 420,
        }),
    };
    let message = Pattern {
        quantiles_s: [[None; 3]; 2],
        ..pattern("pool exhausted after <*> ms", [0.0, 2.5], 0.0, 0.0, None)
    };
    let table = |source: &str, dimension, distinct, rows| Patterns {
        source: source.to_owned(),
        dimension,
        distinct,
        rows,
    };
    let statement = "select agent_id, scope from token_auth where account_id = ? and token = ?";
    Comparison {
        patterns: vec![
            table(
                "db-slow.log",
                "query",
                1,
                vec![pattern(statement, [3.1, 3.2], 0.05, 1.1, Some(0.92))],
            ),
            table(
                "api-access.log",
                "endpoint",
                31,
                vec![pattern("/v2/calls/{id}", [9.0, 9.0], 0.06, 1.2, Some(0.31))],
            ),
            table("app.log", "message", 1, vec![message]),
        ],
        ..Comparison::default()
    }
}

fn patterns(size: (u16, u16), keys: &str) -> Model {
    patterns_in(UNICODE, size, keys)
}

pub(super) fn patterns_in(look: Look, size: (u16, u16), keys: &str) -> Model {
    let mut model = app(fixture::outage(), size, look);
    press(&mut model, "4");
    let (number, comparison) = (model.comparing.number, Arc::new(told()));
    update(&mut model, Msg::Compared(Compared { number, comparison }));
    press(&mut model, keys);
    model
}

#[test]
fn patterns_say_how_often_how_long_and_whose_the_extra_time_is() {
    insta::assert_snapshot!("patterns_80x24", screen(&patterns((80, 24), "")));
    insta::assert_snapshot!("patterns_120x40", screen(&patterns((120, 40), "j")));
}

#[test]
fn enter_opens_the_first_line_of_a_pattern() {
    let mut model = patterns((80, 24), "");
    press(&mut model, "Enter");
    assert!(
        model
            .message
            .as_ref()
            .is_some_and(|said| said.contains("not among the sources"))
    );
    let mut model = after("3 j j j");
    let effects = press(&mut model, "Enter");
    assert!(matches!(effects[..], [Effect::Lines(_)]));
    assert_eq!(model.screen, Screen::Logs);
    press(&mut model, "Esc");
    assert_eq!(model.screen, Screen::Contributors);
}

#[test]
fn without_incident_and_range_the_way_is_told() {
    let mut model = app(fixture::quiet(), (80, 24), UNICODE);
    let effects = press(&mut model, "3");
    assert!(matches!(effects[..], [Effect::None]));
    assert!(screen(&model).contains("[ and ] set a range"));
}

#[test]
fn nothing_is_asked_twice_and_older_answers_are_dropped() {
    let mut model = app(fixture::outage(), (80, 24), UNICODE);
    // Not through `step`: the answer has not come yet.
    let first = update(&mut model, Msg::Key("3".to_owned()));
    let Effect::Compare(request) = first else {
        panic!("a comparison was not asked for: {first:?}");
    };
    assert!(screen(&model).contains("Comparing ..."));
    let same = Msg::Snapshot(Arc::new(fixture::outage()));
    assert!(matches!(update(&mut model, same), Effect::None));
    let stale = Compared {
        number: request.number - 1,
        comparison: Arc::default(),
    };
    update(&mut model, Msg::Compared(stale));
    assert!(model.comparing.loading && model.comparing.answer.is_none());
    update(
        &mut model,
        Msg::Compared(super::super::compare::answer(&request)),
    );
    assert!(!model.comparing.loading);
    assert!(matches!(
        step(&mut model, Msg::Key("4".to_owned())),
        Effect::None
    ));
}
