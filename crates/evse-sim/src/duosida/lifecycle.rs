//! Restarts, power cuts and disturbances from outside.
use std::time::{Duration, Instant};

use duosida_proto::message::{ChargePointStatus, ErrorCode};

use super::device::{Device, FIRST_OWN_ID};
use super::event::Event;
use super::session::{Request, Timer, Timers};
use super::transaction::reason;

impl Device {
    /// The controller restarts; the Wi-Fi module keeps the connection (assumption), and a new boot notification
    /// follows on it. Energy register and uptime begin at 0.
    pub fn reboot(&mut self, now: Instant) {
        self.handle_timeout(now);
        self.restart(now, reason::REBOOT);
    }

    /// Power off and on: as [`Device::reboot`], and the connection is lost, the slot free, a lock gone.
    pub fn power_cycle(&mut self, now: Instant) {
        self.handle_timeout(now);
        self.close_connection(now);
        self.slot.power_cycle();
        self.restart(now, reason::POWER_LOSS);
        if !self.config.cloud {
            self.set_clock(now, 0);
        }
    }

    fn restart(&mut self, now: Instant, why: i32) {
        self.restarting = true;
        self.end_transaction(now, why);
        self.scheduled.clear();
        self.timers = Timers::default();
        self.authorised = None;
        self.timers.set(Timer::Restarted, now + RESTART);
        if let Some(session) = self.session.as_mut() {
            session.restart();
        }
    }

    pub(super) fn finish_restart(&mut self, now: Instant) {
        self.restarting = false;
        self.booted = now;
        self.next_id = FIRST_OWN_ID + self.random.below(1_000);
        self.electrics.meter.reset();
        self.status = ChargePointStatus::Available;
        self.error = ErrorCode::NoError;
        self.notify(Event::Restarted);
        self.notify(Event::Status(self.status));
        if self.is_open() {
            let body = self.boot_notification();
            self.request_after(now, Duration::ZERO, Request::BootNotification, body);
            let body = self.status_notification(now);
            self.request_after(now, Duration::ZERO, Request::StatusNotification, body);
            self.start_periods(now);
        }
        if self.vehicle.is_plugged() {
            self.await_start(now);
        }
        self.send_transaction_message(now);
    }

    /// Periodic messages of an open session.
    pub(super) fn start_periods(&mut self, now: Instant) {
        self.timers.set(
            Timer::VendorStatus,
            now + self.config.vendor_status_interval,
        );
        self.timers
            .set(Timer::Heartbeat, now + self.config.heartbeat_interval);
        self.timers
            .set(Timer::DataContinue, now + Duration::from_secs(30));
    }

    /// Gives the connection up, as a Wi-Fi drop-out does; the owner is told by [`Event::CloseConnection`].
    pub fn close_connection(&mut self, now: Instant) {
        self.handle_timeout(now);
        if self.session.is_some() {
            self.forget_session(now);
            self.notify(Event::CloseConnection);
        }
    }

    /// Refuses connections until then; `None` ends it.
    pub fn refuse_until(&mut self, until: Option<Instant>) {
        self.slot.refuse_until(until);
    }

    /// The charger's clock jumps by this much.
    pub fn jump_clock(&mut self, now: Instant, by_s: i64) {
        let clock = self.clock(now).saturating_add(by_s);
        self.set_clock(now, clock);
    }

    /// The next vendor status carries an id tag that is not UTF-8.
    pub fn spoil_next_tag(&mut self) {
        self.bad_tag = true;
    }

    /// The next message carries fields that nobody knows.
    pub fn add_unknown_fields(&mut self) {
        self.unknown_fields = true;
    }

    /// Changes a setting at the device itself, without a client.
    pub fn set_setting(&mut self, now: Instant, key: &str, value: &str) {
        self.handle_timeout(now);
        self.settings.force(key, value);
        self.follow_limit(now);
    }
}

/// How long the controller is silent. Assumption.
const RESTART: Duration = Duration::from_secs(2);
