//! What is tried again over the wire, and what is not.

use super::*;

#[tokio::test]
async fn what_the_person_has_to_settle_is_not_tried_again() {
    let check = async |status: &str, body: &str, code: &str| {
        let (played, server) = play_script(vec![Reply::status(status, &[], body)]).await;
        assert_eq!(played.failure().code(), code);
        assert_eq!(server.requests().len(), 1, "{status}");
        assert!(!played.failure().to_string().contains(KEY));
        let shown = played.updates.iter().any(|update| {
            matches!(update, Update::ItemCompleted(Item { kind: ItemKind::Error { code: shown, .. }, .. }) if shown == code)
        });
        assert!(shown, "{status}");
    };
    let echo = format!("{{\"error\":{{\"message\":\"Incorrect API key provided: {KEY}\"}}}}");
    check("401 Unauthorized", &echo, "key_rejected").await;
    check("403 Forbidden", &echo, "forbidden").await;
    check("400 Bad Request", &echo, "invalid_request").await;
    let model = "{\"error\":{\"code\":\"model_not_found\",\"message\":\"no\"}}";
    check("404 Not Found", model, "model_not_found").await;
    let quota = "{\"error\":{\"code\":\"insufficient_quota\",\"message\":\"no\"}}";
    check("429 Too Many Requests", quota, "no_credit").await;
    check("200 OK", "<html>", "not_a_stream").await;
}

#[tokio::test]
async fn a_limit_is_waited_for_as_long_as_it_asks() {
    let limited = |header: &str| Reply::status("429 Too Many Requests", &[header], "{}");
    let (played, server) = play_script(vec![
        limited("retry-after-ms: 30"),
        Reply::items(&[answer("ok")]),
    ])
    .await;
    assert_eq!(played.end, TurnEnd::Done);
    assert_eq!(server.requests().len(), 2);
    let [(code, wait)] = played.retries()[..] else {
        panic!("{:?}", played.retries())
    };
    assert!(
        code == "rate_limited" && (30..=33).contains(&wait),
        "{code} {wait}"
    );

    let (played, server) = play_script(vec![limited("Retry-After: 86400")]).await;
    assert_eq!(played.failure().code(), "rate_limited");
    assert!(
        played
            .failure()
            .hint()
            .contains("longer than is waited for unasked")
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_server_error_is_tried_again() {
    let (played, server) = play_script(vec![
        Reply::status("500 Internal Server Error", &[], "oops"),
        Reply::status("529 Overloaded", &[], "oops"),
        Reply::items(&[answer("ok")]),
    ])
    .await;
    assert_eq!(played.end, TurnEnd::Done);
    let codes: Vec<_> = played.retries().iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, ["provider_unavailable", "provider_unavailable"]);
    let requests = server.requests();
    assert_eq!(requests[0].body, requests[2].body);
}

#[tokio::test]
async fn a_cut_stream_is_asked_again_without_repeating_the_finished_call() {
    let cut = sse(&complete(&[call("c2", "run", "{\"b\":2}")])[..2]);
    let (played, server) = play_script(vec![
        Reply::items(&[call("c1", "run", "{}")]),
        Reply::raw_sse(cut),
        Reply::items(&[call("c2", "run", "{\"b\":2}")]),
        Reply::items(&[answer("ok")]),
    ])
    .await;
    assert_eq!(played.end, TurnEnd::Done);
    assert_eq!(played.retries().len(), 1);
    let ids: Vec<_> = played
        .calls
        .iter()
        .map(|call| call.call_id.as_str())
        .collect();
    assert_eq!(
        ids,
        ["c1", "c2"],
        "each once, and not on the word of half an answer"
    );
    let requests = server.requests();
    assert_eq!(requests[1].body, requests[2].body);
}
