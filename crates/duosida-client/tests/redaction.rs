//! Nothing personal reaches a log, at any level.

mod fake;

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use duosida_client::{
    Charger, Options,
    proto::{
        message::Body,
        proto::{AuthorizeReq, IdToken},
    },
};
use fake::{IDENTIFIER, accept, accept_as, listen};
use tokio::time::timeout;
use tracing::Level;

const CARD: &str = "04A1B2C3D4";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .expect("not poisoned")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn log_of_a_whole_life_names_neither_identifier_nor_card() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let (listener, address) = listen().await;
    let options = Options {
        reconnect_delays: [Duration::from_millis(20); 3],
        ..Options::default()
    };
    let (charger, mut fake) = tokio::join!(Charger::connect(address, options), accept(&listener));
    let charger = charger.expect("ready");
    fake.request(Body::AuthorizeReq(AuthorizeReq {
        id_tag: Some(IdToken {
            id_token: Some(CARD.into()),
        }),
    }))
    .await;
    fake.send_bytes(&[0x82, 0x03, 0x02, 0x08, 0x80, 0xa8, 0x06, 0x01])
        .await;
    fake.report_state(2).await;
    // Nobody answers the start.
    let start = charger.start(Some(CARD.into()));
    assert!(
        timeout(Duration::from_millis(500), async {
            tokio::join!(start, fake.serve())
        })
        .await
        .is_err()
    );
    drop(fake);
    // Another charger takes its address, which is the end.
    let other = async { drop(accept_as(&listener, "0000000000000000008").await) };
    let ended = async {
        charger
            .link()
            .wait_for(|link| matches!(link, duosida_client::Link::Closed { .. }))
            .await
            .is_ok()
    };
    let (ended, ()) = timeout(Duration::from_secs(5), async { tokio::join!(ended, other) })
        .await
        .expect("soon");
    assert!(ended);

    let log = String::from_utf8_lossy(&log.0.lock().expect("not poisoned")).into_owned();
    for expected in [
        "TRACE",
        "RemoteStartTransactionReq",
        "a message could not be read",
        "not connected",
        "another charger",
    ] {
        assert!(log.contains(expected), "no {expected} in:\n{log}");
    }
    for secret in [IDENTIFIER, "0000000000000000008", CARD] {
        assert!(!log.contains(secret), "{secret} in:\n{log}");
    }
}
