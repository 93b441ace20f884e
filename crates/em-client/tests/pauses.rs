//! What is left undone when a communicator stops, and what is taken first when it was held up.

mod sim;

use std::{
    net::{SocketAddr, UdpSocket},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::{Duration, Instant},
};

use em_client::{
    Communicator, Error, Evse,
    proto::{
        Command,
        frame::datagrams,
        session::{Session, StartRequest},
    },
};
use evse_sim::{
    DelayRange,
    em::{Device, Model},
    shell::em::SimulatorOptions,
};
use futures_util::FutureExt;
use sim::{
    assert_no_violations, device, options, pin, serial, simulators, soon, started, until, with_pin,
};
use tokio::sync::oneshot;

/// A charger that hears and says nothing.
fn mute(ip: &str) -> UdpSocket {
    let charger = UdpSocket::bind((ip, 0)).expect("a free port");
    let patience = Some(Duration::from_secs(20));
    charger.set_read_timeout(patience).expect("a socket");
    charger
}

fn known_at(communicator: &Communicator, charger: &UdpSocket) -> Evse {
    let mut known = with_pin();
    known.address = match charger.local_addr().expect("bound") {
        SocketAddr::V4(address) => Some(address),
        SocketAddr::V6(_) => None,
    };
    communicator.add(serial(), known).expect("a place")
}

/// Waits for a packet with this command.
fn hear(charger: &UdpSocket, wanted: Command) {
    let mut buffer = [0; 1_000];
    loop {
        let len = charger.recv(&mut buffer).expect("the command leaves");
        let mut found = datagrams(&buffer[..len]).flatten();
        if found.any(|datagram| datagram.command == wanted) {
            return;
        }
    }
}

#[tokio::test]
async fn a_start_that_ended_with_a_stop_of_the_communicator_is_not_sent_after_the_next_start() {
    let (communicator, _) = started(options());
    let charger = mute("127.0.0.60");
    let address = charger.local_addr().expect("bound");
    let evse = known_at(&communicator, &charger);
    let request = StartRequest {
        current_a: Some(10),
        ..StartRequest::default()
    };
    let stop = async {
        let heard = tokio::task::spawn_blocking(move || hear(&charger, Command::StatusRequest));
        heard.await.expect("the start looks first");
        communicator.stop().await;
    };
    let (start, ()) = soon(async { tokio::join!(evse.charge_start(request), stop) }).await;
    let error = start.expect_err("stopped");
    assert!(matches!(error, Error::NotRunning), "{error}");

    let port = communicator.start().expect("a free port");
    let SocketAddr::V4(address) = address else {
        unreachable!("{address}")
    };
    let simulator = simulators(SimulatorOptions {
        bind: *address.ip(),
        port: address.port(),
        plugged: true,
        ..SimulatorOptions::for_tests(device(Model::BesenBs20, 1), port)
    })
    .await;
    // A start that waits for readings would follow the first ones.
    soon(evse.refresh()).await.expect("an answer");
    until(&evse, &communicator, Session::is_registered).await;
    soon(evse.charge_stop(None)).await.expect("an answer");
    let truth = simulator.device(0, |device, _| device.ground_truth());
    assert_eq!(truth.expect("a charger").starts, 0);
    assert_no_violations(&simulator);
}

#[tokio::test]
async fn a_charge_stop_right_before_a_stop_of_the_communicator_still_leaves() {
    let communicator = Communicator::new(options());
    let charger = mute("127.0.0.61");
    let evse = known_at(&communicator, &charger);
    // Which of the two the task sees first is chance.
    for _ in 0..20 {
        communicator.start().expect("a free port");
        let stop = communicator.stop();
        let both = async { tokio::join!(biased; evse.charge_stop(None), stop) };
        let (call, ()) = soon(both).await;
        let error = call.expect_err("stopped");
        assert!(matches!(error, Error::NotRunning), "{error}");
        hear(&charger, Command::ChargeStop);
    }
}

/// Answers by itself, the first login only when it is told to. Tells what it hears.
fn answers(
    charger: &UdpSocket,
    client_port: u16,
    heard: oneshot::Sender<()>,
    go: &Receiver<()>,
    answered: &Sender<Command>,
) {
    let mut config = device(Model::BesenBs20, 1);
    config.client_port = client_port;
    config.reply_delay = DelayRange::NONE;
    let mut device = Device::new(config, 1, Instant::now(), 1_790_000_000);
    let mut heard = Some(heard);
    let mut buffer = [0; 1_000];
    while let Ok((len, SocketAddr::V4(from))) = charger.recv_from(&mut buffer) {
        let packet = &buffer[..len];
        if let Some(heard) = heard.take() {
            heard.send(()).expect("somebody waits");
            go.recv().expect("somebody tells");
        }
        device.handle_input(Instant::now(), from, packet);
        while let Some(transmit) = device.poll_transmit() {
            let to = SocketAddr::from((*from.ip(), client_port));
            charger.send_to(&transmit.bytes, to).expect("sent");
        }
        for datagram in datagrams(packet).flatten() {
            if answered.send(datagram.command).is_err() {
                return;
            }
        }
    }
}

#[tokio::test]
async fn an_answer_that_came_in_time_counts_when_the_program_was_held_up() {
    let mut settings = options();
    settings.endpoint.session.auto_login = false;
    let (communicator, port) = started(settings);
    let charger = mute("127.0.0.62");
    let evse = known_at(&communicator, &charger);
    let (go, told) = channel();
    let (answered, answers_came) = channel();
    let (heard, login_came) = oneshot::channel();
    let charger = thread::spawn(move || answers(&charger, port, heard, &told, &answered));
    let mut login = Box::pin(evse.login(Some(pin())));
    assert!((&mut login).now_or_never().is_none());
    soon(login_came).await.expect("a login");
    // The program stands still, while the answer comes, and beyond the time for it.
    go.send(()).expect("the charger waits");
    let mut commands = vec![answers_came.recv().expect("an answer")];
    thread::sleep(Duration::from_millis(3_100));
    soon(login).await.expect("the PIN is right");
    soon(evse.refresh()).await.expect("an answer");
    commands.extend(answers_came.try_iter());
    let logins = commands.iter().filter(|it| **it == Command::LoginRequest);
    assert_eq!(logins.count(), 1);
    drop(answers_came);
    // The next packet that the charger hears ends it.
    soon(evse.refresh()).now_or_never();
    soon(communicator.stop()).await;
    charger.join().expect("it ends");
}
