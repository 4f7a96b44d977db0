//! Which end of a timeline is the first, as its words tell.
//!
//! In: the words of the entries in the order of the text. Out: what it costs to read them oldest
//! first and newest first.

/// Newest first, where the words do not say; and against the words.
const UNTOLD: f64 = 0.75;
const AGAINST_WORDS: f64 = 2.0;
/// What oldest first and newest first cost, as the words of first and last entries go.
pub(super) fn prices_of_order(words: &[String], chain: &[usize]) -> [f64; 2] {
    let early = [
        "investigat",
        "begin",
        "began",
        "start",
        "detect",
        "alert",
        "report",
        "occur",
    ];
    let late = [
        "resolved",
        "restored",
        "closed",
        "completed",
        "recovered",
        "postmortem",
    ];
    let place = |stems: &[&str]| {
        let told = |i: usize| {
            let text = words[i].get(..200).unwrap_or(&words[i]).to_lowercase();
            stems.iter().any(|stem| text.contains(stem))
        };
        let places: Vec<f64> = chain
            .iter()
            .enumerate()
            .filter(|&(_, &i)| told(i))
            .map(|(k, _)| k as f64)
            .collect();
        (!places.is_empty()).then(|| places.iter().sum::<f64>() / places.len() as f64)
    };
    match place(&early).zip(place(&late)) {
        Some((early, late)) if early < late => [0.0, AGAINST_WORDS],
        Some((early, late)) if late < early => [AGAINST_WORDS, 0.0],
        _ => [0.0, UNTOLD],
    }
}
