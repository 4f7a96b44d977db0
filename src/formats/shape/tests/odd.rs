//! Lines that are nearly those of a known shape.

use super::{check, format};
use crate::clock::Zone;
use crate::events::{Number, Text};
use crate::formats::Engine;
use crate::formats::field::{Field, LevelScale, Unit};
use crate::formats::json::Plan;
use crate::formats::parse::parse_text;
use crate::formats::stamp::StampKind;

/// Each line with each other one before it says what it says alone.
fn check_pairs(engine: fn(Vec<(Vec<u8>, Field)>) -> Engine, lines: &[&str]) {
    let format = format(engine);
    for one in lines {
        for other in lines {
            // The first few lines are looked at before any shape is known.
            let pair = [one, other].into_iter().cycle().take(12);
            let both: Vec<String> = pair.map(|line| (*line).to_owned()).collect();
            check(&format, &both).expect("the same");
        }
    }
}

fn json(wanted: Vec<(Vec<u8>, Field)>) -> Engine {
    Engine::Json(Plan::new(wanted))
}

#[test]
fn json_that_differs_in_one_value_only() {
    let long = format!(r#"{{"t":1709510400,"p":"/{}"}}"#, "x".repeat(500));
    let values = [
        r#"{"t":1709510400,"c":[1.5]}"#,
        r#"{"t":1709510400,"c":[1]}"#,
        r#"{"t":1709510400,"c":["10.0.0.1","10.0.0.2"]}"#,
        r#"{"t":1709510400,"m":[104,105]}"#,
        r#"{"t":1709510400,"m":"hi"}"#,
        r#"{"t":1709510400,"m":"h\ni"}"#,
        r#"{"t":1709510400,"m":"h\\"}"#,
        r#"{"t":1709510400,"d":5,"a":{"d":7}}"#,
        r#"{"t":1709510400,"d":6,"a":{"d":8}}"#,
        r#"{"t":1709510400,"a":{"d":8},"d":6}"#,
        r#"{"t":1709510400,"d":null,"a":{"d":8}}"#,
        r#"{"t":1709510400,"d":-1,"a":{"d":-1}}"#,
        r#"{"t":1709510400,"b":-5}"#,
        r#"{"t":1709510400,"b":"-"}"#,
        r#"{"t":1709510400,"b":5}"#,
        r#"{"t":1709510400,"b":123456789012}"#,
        r#"{"t":1709510400,"b":12x}"#,
        r#"{"t":1709510400,"b":x5}"#,
        r#"{"t":1709510400,"b":}"#,
        r#"{"t":1709510400,"b":5} "#,
        r#"{"t":1709510400,"b":5} x"#,
        r#"{"t":1709510400,"r":"GET  /a"}"#,
        r#"{"t":1709510400,"r":"GET -"}"#,
        r#"{"t":1709510400,"r":"GET /a b"}"#,
        r#"{"t":1709510400,"l":"emergency"}"#,
        r#"{"t":1709510400,"l":"emergencx"}"#,
        "{\"t\":1709510400,\"l\":\"info\"}",
        "{\"t\":1709510400,\"l\":\"info\0\"}",
        long.as_str(),
    ];
    check_pairs(json, &values);
}

#[test]
fn logfmt_that_differs_in_one_value_only() {
    let lines = [
        "t=1709510400 q=/a b=1",
        "t=1709510400 q=\"/a\" b=1",
        "t=1709510400 q=\"/a\"b b=1",
        "t=1709510400 q=\"/a b=1",
        "t=1709510400 q= b=1",
        "t=1709510400 q b=1",
        "t=1709510400 b=1 t",
        "t=1709510400 b=1 t=",
        "t=1709510400 b=1\t",
        "t=1709510400 b=1 ",
        "t=1709510400 m=a m=b",
        "t=1709510400 m=c m=d",
        "t=1709510400 m=c m=-",
        "t=1709510400 d=5 a.d=7",
        "t=1709510400 a.d=7 d=5",
    ];
    check_pairs(|wanted| Engine::Logfmt(Plan::new(wanted)), &lines);
}

#[test]
fn where_services_have_units_of_their_own_no_shape_says_the_unit() {
    let wanted = [
        ("t", Field::Time(StampKind::Any)),
        ("l", Field::Level(LevelScale::Words)),
        ("s", Field::Text(Text::Service)),
        ("d", Field::Latency(Unit::Millis)),
        ("n", Field::Number(Number::Status)),
    ];
    let wanted = wanted.map(|(key, field)| (key.as_bytes().to_vec(), field));
    let plan = Plan::new(wanted.to_vec());
    for (units, b_us) in [
        (vec![], 5_000),
        (vec![(b"b".to_vec(), Unit::Seconds)], 5_000_000),
    ] {
        let mut format = format(json);
        format.engine = Engine::Json(plan.clone().with_units(&units));
        let services = ["a", "b"].into_iter().cycle().take(12);
        let lines: Vec<String> = services
            .map(|service| format!(r#"{{"t":1709510400,"s":"{service}","d":5,"n":-1}}"#))
            .collect();
        check(&format, &lines).expect("the same");
        let parsed = parse_text(&format, Zone::UTC, lines.join("\n").as_bytes());
        let latencies_us = [0, 1, 2, 3].map(|row| parsed.chunk.number_at(Number::LatencyUs, row));
        assert_eq!(latencies_us, [5_000, b_us, 5_000, b_us].map(Some));
    }
}
