//! Asks the person's login shell for its environment.
//!
//! The shell runs as for a new terminal (`-l -i`), with nothing to read, in a session of its own so
//! that it can neither reach nor stop ours, and in the home folder. Whatever its start-up files print
//! is told apart from the answer by a marker that nobody can guess. When the time is over, everything
//! it started is ended, also what has put itself into the background.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;
use std::time::Instant;

use super::Variables;
use super::tree;

/// How long a shell may take. Start-up files that take longer are felt in every terminal.
pub const LIMIT: Duration = Duration::from_secs(5);

/// Carries the marker to everything that the shell starts; a start-up file may look at it too.
const MARK: &str = "GREENLIGHT_READS_ENVIRONMENT";

/// More than any environment has; what comes after it is noise without end.
const LARGEST: usize = 8 << 20;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaptureError {
    /// Nobody knows the person's shell.
    #[error("no login shell is set for you")]
    NoShell,
    /// It could not be started.
    #[error("{shell} could not be started ({why})")]
    NotStarted {
        /// The shell.
        shell: String,
        /// The system's own words.
        why: String,
    },
    /// It took too long.
    #[error("{shell} had not finished after {} seconds and was ended", .after.as_secs_f32())]
    TooSlow {
        /// The shell.
        shell: String,
        /// How long it was given.
        after: Duration,
    },
    /// It ended without an answer.
    #[error("{shell} ended ({how}) without an answer")]
    NoAnswer {
        /// The shell.
        shell: String,
        /// How it ended.
        how: String,
    },
    /// It printed more than any environment holds.
    #[error("{shell} printed without end and was ended")]
    TooMuch {
        /// The shell.
        shell: String,
    },
    /// A fault of the program.
    #[error("reading it failed by a fault of Greenlight")]
    Broken,
}

/// What a shell said.
#[derive(Debug)]
pub(super) struct Captured {
    pub(super) shell: PathBuf,
    pub(super) variables: Variables,
    pub(super) took: Duration,
}

/// Asks the shell that `process` or the system names. Blocks for at most [`LIMIT`].
pub(super) fn capture(home: &Path, process: &Variables) -> Result<Captured, CaptureError> {
    let shell = login_shell(process, Path::new("/etc/passwd")).ok_or(CaptureError::NoShell)?;
    ask(&shell, home, process, LIMIT)
}

pub(super) fn ask(
    shell: &Path,
    home: &Path,
    process: &Variables,
    limit: Duration,
) -> Result<Captured, CaptureError> {
    let started = Instant::now();
    let name = shell.display().to_string();
    let mark = uuid::Uuid::new_v4().simple().to_string();
    let mut child = command(shell, home, process, &mark)
        .spawn()
        .map_err(|error| CaptureError::NotStarted {
            shell: name.clone(),
            why: error.to_string(),
        })?;
    let answer = listen(&mut child, &mark);
    let heard = answer.recv_timeout(limit);
    let outcome = match heard {
        Ok(Heard::Answer(bytes)) => {
            let variables = parse(&bytes);
            // What a start-up file leaves running on purpose, as an agent, stays as in a terminal.
            let left = limit.saturating_sub(started.elapsed());
            if !ended_within(&mut child, left) {
                tree::end(&mut child, MARK, &mark);
            }
            return Ok(Captured {
                shell: shell.to_owned(),
                variables,
                took: started.elapsed(),
            });
        }
        Ok(Heard::TooMuch) => CaptureError::TooMuch { shell: name },
        Ok(Heard::Nothing) => {
            let left = limit.saturating_sub(started.elapsed());
            if ended_within(&mut child, left) {
                let how = child.wait().map_or_else(
                    |error| error.to_string(),
                    |status| status.to_string().replace("exit status: ", "exit code "),
                );
                CaptureError::NoAnswer { shell: name, how }
            } else {
                CaptureError::TooSlow {
                    shell: name,
                    after: limit,
                }
            }
        }
        Err(_) => CaptureError::TooSlow {
            shell: name,
            after: limit,
        },
    };
    tree::end(&mut child, MARK, &mark);
    Err(outcome)
}

fn command(shell: &Path, home: &Path, process: &Variables, mark: &str) -> Command {
    let mut command = Command::new(shell);
    // Every shell understands a program with a quoted argument; what `printf` and `env` are to it
    // does not matter then.
    let ask = format!("/bin/sh -c 'printf %s {mark}; env -0; printf %s {mark}'");
    let name = shell.file_name().unwrap_or_default();
    if matches!(name.to_str(), Some("csh" | "tcsh")) {
        // These take `-l` only alone; a dash before the name says the same.
        let mut dashed = OsString::from("-");
        dashed.push(name);
        command.arg0(dashed).args(["-i", "-c"]);
    } else {
        command.args(["-l", "-i", "-c"]);
    }
    command
        .arg(ask)
        .current_dir(home)
        .env_clear()
        .envs(process.iter().map(|(name, value)| (name, value)))
        .env("HOME", home)
        .env("PWD", home)
        .env("SHELL", shell)
        .env("TERM", "dumb")
        .env(MARK, mark)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    sandbox::in_own_session(&mut command);
    command
}

enum Heard {
    Answer(Vec<u8>),
    Nothing,
    TooMuch,
}

/// Reads on a thread of its own: something in the background may keep the pipe open for ever.
fn listen(child: &mut Child, mark: &str) -> mpsc::Receiver<Heard> {
    let (tell, told) = mpsc::channel();
    let mark = mark.as_bytes().to_vec();
    let Some(mut output) = child.stdout.take() else {
        return told;
    };
    std::thread::spawn(move || {
        let mut answer = Answer::new(mark);
        let mut piece = vec![0; 64 << 10];
        let heard = loop {
            let read = match output.read(&mut piece) {
                Ok(0) => break Heard::Nothing,
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(_) => break Heard::Nothing,
            };
            if let Some(whole) = answer.take(&piece[..read]) {
                break Heard::Answer(whole);
            }
            if answer.all.len() > LARGEST {
                break Heard::TooMuch;
            }
        };
        // Nobody listens any more when the time is over.
        let _ = tell.send(heard);
    });
    told
}

/// Finds what stands between the markers, each byte looked at once.
struct Answer {
    mark: Vec<u8>,
    all: Vec<u8>,
    /// Where the answer begins.
    start: Option<usize>,
    searched: usize,
}

impl Answer {
    fn new(mark: Vec<u8>) -> Self {
        Self {
            mark,
            all: Vec::new(),
            start: None,
            searched: 0,
        }
    }

    /// Takes more and gives the answer when it is complete.
    fn take(&mut self, more: &[u8]) -> Option<Vec<u8>> {
        self.all.extend_from_slice(more);
        loop {
            let found = self.next()?;
            self.searched = found + self.mark.len();
            match self.start {
                None => self.start = Some(self.searched),
                // The end comes right after a whole entry. The variable that carries the marker
                // stands in the answer as well, but after its name.
                Some(start) if found > start && self.all[found - 1] == 0 => {
                    return Some(self.all[start..found].to_vec());
                }
                Some(_) => {}
            }
        }
    }

    fn next(&mut self) -> Option<usize> {
        let rest = &self.all[self.searched..];
        let mut windows = rest.windows(self.mark.len());
        match windows.position(|window| window == self.mark) {
            Some(at) => Some(self.searched + at),
            None => {
                // The beginning of a marker may be at the end.
                self.searched = self
                    .all
                    .len()
                    .saturating_sub(self.mark.len() - 1)
                    .max(self.searched);
                None
            }
        }
    }
}

fn parse(answer: &[u8]) -> Variables {
    // Of the shell's own housekeeping, nothing is anybody's setting.
    const OWN: [&str; 5] = [MARK, "_", "SHLVL", "PWD", "OLDPWD"];
    answer
        .split(|byte| *byte == 0)
        .filter_map(|entry| {
            let equals = entry.iter().position(|byte| *byte == b'=')?;
            let (name, value) = (&entry[..equals], &entry[equals + 1..]);
            let plain = !name.is_empty() && !OWN.iter().any(|own| own.as_bytes() == name);
            plain.then(|| {
                (
                    OsString::from_vec(name.to_vec()),
                    OsString::from_vec(value.to_vec()),
                )
            })
        })
        .filter(|(name, _)| name != "TERM")
        .collect()
}

fn ended_within(child: &mut Child, limit: Duration) -> bool {
    let until = Instant::now() + limit;
    loop {
        match child.try_wait() {
            Ok(Some(_)) => return true,
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(10)),
            Ok(None) | Err(_) => return false,
        }
    }
}

/// The shell that the environment or the system's list of people names.
pub(super) fn login_shell(process: &Variables, passwd: &Path) -> Option<PathBuf> {
    let usable = |path: &Path| path.is_absolute() && path.is_file();
    let named = process
        .iter()
        .find(|(name, _)| name == "SHELL")
        .map(|(_, value)| PathBuf::from(value))
        .filter(|path| usable(path));
    named.or_else(|| {
        let me = rustix::process::getuid().as_raw().to_string();
        let people = std::fs::read(passwd).ok()?;
        people
            .split(|byte| *byte == b'\n')
            .map(|line| line.split(|byte| *byte == b':').collect::<Vec<_>>())
            .find(|fields| fields.get(2) == Some(&me.as_bytes()))
            .and_then(|fields| {
                fields
                    .get(6)
                    .map(|shell| PathBuf::from(OsStr::from_bytes(shell)))
            })
            .filter(|path| usable(path))
    })
}
