//! What a director can be told.

use std::time::Duration;

use twc_proto::session;

use crate::{MessageLog, Port, Rs485, Tap};

/// How a [`Director`](crate::Director) speaks and listens. The defaults let no more than 6 A flow.
///
/// ```
/// use twc_director::{Config, proto::session::UnitConfig};
///
/// // A 40 A circuit for two units, each wired for 32 A.
/// let mut config = Config::default();
/// config.session.limit_a = 40;
/// config.session.unit = UnitConfig { wiring_a: 32, ..UnitConfig::default() };
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    /// Settings of the protocol: limits of circuit and units, listening only, the end.
    pub session: session::Config,
    /// The reply window behind a gateway, unless [`session::Config::reply_window`] is longer. Default 600 ms: networks
    /// deliver late and in lumps.
    pub gateway_reply_window: Duration,
    /// Who switches the direction of the line. Default: the kernel where it can, else the adapter.
    pub rs485: Rs485,
    /// Sees every byte, both ways. Default none.
    pub tap: Option<Tap>,
    /// Writes down every frame, both ways. Default none.
    pub log: Option<MessageLog>,
}

impl Config {
    /// The protocol's settings for a port.
    pub(crate) fn session_on(&self, port: &Port) -> session::Config {
        let mut session = self.session.clone();
        if port.is_gateway() {
            session.reply_window = session.reply_window.max(self.gateway_reply_window);
        }
        session
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            session: session::Config::default(),
            gateway_reply_window: Duration::from_millis(600),
            rs485: Rs485::default(),
            tap: None,
            log: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reply_window_is_wider_behind_a_gateway() {
        let mut config = Config::default();
        let window = |config: &Config, port| {
            config
                .session_on(&Port::from(port))
                .reply_window
                .as_millis()
        };
        assert_eq!(window(&config, "/dev/ttyUSB0"), 300);
        assert_eq!(window(&config, "192.0.2.7:4196"), 600);
        config.session.reply_window = Duration::from_secs(1);
        assert_eq!(window(&config, "192.0.2.7:4196"), 1_000);
    }
}
