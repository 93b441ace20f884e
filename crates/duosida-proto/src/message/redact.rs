//! `Debug` of the messages that hold a password, an identifier or an id tag.
//!
//! Each takes the whole message apart, so that a new field does not compile until someone decides about it.

use core::fmt::{Debug, Formatter, Result};

use crate::proto::{
    BootNotificationReq, ChangeConfigurationReq, DataPullAllConfigurationConf, DataVendorStatusReq,
    Envelope, IdToken, KeyValue, RemoteStartTransactionReq,
};

const REDACTED: &str = "[redacted]";

fn mask<T>(value: Option<&T>) -> Option<&'static str> {
    value.map(|_| REDACTED)
}

impl Debug for Envelope {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self {
            client_id,
            message_id,
            message,
        } = self;
        f.debug_struct("Envelope")
            .field("message", message)
            .field("client_id", &mask(client_id.as_ref()))
            .field("message_id", message_id)
            .finish()
    }
}

impl Debug for IdToken {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { id_token } = self;
        f.debug_struct("IdToken")
            .field("id_token", &mask(id_token.as_ref()))
            .finish()
    }
}

impl Debug for RemoteStartTransactionReq {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self {
            connector_id,
            id_tag,
            charging_profile,
        } = self;
        f.debug_struct("RemoteStartTransactionReq")
            .field("connector_id", connector_id)
            .field("id_tag", &mask(id_tag.as_ref()))
            .field("charging_profile", charging_profile)
            .finish()
    }
}

impl Debug for BootNotificationReq {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self {
            charge_box_serial_number,
            charge_point_model,
            charge_point_serial_number,
            charge_point_vendor,
            firmware_version,
            iccid,
            imsi,
            meter_serial_number,
            meter_type,
        } = self;
        f.debug_struct("BootNotificationReq")
            .field(
                "charge_box_serial_number",
                &mask(charge_box_serial_number.as_ref()),
            )
            .field("charge_point_model", charge_point_model)
            .field(
                "charge_point_serial_number",
                &mask(charge_point_serial_number.as_ref()),
            )
            .field("charge_point_vendor", charge_point_vendor)
            .field("firmware_version", firmware_version)
            .field("iccid", &mask(iccid.as_ref()))
            .field("imsi", &mask(imsi.as_ref()))
            .field("meter_serial_number", &mask(meter_serial_number.as_ref()))
            .field("meter_type", meter_type)
            .finish()
    }
}

impl Debug for ChangeConfigurationReq {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { key, value } = self;
        f.debug_struct("ChangeConfigurationReq")
            .field("key", key)
            .field("value", &mask(value.as_ref()))
            .finish()
    }
}

impl Debug for KeyValue {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self {
            key,
            readonly,
            value,
        } = self;
        f.debug_struct("KeyValue")
            .field("key", key)
            .field("readonly", readonly)
            .field("value", &mask(value.as_ref()))
            .finish()
    }
}

impl Debug for DataVendorStatusReq {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        // The readings that people look for; the id tag is personal.
        f.debug_struct("DataVendorStatusReq")
            .field("status", &self.status)
            .field("voltage_v", &self.voltage_v)
            .field("current_a", &self.current_a)
            .field("energy_register_kwh", &self.energy_register_kwh)
            .field("session_energy_kwh", &self.session_energy_kwh)
            .field("cp_voltage_v", &self.cp_voltage_v)
            .field("transaction_id", &self.transaction_id)
            .finish_non_exhaustive()
    }
}

impl Debug for DataPullAllConfigurationConf {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        // Wi-Fi names and passwords and the charger's name stay out.
        f.debug_struct("DataPullAllConfigurationConf")
            .field("max_work_current_a", &self.max_work_current_a)
            .field("max_work_temperature_c", &self.max_work_temperature_c)
            .field("max_work_voltage_v", &self.max_work_voltage_v)
            .field("min_work_voltage_v", &self.min_work_voltage_v)
            .field("direct_work_mode", &self.direct_work_mode)
            .field("connect_server", &self.connect_server)
            .finish_non_exhaustive()
    }
}
