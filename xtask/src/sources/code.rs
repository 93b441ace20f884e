//! One file, as far as rules and figures need to understand it.

use super::mask::{is_word, mask};

/// The code of a file, without comments and literals.
pub(crate) struct Code {
    /// All of it.
    pub(crate) all: String,
    /// All but items under `#[cfg(test)]`, which are blank.
    pub(crate) shipped: String,
    /// Lines of the file, without those of items under `#[cfg(test)]`.
    pub(crate) lines: usize,
}

/// One path that a `use` brings in.
#[derive(Debug, PartialEq)]
pub(crate) struct Import {
    pub(crate) line: usize,
    /// It is a `pub use`.
    pub(crate) public: bool,
    pub(crate) path: Vec<String>,
}

/// A function with a body.
#[derive(Debug, PartialEq)]
pub(crate) struct Function {
    pub(crate) line: usize,
    pub(crate) name: String,
    /// Lines of its body that hold code.
    pub(crate) lines: usize,
}

impl Code {
    pub(crate) fn new(text: &str) -> Self {
        let all = mask(text);
        let mut shipped = String::new();
        let mut test_lines = 0;
        let mut rest = all.as_str();
        while let Some(start) = gated_item(rest) {
            let (before, item) = rest.split_at(start);
            let (item, after) = item.split_at(item_end(item));
            shipped.push_str(before);
            shipped.extend(item.chars().map(|c| if c == '\n' { c } else { ' ' }));
            test_lines += item.lines().count();
            rest = after;
        }
        shipped.push_str(rest);
        let lines = all.lines().count().saturating_sub(test_lines);
        Self {
            all,
            shipped,
            lines,
        }
    }

    /// Functions outside tests.
    pub(crate) fn functions(&self) -> Vec<Function> {
        let starts = words(&self.shipped, "fn ");
        starts
            .filter_map(|start| function(&self.shipped, start))
            .collect()
    }

    /// What `use` brings in outside tests.
    pub(crate) fn imports(&self) -> Vec<Import> {
        let mut imports = Vec::new();
        for start in words(&self.shipped, "use ") {
            let (before, tree) = self.shipped.split_at(start);
            let tree = tree.strip_prefix("use").unwrap_or(tree);
            let tree = tree.split_once(';').map_or(tree, |(tree, _)| tree);
            let mut paths = Vec::new();
            expand(tree, &[], &mut paths);
            imports.extend(paths.into_iter().map(|path| Import {
                line: line_of(&self.shipped, start),
                public: before.trim_end().ends_with("pub"),
                path,
            }));
        }
        imports
    }
}

/// The lines on which a word starts with `needle`.
pub(crate) fn lines_with(code: &str, needle: &str) -> Vec<usize> {
    words(code, needle).map(|at| line_of(code, at)).collect()
}

/// Where `needle` stands and is not the tail of a longer word.
fn words<'a>(code: &'a str, needle: &'a str) -> impl Iterator<Item = usize> + 'a {
    let starts_word = needle.starts_with(is_word);
    code.match_indices(needle)
        .map(|(at, _)| at)
        .filter(move |&at| {
            let before = code.split_at(at).0;
            !(starts_word && before.ends_with(is_word))
        })
}

fn line_of(code: &str, at: usize) -> usize {
    code.split_at(at).0.matches('\n').count() + 1
}

fn gated_item(code: &str) -> Option<usize> {
    let attributes = ["#[cfg(test)]", "#[cfg(all(test,", "#![cfg(test)]"];
    attributes
        .iter()
        .filter_map(|attribute| code.find(attribute))
        .min()
}

/// The end of the item that starts with an attribute: its `;`, or the end of its block.
fn item_end(item: &str) -> usize {
    if item.starts_with("#!") {
        return item.len();
    }
    let mut depth = 0_usize;
    for (at, c) in item.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            ';' if depth == 0 => return at + 1,
            '{' if depth == 0 => return at + block(item.split_at(at).1).len(),
            _ => {}
        }
    }
    item.len()
}

/// The block at the start of `code`, with its braces.
fn block(code: &str) -> &str {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return code.split_at(at + c.len_utf8()).0;
        }
    }
    code
}

fn function(code: &str, start: usize) -> Option<Function> {
    let signature = code.split_at(start).1.strip_prefix("fn ")?;
    let name: String = signature.chars().take_while(|&c| is_word(c)).collect();
    let end = item_end(signature);
    let body = signature
        .split_at(end)
        .0
        .split_once('{')?
        .1
        .trim_end_matches('}');
    Some(Function {
        line: line_of(code, start),
        name,
        lines: body.lines().filter(|line| !line.trim().is_empty()).count(),
    })
}

/// Writes out a use tree: `a::{b, c::*}` is `a::b` and `a::c::*`.
fn expand(tree: &str, prefix: &[String], out: &mut Vec<Vec<String>>) {
    let (head, inner) = match tree.split_once('{') {
        Some((head, rest)) => (
            head,
            Some(rest.rsplit_once('}').map_or(rest, |(inner, _)| inner)),
        ),
        None => (tree.split(" as ").next().unwrap_or(tree), None),
    };
    let names = head
        .split("::")
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let path: Vec<String> = prefix
        .iter()
        .cloned()
        .chain(names.map(str::to_owned))
        .collect();
    match inner {
        None if tree.trim().is_empty() => {}
        None => out.push(path),
        Some(inner) => branches(inner).for_each(|branch| expand(branch, &path, out)),
    }
}

/// Splits at the commas that are not inside braces.
fn branches(inner: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_i32;
    inner.split(move |c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    })
}

#[cfg(test)]
mod tests {
    use super::{Code, lines_with};

    #[test]
    fn items_of_tests_are_not_shipped() {
        let code = Code::new(
            "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { x(); }\n}\n#[cfg(test)]\nmod c;\nfn d() {}\n",
        );
        assert_eq!(code.lines, 2);
        let names: Vec<_> = code
            .functions()
            .into_iter()
            .map(|f| (f.line, f.name))
            .collect();
        assert_eq!(names, [(1, "a".to_owned()), (8, "d".to_owned())]);
    }

    #[test]
    fn a_function_counts_lines_with_code() {
        let code = Code::new(
            "trait T {\n    fn no_body(&self);\n    fn f(\n        a: [u8; 2],\n    ) -> u8 {\n        // why\n\n        a[0];\n        if b {\n            \"}\"\n        }\n    }\n}\n",
        );
        let functions: Vec<_> = code
            .functions()
            .into_iter()
            .map(|f| (f.name, f.lines))
            .collect();
        assert_eq!(functions, [("f".to_owned(), 4)]);
    }

    #[test]
    fn use_trees_are_written_out() {
        let code = Code::new(
            "use a;\npub use b::{self, c::*, d::{e as f, g},\n};\npub(crate) use h::*;\n",
        );
        let imports: Vec<_> = code
            .imports()
            .into_iter()
            .map(|i| (i.line, i.public, i.path.join("::")))
            .collect();
        let expected = [
            (1, false, "a"),
            (2, true, "b::self"),
            (2, true, "b::c::*"),
            (2, true, "b::d::e"),
            (2, true, "b::d::g"),
            (4, false, "h::*"),
        ];
        assert_eq!(
            imports,
            expected.map(|(line, public, path)| (line, public, path.to_owned()))
        );
    }

    #[test]
    fn a_search_finds_whole_words_in_code_only() {
        let code = Code::new("my_dbg!(1);\ndbg!(2); // dbg!\n\"dbg!\"\n");
        assert_eq!(lines_with(&code.all, "dbg!"), [2]);
    }
}
