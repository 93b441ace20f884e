//! Where a charger is: learned from what only the charger itself sends.

use std::net::SocketAddrV4;
use std::time::Instant;

use super::Session;
use crate::Command;
use crate::endpoint::is_from_chargers_only;

impl Session {
    /// Learns the sender's address if that is safe; false for what does not come from this charger: phones have been
    /// seen that echo the answers to settings.
    pub(crate) fn learn(
        &mut self,
        now: Instant,
        from: SocketAddrV4,
        command: Command,
        answers_probe: bool,
    ) -> bool {
        let is_same_host = self.address.is_none_or(|known| known.ip() == from.ip());
        let is_awaited = || {
            let request = command.request();
            request.is_some_and(|request| self.is_asked(now, request))
        };
        let is_refusal = command == Command::PasswordError;
        if is_from_chargers_only(command)
            || answers_probe
            || (is_same_host && (is_refusal || is_awaited()))
        {
            self.set_address(from);
            return true;
        }
        is_same_host
    }

    /// The last probe that this charger answered.
    pub(crate) const fn last_probe_answered(&self) -> u64 {
        self.link.probe_answered
    }

    /// Counts the answer to a probe; each probe has one.
    pub(crate) const fn takes_probe(&mut self, number: u64) -> bool {
        let is_first = number > self.link.probe_answered;
        if is_first {
            self.link.probe_answered = number;
        }
        is_first
    }
}
