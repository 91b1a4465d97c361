//! The words that a user types: compared without regard to case and to British or American spelling, the known word
//! that is nearest to an unknown one, and a place in a text.

/// Whether both are the same word: `Colour` is `color`, `grey` is `gray`.
pub(crate) fn same(a: &str, b: &str) -> bool {
    plain(a) == plain(b)
}

/// A word in lower case and American spelling.
fn plain(word: &str) -> String {
    let spellings = [("colour", "color"), ("grey", "gray"), ("centre", "center"), ("_", "-")];
    spellings.iter().fold(word.to_lowercase(), |word, (from, to)| word.replace(from, to))
}

/// The known word that the user most likely meant: one that begins with `typed`, or differs in few letters.
pub(crate) fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Fewer letters begin too many words.
    const SHORTEST_BEGINNING: usize = 3;
    /// Two of five letters wrong: of more, hardly anything is left of the word.
    const LEAST_LIKENESS: f64 = 0.6;
    let typed = plain(typed);
    let likeness = |word: &str| {
        let word = plain(word);
        if typed.len() >= SHORTEST_BEGINNING && word.starts_with(&typed) {
            return 1.0;
        }
        // Of `selfie-landscape`, the first part is what people remember.
        let first = word.split('-').next().unwrap_or(&word);
        let likeness = |word: &str| {
            // Each letter too many is a difference: a text of pages need not be compared with a word.
            let (typed_length, length) = (typed.chars().count(), word.chars().count());
            let most = typed_length.min(length) as f64 / typed_length.max(length).max(1) as f64;
            if most < LEAST_LIKENESS { 0.0 } else { strsim::normalized_damerau_levenshtein(&typed, word) }
        };
        likeness(&word).max(likeness(first))
    };
    let scored = known.into_iter().map(|word| (likeness(word), word));
    let best = scored.filter(|(score, _)| *score >= LEAST_LIKENESS).max_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, word)| word)
}

/// Joins "there is no NAME" and "choose one of …": a semicolon, and the nearest known word if there is one.
pub(crate) fn did_you_mean<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(typed, known).map_or(";".into(), |word| format!("; did you mean '{word}'? Otherwise"))
}

/// The line and column of a byte offset in a text, both counted from 1. An offset within a character is that character's:
/// naga names such ones where a text ends too soon.
pub(crate) fn place(text: &str, offset: usize) -> (usize, usize) {
    let start = (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    let before = &text[..start.unwrap_or_default()];
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
