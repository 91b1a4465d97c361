//! A lexer for WGSL, for checks before naga parses the text. Drops comments.

/// A word (name, keyword, number) or one punctuation character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    /// Byte offset.
    pub(super) at: usize,
    /// Number of braces open around it. A brace belongs to the outside of its block.
    pub(super) depth: usize,
}

impl Token<'_> {
    pub(super) fn is_name(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// What ends a comment of a line: every line break of WGSL, or code could hide behind a comment from these checks.
/// Source: WGSL (W3C), 3.2 blankspace.
const LINE_ENDS: [char; 7] = ['\n', '\u{b}', '\u{c}', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// All tokens of a text. Source: WGSL (W3C), 3.3 comments, 3.6 tokens.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let (mut tokens, mut depth, mut at) = (Vec::new(), 0usize, 0);
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = if rest.starts_with("//") {
            rest.find(LINE_ENDS).unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            comment(rest)
        } else if first.is_whitespace() {
            first.len_utf8()
        } else {
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let length = match is_word(first) {
                true => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
                false => first.len_utf8(),
            };
            if first == '}' {
                depth = depth.saturating_sub(1);
            }
            tokens.push(Token { text: &rest[..length], at, depth });
            if first == '{' {
                depth += 1;
            }
            length
        };
        at += length;
    }
    tokens
}

/// Length in bytes of a comment in `/* */`. Such comments nest.
fn comment(text: &str) -> usize {
    let (mut open, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            (open, at) = (open + 1, at + 2);
        } else if rest.starts_with("*/") {
            (open, at) = (open - 1, at + 2);
            if open == 0 {
                break;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// The declarations at module scope: the indices of keyword and name in `tokens`.
pub(super) fn declarations(tokens: &[Token<'_>]) -> Vec<(usize, usize)> {
    let keywords = ["fn", "var", "const", "override", "struct", "alias"];
    let outer = tokens.iter().enumerate().filter(|(_, t)| t.depth == 0 && keywords.contains(&t.text));
    let name = |keyword: usize| match tokens.get(keyword + 1) {
        // var<private> name
        Some(open) if open.text == "<" => {
            let close = tokens[keyword..].iter().position(|t| t.text == ">")?;
            Some(keyword + close + 1)
        }
        _ => Some(keyword + 1),
    };
    outer.filter_map(|(i, _)| Some((i, name(i)?))).filter(|&(_, name)| name < tokens.len()).collect()
}
