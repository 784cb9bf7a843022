use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Instant;

use super::capture::ask;
use super::capture::login_shell;
use super::*;

/// A home whose bash reads `profile` when it is a login shell.
fn home(profile: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join(".bash_profile"), profile).unwrap();
    home
}

fn process() -> Variables {
    [
        ("PATH", "/usr/bin:/bin"),
        ("LANG", "C.UTF-8"),
        ("KEPT", "from the app"),
    ]
    .map(|(name, value)| (name.into(), value.into()))
    .into()
}

fn bash(home: &Path, limit: Duration) -> Result<capture::Captured, CaptureError> {
    ask(Path::new("/bin/bash"), home, &process(), limit)
}

fn value<'a>(variables: &'a Variables, name: &str) -> Option<&'a OsStr> {
    let mut all = variables.iter().filter(|(known, _)| known == name);
    let found = all.next().map(|(_, value)| value.as_os_str());
    assert!(all.next().is_none(), "{name} is there twice");
    found
}

/// Processes whose command line holds `words`.
fn running(words: &str) -> usize {
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| fs::read(entry.ok()?.path().join("cmdline")).ok())
        .filter(|line| String::from_utf8_lossy(line).contains(words))
        .count()
}

fn rare() -> String {
    format!("86{}.5", uuid::Uuid::new_v4().as_fields().0)
}

#[test]
fn what_start_up_files_set_is_found_whatever_they_print() {
    let home = home(
        "echo 'Welcome to this machine!'\nprintf 'no end of line'\nfortune >&2\n\
         export PATH=\"$HOME/.nvm/versions/node/v20/bin:$PATH\"\n\
         export LINES_OF='one\ntwo'\nexport EMPTY=\n\
         trap 'echo goodbye' EXIT\n",
    );
    let captured = bash(home.path(), LIMIT).unwrap();
    let found = |name| value(&captured.variables, name);
    let path = found("PATH").unwrap().to_str().unwrap();
    let first = format!("{}/.nvm/versions/node/v20/bin:", home.path().display());
    assert!(path.starts_with(&first), "{path}");
    assert_eq!(found("LINES_OF"), Some(OsStr::new("one\ntwo")));
    assert_eq!(found("EMPTY"), Some(OsStr::new("")));
    assert_eq!(found("HOME"), Some(home.path().as_os_str()));
    for own in ["GREENLIGHT_READS_ENVIRONMENT", "SHLVL", "_", "PWD", "TERM"] {
        assert_eq!(found(own), None, "{own} is the shell's own");
    }
}

#[test]
fn the_shell_begins_in_the_home_folder_without_a_terminal() {
    let home = home(
        "export BEGAN=\"$(pwd)\"\nexport TTY=\"$(tty 2>&1)\"\ncase $- in *i*) export ASKS=yes;; esac\n\
         export SESSION=\"$(ps -o sid= -p $$ | tr -d ' ') $$\"\n",
    );
    let captured = bash(home.path(), LIMIT).unwrap();
    let found = |name| value(&captured.variables, name).unwrap().to_owned();
    assert_eq!(
        Path::new(&found("BEGAN")),
        fs::canonicalize(home.path()).unwrap()
    );
    assert_eq!(found("TTY"), "not a tty");
    assert_eq!(found("ASKS"), "yes", "it is as interactive as a terminal's");
    let session = found("SESSION").into_string().unwrap();
    let (session, own) = session.split_once(' ').unwrap();
    assert_eq!(session, own, "it leads a session of its own");
}

#[test]
fn a_shell_that_hangs_is_ended_with_all_it_started() {
    let (one, two, three) = (rare(), rare(), rare());
    let home = home(&format!(
        "sleep {one} &\n(setsid sleep {two} &)\nsleep {three}\n"
    ));
    let started = Instant::now();
    let limit = Duration::from_millis(1500);
    let error = bash(home.path(), limit).unwrap_err();
    assert_eq!(
        error.to_string(),
        "/bin/bash had not finished after 1.5 seconds and was ended"
    );
    assert!(started.elapsed() < limit + Duration::from_secs(3));
    for words in [one, two, three] {
        assert_eq!(running(&words), 0, "`sleep {words}` is left");
    }
}

#[test]
fn a_shell_that_answers_and_then_hangs_has_answered() {
    let long = rare();
    let home = home(&format!("export GOOD=yes\ntrap 'sleep {long}' EXIT\n"));
    let captured = bash(home.path(), Duration::from_millis(1500)).unwrap();
    assert_eq!(value(&captured.variables, "GOOD"), Some(OsStr::new("yes")));
    assert_eq!(running(&long), 0);
}

#[test]
fn what_a_start_up_file_leaves_running_stays() {
    let long = rare();
    let home = home(&format!("sleep {long} > /dev/null 2>&1 &\nexport PID=$!\n"));
    let captured = bash(home.path(), LIMIT).unwrap();
    let pid = value(&captured.variables, "PID").unwrap();
    let pid = pid.to_str().unwrap().parse().unwrap();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    // Not by its words: the shell may have answered before its child has become `sleep`.
    rustix::process::kill_process(pid, rustix::process::Signal::KILL)
        .expect("it runs, as an agent does in a terminal");
}

#[test]
fn a_shell_that_ends_without_an_answer_says_how() {
    let home = home("exit 7\n");
    assert_eq!(
        bash(home.path(), LIMIT).unwrap_err().to_string(),
        "/bin/bash ended (exit code 7) without an answer"
    );
    let nologin = ask(Path::new("/bin/false"), home.path(), &process(), LIMIT);
    assert_eq!(
        nologin.unwrap_err().to_string(),
        "/bin/false ended (exit code 1) without an answer"
    );
    let missing = ask(Path::new("/no/such/shell"), home.path(), &process(), LIMIT);
    let missing = missing.unwrap_err().to_string();
    assert!(
        missing.starts_with("/no/such/shell could not be started ("),
        "{missing}"
    );
}

#[test]
fn a_shell_that_prints_without_end_is_ended() {
    let home = home("yes GREENLIGHT-NOISE\n");
    let error = bash(home.path(), LIMIT).unwrap_err();
    assert_eq!(
        error.to_string(),
        "/bin/bash printed without end and was ended"
    );
    assert_eq!(running("GREENLIGHT-NOISE"), 0);
}

#[test]
fn the_shell_is_the_one_of_the_environment_else_the_one_of_the_system() {
    let folder = tempfile::tempdir().unwrap();
    let me = rustix::process::getuid().as_raw();
    let passwd = folder.path().join("passwd");
    fs::write(
        &passwd,
        format!("other:x:4242424:1::/:/bin/false\nme:x:{me}:0:Me:/home/me:/bin/bash\n"),
    )
    .unwrap();
    let named = |shell: &str| login_shell(&vec![("SHELL".into(), shell.into())], &passwd);
    assert_eq!(named("/bin/sh"), Some("/bin/sh".into()));
    assert_eq!(named("bash"), Some("/bin/bash".into()), "not absolute");
    assert_eq!(named("/no/such"), Some("/bin/bash".into()));
    fs::write(&passwd, "").unwrap();
    assert_eq!(named(""), None);
    assert_eq!(login_shell(&Variables::new(), Path::new("/no/such")), None);
}

#[tokio::test]
async fn what_the_shell_says_goes_over_what_the_app_was_started_with() {
    let folder = home(
        "export PATH=/opt/tools:$PATH\nexport OPENAI_API_KEY=sk-from-the-profile\nexport NEW=1\n",
    );
    let mut process = process();
    process.push(("SHELL".into(), "/bin/bash".into()));
    process.push(("OPENAI_API_KEY".into(), "sk-from-the-app".into()));
    let environment = Environment::new(folder.path().to_owned(), process);
    assert_eq!(environment.state().1, Origin::Process);
    assert_eq!(value(&environment.variables(), "OPENAI_API_KEY"), None);

    let reading = environment.read();
    assert!(environment.is_reading(), "a turn that begins now waits");
    assert_eq!(environment.state().1, Origin::Reading);
    let waited = tokio::spawn({
        let environment = environment.clone();
        async move { environment.settled().await }
    });
    reading.await;
    waited.await.unwrap();

    let (variables, origin) = environment.state();
    assert!(
        matches!(&origin, Origin::Shell { shell, .. } if shell == Path::new("/bin/bash")),
        "{origin:?}"
    );
    let path = value(&variables, "PATH").unwrap().to_str().unwrap();
    assert!(path.starts_with("/opt/tools:"), "{path}");
    assert_eq!(value(&variables, "KEPT"), Some(OsStr::new("from the app")));
    assert_eq!(value(&variables, "NEW"), Some(OsStr::new("1")));
    assert_eq!(value(&variables, "OPENAI_API_KEY"), None);

    // Read again after the person broke their start-up file: what was found before is not kept.
    fs::write(folder.path().join(".bash_profile"), "exit 3\n").unwrap();
    environment.read().await;
    let (variables, origin) = environment.state();
    assert!(matches!(origin, Origin::Fallback { .. }), "{origin:?}");
    assert_eq!(value(&variables, "PATH"), Some(OsStr::new("/usr/bin:/bin")));
}

#[test]
fn the_key_is_not_in_the_environment_of_the_shell() {
    let folder = home("env > \"$HOME/seen\"\n");
    let mut process = process();
    process.push(("SHELL".into(), "/bin/bash".into()));
    process.push(("OPENAI_API_KEY".into(), "sk-very-secret".into()));
    let environment = Environment::new(folder.path().to_owned(), process);
    tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(environment.read());
    let seen = fs::read_to_string(folder.path().join("seen")).unwrap();
    assert!(seen.contains("KEPT=from the app"), "{seen}");
    assert!(!seen.contains("very-secret"), "{seen}");
}

#[test]
fn other_shells_are_asked_in_their_own_way() {
    let home = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    // Stands for tcsh, which takes `-l` only alone: it says what it was called with.
    let shell = folder.path().join("tcsh");
    fs::write(
        &shell,
        "#!/bin/sh\n[ \"$1 $2\" = '-i -c' ] || exit 9\nexec /bin/sh -c \"$3\"\n",
    )
    .unwrap();
    fs::set_permissions(&shell, fs::Permissions::from_mode(0o755)).unwrap();
    let captured = ask(&shell, home.path(), &process(), LIMIT).unwrap();
    assert_eq!(
        value(&captured.variables, "KEPT"),
        Some(OsStr::new("from the app"))
    );
    let plain = ask(Path::new("/bin/sh"), home.path(), &process(), LIMIT).unwrap();
    assert!(value(&plain.variables, "PATH").is_some());
}
