//! What becomes of the units when the controller falls silent.

use std::fmt;

use twc_proto::{Address, session::Event};

/// What the units will do, now that nobody speaks to them: the result of [`Director::shutdown`](crate::Director::shutdown).
///
/// `Display` says it in words, a line for each unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parting {
    /// The units that this director controlled; none when it only listened.
    pub units: Vec<Left>,
}

/// A unit that is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// Its id.
    pub unit: Address,
    /// Whether a vehicle charges.
    pub charges: bool,
    /// The limit that it goes on with until it stops, 0.01 A.
    pub available_ca: u16,
}

impl Parting {
    pub(crate) fn take(&mut self, event: &Event) {
        if let Event::Left {
            unit,
            charges,
            available_ca,
        } = *event
        {
            self.units.push(Left {
                unit,
                charges,
                available_ca,
            });
        }
    }
}

impl fmt::Display for Parting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.units.is_empty() {
            return f.write_str("no unit depended on this controller");
        }
        let mut separator = "";
        for left in &self.units {
            write!(f, "{separator}{left}")?;
            separator = "\n";
        }
        Ok(())
    }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            unit,
            charges,
            available_ca,
        } = self;
        if !charges {
            return write!(
                f,
                "unit {unit} does not charge, and will not start until a controller speaks to it"
            );
        }
        let (amps, hundredths) = (available_ca / 100, available_ca % 100);
        write!(
            f,
            "unit {unit} charges with {amps}.{hundredths:02} A at most and stops by itself within about 30 s; some vehicles \
             then have to be plugged in again"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_each_unit_will_do() {
        assert_eq!(
            Parting::default().to_string(),
            "no unit depended on this controller"
        );
        let mut parting = Parting::default();
        for (unit, charges) in [(Address(0x3495), true), (Address(0x0006), false)] {
            parting.take(&Event::Left {
                unit,
                charges,
                available_ca: 605,
            });
        }
        let text = parting.to_string();
        let lines: Vec<_> = text.lines().collect();
        assert!(
            lines[0].starts_with("unit 3495 charges with 6.05 A at most and stops"),
            "{text}"
        );
        assert!(lines[1].starts_with("unit 0006 does not charge"), "{text}");
    }
}
