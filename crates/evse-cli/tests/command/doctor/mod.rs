//! `evse doctor`: every finding, provoked.

mod config;
#[cfg(target_os = "linux")]
mod duosida;
#[cfg(target_os = "linux")]
mod em;
#[cfg(target_os = "linux")]
mod machine;
#[cfg(target_os = "linux")]
mod namespace;
#[cfg(target_os = "linux")]
mod network;
#[cfg(target_os = "linux")]
mod other_user;
#[cfg(target_os = "linux")]
mod port;
#[cfg(target_os = "linux")]
mod serial;

use std::path::Path;

use crate::common::Output;
use serde_json::Value;

/// The findings of `evse doctor --json`, which ends as they say.
#[track_caller]
pub(crate) fn findings(output: &Output) -> Vec<Value> {
    let found = output.json();
    assert_eq!(keys(&found), "ok problems warnings notes findings");
    let findings = found["findings"].as_array().expect("a list").clone();
    for finding in &findings {
        assert_eq!(keys(finding), "code severity about what fix");
        let is_fine = finding["severity"] == "ok";
        assert_eq!(finding["fix"].is_null(), is_fine, "{finding:#}");
    }
    let is_problem = |finding: &&Value| finding["severity"] == "problem";
    let problems = findings.iter().filter(is_problem).count();
    assert_eq!(found["problems"], problems, "{found}");
    assert_eq!(found["ok"], problems == 0, "{found}");
    assert_eq!(output.code, i32::from(problems > 0), "{output:?}");
    findings
}

/// The one finding with this code.
#[track_caller]
pub(crate) fn finding(output: &Output, code: &str) -> Value {
    let findings = findings(output);
    let mut with_code = findings.iter().filter(|finding| finding["code"] == code);
    match (with_code.next(), with_code.next()) {
        (Some(finding), None) => finding.clone(),
        _ => panic!("not one {code}: {findings:#?}"),
    }
}

/// In their order, which is part of the contract.
fn keys(object: &Value) -> String {
    let keys = object.as_object().expect("an object").keys();
    keys.map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// An address of this machine that another run of these tests, at the same time, hardly has.
#[cfg(target_os = "linux")]
fn local(network: u8, host: u8) -> std::net::Ipv4Addr {
    let [run, ..] = std::process::id().to_le_bytes();
    std::net::Ipv4Addr::new(127, network, run, host)
}

/// What was found, by what it is about.
#[cfg(target_os = "linux")]
pub(crate) struct About(std::collections::BTreeMap<String, Vec<String>>);

#[cfg(target_os = "linux")]
impl About {
    #[track_caller]
    pub(crate) fn all(output: &Output) -> Self {
        let mut all = Self(std::collections::BTreeMap::new());
        for finding in findings(output) {
            let text = |key: &str| finding[key].as_str().expect("a text").to_owned();
            all.0.entry(text("about")).or_default().push(text("code"));
        }
        all
    }

    /// About this there are these findings, by their codes, and no others.
    #[track_caller]
    pub(crate) fn is(&self, about: &str, codes: &[&str]) {
        let found = self.0.get(about).map_or(&[][..], Vec::as_slice);
        assert_eq!(found, codes, "about {about}, of {:#?}", self.0);
    }
}

/// The text of all sources in a folder of this crate and in those below, their unit tests left out.
fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            text += &sources(&path);
        } else {
            let source = std::fs::read_to_string(&path).expect("a source");
            text += source.split("#[cfg(test)]").next().unwrap_or_default();
        }
    }
    text
}

#[test]
fn each_finding_of_several_words_is_named_by_a_test() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = sources(&own.join("src/commands/doctor"));
    let tests = sources(&own.join("tests/command/doctor"));
    // Nothing else there is written like this.
    let is_code = |text: &&str| {
        let is_word =
            |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
        text.contains('-') && text.split('-').all(is_word)
    };
    let codes: Vec<_> = program.split('"').filter(is_code).collect();
    assert!(codes.len() > 40, "{codes:?}");
    for code in codes {
        assert!(
            tests.contains(&format!("\"{code}\"")),
            "no test provokes {code}"
        );
    }
}
