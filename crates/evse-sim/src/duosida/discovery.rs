//! The Wi-Fi module's answer to discovery probes. Source: spec 2, hardware.
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;

use duosida_proto::discovery;

use super::device::Device;

impl Device {
    /// A datagram on the discovery port; the answer goes to `from`. `None` for anything but a probe, for a lost
    /// one (`DeviceConfig::discovery_loss`), and while the controller is down.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        datagram: &[u8],
        from: SocketAddr,
    ) -> Option<Vec<u8>> {
        let _ = (now, from);
        if !discovery::is_probe(datagram) || self.random.chance(self.config.discovery_loss) {
            return None;
        }
        let mut mac = String::with_capacity(12);
        for byte in self.config.mac {
            let _ = write!(mac, "{byte:02x}");
        }
        // The module's firmware is the last part of the boot notification's.
        let module = self.config.firmware.rsplit(',').next().unwrap_or_default();
        Some(format!("{},{mac},smart_wifi,{module}", self.config.ip).into_bytes())
    }

    /// Changes the address told in discovery answers.
    pub fn set_ip(&mut self, ip: Ipv4Addr) {
        self.config.ip = ip;
    }
}
