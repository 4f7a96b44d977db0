//! The lines that servers, databases and programs write while something is wrong: each is
//! recognised by itself and says the right time, level, duration, client and kind.

use rfo::clock::Zone;
use rfo::clock::words::rfc3339;
use rfo::events::{Number, Text};
use rfo::formats::{builtin, parse};
use rfo::lines::LineBatch;

/// `start level latency_us client kind` of the last event of some lines; `-` is absent.
fn said(format: &str, lines: &str) -> String {
    let format = builtin()
        .find(|known| known.name == format)
        .unwrap_or_else(|| panic!("{format} is no format"));
    let batch = LineBatch::split(lines.as_bytes().to_vec(), 0);
    let parsed = parse(format, Zone::UTC, &batch);
    let Some(row) = parsed.chunk.len().checked_sub(1) else {
        return "unparsed".to_owned();
    };
    let number = |field| {
        let value = parsed.chunk.number_at(field, row);
        value.map_or("-".to_owned(), |value| value.to_string())
    };
    let text = |field: Text| {
        let symbol = parsed.chunk.text_at(field, row);
        symbol.map_or("-".to_owned(), |symbol| {
            parsed.names[field as usize].text(symbol)
        })
    };
    [
        rfc3339(parsed.chunk.time_ns[row]),
        number(Number::Level),
        number(Number::LatencyUs),
        text(Text::Client),
        text(Text::Kind),
    ]
    .join(" ")
}

fn check(format: &str, lines: &str, expected: &str) {
    assert_eq!(said(format, lines), expected, "{format}: {lines}");
}

#[test]
fn mysql_entries_without_a_time_have_that_of_their_neighbours() {
    let head = "# Time: 150722 15:35:10\n# User@Host: api[api] @ app-1 [10.0.0.4]\n# Query_time: 1.5  Lock_time: 0.1\nSELECT 1;\n";
    let next = "# User@Host: web[web] @  [10.0.0.5]\n# Query_time: 2.0  Lock_time: 0.1\n";
    check(
        "mysql-slow",
        &format!("{head}{next}SELECT 2;\n"),
        "2015-07-22T15:35:08Z - 2000000 10.0.0.5 -",
    );
    // What the entry itself says of its end goes before its neighbour's stamp.
    check(
        "mysql-slow",
        &format!("{head}{next}use shop;\nSET timestamp=1437579315;\nSELECT 2;\n"),
        "2015-07-22T15:35:13Z - 2000000 10.0.0.5 -",
    );
    check(
        "mysql-slow",
        &format!("{next}SELECT 2;\n{head}"),
        "2015-07-22T15:35:08.500Z - 1500000 10.0.0.4 -",
    );
    check(
        "mysql-slow",
        &format!(
            "{head}/usr/sbin/mysqld, Version: 8.0.19 (MySQL). started with:\nTcp port: 3306  Unix socket: /run/mysqld.sock\nTime                 Id Command    Argument\n{next}SELECT 2;\n"
        ),
        "2015-07-22T15:35:08Z - 2000000 10.0.0.5 -",
    );
    check(
        "mysql-slow",
        "# Time: 2015-07-22T15:35:10.5Z\n# User@Host: a[a] @ localhost []  Id: 8\n# Schema: shop  Last_errno: 1317  Killed: 1\n# Query_time: 30.5  Lock_time: 0  Rows_sent: 0\nSELECT sleep(60);\n",
        "2015-07-22T15:34:40Z - 30500000 localhost -",
    );
}

#[test]
fn postgresql_says_who_waits_and_who_is_sent_away() {
    let stamp = "2019-10-25 05:40:13.346 UTC";
    let csv = |message: &str, level: &str| {
        format!(
            "{stamp},\"app\",\"print\",4712,\"10.0.0.5:53122\",5db28a10.1268,1,\"x\",2019-10-25 05:35:12 UTC,7/82,0,{level},53300,\"{message}\",,,,,,,,,\"\"\n"
        )
    };
    for (message, level, kind) in [
        (
            "process 7 still waiting for ShareLock on transaction 8 after 1000.123 ms",
            "LOG 1",
            "lock wait",
        ),
        (
            "sorry, too many clients already",
            "FATAL 5",
            "too many clients",
        ),
        ("deadlock detected", "ERROR 4", "deadlock"),
        (
            "canceling statement due to statement timeout",
            "ERROR 4",
            "statement canceled",
        ),
    ] {
        let (word, number) = level.split_once(' ').expect("a word and a number");
        let time = "2019-10-25T05:40:13.346Z";
        check(
            "postgresql",
            &format!("{stamp} [7] app@print {word}:  {message}\n"),
            &format!("{time} {number} - - {kind}"),
        );
        check(
            "postgresql-csv",
            &csv(message, word),
            &format!("{time} {number} - 10.0.0.5 {kind}"),
        );
        check(
            "postgresql-json",
            &format!(
                r#"{{"timestamp":"{stamp}","error_severity":"{word}","message":"{message}"}}"#
            ),
            &format!("{time} {number} - - {kind}"),
        );
    }
}

/// Format, line, what is read.
const RUN_OUT: &[(&str, &str, &str)] = &[
    (
        "mysql-error",
        "2020-03-24T13:52:14.500000Z 812 [Warning] Too many connections",
        "2020-03-24T13:52:14.500Z 4 - - too many clients",
    ),
    (
        "pgbouncer",
        "2019-10-25 05:40:10.075 UTC [1193] WARNING C-0x55d1b2: relay/relay@10.0.7.4:41022 pooler error: no more connections allowed (max_client_conn)",
        "2019-10-25T05:40:10.075Z 3 - 10.0.7.4 too many clients",
    ),
    (
        "pgbouncer",
        "2019-10-25 05:40:10.075 UTC [1193] LOG C-0x55d1b2: relay/app@10.0.7.4:41022 closing because: query_wait_timeout (age=120s)",
        "2019-10-25T05:40:10.075Z 4 - 10.0.7.4 pool exhausted",
    ),
    (
        "redis",
        "4961:M 30 May 2022 12:50:13.457 # Out Of Memory allocating 1048576 bytes!",
        "2022-05-30T12:50:13.457Z 4 - - out of memory",
    ),
    (
        "php-fpm",
        "[01-Dec-2022 06:04:10] WARNING: [pool www] server reached pm.max_children setting (50), consider raising it",
        "2022-12-01T06:04:10Z 4 - - no worker connections",
    ),
    (
        "java",
        "2022-12-01 06:04:10.123 ERROR 1443 --- [nio-8080-exec-7] o.h.engine.jdbc.spi.SqlExceptionHelper   : HikariPool-1 - Connection is not available, request timed out after 30000ms.",
        "2022-12-01T06:04:10.123Z 4 - - pool exhausted",
    ),
    (
        "lambda",
        "2022-12-01T06:04:13.000Z 6b1d2c6e-9c1b-4b7e-8f2a-0a9d2f3b4c5d Task timed out after 3.00 seconds",
        "2022-12-01T06:04:13Z 4 - - function timeout",
    ),
    (
        "kernel",
        "2022-12-01T06:04:08.100000+00:00 web-1 kernel: Out of memory: Killed process 1443 (java) total-vm:8123456kB",
        "2022-12-01T06:04:08.100Z 5 - - out of memory",
    ),
    (
        "kernel",
        "[Thu Dec  1 06:04:10 2022] INFO: task postgres:812 blocked for more than 120 seconds.",
        "2022-12-01T06:04:10Z 4 - - hung task",
    ),
    (
        "gunicorn",
        "[2022-12-01 06:04:10 +0000] [1] [CRITICAL] WORKER TIMEOUT (pid:1450)",
        "2022-12-01T06:04:10Z 5 - - worker timeout",
    ),
    (
        "nginx-error",
        "2022/12/01 06:04:12 [alert] 1443#1443: 1024 worker_connections are not enough",
        "2022-12-01T06:04:12Z 5 - - no worker connections",
    ),
    (
        "nginx-error",
        r#"2022/12/01 06:04:10 [error] 7#7: *8 upstream timed out (110: Connection timed out) while reading response header from upstream, client: 203.0.113.9, server: _, request: "GET /a HTTP/1.1", upstream: "http://10.2.0.14:8080/a", host: "a""#,
        "2022-12-01T06:04:10Z 4 - 203.0.113.9 upstream timed out",
    ),
    (
        "apache-error",
        "[Thu Dec 01 06:04:12.500000 2022] [mpm_prefork:error] [pid 1] AH00161: server reached MaxRequestWorkers setting, consider raising the MaxRequestWorkers setting",
        "2022-12-01T06:04:12.500Z 4 - - no worker connections",
    ),
    (
        "mongodb",
        r#"{"t":{"$date":"2022-07-28T18:00:02.500+02:00"},"s":"W","c":"NETWORK","id":22943,"ctx":"listener","msg":"connection refused because there are too many open connections","attr":{"remote":"10.0.0.5:53122","connectionCount":819}}"#,
        "2022-07-28T16:00:02.500Z 4 - 10.0.0.5 too many clients",
    ),
    (
        "mongodb-text",
        "2019-06-18T11:58:59.812+0100 I WRITE    [conn7] update shop.carts command: { q: { _id: 7.0 } } planSummary: IDHACK locks:{ Global: { acquireCount: { r: 1 } } } storage:{} 812ms",
        "2019-06-18T10:58:59Z 1 812000 - update",
    ),
    (
        "elasticsearch",
        "[2018-05-17T08:29:17,000][WARN ][r.suppressed             ] [node-a] path: /orders/_search: CircuitBreakingException[[parent] Data too large]",
        "2018-05-17T08:29:17Z 3 - - circuit breaker",
    ),
    (
        "kafka",
        "[2017-08-04 10:50:21,048] INFO [Partition orders-3 broker=1] Shrinking ISR from 1,2,3 to 1. (kafka.cluster.Partition)",
        "2017-08-04T10:50:21.048Z 1 - - replicas shrink",
    ),
    (
        "rabbitmq",
        "2021-03-02 09:15:02.118 [warning] <0.812.0> memory resource limit alarm set on node 'rabbit@mq-1'.",
        "2021-03-02T09:15:02.118Z 3 - - memory or disk alarm",
    ),
    (
        "etcd",
        r#"{"level":"warn","ts":"2021-03-02T09:15:02.118Z","caller":"etcdserver/util.go:166","msg":"apply request took too long","took":"1.25s","expected-duration":"100ms"}"#,
        "2021-03-02T09:15:00.868Z 3 1250000 - slow apply",
    ),
    (
        "heroku-router",
        r#"2022-12-01T06:04:40.123456+00:00 heroku[router]: at=error code=H12 desc="Request timeout" method=GET path="/" host=a request_id=b fwd="203.0.113.9" dyno=web.1 connect=1ms service=30000ms status=503 bytes=0 protocol=https"#,
        "2022-12-01T06:04:10.123456Z - 30000000 203.0.113.9 -",
    ),
    (
        "celery",
        "[2022-12-01 06:04:11,000: ERROR/ForkPoolWorker-2] Task shop.mail.send[7b1d] raised unexpected: TimeoutError()",
        "2022-12-01T06:04:11Z 4 - - shop.mail.send",
    ),
    (
        "sidekiq",
        "2022-12-01T06:04:11.000Z pid=1443 tid=oxu class=PayJob jid=c4a5 elapsed=30.5 INFO: fail",
        "2022-12-01T06:03:40.500Z 1 30500000 - PayJob",
    ),
    (
        "java-gc",
        "[2022-12-01T06:04:14.000+0000][info][gc] GC(15) Pause Full (G1 Compaction Pause) 250M->249M(256M) 2500.000ms",
        "2022-12-01T06:04:11.500Z 3 2500000 - full garbage collection",
    ),
];

#[test]
fn servers_say_what_has_run_out() {
    for (format, line, expected) in RUN_OUT {
        check(format, line, expected);
    }
}

/// A unit or a level that is not certain is left out.
#[test]
fn what_is_not_certain_is_absent() {
    check(
        "kernel",
        "[812345.678901] Out of memory: Killed process 1445 (java)",
        "unparsed",
    );
    check(
        "clef",
        r#"{"@t":"2022-12-01T06:04:11Z","@m":"x"}"#,
        "2022-12-01T06:04:11Z - - - -",
    );
    check(
        "zap",
        r#"{"level":"info","ts":1669874650.5,"caller":"a.go:1","msg":"x","latency":"12 parts"}"#,
        "2022-12-01T06:04:10.500Z 1 - - -",
    );
}
