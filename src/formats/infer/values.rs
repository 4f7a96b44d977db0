//! What values say of a key whose name says nothing, or too little.
//!
//! In: the values of a sample's keys. Out: the key that is the time of the lines, how a client is
//! written, whether a text is a request.

use super::{Inferred, Keys};
use crate::clock::Zone;
use crate::events::Text;
use crate::formats::field::Field;
use crate::formats::stamp::{StampKind, StampReader};

/// How sure a time is that no name says.
const SURE: f64 = 0.7;
/// Digits of an epoch in seconds: a shorter number is one of something else.
const EPOCH_DIGITS_MIN: usize = 10;
/// A log is written in the order of its times, but for this share of its lines.
const BACKWARD_MAX: f64 = 0.1;
/// Words in names of times.
const TIME_WORDS: [&str; 5] = ["time", "date", "stamp", "clock", "when"];
/// Words in names of times that are not those of their lines.
const OTHER_TIMES: [&str; 8] = [
    "expir", "until", "birth", "valid", "next", "last", "deadline", "due",
];

/// The key whose values are stamps in nearly all lines and do not go back: names with a word for a
/// time come first. Several keys of equal standing say nothing.
pub(super) fn time(keys: &Keys) -> Option<Inferred> {
    let mut candidates: Vec<(bool, &[u8])> = Vec::new();
    for (key, values) in &keys.values {
        let name = String::from_utf8_lossy(key).to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        if values.len() == keys.lines.min(super::VALUES_MAX)
            && !has(&OTHER_TIMES)
            && goes_forward(values)
        {
            candidates.push((!has(&TIME_WORDS), key));
        }
    }
    candidates.sort_unstable();
    let [(is_unnamed, key), rest @ ..] = candidates.as_slice() else {
        return None;
    };
    let is_lone = rest.iter().all(|other| other.0 != *is_unnamed);
    is_lone.then(|| Inferred {
        key: String::from_utf8_lossy(key).into_owned(),
        field: Field::Time(StampKind::Any),
        confidence: SURE,
        is_unit_guessed: false,
    })
}

/// Whether all values are stamps and hardly one is earlier than that before it.
fn goes_forward(values: &[Vec<u8>]) -> bool {
    let mut stamps = StampReader::new(StampKind::Any, Zone::UTC);
    let mut times = Vec::with_capacity(values.len());
    for value in values {
        let digits = value
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let is_number = value
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'.');
        if is_number && digits < EPOCH_DIGITS_MIN {
            return false;
        }
        let Some(time_ns) = stamps.read(value) else {
            return false;
        };
        times.push(time_ns);
    }
    let back = times.windows(2).filter(|two| two[1] < two[0]).count();
    !times.is_empty() && back as f64 <= BACKWARD_MAX * times.len() as f64
}

/// How a client is written: with a port, in a list of those who passed the request on, or bare.
pub(super) fn client(values: &[Vec<u8>]) -> Field {
    let is_list = |value: &&Vec<u8>| value.contains(&b',');
    let has_port = |value: &&Vec<u8>| {
        std::str::from_utf8(value).is_ok_and(|text| text.parse::<std::net::SocketAddr>().is_ok())
    };
    if values.iter().any(|value| is_list(&value)) {
        Field::Addresses
    } else if values.iter().filter(has_port).count() * 2 > values.len() {
        Field::Address
    } else {
        Field::Text(Text::Client)
    }
}

/// `GET /path`, with or without what follows.
pub(super) fn is_request(value: &[u8]) -> bool {
    let mut words = value.split(|byte| *byte == b' ');
    let method = words.next().unwrap_or_default();
    let is_method = (3..=9).contains(&method.len()) && method.iter().all(u8::is_ascii_uppercase);
    is_method && words.next().is_some_and(has_path)
}

/// Whether a text may be a path or an address with one.
pub(super) fn has_path(value: &[u8]) -> bool {
    value.contains(&b'/') || value == b"*"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time_of(lines: &[&str]) -> Option<String> {
        let mut keys = Keys::default();
        assert!(lines.iter().all(|line| keys.add_json(line.as_bytes())));
        time(&keys).map(|found| found.key)
    }

    #[test]
    fn a_key_of_another_name_is_the_time_if_its_values_are_times_in_their_order() {
        let found = time_of(&[
            r#"{"moment":"2024-05-03T09:00:01Z","n":1}"#,
            r#"{"moment":"2024-05-03T09:00:02Z","n":2}"#,
        ]);
        assert_eq!(found.as_deref(), Some("moment"));
        let found = time_of(&[r#"{"log_time_ms":1714726801000,"order":1714726801}"#]);
        assert_eq!(found.as_deref(), Some("log_time_ms"));
    }

    #[test]
    fn what_goes_back_is_missing_or_stands_beside_another_is_no_time() {
        let back = [
            r#"{"moment":"2024-05-03T09:00:01Z"}"#,
            r#"{"moment":"2021-05-03T09:00:02Z"}"#,
        ];
        assert_eq!(time_of(&back), None);
        let missing = [r#"{"moment":"2024-05-03T09:00:01Z"}"#, r#"{"n":1}"#];
        assert_eq!(time_of(&missing), None);
        let two = [r#"{"a":"2024-05-03T09:00:01Z","b":"2024-05-03T09:00:01Z"}"#];
        assert_eq!(time_of(&two), None);
        assert_eq!(
            time_of(&[r#"{"valid_until":"2024-05-03T09:00:01Z"}"#]),
            None
        );
        assert_eq!(time_of(&[r#"{"n":1200,"m":"x"}"#]), None);
    }

    #[test]
    fn a_client_with_a_port_is_not_another_for_each_port() {
        let client = |values: &[&str]| {
            let values: Vec<Vec<u8>> = values.iter().map(|one| one.as_bytes().to_vec()).collect();
            client(&values)
        };
        assert_eq!(client(&["10.0.0.7:4100", "[::1]:80"]), Field::Address);
        assert_eq!(
            client(&["10.0.0.7", "10.0.0.8, 10.0.0.9"]),
            Field::Addresses
        );
        assert_eq!(client(&["10.0.0.7", "::1"]), Field::Text(Text::Client));
        assert_eq!(client(&["shop:7", "shop"]), Field::Text(Text::Client));
    }

    #[test]
    fn a_request_is_a_method_and_a_path() {
        assert!(is_request(b"GET /a HTTP/1.1") && is_request(b"POST /a"));
        assert!(!is_request(b"GET") && !is_request(b"get /a") && !is_request(b"WENT TO /a"));
    }
}
