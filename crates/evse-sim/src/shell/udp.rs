//! Discovery on a real UDP socket.
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::UdpSocket;
use tokio::sync::watch;

use super::Shared;
use super::tap::{Act, Line, Sender, Tap};

/// Answers probes until told to stop.
pub(super) async fn answer_probes(
    socket: UdpSocket,
    address: SocketAddr,
    tap: Option<Tap>,
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
        let line = Line {
            tap: tap.clone(),
            client: from,
            charger: address,
        };
        line.tell(Sender::Client, Act::Datagram(datagram));
        let now = shared.clock.now();
        let answer = shared.lock().handle_datagram(now, datagram, from);
        let Some(answer) = answer else { continue };
        match socket.send_to(&answer, from).await {
            Ok(_) => line.tell(Sender::Charger, Act::Datagram(&answer)),
            Err(error) => tracing::debug!(%error, "discovery answer not sent"),
        }
    }
}
