//! A TCP connection that can fall silent or break, without a word from the charger.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How the connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Open,
    Silent,
    Broken,
}

pub(super) struct Proxy {
    pub(super) address: SocketAddr,
    line: watch::Sender<Line>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub(super) async fn new(charger: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let (line, seen) = watch::channel(Line::Open);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if *seen.borrow() != Line::Broken {
                    let charger = TcpStream::connect(charger).await.expect("it listens");
                    tokio::spawn(pass(client, charger, seen.clone()));
                }
            }
        });
        Self {
            address,
            line,
            task,
        }
    }

    pub(super) fn set(&self, line: Line) {
        self.line.send_replace(line);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(mut client: TcpStream, mut charger: TcpStream, mut line: watch::Receiver<Line>) {
    loop {
        let now = *line.borrow_and_update();
        tokio::select! {
            _ = copy_bidirectional(&mut client, &mut charger), if now == Line::Open => return,
            changed = line.changed(), if now != Line::Broken => if changed.is_err() { return },
            else => return,
        }
    }
}
