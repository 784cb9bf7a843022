//! What a list of tasks says of the checks of one, read from its items.

use crate::agent::item::CommandOutcome;
use crate::agent::item::Item;
use crate::agent::item::ItemKind;
use crate::checks::Purpose;
use crate::checks::counts;
use crate::checks::verdict::Verdict;

/// What the newest test run came to, in a few words; `changes` is how many the draft has had.
pub(super) fn tests(items: &[Item], changes: u32) -> Option<String> {
    items.iter().rev().find_map(|item| match &item.kind {
        ItemKind::Command {
            output,
            outcome: CommandOutcome::Exited { .. },
            ..
        } => counts(output).map(Verdict::words_of),
        ItemKind::CheckRun(run)
            if run.check.purpose == Purpose::Test && run.verdict != Verdict::Running =>
        {
            let words = run.verdict.words(run.counts);
            Some(match run.change < changes {
                true => format!("{words} (changed since)"),
                false => words,
            })
        }
        _ => None,
    })
}

/// The command of the check that runs.
pub(super) fn checking(items: &[Item]) -> Option<String> {
    items.iter().rev().find_map(|item| match &item.kind {
        ItemKind::CheckRun(run) if run.verdict == Verdict::Running => {
            Some(run.check.command.clone())
        }
        _ => None,
    })
}

/// The round of until green under way, and how many there are at most.
pub(super) fn until_green(items: &[Item]) -> Option<(u32, u32)> {
    items.iter().rev().find_map(|item| match &item.kind {
        ItemKind::UntilGreen(rounds) if rounds.ending.is_none() => {
            Some((rounds.round, rounds.limit))
        }
        _ => None,
    })
}
