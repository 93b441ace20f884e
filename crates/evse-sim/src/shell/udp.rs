//! Discovery on a real UDP socket.
use std::sync::Arc;

use tokio::net::UdpSocket;
use tokio::sync::watch;

use super::Shared;

/// Answers probes until told to stop.
pub(super) async fn answer_probes(
    socket: UdpSocket,
    shared: Arc<Shared>,
    mut stop: watch::Receiver<bool>,
) {
    let mut buffer = [0; 512];
    loop {
        let received = tokio::select! {
            received = socket.recv_from(&mut buffer) => received,
            _ = stop.changed() => return,
        };
        let Ok((length, from)) = received else {
            continue;
        };
        let datagram = buffer.get(..length).unwrap_or_default();
        let now = shared.clock.now();
        let answer = shared.lock().handle_datagram(now, datagram, from);
        if let Some(answer) = answer
            && let Err(error) = socket.send_to(&answer, from).await
        {
            tracing::debug!(%error, "discovery answer not sent");
        }
    }
}
