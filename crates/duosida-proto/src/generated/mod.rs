//! Code written by `cargo xtask codegen`. The schema, with its comments, is `proto/duosida.proto`.

#[expect(
    missing_docs,
    clippy::pedantic,
    reason = "generated; the documentation stands in proto/duosida.proto"
)]
#[rustfmt::skip]
/// The prost types of `proto/duosida.proto`; every scalar is an `Option`, enums are open numbers.
pub mod duosida;

#[expect(missing_docs, unreachable_pub, reason = "generated tables")]
#[rustfmt::skip]
pub(crate) mod schema;
