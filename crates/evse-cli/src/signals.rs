//! Signals that ask the process to end, and what they leave behind.

use std::io::Write as _;

/// Ends when someone asks the process to end, which from this call on does not end it at once.
#[cfg(unix)]
pub(crate) fn terminated() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = signal(SignalKind::terminate());
    async {
        match signals {
            Ok(mut signals) => {
                signals.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    }
}

#[cfg(not(unix))]
pub(crate) fn terminated() -> impl Future<Output = ()> {
    std::future::pending()
}

/// Waits for what comes of something that is sent. Dropped before, it says that nobody waited.
pub(crate) async fn outcome<T>(what: &str, sent: impl Future<Output = T>) -> T {
    let mut unheard = Unheard(Some(what));
    let outcome = sent.await;
    unheard.0 = None;
    outcome
}

/// What nobody waited for, when it is dropped.
struct Unheard<'a>(Option<&'a str>);

impl Drop for Unheard<'_> {
    fn drop(&mut self) {
        if let Some(what) = self.0 {
            // Nobody may be reading any more.
            let _ = writeln!(
                std::io::stderr(),
                "warning: {what}: nobody waited for what comes of it; see the status"
            );
        }
    }
}
