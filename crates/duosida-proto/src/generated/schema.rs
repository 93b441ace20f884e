// Written by `cargo xtask codegen` from proto/duosida.proto. Do not edit.

use crate::schema::{EnumSchema, FieldSchema, Kind, MessageSchema};

pub static GENERIC_STATUS: EnumSchema = EnumSchema {
    names: &["Accepted", "Rejected"],
};

pub static CHARGE_POINT_STATUS: EnumSchema = EnumSchema {
    names: &[
        "Available",
        "Preparing",
        "Charging",
        "SuspendedEVSE",
        "SuspendedEV",
        "Finishing",
        "Reserved",
        "Unavailable",
        "Faulted",
    ],
};

pub static CHARGE_POINT_ERROR_CODE: EnumSchema = EnumSchema {
    names: &[
        "ConnectorLockFailure",
        "EVCommunicationError",
        "GroundFailure",
        "HighTemperature",
        "InternalError",
        "LocalListConflict",
        "NoError",
        "OtherError",
        "OverCurrentFailure",
        "OverVoltage",
        "PowerMeterFailure",
        "PowerSwitchFailure",
        "ReaderFailure",
        "ResetFailure",
        "UnderVoltage",
        "WeakSignal",
    ],
};

pub static MEASURAND: EnumSchema = EnumSchema {
    names: &[
        "Energy.Active.Export.Register",
        "Energy.Active.Import.Register",
        "Energy.Reactive.Export.Register",
        "Energy.Reactive.Import.Register",
        "Energy.Active.Export.Interval",
        "Energy.Active.Import.Interval",
        "Energy.Reactive.Export.Interval",
        "Energy.Reactive.Import.Interval",
        "Power.Active.Export",
        "Power.Active.Import",
        "Power.Offered",
        "Power.Reactive.Export",
        "Power.Reactive.Import",
        "Power.Factor",
        "Current.Import",
        "Current.Export",
        "Current.Offered",
        "Voltage",
        "Frequency",
        "Temperature",
        "SoC",
        "RPM",
    ],
};

pub static UNIT_OF_MEASURE: EnumSchema = EnumSchema {
    names: &[
        "Wh",
        "kWh",
        "varh",
        "kvarh",
        "W",
        "kW",
        "VA",
        "kVA",
        "var",
        "kvar",
        "A",
        "V",
        "Celsius",
        "Fahrenheit",
        "K",
        "Percent",
    ],
};

pub static MESSAGE_TRIGGER: EnumSchema = EnumSchema {
    names: &[
        "BootNotification",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "MeterValues",
        "StatusNotification",
    ],
};

pub static ENVELOPE: MessageSchema = MessageSchema {
    name: "Envelope",
    fields: &[
        FieldSchema {
            number: 1,
            name: "authorize_conf",
            kind: Kind::Message(&AUTHORIZE_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "authorize_req",
            kind: Kind::Message(&AUTHORIZE_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "boot_notification_conf",
            kind: Kind::Message(&BOOT_NOTIFICATION_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 4,
            name: "boot_notification_req",
            kind: Kind::Message(&BOOT_NOTIFICATION_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 5,
            name: "cancel_reservation_conf",
            kind: Kind::Message(&CANCEL_RESERVATION_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 6,
            name: "cancel_reservation_req",
            kind: Kind::Message(&CANCEL_RESERVATION_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 7,
            name: "change_availability_conf",
            kind: Kind::Message(&CHANGE_AVAILABILITY_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 8,
            name: "change_availability_req",
            kind: Kind::Message(&CHANGE_AVAILABILITY_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 9,
            name: "change_configuration_conf",
            kind: Kind::Message(&CHANGE_CONFIGURATION_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 10,
            name: "change_configuration_req",
            kind: Kind::Message(&CHANGE_CONFIGURATION_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 11,
            name: "clear_cache_conf",
            kind: Kind::Message(&CLEAR_CACHE_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 12,
            name: "clear_cache_req",
            kind: Kind::Message(&CLEAR_CACHE_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 13,
            name: "clear_charging_profile_conf",
            kind: Kind::Message(&CLEAR_CHARGING_PROFILE_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 14,
            name: "clear_charging_profile_req",
            kind: Kind::Message(&CLEAR_CHARGING_PROFILE_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 15,
            name: "data_transfer_conf",
            kind: Kind::Message(&DATA_TRANSFER_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 16,
            name: "data_transfer_req",
            kind: Kind::Message(&DATA_TRANSFER_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 17,
            name: "diagnostics_status_notification_conf",
            kind: Kind::Message(&DIAGNOSTICS_STATUS_NOTIFICATION_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 18,
            name: "diagnostics_status_notification_req",
            kind: Kind::Message(&DIAGNOSTICS_STATUS_NOTIFICATION_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 19,
            name: "firmware_status_notification_conf",
            kind: Kind::Message(&FIRMWARE_STATUS_NOTIFICATION_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 20,
            name: "firmware_status_notification_req",
            kind: Kind::Message(&FIRMWARE_STATUS_NOTIFICATION_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 21,
            name: "get_composite_schedule_conf",
            kind: Kind::Message(&GET_COMPOSITE_SCHEDULE_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 22,
            name: "get_composite_schedule_req",
            kind: Kind::Message(&GET_COMPOSITE_SCHEDULE_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 23,
            name: "get_configuration_conf",
            kind: Kind::Message(&GET_CONFIGURATION_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 24,
            name: "get_configuration_req",
            kind: Kind::Message(&GET_CONFIGURATION_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 25,
            name: "get_diagnostics_conf",
            kind: Kind::Message(&GET_DIAGNOSTICS_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 26,
            name: "get_diagnostics_req",
            kind: Kind::Message(&GET_DIAGNOSTICS_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 27,
            name: "get_local_list_version_conf",
            kind: Kind::Message(&GET_LOCAL_LIST_VERSION_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 28,
            name: "get_local_list_version_req",
            kind: Kind::Message(&GET_LOCAL_LIST_VERSION_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 29,
            name: "heartbeat_conf",
            kind: Kind::Message(&HEARTBEAT_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 30,
            name: "heartbeat_req",
            kind: Kind::Message(&HEARTBEAT_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 31,
            name: "meter_values_conf",
            kind: Kind::Message(&METER_VALUES_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 32,
            name: "meter_values_req",
            kind: Kind::Message(&METER_VALUES_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 33,
            name: "remote_start_transaction_conf",
            kind: Kind::Message(&REMOTE_START_TRANSACTION_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 34,
            name: "remote_start_transaction_req",
            kind: Kind::Message(&REMOTE_START_TRANSACTION_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 35,
            name: "remote_stop_transaction_conf",
            kind: Kind::Message(&REMOTE_STOP_TRANSACTION_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 36,
            name: "remote_stop_transaction_req",
            kind: Kind::Message(&REMOTE_STOP_TRANSACTION_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 37,
            name: "reserve_now_conf",
            kind: Kind::Message(&RESERVE_NOW_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 38,
            name: "reserve_now_req",
            kind: Kind::Message(&RESERVE_NOW_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 39,
            name: "reset_conf",
            kind: Kind::Message(&RESET_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 40,
            name: "reset_req",
            kind: Kind::Message(&RESET_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 41,
            name: "send_local_list_conf",
            kind: Kind::Message(&SEND_LOCAL_LIST_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 42,
            name: "send_local_list_req",
            kind: Kind::Message(&SEND_LOCAL_LIST_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 43,
            name: "set_charging_profile_conf",
            kind: Kind::Message(&SET_CHARGING_PROFILE_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 44,
            name: "set_charging_profile_req",
            kind: Kind::Message(&SET_CHARGING_PROFILE_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 45,
            name: "start_transaction_conf",
            kind: Kind::Message(&START_TRANSACTION_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 46,
            name: "start_transaction_req",
            kind: Kind::Message(&START_TRANSACTION_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 47,
            name: "status_notification_conf",
            kind: Kind::Message(&STATUS_NOTIFICATION_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 48,
            name: "status_notification_req",
            kind: Kind::Message(&STATUS_NOTIFICATION_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 49,
            name: "stop_transaction_conf",
            kind: Kind::Message(&STOP_TRANSACTION_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 50,
            name: "stop_transaction_req",
            kind: Kind::Message(&STOP_TRANSACTION_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 51,
            name: "trigger_message_conf",
            kind: Kind::Message(&TRIGGER_MESSAGE_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 52,
            name: "trigger_message_req",
            kind: Kind::Message(&TRIGGER_MESSAGE_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 53,
            name: "unlock_connector_conf",
            kind: Kind::Message(&UNLOCK_CONNECTOR_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 54,
            name: "unlock_connector_req",
            kind: Kind::Message(&UNLOCK_CONNECTOR_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 55,
            name: "update_firmware_conf",
            kind: Kind::Message(&UPDATE_FIRMWARE_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 56,
            name: "update_firmware_req",
            kind: Kind::Message(&UPDATE_FIRMWARE_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 100,
            name: "client_id",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 101,
            name: "message_id",
            kind: Kind::Uint,
            repeated: false,
            secret: false,
        },
    ],
};

pub static ID_TOKEN: MessageSchema = MessageSchema {
    name: "IdToken",
    fields: &[FieldSchema {
        number: 1,
        name: "id_token",
        kind: Kind::Text,
        repeated: false,
        secret: false,
    }],
};

pub static ID_TAG_INFO_STATUS: EnumSchema = EnumSchema {
    names: &["Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"],
};

pub static ID_TAG_INFO: MessageSchema = MessageSchema {
    name: "IdTagInfo",
    fields: &[
        FieldSchema {
            number: 1,
            name: "expiry_date",
            kind: Kind::ZigZag,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "parent_id_tag",
            kind: Kind::Message(&ID_TOKEN),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "status",
            kind: Kind::Enum(&ID_TAG_INFO_STATUS),
            repeated: false,
            secret: false,
        },
    ],
};

pub static AUTHORIZE_REQ: MessageSchema = MessageSchema {
    name: "AuthorizeReq",
    fields: &[FieldSchema {
        number: 1,
        name: "id_tag",
        kind: Kind::Message(&ID_TOKEN),
        repeated: false,
        secret: false,
    }],
};

pub static AUTHORIZE_CONF: MessageSchema = MessageSchema {
    name: "AuthorizeConf",
    fields: &[FieldSchema {
        number: 1,
        name: "id_tag_info",
        kind: Kind::Message(&ID_TAG_INFO),
        repeated: false,
        secret: false,
    }],
};

pub static BOOT_NOTIFICATION_REQ: MessageSchema = MessageSchema {
    name: "BootNotificationReq",
    fields: &[
        FieldSchema {
            number: 1,
            name: "charge_box_serial_number",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "charge_point_model",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "charge_point_serial_number",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 4,
            name: "charge_point_vendor",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 5,
            name: "firmware_version",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 6,
            name: "iccid",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 7,
            name: "imsi",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 8,
            name: "meter_serial_number",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 9,
            name: "meter_type",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
    ],
};

pub static BOOT_NOTIFICATION_CONF_STATUS: EnumSchema = EnumSchema {
    names: &["Accepted", "Pending", "Rejected"],
};

pub static BOOT_NOTIFICATION_CONF: MessageSchema = MessageSchema {
    name: "BootNotificationConf",
    fields: &[
        FieldSchema {
            number: 1,
            name: "current_time",
            kind: Kind::ZigZag,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "interval",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "status",
            kind: Kind::Enum(&BOOT_NOTIFICATION_CONF_STATUS),
            repeated: false,
            secret: false,
        },
    ],
};

pub static CANCEL_RESERVATION_REQ: MessageSchema = MessageSchema {
    name: "CancelReservationReq",
    fields: &[FieldSchema {
        number: 1,
        name: "reservation_id",
        kind: Kind::Int,
        repeated: false,
        secret: false,
    }],
};

pub static CANCEL_RESERVATION_CONF: MessageSchema = MessageSchema {
    name: "CancelReservationConf",
    fields: &[FieldSchema {
        number: 1,
        name: "status",
        kind: Kind::Enum(&GENERIC_STATUS),
        repeated: false,
        secret: false,
    }],
};

pub static CHANGE_AVAILABILITY_REQ_TYPE: EnumSchema = EnumSchema {
    names: &["Inoperative", "Operative"],
};

pub static CHANGE_AVAILABILITY_REQ: MessageSchema = MessageSchema {
    name: "ChangeAvailabilityReq",
    fields: &[
        FieldSchema {
            number: 1,
            name: "connector_id",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "type",
            kind: Kind::Enum(&CHANGE_AVAILABILITY_REQ_TYPE),
            repeated: false,
            secret: false,
        },
    ],
};

pub static CHANGE_AVAILABILITY_CONF_STATUS: EnumSchema = EnumSchema {
    names: &["Accepted", "Rejected", "Scheduled"],
};

pub static CHANGE_AVAILABILITY_CONF: MessageSchema = MessageSchema {
    name: "ChangeAvailabilityConf",
    fields: &[FieldSchema {
        number: 1,
        name: "status",
        kind: Kind::Enum(&CHANGE_AVAILABILITY_CONF_STATUS),
        repeated: false,
        secret: false,
    }],
};

pub static CHANGE_CONFIGURATION_REQ: MessageSchema = MessageSchema {
    name: "ChangeConfigurationReq",
    fields: &[
        FieldSchema {
            number: 1,
            name: "key",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "value",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
    ],
};

pub static CHANGE_CONFIGURATION_CONF_STATUS: EnumSchema = EnumSchema {
    names: &["Accepted", "Rejected", "RebootRequired", "NotSupported"],
};

pub static CHANGE_CONFIGURATION_CONF: MessageSchema = MessageSchema {
    name: "ChangeConfigurationConf",
    fields: &[FieldSchema {
        number: 1,
        name: "status",
        kind: Kind::Enum(&CHANGE_CONFIGURATION_CONF_STATUS),
        repeated: false,
        secret: false,
    }],
};

pub static CLEAR_CACHE_REQ: MessageSchema = MessageSchema {
    name: "ClearCacheReq",
    fields: &[],
};

pub static CLEAR_CACHE_CONF: MessageSchema = MessageSchema {
    name: "ClearCacheConf",
    fields: &[FieldSchema {
        number: 1,
        name: "status",
        kind: Kind::Enum(&GENERIC_STATUS),
        repeated: false,
        secret: false,
    }],
};

pub static CLEAR_CHARGING_PROFILE_REQ: MessageSchema = MessageSchema {
    name: "ClearChargingProfileReq",
    fields: &[
        FieldSchema {
            number: 1,
            name: "id",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "connector_id",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "charging_profile_purpose",
            kind: Kind::Enum(&CHARGING_PROFILE_PURPOSE),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 4,
            name: "stack_level",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
    ],
};

pub static CLEAR_CHARGING_PROFILE_CONF_STATUS: EnumSchema = EnumSchema {
    names: &["Accepted", "Unknown"],
};

pub static CLEAR_CHARGING_PROFILE_CONF: MessageSchema = MessageSchema {
    name: "ClearChargingProfileConf",
    fields: &[FieldSchema {
        number: 1,
        name: "status",
        kind: Kind::Enum(&CLEAR_CHARGING_PROFILE_CONF_STATUS),
        repeated: false,
        secret: false,
    }],
};

pub static DIAGNOSTICS_STATUS_NOTIFICATION_REQ_STATUS: EnumSchema = EnumSchema {
    names: &["Idle", "Uploaded", "UploadFailed", "Uploading"],
};

pub static DIAGNOSTICS_STATUS_NOTIFICATION_REQ: MessageSchema = MessageSchema {
    name: "DiagnosticsStatusNotificationReq",
    fields: &[FieldSchema {
        number: 1,
        name: "status",
        kind: Kind::Enum(&DIAGNOSTICS_STATUS_NOTIFICATION_REQ_STATUS),
        repeated: false,
        secret: false,
    }],
};

pub static DIAGNOSTICS_STATUS_NOTIFICATION_CONF: MessageSchema = MessageSchema {
    name: "DiagnosticsStatusNotificationConf",
    fields: &[],
};

pub static FIRMWARE_STATUS_NOTIFICATION_REQ_STATUS: EnumSchema = EnumSchema {
    names: &[
        "Downloaded",
        "DownloadFailed",
        "Downloading",
        "Idle",
        "InstallationFailed",
        "Installing",
        "Installed",
    ],
};

pub static FIRMWARE_STATUS_NOTIFICATION_REQ: MessageSchema = MessageSchema {
    name: "FirmwareStatusNotificationReq",
    fields: &[FieldSchema {
        number: 1,
        name: "status",
        kind: Kind::Enum(&FIRMWARE_STATUS_NOTIFICATION_REQ_STATUS),
        repeated: false,
        secret: false,
    }],
};

pub static FIRMWARE_STATUS_NOTIFICATION_CONF: MessageSchema = MessageSchema {
    name: "FirmwareStatusNotificationConf",
    fields: &[],
};

pub static GET_COMPOSITE_SCHEDULE_REQ: MessageSchema = MessageSchema {
    name: "GetCompositeScheduleReq",
    fields: &[
        FieldSchema {
            number: 1,
            name: "connector_id",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "duration",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "charging_rate_unit",
            kind: Kind::Enum(&CHARGING_SCHEDULE_RATE_UNIT),
            repeated: false,
            secret: false,
        },
    ],
};

pub static GET_COMPOSITE_SCHEDULE_CONF: MessageSchema = MessageSchema {
    name: "GetCompositeScheduleConf",
    fields: &[
        FieldSchema {
            number: 1,
            name: "status",
            kind: Kind::Enum(&GENERIC_STATUS),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "connector_id",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "schedule_start",
            kind: Kind::ZigZag,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 4,
            name: "charging_schedule",
            kind: Kind::Message(&CHARGING_SCHEDULE),
            repeated: false,
            secret: false,
        },
    ],
};

pub static GET_CONFIGURATION_REQ: MessageSchema = MessageSchema {
    name: "GetConfigurationReq",
    fields: &[FieldSchema {
        number: 1,
        name: "key",
        kind: Kind::Text,
        repeated: true,
        secret: false,
    }],
};

pub static KEY_VALUE: MessageSchema = MessageSchema {
    name: "KeyValue",
    fields: &[
        FieldSchema {
            number: 1,
            name: "key",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "readonly",
            kind: Kind::Bool,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "value",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
    ],
};

pub static GET_CONFIGURATION_CONF: MessageSchema = MessageSchema {
    name: "GetConfigurationConf",
    fields: &[
        FieldSchema {
            number: 1,
            name: "configuration_key",
            kind: Kind::Message(&KEY_VALUE),
            repeated: true,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "unknown_key",
            kind: Kind::Text,
            repeated: true,
            secret: false,
        },
    ],
};

pub static GET_DIAGNOSTICS_REQ: MessageSchema = MessageSchema {
    name: "GetDiagnosticsReq",
    fields: &[
        FieldSchema {
            number: 1,
            name: "location",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "retries",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "retry_interval",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 4,
            name: "start_time",
            kind: Kind::ZigZag,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 5,
            name: "stop_time",
            kind: Kind::ZigZag,
            repeated: false,
            secret: false,
        },
    ],
};

pub static GET_DIAGNOSTICS_CONF: MessageSchema = MessageSchema {
    name: "GetDiagnosticsConf",
    fields: &[FieldSchema {
        number: 1,
        name: "file_name",
        kind: Kind::Text,
        repeated: false,
        secret: false,
    }],
};

pub static GET_LOCAL_LIST_VERSION_REQ: MessageSchema = MessageSchema {
    name: "GetLocalListVersionReq",
    fields: &[],
};

pub static GET_LOCAL_LIST_VERSION_CONF: MessageSchema = MessageSchema {
    name: "GetLocalListVersionConf",
    fields: &[FieldSchema {
        number: 1,
        name: "list_version",
        kind: Kind::Int,
        repeated: false,
        secret: false,
    }],
};

pub static HEARTBEAT_REQ: MessageSchema = MessageSchema {
    name: "HeartbeatReq",
    fields: &[],
};

pub static HEARTBEAT_CONF: MessageSchema = MessageSchema {
    name: "HeartbeatConf",
    fields: &[FieldSchema {
        number: 1,
        name: "current_time",
        kind: Kind::ZigZag,
        repeated: false,
        secret: false,
    }],
};

pub static SAMPLED_VALUE: MessageSchema = MessageSchema {
    name: "SampledValue",
    fields: &[
        FieldSchema {
            number: 1,
            name: "value",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "context",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "format",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 4,
            name: "measurand",
            kind: Kind::Enum(&MEASURAND),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 5,
            name: "phase",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 6,
            name: "location",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 7,
            name: "unit",
            kind: Kind::Enum(&UNIT_OF_MEASURE),
            repeated: false,
            secret: false,
        },
    ],
};

pub static METER_VALUE: MessageSchema = MessageSchema {
    name: "MeterValue",
    fields: &[
        FieldSchema {
            number: 1,
            name: "timestamp",
            kind: Kind::ZigZag,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "sampled_values",
            kind: Kind::Message(&SAMPLED_VALUE),
            repeated: true,
            secret: false,
        },
    ],
};

pub static METER_VALUES_REQ: MessageSchema = MessageSchema {
    name: "MeterValuesReq",
    fields: &[
        FieldSchema {
            number: 1,
            name: "connector_id",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "transaction_id",
            kind: Kind::Long,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "meter_values",
            kind: Kind::Message(&METER_VALUE),
            repeated: true,
            secret: false,
        },
    ],
};

pub static METER_VALUES_CONF: MessageSchema = MessageSchema {
    name: "MeterValuesConf",
    fields: &[],
};

pub static CHARGING_SCHEDULE_PERIOD: MessageSchema = MessageSchema {
    name: "ChargingSchedulePeriod",
    fields: &[
        FieldSchema {
            number: 1,
            name: "start_period",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "limit",
            kind: Kind::Float,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "number_phases",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
    ],
};

pub static CHARGING_SCHEDULE_RATE_UNIT: EnumSchema = EnumSchema { names: &["W", "A"] };

pub static CHARGING_SCHEDULE: MessageSchema = MessageSchema {
    name: "ChargingSchedule",
    fields: &[
        FieldSchema {
            number: 1,
            name: "duration",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "start_schedule",
            kind: Kind::ZigZag,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "charging_rate_unit",
            kind: Kind::Enum(&CHARGING_SCHEDULE_RATE_UNIT),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 4,
            name: "charging_schedule_period",
            kind: Kind::Message(&CHARGING_SCHEDULE_PERIOD),
            repeated: true,
            secret: false,
        },
        FieldSchema {
            number: 5,
            name: "min_charging_rate",
            kind: Kind::Float,
            repeated: false,
            secret: false,
        },
    ],
};

pub static CHARGING_PROFILE_PURPOSE: EnumSchema = EnumSchema {
    names: &["ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"],
};

pub static CHARGING_PROFILE_KIND: EnumSchema = EnumSchema {
    names: &["Absolute", "Recurring", "Relative"],
};

pub static CHARGING_PROFILE_RECURRENCY: EnumSchema = EnumSchema {
    names: &["Daily", "Weekly"],
};

pub static CHARGING_PROFILE: MessageSchema = MessageSchema {
    name: "ChargingProfile",
    fields: &[
        FieldSchema {
            number: 1,
            name: "charging_profile_id",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "transaction_id",
            kind: Kind::Long,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "stack_level",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 4,
            name: "charging_profile_purpose",
            kind: Kind::Enum(&CHARGING_PROFILE_PURPOSE),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 5,
            name: "charging_profile_kind",
            kind: Kind::Enum(&CHARGING_PROFILE_KIND),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 6,
            name: "recurrency_kind",
            kind: Kind::Enum(&CHARGING_PROFILE_RECURRENCY),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 7,
            name: "valid_from",
            kind: Kind::ZigZag,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 8,
            name: "valid_to",
            kind: Kind::ZigZag,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 9,
            name: "charging_schedule",
            kind: Kind::Message(&CHARGING_SCHEDULE),
            repeated: false,
            secret: false,
        },
    ],
};

pub static REMOTE_START_TRANSACTION_REQ: MessageSchema = MessageSchema {
    name: "RemoteStartTransactionReq",
    fields: &[
        FieldSchema {
            number: 1,
            name: "connector_id",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "id_tag",
            kind: Kind::Bytes,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "charging_profile",
            kind: Kind::Message(&CHARGING_PROFILE),
            repeated: false,
            secret: false,
        },
    ],
};

pub static REMOTE_START_TRANSACTION_CONF: MessageSchema = MessageSchema {
    name: "RemoteStartTransactionConf",
    fields: &[FieldSchema {
        number: 1,
        name: "status",
        kind: Kind::Enum(&GENERIC_STATUS),
        repeated: false,
        secret: false,
    }],
};

pub static REMOTE_STOP_TRANSACTION_REQ: MessageSchema = MessageSchema {
    name: "RemoteStopTransactionReq",
    fields: &[FieldSchema {
        number: 1,
        name: "transaction_id",
        kind: Kind::Long,
        repeated: false,
        secret: false,
    }],
};

pub static REMOTE_STOP_TRANSACTION_CONF: MessageSchema = MessageSchema {
    name: "RemoteStopTransactionConf",
    fields: &[FieldSchema {
        number: 1,
        name: "status",
        kind: Kind::Enum(&GENERIC_STATUS),
        repeated: false,
        secret: false,
    }],
};

pub static RESERVE_NOW_REQ: MessageSchema = MessageSchema {
    name: "ReserveNowReq",
    fields: &[
        FieldSchema {
            number: 1,
            name: "connector_id",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "expiry_date",
            kind: Kind::ZigZag,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "id_tag",
            kind: Kind::Message(&ID_TOKEN),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 4,
            name: "parent_id_tag",
            kind: Kind::Message(&ID_TOKEN),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 5,
            name: "reservation_id",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
    ],
};

pub static RESERVE_NOW_CONF_STATUS: EnumSchema = EnumSchema {
    names: &["Accepted", "Faulted", "Occupied", "Rejected", "Unavailable"],
};

pub static RESERVE_NOW_CONF: MessageSchema = MessageSchema {
    name: "ReserveNowConf",
    fields: &[FieldSchema {
        number: 1,
        name: "status",
        kind: Kind::Enum(&RESERVE_NOW_CONF_STATUS),
        repeated: false,
        secret: false,
    }],
};

pub static RESET_REQ_TYPE: EnumSchema = EnumSchema {
    names: &["Hard", "Soft"],
};

pub static RESET_REQ: MessageSchema = MessageSchema {
    name: "ResetReq",
    fields: &[FieldSchema {
        number: 1,
        name: "type",
        kind: Kind::Enum(&RESET_REQ_TYPE),
        repeated: false,
        secret: false,
    }],
};

pub static RESET_CONF: MessageSchema = MessageSchema {
    name: "ResetConf",
    fields: &[FieldSchema {
        number: 1,
        name: "status",
        kind: Kind::Enum(&GENERIC_STATUS),
        repeated: false,
        secret: false,
    }],
};

pub static AUTHORIZATION_DATA: MessageSchema = MessageSchema {
    name: "AuthorizationData",
    fields: &[
        FieldSchema {
            number: 1,
            name: "id_tag",
            kind: Kind::Message(&ID_TOKEN),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "id_tag_info",
            kind: Kind::Message(&ID_TAG_INFO),
            repeated: false,
            secret: false,
        },
    ],
};

pub static SEND_LOCAL_LIST_REQ_UPDATE_TYPE: EnumSchema = EnumSchema {
    names: &["Differential", "Full"],
};

pub static SEND_LOCAL_LIST_REQ: MessageSchema = MessageSchema {
    name: "SendLocalListReq",
    fields: &[
        FieldSchema {
            number: 1,
            name: "list_version",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "local_authorization_list",
            kind: Kind::Message(&AUTHORIZATION_DATA),
            repeated: true,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "update_type",
            kind: Kind::Enum(&SEND_LOCAL_LIST_REQ_UPDATE_TYPE),
            repeated: false,
            secret: false,
        },
    ],
};

pub static SEND_LOCAL_LIST_CONF_STATUS: EnumSchema = EnumSchema {
    names: &["Accepted", "Failed", "NotSupported", "VersionMismatch"],
};

pub static SEND_LOCAL_LIST_CONF: MessageSchema = MessageSchema {
    name: "SendLocalListConf",
    fields: &[FieldSchema {
        number: 1,
        name: "status",
        kind: Kind::Enum(&SEND_LOCAL_LIST_CONF_STATUS),
        repeated: false,
        secret: false,
    }],
};

pub static SET_CHARGING_PROFILE_REQ: MessageSchema = MessageSchema {
    name: "SetChargingProfileReq",
    fields: &[
        FieldSchema {
            number: 1,
            name: "connector_id",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "cs_charging_profiles",
            kind: Kind::Message(&CHARGING_PROFILE),
            repeated: false,
            secret: false,
        },
    ],
};

pub static SET_CHARGING_PROFILE_CONF_STATUS: EnumSchema = EnumSchema {
    names: &["Accepted", "Rejected", "NotSupported"],
};

pub static SET_CHARGING_PROFILE_CONF: MessageSchema = MessageSchema {
    name: "SetChargingProfileConf",
    fields: &[FieldSchema {
        number: 1,
        name: "status",
        kind: Kind::Enum(&SET_CHARGING_PROFILE_CONF_STATUS),
        repeated: false,
        secret: false,
    }],
};

pub static START_TRANSACTION_REQ: MessageSchema = MessageSchema {
    name: "StartTransactionReq",
    fields: &[
        FieldSchema {
            number: 1,
            name: "connector_id",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "id_tag",
            kind: Kind::Message(&ID_TOKEN),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "meter_start_wh",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 4,
            name: "reservation_id",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 5,
            name: "timestamp",
            kind: Kind::ZigZag,
            repeated: false,
            secret: false,
        },
    ],
};

pub static START_TRANSACTION_CONF: MessageSchema = MessageSchema {
    name: "StartTransactionConf",
    fields: &[
        FieldSchema {
            number: 1,
            name: "id_tag_info",
            kind: Kind::Message(&ID_TAG_INFO),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "transaction_id",
            kind: Kind::Long,
            repeated: false,
            secret: false,
        },
    ],
};

pub static STATUS_NOTIFICATION_REQ: MessageSchema = MessageSchema {
    name: "StatusNotificationReq",
    fields: &[
        FieldSchema {
            number: 1,
            name: "connector_id",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "error_code",
            kind: Kind::Enum(&CHARGE_POINT_ERROR_CODE),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "info",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 4,
            name: "status",
            kind: Kind::Enum(&CHARGE_POINT_STATUS),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 5,
            name: "timestamp",
            kind: Kind::ZigZag,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 6,
            name: "vendor_id",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 7,
            name: "vendor_error_code",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
    ],
};

pub static STATUS_NOTIFICATION_CONF: MessageSchema = MessageSchema {
    name: "StatusNotificationConf",
    fields: &[],
};

pub static STOP_TRANSACTION_REQ: MessageSchema = MessageSchema {
    name: "StopTransactionReq",
    fields: &[
        FieldSchema {
            number: 1,
            name: "id_tag",
            kind: Kind::Message(&ID_TOKEN),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "meter_stop_wh",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "timestamp",
            kind: Kind::ZigZag,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 4,
            name: "transaction_id",
            kind: Kind::Long,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 5,
            name: "reason",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 6,
            name: "transaction_data",
            kind: Kind::Message(&METER_VALUE),
            repeated: true,
            secret: false,
        },
    ],
};

pub static STOP_TRANSACTION_CONF: MessageSchema = MessageSchema {
    name: "StopTransactionConf",
    fields: &[FieldSchema {
        number: 1,
        name: "id_tag_info",
        kind: Kind::Message(&ID_TAG_INFO),
        repeated: false,
        secret: false,
    }],
};

pub static TRIGGER_MESSAGE_REQ: MessageSchema = MessageSchema {
    name: "TriggerMessageReq",
    fields: &[
        FieldSchema {
            number: 1,
            name: "requested_message",
            kind: Kind::Enum(&MESSAGE_TRIGGER),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "connector_id",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
    ],
};

pub static TRIGGER_MESSAGE_CONF_STATUS: EnumSchema = EnumSchema {
    names: &["Accepted", "Rejected", "NotImplemented"],
};

pub static TRIGGER_MESSAGE_CONF: MessageSchema = MessageSchema {
    name: "TriggerMessageConf",
    fields: &[FieldSchema {
        number: 1,
        name: "status",
        kind: Kind::Enum(&TRIGGER_MESSAGE_CONF_STATUS),
        repeated: false,
        secret: false,
    }],
};

pub static UNLOCK_CONNECTOR_REQ: MessageSchema = MessageSchema {
    name: "UnlockConnectorReq",
    fields: &[FieldSchema {
        number: 1,
        name: "connector_id",
        kind: Kind::Int,
        repeated: false,
        secret: false,
    }],
};

pub static UNLOCK_CONNECTOR_CONF_STATUS: EnumSchema = EnumSchema {
    names: &["Unlocked", "UnlockFailed", "NotSupported"],
};

pub static UNLOCK_CONNECTOR_CONF: MessageSchema = MessageSchema {
    name: "UnlockConnectorConf",
    fields: &[FieldSchema {
        number: 1,
        name: "status",
        kind: Kind::Enum(&UNLOCK_CONNECTOR_CONF_STATUS),
        repeated: false,
        secret: false,
    }],
};

pub static UPDATE_FIRMWARE_REQ: MessageSchema = MessageSchema {
    name: "UpdateFirmwareReq",
    fields: &[
        FieldSchema {
            number: 1,
            name: "location",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "retries",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "retrieve_date",
            kind: Kind::ZigZag,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 4,
            name: "retry_interval",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
    ],
};

pub static UPDATE_FIRMWARE_CONF: MessageSchema = MessageSchema {
    name: "UpdateFirmwareConf",
    fields: &[],
};

pub static DATA_TRANSFER_REQ: MessageSchema = MessageSchema {
    name: "DataTransferReq",
    fields: &[
        FieldSchema {
            number: 1,
            name: "vendor_id",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "message_id",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "raw",
            kind: Kind::Bytes,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 4,
            name: "data_firmware_upgrade_info_req",
            kind: Kind::Message(&DATA_FIRMWARE_UPGRADE_INFO_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 5,
            name: "data_firmware_upgrade_info_conf",
            kind: Kind::Message(&DATA_FIRMWARE_UPGRADE_INFO_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 6,
            name: "data_firmware_upgrade_req",
            kind: Kind::Message(&DATA_FIRMWARE_UPGRADE_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 7,
            name: "data_firmware_upgrade_conf",
            kind: Kind::Message(&DATA_FIRMWARE_UPGRADE_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 8,
            name: "data_log_block_req",
            kind: Kind::Message(&DATA_LOG_BLOCK_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 9,
            name: "data_log_block_conf",
            kind: Kind::Message(&DATA_LOG_BLOCK_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 10,
            name: "data_vendor_status_req",
            kind: Kind::Message(&DATA_VENDOR_STATUS_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 11,
            name: "data_vendor_status_conf",
            kind: Kind::Message(&DATA_VENDOR_STATUS_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 12,
            name: "data_continue_req",
            kind: Kind::Message(&DATA_CONTINUE_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 13,
            name: "data_continue_conf",
            kind: Kind::Message(&DATA_CONTINUE_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 14,
            name: "data_pull_all_configuration_req",
            kind: Kind::Message(&DATA_PULL_ALL_CONFIGURATION_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 15,
            name: "data_pull_all_configuration_conf",
            kind: Kind::Message(&DATA_PULL_ALL_CONFIGURATION_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 16,
            name: "data_pull_all_charge_profile_req",
            kind: Kind::Message(&DATA_PULL_ALL_CHARGE_PROFILE_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 17,
            name: "data_pull_all_charge_profile_conf",
            kind: Kind::Message(&DATA_PULL_ALL_CHARGE_PROFILE_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 18,
            name: "data_update_to_flash_req",
            kind: Kind::Message(&DATA_UPDATE_TO_FLASH_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 19,
            name: "data_update_to_flash_conf",
            kind: Kind::Message(&DATA_UPDATE_TO_FLASH_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 20,
            name: "data_scan_ap_point_req",
            kind: Kind::Message(&DATA_SCAN_AP_POINT_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 21,
            name: "data_scan_ap_point_conf",
            kind: Kind::Message(&DATA_SCAN_AP_POINT_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 22,
            name: "data_switch_work_mode_req",
            kind: Kind::Message(&DATA_SWITCH_WORK_MODE_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 23,
            name: "data_switch_work_mode_conf",
            kind: Kind::Message(&DATA_SWITCH_WORK_MODE_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 24,
            name: "data_pull_all_authorization_cache_req",
            kind: Kind::Message(&DATA_PULL_ALL_AUTHORIZATION_CACHE_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 25,
            name: "data_pull_all_authorization_cache_conf",
            kind: Kind::Message(&DATA_PULL_ALL_AUTHORIZATION_CACHE_CONF),
            repeated: false,
            secret: false,
        },
    ],
};

pub static DATA_TRANSFER_CONF_STATUS: EnumSchema = EnumSchema {
    names: &[
        "Accepted",
        "Rejected",
        "UnknownMessageId",
        "UnknownVendorId",
    ],
};

pub static DATA_TRANSFER_CONF: MessageSchema = MessageSchema {
    name: "DataTransferConf",
    fields: &[
        FieldSchema {
            number: 1,
            name: "status",
            kind: Kind::Enum(&DATA_TRANSFER_CONF_STATUS),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "raw",
            kind: Kind::Bytes,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 4,
            name: "data_firmware_upgrade_info_req",
            kind: Kind::Message(&DATA_FIRMWARE_UPGRADE_INFO_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 5,
            name: "data_firmware_upgrade_info_conf",
            kind: Kind::Message(&DATA_FIRMWARE_UPGRADE_INFO_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 6,
            name: "data_firmware_upgrade_req",
            kind: Kind::Message(&DATA_FIRMWARE_UPGRADE_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 7,
            name: "data_firmware_upgrade_conf",
            kind: Kind::Message(&DATA_FIRMWARE_UPGRADE_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 8,
            name: "data_log_block_req",
            kind: Kind::Message(&DATA_LOG_BLOCK_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 9,
            name: "data_log_block_conf",
            kind: Kind::Message(&DATA_LOG_BLOCK_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 10,
            name: "data_vendor_status_req",
            kind: Kind::Message(&DATA_VENDOR_STATUS_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 11,
            name: "data_vendor_status_conf",
            kind: Kind::Message(&DATA_VENDOR_STATUS_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 12,
            name: "data_continue_req",
            kind: Kind::Message(&DATA_CONTINUE_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 13,
            name: "data_continue_conf",
            kind: Kind::Message(&DATA_CONTINUE_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 14,
            name: "data_pull_all_configuration_req",
            kind: Kind::Message(&DATA_PULL_ALL_CONFIGURATION_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 15,
            name: "data_pull_all_configuration_conf",
            kind: Kind::Message(&DATA_PULL_ALL_CONFIGURATION_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 16,
            name: "data_pull_all_charge_profile_req",
            kind: Kind::Message(&DATA_PULL_ALL_CHARGE_PROFILE_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 17,
            name: "data_pull_all_charge_profile_conf",
            kind: Kind::Message(&DATA_PULL_ALL_CHARGE_PROFILE_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 18,
            name: "data_update_to_flash_req",
            kind: Kind::Message(&DATA_UPDATE_TO_FLASH_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 19,
            name: "data_update_to_flash_conf",
            kind: Kind::Message(&DATA_UPDATE_TO_FLASH_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 20,
            name: "data_scan_ap_point_req",
            kind: Kind::Message(&DATA_SCAN_AP_POINT_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 21,
            name: "data_scan_ap_point_conf",
            kind: Kind::Message(&DATA_SCAN_AP_POINT_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 22,
            name: "data_switch_work_mode_req",
            kind: Kind::Message(&DATA_SWITCH_WORK_MODE_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 23,
            name: "data_switch_work_mode_conf",
            kind: Kind::Message(&DATA_SWITCH_WORK_MODE_CONF),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 24,
            name: "data_pull_all_authorization_cache_req",
            kind: Kind::Message(&DATA_PULL_ALL_AUTHORIZATION_CACHE_REQ),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 25,
            name: "data_pull_all_authorization_cache_conf",
            kind: Kind::Message(&DATA_PULL_ALL_AUTHORIZATION_CACHE_CONF),
            repeated: false,
            secret: false,
        },
    ],
};

pub static DATA_FIRMWARE_UPGRADE_INFO_REQ: MessageSchema = MessageSchema {
    name: "DataFirmwareUpgradeInfoReq",
    fields: &[],
};

pub static DATA_FIRMWARE_UPGRADE_INFO_CONF: MessageSchema = MessageSchema {
    name: "DataFirmwareUpgradeInfoConf",
    fields: &[],
};

pub static DATA_FIRMWARE_UPGRADE_REQ: MessageSchema = MessageSchema {
    name: "DataFirmwareUpgradeReq",
    fields: &[],
};

pub static DATA_FIRMWARE_UPGRADE_CONF: MessageSchema = MessageSchema {
    name: "DataFirmwareUpgradeConf",
    fields: &[],
};

pub static DATA_LOG_BLOCK_REQ: MessageSchema = MessageSchema {
    name: "DataLogBlockReq",
    fields: &[],
};

pub static DATA_LOG_BLOCK_CONF: MessageSchema = MessageSchema {
    name: "DataLogBlockConf",
    fields: &[],
};

pub static DATA_VENDOR_STATUS_CONF: MessageSchema = MessageSchema {
    name: "DataVendorStatusConf",
    fields: &[],
};

pub static DATA_CONTINUE_REQ: MessageSchema = MessageSchema {
    name: "DataContinueReq",
    fields: &[],
};

pub static DATA_CONTINUE_CONF: MessageSchema = MessageSchema {
    name: "DataContinueConf",
    fields: &[],
};

pub static DATA_PULL_ALL_CONFIGURATION_REQ: MessageSchema = MessageSchema {
    name: "DataPullAllConfigurationReq",
    fields: &[],
};

pub static DATA_PULL_ALL_CHARGE_PROFILE_REQ: MessageSchema = MessageSchema {
    name: "DataPullAllChargeProfileReq",
    fields: &[],
};

pub static DATA_PULL_ALL_CHARGE_PROFILE_CONF: MessageSchema = MessageSchema {
    name: "DataPullAllChargeProfileConf",
    fields: &[],
};

pub static DATA_UPDATE_TO_FLASH_CONF: MessageSchema = MessageSchema {
    name: "DataUpdateToFlashConf",
    fields: &[],
};

pub static DATA_SCAN_AP_POINT_REQ: MessageSchema = MessageSchema {
    name: "DataScanApPointReq",
    fields: &[],
};

pub static DATA_SCAN_AP_POINT_CONF: MessageSchema = MessageSchema {
    name: "DataScanApPointConf",
    fields: &[],
};

pub static DATA_SWITCH_WORK_MODE_REQ: MessageSchema = MessageSchema {
    name: "DataSwitchWorkModeReq",
    fields: &[],
};

pub static DATA_SWITCH_WORK_MODE_CONF: MessageSchema = MessageSchema {
    name: "DataSwitchWorkModeConf",
    fields: &[],
};

pub static DATA_PULL_ALL_AUTHORIZATION_CACHE_REQ: MessageSchema = MessageSchema {
    name: "DataPullAllAuthorizationCacheReq",
    fields: &[],
};

pub static DATA_PULL_ALL_AUTHORIZATION_CACHE_CONF: MessageSchema = MessageSchema {
    name: "DataPullAllAuthorizationCacheConf",
    fields: &[],
};

pub static DATA_UPDATE_TO_FLASH_REQ: MessageSchema = MessageSchema {
    name: "DataUpdateToFlashReq",
    fields: &[FieldSchema {
        number: 1,
        name: "update_type",
        kind: Kind::Int,
        repeated: false,
        secret: false,
    }],
};

pub static DATA_VENDOR_STATUS_REQ: MessageSchema = MessageSchema {
    name: "DataVendorStatusReq",
    fields: &[
        FieldSchema {
            number: 1,
            name: "voltage_v",
            kind: Kind::Float,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "current_a",
            kind: Kind::Float,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "energy_register_kwh",
            kind: Kind::Float,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 4,
            name: "session_energy_kwh",
            kind: Kind::Float,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 5,
            name: "field_5",
            kind: Kind::Float,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 6,
            name: "field_6",
            kind: Kind::Float,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 7,
            name: "frequency_hz",
            kind: Kind::Float,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 8,
            name: "station_temperature_c",
            kind: Kind::Float,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 9,
            name: "cp_voltage_v",
            kind: Kind::Float,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 10,
            name: "cp_frequency_hz",
            kind: Kind::Float,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 11,
            name: "cp_duty",
            kind: Kind::Float,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 12,
            name: "cp_state",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 13,
            name: "over_temperature_a",
            kind: Kind::Float,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 14,
            name: "over_temperature_b",
            kind: Kind::Float,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 15,
            name: "board_12v_v",
            kind: Kind::Float,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 16,
            name: "board_5v_v",
            kind: Kind::Float,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 17,
            name: "status",
            kind: Kind::Enum(&CHARGE_POINT_STATUS),
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 18,
            name: "transaction_start",
            kind: Kind::Long,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 19,
            name: "transaction_stop",
            kind: Kind::Long,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 20,
            name: "timestamp",
            kind: Kind::Long,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 21,
            name: "transaction_id",
            kind: Kind::ZigZag,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 22,
            name: "id_tag",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 23,
            name: "vendor_info",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
    ],
};

pub static DATA_PULL_ALL_CONFIGURATION_CONF: MessageSchema = MessageSchema {
    name: "DataPullAllConfigurationConf",
    fields: &[
        FieldSchema {
            number: 1,
            name: "max_work_temperature_c",
            kind: Kind::Float,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 2,
            name: "max_work_voltage_v",
            kind: Kind::Float,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 3,
            name: "max_work_current_a",
            kind: Kind::Float,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 4,
            name: "min_work_voltage_v",
            kind: Kind::Float,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 5,
            name: "screen_sensitivity",
            kind: Kind::ZigZag,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 6,
            name: "wifi_ap_ssid",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 7,
            name: "wifi_ap_password",
            kind: Kind::Text,
            repeated: false,
            secret: true,
        },
        FieldSchema {
            number: 8,
            name: "wifi_sta_ssid",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 9,
            name: "wifi_sta_password",
            kind: Kind::Text,
            repeated: false,
            secret: true,
        },
        FieldSchema {
            number: 10,
            name: "direct_work_mode",
            kind: Kind::Bool,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 11,
            name: "utc_offset",
            kind: Kind::ZigZag,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 12,
            name: "connect_server",
            kind: Kind::Bool,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 19,
            name: "heartbeat_interval",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 22,
            name: "meter_values_aligned_data",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 23,
            name: "meter_values_sampled_data",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 24,
            name: "meter_value_sample_interval",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 32,
            name: "supported_feature_profiles",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 45,
            name: "chargepoint_name",
            kind: Kind::Text,
            repeated: false,
            secret: false,
        },
        FieldSchema {
            number: 46,
            name: "max_wh_per_charge",
            kind: Kind::Int,
            repeated: false,
            secret: false,
        },
    ],
};
