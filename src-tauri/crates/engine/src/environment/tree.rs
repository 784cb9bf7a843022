//! Ends a shell and everything it has started.

use std::fs;
use std::process::Child;
use std::time::Duration;
use std::time::Instant;

use rustix::process::Pid;
use rustix::process::Signal;

/// How long the last of them may take to be gone.
const GONE: Duration = Duration::from_secs(2);

/// Ends the child and all that carry `mark` in the variable `name`: what was started by it, however
/// far it has put itself away. A process that was ended cannot start another, so what is found until
/// nothing is found any more is all.
pub(super) fn end(child: &mut Child, name: &str, mark: &str) {
    let entry = format!("{name}={mark}");
    let until = Instant::now() + GONE;
    let own = Pid::from_child(child);
    loop {
        // One that has just ended is nobody's loss.
        let _ = rustix::process::kill_process_group(own, Signal::KILL);
        let _ = child.kill();
        let mut found = false;
        for pid in carrying(entry.as_bytes()) {
            found = true;
            let _ = rustix::process::kill_process(pid, Signal::KILL);
        }
        let gone = matches!(child.try_wait(), Ok(Some(_)) | Err(_));
        if (gone && !found) || Instant::now() >= until {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The processes of this person whose environment has this entry. One that has ended shows none.
fn carrying(entry: &[u8]) -> Vec<Pid> {
    let Ok(all) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    all.filter_map(|each| each.ok()?.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| {
            fs::read(format!("/proc/{pid}/environ")).is_ok_and(|environ| {
                environ
                    .split(|byte| *byte == 0)
                    .any(|variable| variable == entry)
            })
        })
        .filter_map(Pid::from_raw)
        .collect()
}
