//! Checks, their runs, and what refuses them.

use engine::checks as inside_checks;
use engine::checks::until_green::Ending;
use engine::checks::verdict::Verdict;
use engine::tasks::checking::CheckError;

use super::test_counts;
use crate::failure::Failure;
use crate::types::*;

pub(crate) fn check(check: inside_checks::Check) -> Check {
    use inside_checks::Purpose as P;
    Check {
        id: check.id,
        command: check.command,
        folder: check.folder,
        purpose: match check.purpose {
            P::Test => CheckPurpose::Test,
            P::Lint => CheckPurpose::Lint,
            P::Build => CheckPurpose::Build,
            P::Other => CheckPurpose::Other,
        },
        own: check.own,
        from: check.from,
    }
}

pub(crate) fn check_run(run: inside_checks::run::Run) -> ItemKind {
    ItemKind::Check {
        sentence: run.verdict.sentence(&run.check.command, run.counts),
        check: run.check.id,
        command: run.check.command,
        folder: run.check.folder,
        output: run.output,
        result: result(&run.verdict),
        sendable: run.verdict.can_be_mended(),
        tests: run.counts.map(test_counts),
        failing: run.failing,
        duration_ms: run.duration_ms,
        changed: run.changed,
        draft: run.draft,
        change: run.change,
    }
}

pub(crate) fn until_green(rounds: inside_checks::until_green::Rounds) -> ItemKind {
    let ending = rounds.ending.as_ref();
    let said = ending.map(|ending| ending.sentence(rounds.round, rounds.limit));
    ItemKind::UntilGreen {
        sentence: said.unwrap_or_default(),
        ending: ending.map(end),
        check: rounds.check.id,
        command: rounds.check.command,
        round: rounds.round,
        limit: rounds.limit,
    }
}

fn result(verdict: &Verdict) -> CheckResult {
    match verdict {
        Verdict::Running => CheckResult::Running,
        Verdict::Passed => CheckResult::Passed,
        Verdict::Failed { .. } => CheckResult::Failed,
        Verdict::NoTests => CheckResult::NoTests,
        Verdict::Uncounted => CheckResult::Uncounted,
        Verdict::Missing { .. } => CheckResult::Missing,
        Verdict::Crashed { .. } => CheckResult::Crashed,
        Verdict::TimedOut { .. } => CheckResult::TimedOut,
        Verdict::TooMuchOutput => CheckResult::TooMuchOutput,
        Verdict::Stopped => CheckResult::Stopped,
        Verdict::NotStarted { .. } => CheckResult::NotStarted,
    }
}

fn end(ending: &Ending) -> UntilGreenEnding {
    match ending {
        Ending::Green => UntilGreenEnding::Green,
        Ending::NothingChanged
        | Ending::NotFewer
        | Ending::Limit
        | Ending::CannotMend
        | Ending::TurnEnded
        | Ending::Refused { .. } => UntilGreenEnding::NotGreen,
        Ending::PersonSpoke | Ending::Stopped | Ending::Interrupted => UntilGreenEnding::Stopped,
    }
}

/// Its sentence already says what is unchanged and what to do.
pub(crate) fn check_failed(error: &CheckError) -> Failure {
    match error {
        CheckError::Task(error) => super::task_failed(error),
        CheckError::Index(error) => super::failed(error),
        _ => Failure::refused(error.to_string(), ""),
    }
}
