//! Starts confined commands from a thread that stays.
//!
//! A confined command ends with the thread that started it, which is what ends it when the app is
//! killed. The threads of an async runtime come and go, so one thread of our own does nothing but
//! start commands.

use std::io;
use std::process::Command;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::thread;

use tokio::process::Child;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

struct Job {
    command: Command,
    runtime: Handle,
    reply: oneshot::Sender<io::Result<Child>>,
}

static QUEUE: Mutex<Option<mpsc::Sender<Job>>> = Mutex::new(None);

/// Starts `command` for the current runtime. It is killed when the result is dropped.
pub(super) async fn spawn(command: Command) -> io::Result<Child> {
    let (reply, started) = oneshot::channel();
    send(Job {
        command,
        runtime: Handle::current(),
        reply,
    })?;
    started
        .await
        .unwrap_or_else(|_| Err(io::Error::other("the thread that starts it is gone")))
}

fn send(job: Job) -> io::Result<()> {
    let mut queue = QUEUE.lock().unwrap_or_else(PoisonError::into_inner);
    let unsent = match queue.as_ref() {
        Some(sender) => match sender.send(job) {
            Ok(()) => return Ok(()),
            Err(mpsc::SendError(job)) => job,
        },
        None => job,
    };
    start_thread(&mut queue, unsent)
}

fn start_thread(queue: &mut Option<mpsc::Sender<Job>>, job: Job) -> io::Result<()> {
    let (sender, jobs) = mpsc::channel::<Job>();
    thread::Builder::new()
        .name("start-commands".to_owned())
        .spawn(move || {
            for job in jobs {
                let _runtime = job.runtime.enter();
                let mut command = tokio::process::Command::from(job.command);
                // Who asked may have been stopped meanwhile; then the command is killed here.
                let _ = job.reply.send(command.kill_on_drop(true).spawn());
            }
        })?;
    let sent = sender
        .send(job)
        .map_err(|_| io::Error::other("the thread that starts it is gone"));
    *queue = Some(sender);
    sent
}
