//! The messages that we start.

use std::string::String;

use crate::config::{LimitFormat, Setting};
use crate::message::{Body, TagForm, encode_id_tag};
use crate::proto::{self, MessageTrigger, data_transfer_req, id_tag_info};

/// A `TriggerMessageReq`.
pub(super) fn trigger(what: MessageTrigger, connector_id: i32) -> Body {
    Body::TriggerMessageReq(proto::TriggerMessageReq {
        requested_message: Some(what.into()),
        connector_id: Some(connector_id),
    })
}

/// The vendor transfer that asks for all settings.
pub(super) fn pull_configuration() -> Body {
    transfer(
        "DataPullAllConfigurationReq",
        data_transfer_req::Case::DataPullAllConfigurationReq(proto::DataPullAllConfigurationReq {}),
    )
}

/// A vendor data transfer.
pub(super) fn transfer(label: &str, case: data_transfer_req::Case) -> Body {
    Body::DataTransferReq(proto::DataTransferReq {
        vendor_id: Some(crate::VENDOR_ID.into()),
        message_id: Some(String::from(label)),
        case: Some(case),
    })
}

pub(super) fn change_configuration(setting: &Setting, format: LimitFormat) -> Body {
    Body::ChangeConfigurationReq(proto::ChangeConfigurationReq {
        key: Some(setting.key().into()),
        value: Some(setting.value(format)),
    })
}

pub(super) fn remote_start(id_tag: &str, form: TagForm) -> Body {
    Body::RemoteStartTransactionReq(proto::RemoteStartTransactionReq {
        connector_id: Some(1),
        id_tag: Some(encode_id_tag(id_tag, form)),
        charging_profile: None,
    })
}

pub(super) fn remote_stop(transaction_id: i64) -> Body {
    Body::RemoteStopTransactionReq(proto::RemoteStopTransactionReq {
        transaction_id: Some(transaction_id),
    })
}

pub(super) fn authorize_conf(accept: bool) -> Body {
    let status = if accept {
        id_tag_info::Status::Accepted
    } else {
        id_tag_info::Status::Invalid
    };
    let id_tag_info = proto::IdTagInfo {
        status: Some(status.into()),
        ..Default::default()
    };
    Body::AuthorizeConf(proto::AuthorizeConf {
        id_tag_info: Some(id_tag_info),
    })
}
