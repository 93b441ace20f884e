//! Quantities as short as a table needs them.

use std::time::Duration;

use evse::units::{Milliamps, WattHours, Watts};

use crate::output::width;

/// What is not known.
pub(super) const ABSENT: &str = "–";

/// In kW with two decimals, from one on.
pub(super) fn power(power: Watts) -> String {
    let Watts(watts) = power;
    if watts < 1_000 {
        return power.to_string();
    }
    format!("{}.{:02} kW", watts / 1_000, watts % 1_000 / 10)
}

/// With one decimal: more is noise.
pub(super) fn amps(current: Milliamps) -> String {
    let Milliamps(milliamps) = current;
    format!("{}.{} A", milliamps / 1_000, milliamps % 1_000 / 100)
}

/// In kWh with two decimals.
pub(super) fn energy(energy: WattHours) -> String {
    let WattHours(watt_hours) = energy;
    format!("{}.{:02} kWh", watt_hours / 1_000, watt_hours % 1_000 / 10)
}

/// In hours and minutes; seconds below one minute.
pub(super) fn length(length: Duration) -> String {
    let seconds = length.as_secs();
    match (seconds / 3_600, seconds / 60 % 60) {
        (0, 0) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes:02} min"),
    }
}

/// Of a session; not of one that has just begun, for some chargers count whole minutes.
pub(super) fn session_length(of: Duration) -> Option<String> {
    (!of.is_zero()).then(|| length(of))
}

/// What is known, or the sign that nothing is.
pub(super) fn or_absent(text: Option<String>) -> String {
    text.unwrap_or_else(|| ABSENT.to_owned())
}

/// A name in so many columns. Of an address the end tells most.
pub(super) fn name(name: &str, columns: usize) -> String {
    let rest = name.split_once("://");
    let (name, is_address) = rest.map_or((name, false), |(_, rest)| (rest, true));
    if width(name) <= columns {
        return name.to_owned();
    }
    let mut kept = name.chars();
    while width(kept.as_str()) >= columns.max(1) {
        if is_address {
            kept.next();
        } else {
            kept.next_back();
        }
    }
    let kept = kept.as_str();
    if is_address {
        format!("…{kept}")
    } else {
        format!("{kept}…")
    }
}

/// A line of so many columns, of which a share is heavy.
pub(super) fn bar(part: Milliamps, whole: Milliamps, columns: usize) -> (String, String) {
    let halves = u64::from(part.0) * (2 * columns as u64) / u64::from(whole.0.max(1));
    let halves = usize::try_from(halves)
        .unwrap_or(usize::MAX)
        .min(2 * columns);
    let mut heavy = "━".repeat(halves / 2);
    if halves % 2 == 1 {
        heavy.push('╸');
    }
    let light = "─".repeat(columns - halves.div_ceil(2));
    (heavy, light)
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_name_is_cut_to_so_many_columns_also_where_letters_take_two() {
        assert_eq!(name("garage", 6), "garage");
        assert_eq!(name("garage", 5), "gara…");
        assert_eq!(name("車庫", 4), "車庫");
        assert_eq!(name("車庫の充電器", 8), "車庫の…");
        assert_eq!(name("duosida://車庫.lan", 7), "…庫.lan");
    }
}
