//! Files of one purpose are short.

use super::Violation;
use crate::sources::SourceFile;
use crate::workspace::Member;

/// No file is longer.
const LONGEST_FILE: usize = 700;
/// Nine of ten files of a package are not longer.
const NINE_OF_TEN: usize = 400;
/// Half of the files of a package are not longer.
const MEDIAN: usize = 200;
/// No function holds more lines of code.
const LONGEST_FUNCTION: usize = 80;

pub(super) fn check(member: &Member, sources: &[SourceFile]) -> Vec<Violation> {
    let mut found = Vec::new();
    let shipped = || sources.iter().filter(|source| source.is_shipped());
    for source in shipped() {
        let lines = source.code.lines;
        if lines > LONGEST_FILE {
            let what = format!("{lines} lines, at most {LONGEST_FILE}; split it by purpose");
            found.push(Violation::new(source.path.as_str(), 1, what));
        }
        for function in source.code.functions() {
            if function.lines > LONGEST_FUNCTION {
                let what = format!(
                    "fn {} has {} lines of code, at most {LONGEST_FUNCTION}; give its parts names",
                    function.name, function.lines
                );
                found.push(Violation::new(source.path.as_str(), function.line, what));
            }
        }
    }
    let mut lines: Vec<usize> = shipped().map(|source| source.code.lines).collect();
    lines.sort_unstable();
    for (name, percent, limit) in [("median", 50, MEDIAN), ("90th percentile", 90, NINE_OF_TEN)] {
        let value = percentile(&lines, percent);
        if value > limit {
            let what = format!(
                "the {name} of its files is {value} lines, at most {limit}; split the longest"
            );
            found.push(Violation::new(format!("{}/src", member.dir), 1, what));
        }
    }
    found
}

/// The smallest of the sorted values that so many of a hundred do not exceed; 0 for none.
pub(crate) fn percentile(sorted: &[usize], percent: usize) -> usize {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted
        .get(rank.saturating_sub(1))
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{check, percentile};
    use crate::sources::SourceFile;
    use crate::workspace::Member;

    fn found(file: &str, text: &str) -> Vec<String> {
        let sources = [SourceFile::sample(file, text)];
        let found = check(&Member::default(), &sources);
        found
            .into_iter()
            .map(|violation| violation.to_string())
            .collect()
    }

    #[test]
    fn percentiles_are_values_of_the_list() {
        let values: Vec<usize> = (1..=10).collect();
        assert_eq!(percentile(&values, 50), 5);
        assert_eq!(percentile(&values, 90), 9);
        assert_eq!(percentile(&[7], 90), 7);
        assert_eq!(percentile(&[], 50), 0);
    }

    #[test]
    fn a_long_file_breaks_all_three_limits() {
        assert_eq!(found("src/a.rs", &"x;\n".repeat(701)).len(), 3);
        assert_eq!(found("src/a.rs", &"x;\n".repeat(200)).len(), 0);
    }

    #[test]
    fn inline_tests_and_test_files_are_free() {
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "x;\n".repeat(900));
        assert!(found("src/a.rs", &tests).is_empty());
        assert!(found("tests/a.rs", &"x;\n".repeat(900)).is_empty());
        assert!(found("src/a/tests.rs", &"x;\n".repeat(900)).is_empty());
    }

    #[test]
    fn a_long_function_is_named() {
        let text = format!("x;\nfn long() {{\n{}}}\n", "x;\n".repeat(81));
        let found = found("src/a.rs", &text);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("crates/sample/src/a.rs:2: fn long has 81 lines"),
            "{found:?}"
        );
    }
}
