//! What a command must not reach: files, secrets, networks, sockets, kernel interfaces.

use std::env;
use std::fs;
use std::io;
use std::net::TcpListener;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;
use std::os::unix::fs::symlink;
use std::process::Command;

use sandbox::Network;

use crate::role;
use crate::stage::Stage;

#[test]
fn writes_stay_in_the_draft() {
    let stage = Stage::new();
    let project = stage.project().display();
    stage.ok(&format!(
        "echo mine > {project}/made && echo other > file && rm -rf .git"
    ));
    assert_eq!(fs::read(stage.path("task/draft/made")).unwrap(), b"mine\n");
    assert!(!stage.project().join("made").exists());
    assert_eq!(fs::read(stage.project().join("file")).unwrap(), b"real\n");
    stage.ok("find . -delete; true");
    assert_eq!(fs::read(stage.project().join("file")).unwrap(), b"real\n");
}

#[test]
fn writes_outside_are_refused() {
    let stage = Stage::new();
    let outside = stage.path("outside");
    for target in ["/etc/made", "/usr/made", "/made", "/var/made"] {
        stage.refused(&format!("echo x > {target}"));
    }
    stage.refused(&format!("echo x > {}", outside.display()));
    stage.refused("echo x > ../../outside");
    // Opened for writing and nothing more, should it succeed.
    for file in [
        "sys/kernel/hostname",
        "sys/kernel/core_pattern",
        "sysrq-trigger",
    ] {
        stage.refused(&format!(": >> /proc/{file}"));
    }
    stage.refused("ln ../../outside hard");
    stage.refused("mknod device b 8 0");
    stage.ok("echo x > ../beside");
    assert!(
        !stage.path("home/beside").exists(),
        "the home is a private one"
    );
    assert_eq!(fs::read(outside).unwrap(), b"OUTSIDE");
}

#[test]
fn links_out_lead_nowhere() {
    let stage = Stage::new();
    let outside = stage.path("outside");
    symlink(&outside, stage.path("task/draft/link")).unwrap();
    symlink(stage.root.path(), stage.path("task/draft/folder")).unwrap();
    for script in [
        "cat link",
        "cat folder/outside",
        "cat folder/home/.ssh/id_ed25519",
        "echo x > folder/outside",
        "cat ~/.ssh/id_ed25519",
        "cat /root/.bashrc",
        "cat /etc/shadow",
    ] {
        stage.refused(script);
    }
    // Writes through the link, if it works at all, end in the sandbox's own, read-only root.
    stage.refused("echo x > link");
    assert_eq!(fs::read(outside).unwrap(), b"OUTSIDE");
}

#[test]
fn proc_does_not_lead_out() {
    let stage = Stage::new();
    let outside = stage.path("outside");
    let outside = outside.display();
    for root in [
        "/proc/self/root",
        "/proc/1/root",
        "/proc/1/cwd",
        "/proc/$PPID/root",
    ] {
        stage.refused(&format!("cat {root}{outside}"));
        stage.refused(&format!("echo x > {root}{outside}"));
    }
    let processes = stage.ok("ls -d /proc/[0-9]*");
    assert!(
        processes.lines().count() <= 4,
        "other processes are seen: {processes}"
    );
}

#[test]
fn secrets_of_the_app_are_nowhere() {
    let mut app = Command::new(env::current_exe().unwrap());
    app.args(["role::play", "--exact", "--nocapture"])
        .env(role::NAME, "app-secrets");
    let names = [
        "OPENAI_API_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "GITHUB_TOKEN",
        "SSH_AUTH_SOCK",
    ];
    for number in 0..20 {
        let name = names
            .get(number)
            .map_or(format!("CANARY_{number}"), |&name| name.to_owned());
        app.env(name, format!("CANARY-VALUE-{number}"));
    }
    let output = app.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("HOME="), "{told}");
    assert!(!told.contains("CANARY"), "{told}");
    for name in names {
        assert!(!told.contains(name), "{name} in {told}");
    }
    let (seen, draft) = told.split_once("draft ").unwrap();
    let draft = draft.lines().next().unwrap().trim_matches('"');
    assert!(
        !seen.contains(draft),
        "where the draft lies is told: {seen}"
    );
}

#[test]
fn the_network_is_not_there() {
    let mut stage = Stage::new();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let [tcp_port, udp_port] =
        [tcp.local_addr(), udp.local_addr()].map(|address| address.unwrap().port());
    stage.refused(&format!("echo x > /dev/tcp/127.0.0.1/{tcp_port}"));
    stage.refused(&format!("echo x > /dev/tcp/localhost/{tcp_port}"));
    stage.shell(&format!("echo x > /dev/udp/127.0.0.1/{udp_port}"));
    stage.refused("getent hosts example.com");
    stage.refused("echo x > /dev/udp/192.0.2.1/53");
    tcp.set_nonblocking(true).unwrap();
    udp.set_nonblocking(true).unwrap();
    assert_eq!(tcp.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    assert_eq!(
        udp.recv(&mut [0; 9]).unwrap_err().kind(),
        io::ErrorKind::WouldBlock
    );
    let told = stage.role("loopback");
    assert!(
        told.contains("loopback ok, out network unreachable"),
        "{told}"
    );
    assert!(told.contains("tcp out network unreachable"), "{told}");
}

#[test]
fn the_network_is_there_when_allowed_but_no_local_sockets() {
    let mut stage = Stage::new();
    stage.policy.network = Network::Machine;
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    stage.ok(&format!(
        "echo x > /dev/tcp/127.0.0.1/{}",
        tcp.local_addr().unwrap().port()
    ));
    check_sockets(&stage.role("sockets"));
}

#[test]
fn only_internet_sockets_and_pairs_can_be_made() {
    check_sockets(&Stage::new().role("sockets"));
}

#[track_caller]
fn check_sockets(told: &str) {
    for name in [
        "unix-stream",
        "unix-datagram",
        "netlink",
        "vsock",
        "packet",
        "raw",
        "alg",
        "bluetooth",
        "raw-pair",
        "raw-pair-cloexec",
        "tipc-pair",
    ] {
        assert!(told.contains(&format!("{name} EPERM\n")), "{name}: {told}");
    }
    for name in ["connect", "listen", "datagram-pair"] {
        assert!(
            told.contains(&format!("{name} permission denied\n")),
            "{name}: {told}"
        );
    }
    assert!(told.contains("stream-pair ok\n"), "{told}");
    assert!(told.contains("message-pair ok\n"), "{told}");
}

/// Every refused call with its answer, as [`role`] prints it.
pub fn check_calls(told: &str) {
    for name in [
        "ptrace",
        "traceme",
        "process_vm_readv",
        "process_vm_writev",
        "io_uring_setup",
        "keyctl",
        "add_key",
        "bpf",
        "perf_event_open",
        "userfaultfd",
        "mount",
        "umount",
        "open_tree",
        "fsopen",
        "chroot",
        "pivot_root",
        "setns",
        "unshare-user",
        "unshare-mount",
        "clone-user",
        "open_by_handle_at",
        "tiocsti",
        "tiocsti-high",
    ] {
        assert!(told.contains(&format!("{name} EPERM\n")), "{name}: {told}");
    }
    assert!(told.contains("clone3 ENOSYS\n"), "{told}");
}

#[test]
fn kernel_interfaces_are_refused() {
    check_calls(&Stage::new().role("calls"));
}

#[test]
fn calls_of_another_processor_mode_end_the_process() {
    for mode in ["x32", "i386"] {
        let mut stage = Stage::new();
        stage.policy.env.push((role::NAME.into(), mode.into()));
        let output = stage.run(&[crate::stage::SELF, "role::play", "--exact", "--nocapture"]);
        assert_eq!(
            output.status.code(),
            Some(128 + libc::SIGSYS),
            "{mode}: {output:?}"
        );
    }
}

#[test]
fn a_sandbox_in_the_sandbox_says_what_is_missing() {
    let told = Stage::new().role("probe");
    assert!(told.contains("UserNamespaces"), "{told}");
    let stage = Stage::new();
    stage.refused("unshare -Ur true");
    let inner = stage.shell("bwrap --ro-bind / / true");
    assert!(!inner.status.success());
}

#[test]
fn only_the_standard_three_are_open() {
    let stage = Stage::new();
    let secret = fs::File::open(stage.path("outside")).unwrap();
    // Without the flag that closes it on exec, as careless libraries leave them.
    let leaked = unsafe { libc::dup(secret.as_raw_fd()) };
    assert!(leaked > 2);
    let open = stage.ok("exec ls /proc/self/fd");
    // The fourth is the folder that `ls` reads.
    assert_eq!(open, "0\n1\n2\n3\n");
    unsafe { libc::close(leaked) };
}

#[test]
fn a_link_left_for_the_next_command_is_not_followed() {
    let mut stage = Stage::new();
    let target = stage.path("victim");
    let tool = stage.path("home/.tool");
    fs::create_dir_all(&target).unwrap();
    fs::create_dir_all(tool.join("cache")).unwrap();
    fs::write(tool.join("settings"), "x").unwrap();
    // While it sets up the view, bubblewrap sees the machine's root under this name.
    let through = format!("/oldroot{}", target.display());
    stage.ok(&format!(
        "ln -s {through} ~/.tool && ln -s {through} ~/.dir"
    ));
    for (name, at) in [("cache", ".tool/cache"), ("settings", ".dir/settings")] {
        let at = stage.path("home").join(at);
        stage.policy.read_only.push(sandbox::Mount {
            from: tool.join(name),
            at,
        });
    }
    assert_eq!(stage.ok("cat ~/.dir/settings; test -d ~/.tool/cache"), "x");
    assert_eq!(
        fs::read_dir(&target).unwrap().count(),
        0,
        "made at the link's target"
    );
}
