//! What becomes of tasks, sockets and calls when things end or go wrong.

mod fake;

use std::{future::Future, io::ErrorKind, net::SocketAddr, time::Duration};

use duosida_client::{
    Charger, Error, Link, Options, Peer, Reconnect,
    proto::{message::Body, proto::ChangeConfigurationConf, session::Command},
};
use fake::{FakeCharger, IDENTIFIER, accept, accept_as, listen};
use futures_util::{FutureExt, StreamExt, future::join_all};
use tokio::{
    net::TcpListener,
    time::{Instant, timeout},
};

/// Far above what anything here takes, far below the protocol's own limits.
const SOON: Duration = Duration::from_secs(5);

/// Fails the test instead of hanging.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(SOON, what).await.expect("it takes too long")
}

fn quick() -> Options {
    Options {
        busy_retry: Duration::from_millis(50),
        deadline: Some(Duration::from_secs(3)),
        reconnect_delays: [Duration::from_millis(50); 3],
        ..Options::default()
    }
}

async fn connected(
    listener: &TcpListener,
    address: SocketAddr,
    options: Options,
) -> (Charger, FakeCharger) {
    let (charger, fake) =
        soon(async { tokio::join!(Charger::connect(address, options), accept(listener)) }).await;
    (charger.expect("a ready charger"), fake)
}

async fn link_until(charger: &Charger, wanted: impl FnMut(&Link) -> bool) -> Link {
    soon(async {
        charger
            .link()
            .wait_for(wanted)
            .await
            .expect("a living task")
            .clone()
    })
    .await
}

fn is_change(body: &Body) -> bool {
    matches!(body, Body::ChangeConfigurationReq(_))
}

/// The message id of the next change, after the polls before it were answered.
async fn next_change(fake: &mut FakeCharger) -> u64 {
    loop {
        let envelope = fake.next().await.expect("a message");
        let (Some(body), Some(id)) = (envelope.message, envelope.message_id) else {
            continue;
        };
        if is_change(&body) {
            return id;
        }
        fake.answer(&body, id).await;
    }
}

#[tokio::test]
async fn dropping_the_last_handle_closes_the_connection() {
    let (listener, address) = listen().await;
    let (charger, mut fake) = connected(&listener, address, quick()).await;
    let clone = charger.clone();
    drop(charger);
    assert!(matches!(*clone.link().borrow(), Link::Ready));
    let mut events = clone.events();
    drop(clone);
    soon(fake.serve()).await;
    soon(async { while events.next().await.is_some() {} }).await;
}

#[tokio::test]
async fn dropping_a_connect_that_waits_closes_the_connection() {
    let (listener, address) = listen().await;
    let mut connect = Box::pin(Charger::connect(address, quick()));
    let (stream, _) = tokio::select! {
        _ = &mut connect => unreachable!("nobody answers"),
        accepted = listener.accept() => accepted.expect("a connection"),
    };
    drop(connect);
    let mut fake = FakeCharger::new(stream, IDENTIFIER);
    soon(fake.serve()).await;
}

#[tokio::test]
async fn shutdown_waits_and_leaves_other_handles_closed() {
    let (listener, address) = listen().await;
    let (charger, mut fake) = connected(&listener, address, quick()).await;
    let clone = charger.clone();
    soon(charger.shutdown()).await;
    let error = soon(clone.set_max_current(10))
        .await
        .expect_err("the task has ended");
    assert!(
        matches!(error, Error::Closed { reason: None, .. }),
        "{error}"
    );
    assert!(matches!(
        *clone.link().borrow(),
        Link::Closed { reason: None }
    ));
    soon(clone.shutdown()).await;
    soon(fake.serve()).await;
}

#[tokio::test]
async fn shutdown_does_not_sit_out_a_wait() {
    let (listener, address) = listen().await;
    let options = Options {
        reconnect_delays: [Duration::from_mins(10); 3],
        ..quick()
    };
    let (charger, fake) = connected(&listener, address, options).await;
    drop(fake);
    link_until(&charger, |link| matches!(link, Link::Waiting { .. })).await;
    let started = Instant::now();
    soon(charger.shutdown()).await;
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn shutdown_does_not_wait_for_an_answer() {
    let (listener, address) = listen().await;
    let charger = Charger::open(address, quick());
    let (_silent, _) = soon(listener.accept()).await.expect("a connection");
    let started = Instant::now();
    soon(charger.shutdown()).await;
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn busy_slot_is_tried_again_and_the_wait_is_shown() {
    let (listener, address) = listen().await;
    let mut waits = Vec::new();
    let connect = Charger::connect_with_progress(address, quick(), |link| {
        if let Link::Waiting { reason, .. } = link {
            waits.push(reason.to_string());
        }
    });
    let busy_twice = async {
        for _ in 0..2 {
            drop(listener.accept().await);
        }
        accept(&listener).await
    };
    let (charger, _fake) = soon(async { tokio::join!(connect, busy_twice) }).await;
    let charger = charger.expect("the slot is free at last");
    assert_eq!(
        charger
            .identity()
            .and_then(|identity| identity.rating_amps()),
        Some(32)
    );
    assert!(!waits.is_empty());
    for wait in waits {
        assert!(
            wait.contains(&address.to_string()) && wait.contains("busy"),
            "{wait}"
        );
        assert!(!wait.contains(IDENTIFIER));
    }
}

#[tokio::test]
async fn refused_connection_is_an_error_at_the_deadline() {
    let (listener, address) = listen().await;
    drop(listener);
    let options = Options {
        deadline: Some(Duration::from_millis(200)),
        ..quick()
    };
    let error = soon(Charger::connect(address, options))
        .await
        .expect_err("nobody listens");
    assert!(
        matches!(
            error,
            Error::Connect {
                kind: ErrorKind::ConnectionRefused,
                ..
            }
        ),
        "{error}"
    );
    let text = error.to_string();
    assert!(text.contains("refused") && text.contains("30 s"), "{text}");
}

#[tokio::test]
async fn host_that_never_answers_is_named() {
    let (listener, address) = listen().await;
    let options = Options {
        deadline: Some(Duration::from_millis(200)),
        ..quick()
    };
    let connect = Charger::connect(address, options);
    let (result, _accepted) = soon(async { tokio::join!(connect, listener.accept()) }).await;
    let error = result.expect_err("nothing was said");
    assert!(
        matches!(error, Error::Silent { charger: Peer::Address(at) } if at == address),
        "{error}"
    );
}

#[tokio::test]
async fn answer_that_came_in_time_counts_when_the_process_runs_late() {
    let opened = async || {
        let (listener, address) = listen().await;
        let charger = Charger::open(address, quick());
        let (stream, _) = listener.accept().await.expect("a connection");
        let mut fake = FakeCharger::new(stream, IDENTIFIER);
        fake.next().await.expect("an opening message");
        (charger, fake)
    };
    // Several: what was lost was lost by chance.
    let mut all = soon(join_all((0..16).map(|_| opened()))).await;
    let deadlines = quick().deadline.expect("set");
    for (_, fake) in &mut all {
        fake.boot().await;
    }
    std::thread::sleep(deadlines);
    for (charger, _) in &all {
        soon(charger.ready())
            .await
            .expect("the answer had come in time");
    }
}

#[tokio::test]
async fn lost_connection_is_made_anew() {
    let (listener, address) = listen().await;
    let (charger, fake) = connected(&listener, address, quick()).await;
    drop(fake);
    let link = link_until(&charger, |link| matches!(link, Link::Waiting { .. })).await;
    assert!(
        matches!(
            link,
            Link::Waiting {
                reason: Error::Disconnected { .. } | Error::Broken { .. },
                ..
            }
        ),
        "{link:?}"
    );
    let mut fake = soon(accept(&listener)).await;
    link_until(&charger, |link| matches!(link, Link::Ready)).await;
    let (change, id) = soon(async {
        let change = charger.set_stop_on_disconnect(true);
        let answer = async {
            let id = next_change(&mut fake).await;
            fake.send(
                Body::ChangeConfigurationConf(ChangeConfigurationConf::default()),
                id,
            )
            .await;
            id
        };
        tokio::join!(change, answer)
    })
    .await;
    change.expect("accepted");
    assert_ne!(id, 0);
}

#[tokio::test]
async fn single_connection_closes_the_handle_with_the_reason() {
    let (listener, address) = listen().await;
    let options = Options {
        reconnect: Reconnect::Never,
        ..quick()
    };
    let (charger, fake) = connected(&listener, address, options).await;
    drop(fake);
    link_until(&charger, |link| {
        matches!(link, Link::Closed { reason: Some(_) })
    })
    .await;
    let error = soon(charger.refresh()).await.expect_err("closed");
    assert!(
        matches!(
            error,
            Error::Closed {
                reason: Some(_),
                ..
            }
        ),
        "{error}"
    );
    assert!(soon(charger.ready()).await.is_err());
}

#[tokio::test]
async fn another_charger_at_the_address_is_an_error() {
    let (listener, address) = listen().await;
    let (charger, fake) = connected(&listener, address, quick()).await;
    drop(fake);
    let _other = soon(accept_as(&listener, "0000000000000000008")).await;
    let link = link_until(&charger, |link| matches!(link, Link::Closed { .. })).await;
    let Link::Closed {
        reason: Some(error),
    } = link
    else {
        panic!("{link:?}")
    };
    assert!(matches!(error, Error::OtherCharger { .. }), "{error}");
    assert!(!error.to_string().contains("000000000000000000"));
}

#[tokio::test]
async fn unreadable_messages_end_the_connection() {
    let (listener, address) = listen().await;
    let options = Options {
        reconnect: Reconnect::Never,
        ..quick()
    };
    let (charger, mut fake) = connected(&listener, address, options).await;
    // A status notification whose content ends in the middle of a varint.
    for _ in 0..5 {
        fake.send_bytes(&[0x82, 0x03, 0x02, 0x08, 0x80, 0xa8, 0x06, 0x01])
            .await;
    }
    let link = link_until(&charger, |link| matches!(link, Link::Closed { .. })).await;
    assert!(
        matches!(
            link,
            Link::Closed {
                reason: Some(Error::Unreadable { .. })
            }
        ),
        "{link:?}"
    );
}

#[tokio::test]
async fn command_without_a_connection_is_not_sent() {
    let (listener, address) = listen().await;
    let options = Options {
        reconnect_delays: [Duration::from_mins(10); 3],
        ..quick()
    };
    let (charger, fake) = connected(&listener, address, options).await;
    drop(fake);
    link_until(&charger, |link| matches!(link, Link::Waiting { .. })).await;
    let error = soon(charger.start(None))
        .await
        .expect_err("there is no connection");
    assert!(
        matches!(
            error,
            Error::NotConnected {
                retry_in: Some(_),
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("nothing was sent"));
}

#[tokio::test]
async fn sent_command_is_not_confirmed_when_the_connection_ends() {
    let (listener, address) = listen().await;
    let (charger, mut fake) = connected(&listener, address, quick()).await;
    let vanish = async {
        next_change(&mut fake).await;
        drop(fake);
    };
    let (change, ()) = soon(async { tokio::join!(charger.set_max_current(10), vanish) }).await;
    let error = change.expect_err("nobody answered");
    assert!(matches!(error, Error::Unconfirmed { .. }), "{error}");
}

#[tokio::test]
async fn dropped_call_disturbs_no_later_one() {
    let (listener, address) = listen().await;
    let (charger, mut fake) = connected(&listener, address, quick()).await;
    let first = soon(async {
        tokio::select! {
            _ = charger.set_connection_timeout(60) => unreachable!("nobody answers it"),
            id = next_change(&mut fake) => id,
        }
    })
    .await;
    let accepted = || Body::ChangeConfigurationConf(ChangeConfigurationConf::default());
    let answer = async {
        fake.send(accepted(), first).await;
        let id = next_change(&mut fake).await;
        fake.send(accepted(), id).await;
    };
    let (change, ()) =
        soon(async { tokio::join!(charger.set_connection_timeout(90), answer) }).await;
    change.expect("accepted");
}

#[tokio::test]
async fn call_that_was_dropped_before_its_turn_is_not_sent() {
    let (listener, address) = listen().await;
    let (charger, mut fake) = connected(&listener, address, quick()).await;
    let accepted = || Body::ChangeConfigurationConf(ChangeConfigurationConf::default());
    let others = async {
        let id = next_change(&mut fake).await;
        let start = timeout(Duration::from_millis(50), charger.start(None)).await;
        assert!(start.is_err(), "the change goes first");
        fake.send(accepted(), id).await;
    };
    let (change, ()) =
        soon(async { tokio::join!(charger.set_connection_timeout(60), others) }).await;
    change.expect("accepted");
    // Commands keep their order: the start would come before this one.
    let others = async {
        loop {
            let envelope = fake.next().await.expect("a message");
            let body = envelope.message.expect("a body");
            assert!(!matches!(body, Body::RemoteStartTransactionReq(_)));
            if is_change(&body) {
                let id = envelope.message_id.expect("an id");
                break fake.send(accepted(), id).await;
            }
        }
    };
    let (change, ()) =
        soon(async { tokio::join!(charger.set_connection_timeout(90), others) }).await;
    change.expect("accepted");
}

#[tokio::test]
async fn dropped_stop_is_sent_all_the_same() {
    let (listener, address) = listen().await;
    let (charger, mut fake) = connected(&listener, address, quick()).await;
    assert!(charger.stop(Some(7)).now_or_never().is_none());
    soon(async {
        loop {
            let envelope = fake.next().await.expect("a message");
            if let Some(Body::RemoteStopTransactionReq(stop)) = envelope.message {
                break assert_eq!(stop.transaction_id, Some(7));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn rejected_setting_is_named() {
    let (listener, address) = listen().await;
    let (charger, mut fake) = connected(&listener, address, quick()).await;
    let answer = async {
        let id = next_change(&mut fake).await;
        let rejected = ChangeConfigurationConf { status: Some(1) };
        fake.send(Body::ChangeConfigurationConf(rejected), id).await;
    };
    let (change, ()) = soon(async { tokio::join!(charger.set_led_brightness(3), answer) }).await;
    let error = change.expect_err("rejected");
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    assert!(error.to_string().contains("VendorLEDStrength"), "{error}");
}

#[tokio::test]
async fn value_out_of_range_is_not_sent() {
    let (listener, address) = listen().await;
    let (charger, mut fake) = connected(&listener, address, quick()).await;
    for amps in [0, 5, 33] {
        let error = soon(charger.set_max_current(amps))
            .await
            .expect_err("out of range");
        assert!(matches!(error, Error::OutOfRange { .. }), "{error}");
    }
    soon(charger.shutdown()).await;
    while let Some(envelope) = soon(fake.next()).await {
        assert!(!envelope.message.as_ref().is_some_and(is_change));
    }
}

#[tokio::test]
async fn monitor_shows_changes_and_ends_with_the_task() {
    let (listener, address) = listen().await;
    let (charger, mut fake) = connected(&listener, address, quick()).await;
    let mut statuses = charger.monitor();
    for state in [1, 2] {
        fake.report_state(state).await;
        soon(async {
            loop {
                let status = statuses.next().await.expect("a living task");
                if status.state.map(i32::from) == Some(state) {
                    break;
                }
            }
        })
        .await;
    }
    assert!(charger.status().age.is_some_and(|age| age < SOON));
    drop(charger);
    soon(async { while statuses.next().await.is_some() {} }).await;
}

#[tokio::test]
async fn attached_transport_that_takes_no_data_is_given_up() {
    let (near, _far) = tokio::io::duplex(8);
    let charger = Charger::attach(
        near,
        Options {
            write_timeout: Duration::from_millis(100),
            ..quick()
        },
    );
    let error = soon(charger.ready())
        .await
        .expect_err("the opening message cannot leave");
    assert!(
        matches!(
            error,
            Error::Stalled {
                charger: Peer::Transport,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn messages_are_read_while_the_peer_takes_none() {
    let (near, far) = tokio::io::duplex(64);
    let options = Options {
        write_timeout: Duration::from_mins(1),
        ..quick()
    };
    let charger = Charger::attach(near, options);
    let mut fake = FakeCharger::new(far, IDENTIFIER);
    soon(fake.introduce()).await;
    soon(charger.ready()).await.expect("ready");
    // From here on nobody reads: polls and confirmations fill the pipe.
    for state in [1, 2, 1, 2, 1, 2, 4] {
        soon(fake.report_state(state)).await;
    }
    let mut statuses = charger.monitor();
    soon(async {
        while statuses
            .next()
            .await
            .and_then(|status| status.state)
            .map(i32::from)
            != Some(4)
        {}
    })
    .await;
    soon(charger.shutdown()).await;
}

#[tokio::test]
async fn debug_output_of_commands_and_handles_names_no_identifier() {
    let (listener, address) = listen().await;
    let (charger, _fake) = connected(&listener, address, quick()).await;
    let printed = format!(
        "{charger:?} {:?} {:?}",
        charger.identity(),
        Command::Start {
            id_tag: Some("secret".into())
        }
    );
    assert!(
        !printed.contains(IDENTIFIER) && !printed.contains("secret"),
        "{printed}"
    );
}
