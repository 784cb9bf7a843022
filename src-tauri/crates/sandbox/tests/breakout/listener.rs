//! A network with one way out, which ends in our own hands.

use std::io::ErrorKind;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::net::UdpSocket;
use std::process::Child;
use std::process::Stdio;
use std::time::Duration;

use sandbox::Confined;
use sandbox::LISTENER_PORT;
use sandbox::Network;
use sandbox::Tier;

use crate::stage::Stage;
use crate::stage::tier;

/// Accepts the command's connection; fails when the command ends without one.
fn accept(listener: &TcpListener, child: &mut Child) -> TcpStream {
    listener.set_nonblocking(true).unwrap();
    loop {
        // Looked at first: one that has connected and ended meanwhile has still connected.
        let ended = child.try_wait().unwrap();
        match listener.accept() {
            Ok((met, from)) => {
                assert!(from.ip().is_loopback());
                met.set_nonblocking(false).unwrap();
                return met;
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}"),
        }
        if let Some(status) = ended {
            let mut said = String::new();
            let stderr = child.stderr.take();
            stderr.map(|mut pipe| pipe.read_to_string(&mut said));
            panic!("it ended with {status} and never connected: {said}");
        }
        std::thread::yield_now();
    }
}

#[test]
fn the_listener_is_the_only_way_out() {
    let mut stage = Stage::new();
    stage.policy.network = Network::Listener;
    let outside = TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let [tcp_port, udp_port] =
        [outside.local_addr(), udp.local_addr()].map(|address| address.unwrap().port());
    let script = format!(
        "exec 3<>/dev/tcp/127.0.0.1/{LISTENER_PORT} && echo asked >&3 && head -n 1 <&3
         (echo x > /dev/tcp/127.0.0.1/{tcp_port}) 2>/dev/null || echo tcp refused
         (echo x > /dev/tcp/192.0.2.1/80) 2>/dev/null || echo out refused
         (echo x > /dev/udp/127.0.0.1/{udp_port}) 2>/dev/null
         (echo x > /dev/udp/192.0.2.1/53) 2>/dev/null || echo dns refused
         getent hosts example.com || echo no names
         ls /proc/self/fd | wc -l; cat /proc/net/dev | tail -n +3 | cut -d: -f1 | tr -d ' '"
    );
    let Confined {
        mut command,
        ending,
        listening,
    } = stage
        .policy
        .command(tier(), &["/bin/bash", "-c", &script])
        .unwrap();
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let listener = listening.unwrap().take().unwrap();
    let mut met = accept(&listener, &mut child);
    let mut asked = [0; 6];
    met.read_exact(&mut asked).unwrap();
    assert_eq!(&asked, b"asked\n");
    met.write_all(b"answered\n").unwrap();
    let output = child.wait_with_output().unwrap();
    ending.wait(Duration::from_secs(5)).unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<_> = told.lines().collect();
    // Standard three, the connection, and the one that `ls` reads the folder with.
    let expected = [
        "answered",
        "tcp refused",
        "out refused",
        "dns refused",
        "no names",
        "5",
        "lo",
    ];
    assert_eq!(
        lines,
        expected,
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    outside.set_nonblocking(true).unwrap();
    assert!(
        outside.accept().is_err(),
        "the machine's loopback was reached"
    );
    udp.set_nonblocking(true).unwrap();
    assert!(udp.recv(&mut [0; 9]).is_err());
}

#[test]
fn two_commands_have_two_listeners() {
    let mut stages = [Stage::new(), Stage::new()];
    let mut running = Vec::new();
    for (number, stage) in stages.iter_mut().enumerate() {
        stage.policy.network = Network::Listener;
        let script = format!("echo {number} > /dev/tcp/127.0.0.1/{LISTENER_PORT}");
        let confined = stage
            .policy
            .command(tier(), &["/bin/bash", "-c", &script])
            .unwrap();
        let Confined {
            mut command,
            ending,
            listening,
        } = confined;
        let child = command.spawn().unwrap();
        running.push((child, ending, listening.unwrap().take().unwrap()));
    }
    for (number, (mut child, ending, listener)) in running.into_iter().enumerate() {
        let mut said = String::new();
        let mut met = accept(&listener, &mut child);
        met.read_to_string(&mut said).unwrap();
        assert_eq!(said, format!("{number}\n"));
        assert!(child.wait().unwrap().success());
        ending.wait(Duration::from_secs(5)).unwrap();
    }
}

#[test]
fn other_policies_bring_no_listener_and_a_weaker_machine_refuses_one() {
    let mut stage = Stage::new();
    let plain = stage.policy.command(tier(), &["/bin/true"]).unwrap();
    assert!(plain.listening.is_none());
    stage.policy.network = Network::Listener;
    let weaker = Tier {
        own_namespace: false,
        ..tier().clone()
    };
    let refused = stage.policy.command(&weaker, &["/bin/true"]).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "this machine cannot give a command single addresses of the internet"
    );
}
