//! Logs of a database server: prefixes of several layouts, severities of several languages, messages
//! that come again.
//!
//! In: nothing. Out: lines, each layout with each message, as the server writes them and as syslog
//! numbers them. Reads none.

/// What stands before a severity.
const PREFIXES: [&str; 10] = [
    "2019-10-25 05:40:12.345 UTC [4711] app@shop ",
    "2019-10-25 05:40:12 UTC [17] [unknown]@[unknown] ",
    "2019-10-25 05:40:12 UTC [4711]: [2-1] user=app,db=shop,client=10.0.0.5 ",
    "2019-10-25 05:40:12 UTC:10.0.0.3(53122):eve@shop:[4711]:",
    "1571982012.345 4711 ",
    "2019-10-25 05:40:12.345 CEST [4711] 10.0.0.7 a@b ",
    "2019-10-25 07:40:12.345 +02 [4711] ",
    "2019-10-25T05:40:12.345+02:00 [4711] a@b,c@d ",
    "[4711] user=app ",
    "",
];

/// What stands behind a prefix, with the lines that go on with it.
const MESSAGES: [&str; 19] = [
    "LOG:  duration: 12.500 ms  statement: SELECT a FROM t WHERE b = 7",
    "LOG:  duration: 3.250 ms",
    "LOG:  duration: 12.500 ms  execute S_1: SELECT a\n\tFROM t\n\tWHERE b = 'x'",
    "LOG:  Dauer: 12.500 ms  Anweisung: SELECT a FROM t WHERE b = 7",
    "LOG:  durée : 12.500 ms, instruction : SELECT a FROM t",
    "СООБЩЕНИЕ:  продолжительность: 12.500 мс, оператор: SELECT a FROM t",
    "FATAL:  sorry, too many clients already",
    "FATAL:  53300: sorry, too many clients already",
    "ERROR:  deadlock detected",
    "DETAIL:  Process 7 waits for ShareLock on transaction 9; blocked by process 8.",
    "STATEMENT:  UPDATE t SET a = 7 WHERE b = 'x'",
    "FEHLER:  Verklemmung (Deadlock) entdeckt",
    "ERREUR :  la relation n'existe pas au caractère 15",
    "ANWEISUNG:  UPDATE t SET a = 7",
    "ОШИБКА:  обнаружена взаимоблокировка",
    "LOG:  checkpoint complete: wrote 17 buffers (0.1%)",
    "LOG:  connection received: host=10.0.0.7 port=5432",
    "DEBUG2:  shop till till-17 is gone",
    "LOG:  process 7 still waiting for ShareLock on transaction 9 after 1000.123 ms",
];

/// A log for each prefix, and one of all.
pub(super) fn logs() -> Vec<(String, String)> {
    let log = |prefix: &&str| -> String {
        let entries = MESSAGES.iter();
        entries.map(|text| format!("{prefix}{text}\n")).collect()
    };
    let each = PREFIXES.iter().map(log);
    let mut logs: Vec<String> = each.collect();
    logs.push(logs.concat());
    let named = logs.into_iter().enumerate();
    named
        .map(|(i, text)| (format!("server {i}"), text))
        .collect()
}

/// The same as syslog has it: each line numbered within its entry, a tab written as a number.
pub(super) fn in_syslog(text: &str) -> String {
    let (mut entry, mut part) = (0, 0);
    let line = |line: &str| {
        let goes_on = line.starts_with('\t');
        part = if goes_on { part + 1 } else { 1 };
        entry += u32::from(!goes_on);
        let line = line.replace('\t', "#011");
        format!("Feb  3 06:09:12 db-1 postgres[812]: [{entry}-{part}] {line}\n")
    };
    text.lines().map(line).collect()
}
