//! A charger that does what a test tells it, and nothing else.

use std::net::SocketAddr;

use duosida_client::proto::{
    frame::{Decoder, Direction, Framing, encode},
    message::{self, Body, Envelope},
    proto::{BootNotificationReq, StatusNotificationReq, TriggerMessageConf},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub(crate) const IDENTIFIER: &str = "0000000000000000007";

/// The charger's own message ids begin here.
const FIRST_ID: u64 = 0x0800_0000;

pub(crate) struct FakeCharger<S = TcpStream> {
    stream: S,
    decoder: Decoder,
    identifier: &'static str,
    next_id: u64,
}

pub(crate) async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

/// Takes the next connection and introduces itself.
pub(crate) async fn accept(listener: &TcpListener) -> FakeCharger {
    accept_as(listener, IDENTIFIER).await
}

pub(crate) async fn accept_as(listener: &TcpListener, identifier: &'static str) -> FakeCharger {
    let (stream, _) = listener.accept().await.expect("a connection");
    let mut charger = FakeCharger::new(stream, identifier);
    charger.introduce().await;
    charger
}

impl<S: AsyncRead + AsyncWrite + Unpin> FakeCharger<S> {
    pub(crate) fn new(stream: S, identifier: &'static str) -> Self {
        Self {
            stream,
            decoder: Decoder::new(Framing::Raw, Direction::ToCharger),
            identifier,
            next_id: FIRST_ID,
        }
    }

    /// Waits for the opening message and answers it.
    pub(crate) async fn introduce(&mut self) {
        let opening = self.next().await.expect("an opening message");
        assert_eq!(opening.message_id, Some(0));
        self.boot().await;
    }

    /// Says who it is.
    pub(crate) async fn boot(&mut self) {
        self.request(Body::BootNotificationReq(BootNotificationReq {
            charge_point_model: Some("DUOSIDA Mode3@32A".into()),
            charge_point_vendor: Some("UCHEN".into()),
            ..BootNotificationReq::default()
        }))
        .await;
    }

    /// The client's next message; `None` when it closed the connection.
    pub(crate) async fn next(&mut self) -> Option<Envelope> {
        let mut buffer = vec![0; 4096];
        loop {
            if let Some(frame) = self.decoder.next_frame() {
                return Some(message::decode(&frame).expect("a readable message"));
            }
            match self.stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return None,
                Ok(length) => self.decoder.push(&buffer[..length]),
            }
        }
    }

    pub(crate) async fn request(&mut self, body: Body) {
        self.next_id += 1;
        self.send(body, self.next_id).await;
    }

    pub(crate) async fn send(&mut self, body: Body, message_id: u64) {
        let envelope = Envelope {
            message: Some(body),
            client_id: Some(self.identifier.into()),
            message_id: Some(message_id),
        };
        let bytes = encode(
            Framing::Raw,
            Direction::FromCharger,
            &message::encode(&envelope),
        )
        .expect("short enough");
        self.send_bytes(&bytes).await;
    }

    /// Fails silently when the client is gone.
    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// Answers polls until the client closes the connection.
    pub(crate) async fn serve(&mut self) {
        while let Some(envelope) = self.next().await {
            if let (Some(body), Some(id)) = (envelope.message, envelope.message_id) {
                self.answer(&body, id).await;
            }
        }
    }

    /// Answers a poll.
    pub(crate) async fn answer(&mut self, body: &Body, id: u64) {
        if let Body::TriggerMessageReq(_) = body {
            self.send(
                Body::TriggerMessageConf(TriggerMessageConf { status: Some(0) }),
                id,
            )
            .await;
            self.report_state(0).await;
        }
    }

    pub(crate) async fn report_state(&mut self, status: i32) {
        self.request(Body::StatusNotificationReq(StatusNotificationReq {
            connector_id: Some(1),
            error_code: Some(6),
            status: Some(status),
            ..StatusNotificationReq::default()
        }))
        .await;
    }
}
