//! What a budget holds up, and how it goes on.

use super::*;

fn over_budget(daily: bool) -> Event {
    fails(Failure::OverBudget {
        what: "This task's budget is used up: 9 of 9 tokens.".to_owned(),
        daily,
    })
}

/// What an error that is shown says, and the next step.
fn told(effects: &[Effect]) -> (String, String) {
    let error = effects.iter().find_map(|effect| match effect {
        Effect::Emit(Shown::Completed(_, ItemKind::Error { message, hint, .. })) => {
            Some((message.clone(), hint.clone()))
        }
        _ => None,
    });
    error.expect("an error is shown")
}

#[test]
fn a_compaction_that_was_asked_for_pauses_nothing() {
    for (daily, next) in [
        (true, "or try again after midnight."),
        (false, "then try again."),
    ] {
        let mut turn = machine(false);
        turn.step(Event::Compact);
        let (message, hint) = told(&turn.step(over_budget(daily)));
        assert_eq!(
            message,
            "The conversation could not be made shorter. This task's budget is used up: 9 of 9 \
             tokens. Nothing was sent."
        );
        assert!(
            hint.starts_with("Nothing of it was lost. Raise the budget") && hint.ends_with(next),
            "{hint}"
        );
    }
}

#[test]
fn a_turn_that_is_held_up_at_its_summary_is_paused() {
    let mut turn = machine(false);
    turn.step(begin());
    turn.step(Event::ContextFull);
    let (message, hint) = told(&turn.step(over_budget(false)));
    assert!(message.contains("The task is paused"), "{message}");
    assert!(hint.contains("go on this once"), "{hint}");
}

#[test]
fn an_answer_of_nothing_after_words_that_were_kept_is_the_end_and_else_empty() {
    for (said, end) in [
        (true, "done"),
        (false, "+0-1 error; =0-1 error; failed empty"),
    ] {
        let mut turn = Turn::new(Setup {
            said,
            ..Setup::default()
        });
        turn.step(Event::GoOn { context: vec![] });
        let done: Vec<_> = turn.step(completed()).iter().map(digest).collect();
        assert_eq!(done.join("; "), end);
    }
}
