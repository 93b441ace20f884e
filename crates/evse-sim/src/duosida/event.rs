//! What observers of a device may want to know.
use duosida_proto::message::ChargePointStatus;

use super::violation::Violation;

/// Something happened inside the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The device gives the connection up: the owner closes it and calls nothing for it.
    CloseConnection,
    /// The opening message came; the client is a Duosida client.
    Opened,
    /// The status changed.
    Status(ChargePointStatus),
    /// A transaction began.
    TransactionStarted,
    /// A transaction was given its id by the local client or by the cloud.
    TransactionConfirmed {
        /// The id.
        transaction_id: i64,
        /// By the local client, not by the cloud.
        locally: bool,
    },
    /// A transaction ended.
    TransactionStopped {
        /// The reason as it is sent (OCPP order of the text).
        reason: i32,
    },
    /// A setting was written to flash.
    SettingWritten {
        /// The key.
        key: String,
    },
    /// The controller restarted.
    Restarted,
    /// A client broke a rule.
    Violation(Violation),
}
