//! How work ended, where no status of HTTP says so: codes of gRPC, exit codes, words for what went wrong.
//!
//! In: keys with their values, and what is known of them. Out: more of their meanings.

use super::names::{FAILURE, RPC_NAMED, RPC_STATUS};
use super::{Inferred, Keys, is_status, plain};
use crate::events::Number;
use crate::formats::field::Field;
use crate::formats::value;

/// Names of a status that are no other number's.
const STATUSES: [&str; 5] = [
    "statuscode",
    "httpstatus",
    "httpstatuscode",
    "responsestatus",
    "responsecode",
];

impl Keys {
    /// The container, with its point, in which a status stands: what stands beside it is of the same
    /// request, whatever the container is called (`api.statusCode`, `api.timeToResponse`).
    pub(super) fn of_status(&self) -> Option<String> {
        self.values.iter().find_map(|(key, values)| {
            let name = plain(key);
            let (_, last) = name.rsplit_once('.')?;
            let statuses = values.iter().filter(|value| is_status(value)).count();
            let is_one = STATUSES.contains(&last) && 5 * statuses >= 4 * values.len();
            is_one.then(|| name[..name.len() - last.len()].to_owned())
        })
    }

    /// Codes of gRPC, where no status of HTTP stands: in words, or by the number where the key says so.
    pub(super) fn rpc_status(&self, found: &mut Vec<Inferred>) {
        let has_status = |one: &Inferred| one.field == Field::Number(Number::Status);
        if found.iter().any(has_status) {
            return;
        }
        let is_number = |code: &[u8]| code.iter().all(u8::is_ascii_digit);
        let is_word = |code: &[u8]| !is_number(code) && value::rpc_status(code).is_some();
        let is_code = |code: &[u8]| value::rpc_status(code).is_some();
        let by_number = &RPC_STATUS[..RPC_NAMED];
        let _ = self
            .pick(RPC_STATUS, &is_word, |_, _| Field::RpcStatus, found)
            .or_else(|| self.pick(by_number, &is_code, |_, _| Field::RpcStatus, found));
    }

    /// Keys that say what went wrong, where nothing else says how a line is meant. They may be in no
    /// line of the sample: most lines tell of nothing that went wrong.
    pub fn failures(found: &[Inferred]) -> Vec<(Vec<u8>, Field)> {
        let says = |one: &Inferred| {
            matches!(
                one.field,
                Field::Level(_) | Field::Number(Number::Status) | Field::RpcStatus | Field::JobStep
            )
        };
        if found.iter().any(says) {
            return Vec::new();
        }
        let is_free = |key: &&&str| !found.iter().any(|one| one.key == **key);
        let keys = FAILURE.iter().filter(is_free);
        keys.map(|key| (key.as_bytes().to_vec(), Field::Failure))
            .collect()
    }

    /// A status that is nearly always zero is no answer's: zero says that all went well there.
    pub(super) fn is_exit_code(&self, one: &Inferred) -> bool {
        let values = self.values.get(one.key.as_bytes());
        let is_status = one.field == Field::Number(Number::Status);
        is_status
            && values.is_some_and(|values| {
                let zeros = values.iter().filter(|value| value.as_slice() == b"0");
                5 * zeros.count() > 4 * values.len()
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::events::Text;
    use crate::formats::detect::detect;
    use crate::formats::parse::parse;
    use crate::formats::{Engine, SourceKind};
    use crate::lines::LineBatch;

    /// Status, level and message of the last of some lines.
    fn check(lines: &[&str], kind: SourceKind, expected: (Option<i64>, Option<i64>, &str)) {
        let batch = LineBatch::split(lines.join("\n").into_bytes(), 0);
        let head = batch.only(&(0..lines.len() - 1).collect::<Vec<_>>());
        let found = detect(&head, "x").expect("a format");
        assert!(matches!(found.format.engine, Engine::Json(_)), "{lines:?}");
        assert_eq!(found.format.kind, kind, "{lines:?}");
        let parsed = parse(&found.format, Zone::UTC, &batch);
        let last = parsed.chunk.len() - 1;
        let number = |number| parsed.chunk.number_at(number, last);
        let message = parsed
            .chunk
            .text_at(Text::Message, last)
            .unwrap_or_default();
        let said = (number(Number::Status), number(Number::Level));
        let message = parsed.names[Text::Message as usize].text(message);
        assert_eq!(
            (said, message.as_str()),
            ((expected.0, expected.1), expected.2)
        );
    }

    #[test]
    fn codes_of_grpc_are_statuses_where_none_of_http_stand() {
        let call = |code: &str| {
            format!(
                r#"{{"ts":"2024-05-03T09:00:01Z","grpc.method":"Pay","grpc.code":{code},"grpc.time_ms":1.5}}"#
            )
        };
        let last = (Some(503), None, "");
        for codes in [
            [r#""OK""#, r#""NotFound""#, r#""Unavailable""#],
            ["0", "5", "14"],
        ] {
            let lines = codes.map(call);
            check(
                &lines.each_ref().map(String::as_str),
                SourceKind::Access,
                last,
            );
        }
        // A code of something else.
        let lines = [
            r#"{"ts":"2024-05-03T09:00:01Z","path":"/a","code":0}"#,
            r#"{"ts":"2024-05-03T09:00:02Z","path":"/a","code":14}"#,
        ];
        check(&lines, SourceKind::App, (None, None, ""));
    }

    #[test]
    fn what_stands_beside_a_status_is_of_the_same_request() {
        let call = |status: u16| {
            format!(
                r#"{{"time":"2024-05-03T09:00:01Z","who":{{"ip":"10.0.0.7"}},"api":{{"name":"Put","statusCode":{status},"duration_ms":7,"path":"/a","ip":"10.0.0.8"}}}}"#
            )
        };
        let lines = [200, 404, 503].map(call);
        let lines = lines.each_ref().map(String::as_str);
        check(&lines, SourceKind::Access, (Some(503), None, ""));
        let mut keys = Keys::default();
        lines
            .iter()
            .for_each(|line| assert!(keys.add_json(line.as_bytes())));
        let inferred = keys.infer();
        let found = inferred.iter().map(|one| one.key.as_str());
        let found: Vec<&str> = found.collect();
        assert_eq!(
            found,
            [
                "time",
                "api.statusCode",
                "api.duration_ms",
                "api.path",
                "api.ip"
            ]
        );
    }

    #[test]
    fn what_went_wrong_makes_an_error_where_nothing_else_says_so() {
        let lines = |failed: &str| {
            let fine = r#"{"ts":"2024-05-03T09:00:01Z","eventName":"GetItem"}"#;
            [fine.to_owned(), fine.to_owned(), failed.to_owned()]
        };
        let check = |failed: &str, level: Option<i64>, message: &str| {
            let lines = lines(failed);
            let lines = lines.each_ref().map(String::as_str);
            super::tests::check(&lines, SourceKind::App, (None, level, message));
        };
        check(
            r#"{"ts":"2024-05-03T09:00:02Z","errorCode":"Throttled"}"#,
            Some(4),
            "Throttled",
        );
        check(
            r#"{"ts":"2024-05-03T09:00:02Z","error":{"message":"no room"}}"#,
            Some(4),
            "no room",
        );
        check(r#"{"ts":"2024-05-03T09:00:02Z","error":true}"#, Some(4), "");
        for nothing in ["null", "false", r#""""#, "0", "0.25", r#""None""#] {
            let line = format!(r#"{{"ts":"2024-05-03T09:00:02Z","error":{nothing}}}"#);
            check(&line, None, "");
        }
        // A level of its own stands.
        let lines = [
            r#"{"ts":"2024-05-03T09:00:01Z","level":"info","msg":"a"}"#,
            r#"{"ts":"2024-05-03T09:00:02Z","level":"warn","msg":"a","error":"no room"}"#,
        ];
        super::tests::check(&lines, SourceKind::App, (None, Some(3), "a"));
    }
}
