//! Runs a check in a draft: the same confinement as the agent's commands, started by the person.
//!
//! What it prints is read for counts and names as it comes and passed on; how much of it is shown is
//! the caller's choice. What it changed is in the ledger afterwards like what any command changed.

use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Confinement;
use super::Progress;
use super::blocking;
use super::confine::Conditions;
use super::run;
use crate::agent::item::ItemKind;
use crate::approvals::binding::Profile;
use crate::approvals::binding::Reach;
use crate::checks::Check;
use crate::checks::reader::Reader;
use crate::checks::reader::Said;
use crate::checks::verdict::End;
use crate::project::draft::Draft;
use crate::project::stat::Kind;

/// A check that is over.
#[derive(Debug)]
pub struct Ran {
    /// How it ended.
    pub end: End,
    /// What its output says.
    pub said: Said,
    /// Beginning and end of what it printed.
    pub output: String,
    /// Wall time.
    pub took: Duration,
    /// Paths of the draft that it changed.
    pub changed: Vec<String>,
}

struct Watching<'a> {
    reader: Mutex<Reader>,
    shown: &'a (dyn Fn(&str) + Send + Sync),
}

impl Progress for Watching<'_> {
    fn started(&self, _: ItemKind) {
        // The caller has shown the check before it asked for it to be run.
    }

    fn output(&self, chunk: &str) {
        self.reader
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(chunk);
        (self.shown)(chunk);
    }
}

/// Paths that are named; a build that the project does not ignore leaves thousands.
const MOST_NAMED: usize = 50;

/// Some of the paths, and how many there are besides.
fn named(paths: impl ExactSizeIterator<Item = String>) -> Vec<String> {
    let more = paths.len().saturating_sub(MOST_NAMED);
    let rest = (more > 0).then(|| format!("and {more} more"));
    paths.take(MOST_NAMED).chain(rest).collect()
}

/// Runs a check. The error says, as a sentence, why it was not started. `item` names it in the
/// ledger; only one command of a draft may run at a time.
pub async fn run_check(
    draft: &Draft,
    confinement: Arc<Confinement>,
    (item, check): (&str, &Check),
    (limit, network): (Duration, bool),
    shown: &(dyn Fn(&str) + Send + Sync),
    stop: &CancellationToken,
) -> Result<Ran, String> {
    if let Err(unavailable) = confinement.tier() {
        return Err(format!(
            "commands cannot be confined on this computer ({unavailable})."
        ));
    }
    let cwd = draft
        .inside(Path::new(""), Path::new(&check.folder))
        .map_err(|error| format!("{error}."))?;
    let stands = draft.stat(&cwd).map_err(|error| format!("{error}."))?;
    // The root is not an entry of itself.
    if !cwd.is_root() && !stands.is_some_and(|stat| stat.kind == Kind::Folder) {
        return Err(format!(
            "the folder `{}` is not in the private copy.",
            check.folder
        ));
    }
    let argv = ["/bin/bash", "-c", &check.command].map(str::to_owned);
    let confined = {
        let draft = draft.clone();
        blocking(move || {
            let conditions = Conditions {
                cwd: draft.seen_at().join(cwd.as_path()),
                profile: &Profile {
                    writes: true,
                    reach: if network {
                        Reach::Machine
                    } else {
                        Reach::Nothing
                    },
                },
                approved: None,
                env: &[],
            };
            confinement.command(&draft, &conditions, &argv)
        })
        .await
    }
    .map_err(|error| format!("{error}."))?;
    let watching = Watching {
        reader: Mutex::default(),
        shown,
    };
    let finished = run::run(confined, limit, usize::MAX, None, &watching, stop)
        .await
        .map_err(|error| format!("{error}."))?;
    let recorded = {
        let (draft, item) = (draft.clone(), item.to_owned());
        blocking(move || draft.record(&item)).await
    };
    if finished.end == End::NotStarted {
        let said = finished.output.for_person();
        return Err(said.trim().trim_start_matches("bwrap: ").to_owned());
    }
    let mut output = finished.output.for_person();
    let changed = match recorded {
        Ok(entry) => named(entry.files.iter().map(|file| file.path.to_string())),
        Err(error) => {
            output.push_str(&format!(
                "\nWhat it changed could not be recorded: {error}.\n"
            ));
            Vec::new()
        }
    };
    let reader = watching
        .reader
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    Ok(Ran {
        end: finished.end,
        said: reader.finish(),
        output,
        took: finished.took,
        changed,
    })
}
