//! What a memo keeps, and what it leaves to be written each time.

use super::super::{BEGINNINGS, LENGTH_MAX, Memo, SHAPES_MAX, STRETCHES_MAX, Shape};
use super::said;
use crate::events::{Interner, Symbol};
use crate::formats::fingerprint::Quotes;

#[test]
fn statements_whose_fingerprints_are_cut_are_as_long_as_their_lists_say() {
    let of = |count: usize| {
        let (words, list) = ("some_name, ".repeat(33), vec!["1"; count].join(", "));
        let text = format!("select {words} from t where a in ({list}) and b = 7");
        (text.into_bytes(), Quotes::Names)
    };
    let statements = [3, 2, 300, 3, 301, 2].map(of);
    assert!(statements[0].0.len() < LENGTH_MAX && statements[2].0.len() > LENGTH_MAX);
    for (known, anew) in said(&statements) {
        assert_eq!(known, anew);
    }
}

#[test]
fn a_literal_that_no_bracket_opens_is_no_list() {
    let texts = [
        "select * from t where (a = 5)",
        "select * from t where (a = 5, 6)",
        "select * from t where (a = 5)",
    ];
    let of = |text: &str| (text.as_bytes().to_vec(), Quotes::Names);
    for (known, anew) in said(&texts.map(of)) {
        assert_eq!(known, anew);
    }
}

#[test]
fn statements_of_many_literals_are_not_remembered() {
    let of = |count: usize| {
        let text = format!("select a from t where {}", "b = 1 or ".repeat(count));
        Shape::of(text.as_bytes(), Quotes::Names, &mut Vec::new()).is_some()
    };
    assert_eq!((of(STRETCHES_MAX - 1), of(STRETCHES_MAX)), (true, false));
}

#[test]
fn what_is_remembered_is_bounded_and_counted() {
    let (mut memo, mut names, mut out) = (Memo::default(), Interner::new(10_000), Vec::new());
    assert_eq!(memo.memory(), 0);
    for i in 0..2000 {
        let text = format!("select a from t where {} = {i}", "x".repeat(1 + i % 700));
        memo.symbol(text.as_bytes(), Quotes::Names, &mut names, &mut out);
    }
    let most = memo.beginnings.iter().map(|one| one.shapes.len()).max();
    assert_eq!(
        (memo.beginnings.len(), most),
        (BEGINNINGS, Some(SHAPES_MAX))
    );
    let words: usize = memo
        .beginnings
        .iter()
        .flat_map(|one| &one.shapes)
        .map(|one| one.words.len())
        .sum();
    assert!(words > 0 && memo.memory() > words);
}

#[test]
fn what_a_full_table_refuses_is_counted_each_time() {
    let (mut memo, mut names, mut out) = (Memo::default(), Interner::new(1), Vec::new());
    let mut symbol = |text: &[u8]| memo.symbol(text, Quotes::Names, &mut names, &mut out);
    let known = symbol(b"select a from t where b = 1");
    for _ in 0..3 {
        assert_eq!(symbol(b"select c from t where b = 1"), Symbol::OTHER);
        assert_eq!(symbol(b"select a from t where b = 2"), known);
    }
    assert_eq!(names.refused(), 3);
}

#[test]
fn what_quotes_hold_tells_statements_apart() {
    let text = br#"select a from t where b = "x1" and c = 5"#.to_vec();
    let both = [Quotes::Names, Quotes::Strings].map(|quotes| (text.clone(), quotes));
    for (known, anew) in said(&[both.clone(), both].concat()) {
        assert_eq!(known, anew);
    }
}
