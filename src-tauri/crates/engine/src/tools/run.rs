//! Runs one prepared command to its end: output, time, Stop.
//!
//! Standard output and error go through one pipe, so that their order is the program's. Whatever
//! ends the command (itself, the clock, the person, too much output), it is over only when its whole
//! tree is gone, because what it changed is looked at next.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;
use tokio::process::Child;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use sandbox::Confined;

use super::Progress;
use super::gate::CommandGate;
use super::output::Kept;
use super::screen::Screen;
use super::spawn::spawn;
use crate::checks::verdict::End;
use crate::network::Gate;
use crate::network::dial::Dial;
use crate::network::proxy::Proxy;

/// A command that prints more than this is ended.
const MOST_OUTPUT: usize = 64 << 20;
/// How long the last process may take to die. More than a moment only in a stuck kernel.
const LAST_PROCESS: Duration = Duration::from_secs(10);
/// How long the pipe may stay open after everything was killed.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How often it is looked whether a person has answered.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A command that is over.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) end: End,
    pub(super) output: Kept,
    pub(super) took: Duration,
    /// What it wanted to reach and did not, a sentence each.
    pub(super) refusals: Vec<String>,
}

/// The way of one command to the internet.
pub(super) struct WayOut {
    pub(super) gate: Arc<CommandGate>,
    pub(super) dial: Arc<dyn Dial>,
}

/// Runs a confined command. `most_shown` bytes of its output are reported while it runs. While a person is asked about its way out, its time does not run.
pub(super) async fn run(
    confined: Confined,
    limit: Duration,
    most_shown: usize,
    way_out: Option<WayOut>,
    progress: &dyn Progress,
    stop: &CancellationToken,
) -> io::Result<Finished> {
    let Confined {
        mut command,
        ending,
        listening,
    } = confined;
    let (reader, writer) = io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let mut pipe = Receiver::from_owned_fd(OwnedFd::from(reader))?;
    let started = Instant::now();
    let mut child = spawn(command).await?;
    let gate = way_out.as_ref().map(|way| Arc::clone(&way.gate));
    let proxy = match (listening, way_out) {
        (Some(listening), Some(way)) => {
            let gate: Arc<dyn Gate> = Arc::new(way.gate);
            Some(Proxy::serve(listening.take()?, gate, way.dial)?)
        }
        _ => None,
    };
    let mut shown = Shown {
        screen: Screen::new(),
        kept: Kept::default(),
        given: 0,
        most_shown,
        progress,
    };
    let mut buffer = vec![0_u8; 64 * 1024];
    let mut printed = 0_usize;
    let mut open = true;
    let deadline = tokio::time::sleep(limit);
    tokio::pin!(deadline);
    let mut end = loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break End::Stopped,
            () = &mut deadline => {
                let waited = gate.as_ref().map_or(Duration::ZERO, |gate| gate.waited());
                let left = (limit + waited).saturating_sub(started.elapsed());
                if left.is_zero() {
                    break End::TimedOut;
                }
                deadline.as_mut().reset((Instant::now() + left.max(LOOK_AGAIN)).into());
            }
            status = child.wait() => break End::Exited(code(status?)),
            read = pipe.read(&mut buffer), if open => {
                let count = read?;
                open = count > 0;
                printed += count;
                shown.push(&buffer[..count]);
                if printed > MOST_OUTPUT {
                    break End::TooMuchOutput;
                }
            }
        }
    };
    kill(&mut child).await?;
    let gone = tokio::task::spawn_blocking(move || ending.wait(LAST_PROCESS));
    let ran = gone.await.map_err(io::Error::other)??;
    if !ran && matches!(end, End::Exited(1)) {
        end = End::NotStarted;
    }
    // The writers are dead; what they wrote before is still in the pipe.
    let rest = async {
        while printed <= MOST_OUTPUT {
            match pipe.read(&mut buffer).await {
                Ok(count) if count > 0 => {
                    printed += count;
                    shown.push(&buffer[..count]);
                }
                _ => break,
            }
        }
    };
    let _ = timeout(LAST_WORDS, rest).await;
    shown.finish();
    Ok(Finished {
        end,
        output: shown.kept,
        took: started.elapsed(),
        refusals: proxy.map_or_else(Vec::new, |proxy| proxy.refusals()),
    })
}

/// Ends the tree, if it has not ended, and waits for its first process.
async fn kill(child: &mut Child) -> io::Result<()> {
    if let Some(pid) = child.id() {
        sandbox::kill_tree(pid);
        child.wait().await?;
    }
    Ok(())
}

fn code(status: ExitStatus) -> i32 {
    status
        .code()
        .or(status.signal().map(|signal| 128 + signal))
        .unwrap_or(1)
}

struct Shown<'a> {
    screen: Screen,
    kept: Kept,
    given: usize,
    most_shown: usize,
    progress: &'a dyn Progress,
}

impl Shown<'_> {
    fn push(&mut self, bytes: &[u8]) {
        let text = self.screen.push(bytes);
        self.give(&text);
    }

    fn finish(&mut self) {
        let text = self.screen.finish();
        self.give(&text);
    }

    fn give(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.kept.push(text);
        if self.given < self.most_shown {
            self.given += text.len();
            self.progress.output(text);
        }
    }
}
