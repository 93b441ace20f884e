//! Rust without its comments and literals, so that a search finds only code.

/// Replaces comments by spaces and what literals hold by `_`; lines stay where they are.
pub(super) fn mask(text: &str) -> String {
    let mut masker = Masker {
        chars: text.chars().collect(),
        at: 0,
        out: String::with_capacity(text.len()),
    };
    while masker.at < masker.chars.len() {
        masker.step();
    }
    masker.out
}

struct Masker {
    chars: Vec<char>,
    at: usize,
    out: String,
}

impl Masker {
    fn step(&mut self) {
        let after_word = self.out.ends_with(is_word);
        match (self.peek(0), self.peek(1)) {
            ('/', '/') => self.blank_until(|masker| masker.peek(0) == '\n'),
            ('/', '*') => self.block_comment(),
            ('"', _) => self.string(),
            ('r' | 'b' | 'c', _) if !after_word && self.raw_string_hashes().is_some() => {
                self.raw_string();
            }
            ('\'', _) if self.is_char_literal() => self.char_literal(),
            _ => self.keep(),
        }
    }

    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn starts_with(&self, ahead: usize, text: &str) -> bool {
        text.chars()
            .enumerate()
            .all(|(index, c)| self.peek(ahead + index) == c)
    }

    fn keep(&mut self) {
        self.out.push(self.peek(0));
        self.at += 1;
    }

    fn hide(&mut self, with: char) {
        let c = self.peek(0);
        self.out.push(if c.is_whitespace() { c } else { with });
        self.at += 1;
    }

    fn blank_until(&mut self, end: impl Fn(&Self) -> bool) {
        while self.at < self.chars.len() && !end(self) {
            self.hide(' ');
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        loop {
            let step = match (self.peek(0), self.peek(1)) {
                ('/', '*') => 1,
                ('*', '/') => -1,
                _ => 0,
            };
            depth += step;
            self.hide(' ');
            if step != 0 {
                self.hide(' ');
            }
            if depth == 0 || self.at >= self.chars.len() {
                return;
            }
        }
    }

    fn string(&mut self) {
        self.keep();
        while self.at < self.chars.len() && self.peek(0) != '"' {
            if self.peek(0) == '\\' {
                self.hide('_');
            }
            self.hide('_');
        }
        self.keep();
    }

    /// `r`, `br` or `cr`, any number of `#`, and a quote: the length of the prefix and the hashes.
    fn raw_string_hashes(&self) -> Option<(usize, usize)> {
        let prefix = if self.peek(0) == 'r' { 1 } else { 2 };
        let raw = prefix == 1 || self.peek(1) == 'r';
        let after = self.chars.iter().skip(self.at + prefix);
        let hashes = after.take_while(|&&c| c == '#').count();
        (raw && self.peek(prefix + hashes) == '"').then_some((prefix, hashes))
    }

    fn raw_string(&mut self) {
        let Some((prefix, hashes)) = self.raw_string_hashes() else {
            return self.keep();
        };
        let end = format!("\"{}", "#".repeat(hashes));
        for _ in 0..=prefix + hashes {
            self.keep();
        }
        while self.at < self.chars.len() && !self.starts_with(0, &end) {
            self.hide('_');
        }
        for _ in 0..=hashes {
            self.keep();
        }
    }

    /// A lifetime has no closing quote.
    fn is_char_literal(&self) -> bool {
        self.peek(1) == '\\' || self.peek(2) == '\''
    }

    fn char_literal(&mut self) {
        self.keep();
        if self.peek(0) == '\\' {
            self.hide('_');
        }
        self.hide('_');
        while self.at < self.chars.len() && self.peek(0) != '\'' {
            self.hide('_');
        }
        self.keep();
    }
}

/// Part of an identifier.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::mask;

    fn check(text: &str, expected: &str) {
        assert_eq!(mask(text).trim_end(), expected);
    }

    #[test]
    fn comments_become_spaces() {
        check("a // dbg!\nb", "a        \nb");
        check("a /* /* y */ z */", "a");
        check("/**/ b", "     b");
    }

    #[test]
    fn strings_keep_their_quotes() {
        check(r#"f("a\"{b", x)"#, r#"f("_____", x)"#);
        check("r#\"a\"}\"# + b\"{\"", "r#\"___\"# + b\"_\"");
    }

    #[test]
    fn lifetimes_are_not_characters() {
        check(
            r"fn f<'a>(x: &'a str) -> char { '{' }",
            r"fn f<'a>(x: &'a str) -> char { '_' }",
        );
        check(r"'\'' '\u{1f}' b'}'", r"'__' '______' b'_'");
    }

    #[test]
    fn lines_stay_where_they_are() {
        check("\"a\nb\"\n/*\n*/ x", "\"_\n_\"\n  \n   x");
    }
}
