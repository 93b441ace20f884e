//! Every check that a change must pass, in the order in which they find most for least time.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::workspace::{Member, members, root};

/// Options of `cargo xtask ci`.
#[derive(Args)]
#[group(multiple = false)]
pub(crate) struct Ci {
    /// Print the steps and run none.
    #[arg(long)]
    list: bool,
    /// Begin with this step.
    #[arg(long, value_name = "STEP")]
    from: Option<String>,
    /// Run this step alone.
    #[arg(long, value_name = "STEP")]
    only: Option<String>,
}

pub(crate) fn run(options: &Ci) -> Result<()> {
    let steps = chosen(steps(&members()?), options)?;
    let begin = Instant::now();
    for step in &steps {
        if options.list {
            println!("{:<24} {}", step.name, step.command());
        } else {
            step.run()?;
        }
    }
    if !options.list {
        println!(
            "\n=== {} step(s) passed in {:.1} s",
            steps.len(),
            begin.elapsed().as_secs_f64()
        );
    }
    Ok(())
}

fn chosen(mut steps: Vec<Step>, options: &Ci) -> Result<Vec<Step>> {
    let wanted = options.from.as_ref().or(options.only.as_ref());
    if let Some(name) = wanted {
        let Some(index) = steps.iter().position(|step| step.name == *name) else {
            bail!("no step is called {name}; `cargo xtask ci --list` shows them");
        };
        steps.drain(..index);
    }
    if options.only.is_some() {
        steps.truncate(1);
    }
    Ok(steps)
}

/// One command; the first word of `arguments` is a command of cargo.
#[derive(Debug, PartialEq)]
struct Step {
    name: String,
    arguments: Vec<String>,
    environment: &'static [(&'static str, &'static str)],
}

impl Step {
    fn new(name: impl Into<String>, arguments: &str) -> Self {
        Self {
            name: name.into(),
            arguments: arguments.split_whitespace().map(str::to_owned).collect(),
            environment: &[],
        }
    }

    fn command(&self) -> String {
        let environment = self
            .environment
            .iter()
            .map(|(name, value)| format!("{name}={value} "));
        format!(
            "{}cargo {}",
            environment.collect::<String>(),
            self.arguments.join(" ")
        )
    }

    fn run(&self) -> Result<()> {
        println!("\n=== {}: {}", self.name, self.command());
        let begin = Instant::now();
        // `cargo xtask …` is this very program.
        let (program, arguments) = match self.arguments.split_first() {
            Some((first, rest)) if first == "xtask" => (std::env::current_exe()?, rest),
            _ => (cargo(), self.arguments.as_slice()),
        };
        let status = Command::new(&program)
            .current_dir(root())
            .args(arguments)
            .envs(self.environment.iter().copied())
            .status()
            .with_context(|| format!("cannot run {}", program.display()))?;
        let seconds = begin.elapsed().as_secs_f64();
        if !status.success() {
            bail!(
                "{} failed after {seconds:.1} s; to go on: cargo xtask ci --from {}",
                self.name,
                self.name
            );
        }
        println!("=== {} passed in {seconds:.1} s", self.name);
        Ok(())
    }
}

fn cargo() -> PathBuf {
    std::env::var_os("CARGO")
        .unwrap_or_else(|| OsString::from("cargo"))
        .into()
}

/// The steps; what is per crate comes from the workspace, so that a new crate is covered.
fn steps(members: &[Member]) -> Vec<Step> {
    let mut steps = vec![
        Step::new("fmt", "fmt --all --check"),
        Step::new("tidy", "xtask tidy"),
        Step::new("licences", "xtask licences"),
        Step::new("codegen", "xtask codegen --check"),
        Step::new("fixtures", "xtask fixtures --check"),
        Step::new(
            "clippy",
            "clippy --workspace --all-targets --all-features --locked -- -D warnings",
        ),
    ];
    for member in members.iter().filter(|member| member.is_pure()) {
        let name = &member.name;
        steps.push(Step::new(
            format!("no-std-{name}"),
            &format!("check --package {name} --no-default-features --locked"),
        ));
    }
    for member in members.iter().filter(|member| member.is_facade()) {
        steps.extend(combinations(&member.features).map(|features| {
            let name = features.join("+");
            let name = if name.is_empty() { "none" } else { &name };
            let package = format!(
                "clippy --package {} --all-targets --no-default-features",
                member.name
            );
            let features = features.join(",");
            Step::new(
                format!("features-{name}"),
                &format!("{package} --features={features} --locked -- -D warnings"),
            )
        }));
    }
    // Workspaces of their own, for which see their manifests.
    for (name, dir) in [("fuzz", "crates/fuzz"), ("no-std", "xtask/no-std")] {
        let manifest = format!("--manifest-path {dir}/Cargo.toml");
        steps.push(Step::new(
            format!("{name}-fmt"),
            &format!("fmt {manifest} --all --check"),
        ));
        steps.push(Step::new(
            name,
            &format!("build {manifest} --target-dir target/{name} --locked"),
        ));
    }
    let doc = Step::new("doc", "doc --workspace --no-deps --all-features --locked");
    steps.push(Step {
        environment: &[("RUSTDOCFLAGS", "-Dwarnings")],
        ..doc
    });
    let unpublished = members.iter().filter(|member| !member.published);
    let mut exclude = String::new();
    for member in unpublished {
        exclude.extend([" --exclude ", member.name.as_str()]);
    }
    steps.push(Step::new(
        "package",
        &format!("package --workspace{exclude} --no-verify --allow-dirty --locked"),
    ));
    steps.push(Step::new(
        "demo",
        "run --locked --package evse-cli -- demo --plain --for 25",
    ));
    // They make up what they need, and end by themselves. The profile is that of the last step.
    for name in ["own_backend", "monitor", "discover", "fleet"] {
        steps.push(Step::new(
            format!("example-{name}"),
            &format!("run --locked --profile test --package evse --example {name}"),
        ));
    }
    steps.push(Step::new("interop", "xtask interop"));
    // Last, so that its output is at the end of the log.
    steps.push(Step::new("test", "test --workspace --locked"));
    steps
}

/// Every choice of some of the features, none to begin with; all of them are what the other steps check.
fn combinations(features: &[String]) -> impl Iterator<Item = Vec<&str>> {
    (0..(1_u32 << features.len()) - 1).map(|choice| {
        let numbered = features.iter().enumerate();
        let chosen = numbered.filter(move |(number, _)| choice & (1 << number) != 0);
        chosen.map(|(_, name)| name.as_str()).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::{Ci, chosen, combinations, steps};
    use crate::workspace::Member;

    fn member(name: &str, published: bool) -> Member {
        Member {
            name: name.to_owned(),
            published,
            ..Member::default()
        }
    }

    fn names(options: &Ci) -> Vec<String> {
        let facade = Member {
            features: ["duosida", "em"].map(str::to_owned).to_vec(),
            ..member("evse", true)
        };
        let members = [member("emproto", true), facade, member("xtask", false)];
        let steps = chosen(steps(&members), options).expect("the step exists");
        steps.into_iter().map(|step| step.name).collect()
    }

    #[test]
    fn all_steps_run_unless_told_otherwise() {
        let all = [
            "fmt",
            "tidy",
            "licences",
            "codegen",
            "fixtures",
            "clippy",
            "no-std-emproto",
            "features-none",
            "features-duosida",
            "features-em",
            "fuzz-fmt",
            "fuzz",
            "no-std-fmt",
            "no-std",
            "doc",
            "package",
            "demo",
            "example-own_backend",
            "example-monitor",
            "example-discover",
            "example-fleet",
            "interop",
            "test",
        ];
        assert_eq!(
            names(&Ci {
                list: false,
                from: None,
                only: None
            }),
            all
        );
    }

    #[test]
    fn a_run_can_begin_anywhere_or_be_one_step() {
        let from = Ci {
            list: false,
            from: Some("demo".to_owned()),
            only: None,
        };
        let rest = [
            "demo",
            "example-own_backend",
            "example-monitor",
            "example-discover",
            "example-fleet",
            "interop",
            "test",
        ];
        assert_eq!(names(&from), rest);
        let only = Ci {
            list: false,
            from: None,
            only: Some("doc".to_owned()),
        };
        assert_eq!(names(&only), ["doc"]);
    }

    #[test]
    fn an_unknown_step_is_refused() {
        let options = Ci {
            list: false,
            from: None,
            only: Some("lunch".to_owned()),
        };
        assert!(chosen(steps(&[]), &options).is_err());
    }

    #[test]
    fn every_choice_of_features_but_all_is_a_combination() {
        let features = ["a", "b", "c"].map(str::to_owned);
        let got: Vec<_> = combinations(&features).map(|some| some.join("+")).collect();
        assert_eq!(got, ["", "a", "b", "a+b", "c", "a+c", "b+c"]);
    }

    #[test]
    fn unpublished_packages_are_not_packaged() {
        let steps = steps(&[member("evse", true), member("xtask", false)]);
        let package = steps
            .iter()
            .find(|step| step.name == "package")
            .expect("the step exists");
        assert!(package.command().contains("--exclude xtask --no-verify"));
    }
}
