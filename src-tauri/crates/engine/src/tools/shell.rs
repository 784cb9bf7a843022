//! The shell tools: one command in the draft, from the call to the answer.
//!
//! A call that is only a patch goes to our own `apply_patch`. Any other is settled with the
//! permission mode and, outside of it, with the person; then it is run confined, and answered in
//! the shape the model knows. One command of a task runs at a time: before it the draft takes in
//! what the person changed meanwhile, after it the ledger takes down what the command changed.
//!
//! A model that gives no time limit gets [`DEFAULT_TIMEOUT`]: the ten seconds that models were
//! trained with end most builds in the middle, and a command that hangs can be stopped.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::DraftTools;
use super::Progress;
use super::ToolResult;
use super::arguments::ShellCall;
use super::blocking;
use super::confine::Conditions;
use super::consent;
use super::consent::Consent;
use super::consent::Refusal;
use super::consent::Terms;
use super::gate::CommandGate;
use super::output::Kept;
use super::output::report;
use super::run;
use super::run::Finished;
use super::run::WayOut;
use crate::agent::item::CommandOutcome;
use crate::agent::item::ItemKind;
use crate::approvals::binding::Reach;
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
    terms: Terms,
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
        let (text, shape) = (patch.patch, call.shape);
        return tools.patch(call_id, folder, text, shape, stop).await;
    }
    let mut running = Running {
        tools,
        terms: Terms::plain(call),
        cwd: tools.draft.seen_at().to_owned(),
    };
    match running.folder() {
        Ok(cwd) => running.cwd = cwd,
        Err(why) => return running.not_started(&why),
    }
    if running.terms.call.is_bare_patch() {
        return running.not_started(
            "a patch is not a command; call `apply_patch` with it (`apply_patch <<'EOF'`)",
        );
    }
    let (call, folder) = (&running.terms.call, running.below_project());
    match consent::command(tools, call, &running.cwd, &folder, stop).await {
        Consent::Given(terms) => running.terms = terms,
        Consent::Refused(refusal) => return running.refused(refusal),
        Consent::Stopped => return running.over(&stopped(), Vec::new(), None),
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
        let read_only = !self.terms.profile.writes;
        let call = &self.terms.call;
        let confined = {
            let draft = self.tools.draft.clone();
            let confinement = self.tools.confinement.clone();
            let (profile, approved) = (self.terms.profile.clone(), self.terms.approved);
            let (cwd, argv, env) = (self.cwd.clone(), call.argv(), call.env.clone());
            blocking(move || {
                let conditions = Conditions {
                    cwd,
                    profile: &profile,
                    approved,
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
        // What it still asks about is taken back when it has ended, or when this is dropped.
        let over = CancellationToken::new();
        let _ends = over.clone().drop_guard();
        let way_out = self.way_out(over);
        let finished = match run::run(confined, call.timeout, MOST_SHOWN, way_out, progress, stop)
            .await
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

    /// The way out of a command that may reach single sites.
    fn way_out(&self, over: CancellationToken) -> Option<WayOut> {
        let (Some(asker), Reach::Sites(_)) = (&self.tools.asker, &self.terms.profile.reach) else {
            return None;
        };
        let Terms { call, profile, .. } = &self.terms;
        let command = consent::bind(self.tools, call, &self.cwd, profile);
        let (shown, folder) = (call.shown(), self.below_project());
        Some(WayOut {
            gate: CommandGate::new(asker.clone(), command, shown, folder, over),
            dial: Arc::clone(&self.tools.dial),
        })
    }

    /// The working folder as the command sees it.
    fn folder(&self) -> Result<PathBuf, String> {
        let draft = &self.tools.draft;
        let Some(workdir) = &self.terms.call.workdir else {
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
            command: self.terms.call.shown(),
            cwd: self.below_project(),
            output: output.to_owned(),
            outcome,
            duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            changed,
        }
    }

    fn refused(&self, refusal: Refusal) -> ToolResult {
        ToolResult {
            output: format!("The command was not run: {}", refusal.to_model).into(),
            item: ItemKind::Refused {
                action: format!("Run `{}`", self.terms.call.shown()),
                reason: refusal.to_person,
            },
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
        let (code, outcome, mut note) = match finished.end {
            End::Exited(code) => (code, CommandOutcome::Exited { code }, String::new()),
            End::NotStarted => {
                let said = finished.output.for_person();
                let said = said
                    .trim()
                    .trim_start_matches("bwrap: ")
                    .trim_start_matches("execvp ");
                return self.not_started(said);
            }
            End::TimedOut => {
                let limit = self.terms.call.timeout.as_millis();
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
        for refusal in &finished.refusals {
            note.push_str(refusal);
            note.push('\n');
        }
        if let Some(problem) = problem {
            note.push_str(&format!(
                "what it changed could not be recorded: {problem}\n"
            ));
        }
        let seconds = finished.took.as_secs_f64();
        let limit = self.tools.output_limit();
        let edited = if self.terms.edited {
            let ran = self.terms.call.shown();
            format!("the person changed the command; what ran instead is: {ran}\n")
        } else {
            String::new()
        };
        let told = report(
            self.terms.call.shape,
            &finished.output,
            code,
            seconds,
            &format!("{edited}{note}"),
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
        refusals: Vec::new(),
    }
}
