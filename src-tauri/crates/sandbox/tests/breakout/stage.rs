//! A person's machine in a temporary folder: a home with secrets, a project, and a task's folders.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Output;
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;

use sandbox::Confined;
use sandbox::Home;
use sandbox::Limits;
use sandbox::Mount;
use sandbox::Network;
use sandbox::Policy;
use sandbox::Tier;
use sandbox::probe;
use tempfile::TempDir;

/// Where this test program is mounted, to be run inside.
pub const SELF: &str = "/mnt/self";

/// The variable that says where stages are set up, if not in the usual place.
pub const BELOW: &str = "CONFINED_TEST_BELOW";

/// How long a condition may take to come true. Long, because only failures wait this long.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// For bash in the sandbox: prints how many processes are a `sleep` by now. What is still on its way
/// there by `setsid` or `nohup` does not count.
pub const SLEEPING: &str = "sleeping() { \
    local count=0 file name; \
    for file in /proc/[0-9]*/cmdline; do \
        name=; read -r -d '' name 2>/dev/null <$file; \
        [ \"$name\" != sleep ] || count=$((count + 1)); \
    done; \
    echo $count; };";

/// The build folder, unless it lies below `/tmp`, as that of a clone made there does: the command
/// has a `/tmp` of its own, and what the tests hold to be out of its reach would lie in it.
fn usual_place() -> PathBuf {
    let build = fs::canonicalize(env!("CARGO_TARGET_TMPDIR")).unwrap();
    if ["/tmp", "/var/tmp"]
        .iter()
        .any(|own| build.starts_with(own))
    {
        return env::home_dir().expect("whoever runs the tests has a home");
    }
    build
}

pub struct Stage {
    pub root: TempDir,
    pub policy: Policy,
}

pub fn tier() -> &'static Tier {
    static TIER: OnceLock<Tier> = OnceLock::new();
    TIER.get_or_init(|| {
        let scratch = tempfile::tempdir().unwrap();
        probe(OsStr::new("/usr/bin:/bin"), &[], scratch.path())
            .expect("these tests need a machine that can confine commands")
    })
}

/// Where stages are set up.
pub fn below() -> PathBuf {
    env::var_os(BELOW).map_or_else(usual_place, PathBuf::from)
}

impl Stage {
    pub fn new() -> Self {
        Self::named("project")
    }

    /// With a project folder of this name.
    pub fn named(name: &str) -> Self {
        let root = tempfile::Builder::new()
            .prefix("confined-")
            .tempdir_in(below())
            .unwrap();
        let at = |path: &str| root.path().join(path);
        let project = at("home").join(name);
        for folder in [
            project.clone(),
            at("home/.ssh"),
            at("task/draft"),
            at("task/home"),
            at("task/tmp"),
        ] {
            fs::create_dir_all(folder).unwrap();
        }
        fs::write(project.join("file"), "real\n").unwrap();
        fs::write(at("task/draft/file"), "real\n").unwrap();
        fs::write(at("home/.ssh/id_ed25519"), "SECRET-KEY").unwrap();
        fs::write(at("outside"), "OUTSIDE").unwrap();
        let policy = Policy {
            project_at: project.clone(),
            draft: at("task/draft"),
            read_only_draft: false,
            cwd: project,
            env: vec![
                (
                    "PATH".into(),
                    "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin".into(),
                ),
                ("HOME".into(), at("home").into()),
                ("USER".into(), "anna".into()),
            ],
            home: Home {
                at: at("home"),
                dir: at("task/home"),
            },
            tmp: at("task/tmp"),
            read_only: vec![Mount {
                from: env::current_exe().unwrap(),
                at: SELF.into(),
            }],
            overlays: Vec::new(),
            binds: Vec::new(),
            network: Network::Own,
            limits: Limits::default(),
        };
        Self { root, policy }
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    pub fn project(&self) -> &Path {
        &self.policy.project_at
    }

    pub fn run(&self, argv: &[&str]) -> Output {
        let Confined {
            mut command,
            ending,
            ..
        } = self.policy.command(tier(), argv).unwrap();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = command.output().unwrap();
        ending.wait(PATIENCE).unwrap();
        output
    }

    pub fn shell(&self, script: &str) -> Output {
        self.run(&["/bin/bash", "-c", script])
    }

    /// Runs a script that must succeed, and returns what it printed.
    #[track_caller]
    pub fn ok(&self, script: &str) -> String {
        let output = self.shell(script);
        let [out, err] = [&output.stdout, &output.stderr].map(|b| String::from_utf8_lossy(b));
        assert!(
            output.status.success(),
            "{script}: {}\n{out}\n{err}",
            output.status
        );
        out.into_owned()
    }

    /// Runs a script that must fail because the command itself was refused something.
    #[track_caller]
    pub fn refused(&self, script: &str) -> String {
        let output = self.shell(script);
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{script} succeeded");
        assert!(!err.starts_with("bwrap:"), "{script} did not run: {err}");
        err
    }

    /// Runs a part of [`crate::role`] inside, and returns what it printed.
    #[track_caller]
    pub fn role(&mut self, role: &str) -> String {
        self.policy
            .env
            .push((crate::role::NAME.into(), role.into()));
        let output = self.run(&[SELF, "role::play", "--exact", "--nocapture"]);
        self.policy.env.pop();
        let [out, err] = [&output.stdout, &output.stderr].map(|b| String::from_utf8_lossy(b));
        assert!(
            output.status.success(),
            "{role}: {}\n{out}\n{err}",
            output.status
        );
        out.into_owned()
    }
}
