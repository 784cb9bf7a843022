//! What this test program does when a test runs it again: inside the sandbox as the one who tries
//! to break out, or outside as the app that starts a command.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::net::UdpSocket;
use std::os::unix::net::UnixDatagram;
use std::os::unix::net::UnixListener;
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::process::Stdio;
use std::ptr;

use crate::stage::SLEEPING;
use crate::stage::Stage;
use crate::stage::tier;

/// The variable that says which role to play.
pub const NAME: &str = "CONFINED_TEST_ROLE";

#[test]
fn play() {
    let Ok(role) = env::var(NAME) else { return };
    match role.as_str() {
        "calls" => calls(),
        "sockets" => sockets(),
        "loopback" => loopback(),
        "x32" => drop(answer(unsafe {
            libc::syscall(0x4000_0000 | libc::SYS_getpid)
        })),
        "i386" => i386(),
        "many" => many(),
        "probe" => confine_again(),
        "app-secrets" => app_secrets(),
        "app-waits" => app_waits(),
        "app-many" => app_many(),
        "app-user" => app_user(),
        other => panic!("no role {other}"),
    }
}

fn answer(result: libc::c_long) -> String {
    if result >= 0 {
        return "ok".to_owned();
    }
    match io::Error::last_os_error().raw_os_error() {
        Some(libc::EPERM) => "EPERM".to_owned(),
        Some(libc::ENOSYS) => "ENOSYS".to_owned(),
        other => format!("errno {other:?}"),
    }
}

/// Makes calls that must be refused, one line each.
fn calls() {
    let none = ptr::null::<u8>();
    let call = |name: &str, result: libc::c_long| println!("{name} {}", answer(result));
    unsafe {
        call(
            "ptrace",
            libc::syscall(libc::SYS_ptrace, libc::PTRACE_ATTACH, 1, 0, 0),
        );
        call(
            "traceme",
            libc::syscall(libc::SYS_ptrace, libc::PTRACE_TRACEME, 0, 0, 0),
        );
        call(
            "process_vm_readv",
            libc::syscall(libc::SYS_process_vm_readv, 1, none, 0, none, 0, 0),
        );
        call(
            "process_vm_writev",
            libc::syscall(libc::SYS_process_vm_writev, 1, none, 0, none, 0, 0),
        );
        call(
            "io_uring_setup",
            libc::syscall(libc::SYS_io_uring_setup, 8, none),
        );
        call("keyctl", libc::syscall(libc::SYS_keyctl, 0, -3, 0));
        call(
            "add_key",
            libc::syscall(
                libc::SYS_add_key,
                c"user".as_ptr(),
                c"x".as_ptr(),
                none,
                0,
                -3,
            ),
        );
        call("bpf", libc::syscall(libc::SYS_bpf, 0, none, 0));
        call(
            "perf_event_open",
            libc::syscall(libc::SYS_perf_event_open, none, 0, -1, -1, 0),
        );
        call("userfaultfd", libc::syscall(libc::SYS_userfaultfd, 0));
        call(
            "mount",
            libc::syscall(
                libc::SYS_mount,
                c"t".as_ptr(),
                c"/tmp".as_ptr(),
                c"tmpfs".as_ptr(),
                0,
                none,
            ),
        );
        call(
            "umount",
            libc::syscall(libc::SYS_umount2, c"/tmp".as_ptr(), libc::MNT_DETACH),
        );
        call(
            "open_tree",
            libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, c"/".as_ptr(), 1),
        );
        call(
            "fsopen",
            libc::syscall(libc::SYS_fsopen, c"tmpfs".as_ptr(), 0),
        );
        call("chroot", libc::syscall(libc::SYS_chroot, c"/tmp".as_ptr()));
        call(
            "pivot_root",
            libc::syscall(libc::SYS_pivot_root, c"/tmp".as_ptr(), c"/tmp".as_ptr()),
        );
        call("setns", libc::syscall(libc::SYS_setns, 0, 0));
        call(
            "unshare-user",
            libc::syscall(libc::SYS_unshare, libc::CLONE_NEWUSER),
        );
        call(
            "unshare-mount",
            libc::syscall(libc::SYS_unshare, libc::CLONE_NEWNS),
        );
        let flags = libc::CLONE_NEWUSER | libc::SIGCHLD;
        call(
            "clone-user",
            libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0),
        );
        call("clone3", libc::syscall(libc::SYS_clone3, none, 0));
        call(
            "open_by_handle_at",
            libc::syscall(libc::SYS_open_by_handle_at, -1, none, 0),
        );
        call(
            "tiocsti",
            libc::c_long::from(libc::ioctl(0, libc::TIOCSTI, c"x".as_ptr())),
        );
        // The kernel reads only the lower half of the request number.
        let high = libc::TIOCSTI | 1 << 40;
        call(
            "tiocsti-high",
            libc::syscall(libc::SYS_ioctl, 0, high, c"x".as_ptr()),
        );
    }
}

fn sockets() {
    let kind = |name: &str, family, kind, protocol| {
        let result = unsafe { libc::socket(family, kind, protocol) };
        println!("{name} {}", answer(libc::c_long::from(result)));
    };
    kind("unix-stream", libc::AF_UNIX, libc::SOCK_STREAM, 0);
    kind(
        "unix-datagram",
        libc::AF_UNIX,
        libc::SOCK_DGRAM | libc::SOCK_CLOEXEC,
        0,
    );
    kind("netlink", libc::AF_NETLINK, libc::SOCK_RAW, 0);
    kind("vsock", libc::AF_VSOCK, libc::SOCK_STREAM, 0);
    kind("packet", libc::AF_PACKET, libc::SOCK_RAW, 0);
    kind(
        "raw",
        libc::AF_INET,
        libc::SOCK_RAW | libc::SOCK_CLOEXEC,
        libc::IPPROTO_ICMP,
    );
    kind("alg", libc::AF_ALG, libc::SOCK_SEQPACKET, 0);
    kind("bluetooth", libc::AF_BLUETOOTH, libc::SOCK_RAW, 0);
    let told = |result: io::Result<()>| match result {
        Ok(()) => "ok".to_owned(),
        Err(error) => error.kind().to_string(),
    };
    println!(
        "connect {}",
        told(UnixStream::connect("/run/dbus/system_bus_socket").map(drop))
    );
    println!(
        "listen {}",
        told(UnixListener::bind("/tmp/socket").map(drop))
    );
    println!("datagram-pair {}", told(UnixDatagram::pair().map(drop)));
    let pair = |name: &str, family, kind| {
        let mut ends = [0; 2];
        let result = unsafe { libc::socketpair(family, kind, 0, ends.as_mut_ptr()) };
        println!("{name} {}", answer(libc::c_long::from(result)));
    };
    // The kernel makes datagram sockets of it.
    pair("raw-pair", libc::AF_UNIX, libc::SOCK_RAW);
    pair(
        "raw-pair-cloexec",
        libc::AF_UNIX,
        libc::SOCK_RAW | libc::SOCK_CLOEXEC,
    );
    pair("tipc-pair", libc::AF_TIPC, libc::SOCK_STREAM);
    pair("message-pair", libc::AF_UNIX, libc::SOCK_SEQPACKET);
    let pair = UnixStream::pair().and_then(|(mut one, mut two)| {
        one.write_all(b"x")?;
        let mut byte = [0];
        two.read_exact(&mut byte)
    });
    println!("stream-pair {}", told(pair));
}

fn loopback() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    client.write_all(b"hello").unwrap();
    let mut got = [0; 5];
    listener.accept().unwrap().0.read_exact(&mut got).unwrap();
    assert_eq!(&got, b"hello");
    let out = UdpSocket::bind("0.0.0.0:0")
        .unwrap()
        .send_to(b"x", "192.0.2.1:53");
    println!("loopback ok, out {}", out.unwrap_err().kind());
    println!(
        "tcp out {}",
        TcpStream::connect("192.0.2.1:80").unwrap_err().kind()
    );
}

#[cfg(target_arch = "x86_64")]
fn i386() {
    // getpid by its number of the 32-bit interface.
    unsafe { std::arch::asm!("int 0x80", inout("eax") 20 => _) };
}

#[cfg(not(target_arch = "x86_64"))]
fn i386() {
    unsafe { libc::kill(libc::getpid(), libc::SIGSYS) };
}

/// Starts processes until it is refused one.
fn many() {
    let mut started = Vec::new();
    while started.len() < 500 {
        match Command::new("/bin/sleep").arg("60").spawn() {
            Ok(child) => started.push(child),
            Err(error) => {
                println!("refused after {}: {:?}", started.len(), error.kind());
                break;
            }
        }
    }
    for child in &mut started {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

fn confine_again() {
    let scratch = tempfile::tempdir_in("/tmp").unwrap();
    match sandbox::probe(OsStr::new("/usr/bin"), &[], scratch.path()) {
        Ok(_) => println!("confined again"),
        Err(error) => println!("{error:?}"),
    }
}

/// The app, with secrets in its environment, running a command that looks for them.
fn app_secrets() {
    let stage = Stage::new();
    let output = stage.shell(
        "env; cat /proc/*/environ /proc/*/cmdline; ls -l /proc/*/fd; \
         grep -s -a C'ANARY' /proc/*/mem /proc/*/maps; true",
    );
    std::io::stdout().write_all(&output.stdout).unwrap();
    std::io::stdout().write_all(&output.stderr).unwrap();
    println!("draft {:?}", stage.policy.draft);
}

/// The app, with a command running, until it is killed.
fn app_waits() {
    let stage = Stage::new();
    let marker = env::var("MARKER").unwrap();
    let script = format!(
        "{SLEEPING} setsid sh -c 'exec sleep {marker}' & (sh -c 'sleep {marker} & ' &) ; \
         trap '' TERM HUP INT; \
         while [ $(sleeping) -lt 2 ]; do :; done; echo ready; sleep {marker}"
    );
    let sandbox::Confined { mut command, .. } = stage
        .policy
        .command(tier(), &["/bin/bash", "-c", &script])
        .unwrap();
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut ready = [0; 6];
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut ready)
        .unwrap();
    println!("ready");
    child.wait().unwrap();
}

/// The app, with a command that starts processes without end.
fn app_many() {
    let mut stage = Stage::new();
    stage.policy.limits.processes = 64;
    println!("{}", stage.role("many"));
}

/// The app, run by an ordinary person.
fn app_user() {
    println!("uid {}", unsafe { libc::getuid() });
    let mut stage = Stage::new();
    stage.ok("echo changed > file && test \"$(id -un)\" = anna");
    assert_eq!(
        std::fs::read(stage.path("task/draft/file")).unwrap(),
        b"changed\n"
    );
    assert_eq!(
        std::fs::read(stage.project().join("file")).unwrap(),
        b"real\n"
    );
    stage.policy.limits.processes = 64;
    println!("{}", stage.role("many"));
    println!("{}", stage.role("calls"));
    crate::views::private_layer(&mut Stage::new());
    println!("{:?}", tier());
}
