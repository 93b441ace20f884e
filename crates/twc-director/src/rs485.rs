//! Direction control by the kernel, for UARTs whose RS-485 driver hangs on RTS.

use std::{io, path::Path};

/// Who switches the RS-485 driver on before a frame and off after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Rs485 {
    /// The kernel, where it offers that and nobody has set it up already (Linux, `TIOCSRS485`, RTS high while sending);
    /// else the adapter itself, as all USB adapters do.
    #[default]
    Auto,
    /// The kernel; that it does not offer it is an error.
    On,
    /// Leave the port as it is.
    Off,
}

/// Sets up direction control, before the port is opened for use: the setting belongs to the UART, not to the opener.
pub(crate) fn prepare(path: &Path, rs485: Rs485) -> io::Result<()> {
    match rs485 {
        Rs485::Off => Ok(()),
        Rs485::On => enable(path),
        Rs485::Auto => {
            if let Err(error) = enable(path) {
                tracing::debug!(%error, "no direction control by the kernel");
            }
            Ok(())
        }
    }
}

#[cfg(target_os = "linux")]
fn enable(path: &Path) -> io::Result<()> {
    use serial2::{
        KeepSettings, SerialPort,
        rs4xx::{Rs485Config, TransceiverMode},
    };
    let port = SerialPort::open(path, KeepSettings)?;
    match port.get_rs4xx_mode()? {
        // Such as by the device tree, which knows the polarity.
        TransceiverMode::Rs485(_) => Ok(()),
        TransceiverMode::Default | TransceiverMode::Rs422 => {
            port.set_rs4xx_mode(Rs485Config::new())
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn enable(_: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
