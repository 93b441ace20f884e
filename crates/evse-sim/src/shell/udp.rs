//! Discovery on a real UDP socket.
use std::net::SocketAddr;

use tokio::net::UdpSocket;
use tokio::sync::watch;

use super::tap::{Act, Line, Sender, Tap};

/// Answers datagrams, with what `answer` makes of them and their sender, until told to stop.
pub(super) async fn answer_probes(
    (socket, address): (UdpSocket, SocketAddr),
    tap: Option<Tap>,
    mut stop: watch::Receiver<bool>,
    mut answer: impl FnMut(&[u8], SocketAddr) -> Option<Vec<u8>> + Send,
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
        let Some(answer) = answer(datagram, from) else {
            continue;
        };
        match socket.send_to(&answer, from).await {
            Ok(_) => line.tell(Sender::Charger, Act::Datagram(&answer)),
            Err(error) => tracing::debug!(%error, "discovery answer not sent"),
        }
    }
}
