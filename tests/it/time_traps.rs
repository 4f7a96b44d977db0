//! The traps that time stamps lay, each by a log that falls into it: years, zones, clocks, order.

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use rfo::analysis::Snapshot;
use rfo::clock::words::{rfc3339, utc};
use rfo::clock::{NS_PER_S, Zone, zone_text};
use rfo::formats::catalogue;
use rfo::formats::parse::parse_text;
use tempfile::TempDir;

use crate::made::{analysed, folder};

/// A file in a folder of its own, last changed at `modified` (RFC 3339).
fn file(name: &str, text: &str, modified: &str) -> (TempDir, PathBuf) {
    let folder = folder(&[(name.to_owned(), text.as_bytes().to_vec())]);
    let path = folder.path().join(name);
    let since = Duration::from_nanos(u64::try_from(ns(modified)).expect("after 1970"));
    let opened = File::options().append(true).open(&path).expect("opens");
    opened
        .set_modified(UNIX_EPOCH + since)
        .expect("a time can be set");
    (folder, path)
}

fn ns(text: &str) -> i64 {
    rfo::formats::stamp::StampKind::Iso
        .read(text.as_bytes())
        .and_then(|stamp| rfo::formats::stamp::instant(stamp, Zone::UTC))
        .expect("a time")
}

fn zone(name: &str) -> Zone {
    zone_text(name).zone(None).expect("a zone")
}

/// The times of all events in the order of the lines.
fn times(snapshot: &Snapshot) -> Vec<String> {
    let mut found: Vec<(u64, i64)> = Vec::new();
    for (_, chunk) in snapshot.store.chunks() {
        found.extend((0..chunk.len()).map(|row| (chunk.line[row], chunk.time_ns[row])));
    }
    found.sort_unstable();
    found.into_iter().map(|(_, ns)| rfc3339(ns)).collect()
}

fn read(path: &PathBuf) -> Snapshot {
    analysed(std::slice::from_ref(path), |_| {})
}

fn assumptions(snapshot: &Snapshot) -> Vec<&str> {
    let spots = snapshot
        .blind_spots
        .iter()
        .filter(|spot| spot.kind == "time");
    spots.map(|spot| spot.what.as_str()).collect()
}

#[test]
fn a_duration_of_milliseconds_beside_a_stamp_of_seconds_gives_the_start_of_the_work() {
    let check = |format: &str, line: &str, expected: &str| {
        let format = catalogue::all()
            .find(|one| one.name == format)
            .expect("a format");
        let parsed = parse_text(format, Zone::UTC, line.as_bytes());
        let found: Vec<String> = parsed.chunk.time_ns.iter().copied().map(rfc3339).collect();
        assert_eq!(found, [expected], "{line}");
    };
    // The stamp is the END and cut off to its second; the work began 1.25 s before it.
    check(
        "nginx-timed",
        r#"203.0.113.9 - - [05/Mar/2024:14:00:05 +0000] "GET /a HTTP/1.1" 200 5 "-" "x" rt=1.250"#,
        "2024-03-05T14:00:03.750Z",
    );
    // The stamp is the START: the duration moves nothing.
    check(
        "envoy",
        r#"[2024-03-05T14:00:05.500Z] "GET /a HTTP/1.1" 200 - 0 5 1250 - "203.0.113.9" "x" "id" "a.example" "10.0.0.1:80""#,
        "2024-03-05T14:00:05.500Z",
    );
}

#[test]
fn a_file_without_years_ends_when_it_was_last_changed() {
    let text = "Dec 30 10:00:00 a b: x\nDec 31 23:59:59 a b: x\nJan  1 00:00:01 a b: x\nDec 31 23:59:58 a b: x\nJan  2 00:00:00 a b: x\n";
    let (_folder, path) = file("messages", text, "2020-01-02T00:00:01Z");
    let snapshot = read(&path);
    assert_eq!(
        times(&snapshot),
        [
            "2019-12-30T10:00:00Z",
            "2019-12-31T23:59:59Z",
            "2020-01-01T00:00:01Z",
            "2019-12-31T23:59:58Z",
            "2020-01-02T00:00:00Z"
        ]
    );
    assert!(
        snapshot.inputs[0].zone.contains("last changed on"),
        "{}",
        snapshot.inputs[0].zone
    );
    assert_eq!(assumptions(&snapshot), Vec::<&str>::new());
}

#[test]
fn a_line_of_late_december_is_not_of_the_year_in_which_its_file_was_copied() {
    let (_folder, path) = file(
        "messages",
        "Dec 30 10:00:00 a b: x\n",
        "2020-03-01T00:00:00Z",
    );
    assert_eq!(times(&read(&path)), ["2019-12-30T10:00:00Z"]);
}

#[test]
fn the_date_in_a_files_name_gives_the_year() {
    let text = "Dec 30 10:00:00 a b: x\nJan  4 10:00:00 a b: x\n";
    for name in [
        "messages-20180105",
        "app.2018-01-05.log",
        "app-2018-01-04.log",
    ] {
        let (_folder, path) = file(name, text, "2024-06-01T00:00:00Z");
        let found = times(&read(&path));
        assert_eq!(
            found,
            ["2017-12-30T10:00:00Z", "2018-01-04T10:00:00Z"],
            "{name}"
        );
    }
}

/// Clocks over two midnights.
const CLOCKS: &str = "22:00:00.5 INFO a\n23:59:59.9 INFO a\n00:00:01.0 ERROR b\n23:59:59.5 INFO c\n09:00:00.0 INFO a\n20:00:00.0 INFO a\n01:30:00.0 INFO a\n";

/// What `CLOCKS` say from that day on.
fn clocks_from(days: [&str; 3]) -> Vec<String> {
    let clocks = [
        (0, "22:00:00.500"),
        (0, "23:59:59.900"),
        (1, "00:00:01"),
        (0, "23:59:59.500"),
        (1, "09:00:00"),
        (1, "20:00:00"),
        (2, "01:30:00"),
    ];
    let one = |(day, clock): (usize, &str)| format!("{}T{clock}Z", days[day]);
    clocks.map(one).to_vec()
}

#[test]
fn clocks_without_a_date_end_when_their_file_was_last_changed_which_is_an_assumption() {
    let (_folder, path) = file("app.log", CLOCKS, "2024-03-01T01:30:02Z");
    let snapshot = read(&path);
    let expected = clocks_from(["2024-02-28", "2024-02-29", "2024-03-01"]);
    assert_eq!(times(&snapshot), expected);
    let words =
        "clocks without a date: dates from 28 Feb 2024: the file was last changed on 1 Mar 2024";
    let said = assumptions(&snapshot);
    assert!(said.iter().any(|one| one.contains(words)), "{said:?}");
    assert!(snapshot.inputs[0].zone.contains("dates from 28 Feb 2024"));
}

#[test]
fn the_date_in_a_files_name_gives_that_of_its_first_clock() {
    let expected = clocks_from(["2024-03-04", "2024-03-05", "2024-03-06"]);
    let named = "dates from 4 Mar 2024: the file's name says 2024-03-04";
    // As it was written, and as it was copied later.
    for modified in ["2024-03-06T01:30:00Z", "2025-01-01T12:00:00Z"] {
        let (_folder, path) = file("app-2024-03-04.log", CLOCKS, modified);
        let snapshot = read(&path);
        assert_eq!(times(&snapshot), expected, "{modified}");
        let said = assumptions(&snapshot);
        assert!(said.iter().any(|one| one.contains(named)), "{said:?}");
    }
    // A rotated log bears the day after its own.
    let (_folder, path) = file(
        "app.log-20240304",
        "10:00:00 a\n23:00:00 b\n",
        "2024-03-03T23:00:00Z",
    );
    assert_eq!(
        times(&read(&path)),
        ["2024-03-03T10:00:00Z", "2024-03-03T23:00:00Z"]
    );
}

#[test]
fn a_whole_stamp_beside_a_clock_gives_its_date() {
    let text = "10:00:00 ready\n10:00:01 open\n10:00:02 open\n23:00:00 started again at 2016-03-04 23:00:01\n10:00:01 expires 2019-01-01 00:00:00\n";
    let (_folder, path) = file("app.log", text, "2024-06-01T00:00:00Z");
    let snapshot = read(&path);
    assert_eq!(
        times(&snapshot),
        [
            "2016-03-04T10:00:00Z",
            "2016-03-04T10:00:01Z",
            "2016-03-04T10:00:02Z",
            "2016-03-04T23:00:00Z",
            "2016-03-05T10:00:01Z"
        ]
    );
    let said = assumptions(&snapshot);
    assert!(
        !said.iter().any(|one| one.contains("without a date")),
        "{said:?}"
    );
}

#[test]
fn days_of_clocks_are_carried_through_many_blocks_on_any_number_of_threads() {
    // A line a minute over nine days, each long: some 3 MB.
    let line = |i: usize| {
        format!(
            "{:02}:{:02}:00 INFO {}\n",
            i / 60 % 24,
            i % 60,
            "x".repeat(230)
        )
    };
    let text: String = (0..9 * 1440).map(line).collect();
    let (_folder, path) = file("app-2024-02-25.log", &text, "2025-01-01T00:00:00Z");
    for threads in [1, 3] {
        let snapshot = analysed(std::slice::from_ref(&path), |options| {
            options.threads = threads
        });
        let found = times(&snapshot);
        assert_eq!(found.len(), 9 * 1440);
        let ends = (found[0].as_str(), found[found.len() - 1].as_str());
        assert_eq!(ends, ("2024-02-25T00:00:00Z", "2024-03-04T23:59:00Z"));
        assert!(found.is_sorted());
    }
}

#[test]
fn a_whole_stamp_in_a_line_gives_the_year() {
    let text = "Mar  4 10:00:00 a app[7]: ready\nMar  4 10:00:01 a app[7]: 2016-03-04 10:00:00,990 WARN slow\n";
    let (_folder, path) = file("app.log", text, "2024-06-01T00:00:00Z");
    assert_eq!(
        times(&read(&path)),
        ["2016-03-04T10:00:00Z", "2016-03-04T10:00:00.990Z"]
    );
}

#[test]
fn the_29th_of_february_is_of_a_year_that_has_one() {
    let text = "Feb 28 10:00:00 a b: x\nFeb 29 10:00:00 a b: x\nMar  1 10:00:00 a b: x\n";
    let (_folder, path) = file("messages", text, "2023-06-01T00:00:00Z");
    assert_eq!(
        times(&read(&path)),
        [
            "2020-02-28T10:00:00Z",
            "2020-02-29T10:00:00Z",
            "2020-03-01T10:00:00Z"
        ]
    );
}

#[test]
fn a_copied_file_without_years_is_of_the_days_of_the_others() {
    let (folder, path) = file(
        "messages",
        "Mar  4 10:00:00 a b: x\n",
        "2024-06-01T00:00:00Z",
    );
    let other = folder.path().join("app.log");
    fs::write(
        &other,
        "2016-03-04T10:00:05Z INFO a\n2016-03-04T10:00:06Z INFO b\n",
    )
    .expect("written");
    let snapshot = analysed(&[path, other], |_| {});
    let first = snapshot.range.expect("a range").0;
    assert_eq!(rfc3339(first), "2016-03-04T10:00:00Z");
    assert!(
        assumptions(&snapshot)[0].contains("app.log"),
        "{:?}",
        assumptions(&snapshot)
    );
}

#[test]
fn years_are_carried_through_many_blocks_on_any_number_of_threads() {
    let start_s = 1_546_300_800;
    let line = |i: i64| {
        let stamp = utc((start_s + i * 2_000) * NS_PER_S).format("%b %e %H:%M:%S");
        format!("{stamp} web-1 app[77]: request {i} was served as always, nothing to see in here\n")
    };
    let text: String = (0..45_000).map(line).collect();
    assert!(text.len() > 3 << 20);
    let last_ns = (start_s + 44_999 * 2_000) * NS_PER_S;
    let (_folder, path) = file("messages", &text, &rfc3339(last_ns));
    for threads in [1, 4] {
        let snapshot = analysed(std::slice::from_ref(&path), |options| {
            options.threads = threads
        });
        let range = snapshot
            .range
            .map(|(first, last)| (rfc3339(first), rfc3339(last)));
        assert_eq!(
            range,
            Some((rfc3339(start_s * NS_PER_S), rfc3339(last_ns))),
            "{threads}"
        );
    }
}

#[test]
fn the_hour_that_clocks_show_twice_is_read_twice() {
    let times_ns: Vec<i64> = (0..240)
        .map(|i| ns("2019-10-26T23:00:00Z") + i * 60 * NS_PER_S)
        .collect();
    let berlin = zone("Europe/Berlin");
    let line = |ns: &i64| {
        format!(
            "{} INFO tick\n",
            berlin.local(*ns).format("%Y-%m-%d %H:%M:%S")
        )
    };
    let text: String = times_ns.iter().map(line).collect();
    let (_folder, path) = file("app.log", &text, "2019-10-27T04:00:00Z");
    let snapshot = analysed(&[path], |options| options.zone = Some(berlin));
    let expected: Vec<String> = times_ns.into_iter().map(rfc3339).collect();
    assert_eq!(times(&snapshot), expected);
}

#[test]
fn a_zone_of_one_source_is_not_that_of_another_and_none_is_guessed_silently() {
    let text = "2024-07-05 10:00:00 INFO a\n2024-07-05 10:00:01 INFO b\n";
    let (folder, path) = file("app.log", text, "2024-07-05T10:00:01Z");
    let other = folder.path().join("db.log");
    fs::write(&other, text).expect("written");
    let snapshot = analysed(&[path, other], |options| {
        options.source_zones = vec![("db*".to_owned(), zone("America/New_York"))];
    });
    let first = |i: usize| snapshot.inputs[i].range.map(|range| rfc3339(range.0));
    assert_eq!(first(0).as_deref(), Some("2024-07-05T10:00:00Z"));
    assert_eq!(first(1).as_deref(), Some("2024-07-05T14:00:00Z"));
    let zones: Vec<&str> = snapshot
        .blind_spots
        .iter()
        .filter(|spot| spot.kind == "zone")
        .map(|spot| spot.source.as_str())
        .collect();
    assert_eq!(zones, ["app.log"]);
}

#[test]
fn dates_that_do_not_tell_day_from_month_are_said() {
    let line = |date: &str| format!("{date} 10:00:00 INFO a\n");
    let (_folder, path) = file(
        "app.log",
        &[line("03/04/2024"), line("03/04/2024")].concat(),
        "2024-06-01T00:00:00Z",
    );
    let snapshot = read(&path);
    assert_eq!(times(&snapshot)[0], "2024-03-04T10:00:00Z");
    assert!(assumptions(&snapshot)[0].contains("day from month"));
    let (_folder, path) = file(
        "app.log",
        &[line("12/04/2024"), line("13/04/2024")].concat(),
        "2024-06-01T00:00:00Z",
    );
    let snapshot = read(&path);
    assert_eq!(
        times(&snapshot),
        ["2024-04-12T10:00:00Z", "2024-04-13T10:00:00Z"]
    );
    assert_eq!(assumptions(&snapshot), Vec::<&str>::new());
}

#[test]
fn lines_out_of_order_and_in_order_are_the_same_events() {
    let line = |i: i64| {
        format!(
            "{} INFO line\n",
            utc(ns("2024-03-05T14:00:00Z") + i * 7 * NS_PER_S).format("%Y-%m-%dT%H:%M:%SZ")
        )
    };
    let ordered: String = (0..300).map(line).collect();
    let late: String = (0..300)
        .map(|i| line(i / 50 * 50 + (i * 37) % 50))
        .collect();
    let counts = |text: &str| {
        let (_folder, path) = file("app.log", text, "2024-03-05T15:00:00Z");
        let snapshot = read(&path);
        assert_eq!(snapshot.inputs[0].events, 300);
        let series = snapshot
            .series
            .iter()
            .map(|one| format!("{:?}", one.values));
        series.collect::<Vec<_>>()
    };
    assert_eq!(counts(&ordered), counts(&late));
}

#[test]
fn a_last_line_that_is_cut_off_is_counted_and_not_misread() {
    let whole = "{\"time\":\"2024-03-05T14:00:00Z\",\"level\":\"info\",\"msg\":\"a\"}\n";
    for cut in 1..whole.len() - 2 {
        let text = format!("{whole}{whole}{}", &whole[..cut]);
        let (_folder, path) = file("app.json", &text, "2024-03-05T15:00:00Z");
        let snapshot = read(&path);
        let input = &snapshot.inputs[0];
        assert_eq!(
            (input.lines, input.events, input.unparsed),
            (3, 2, 1),
            "{cut}"
        );
    }
    let (_folder, path) = file("app.json", whole.trim_end(), "2024-03-05T15:00:00Z");
    assert_eq!(
        read(&path).inputs[0].events,
        1,
        "only the line end is missing"
    );
}

#[test]
fn an_epoch_is_told_by_its_magnitude() {
    for stamp in [
        "1709647200",
        "1709647200.5",
        "1709647200000",
        "1709647200000000",
        "1709647200000000000",
    ] {
        let text = format!("{{\"ts\":{stamp},\"msg\":\"a\"}}\n");
        let (_folder, path) = file("app.json", &text, "2024-03-05T15:00:00Z");
        let found = times(&read(&path));
        assert!(
            found[0].starts_with("2024-03-05T14:00:00"),
            "{stamp}: {found:?}"
        );
    }
}

/// An access log in JSON and an application's log in logfmt of the same requests; the
/// application's clock is behind.
fn two_clocks(behind_ns: i64) -> TempDir {
    let (mut lb, mut app) = (String::new(), String::new());
    for i in 0..600 {
        let start_ns = ns("2024-03-05T14:00:00Z") + i * 3_141_592_653;
        let latency_ms = 40 + i * 29 % 160;
        let id = format!("7f3c{:012x}", i * 2_654_435_761);
        let end_ns = start_ns + latency_ms * 1_000_000;
        let within_ns = start_ns + latency_ms * 1_000_000 * (i * 37 % 101) / 100 - behind_ns;
        let line = format!(
            "{{\"time\":\"{}\",\"method\":\"GET\",\"path\":\"/a\",\"status\":200,\"duration_ms\":{latency_ms},\"request_id\":\"{id}\"}}\n",
            rfc3339(end_ns)
        );
        lb.push_str(&line);
        app.push_str(&format!(
            "ts={} level=info traceId={} msg=done\n",
            rfc3339(within_ns),
            id.to_uppercase()
        ));
    }
    folder(&[
        ("app.log".to_owned(), app.into_bytes()),
        ("lb.log".to_owned(), lb.into_bytes()),
    ])
}

#[test]
fn a_clock_that_is_behind_is_proposed_and_corrected_only_on_request() {
    let folder = two_clocks(45_200_000_000);
    let paths = [folder.path().join("app.log"), folder.path().join("lb.log")];
    let snapshot = analysed(&paths, |_| {});
    let [proposal] = &snapshot.clock_proposals[..] else {
        panic!("one proposal: {:?}", snapshot.clock_proposals);
    };
    assert_eq!(
        (proposal.source.as_str(), proposal.reference.as_str()),
        ("app.log", "lb.log")
    );
    assert!(
        (proposal.offset_ns - 45_200_000_000).abs() < 20_000_000,
        "{proposal:?}"
    );
    let (low, high) = proposal.interval_ns;
    assert!(
        low <= 45_200_000_000 && 45_200_000_000 <= high,
        "{proposal:?}"
    );
    assert_eq!(proposal.shared, 600);
    assert_eq!(proposal.flag(), "--clock 'app.log*=+45.2s'");
    let first = snapshot.inputs[0].range.expect("a range").0;
    assert!(
        first < ns("2024-03-05T14:00:00Z"),
        "nothing is applied: {}",
        rfc3339(first)
    );
    let said = snapshot.blind_spots.iter().any(|spot| spot.kind == "clock");
    let bucket_ns = snapshot.grid.expect("a grid").width.ns();
    assert_eq!(said, bucket_ns < proposal.offset_ns);

    let corrected = analysed(&paths, |options| {
        options.clock_offsets = vec![("app.log*".to_owned(), 45_200_000_000)];
    });
    assert_eq!(corrected.clock_proposals, []);
}

#[test]
fn clocks_that_agree_and_ids_that_are_not_shared_propose_nothing() {
    let folder = two_clocks(0);
    let paths = [folder.path().join("app.log"), folder.path().join("lb.log")];
    assert_eq!(analysed(&paths, |_| {}).clock_proposals, []);
}
