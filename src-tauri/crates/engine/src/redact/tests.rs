use super::*;

const KEY: &str = "azure+0123456789/abcdefXYZ";

fn keys() -> Keys {
    let keys = Keys::default();
    keys.learn(&SecretString::from(KEY));
    keys
}

fn struck(text: &str) -> Struck {
    keys().strike(text, Reach::Certain)
}

#[test]
fn a_loaded_key_is_found_in_every_form_and_place() {
    let base64 = |before: &str, after: &str| {
        let text = format!("{before}{KEY}{after}");
        (STANDARD_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(&text))
    };
    let mut given = vec![
        KEY.to_owned(),
        KEY.chars().rev().collect(),
        KEY.bytes().map(|byte| format!("{byte:02x}")).collect(),
        KEY.bytes().map(|byte| format!("{byte:02X}")).collect(),
        KEY.bytes().map(|byte| format!("{byte:02x} ")).collect(),
        format!("{}\n  {}", &KEY[..9], &KEY[9..]),
    ];
    for before in ["", "a", "ab", "abc", "key: "] {
        for after in ["", "\n", "ab", "abc"] {
            let (standard, url) = base64(before, after);
            given.extend([standard, url]);
        }
    }
    for text in given {
        let said = struck(&format!("Grüße {text} ende"));
        assert!(said.text.starts_with("Grüße "), "{text}: {}", said.text);
        assert!(said.text.ends_with(" ende"), "{text}: {}", said.text);
        assert_eq!(
            said.found.to_string(),
            "a key that Greenlight uses",
            "{text}"
        );
        // Base64 keeps digits that hold bits of the neighbours too, of the key itself at most one.
        assert!(
            said.text.len() < "Grüße [key] ende".len() + 20,
            "{}",
            said.text
        );
    }
    assert!(!format!("{:?}", keys()).contains("0123"));
}

#[test]
fn a_text_without_secrets_stays_as_it_is() {
    for text in [
        "",
        "azure+0123456789 and abcdefXYZ",
        "class=\"sk-circle-fade-dot-of-the-spinner\"",
        "https://example.com:8080/path and git@github.com:owner/name.git",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "AKIA is how their keys begin; ghp_ too",
        "const API_KEY = process.env.API_KEY;",
    ] {
        let said = keys().strike(text, Reach::Wide);
        let wide_guess = text.contains("sk-circle");
        assert_eq!(said.found.is_empty(), !wide_guess, "{text}: {}", said.text);
        assert_eq!(struck(text).text, text);
    }
    let short = Keys::default();
    short.learn(&SecretString::from("ollama"));
    assert_eq!(
        short.strike("ollama serve", Reach::Wide).text,
        "ollama serve"
    );
}

#[test]
fn what_looks_like_a_secret_is_taken_out() {
    // Put together here, so that no scanner takes this file for a leak.
    let made = |prefix: &str, rest: &str| format!("{prefix}{rest}");
    let long = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R";
    let certain = [
        made("sk-", long),
        made("sk-proj-", "ab_c-D1e2F3g4H5i6J7k8"),
        made("sk-ant-", "api03-ab_c-D1e2F3g4H5i6J7k8"),
        made("AKIA", "ABCDEFGHIJKLMNOP"),
        made("ghp_", long),
        made("github_pat_", long),
        made("AIza", long),
        made("xoxb-", "123456789012-abcdef"),
        made("glpat-", long),
        made(
            "eyJ",
            "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1r",
        ),
        made(
            "-----BEGIN RSA PRIV",
            "ATE KEY-----\nMIIB\nabc\n-----END RSA PRIVATE KEY-----",
        ),
        made("-----BEGIN OPENSSH PRIV", "ATE KEY-----\nb3Bl\nthat is all"),
    ];
    for secret in certain {
        let said = struck(&format!("see \"{secret}"));
        assert!(said.text.starts_with("see \"["), "{secret}: {}", said.text);
        assert!(said.text.ends_with(']'), "{secret}: {}", said.text);
        assert!(!said.found.is_empty());
    }
    for (text, expected) in [
        (
            "postgres://me:hunter2@db.example/app".to_owned(),
            "postgres://me:[password]@db.example/app",
        ),
        (
            "Server=db;User=me;Password=hunter2;".to_owned(),
            "Server=db;User=me;Password=[password];",
        ),
        (
            "Authorization: Bearer abcdefghijklmnop1234".to_owned(),
            "Authorization: Bearer [key]",
        ),
        (
            "AZURE_OPENAI_KEY=0123456789abcdef0123456789abcdef".to_owned(),
            "AZURE_OPENAI_KEY=[key]",
        ),
        (
            "\"api-key\": \"0123456789abcdef0123456789abcdef\"".to_owned(),
            "\"api-key\": \"[key]\"",
        ),
        (
            made("AccountKey=", "abcdEFGH0123abcdEFGH0123+/==;x"),
            "AccountKey=[key];x",
        ),
    ] {
        assert_eq!(keys().strike(&text, Reach::Wide).text, expected);
        assert_eq!(
            struck(&text).text,
            text,
            "a guess does not change what is worked with"
        );
    }
}

#[test]
fn what_was_found_is_counted_in_words() {
    let text = format!("{KEY} {KEY} postgres://a:b@c ghp_a1B2c3D4e5F6g7H8i9J0k1");
    let said = keys().strike(&text, Reach::Wide);
    assert_eq!(
        said.found.to_string(),
        "2 places with a key that Greenlight uses, a key or token and a password"
    );
    assert_eq!(said.text, "[key] [key] postgres://a:[password]@c [key]");
}

#[test]
fn values_are_struck_in_depth_and_pictures_are_left() {
    let mut value = serde_json::json!([{ "text": format!("it is {KEY}."), "n": 1 }]);
    let found = keys().strike_all(&mut value, Reach::Certain);
    assert!(!found.is_empty());
    assert_eq!(
        value,
        serde_json::json!([{ "text": "it is [key].", "n": 1 }])
    );
    let picture = serde_json::json!({ "image_url": format!("data:image/png;base64,{KEY}") });
    let mut same = picture.clone();
    assert!(keys().strike_all(&mut same, Reach::Wide).is_empty());
    assert_eq!(same, picture);
}

#[test]
fn a_secret_cut_at_any_place_into_pieces_is_found() {
    let token = format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1");
    let block = "-----BEGIN PRIVATE KEY-----\nMIIBabc\nMIIBdef\n-----END PRIVATE KEY-----";
    let text = format!("one {KEY}\ntwo {token} é\n{block}\nthree ... done");
    let expected = "one [key]\ntwo [key] é\n[private key]\nthree ... done";
    for size in 1..text.len() {
        let mut flow = keys().flow();
        let mut out = String::new();
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let cut = rest.ceil_char_boundary(size.min(rest.len()));
            out += &flow.push(&rest[..cut]);
            rest = &rest[cut..];
        }
        out += &flow.end();
        assert_eq!(out, expected, "in pieces of {size}");
    }
}

#[test]
fn text_that_is_no_secret_goes_on_at_once() {
    let mut flow = keys().flow();
    assert_eq!(flow.push("compiling one\n"), "compiling one\n");
    assert_eq!(flow.push("....."), ".....");
    assert_eq!(flow.push(" half a wo"), " half a wo");
    assert_eq!(flow.push("rd, ris"), "rd, ris");
    assert_eq!(flow.push(" s"), " ");
    assert_eq!(flow.push("o it was\n"), "so it was\n");
    let endless = "x".repeat(40_000);
    assert_eq!(flow.push(&endless), endless);
    assert_eq!(flow.end(), "");
}
