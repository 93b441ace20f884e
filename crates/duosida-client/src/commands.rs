//! What a charger can be told and asked.

use duosida_proto::{
    config::Setting,
    proto::MessageTrigger,
    session::{Command, Completion, Configuration, Status},
};

use crate::{Charger, Error};

/// Commands. One goes to the charger at a time; the others wait.
impl Charger {
    /// Asks for the status and the meter values, and waits for both.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub async fn refresh(&self) -> Result<Status, Error> {
        self.request(Command::Refresh).await?;
        Ok(self.status())
    }

    /// Reads the charger's settings. Wi-Fi names and passwords are not part of them.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub async fn configuration(&self) -> Result<Configuration, Error> {
        self.request(Command::PullConfiguration).await?;
        self.view
            .configuration()
            .ok_or(Error::Unconfirmed { charger: self.peer })
    }

    /// Changes a setting. Settings survive a power cycle, and every write wears the charger's flash memory: write
    /// changes only, and not in a fast loop.
    ///
    /// # Errors
    /// [`Error::OutOfRange`], [`Error::NotConnected`], [`Error::NotSent`], [`Error::Overloaded`] and [`Error::Closed`]:
    /// nothing was sent. [`Error::Refused`]: the charger said no, or reports another value. [`Error::Unconfirmed`]: the
    /// outcome is not known.
    pub async fn set(&self, setting: Setting) -> Result<Completion, Error> {
        self.request(Command::Set(setting)).await
    }

    /// Limits the charging current: 6 to 32 A, not above the charger's rating. Takes effect within 30 s, also while
    /// charging.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub async fn set_max_current(&self, amps: u8) -> Result<Completion, Error> {
        self.set(Setting::MaxCurrent { amps }).await
    }

    /// Sets how long the charger waits for an authorisation after plugging in: 30 to 900 s.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub async fn set_connection_timeout(&self, seconds: u16) -> Result<Completion, Error> {
        self.set(Setting::ConnectionTimeout { seconds }).await
    }

    /// Sets the temperature at which the charger stops: 85 to 95 °C.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub async fn set_max_temperature(&self, celsius: u8) -> Result<Completion, Error> {
        self.set(Setting::MaxTemperature { celsius }).await
    }

    /// Sets the mains voltage above which the charger stops: 265 to 290 V.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub async fn set_max_voltage(&self, volts: u16) -> Result<Completion, Error> {
        self.set(Setting::MaxVoltage { volts }).await
    }

    /// Sets the mains voltage below which the charger stops: 70 to 110 V.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub async fn set_min_voltage(&self, volts: u16) -> Result<Completion, Error> {
        self.set(Setting::MinVoltage { volts }).await
    }

    /// Switches plug and charge: when on, plugging in starts to charge without a start command.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub async fn set_direct_work_mode(&self, on: bool) -> Result<Completion, Error> {
        self.set(Setting::DirectWorkMode(on)).await
    }

    /// Sets the light: 0 off, 1 low, 3 high. Firmware V2.5 refuses it over the local network.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub async fn set_led_brightness(&self, level: u8) -> Result<Completion, Error> {
        self.set(Setting::LedBrightness(level)).await
    }

    /// Switches whether unplugging at the car ends the charge.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub async fn set_stop_on_disconnect(&self, on: bool) -> Result<Completion, Error> {
        self.set(Setting::StopOnDisconnect(on)).await
    }

    /// Switches the check of the pilot's −12 V level. It is a safety check: leave it on.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub async fn set_level_detection(&self, on: bool) -> Result<Completion, Error> {
        self.set(Setting::LevelDetection(on)).await
    }

    /// Changes any configuration key. Known keys are checked as by their own methods.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub async fn set_config(
        &self,
        key: impl Into<String>,
        value: impl Into<String>,
    ) -> Result<Completion, Error> {
        self.set(Setting::Key {
            key: key.into(),
            value: value.into(),
        })
        .await
    }

    /// Starts to charge. `id_tag` names who charges; `None` sends the configured one. Without a vehicle the charger
    /// accepts and waits for the plug: [`Completion::WaitingForVehicle`].
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub async fn start(&self, id_tag: Option<String>) -> Result<Completion, Error> {
        self.request(Command::Start { id_tag }).await
    }

    /// Stops charging. `transaction_id` is needed only when the charger's own report is wrong.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub async fn stop(&self, transaction_id: Option<i64>) -> Result<Completion, Error> {
        self.request(Command::Stop { transaction_id }).await
    }

    /// Asks the charger to write its settings to flash memory. Not needed: settings persist without it, and each write
    /// wears the memory. The only known `update_type` is 0.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub async fn update_to_flash(&self, update_type: i32) -> Result<Completion, Error> {
        self.request(Command::UpdateToFlash { update_type }).await
    }

    /// Asks the charger to send a message; it arrives as an event.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub async fn trigger(&self, message: MessageTrigger) -> Result<Completion, Error> {
        self.request(Command::Trigger(message)).await
    }

    /// Answers a card that was shown to the charger: [`Event::CardShown`](duosida_proto::session::Event::CardShown) gives the `message_id`. Accepting it lets its
    /// owner charge.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub async fn answer_card(&self, message_id: u64, accept: bool) -> Result<Completion, Error> {
        self.request(Command::AnswerCard { message_id, accept })
            .await
    }
}
