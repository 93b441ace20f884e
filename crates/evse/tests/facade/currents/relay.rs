//! A relay between a client and a simulated charger that can lose all that the charger says.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;

/// Ends when it is dropped.
pub(super) struct Relay {
    address: SocketAddr,
    loses: Arc<AtomicBool>,
    _tasks: JoinSet<()>,
}

impl Relay {
    /// Takes one connection, and passes it on to `charger`.
    pub(super) async fn tcp(charger: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let loses = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        let lost = Arc::clone(&loses);
        tasks.spawn(async move {
            let (client, _) = listener.accept().await.expect("a client");
            let charger = TcpStream::connect(charger).await.expect("it listens");
            let (mut from_client, mut to_client) = client.into_split();
            let (mut from_charger, mut to_charger) = charger.into_split();
            let answers = async {
                let mut bytes = vec![0; 4096];
                while let Ok(count @ 1..) = from_charger.read(&mut bytes).await {
                    if !lost.load(Ordering::SeqCst)
                        && to_client.write_all(&bytes[..count]).await.is_err()
                    {
                        return;
                    }
                }
            };
            tokio::select! {
                () = answers => {}
                _ = tokio::io::copy(&mut from_client, &mut to_charger) => {}
            }
        });
        Self {
            address,
            loses,
            _tasks: tasks,
        }
    }

    /// Takes datagrams from a charger that knows no other client, and passes them on to `client`; what that says goes
    /// to the charger.
    pub(super) async fn udp(client: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let address = socket.local_addr().expect("bound");
        let loses = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        let lost = Arc::clone(&loses);
        tasks.spawn(async move {
            let mut charger = None;
            let mut bytes = vec![0; 4096];
            while let Ok((count, from)) = socket.recv_from(&mut bytes).await {
                let to = if from == client {
                    charger
                } else {
                    charger = Some(from);
                    (!lost.load(Ordering::SeqCst)).then_some(client)
                };
                if let Some(to) = to {
                    let _ = socket.send_to(&bytes[..count], to).await;
                }
            }
        });
        Self {
            address,
            loses,
            _tasks: tasks,
        }
    }

    /// Where it listens.
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on what the charger says is lost, or passed on.
    pub(super) fn lose(&self, loses: bool) {
        self.loses.store(loses, Ordering::SeqCst);
    }
}
