//! The shell tools: one command in the draft, from the call to the answer.
//!
//! A call that is only a patch goes to our own `apply_patch`. Any other is checked against the
//! permission mode, run confined, and answered in the shape the model knows. One command of a task
//! runs at a time: before it the draft takes in what the person changed meanwhile, after it the
//! ledger takes down what the command changed.
//!
//! A model that gives no time limit gets [`DEFAULT_TIMEOUT`]: the ten seconds that models were
//! trained with end most builds in the middle, and a command that hangs can be stopped.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::DraftTools;
use super::Progress;
use super::ToolResult;
use super::arguments::ShellCall;
use super::blocking;
use super::confine::Conditions;
use super::output::Kept;
use super::output::report;
use super::permission::Permission;
use super::run;
use super::run::Finished;
use crate::agent::item::CommandOutcome;
use crate::agent::item::ItemKind;
use crate::checks::verdict::End;
use crate::project::stat::Kind;

/// How long a command may take when the model does not say.
pub(super) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);
/// How long a command may take at most.
pub(super) const LONGEST_TIMEOUT: Duration = Duration::from_secs(600);
/// Below this nothing can start.
pub(super) const SHORTEST_TIMEOUT: Duration = Duration::from_secs(1);

/// How much of a command's output is shown while it runs, in bytes.
const MOST_SHOWN: usize = 1 << 20;

/// One command on its way.
struct Running<'a> {
    tools: &'a DraftTools,
    call: &'a ShellCall,
    cwd: PathBuf,
}

pub(super) async fn run(
    tools: &DraftTools,
    call_id: &str,
    call: ShellCall,
    progress: &dyn Progress,
    stop: &CancellationToken,
) -> ToolResult {
    if let Some(patch) = call.patch() {
        let folder = PathBuf::from(call.workdir.unwrap_or_default());
        let folder = folder.join(patch.folder.unwrap_or_default());
        return tools.patch(call_id, folder, patch.patch, call.shape).await;
    }
    let shown = call.shown();
    if let Some(reason) = refusal(tools, &call) {
        return ToolResult {
            output: format!("The command was not run: {reason}").into(),
            item: ItemKind::Refused {
                action: format!("Run `{shown}`"),
                reason,
            },
        };
    }
    let mut running = Running {
        tools,
        call: &call,
        cwd: tools.draft.seen_at().to_owned(),
    };
    match running.folder() {
        Ok(cwd) => running.cwd = cwd,
        Err(why) => return running.not_started(&why),
    }
    if call.is_bare_patch() {
        return running.not_started(
            "a patch is not a command; call `apply_patch` with it (`apply_patch <<'EOF'`)",
        );
    }
    progress.started(running.item("", CommandOutcome::Running, Duration::ZERO, Vec::new()));
    tokio::select! {
        biased;
        () = stop.cancelled() => running.over(&stopped(), Vec::new(), None),
        turn = tools.confinement.turn.lock() => {
            let result = running.run(call_id, progress, stop).await;
            drop(turn);
            result
        }
    }
}

/// Why the mode does not allow the call, as a sentence.
fn refusal(tools: &DraftTools, call: &ShellCall) -> Option<String> {
    if let Err(unavailable) = tools.confinement.tier() {
        return Some(format!(
            "commands cannot be confined on this machine: {unavailable}."
        ));
    }
    match tools.permission {
        Permission::ReadOnly if !call.plainly_reads() => Some(
            "this task is read-only, and the command does more than plainly read. Answer from \
             what can be read, or tell the person what you would change."
                .to_owned(),
        ),
        Permission::ReadOnly | Permission::Auto if call.escalated => Some(
            "it asks for more than this task allows (commands here have no network). Find a way \
             without it, or tell the person why it is needed."
                .to_owned(),
        ),
        _ => None,
    }
}

impl Running<'_> {
    async fn run(
        &self,
        call_id: &str,
        progress: &dyn Progress,
        stop: &CancellationToken,
    ) -> ToolResult {
        let draft = self.tools.draft.clone();
        if let Err(error) = blocking(move || draft.refresh()).await {
            return self.not_started(&error.to_string());
        }
        let read_only = self.tools.permission == Permission::ReadOnly;
        let confined = {
            let draft = self.tools.draft.clone();
            let confinement = self.tools.confinement.clone();
            let network = self.tools.permission == Permission::Full;
            let (cwd, argv, env) = (self.cwd.clone(), self.call.argv(), self.call.env.clone());
            blocking(move || {
                let conditions = Conditions {
                    cwd,
                    read_only,
                    network,
                    env: &env,
                };
                confinement.command(&draft, &conditions, &argv)
            })
            .await
        };
        let confined = match confined {
            Ok(confined) => confined,
            Err(error) => return self.not_started(&error.to_string()),
        };
        let finished = match run::run(confined, self.call.timeout, MOST_SHOWN, progress, stop).await
        {
            Ok(finished) => finished,
            Err(error) => return self.not_started(&format!("it could not be started: {error}")),
        };
        let (changed, problem) = if read_only {
            (Vec::new(), None)
        } else {
            let draft = self.tools.draft.clone();
            let call_id = call_id.to_owned();
            match blocking(move || draft.record(&call_id)).await {
                Ok(entry) => (
                    entry
                        .files
                        .iter()
                        .map(|file| file.path.to_string())
                        .collect(),
                    None,
                ),
                Err(error) => (Vec::new(), Some(error.to_string())),
            }
        };
        self.over(&finished, changed, problem)
    }

    /// The working folder as the command sees it.
    fn folder(&self) -> Result<PathBuf, String> {
        let draft = &self.tools.draft;
        let Some(workdir) = &self.call.workdir else {
            return Ok(draft.seen_at().to_owned());
        };
        let at = draft
            .inside(Path::new(""), Path::new(workdir))
            .map_err(|error| format!("{error}; `workdir` must be inside of it"))?;
        match draft
            .stat(&at)
            .map_err(|error| error.to_string())?
            .map(|stat| stat.kind)
        {
            // Where a link leads is seen inside, where it can lead nowhere else.
            Some(Kind::Folder | Kind::Link) => Ok(draft.seen_at().join(at.as_path())),
            Some(_) => Err(format!("`{workdir}` is not a folder")),
            None => Err(format!("the folder `{workdir}` does not exist")),
        }
    }

    /// The working folder as the person knows it.
    fn below_project(&self) -> String {
        let below = self.cwd.strip_prefix(self.tools.draft.seen_at());
        below.unwrap_or(&self.cwd).to_string_lossy().into_owned()
    }

    fn item(
        &self,
        output: &str,
        outcome: CommandOutcome,
        took: Duration,
        changed: Vec<String>,
    ) -> ItemKind {
        ItemKind::Command {
            command: self.call.shown(),
            cwd: self.below_project(),
            output: output.to_owned(),
            outcome,
            duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            changed,
        }
    }

    fn not_started(&self, why: &str) -> ToolResult {
        ToolResult {
            output: format!("The command was not run: {why}.").into(),
            item: self.item(why, CommandOutcome::NotStarted, Duration::ZERO, Vec::new()),
        }
    }

    fn over(
        &self,
        finished: &Finished,
        changed: Vec<String>,
        problem: Option<String>,
    ) -> ToolResult {
        // Bubblewrap speaks before it becomes the command, or because there is no such program.
        if finished.end == End::Exited(1) && finished.output.starts_with("bwrap: ") {
            let said = finished.output.for_person();
            let said = said
                .trim()
                .trim_start_matches("bwrap: ")
                .trim_start_matches("execvp ");
            return self.not_started(said);
        }
        let (code, outcome, mut note) = match finished.end {
            End::Exited(code) => (code, CommandOutcome::Exited { code }, String::new()),
            End::TimedOut => {
                let limit = self.call.timeout.as_millis();
                let note = format!("command timed out after {limit} milliseconds\n");
                (124, CommandOutcome::TimedOut, note)
            }
            End::Stopped => (
                130,
                CommandOutcome::Stopped,
                "command was stopped by the person\n".to_owned(),
            ),
            End::TooMuchOutput => (
                137,
                CommandOutcome::Exited { code: 137 },
                "command was ended because it printed more than 64 MB\n".to_owned(),
            ),
        };
        if let Some(problem) = problem {
            note.push_str(&format!(
                "what it changed could not be recorded: {problem}\n"
            ));
        }
        let seconds = finished.took.as_secs_f64();
        let limit = self.tools.output_limit();
        let told = report(
            self.call.shape,
            &finished.output,
            code,
            seconds,
            &note,
            limit,
        );
        let shown = format!("{note}{}", finished.output.for_person());
        ToolResult {
            output: told.into(),
            item: self.item(&shown, outcome, finished.took, changed),
        }
    }
}

/// Stopped before it ran.
fn stopped() -> Finished {
    Finished {
        end: End::Stopped,
        output: Kept::default(),
        took: Duration::ZERO,
    }
}
