//! Rules for every command of the table, present and future.

use clap::{CommandFactory as _, Parser as _};

use super::{COMMON, Cli};

/// Calls `visit` with the path and definition of every command, groups included.
fn every_command(visit: &mut impl FnMut(&str, &mut clap::Command)) {
    fn walk(
        path: &str,
        command: &mut clap::Command,
        visit: &mut impl FnMut(&str, &mut clap::Command),
    ) {
        visit(path, command);
        for sub in command.get_subcommands_mut() {
            if sub.get_name() != "help" {
                walk(&format!("{path} {}", sub.get_name()), sub, visit);
            }
        }
    }
    let mut root = Cli::command();
    root.build();
    walk("evse", &mut root, visit);
}

#[test]
fn the_table_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_says_what_it_does() {
    every_command(&mut |path, command| assert!(command.get_about().is_some(), "{path}"));
}

#[test]
fn every_argument_is_explained() {
    every_command(&mut |path, command| {
        for argument in command.get_arguments() {
            assert!(
                argument.get_help().is_some(),
                "{path} {}",
                argument.get_id()
            );
        }
    });
}

#[test]
fn the_common_options_stand_apart_from_a_commands_own() {
    let common = [
        "json",
        "timeout",
        "config_file",
        "state_file",
        "verbose",
        "record",
    ];
    every_command(&mut |path, command| {
        for argument in command.get_arguments() {
            let id = argument.get_id().as_str();
            let is_apart = argument.get_help_heading() == Some(COMMON);
            assert_eq!(is_apart, common.contains(&id), "{path} {id}");
        }
    });
}

#[test]
fn a_simulated_bus_wants_either_of_its_places() {
    let error = Cli::try_parse_from(["evse", "sim", "twc"]).expect_err("no place");
    let text = error.to_string();
    assert!(
        text.contains("--pty") && text.contains("--listen"),
        "{text}"
    );
}

#[test]
fn every_command_without_subcommands_shows_an_example_that_parses() {
    every_command(&mut |path, command| {
        if command.has_subcommands() {
            return;
        }
        let help = command.render_long_help().to_string();
        let example = help
            .lines()
            .map(str::trim)
            .find(|line| line.starts_with(path) && !help.starts_with(line));
        let example = example.unwrap_or_else(|| panic!("no example in `{path} --help`"));
        let words = example.split_whitespace().take_while(|word| *word != ">");
        assert!(Cli::try_parse_from(words).is_ok(), "{example}");
    });
}

#[test]
fn every_command_takes_the_common_options() {
    for words in [
        "evse duosida status --json --timeout 5 --state-file x -v",
        "evse --json --timeout 5 --state-file x -vv duosida status",
        "evse duosida --host a --port 1 --device-id 1 status",
        "evse duosida status --host a --port 1 --device-id 1",
        "evse duosida status --record x",
        "evse duosida --record x discover",
        "evse sim duosida --record x",
        "evse sim --record x duosida",
        "evse em status --json --timeout 5 --state-file x -v --record x",
        "evse em --host a --serial 9181102751219513 --pin 1 --evses x --client-port 1 --broadcast 192.0.2.255 status",
        "evse em status -c garage --pin-file x",
        "evse status garage --json --timeout 5 --state-file x --config x -v --pin-file x",
        "evse --config x watch garage em://192.0.2.8 --for 5",
        "evse doctor garage --json --timeout 5 --config x --pin-file x --record x",
        "evse start garage --amps 16A --at +2h --duration 90 --energy 10.5 --user me --id 7 --single-phase --replace --force",
        "evse set-current 10.5 left --hold",
        "evse config init",
        "evse config init --discover --for 3 --bus /dev/ttyUSB0",
        "evse discover --protocol em --protocol TWC --broadcast 192.0.2.255 --bus /dev/ttyUSB0 --for 3",
        "evse em start --amps 16 --at +2h --duration 90 --energy 10.5 --user me --id 7 --single-phase --replace --force",
        "evse sim --record x em --speed 2 --seed 3 --fault drop=0.1@1m",
        "evse sim em --bind 127.0.0.2 --serial 9181102751219513 --pin 000000 --count 2 --phases 3 --model morec --car none --announce-to 127.0.0.1:28376 --client-port 28376 --history 5",
    ] {
        assert!(Cli::try_parse_from(words.split(' ')).is_ok(), "{words}");
    }
}

#[test]
fn a_pin_is_not_shown() {
    let cli = Cli::try_parse_from(["evse", "status", "--pin", "123456"]).expect("right");
    assert!(!format!("{cli:?}").contains("123456"));
}

#[test]
fn nonsense_is_wrong_usage() {
    for words in [
        "evse",
        "evse duosida",
        "evse duosida fly",
        "evse duosida set-current",
        "evse duosida set-current sixteen",
        "evse duosida set-current -6",
        "evse duosida set-direct-mode maybe",
        "evse duosida monitor --interval 9",
        "evse duosida monitor --interval 121",
        "evse duosida status --port 0",
        "evse duosida status --timeout -1",
        "evse duosida status --timeout NaN",
        "evse duosida status --broadcast box",
        "evse duosida config KEY",
        "evse decode --hex 00",
        "evse decode --protocol smoke --hex 00",
        "evse sim duosida --car flying",
        "evse em",
        "evse em fly",
        "evse em status --serial 918110275121951",
        "evse em status --pin 1 --pin-file x",
        "evse em start --at yesterday",
        "evse em start --duration 0",
        "evse em start --energy 1000",
        "evse em start --user a_name_that_is_too_long",
        "evse em language klingon",
        "evse em temperature-unit kelvin",
        "evse em offline-charge maybe",
        "evse em set-current 256",
        "evse em set-time noon",
        "evse em weekly-plan someday=off",
        "evse em history --last -1",
        "evse em export",
        "evse sim em --pin 12345",
        "evse sim em --serial 1",
        "evse sim em --phases 2",
        "evse sim em --count 0",
        "evse sim em --model t800",
        "evse sim em --fault garbage",
        "evse sim em --replay x",
        "evse completions tcl",
        "evse start garage carport",
        "evse start --amps some",
        "evse set-current",
        "evse set-current -6",
        "evse status --pin 1 --pin-file x",
        "evse discover --protocol ocpp",
        "evse config",
        "evse doctor garage carport",
        "evse config init --broadcast 192.0.2.255",
        "evse decode x --scrub y --show-secrets",
    ] {
        let error = Cli::try_parse_from(words.split(' ')).expect_err(words);
        assert_eq!(error.exit_code(), 2, "{words}");
    }
}
