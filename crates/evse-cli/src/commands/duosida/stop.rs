//! `evse duosida stop`.

use crate::cli::Target;
use crate::connect::duosida as connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::signals::outcome;

pub(super) async fn run(
    target: &Target,
    context: &Context,
    transaction: Option<i64>,
) -> Result<(), Failure> {
    let guarded = connect::once(target, context).await?;
    let result = outcome("stop", guarded.stop(transaction)).await;
    super::conclude("stop", "stop", guarded, result, context).await
}
