//! The words for bubblewrap: which part of the machine a command sees.
//!
//! Nothing is shown unless it is named here or in the policy. The system is read-only, `/proc`,
//! `/dev` and `/run` are new, and of `/etc` only what programs need to find libraries, time zones,
//! certificates and names. The account files are written anew, with one person in them.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::Network;
use crate::Policy;
use crate::Tier;
use crate::policy::Writes;

/// Read-only where they exist. Sources are followed, so a link comes out as its target.
const SYSTEM: &[&str] = &[
    "/opt",
    "/nix",
    "/gnu",
    "/snap",
    "/home/linuxbrew/.linuxbrew",
    "/sys/devices/system/cpu",
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/ssl",
    "/etc/pki",
    "/etc/ca-certificates",
    "/etc/ca-certificates.conf",
    "/etc/crypto-policies",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/os-release",
    "/etc/debian_version",
    "/etc/lsb-release",
    "/etc/mime.types",
    "/etc/magic",
    "/etc/services",
    "/etc/protocols",
    "/etc/shells",
    "/etc/fonts",
    "/etc/inputrc",
    "/etc/perl",
    "/etc/maven",
    "/etc/java",
    "/etc/gradle",
    "/etc/php",
    "/etc/R",
    "/etc/ghc",
    "/etc/dotnet",
];

/// Parts of `/proc` that speak to the kernel and not of processes. A command of root would have the
/// rights to write them, capabilities or not, and they are not all its own namespace's.
const KERNEL: &[&str] = &[
    "/proc/sys",
    "/proc/sysrq-trigger",
    "/proc/irq",
    "/proc/bus",
    "/proc/fs",
    "/proc/acpi",
    "/proc/scsi",
    "/proc/mtrr",
    "/proc/driver",
    "/proc/asound",
];

/// Folders of `/etc` with a version in their name.
const SYSTEM_PREFIXES: &[&str] = &["java-", "python3", "python2", "ImageMagick-", "php"];

/// Either links into `/usr` or folders of their own.
const ROOT_FOLDERS: &[&str] = &["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

/// The list bubblewrap reads from a descriptor, so that no path of the machine is in an argument
/// list that the command could read.
#[derive(Debug, Default)]
pub(crate) struct Arguments(Vec<OsString>);

impl Arguments {
    pub(crate) fn words<Word: AsRef<OsStr>>(&mut self, words: impl IntoIterator<Item = Word>) {
        self.0
            .extend(words.into_iter().map(|word| word.as_ref().to_owned()));
    }

    /// Each word ended by a zero byte; no word holds one, which the policy has checked.
    pub(crate) fn terminated(&self) -> Vec<u8> {
        self.0
            .iter()
            .flat_map(|word| word.as_bytes().iter().copied().chain([0]))
            .collect()
    }
}

pub(crate) fn isolation(arguments: &mut Arguments, policy: &Policy, tier: &Tier) {
    arguments.words([
        "--unshare-user",
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-cgroup-try",
        "--hostname",
        "localhost",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
    ]);
    if tier.closes_user_namespaces {
        arguments.words(["--disable-userns"]);
    }
    // With a listener the network is made before, for the listener to be in it.
    if policy.network == Network::Own {
        arguments.words(["--unshare-net"]);
    }
    for (name, value) in &policy.env {
        arguments.words([OsStr::new("--setenv"), name, value]);
    }
}

pub(crate) fn system(arguments: &mut Arguments) {
    arguments.words(["--ro-bind", "/usr", "/usr"]);
    for name in ROOT_FOLDERS {
        let path = Path::new("/").join(name);
        match fs::read_link(&path) {
            Ok(target) => {
                arguments.words([
                    OsStr::new("--symlink"),
                    target.as_os_str(),
                    path.as_os_str(),
                ]);
            }
            Err(_) if path.is_dir() => {
                arguments.words([OsStr::new("--ro-bind"), path.as_os_str(), path.as_os_str()]);
            }
            Err(_) => {}
        }
    }
    for path in SYSTEM {
        arguments.words(["--ro-bind-try", path, path]);
    }
    let versioned = fs::read_dir("/etc")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    for path in versioned {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if SYSTEM_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix))
        {
            arguments.words([
                OsStr::new("--ro-bind-try"),
                path.as_os_str(),
                path.as_os_str(),
            ]);
        }
    }
    arguments.words(["--proc", "/proc"]);
    for path in KERNEL {
        arguments.words(["--ro-bind-try", path, path]);
    }
    arguments.words(["--dev", "/dev", "--perms", "0755", "--tmpfs", "/run"]);
    arguments.words(["--dir", "/var"]);
}

/// The account and name files: path and text.
pub(crate) fn account_files(policy: &Policy) -> Vec<(&'static str, String)> {
    let uid = rustix::process::getuid().as_raw();
    let gid = rustix::process::getgid().as_raw();
    let plain = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| !c.is_control() && c != ':' && c != '\u{fffd}')
    };
    let named = policy.env.iter().find(|(name, _)| name == "USER");
    let name = match named.map(|(_, name)| name.to_string_lossy()) {
        _ if uid == 0 => "root".to_owned(),
        Some(name) if plain(&name) && name != "root" => name.into_owned(),
        _ => "user".to_owned(),
    };
    let home = policy.home.at.to_string_lossy();
    let home = if plain(&home) { home.as_ref() } else { "/" };
    let mut passwd = format!("{name}:x:{uid}:{gid}::{home}:/bin/bash\n");
    let mut group = format!("{name}:x:{gid}:\n");
    if uid != 0 {
        passwd.push_str("root:x:0:0:root:/root:/bin/sh\n");
    }
    if gid != 0 {
        group.push_str("root:x:0:\n");
    }
    passwd.push_str("nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n");
    group.push_str("nogroup:x:65534:\n");
    let mut files = vec![
        ("/etc/passwd", passwd),
        ("/etc/group", group),
        (
            "/etc/nsswitch.conf",
            "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n"
                .to_owned(),
        ),
    ];
    let local = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n".to_owned();
    if policy.network == Network::Machine {
        files.push((
            "/etc/hosts",
            fs::read_to_string("/etc/hosts").unwrap_or(local),
        ));
        // Read here because the link it usually is points into `/run`.
        if let Ok(servers) = fs::read_to_string("/etc/resolv.conf") {
            files.push(("/etc/resolv.conf", servers));
        }
    } else {
        files.push(("/etc/hosts", local));
    }
    files
}

pub(crate) fn mounts(arguments: &mut Arguments, policy: &Policy) {
    for shown in policy.ordered_mounts() {
        let how = match shown.writes {
            Writes::No => "--ro-bind",
            Writes::Bind | Writes::Layer => "--bind",
        };
        arguments.words([
            OsStr::new(how),
            shown.from.as_os_str(),
            shown.at.as_os_str(),
        ]);
    }
    arguments.words(["--remount-ro", "/", "--chdir"]);
    arguments.words([policy.cwd.as_os_str()]);
}
