//! `evse em set-current`, `name`, `language`, `temperature-unit` and `offline-charge`: one setting each.

use std::time::Duration;

use evse::em::Evse;
use evse::em::proto::message::{Language, StartMethod, TemperatureUnit};
use evse::em::proto::session::Configuration;
use evse::guard::Requester;

use crate::cli::{EmTarget, OfflineCharge};
use crate::connect::em as connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json, table};
use crate::signals::outcome;

pub(super) async fn current(target: &EmTarget, context: &Context, amps: u8) -> Result<(), Failure> {
    let guarded = connect::once(target, context).await?;
    connect::check_limit(amps, &guarded, context)?;
    let set = guarded.set_max_current(amps, Requester::Person);
    let done = outcome("set-current", set).await?;
    let warnings = super::warn(&done.warnings, context);
    let text = "done, confirmed by the charger";
    if context.json {
        let serial = guarded.evse().serial();
        let done = json::em::DoneJson::new("set-current", serial, "confirmed", text, warnings);
        return output::object(&done);
    }
    output::line(&format!("max current {amps} A: {text}"))
}

pub(super) async fn name(
    target: &EmTarget,
    context: &Context,
    name: Option<String>,
) -> Result<(), Failure> {
    let guarded = connect::once(target, context).await?;
    let evse = guarded.evse();
    if let Some(name) = &name {
        outcome("name", evse.set_name(name)).await?;
    }
    let is_set = name.is_some();
    let told = |told: &Configuration| told.name.clone();
    show("name", evse, context, is_set, told).await
}

pub(super) async fn language(
    target: &EmTarget,
    context: &Context,
    language: Option<Language>,
) -> Result<(), Failure> {
    let guarded = connect::once(target, context).await?;
    let evse = guarded.evse();
    if let Some(language) = language {
        outcome("language", evse.set_language(language)).await?;
    }
    let told = |told: &Configuration| told.language.map(|one| one.to_string());
    show("language", evse, context, language.is_some(), told).await
}

pub(super) async fn temperature_unit(
    target: &EmTarget,
    context: &Context,
    unit: Option<TemperatureUnit>,
) -> Result<(), Failure> {
    let guarded = connect::once(target, context).await?;
    let evse = guarded.evse();
    if let Some(unit) = unit {
        outcome("temperature-unit", evse.set_temperature_unit(unit)).await?;
    }
    let told = |told: &Configuration| told.temperature_unit.map(|one| one.to_string());
    show("temperature-unit", evse, context, unit.is_some(), told).await
}

pub(super) async fn offline_charge(
    target: &EmTarget,
    context: &Context,
    mode: Option<OfflineCharge>,
) -> Result<(), Failure> {
    let guarded = connect::once(target, context).await?;
    let evse = guarded.evse();
    if let Some(mode) = mode {
        outcome(
            "offline-charge",
            evse.set_offline_charge(StartMethod::from(mode)),
        )
        .await?;
    }
    let told = |told: &Configuration| told.start_method.map(table::em::offline_charge);
    show("offline-charge", evse, context, mode.is_some(), told).await
}

/// Prints the setting: what the charger confirmed, or what it says now.
async fn show(
    command: &str,
    evse: &Evse,
    context: &Context,
    is_set: bool,
    value: impl Fn(&Configuration) -> Option<String>,
) -> Result<(), Failure> {
    if !is_set {
        let told = evse.fetch_config(Duration::ZERO).await;
        // Some models lack one setting or another.
        if let (Err(error), None) = (told, value(&evse.config())) {
            return Err(error.into());
        }
    }
    let value = value(&evse.config()).unwrap_or_default();
    if context.json {
        let serial = evse.serial();
        return output::object(&json::em::SettingJson::new(command, serial, &value, is_set));
    }
    if is_set {
        output::line(&format!(
            "{command} {value}: done, confirmed by the charger"
        ))
    } else {
        output::line(&value)
    }
}
