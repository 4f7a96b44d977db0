//! Unknown JSON and logfmt: what the keys mean, told by their names and values.

mod alias;
mod names;
mod outcome;
mod queue;
mod values;

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::field::{Field, LevelScale, Unit};
use super::json::{self, Value};
use super::stamp::StampKind;
use super::{SourceKind, StampSide, jobs, logfmt, value};
use crate::events::{Number, Text};

pub mod by_service;
pub mod units;
pub mod words;

use alias::plain;
use names::{
    BYTES, CLIENT, ENDPOINT, HOST, KIND, LATENCY, LEVEL, MESSAGE, METHOD, QUERY, REQUEST,
    REQUEST_ID, RESOURCE, SERVICE, STATUS, TIME, TIME_PERHAPS, USER,
};
use units::latency_field;

/// Sample values kept per key.
const VALUES_MAX: usize = 200;
/// Keys looked at; a line with more is read without them.
const KEYS_MAX: usize = 300;

/// Keys of a sample with their values, in order of name.
#[derive(Debug, Default)]
pub struct Keys {
    values: BTreeMap<Vec<u8>, Vec<Vec<u8>>>,
    lines: usize,
    /// The container of the status, if its name is none that says nothing.
    container: OnceCell<Option<String>>,
}

/// A key's inferred meaning.
#[derive(Debug, Clone, PartialEq)]
pub struct Inferred {
    /// The dotted key.
    pub key: String,
    /// What it means.
    pub field: Field,
    /// How sure, in `[0, 1]`.
    pub confidence: f64,
    /// True if the unit of a duration was told by the values alone.
    pub is_unit_guessed: bool,
}

impl Inferred {
    /// Whether it is the time at which work began: `started_at`.
    pub fn is_start(&self) -> bool {
        matches!(self.field, Field::Time(_)) && plain(self.key.as_bytes()).starts_with("start")
    }
}

/// A name within a container is one of so much lower rank.
const WITHIN: usize = 100;
/// How sure a name within a container is, of one that stands alone.
const SURE_WITHIN: f64 = 0.95;

impl Keys {
    /// Takes in a line of JSON. False if it is not an object.
    pub fn add_json(&mut self, line: &[u8]) -> bool {
        let mut pairs = Vec::new();
        let read = json::walk(line, &mut |path, value| {
            let (Value::Text(bytes) | Value::Bare(bytes) | Value::Numbers(bytes)) = value;
            pairs.push((path.to_vec(), bytes.to_vec()));
        });
        self.keep(read, pairs)
    }

    /// Takes in a line of logfmt. False if it has fewer than two pairs.
    pub fn add_logfmt(&mut self, line: &[u8]) -> bool {
        let mut pairs = Vec::new();
        let read = logfmt::walk(line, &mut |key, value| {
            pairs.push((key.to_vec(), value.to_vec()))
        });
        let valued = pairs
            .iter()
            .filter(|(key, value)| !key.is_empty() && !value.is_empty())
            .count();
        self.keep(
            read.filter(|()| valued >= 2 && valued * 2 >= pairs.len()),
            pairs,
        )
    }

    /// Takes in a line whose names and values are known.
    pub fn add_pairs(&mut self, pairs: impl Iterator<Item = (Vec<u8>, Vec<u8>)>) {
        self.keep(Some(()), pairs.collect());
    }

    fn keep(&mut self, read: Option<()>, pairs: Vec<(Vec<u8>, Vec<u8>)>) -> bool {
        if read.is_none() {
            return false;
        }
        self.lines += 1;
        // A key that is no text has no name that a format could ask for.
        let is_name = |(key, _): &(Vec<u8>, Vec<u8>)| std::str::from_utf8(key).is_ok();
        for (key, value) in pairs.into_iter().filter(is_name) {
            if self.values.len() < KEYS_MAX || self.values.contains_key(&key) {
                let values = self.values.entry(key).or_default();
                if values.len() < VALUES_MAX {
                    values.push(value);
                }
            }
        }
        true
    }

    /// Whether a line had the key.
    pub fn has(&self, key: &str) -> bool {
        self.values.contains_key(key.as_bytes())
    }

    /// The meanings, best name first where several keys could feed one field. Empty when no
    /// key is a time: without one a line is no event. Where no name says a time, values do.
    pub fn infer(&self) -> Vec<Inferred> {
        let found = self.infer_untimed();
        let is_time = |one: &Inferred| matches!(one.field, Field::Time(_));
        if found.iter().any(is_time) {
            return found;
        }
        let mut perhaps = Vec::new();
        let time = |_: &str, _: &[Vec<u8>]| Field::Time(StampKind::Any);
        self.pick(TIME_PERHAPS, &is_stamp, time, &mut perhaps);
        match perhaps.pop().or_else(|| values::time(self)) {
            Some(time) => self.infer_with(Some(time)),
            None => Vec::new(),
        }
    }

    /// The same for lines that need no time of their own.
    pub fn infer_untimed(&self) -> Vec<Inferred> {
        self.infer_with(None)
    }

    fn infer_with(&self, time: Option<Inferred>) -> Vec<Inferred> {
        let mut found: Vec<Inferred> = time.into_iter().collect();
        let texts = [
            (HOST, Field::Text(Text::Host)),
            (SERVICE, Field::Text(Text::Service)),
            (KIND, Field::Text(Text::Kind)),
            (USER, Field::Text(Text::User)),
            (REQUEST_ID, Field::RequestId),
        ];
        if found.is_empty() {
            let time = |_: &str, _: &[Vec<u8>]| Field::Time(StampKind::Any);
            self.pick(TIME, &is_stamp, time, &mut found);
        }
        found.extend(self.nanos(&found));
        found.extend(self.job_steps());
        self.level(&mut found);
        self.pick(
            STATUS,
            &is_status,
            |_, _| Field::Number(Number::Status),
            &mut found,
        );
        found.retain(|one| !self.is_exit_code(one));
        self.rpc_status(&mut found);
        let writer = units::Writer::of(self, &found);
        self.pick(
            LATENCY,
            &is_amount,
            |key, values| latency_field(key, values, &writer),
            &mut found,
        );
        self.requests(&mut found);
        for (names, field) in texts {
            self.pick(names, &is_text, |_, _| field, &mut found);
        }
        queue::pick(self, &mut found);
        self.bytes(&mut found);
        let taken: Vec<String> = found.iter().map(|inferred| inferred.key.clone()).collect();
        // `line` may be that of a program's source.
        let message = |value: &[u8]| !value.is_empty() && value::integer(value).is_none();
        let free = MESSAGE
            .iter()
            .copied()
            .filter(|name| !taken.iter().any(|key| plain(key.as_bytes()) == *name))
            .collect::<Vec<_>>();
        // Where nothing else says how bad it is, a message does as a text does.
        let says_level = |one: &Inferred| {
            matches!(
                one.field,
                Field::Level(_) | Field::Number(Number::Status) | Field::RpcStatus
            )
        };
        let field = match found.iter().any(says_level) {
            true => Field::Message,
            false => Field::MessageWithLevel,
        };
        self.pick(&free, &message, |_, _| field, &mut found);
        found
    }

    /// log4j2 writes the second of a stamp and the nanoseconds within it as two numbers.
    fn nanos(&self, found: &[Inferred]) -> Option<Inferred> {
        let second = found
            .iter()
            .find_map(|one| one.key.strip_suffix("epochSecond"))?;
        let key = format!("{second}nanoOfSecond");
        self.has(&key).then_some(Inferred {
            key,
            field: Field::Nanos,
            confidence: 1.0,
            is_unit_guessed: false,
        })
    }

    /// Who asked for what: method and target apart, else the line of the request whole.
    fn requests(&self, found: &mut Vec<Inferred>) {
        self.pick(METHOD, &is_text, |_, _| Field::Text(Text::Method), found);
        let target = |_: &str, _: &[Vec<u8>]| Field::Target;
        let _ = self
            .pick(ENDPOINT, &is_text, target, found)
            .or_else(|| self.pick(REQUEST, &values::is_request, |_, _| Field::Request, found))
            .or_else(|| self.pick(RESOURCE, &values::has_path, target, found));
        let query = Field::Statement(super::fingerprint::Quotes::Strings);
        self.pick(QUERY, &is_text, |_, _| query, found);
        self.pick(CLIENT, &is_text, |_, values| values::client(values), found);
    }

    /// How much was answered: of requests only, since bytes of other lines may be those of anything.
    fn bytes(&self, found: &mut Vec<Inferred>) {
        let is_access = kind_of(found.iter().map(|one| &one.field)) == SourceKind::Access;
        let is_size = |value: &[u8]| value == b"-" || value::integer(value).is_some_and(|n| n >= 0);
        if is_access {
            self.pick(BYTES, &is_size, |_, _| Field::Number(Number::Bytes), found);
        }
    }

    /// Levels in words or by tens; by syslog's or OpenTelemetry's numbers where the names of the
    /// keys say so. Other small numbers say nothing certain.
    fn level(&self, found: &mut Vec<Inferred>) {
        let scaled = |scale: LevelScale| move |value: &[u8]| value::level(value, scale).is_some();
        let read = self.pick(
            LEVEL,
            &scaled(LevelScale::Words),
            |_, _| Field::Level(LevelScale::Words),
            found,
        );
        let is_gelf = self.values.keys().any(|key| plain(key) == "shortmessage");
        let syslog: &[&str] = match is_gelf {
            true => &["level"],
            false => &["syslog.severity", "syslogseverity"],
        };
        let scales: [(&[&str], LevelScale); 2] = [
            (&["severitynumber"], LevelScale::Telemetry),
            (syslog, LevelScale::Syslog),
        ];
        for (names, scale) in scales {
            if read.is_none() {
                self.pick(names, &scaled(scale), |_, _| Field::Level(scale), found);
            }
        }
    }

    /// The column that says what happened to jobs, if one does and another numbers the jobs.
    fn job_steps(&self) -> Option<Inferred> {
        if !self.values.keys().any(|key| jobs::is_id(&plain(key))) {
            return None;
        }
        let is_it = |values: &Vec<Vec<u8>>| jobs::is_steps(values.iter().map(Vec::as_slice));
        let (key, _) = self.values.iter().find(|(_, values)| is_it(values))?;
        Some(Inferred {
            key: String::from_utf8_lossy(key).into_owned(),
            field: Field::JobStep,
            confidence: 1.0,
            is_unit_guessed: false,
        })
    }

    /// The first name whose key is there with fitting values in most lines that have it.
    fn pick(
        &self,
        names: &[&str],
        fits: &dyn Fn(&[u8]) -> bool,
        field: impl Fn(&str, &[Vec<u8>]) -> Field,
        found: &mut Vec<Inferred>,
    ) -> Option<()> {
        let mut candidates: Vec<(usize, &Vec<u8>, f64)> = Vec::new();
        let is_of_request = [STATUS, LATENCY, METHOD, ENDPOINT, CLIENT, BYTES].contains(&names);
        let container = self.container.get_or_init(|| self.of_status()).as_deref();
        let container = container.filter(|_| is_of_request);
        for (key, values) in &self.values {
            let rank = |(name, within): &(String, usize)| {
                let rank = names.iter().position(|known| known == name)?;
                Some(rank + WITHIN * within)
            };
            let aliases = alias::names(key, container);
            let Some(rank) = aliases.iter().filter_map(rank).min() else {
                continue;
            };
            // What is the time of a line, or the step of its job, is nothing else.
            let is_taken = |one: &Inferred| {
                matches!(one.field, Field::JobStep | Field::Time(_))
                    && one.key.as_bytes() == key.as_slice()
            };
            if found.iter().any(is_taken) {
                continue;
            }
            let share =
                values.iter().filter(|value| fits(value)).count() as f64 / values.len() as f64;
            if share >= 0.8 {
                candidates.push((rank, key, share));
            }
        }
        candidates.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(b.1)));
        let (rank, key, share) = candidates.first()?;
        let key = String::from_utf8_lossy(key).into_owned();
        let field = field(&key, &self.values[key.as_bytes()]);
        let is_unit_guessed = matches!(field, Field::Latency(unit) if unit != Unit::Written && !units::is_said(&key, &self.values[key.as_bytes()]));
        let sure = SURE_WITHIN.powi((rank / WITHIN) as i32);
        found.push(Inferred {
            confidence: share * sure * (1.0 - 0.01 * (rank % WITHIN) as f64),
            key,
            field,
            is_unit_guessed,
        });
        Some(())
    }
}

/// What lines are whose keys mean this.
pub fn kind_of<'a>(meanings: impl Iterator<Item = &'a Field> + Clone) -> SourceKind {
    let has = |is: &dyn Fn(&Field) -> bool| meanings.clone().any(is);
    let is_status =
        |field: &Field| matches!(field, Field::Number(Number::Status) | Field::RpcStatus);
    let is_access = has(&is_status)
        && has(&|field| {
            matches!(
                field,
                Field::Target | Field::Request | Field::Text(Text::Method)
            )
        });
    match is_access {
        true => SourceKind::Access,
        false if has(&|field| *field == Field::JobStep) => SourceKind::Jobs,
        false => SourceKind::App,
    }
}

/// When their stamps are taken. The duration of a job ends with one of its steps, but the others
/// have none.
pub fn side_of(kind: SourceKind, inferred: &[Inferred]) -> StampSide {
    match kind {
        SourceKind::Jobs => StampSide::Start,
        _ if inferred.iter().any(Inferred::is_start) => StampSide::Start,
        _ => StampSide::End,
    }
}

fn is_stamp(value: &[u8]) -> bool {
    StampKind::Any.read(value).is_some()
}

fn is_status(value: &[u8]) -> bool {
    value::integer(value).is_some_and(|n| n == 0 || (100..1000).contains(&n))
}

fn is_amount(value: &[u8]) -> bool {
    value::duration_us(value, Unit::Millis).is_some()
        || value::duration_us(value, Unit::Written).is_some()
}

fn is_text(value: &[u8]) -> bool {
    !value.is_empty() && value.len() <= 2000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[&str], expected: &str) {
        let mut keys = Keys::default();
        for line in lines {
            assert!(if line.starts_with('{') {
                keys.add_json(line.as_bytes())
            } else {
                keys.add_logfmt(line.as_bytes())
            });
        }
        let word = |field: &Field| match field {
            Field::Latency(unit) => format!("latency:{}", unit.suffix()),
            Field::Time(_) => "time".into(),
            Field::Level(_) => "level".into(),
            Field::Number(number) => number.name().into(),
            Field::Text(text) => text.name().into(),
            Field::Target => "endpoint".into(),
            Field::Message => "message".into(),
            Field::MessageWithLevel => "message+level".into(),
            Field::RequestId => "request_id".into(),
            other => format!("{other:?}"),
        };
        let found: Vec<_> = keys
            .infer()
            .iter()
            .map(|inferred| format!("{}={}", word(&inferred.field), inferred.key))
            .collect();
        assert_eq!(found.join(" "), expected);
    }

    #[test]
    fn keys_that_are_no_text_have_no_role() {
        for key in ["x", "time", "level", "status", "duration", "queue_latency"] {
            let mut keys = Keys::default();
            for second in 10..40 {
                let mut line = format!(r#"{{"{key}":"2015-07-22T15:35:{second}Z"}}"#).into_bytes();
                line.insert(2, 0xff);
                assert!(keys.add_json(&line));
            }
            assert_eq!(keys.infer(), Vec::new(), "{key}");
        }
    }

    #[test]
    fn names_and_values_tell_the_roles() {
        check(
            &[
                r#"{"level":30,"time":1437575710123,"req":{"method":"GET","url":"/a"},"res":{"statusCode":200},"responseTime":5,"msg":"done"}"#,
            ],
            "time=time level=level status=res.statusCode latency:ms=responseTime method=req.method endpoint=req.url message=msg",
        );
        check(
            &[r#"ts=2015-07-22T14:35:10Z level=info path=/a status=200 duration=1.2ms host=a"#],
            "time=ts level=level status=status latency:written=duration endpoint=path host=host",
        );
    }

    #[test]
    fn a_message_says_its_level_where_nothing_else_does() {
        let ts = r#""ts":"2015-07-22T14:35:10Z""#;
        check(
            &[&format!(r#"{{{ts},"msg":"ERROR no route to host"}}"#)],
            "time=ts message+level=msg",
        );
        check(
            &[&format!(
                r#"{{{ts},"level":"info","msg":"ERROR count is 0"}}"#
            )],
            "time=ts level=level message=msg",
        );
        check(
            &[&format!(r#"{{{ts},"file":"a.go","line":42}}"#)],
            "time=ts",
        );
        check(
            &[&format!(r#"{{{ts},"status":200,"path":"/a","msg":"GET"}}"#)],
            "time=ts status=status endpoint=path message=msg",
        );
    }

    #[test]
    fn a_status_of_zero_that_all_went_well_is_no_answers() {
        let line = |status: u32| {
            format!("ts=2015-07-22T14:35:10Z path=/select status={status} QTime=7 msg=done")
        };
        let (solr, closed) = ([0; 5].map(line), [0, 0, 0, 200, 0].map(line));
        let (solr, closed) = (solr.each_ref(), closed.each_ref());
        let (solr, closed) = (solr.map(String::as_str), closed.map(String::as_str));
        check(
            &solr,
            "time=ts latency:ms=QTime endpoint=path message+level=msg",
        );
        check(
            &closed,
            "time=ts status=status latency:ms=QTime endpoint=path message=msg",
        );
    }

    #[test]
    fn bytes_are_those_of_responses() {
        check(
            &[
                r#"{"@timestamp":"2015-07-22T14:35:10Z","method":"get","statusCode":200,"req":{"url":"/"},"res":{"responseTime":68,"contentLength":9},"message":"x"}"#,
            ],
            "time=@timestamp status=statusCode latency:ms=res.responseTime method=method endpoint=req.url bytes=res.contentLength message=message",
        );
        check(
            &[
                "ts=2015-07-22T14:35:10Z http.method=GET http.path=/a http.status=200 size=- msg=x",
                "ts=2015-07-22T14:35:10Z http.method=GET http.path=/a http.status=200 size=18 msg=x",
            ],
            "time=ts status=http.status method=http.method endpoint=http.path bytes=size message=msg",
        );
        check(
            &["ts=2015-07-22T14:35:10Z msg=flushed bytes=1200"],
            "time=ts message+level=msg",
        );
    }

    #[test]
    fn names_of_azure_and_of_go_routers_are_known() {
        check(
            &[
                r#"{"time":"2015-07-22T14:35:10Z","properties":{"CIp":"192.0.2.1","CsUriStem":"/a","CsMethod":"GET","TimeTaken":41,"ScStatus":200,"ScBytes":7}}"#,
            ],
            "time=time status=properties.ScStatus latency:ms=properties.TimeTaken method=properties.CsMethod endpoint=properties.CsUriStem client=properties.CIp bytes=properties.ScBytes",
        );
        check(
            &[
                r#"{"httpRequest":{"remoteIP":"192.0.2.1:5512","requestMethod":"GET","requestPath":"/a"},"httpResponse":{"bytes":5,"elapsed":41.2,"status":200},"timestamp":"2015-07-22T14:35:10Z"}"#,
            ],
            "time=timestamp status=httpResponse.status latency:ms=httpResponse.elapsed method=httpRequest.requestMethod endpoint=httpRequest.requestPath Address=httpRequest.remoteIP bytes=httpResponse.bytes",
        );
    }

    #[test]
    fn ids_of_requests_are_known_by_their_names() {
        check(
            &[r#"{"ts":"2015-07-22T14:35:10Z","X-Request-Id":"0af7651916cd43dd","msg":"a"}"#],
            "time=ts request_id=X-Request-Id message+level=msg",
        );
        check(
            &["ts=2015-07-22T14:35:10Z traceId=0af7651916cd43dd a=b"],
            "time=ts request_id=traceId",
        );
    }

    #[test]
    fn the_unit_comes_from_the_name_or_the_size() {
        let line = |pair: &str| format!(r#"{{"ts":1437575710.5,{pair}}}"#);
        check(
            &[&line(r#""latency_ms":5"#)],
            "time=ts latency:ms=latency_ms",
        );
        check(
            &[&line(r#""response_time":0.005"#)],
            "time=ts latency:s=response_time",
        );
        check(
            &[&line(r#""responseTime":0.005"#)],
            "time=ts latency:ms=responseTime",
        );
        check(
            &[&line(r#""duration":0.005"#)],
            "time=ts latency:s=duration",
        );
        check(
            &[&line(r#""duration":5000000"#)],
            "time=ts latency:ns=duration",
        );
        check(
            &[&line(r#""duration":5000000.0"#)],
            "time=ts latency:ns=duration",
        );
        check(
            &[&line(r#""duration":500000.5"#)],
            "time=ts latency:us=duration",
        );
        check(
            &[&line(r#""duration_seconds":5"#)],
            "time=ts latency:s=duration_seconds",
        );
    }

    #[test]
    fn numbers_are_levels_where_the_keys_say_whose() {
        let line = |pair: &str| format!(r#"{{"ts":1437575710.5,{pair}}}"#);
        check(
            &[&line(r#""severity_number":17"#)],
            "time=ts level=severity_number",
        );
        check(
            &[&line(r#""short_message":"x","level":3"#)],
            "time=ts level=level message=short_message",
        );
        check(&[&line(r#""level":3"#)], "time=ts");
    }

    #[test]
    fn a_unit_that_would_keep_too_many_in_flight_is_too_long() {
        let check_lines = |duration: &str, step_ms: usize, expected: &str| {
            let line = |i: usize| {
                let ms = 1_437_575_710_000 + i * step_ms;
                format!(r#"{{"ts":{ms},"duration":{duration}}}"#)
            };
            let lines: Vec<String> = (0..40).map(line).collect();
            check(
                &lines.iter().map(String::as_str).collect::<Vec<_>>(),
                expected,
            );
        };
        check_lines("12.5", 1000, "time=ts latency:s=duration");
        check_lines("12.5", 5, "time=ts latency:ms=duration");
        check_lines("90000", 1000, "time=ts latency:ms=duration");
        check_lines("90000", 5, "time=ts latency:us=duration");
        check_lines("900000", 5, "time=ts latency:ns=duration");
        // Half of all requests take no 20 s.
        let status = r#"20000,"status":200"#;
        check_lines(status, 1000, "time=ts status=status latency:us=duration");
        let status = r#"9000,"status":200"#;
        check_lines(status, 1000, "time=ts status=status latency:ms=duration");
    }

    #[test]
    fn names_of_akamai_are_known() {
        check(
            &[
                r#"{"reqTimeSec":"1437575710.250","cliIP":"192.0.2.1","statusCode":"200","reqMethod":"GET","reqPath":"a/b","turnAroundTimeMSec":"41"}"#,
            ],
            "time=reqTimeSec status=statusCode latency:ms=turnAroundTimeMSec method=reqMethod endpoint=reqPath client=cliIP",
        );
    }

    #[test]
    fn a_writer_that_gives_itself_away_has_its_unit() {
        check(
            &[
                r#"{"time":"2015-07-22T14:35:10Z","controller":"A","action":"b","format":"html","duration":12.5}"#,
            ],
            "time=time latency:ms=duration",
        );
        check(
            &[
                r#"{"time":"2015-07-22T14:35:10Z","request_time":"41.250","upstream_response_time":"41.2"}"#,
            ],
            "time=time latency:s=request_time",
        );
        check(
            &[r#"{"time":"2015-07-22T14:35:10Z","request_time":"0.000"}"#],
            "time=time latency:s=request_time",
        );
    }

    #[test]
    fn a_queue_of_jobs_has_steps_account_and_type() {
        check(
            &[
                r#"{"time":1444991400.04,"event":"enqueue","id":7,"account":"a","type":"share"}"#,
                r#"{"time":1444991401.5,"event":"start","id":7}"#,
                r#"{"time":1444991402.5,"event":"finish","id":7}"#,
            ],
            "time=time JobStep=event client=account kind=type",
        );
        check(
            &[
                r#"{"time":1444991400.04,"event":"start","version":7}"#,
                r#"{"time":1444991402.5,"event":"finish","version":7}"#,
            ],
            "time=time message+level=event",
        );
    }

    #[test]
    fn a_time_that_may_be_of_something_else_dates_only_what_nothing_else_does() {
        let line = r#"{"level":"info","created_at":"2019-07-22T14:35:10Z","msg":"x"}"#;
        check(&[line], "time=created_at level=level message=msg");
        let mut keys = Keys::default();
        assert!(keys.add_json(line.as_bytes()));
        let is_time = |one: &Inferred| matches!(one.field, Field::Time(_));
        assert!(!keys.infer_untimed().iter().any(is_time));
    }

    #[test]
    fn without_a_time_nothing_is_inferred() {
        check(&[r#"{"level":"info","msg":"x"}"#], "");
    }
}
