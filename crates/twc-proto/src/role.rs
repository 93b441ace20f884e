//! Who may send what.

/// What a unit is on the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// The one that tells the others how much they may draw. Others say "master" or "primary".
    Controller,
    /// A unit with its rotary switch at F. Others say "slave" or "secondary".
    Peripheral,
}

/// Whether frames with this type and this command may be sent.
///
/// Everything else must not reach a real unit: some commands rename it for good (FC 19, FC 1A), crash it (FB E8), or
/// make it drop the charge (FC A1, FC E5). [`Message::is_sendable`](crate::message::Message::is_sendable) looks at the
/// content too.
///
/// Source: several implementations and what their authors report; confidence medium.
pub const fn is_sendable(role: Role, frame_type: u8, command: u8) -> bool {
    match role {
        Role::Controller => matches!(
            (frame_type, command),
            (0xFC, 0xE1 | 0xB1 | 0xB2) | (0xFB, 0xE2 | 0xE0 | 0xEB..=0xEF | 0xF1 | 0xB4)
        ),
        Role::Peripheral => matches!(
            (frame_type, command),
            (0xFD, 0xE2 | 0xE0 | 0xEB..=0xEF | 0xF1 | 0xB1 | 0xB2 | 0xB4)
        ),
    }
}
