//! A conversation that is made shorter in the middle of a turn, or by itself.

use super::*;

#[test]
fn a_full_window_is_summarised_once_and_the_work_goes_on() {
    check(&[
        (Event::ContextFull, "+1-2 compaction; ask summary 0"),
        (delta(0, "not shown"), ""),
        (thinks(0), ""),
        (says(1, "so far"), ""),
        (calls(2, "a"), ""),
        (completed(), "compact 1-2 so far; ask as it is"),
        (says(0, "x"), "+1-3 answer ; =1-3 answer x"),
        (completed(), "said x; done"),
    ]);
    check(&[
        (too_long(), "+1-2 compaction; ask summary 0"),
        (too_long(), "ask summary 1"),
        (says(0, "half a summary"), ""),
        (cut(), "wait 1/5 cut"),
        (Event::RetryDue, "ask summary 1"),
        (says(0, "s"), ""),
        (completed(), "compact 1-2 s; ask as it is"),
        (
            too_long(),
            "+1-3 error; =1-3 error; failed context_too_long",
        ),
    ]);
}

#[test]
fn an_answer_without_room_leads_to_one_compaction() {
    let no_room = || {
        fails(Failure::CutShort {
            model: "m".to_owned(),
            reason: "max_output_tokens".to_owned(),
        })
    };
    check(&[
        (calls(0, "a"), ""),
        (no_room(), "room out cut_short"),
        (Event::ContextFull, "+1-2 compaction; ask summary 0"),
        (says(0, "s"), ""),
        (completed(), "compact 1-2 s; ask as it is"),
        (no_room(), "+1-3 error; =1-3 error; failed cut_short"),
    ]);
    let Event::Stream(StreamEvent::Failed(failure)) = no_room() else {
        panic!("it is a failure");
    };
    check(&[
        (no_room(), "room out cut_short"),
        (
            Event::NoRoom(failure),
            "+1-2 error; =1-2 error; failed cut_short",
        ),
    ]);
}

#[test]
fn without_a_summary_the_work_goes_on_with_what_the_app_knows() {
    check(&[
        (Event::ContextFull, "+1-2 compaction; ask summary 0"),
        (completed(), "compact 1-2 without; ask as it is"),
        (says(0, "x"), "+1-3 answer ; =1-3 answer x"),
        (completed(), "said x; done"),
    ]);
    let key = Failure::NoKey {
        provider: "p".to_owned(),
    };
    check(&[
        (Event::ContextFull, "+1-2 compaction; ask summary 0"),
        (fails(key), "-1-2; +1-3 error; =1-3 error; failed no_key"),
    ]);
}

#[test]
fn a_model_with_more_room_sums_up_first_and_the_new_one_where_it_cannot() {
    let turn = || {
        Turn::new(Setup {
            number: 1,
            model: "m".to_owned(),
            earlier: true,
            ..Setup::default()
        })
    };
    let gone = Failure::ModelNotFound {
        provider: "p".to_owned(),
        model: "old".to_owned(),
        certain: true,
    };
    check_on(
        turn(),
        &[
            (
                Event::ContextFull,
                "+1-2 compaction; ask the earlier model summary 0",
            ),
            (too_long(), "ask the earlier model summary 1"),
            (fails(gone), "ask summary 0"),
            (says(0, "s"), ""),
            (completed(), "compact 1-2 s; ask as it is"),
            (calls(0, "a"), ""),
            (completed(), "call a; run a"),
            (finished("a"), "a = ok; ask"),
            (Event::ContextFull, "+1-4 compaction; ask summary 0"),
        ],
    );
}

#[test]
fn a_compaction_alone_says_nothing_to_the_agent() {
    let mut turn = Turn::new(Setup {
        prefix: "3-compact-9".to_owned(),
        ..Setup::default()
    });
    let mut step = |event| {
        let done: Vec<_> = turn.step(event).iter().map(digest).collect();
        done.join("; ")
    };
    assert_eq!(
        step(Event::Compact),
        "+3-compact-9-1 compaction; ask summary 0"
    );
    assert_eq!(step(says(0, "s")), "");
    assert_eq!(step(completed()), "compact 3-compact-9-1 s; done");
    let mut turn = Turn::new(Setup::default());
    turn.step(Event::Compact);
    let stopped: Vec<_> = turn.step(Event::Stop).iter().map(digest).collect();
    assert_eq!(stopped.join("; "), "-0-1; stopped");
}
