use std::time::UNIX_EPOCH;

use reqwest::header::HeaderValue;

use super::*;

const KEY: &str = "sk-test-0123456789abcdef";

fn peer() -> Peer {
    Peer {
        provider: "OpenAI".to_owned(),
        host: "api.openai.com".to_owned(),
        url: "https://api.openai.com/v1/responses".to_owned(),
        model: "gpt-5-codex".to_owned(),
        api_version: None,
        key: Some(SecretString::from(KEY)),
        keys: Keys::default(),
        proxy: None,
    }
}

fn status(status: u16, body: &str) -> Failure {
    let status = StatusCode::from_u16(status).unwrap();
    peer().of_status(status, &HeaderMap::new(), body.as_bytes(), UNIX_EPOCH)
}

#[test]
fn each_status_and_code_has_its_failure() {
    let table: &[(u16, &str, &str)] = &[
        (
            401,
            r#"{"error":{"message":"Incorrect API key","code":"invalid_api_key"}}"#,
            "key_rejected",
        ),
        (
            400,
            r#"{"error":{"message":"No connected db.","type":"no_db_connection","param":null,"code":"400"}}"#,
            "key_rejected",
        ),
        (
            403,
            r#"{"error":{"message":"Country not supported"}}"#,
            "forbidden",
        ),
        (
            404,
            r#"{"error":{"message":"The model `gpt-5-codex` does not exist","code":"model_not_found"}}"#,
            "model_not_found",
        ),
        (
            404,
            r#"{"error":{"code":"DeploymentNotFound","message":"The API deployment does not exist"}}"#,
            "model_not_found",
        ),
        (
            404,
            "<html><title>404 Not Found</title></html>",
            "endpoint_not_found",
        ),
        (
            400,
            r#"{"error":{"message":"Unsupported parameter"}}"#,
            "invalid_request",
        ),
        (
            400,
            r#"{"error":{"message":"too long","code":"context_length_exceeded"}}"#,
            "context_too_long",
        ),
        (
            400,
            r#"{"error":{"message":"This model's maximum context length is 8192 tokens"}}"#,
            "context_too_long",
        ),
        (
            400,
            r#"{"error":{"message":"x","code":"invalid_encrypted_content"}}"#,
            "stale_reasoning",
        ),
        (
            400,
            r#"{"error":{"message":"The image data you provided does not represent a valid image"}}"#,
            "picture_rejected",
        ),
        (
            400,
            r#"{"error":{"message":"filtered","code":"content_filter"}}"#,
            "blocked",
        ),
        (
            400,
            r#"{"error":{"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}"#,
            "context_too_long",
        ),
        (
            500,
            r#"{"error":{"message":"the request exceeds the available context size"}}"#,
            "context_too_long",
        ),
        (
            400,
            r#"{"error":{"message":"gpt-5-codex is not a multimodal model"}}"#,
            "no_vision",
        ),
        (
            404,
            r#"{"error":{"message":"No endpoints found that support image input"}}"#,
            "no_vision",
        ),
        (501, "", "endpoint_not_found"),
        (405, "", "endpoint_not_found"),
        // Without a version in the address it is some other complaint.
        (
            400,
            r#"{"error":{"message":"API version not supported"}}"#,
            "invalid_request",
        ),
        (429, r#"{"error":{"message":"slow"}}"#, "rate_limited"),
        (
            429,
            r#"{"error":{"message":"x","code":"insufficient_quota"}}"#,
            "no_credit",
        ),
        (
            429,
            r#"{"error":{"message":"x","type":"usage_limit_reached"}}"#,
            "plan_limit",
        ),
        (500, "", "provider_unavailable"),
        (503, "busy", "provider_unavailable"),
        (529, "busy", "provider_unavailable"),
        (407, "", "proxy"),
        (302, "", "redirected"),
        (418, "teapot", "unexpected_status"),
    ];
    for (code, body, expected) in table {
        let failure = status(*code, body);
        assert_eq!(failure.code(), *expected, "{code} {body}");
        assert!(!failure.hint().is_empty(), "{code}");
    }
}

#[test]
fn a_401_without_a_key_asks_for_one() {
    let peer = Peer {
        key: None,
        ..peer()
    };
    let failure = peer.of_status(StatusCode::UNAUTHORIZED, &HeaderMap::new(), b"", UNIX_EPOCH);
    assert_eq!(failure.code(), "no_key");
}

#[test]
fn what_a_server_says_is_short_on_one_line_and_without_the_key() {
    let body = format!(
        "{{\"error\":{{\"message\":\"bad\\u0007 key {KEY} or sk-proj-abcd****wxyz, see disk-full\"}}}}"
    );
    let text = status(403, &body).to_string();
    assert_eq!(
        text,
        "OpenAI does not allow this request: bad key [key] or [key], see disk-full"
    );
    let long = status(403, &"é".repeat(5_000)).to_string();
    assert!(
        long.chars().count() < DETAIL_CAP + 60,
        "{}",
        long.chars().count()
    );
    let page = status(403, "<html><head><TITLE>Blocked\n by wall</TITLE>").to_string();
    assert!(
        page.ends_with("a web page titled \"Blocked by wall\""),
        "{page}"
    );
}

#[test]
fn a_key_at_the_end_of_what_is_kept_is_not_cut_in_two() {
    let mut peer = peer();
    peer.key = Some(SecretString::from("0123456789-other-kind-of-key"));
    for room in 1..28 {
        let pad = " ".repeat(8 * DETAIL_CAP - room);
        let said = peer.clean(&format!("{pad}0123456789-other-kind-of-key"));
        assert!(!said.contains("0123"), "{said}");
    }
}

#[test]
fn a_redirect_names_where_it_wanted_to_go() {
    let mut headers = HeaderMap::new();
    headers.insert(
        "location",
        HeaderValue::from_static("https://elsewhere.example/v1?token=hunter2"),
    );
    let failure = peer().of_status(StatusCode::FOUND, &headers, b"", UNIX_EPOCH);
    assert!(
        failure
            .to_string()
            .ends_with("on to https://elsewhere.example/v1."),
        "{failure}"
    );
}

#[test]
fn errors_inside_a_stream_are_told_apart() {
    let check = |error: Value, code: &str| {
        assert_eq!(peer().of_error(&error).code(), code, "{error}");
    };
    check(
        serde_json::json!({"code": "rate_limit_exceeded", "message": "try again in 3s"}),
        "rate_limited",
    );
    check(
        serde_json::json!({"code": "server_is_overloaded"}),
        "provider_unavailable",
    );
    check(
        serde_json::json!({"code": "insufficient_quota"}),
        "no_credit",
    );
    check(
        serde_json::json!({"code": "invalid_prompt", "message": "no"}),
        "invalid_request",
    );
    check(
        serde_json::json!({"code": "cyber_policy", "message": "no"}),
        "blocked",
    );
    check(
        serde_json::json!({"code": "something_new", "message": "hm"}),
        "provider_unavailable",
    );
    check(serde_json::json!({}), "provider_unavailable");
    let waits = peer().of_error(&serde_json::json!({
        "code": "rate_limit_exceeded", "message": "Please try again in 3s."
    }));
    assert_eq!(
        waits,
        Failure::RateLimited {
            provider: "OpenAI".to_owned(),
            wait: Some(Duration::from_secs(3))
        }
    );
}
