//! Filters as they are written, printed and asked.

use proptest::prelude::*;

use super::expression::Expression;
use super::scan::Operator;
use super::times::{Instant, Times};
use super::*;
use crate::clock::{NS_PER_S, Zone};
use crate::events::{Chunk, Interner, Number, Symbol, Text};

/// Requests and messages of one source: time s, status, latency ms, client, endpoint, level, line.
type Row = (
    i64,
    Option<i64>,
    Option<i64>,
    &'static str,
    &'static str,
    Option<i64>,
    &'static str,
);

#[rustfmt::skip]
const ROWS: [Row; 5] = [
    (0, Some(200), Some(20), "10.0.0.1", "/api/token", None, "GET /api/token 200"),
    (60, Some(503), Some(1500), "10.0.0.2", "/api/token", None, "GET /api/token 503 Timeout"),
    (120, Some(404), None, "10.0.0.1", "/shop", None, "GET /shop 404"),
    (180, None, None, "", "", Some(4), "ERROR connection refused\n  at db.rs:5"),
    (240, Some(0), Some(30_000), "shop 7", "/api/login", None, "POST /api/login -"),
];

struct Written;

impl Lines for Written {
    fn lines(&mut self, row: usize) -> &[u8] {
        ROWS[row].6.as_bytes()
    }
}

fn chunk() -> (Chunk, Vec<Interner>) {
    let mut names: Vec<Interner> = Text::ALL.iter().map(|_| Interner::new(100)).collect();
    let mut chunk = Chunk::default();
    for (i, row) in ROWS.iter().enumerate() {
        chunk.open(row.0 * NS_PER_S, i as u64 + 1, 0, 9);
        for (field, value) in [(Number::Status, row.1), (Number::Level, row.5)] {
            value
                .into_iter()
                .for_each(|value| chunk.set_number(field, value));
        }
        row.2
            .into_iter()
            .for_each(|ms| chunk.set_number(Number::LatencyUs, ms * 1000));
        for (field, value) in [(Text::Client, row.3), (Text::Endpoint, row.4)] {
            if !value.is_empty() {
                let symbol = names[field as usize].intern(value.as_bytes());
                chunk.set_text(field, symbol);
            }
        }
    }
    chunk.seal();
    (chunk, names)
}

fn found(filter: &Filter) -> Vec<usize> {
    let (chunk, names) = chunk();
    let matcher = Matcher::new(filter, Zone::Fixed(3600), 241 * NS_PER_S);
    let mut tables = Tables::default();
    tables.update(&matcher, |field| names.get(field as usize));
    let facts = Facts {
        path: "logs/lb.log.zst",
        label: "lb.log",
        format: "nginx",
    };
    let rows = matcher.rows(&tables, &chunk, facts, &mut Written);
    (0..rows.len()).filter(|row| rows[*row]).collect()
}

fn check(text: &str, expected: &[usize]) {
    let filter = Filter::parse(text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(found(&filter), expected, "{text}");
}

#[test]
fn numbers_are_compared_in_their_units() {
    check("status>=500", &[1]);
    check("status=5xx", &[1]);
    check("status=4xx..5xx", &[1, 2]);
    check("status>4xx", &[1]);
    check("status>=4xx", &[1, 2]);
    check("status < 4xx", &[0, 4]);
    check("latency>1s", &[1, 4]);
    check("latency<=20ms", &[0]);
    check("took=20ms..2s", &[0, 1]);
    check("level>=warn", &[3]);
}

#[test]
fn what_an_event_does_not_have_compares_to_nothing_but_not_turns_all_around() {
    check("status!=200", &[1, 2, 4]);
    check("not status=200", &[1, 2, 3, 4]);
    check("!status=200", &[1, 2, 3, 4]);
    check("!(status=200 or status=5xx)", &[2, 3, 4]);
    check("status=4xx..5xx !path~^/api", &[2]);
    check("client!=10.0.0.1", &[1, 4]);
    check("not client=10.0.0.1", &[1, 3, 4]);
    check("has:status", &[0, 1, 2, 4]);
    check("not has:latency", &[2, 3]);
    check("sessions>0", &[]);
    check("user=x", &[]);
    check("not user=x", &[0, 1, 2, 3, 4]);
}

#[test]
fn texts_are_equal_contained_or_matched() {
    check("path=/api/token", &[0, 1]);
    check("path=/API/TOKEN", &[]);
    check("path:API", &[0, 1, 4]);
    check("path~^/api/(token|x)$", &[0, 1]);
    check("path!~^/api", &[2]);
    check("client=\"shop 7\"", &[4]);
    check("source=lb.log", &[0, 1, 2, 3, 4]);
    check("source:logs/", &[0, 1, 2, 3, 4]);
    check("source!=lb.log", &[]);
    check("format=json", &[]);
}

#[test]
fn words_are_looked_for_in_the_lines_as_they_were_written() {
    check("timeout", &[1]);
    check("\"connection refused\"", &[3]);
    check("message~^\\s+at", &[3]);
    check("get not 200", &[1, 2]);
    check("TOKEN or refused", &[0, 1, 3]);
}

#[test]
fn conditions_are_joined_as_ever() {
    check(
        "status>=400 and path~^/api and latency>1s @01:01..01:02",
        &[1],
    );
    check("status=404 or status=503 and client=10.0.0.2", &[1, 2]);
    check("(status=404 or status=503) client=10.0.0.2", &[1]);
    check("not (status=404 or status=503)", &[0, 3, 4]);
    check("not not status=404", &[2]);
    check("status=404 || status=200 && latency<1s", &[0, 2]);
    check("@-61s.. and has:status", &[4]);
}

#[test]
fn errors_point_at_their_place() {
    let cases = [
        "staus>=500",
        "status>=abc",
        "latency>1",
        "path~^/api/(",
        "path>5",
        "status~5..",
        "status>=",
        "status=200 and",
        "or status=200",
        "(status=200",
        "status=200)",
        "\"timeout",
        "path:\"x",
        "@14:02",
        "status=200 @noon..14:10",
        "has:colour",
        "http://shop.example",
        "",
        "\"\"",
        "größe=7 and level=blau",
    ];
    let errors = cases.map(|text| Filter::parse(text).expect_err(text).to_string());
    insta::assert_snapshot!(errors.join("\n\n"));
}

#[test]
fn what_is_too_long_or_too_deep_is_refused() {
    let refused = |text: &str| Filter::parse(text).expect_err("refused").what;
    assert!(refused(&"(".repeat(4000)).contains("too deeply"));
    assert!(refused(&"not ".repeat(1000)).contains("too deeply"));
    assert!(refused(&"a ".repeat(1000)).contains("too long"));
    assert!(refused(&"a".repeat(5000)).contains("at most 4096"));
    assert!(refused("path~(a{900}){900}").contains("no regular expression"));
}

fn number() -> impl Strategy<Value = Expression> {
    let fields = FIELDS.iter().filter_map(|one| match one.field {
        Field::Number(field) => Some((field, one.kind)),
        _ => None,
    });
    let fields = prop::sample::select(fields.collect::<Vec<_>>());
    let operators = [
        Operator::Is,
        Operator::IsNot,
        Operator::Below,
        Operator::AtMost,
        Operator::Above,
        Operator::AtLeast,
    ];
    let values = (0i64..3_000_000_000, 0i64..3_000_000_000);
    (fields, prop::sample::select(operators.to_vec()), values).prop_map(
        |((field, kind), operator, (a, b))| {
            let within = |n: i64| match kind {
                Kind::Level => n % 6,
                Kind::Step => n % 5 + 1,
                _ => n,
            };
            let (low, high) = (within(a).min(within(b)), within(a).max(within(b)));
            let is_range = matches!(operator, Operator::Is | Operator::IsNot);
            let high = if is_range { high } else { low };
            Expression::Number {
                field,
                operator,
                low,
                high,
            }
        },
    )
}

fn text() -> impl Strategy<Value = Expression> {
    let fields = FIELDS.iter().map(|one| one.field);
    let fields: Vec<Field> = fields
        .filter(|field| !matches!(field, Field::Number(_)))
        .collect();
    let operators = [Operator::Is, Operator::IsNot, Operator::Contains];
    (
        prop::sample::select(fields),
        prop::sample::select(operators.to_vec()),
        any::<String>(),
    )
        .prop_map(|(field, operator, pattern)| Expression::Text {
            field,
            operator,
            pattern,
        })
}

fn times() -> impl Strategy<Value = Expression> {
    const DAY_NS: i64 = 86_400 * NS_PER_S;
    let clock = (0..DAY_NS / 2, 1..DAY_NS / 2).prop_map(|(from, length)| Times::Clock {
        from_ns: Some(from),
        to_ns: Some(from + length),
    });
    let offset = prop::option::of((-800i32..800).prop_map(|minutes| minutes * 60));
    let date = (0i64..4_000_000_000_000_000_000, offset).prop_map(|(local_ns, offset_s)| {
        let from = Some(Instant::At { local_ns, offset_s });
        Times::Dates { from, to: None }
    });
    let before = (1i64..30_000_000_000).prop_map(|us| Times::Dates {
        from: Some(Instant::BeforeEnd(us * 1000)),
        to: None,
    });
    prop_oneof![clock, date, before].prop_map(Expression::During)
}

fn expressions() -> impl Strategy<Value = Expression> {
    let words = any::<String>().prop_filter("a word", |word| !word.is_empty());
    let has = prop::sample::select(&FIELDS[..]).prop_map(|one| Expression::Has(one.field));
    let leaves = prop_oneof![
        number(),
        text(),
        times(),
        words.prop_map(Expression::Word),
        has
    ];
    leaves.prop_recursive(4, 24, 4, |inner| {
        let parts = || prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            parts().prop_map(Expression::all),
            parts().prop_map(Expression::any),
            inner.clone().prop_map(|one| Expression::Not(Box::new(one))),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_means_the_same(expression in expressions()) {
        let printed = expression.to_string();
        prop_assume!(printed.len() <= 4096);
        let read = Filter::parse(&printed);
        prop_assert_eq!(read.map(|filter| filter.expression), Ok(expression), "{}", printed);
    }

    #[test]
    fn any_text_is_a_filter_or_an_error_within_it(text: String) {
        if let Err(error) = Filter::parse(&text) {
            prop_assert!(error.at.start <= error.at.end && error.at.end <= text.len());
            prop_assert!(text.get(error.at.clone()).is_some());
            let _ = error.to_string();
        }
    }

    #[test]
    fn pieces_of_filters_are_filters_or_errors_within_them(
        pieces in prop::collection::vec(prop::sample::select(&[
            "status", ">=", "500", "path", "~", "^/a(", ")", "(", " ", "and", "or", "not", "@", "14:02", "..",
            "\"", "has:", "latency", "1s", "\\", "é", "-30m", "=", "!",
        ][..]), 0..12)
    ) {
        let text = pieces.concat();
        match Filter::parse(&text) {
            Ok(filter) => prop_assert_eq!(
                Filter::parse(&filter.to_string()).map(|again| again.expression),
                Ok(filter.expression)
            ),
            Err(error) => {
                prop_assert!(text.get(error.at.clone()).is_some(), "{:?}", error);
            }
        }
    }

    #[test]
    fn a_matcher_agrees_with_the_meaning_of_and_or_and_not(a in expressions(), b in expressions()) {
        let rows = |expression: Expression| {
            let filter = Filter { text: String::new(), expression };
            found(&filter)
        };
        let (of_a, of_b) = (rows(a.clone()), rows(b.clone()));
        let all = 0..ROWS.len();
        let both: Vec<usize> = all.clone().filter(|i| of_a.contains(i) && of_b.contains(i)).collect();
        let either: Vec<usize> = all.clone().filter(|i| of_a.contains(i) || of_b.contains(i)).collect();
        let not: Vec<usize> = all.filter(|i| !of_a.contains(i)).collect();
        prop_assert_eq!(rows(Expression::all(vec![a.clone(), b.clone()])), both);
        prop_assert_eq!(rows(Expression::any(vec![a.clone(), b])), either);
        prop_assert_eq!(rows(Expression::Not(Box::new(a))), not);
    }
}

#[test]
fn tables_grow_with_the_names() {
    let (chunk, mut names) = chunk();
    let filter = Filter::parse("client:shop").expect("a filter");
    let matcher = Matcher::new(&filter, Zone::UTC, 0);
    let mut tables = Tables::default();
    tables.update(&matcher, |field| names.get(field as usize));
    let later = names[Text::Client as usize].intern(b"shop 9");
    let mut more = Chunk::default();
    more.open(0, 1, 0, 0);
    more.set_text(Text::Client, later);
    more.open(1, 2, 0, 0);
    more.set_text(Text::Client, Symbol::OTHER);
    more.seal();
    let facts = Facts {
        path: "",
        label: "",
        format: "",
    };
    assert_eq!(
        matcher.rows(&tables, &more, facts, &mut NoLines),
        [false, false]
    );
    tables.update(&matcher, |field| names.get(field as usize));
    assert_eq!(
        matcher.rows(&tables, &more, facts, &mut NoLines),
        [true, false]
    );
    let before = matcher.rows(&tables, &chunk, facts, &mut NoLines);
    assert_eq!(before, [false, false, false, false, true]);
}
