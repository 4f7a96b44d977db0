//! The words in front of a server's messages in the languages that PostgreSQL speaks
//! (`lc_messages`), as its translations of version 15 have them, some of older ones, and what
//! java.util.logging calls its levels.
//!
//! In: a word. Out: the level that it says, or that it belongs to the entry before. English ones
//! are known where lines are split (`front`): they are nearly all.

use super::front::Word;

const DEBUG: u8 = 0;
const INFO: u8 = 1;
const NOTICE: u8 = 2;
const WARNING: u8 = 3;
const ERROR: u8 = 4;
const FATAL: u8 = 5;

/// German, French, Spanish, Italian, Portuguese, Polish, Swedish, Turkish, Russian, Ukrainian,
/// Georgian, Chinese in both scripts, Korean, Japanese. Where two languages have one word for two
/// severities, the worse one.
const SEVERITIES: [(&str, u8); 84] = [
    ("FEHLER", ERROR),
    ("WARNUNG", WARNING),
    ("HINWEIS", NOTICE),
    ("PROTOKOLL", INFO),
    ("PANIK", FATAL),
    ("ERREUR", ERROR),
    ("ATTENTION", WARNING),
    ("AVERTISSEMENT", WARNING),
    ("JOURNAL", INFO),
    ("PANIQUE", FATAL),
    ("ADVERTENCIA", WARNING),
    ("REGISTRO", INFO),
    ("NOTICIA", NOTICE),
    ("PÁNICO", FATAL),
    ("ERRORE", ERROR),
    ("ATTENZIONE", WARNING),
    ("NOTIFICA", NOTICE),
    ("FATALE", FATAL),
    ("PANICO", FATAL),
    ("ERRO", ERROR),
    ("AVISO", WARNING),
    ("NOTA", NOTICE),
    ("PÂNICO", FATAL),
    ("BŁĄD", ERROR),
    ("OSTRZEŻENIE", WARNING),
    ("UWAGA", NOTICE),
    ("DZIENNIK", INFO),
    ("KATASTROFALNY", FATAL),
    ("PANIKA", FATAL),
    ("FEL", ERROR),
    ("VARNING", WARNING),
    ("NOTIS", NOTICE),
    ("LOGG", INFO),
    ("FATALT", FATAL),
    ("HATA", ERROR),
    ("UYARI", WARNING),
    ("BİLGİ", INFO),
    ("ÖLÜMCÜL", FATAL),
    ("ОШИБКА", ERROR),
    ("ПРЕДУПРЕЖДЕНИЕ", WARNING),
    ("ЗАМЕЧАНИЕ", NOTICE),
    ("СООБЩЕНИЕ", INFO),
    ("ИНФОРМАЦИЯ", INFO),
    ("ОТЛАДКА", DEBUG),
    ("ВАЖНО", FATAL),
    ("ПАНИКА", FATAL),
    ("ПОМИЛКА", ERROR),
    ("ПОПЕРЕДЖЕННЯ", WARNING),
    ("ПОВІДОМЛЕННЯ", NOTICE),
    ("ЗАПИСУВАННЯ", INFO),
    ("ІНФОРМАЦІЯ", INFO),
    ("ФАТАЛЬНО", FATAL),
    ("ПАНІКА", FATAL),
    ("შეცდომა", ERROR),
    ("გაფრთხილება", WARNING),
    ("ჟურნალი", INFO),
    ("ფატალური", FATAL),
    ("პანიკა", FATAL),
    ("错误", ERROR),
    ("錯誤", ERROR),
    ("警告", WARNING),
    ("注意", NOTICE),
    ("日志", INFO),
    ("日誌", INFO),
    ("信息", INFO),
    ("致命错误", FATAL),
    ("致命錯誤", FATAL),
    ("严重错误", FATAL),
    ("嚴重錯誤", FATAL),
    ("오류", ERROR),
    ("경고", WARNING),
    ("알림", NOTICE),
    ("로그", INFO),
    ("치명적오류", FATAL),
    // What only java.util.logging says.
    ("CONFIG", DEBUG),
    ("SCHWERWIEGEND", ERROR),
    ("GRAVE", ERROR),
    ("INFOS", INFO),
    ("INFORMACIÓN", INFO),
    ("INFORMAZIONI", INFO),
    ("AVVERTENZA", WARNING),
    ("严重", ERROR),
    ("重大", ERROR),
    ("情報", INFO),
];

/// What a server calls the statement of an entry.
const STATEMENTS: [&str; 18] = [
    "STATEMENT",
    "ANWEISUNG",
    "INSTRUCTION",
    "SENTENCIA",
    "INSTRUCCIÓN",
    "ISTRUZIONE",
    "COMANDO",
    "WYRAŻENIE",
    "SATS",
    "KOMUT",
    "ОПЕРАТОР",
    "ІНСТРУКЦІЯ",
    "ოპერატორი",
    "语句",
    "陳述式",
    "구문",
    "文",
    "ステートメント",
];

/// Detail, hint, context, query and place of an entry.
const ATTACHED: [&str; 52] = [
    "TIPP",
    "ANFRAGE",
    "ZUSAMMENHANG",
    "KONTEXT",
    "ORT",
    "DÉTAIL",
    "ASTUCE",
    "REQUÊTE",
    "CONTEXTE",
    "EMPLACEMENT",
    "DETALLE",
    "SUGERENCIA",
    "CONSULTA",
    "CONTEXTO",
    "UBICACIÓN",
    "DETTAGLI",
    "SUGGERIMENTO",
    "CONTESTO",
    "POSIZIONE",
    "DETALHE",
    "DICA",
    "LOCAL",
    "SZCZEGÓŁY",
    "PODPOWIEDŹ",
    "ZAPYTANIE",
    "KONTEKST",
    "DETALJ",
    "TIPS",
    "FRÅGA",
    "PLATS",
    "AYRINTI",
    "İPUCU",
    "SORGU",
    "ПОДРОБНОСТИ",
    "ПОДСКАЗКА",
    "ЗАПРОС",
    "КОНТЕКСТ",
    "ВІДОМОСТІ",
    "УКАЗІВКА",
    "ЗАПИТ",
    "详情",
    "详细信息",
    "詳情",
    "提示",
    "查询",
    "上下文",
    "상세정보",
    "힌트",
    "내용",
    "詳細",
    "ヒント",
    "文脈",
];

/// What a word of another language is. `None` for other words.
pub fn word(word: &[u8]) -> Option<Word> {
    let is_in = |words: &[&str]| words.iter().any(|known| known.as_bytes() == word);
    if let Some(level) = level(word) {
        Some(Word::Severity(Some(level)))
    } else if is_in(&STATEMENTS) {
        Some(Word::Statement)
    } else {
        is_in(&ATTACHED).then_some(Word::Attached)
    }
}

/// The level that a severity of another language than English says.
pub fn level(word: &[u8]) -> Option<u8> {
    let found = SEVERITIES
        .iter()
        .find(|(known, _)| known.as_bytes() == word);
    found.map(|(_, level)| *level)
}

/// Without the space that French puts in front of a colon.
pub fn without_gap(text: &[u8]) -> &[u8] {
    let spaces = [" ", "\u{a0}", "\u{202f}"];
    let gap = spaces
        .iter()
        .find_map(|gap| text.strip_suffix(gap.as_bytes()));
    gap.unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::events::{Number, Text};
    use crate::formats::parse::parse_text;

    /// `LEVEL LATENCY_US QUERY KIND lines/joined` of the first entry of a log, and how many there are.
    fn check(format: &str, text: &str, expected: &str) {
        let format = crate::formats::catalogue::builtin_named(format).expect("a definition");
        let parsed = parse_text(format, Zone::UTC, text.as_bytes());
        let number = |field| parsed.chunk.number_at(field, 0);
        let number = |field| number(field).map_or("-".to_owned(), |n| n.to_string());
        let text_of = |field: Text| match parsed.chunk.text_at(field, 0) {
            Some(symbol) => parsed.names[field as usize].text(symbol),
            None => "-".to_owned(),
        };
        let said = format!(
            "{} {} {} {} {}/{} {}",
            number(Number::Level),
            number(Number::LatencyUs),
            text_of(Text::Query),
            text_of(Text::Kind),
            parsed.lines,
            parsed.joined,
            parsed.chunk.len()
        );
        assert_eq!(said, expected, "{text}");
    }

    /// Lines behind one prefix, as a server's own log.
    fn entries(lines: &[&str]) -> String {
        let line = |line: &&str| match line.starts_with('\t') {
            true => format!("{line}\n"),
            false => format!("2024-02-03 06:09:12.000 UTC [7] app@till {line}\n"),
        };
        lines.iter().map(line).collect()
    }

    #[test]
    fn no_word_means_two_things() {
        let severities = SEVERITIES.iter().map(|(word, _)| *word);
        let mut words: Vec<&str> = severities.chain(STATEMENTS).chain(ATTACHED).collect();
        let n = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), n);
    }

    #[test]
    fn severities_and_what_is_attached_are_known_in_every_language() {
        let of = |severity: &str, detail: &str, statement: &str, expected: &str| {
            let lines = [
                format!("{severity}:  x"),
                format!("{detail}:  y"),
                format!("{statement}:  SELECT 7"),
            ];
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            check("postgresql", &entries(&lines), expected);
        };
        of("FEHLER", "DETAIL", "ANWEISUNG", "4 - select ? - 3/2 1");
        of("ERREUR", "DÉTAIL", "INSTRUCTION ", "4 - select ? - 3/2 1");
        of(
            "ADVERTENCIA",
            "DETALLE",
            "SENTENCIA",
            "3 - select ? - 3/2 1",
        );
        of("FATALE", "DETTAGLI", "ISTRUZIONE", "5 - select ? - 3/2 1");
        of("ERRO", "DETALHE", "COMANDO", "4 - select ? - 3/2 1");
        of("BŁĄD", "SZCZEGÓŁY", "WYRAŻENIE", "4 - select ? - 3/2 1");
        of("VARNING", "DETALJ", "SATS", "3 - select ? - 3/2 1");
        of("ОШИБКА", "ПОДРОБНОСТИ", "ОПЕРАТОР", "4 - select ? - 3/2 1");
        of("ПОМИЛКА", "ВІДОМОСТІ", "ІНСТРУКЦІЯ", "4 - select ? - 3/2 1");
        of("致命错误", "详情", "语句", "5 - select ? - 3/2 1");
        of("錯誤", "詳情", "陳述式", "4 - select ? - 3/2 1");
        of("오류", "상세정보", "명령 구문", "4 - select ? - 3/2 1");
        of("ERROR", "詳細", "文", "4 - select ? - 3/2 1");
    }

    #[test]
    fn durations_are_read_in_every_language() {
        let of = |message: &str| {
            let expected = "1 12500 select a from t where b = ? - 2/1 1";
            check(
                "postgresql",
                &entries(&[message, "\tWHERE b = 7"]),
                expected,
            );
        };
        of("LOG:  Dauer: 12.500 ms  Anweisung: SELECT a FROM t");
        of("LOG:  Dauer: 12.500 ms  Ausführen S_1/C_2: SELECT a FROM t");
        of("LOG:  durée : 12.500 ms, instruction : SELECT a FROM t");
        of("LOG:  durée : 12.500 ms  exécute S_1: SELECT a FROM t");
        of("LOG:  duración: 12.500 ms  sentencia: SELECT a FROM t");
        of("LOG:  durata: 12.500 ms  istruzione: SELECT a FROM t");
        of("LOG:  duração: 12.500 ms  comando: SELECT a FROM t");
        of("LOGG:  varaktighet: 12.500 ms  sats: SELECT a FROM t");
        of("СООБЩЕНИЕ:  продолжительность: 12.500 мс, оператор: SELECT a FROM t");
        of("СООБЩЕНИЕ:  продолжительность: 12.500 мс  выполнение S_1: SELECT a FROM t");
        of("ЗАПИСУВАННЯ:  тривалість: 12.500 мс, оператор: SELECT a FROM t");
        of("LOG:  期間: 12.500 ミリ秒  文: SELECT a FROM t");
        of("日志:  耗时: 12.500 ms  语句: SELECT a FROM t");
        of("日誌:  持續時間: 12.500 毫秒  陳述式: SELECT a FROM t");
        of("로그:  실행시간: 12.500 ms  명령 구문: SELECT a FROM t");
        check(
            "postgresql",
            &entries(&["LOG:  Dauer: 3.250 ms"]),
            "1 3250 - - 1/0 1",
        );
        check(
            "postgresql",
            &entries(&["LOG:  durée : 3.250 ms"]),
            "1 3250 - - 1/0 1",
        );
        check(
            "postgresql",
            &entries(&["LOGG:  varaktighet 3.250 ms"]),
            "1 3250 - - 1/0 1",
        );
    }

    #[test]
    fn what_went_wrong_is_known_in_some_languages() {
        let of = |line: &str, kind: &str, level: u8| {
            check(
                "postgresql",
                &entries(&[line]),
                &format!("{level} - - {kind} 1/0 1"),
            );
        };
        of(
            "FATAL:  tut mir leid, schon zu viele Verbindungen",
            "too many clients",
            5,
        );
        of(
            "FATAL:  désolé, trop de clients sont déjà connectés",
            "too many clients",
            5,
        );
        of(
            "FATAL:  lo siento, ya tenemos demasiados clientes",
            "too many clients",
            5,
        );
        of(
            "ВАЖНО:  извините, уже слишком много клиентов",
            "too many clients",
            5,
        );
        of("FEHLER:  Verklemmung (Deadlock) entdeckt", "deadlock", 4);
        of("ОШИБКА:  обнаружена взаимоблокировка", "deadlock", 4);
        of(
            "FEHLER:  storniere Anfrage wegen Zeitüberschreitung der Anfrage",
            "statement canceled",
            4,
        );
        of(
            "LOG:  Prozess 7 wartet immer noch auf ShareLock-Sperre auf Transaktion 9 nach 1000,123 ms",
            "lock wait",
            1,
        );
    }

    #[test]
    fn other_words_in_front_of_a_colon_are_none() {
        assert_eq!(word("BESTELLUNG".as_bytes()), None);
        assert_eq!(word(b""), None);
        let text = "2024-02-03 06:09:12.000 UTC [7] BESTELLUNG:  x\n";
        let format = crate::formats::catalogue::builtin_named("postgresql").expect("a definition");
        assert_eq!(parse_text(format, Zone::UTC, text.as_bytes()).unparsed, 1);
    }

    #[test]
    fn csvlog_and_jsonlog_say_levels_in_the_same_words() {
        let csv = "2024-02-03 06:09:12.000 UTC,\"app\",\"till\",7,\"10.0.0.3:5012\",65bd.1,1,\"SELECT\",2024-02-03 06:00:00 UTC,3/1,0,FEHLER,40P01,\"Verklemmung (Deadlock) entdeckt\",,,,,,\"SELECT 7\",,,\"psql\"\n";
        check("postgresql-csv", csv, "4 - select ? deadlock 1/0 1");
        let csv = "2024-02-03 06:09:12.000 UTC,\"app\",\"till\",7,\"10.0.0.3:5012\",65bd.1,1,\"SELECT\",2024-02-03 06:00:00 UTC,3/1,0,LOG,00000,\"Dauer: 12.500 ms  Anweisung: SELECT 7\",,,,,,,,,\"psql\"\n";
        check("postgresql-csv", csv, "1 12500 select ? - 1/0 1");
        let json = "{\"timestamp\":\"2024-02-03 06:09:12.000 UTC\",\"pid\":7,\"error_severity\":\"ОШИБКА\",\"state_code\":\"40P01\",\"message\":\"обнаружена взаимоблокировка\",\"backend_type\":\"client backend\"}\n";
        check("postgresql-json", json, "4 - - deadlock 1/0 1");
    }
}
