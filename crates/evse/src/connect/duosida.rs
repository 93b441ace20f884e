//! The session with a Duosida charger: its own connection.

use std::time::{Duration, SystemTime};

use duosida_client::{Link, Options, Reconnect};
use jiff::Zoned;

use super::{ConnectOptions, Connector, Progress};
use crate::adapter::duosida::error_kind;
use crate::config::ChargerConfig;
use crate::error::Error;
use crate::guarded::GuardedDuosida;
use crate::model::Identity;

impl Connector {
    pub(super) async fn duosida(
        &self,
        charger: &ChargerConfig,
        limit: Option<Duration>,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<GuardedDuosida, Error> {
        let ConnectOptions {
            store,
            stay,
            duosida,
            ..
        } = &self.inner.options;
        let mut options = Options {
            deadline: limit,
            reconnect: if *stay {
                Reconnect::Forever
            } else {
                Reconnect::Never
            },
            ..duosida.clone()
        };
        let wanted = charger.identity.as_ref().map(Identity::serial);
        options.session.expected_identity = wanted.map(str::to_owned);
        options.session.first_message_id = first_message_id();
        options.session.utc_offset_s = Zoned::now().offset().seconds();
        let tell = |link: &Link| {
            if let Link::Waiting { until, reason } = link {
                progress(Progress::Waiting {
                    until: *until,
                    kind: error_kind(reason),
                    reason: reason.to_string(),
                });
            }
        };
        let (store, policy) = (store.clone(), self.policy(charger));
        GuardedDuosida::connect_with_progress(&charger.address, options, store, policy, tell).await
    }
}

/// Message ids of two sessions in a row should not be the same; any start from 1 to `0x07FF_FFFF` is allowed.
fn first_message_id() -> u32 {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    u32::try_from(since.as_millis() % 0x0700_0000).unwrap_or(0) + 1
}
