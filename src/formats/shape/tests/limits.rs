//! How many shapes are learned, kept and tried.

use super::super::{
    LEARNED_MIN, LINE_LENGTH_MAX, LINES_PER_LEARNED, MISSED_MAX, SHAPES_MAX, Shapes,
};
use crate::clock::Zone;
use crate::formats::json::Plan;
use crate::formats::logfmt;
use crate::formats::row::Row;
use crate::formats::stamp::{StampKind, StampReader};

/// Reads lines one after the other.
fn read(shapes: &mut Shapes, lines: impl IntoIterator<Item = String>) {
    let mut stamps = StampReader::new(StampKind::Any, Zone::UTC);
    let plan = Plan::new(Vec::new());
    for line in lines {
        let mut row = Row::new();
        let _ = logfmt::split(&plan, line.as_bytes(), shapes, &mut row, &mut stamps);
    }
}

/// Lines of as many shapes.
fn different(from: usize, count: usize) -> impl Iterator<Item = String> {
    (from..from + count).map(|i| format!("key{i}=1 b=2"))
}

/// Each place is known once.
fn check_places(shapes: &Shapes) {
    let mut places: Vec<usize> = shapes
        .recent
        .iter()
        .map(|place| usize::from(*place))
        .collect();
    places.sort_unstable();
    assert_eq!(places, (0..shapes.known.len()).collect::<Vec<_>>());
}

#[test]
fn lines_of_ever_new_shapes_are_learned_no_longer_than_it_may_help() {
    let mut shapes = Shapes::default();
    read(&mut shapes, different(0, 10 * LEARNED_MIN));
    assert_eq!(
        (shapes.learned, shapes.known.len()),
        (LEARNED_MIN, SHAPES_MAX)
    );
    check_places(&shapes);
    let last = different(LEARNED_MIN - 1, 1).next().expect("one");
    shapes.missed = 0;
    read(
        &mut shapes,
        std::iter::repeat_n(last, 10 * LINES_PER_LEARNED),
    );
    assert_eq!(
        (shapes.learned, shapes.had_one),
        (LEARNED_MIN, 10 * LINES_PER_LEARNED)
    );
    read(&mut shapes, different(100_000, 100));
    assert_eq!(shapes.learned, LEARNED_MIN + 10);
    check_places(&shapes);
}

#[test]
fn a_shape_that_comes_again_is_not_forgotten_for_those_that_do_not() {
    let mut shapes = Shapes::default();
    read(&mut shapes, ["usual=1".to_owned()]);
    for i in 0..3 * SHAPES_MAX {
        let (had_one, learned) = (shapes.had_one, shapes.learned);
        read(&mut shapes, ["usual=2".to_owned()]);
        read(&mut shapes, different(i, 1));
        assert_eq!(
            (shapes.had_one, shapes.learned),
            (had_one + 1, learned + 1),
            "{i}"
        );
        check_places(&shapes);
    }
    // What was found once only is forgotten in its turn.
    let gone = different(0, 1).next().expect("one");
    let had_one = shapes.had_one;
    read(&mut shapes, [gone]);
    assert_eq!(shapes.had_one, had_one);
}

#[test]
fn a_very_long_line_teaches_no_shape() {
    for (length, expected) in [(LINE_LENGTH_MAX, 1), (LINE_LENGTH_MAX + 1, 0)] {
        let mut shapes = Shapes::default();
        read(&mut shapes, [format!("a={}", "x".repeat(length - 2))]);
        assert_eq!(shapes.known.len(), expected, "{length}");
    }
}

#[test]
fn where_lines_have_no_shape_only_one_is_tried() {
    let mut shapes = Shapes::default();
    read(&mut shapes, different(0, SHAPES_MAX));
    let tries = |shapes: &mut Shapes| {
        let mut tries = 0;
        let place = shapes.first(b"none", |_| {
            tries += 1;
            false
        });
        assert_eq!(place, None);
        tries
    };
    shapes.missed = 0;
    assert_eq!(tries(&mut shapes), SHAPES_MAX);
    shapes.missed = MISSED_MAX + 1;
    assert!(tries(&mut shapes) <= 1);
}
