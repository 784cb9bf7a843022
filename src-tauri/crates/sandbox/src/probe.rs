//! What this machine can do, found out by doing it.
//!
//! Distributions differ in ways no version number tells: user namespaces may be compiled out,
//! switched off, or allowed for some programs only. So [`probe`] runs a harmless command under the
//! same options as any other, from the strongest set down, and reports what held.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use crate::Home;
use crate::Limits;
use crate::Network;
use crate::Overlay;
use crate::Policy;
use crate::cgroup;

/// How far commands can be confined here. All tiers hide files, processes and networks and filter
/// system calls; they differ in the details below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// The program that is used.
    pub bwrap: PathBuf,
    /// Its version, in its own words.
    pub version: String,
    /// Whether a namespace of our own comes before bubblewrap's; layers and limits need it.
    pub own_namespace: bool,
    /// Whether tool homes can have a private writable layer; else they are read-only.
    pub overlay: bool,
    /// Whether the kernel itself refuses further user namespaces, beside the filter.
    pub closes_user_namespaces: bool,
    /// How the number of processes is bounded.
    pub processes: ProcessLimit,
}

/// How the number of processes is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProcessLimit {
    /// By the kernel's count per user, taken inside the command's namespace.
    User,
    /// By a control group, because root is exempt from the count per user.
    Group,
    /// Not at all.
    None,
}

/// Why commands cannot be confined here. The text says what is missing and the next step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// No bubblewrap was found.
    #[error(
        "bubblewrap (bwrap) is not installed; install the package \"bubblewrap\" \
         (on Debian and Ubuntu: sudo apt install bubblewrap)"
    )]
    Missing,
    /// The one that was found runs with the rights of root.
    #[error(
        "{path:?} is setuid root, which is not used to confine commands; \
         install your distribution's current bubblewrap package, which is not setuid"
    )]
    Setuid {
        /// Where it is.
        path: PathBuf,
    },
    /// The system does not let it make a user namespace.
    #[error("this system refuses user namespaces to {path:?} ({said}); {next_step}")]
    UserNamespaces {
        /// Where it is.
        path: PathBuf,
        /// What it said.
        said: String,
        /// What the person can do.
        next_step: String,
    },
    /// It failed for another reason.
    #[error("{path:?} cannot confine a command here: {said}")]
    Broken {
        /// Where it is.
        path: PathBuf,
        /// What it said.
        said: String,
    },
}

/// Finds out how far commands can be confined on this machine.
///
/// `search` is the person's search path, `not_in` are folders whose programs are not trusted (the
/// project, the app's own data), and `scratch` is an empty folder on the file system that will hold
/// private layers. Takes some tens of milliseconds; the caller keeps the answer.
///
/// # Errors
///
/// [`Unavailable`], which says exactly what is missing.
pub fn probe(search: &OsStr, not_in: &[&Path], scratch: &Path) -> Result<Tier, Unavailable> {
    let system = ["/usr/bin", "/usr/local/bin", "/bin"].map(PathBuf::from);
    // The search path comes last: a folder of a project can be on it, with a program of that name.
    let bwrap = find(system.into_iter().chain(env::split_paths(search)), not_in)?;
    let mut tier = Tier {
        version: String::new(),
        own_namespace: true,
        overlay: false,
        closes_user_namespaces: true,
        processes: ProcessLimit::None,
        bwrap,
    };
    let mut first = None;
    let held = [(true, true), (true, false), (false, true), (false, false)]
        .into_iter()
        .any(|(own, closes)| {
            tier.own_namespace = own;
            tier.closes_user_namespaces = closes;
            let tried = try_harmless(&tier, scratch);
            if let Err(said) = tried {
                first.get_or_insert(said);
                return false;
            }
            true
        });
    if !held {
        return Err(explain(&tier.bwrap, first.unwrap_or_default()));
    }
    tier.version = std::process::Command::new(&tier.bwrap)
        .arg("--version")
        .env_clear()
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default();
    tier.processes = if rustix::process::getuid().is_root() {
        match cgroup::join(Limits::default().processes) {
            Ok(_) => ProcessLimit::Group,
            Err(_) => ProcessLimit::None,
        }
    } else if tier.own_namespace && kernel_at_least(5, 14) {
        ProcessLimit::User
    } else {
        ProcessLimit::None
    };
    tier.overlay = tier.own_namespace && try_overlay(&tier, scratch);
    Ok(tier)
}

fn find(folders: impl Iterator<Item = PathBuf>, not_in: &[&Path]) -> Result<PathBuf, Unavailable> {
    let mut setuid = None;
    for folder in folders.filter(|path| path.is_absolute()) {
        let Ok(path) = fs::canonicalize(folder.join("bwrap")) else {
            continue;
        };
        if not_in.iter().any(|root| path.starts_with(root)) {
            continue;
        }
        let Ok(found) = fs::metadata(&path) else {
            continue;
        };
        if !found.is_file() || found.permissions().mode() & 0o111 == 0 {
            continue;
        }
        if found.permissions().mode() & 0o6000 != 0 {
            setuid.get_or_insert(path);
            continue;
        }
        return Ok(path);
    }
    Err(setuid.map_or(Unavailable::Missing, |path| Unavailable::Setuid { path }))
}

fn try_harmless(tier: &Tier, scratch: &Path) -> Result<(), String> {
    let policy = policy(scratch).map_err(|error| error.to_string())?;
    let mut confined = policy
        .command(tier, &["/bin/true"])
        .map_err(|error| error.to_string())?;
    let output = confined
        .command
        .output()
        .map_err(|error| format!("it could not be started: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(if said.is_empty() {
        output.status.to_string()
    } else {
        said
    })
}

fn try_overlay(tier: &Tier, scratch: &Path) -> bool {
    let Ok(mut policy) = policy(scratch) else {
        return false;
    };
    let tier = Tier {
        overlay: true,
        ..tier.clone()
    };
    let lower = scratch.join("lower");
    if fs::create_dir_all(&lower).is_err() {
        return false;
    }
    policy.overlays.push(Overlay {
        lower,
        upper: scratch.join("upper"),
        work: scratch.join("work"),
        staging: scratch.join("staging"),
        at: PathBuf::from("/mnt/layer"),
    });
    matches!(policy.settle_overlays(&tier), Ok(refused) if refused.is_empty())
        && policy
            .command(&tier, &["/bin/sh", "-c", "echo > /mnt/layer/written"])
            .is_ok_and(|mut confined| {
                confined
                    .command
                    .output()
                    .is_ok_and(|end| end.status.success())
            })
}

fn policy(scratch: &Path) -> io::Result<Policy> {
    let [draft, home, tmp] = ["draft", "home", "tmp"].map(|name| scratch.join(name));
    for folder in [&draft, &home, &tmp] {
        fs::create_dir_all(folder)?;
    }
    Ok(Policy {
        project_at: PathBuf::from("/mnt/project"),
        draft,
        read_only_draft: false,
        cwd: PathBuf::from("/mnt/project"),
        env: Vec::new(),
        home: Home {
            at: PathBuf::from("/mnt/home"),
            dir: home,
        },
        tmp,
        read_only: Vec::new(),
        overlays: Vec::new(),
        binds: Vec::new(),
        network: Network::Own,
        limits: Limits::default(),
    })
}

fn explain(bwrap: &Path, said: String) -> Unavailable {
    let path = bwrap.to_owned();
    let refused = [
        "namespace",
        "uid map",
        "Operation not permitted",
        "os error 1)",
    ];
    if !refused.iter().any(|sign| said.contains(sign)) {
        return Unavailable::Broken { path, said };
    }
    let reads =
        |path: &str, value: &str| fs::read_to_string(path).is_ok_and(|text| text.trim() == value);
    let next_step = if reads("/proc/sys/kernel/unprivileged_userns_clone", "0") {
        "allow them with: sudo sysctl kernel.unprivileged_userns_clone=1"
    } else if reads(
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
    ) {
        "AppArmor restricts them; install an AppArmor profile for bwrap (the package \
         \"apparmor-profiles\" has bwrap-userns-restrict) and load it"
    } else if reads("/proc/sys/user/max_user_namespaces", "0") {
        "allow them with: sudo sysctl user.max_user_namespaces=15000"
    } else {
        "in a container, start it with user namespaces allowed; else ask who runs this system"
    };
    Unavailable::UserNamespaces {
        path,
        said,
        next_step: next_step.to_owned(),
    }
}

fn kernel_at_least(major: u32, minor: u32) -> bool {
    let system = rustix::system::uname();
    let release = system.release().to_string_lossy();
    let mut numbers = release
        .split(|c: char| !c.is_ascii_digit())
        .map(|part| part.parse::<u32>());
    match (numbers.next(), numbers.next()) {
        (Some(Ok(first)), Some(Ok(second))) => (first, second) >= (major, minor),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(folder: &Path, mode: u32) -> PathBuf {
        let path = folder.join("bwrap");
        fs::write(&path, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        fs::canonicalize(path).unwrap()
    }

    #[test]
    fn nothing_on_the_path_is_missing_and_names_the_package() {
        let empty = tempfile::tempdir().unwrap();
        let missing = find([empty.path().to_owned()].into_iter(), &[]).unwrap_err();
        assert_eq!(missing, Unavailable::Missing);
        assert!(missing.to_string().contains("sudo apt install bubblewrap"));
    }

    #[test]
    fn one_in_the_project_or_not_executable_is_passed_over() {
        let [project, plain, good] = [(); 3].map(|()| tempfile::tempdir().unwrap());
        program(project.path(), 0o755);
        program(plain.path(), 0o644);
        let expected = program(good.path(), 0o755);
        let folders = [
            PathBuf::from("relative"),
            project.path().into(),
            plain.path().into(),
        ];
        let root = fs::canonicalize(project.path()).unwrap();
        let found = find(folders.into_iter().chain([good.path().into()]), &[&root]);
        assert_eq!(found, Ok(expected));
    }

    #[test]
    fn a_setuid_one_is_refused_unless_another_follows() {
        let [setuid, good] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let path = program(setuid.path(), 0o4755);
        let refused = find([setuid.path().to_owned()].into_iter(), &[]);
        assert_eq!(refused, Err(Unavailable::Setuid { path }));
        let expected = program(good.path(), 0o755);
        let found = find(
            [setuid.path(), good.path()].map(Path::to_owned).into_iter(),
            &[],
        );
        assert_eq!(found, Ok(expected));
    }

    #[test]
    fn the_systems_own_comes_before_any_on_the_path() {
        let [path, scratch] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let planted = program(path.path(), 0o755);
        let ran = path.path().join("ran");
        fs::write(&planted, format!("#!/bin/sh\n: > {}\n", ran.display())).unwrap();
        let search = env::join_paths([path.path(), Path::new("/usr/bin")]).unwrap();
        let tier = probe(&search, &[], scratch.path()).expect("bubblewrap is installed");
        assert_ne!(tier.bwrap, planted);
        assert!(!ran.exists(), "a planted program was run");
    }

    #[test]
    fn refused_namespaces_are_told_from_other_failures() {
        let path = Path::new("/usr/bin/bwrap");
        let said = "bwrap: No permissions to create a new namespace".to_owned();
        assert!(matches!(
            explain(path, said),
            Unavailable::UserNamespaces { .. }
        ));
        let said = "bwrap: Unknown option --perms".to_owned();
        assert!(matches!(explain(path, said), Unavailable::Broken { .. }));
    }
}
