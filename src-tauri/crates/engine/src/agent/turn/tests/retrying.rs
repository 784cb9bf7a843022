//! What is tried again, and what is not.

use super::*;

#[test]
fn retries_have_an_end_and_begin_anew_after_a_success() {
    let unavailable = || {
        fails(Failure::Unavailable {
            provider: "p".to_owned(),
            what: "500".to_owned(),
            wait: None,
        })
    };
    check(&[
        (unavailable(), "wait 1/4 provider_unavailable"),
        (Event::RetryDue, "ask"),
        (unavailable(), "wait 2/4 provider_unavailable"),
        (Event::RetryDue, "ask"),
        (calls(0, "a"), ""),
        (completed(), "call a; run a"),
        (finished("a"), "a = ok; ask"),
        (unavailable(), "wait 1/4 provider_unavailable"),
        (Event::RetryDue, "ask"),
        (unavailable(), "wait 2/4 provider_unavailable"),
        (Event::RetryDue, "ask"),
        (unavailable(), "wait 3/4 provider_unavailable"),
        (Event::RetryDue, "ask"),
        (unavailable(), "wait 4/4 provider_unavailable"),
        (Event::RetryDue, "ask"),
        (
            unavailable(),
            "+1-3 error; =1-3 error; failed provider_unavailable",
        ),
    ]);
}

#[test]
fn waits_grow_and_are_never_shorter_than_asked() {
    let wait = |failure: Failure, attempt| pause(&mut 7, failure.retry(), attempt);
    let limited = |wait| Failure::RateLimited {
        provider: "p".to_owned(),
        wait,
    };
    let cut = || Failure::Cut {
        host: "h".to_owned(),
    };
    assert!((180..=220).contains(&wait(cut(), 1).unwrap()));
    assert!((1_440..=1_760).contains(&wait(cut(), 4).unwrap()));
    assert!((900..=1_100).contains(&wait(limited(None), 1).unwrap()));
    let asked = wait(limited(Some(Duration::from_secs(7))), 1).unwrap();
    assert!((7_000..=7_100).contains(&asked), "{asked}");
    assert_eq!(wait(limited(Some(Duration::from_secs(61))), 1), None);
}

#[test]
fn what_would_fail_again_is_told_at_once() {
    let key = Failure::KeyRejected {
        provider: "p".to_owned(),
        why: crate::model::failure::Rejection::Wrong,
    };
    check(&[(fails(key), "+1-2 error; =1-2 error; failed key_rejected")]);
}

#[test]
fn reasoning_the_provider_cannot_read_is_left_out_once() {
    let stale = || {
        fails(Failure::StaleReasoning {
            provider: "p".to_owned(),
        })
    };
    check(&[
        (stale(), "greenlight_reasoning_lost; ask"),
        (stale(), "+1-2 error; =1-2 error; failed stale_reasoning"),
    ]);
}
