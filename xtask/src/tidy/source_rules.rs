//! Rules for a single Rust file.

use std::collections::BTreeSet;

use super::Violation;
use crate::sources::{Import, SourceFile, lines_with};
use crate::workspace::Member;

pub(super) fn check(member: &Member, source: &SourceFile) -> Vec<Violation> {
    let mut found = words(source);
    found.extend(globs(source));
    found.extend(paused_clock(source));
    if member.is_protocol() && source.is_shipped() {
        found.extend(layers(source));
    }
    found
}

/// What stands in no file, and what to do instead.
const BANNED: [(&str, &str); 5] = [
    ("dbg!", "left over from debugging; remove it"),
    (
        "fn test_",
        "the name of a test is a sentence about behaviour; drop `test_`",
    ),
    ("todo!", "unfinished; write the code or return an error"),
    (
        "unbounded_channel",
        "grows without bound; use a bounded channel",
    ),
    (
        "unimplemented!",
        "unfinished; write the code or return an error",
    ),
];

fn words(source: &SourceFile) -> Vec<Violation> {
    let banned = BANNED.iter().flat_map(|(word, what)| {
        let lines = lines_with(&source.code.all, word).into_iter();
        lines.map(move |line| (line, format!("`{word}`: {what}")))
    });
    banned
        .map(|(line, what)| Violation::new(source.path.as_str(), line, what))
        .collect()
}

fn globs(source: &SourceFile) -> Vec<Violation> {
    let is_glob = |import: &Import| import.public && import.path.last().is_some_and(|n| n == "*");
    let globs = source.code.imports().into_iter().filter(is_glob);
    let what = "`pub use …::*` hides what is public; list the names";
    globs
        .map(|import| Violation::new(source.path.as_str(), import.line, what))
        .collect()
}

/// Transports whose bytes come from outside the runtime.
const TRANSPORTS: [&str; 4] = ["SerialStream", "TcpListener", "TcpStream", "UdpSocket"];

fn paused_clock(source: &SourceFile) -> Vec<Violation> {
    let code = &source.code.all;
    let Some(transport) = TRANSPORTS
        .iter()
        .find(|name| !lines_with(code, name).is_empty())
    else {
        return Vec::new();
    };
    let what = format!(
        "`start_paused` in a file with {transport}: a paused clock jumps ahead of real bytes; use real, short times"
    );
    let lines = lines_with(code, "start_paused").into_iter();
    lines
        .map(|line| Violation::new(source.path.as_str(), line, what.as_str()))
        .collect()
}

/// In this order; a layer uses only those before it.
const LAYERS: [&str; 3] = ["frame", "message", "session"];

fn layers(source: &SourceFile) -> Vec<Violation> {
    let module = source.module();
    let rank = |name: &str| LAYERS.iter().position(|layer| *layer == name);
    let Some(own) = module.first().and_then(|name| rank(name)) else {
        return Vec::new();
    };
    let mut used = BTreeSet::new();
    for import in source.code.imports() {
        let target = target(&module, &import.path);
        used.extend(target.map(|name| (import.line, name)));
    }
    for (number, line) in source.code.shipped.lines().enumerate() {
        for rest in line.split("crate::").skip(1) {
            let name = rest
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next();
            used.extend(name.map(|name| (number + 1, name.to_owned())));
        }
    }
    let later = used
        .into_iter()
        .filter(|(_, name)| rank(name).is_some_and(|used| used > own));
    later
        .map(|(line, name)| {
            let what = format!(
                "{} uses {name}, a later layer; pass the value in",
                LAYERS[own]
            );
            Violation::new(source.path.as_str(), line, what)
        })
        .collect()
}

/// The module of the crate's root that a path leads to.
fn target(module: &[&str], path: &[String]) -> Option<String> {
    let ups = path.iter().take_while(|name| *name == "super").count();
    match path.first()?.as_str() {
        "crate" => path.get(1).cloned(),
        "super" if ups == module.len() => path.get(ups).cloned(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::sources::SourceFile;
    use crate::workspace::Member;

    const NONE: [usize; 0] = [];

    /// The lines of `text` that break a rule when it is a file of a protocol crate.
    fn found(file: &str, text: &str) -> Vec<usize> {
        let member = Member {
            name: "duosida-proto".to_owned(),
            ..Member::default()
        };
        let found = check(&member, &SourceFile::sample(file, text));
        found.into_iter().map(|violation| violation.line).collect()
    }

    #[test]
    fn frames_know_neither_messages_nor_sessions() {
        assert_eq!(
            found(
                "src/frame.rs",
                "use crate::error::E;\nuse crate::message::M;\n"
            ),
            [2]
        );
        assert_eq!(found("src/frame/mod.rs", "use super::session::S;\n"), [1]);
        assert_eq!(
            found("src/frame/raw.rs", "use super::super::message;\n"),
            [1]
        );
        assert_eq!(
            found("src/frame.rs", "use crate::{error::E, session::S};\n"),
            [1]
        );
    }

    #[test]
    fn messages_know_frames_but_no_session() {
        assert_eq!(found("src/message/boot.rs", "use crate::frame::F;\n"), NONE);
        assert_eq!(found("src/message/boot.rs", "use super::session;\n"), NONE);
        assert_eq!(
            found("src/message/boot.rs", "\nfn f() { crate::session::g() }\n"),
            [2]
        );
    }

    #[test]
    fn sessions_and_tests_may_use_every_layer() {
        assert_eq!(
            found("src/session/mod.rs", "use crate::message::M;\n"),
            NONE
        );
        let tests = "#[cfg(test)]\nmod tests {\n    use crate::session::S;\n}\n";
        assert_eq!(found("src/frame.rs", tests), NONE);
    }

    #[test]
    fn exports_are_listed() {
        assert_eq!(
            found(
                "src/lib.rs",
                "pub use a::*;\npub use b::{c, d::*};\nuse e::*;\n"
            ),
            [1, 2]
        );
    }

    #[test]
    fn left_overs_are_reported_outside_comments_and_strings() {
        assert_eq!(found("src/a.rs", "// todo!()\nlet s = \"dbg!\";\n"), NONE);
        assert_eq!(found("src/a.rs", "todo!()\n"), [1]);
        assert_eq!(
            found("tests/a.rs", "fn test_x() {}\nfn latest_x() {}\n"),
            [1]
        );
        assert_eq!(
            found("src/a.rs", "let (a, b) = mpsc::unbounded_channel();\n"),
            [1]
        );
    }

    #[test]
    fn a_paused_clock_and_a_socket_do_not_share_a_file() {
        let attribute = "#[tokio::test(start_paused = true)]\n";
        assert_eq!(found("tests/a.rs", attribute), NONE);
        assert_eq!(
            found(
                "tests/a.rs",
                &format!("use tokio::net::TcpStream;\n{attribute}")
            ),
            [2]
        );
    }
}
