//! Codes of gRPC as HTTP statuses, as `google/rpc/code.proto` relates them.

/// The words of the codes, without signs between, by their numbers from 0; and their HTTP statuses.
const CODES: [(&str, i64); 17] = [
    ("ok", 200),
    ("cancelled", 499),
    ("unknown", 500),
    ("invalidargument", 400),
    ("deadlineexceeded", 504),
    ("notfound", 404),
    ("alreadyexists", 409),
    ("permissiondenied", 403),
    ("resourceexhausted", 429),
    ("failedprecondition", 400),
    ("aborted", 409),
    ("outofrange", 400),
    ("unimplemented", 501),
    ("internal", 500),
    ("unavailable", 503),
    ("dataloss", 500),
    ("unauthenticated", 401),
];
/// As Go writes it.
const CANCELED: &str = "canceled";

/// The HTTP status of a code, by its word (`DeadlineExceeded`, `DEADLINE_EXCEEDED`) or its number.
pub fn rpc_status(code: &[u8]) -> Option<i64> {
    if code.len() <= 2 && code.iter().all(u8::is_ascii_digit) {
        let number = super::integer(code)?;
        return CODES.get(number as usize).map(|(_, status)| *status);
    }
    let letters = code.iter().filter(|byte| **byte != b'_');
    let same = |word: &str| {
        let lower = letters.clone().map(u8::to_ascii_lowercase);
        lower.eq(word.bytes())
    };
    let known = CODES.iter().find(|(word, _)| same(word));
    let known = known.map(|(_, status)| *status);
    known.or_else(|| same(CANCELED).then_some(499))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_grpc_are_statuses_of_http() {
        let check = |code: &str, status: Option<i64>| {
            assert_eq!(rpc_status(code.as_bytes()), status, "{code}");
        };
        check("OK", Some(200));
        check("0", Some(200));
        check("DeadlineExceeded", Some(504));
        check("DEADLINE_EXCEEDED", Some(504));
        check("Canceled", Some(499));
        check("CANCELLED", Some(499));
        check("14", Some(503));
        check("Unavailable", Some(503));
        check("16", Some(401));
        for other in ["", "17", "200", "fine", "-1", "_"] {
            check(other, None);
        }
    }
}
