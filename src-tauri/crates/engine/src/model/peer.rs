//! What an answer that is no answer means.
//!
//! A [`Peer`] knows who was asked for what and with which key. It turns a status, an `error` object
//! or a broken connection into a [`Failure`].
//!
//! Text from a server is cut to [`DETAIL_CAP`] characters, freed of control characters, and
//! searched for the key before it is kept.

use std::time::Duration;
use std::time::SystemTime;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use secrecy::SecretString;
use serde_json::Value;

use super::address::without_query;
use super::failure::Failure;
use super::failure::Rejection;
use super::wait;
use crate::redact::Keys;
use crate::redact::Reach;

/// How much of a server's own words is kept, in characters.
pub const DETAIL_CAP: usize = 300;

/// How servers say that a conversation does not fit.
const TOO_LONG: &[&str] = &[
    "maximum context length",
    "exceeds the available context size",
    "exceeds the context window",
    "exceed context window",
    "context length of only",
];

/// How Azure says that it does not know the date in an address.
const WRONG_VERSION: &[&str] = &["api version", "api-version", "apiversion"];

/// How servers say that a model has no eyes.
const BLIND: &[&str] = &[
    "image input is not supported",
    "does not support image",
    "does not support vision",
    "is not a multimodal model",
    "at most 0 image",
    "no endpoints found that support image input",
    "missing data required for image input",
    "content type 'image_url' is not supported",
    "invalid content type. image_url is only supported",
];

/// Who is being talked to; what a failure may say about it, and what it must not.
#[derive(Debug, Clone)]
pub struct Peer {
    /// The provider's name.
    pub provider: String,
    /// Host and port.
    pub host: String,
    /// The address asked.
    pub url: String,
    /// The model asked for.
    pub model: String,
    /// The `api-version` of the address, as Azure has it.
    pub api_version: Option<String>,
    /// The key that was sent, so that it can be struck out of what comes back.
    pub key: Option<SecretString>,
    /// All keys of this run, which are struck out as well.
    pub keys: Keys,
    /// The proxy on the way, as host and port.
    pub proxy: Option<String>,
}

impl Peer {
    /// The failure that an HTTP answer other than 200 stands for.
    pub fn of_status(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        now: SystemTime,
    ) -> Failure {
        let text = String::from_utf8_lossy(body);
        let json: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        let error = ServerError::read(&json);
        let wait = wait::asked(headers, now).or_else(|| wait::in_words(&error.message));
        let provider = self.provider.clone();
        let detail = match error.message.is_empty() {
            true => self.clean(&text),
            false => self.clean(&error.message),
        };
        match status.as_u16() {
            300..=399 => {
                let to = headers
                    .get("location")
                    .map_or("", |to| to.to_str().unwrap_or(""));
                Failure::Redirected {
                    provider,
                    to: self.clean(without_query(to)),
                }
            }
            401 if self.key.is_none() => Failure::NoKey { provider },
            401 => Failure::KeyRejected {
                provider,
                why: Rejection::said(&format!("{} {}", error.code, error.message)),
            },
            403 => Failure::Forbidden { provider, detail },
            407 => Failure::Proxy {
                proxy: self.proxy.clone(),
                host: self.host.clone(),
            },
            404 | 405 => match self.of_code(&error, wait) {
                // A gateway that finds no model with eyes answers so.
                Some(blind @ Failure::NoVision { .. }) => blind,
                _ if error.names_model(&self.model) => Failure::ModelNotFound {
                    provider,
                    model: self.model.clone(),
                    certain: ["model_not_found", "DeploymentNotFound"]
                        .contains(&error.code.as_str()),
                },
                _ => self.nothing_there(),
            },
            501 => self.nothing_there(),
            400 | 413 | 422 => self
                .of_code(&error, wait)
                .unwrap_or(Failure::InvalidRequest { provider, detail }),
            429 => match self.of_code(&error, wait) {
                Some(known @ (Failure::NoCredit { .. } | Failure::PlanLimit { .. })) => known,
                _ => Failure::RateLimited { provider, wait },
            },
            408 | 500..=599 => match self.of_code(&error, wait) {
                // Local servers say with a 500 what is wrong with the request.
                Some(known @ (Failure::NoVision { .. } | Failure::ContextTooLong { .. })) => known,
                _ => Failure::Unavailable {
                    provider,
                    what: status.to_string(),
                    wait,
                },
            },
            other => Failure::Status {
                provider,
                status: other,
                detail,
            },
        }
    }

    /// The failure of a path that the server does not have.
    pub fn nothing_there(&self) -> Failure {
        Failure::EndpointNotFound {
            provider: self.provider.clone(),
            url: self.url.clone(),
        }
    }

    /// The failure that an `error` object inside a stream stands for.
    pub fn of_error(&self, error: &Value) -> Failure {
        let error = ServerError::read(error);
        let wait = wait::in_words(&error.message);
        self.of_code(&error, wait)
            .unwrap_or_else(|| Failure::Unavailable {
                provider: self.provider.clone(),
                what: match (error.message.is_empty(), error.code.is_empty()) {
                    (false, _) => self.clean(&error.message),
                    (true, false) => self.clean(&error.code),
                    (true, true) => "no reason given".to_owned(),
                },
                wait,
            })
    }

    /// The failure that a transport error stands for.
    pub fn of_transport(&self, error: &reqwest::Error, answering: bool) -> Failure {
        let host = self.host.clone();
        let mut chain = String::new();
        let mut refused = false;
        let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(error) = source {
            if let Some(io) = error.downcast_ref::<std::io::Error>() {
                refused |= matches!(
                    io.kind(),
                    std::io::ErrorKind::ConnectionRefused | std::io::ErrorKind::NotFound
                );
            }
            chain = error.to_string();
            source = error.source();
        }
        let lower = chain.to_lowercase();
        let proxy = self.proxy.clone();
        if error.is_dns() && proxy.is_none() {
            Failure::UnknownHost { host }
        } else if refused && proxy.is_none() {
            Failure::Unreachable { host }
        } else if [
            "certificate",
            "tls",
            "handshake",
            "invalidmessage",
            "corrupt message",
        ]
        .iter()
        .any(|word| lower.contains(word))
        {
            Failure::Untrusted {
                host,
                detail: certificate_words(&chain).map_or_else(|| self.clean(&chain), str::to_owned),
            }
        } else if lower.contains("proxy") || (proxy.is_some() && error.is_connect()) {
            Failure::Proxy { proxy, host }
        } else if error.is_timeout() && error.is_connect() {
            Failure::NoAnswer { host }
        } else if error.is_connect() || (error.is_timeout() && !answering) {
            Failure::Unreachable { host }
        } else if error.is_builder() {
            Failure::NotSent {
                host,
                detail: self.clean(&chain),
            }
        } else {
            self.cut()
        }
    }

    /// The connection ended before the answer did. It may be the proxy that ended it.
    pub fn cut(&self) -> Failure {
        let host = match &self.proxy {
            Some(proxy) => format!("{} by way of the proxy {proxy}", self.host),
            None => self.host.clone(),
        };
        Failure::Cut { host }
    }

    /// A server's words, short, on one line and without the key.
    pub fn clean(&self, text: &str) -> String {
        if let Some(key) = &self.key {
            self.keys.learn(key);
        }
        // Struck out before anything is cut, which could leave half of it.
        let text = readable(&self.keys.strike(text, Reach::Wide).text);
        if text.is_empty() {
            return "(nothing)".to_owned();
        }
        match text.char_indices().nth(DETAIL_CAP) {
            Some((cut, _)) => format!("{}…", &text[..cut]),
            None => text,
        }
    }

    fn of_code(&self, error: &ServerError, wait: Option<Duration>) -> Option<Failure> {
        let provider = self.provider.clone();
        let model = self.model.clone();
        let detail = self.clean(&error.message);
        let said = error.message.to_lowercase();
        let code = [error.code.as_str(), error.kind.as_str()];
        let is = |name: &str| code.contains(&name);
        let any = |words: &[&str]| words.iter().any(|words| said.contains(words));
        Some(if is("context_length_exceeded") || any(TOO_LONG) {
            Failure::ContextTooLong { model }
        } else if let (Some(version), true) = (&self.api_version, any(WRONG_VERSION)) {
            Failure::WrongApiVersion {
                provider,
                version: self.clean(version),
            }
        } else if any(BLIND) {
            Failure::NoVision { model }
        } else if is("insufficient_quota") {
            Failure::NoCredit { provider }
        } else if is("usage_limit_reached") || is("usage_not_included") {
            Failure::PlanLimit { provider, detail }
        } else if is("rate_limit_exceeded") || is("rate_limit_error") || is("too_many_requests") {
            Failure::RateLimited { provider, wait }
        } else if is("server_is_overloaded") || is("slow_down") || is("overloaded_error") {
            Failure::Unavailable {
                provider,
                what: "overloaded".to_owned(),
                wait,
            }
        } else if is("invalid_encrypted_content") {
            Failure::StaleReasoning { provider }
        } else if is("model_not_found") {
            Failure::ModelNotFound {
                provider,
                model,
                certain: true,
            }
        } else if is("invalid_api_key") || is("no_db_connection") {
            // The second is LiteLLM's word for a key that it would have to look up and cannot.
            Failure::KeyRejected {
                provider,
                why: Rejection::said(&said),
            }
        } else if said.contains("image data you provided does not represent a valid image")
            || is("invalid_image")
            || is("invalid_image_format")
        {
            Failure::PictureRejected { provider }
        } else if is("content_filter") || is("bio_policy") || is("cyber_policy") {
            Failure::Blocked { provider, detail }
        } else if is("invalid_prompt") || is("invalid_request_error") {
            Failure::InvalidRequest { provider, detail }
        } else {
            return None;
        })
    }
}

/// What TLS says of a certificate, for people.
fn certificate_words(said: &str) -> Option<&'static str> {
    let words = [
        (
            "UnknownIssuer",
            "nobody that this computer trusts vouches for its certificate, as with a self-signed one",
        ),
        (
            "BadSignature",
            "nobody that this computer trusts vouches for its certificate, which is not signed by whom it names",
        ),
        (
            "CaUsedAsEndEntity",
            "its certificate is self-signed, so that nobody vouches for it",
        ),
        (
            "not valid for name",
            "its certificate was made for another host",
        ),
        (
            "NotValidForName",
            "its certificate was made for another host",
        ),
        ("xpired", "its certificate has expired"),
        ("ot valid yet", "its certificate is not valid yet"),
        ("NotValidYet", "its certificate is not valid yet"),
        ("evoked", "its certificate was revoked"),
        (
            "InvalidMessage",
            "it does not speak TLS; an address with http:// may be meant",
        ),
        (
            "corrupt message",
            "it does not speak TLS; an address with http:// may be meant",
        ),
    ];
    words
        .iter()
        .find(|(known, _)| said.contains(known))
        .map(|(_, words)| *words)
}

// `{error: {...}}`, `{error: "text"}`, the error object itself, or `{message}` / `{detail}`.
struct ServerError {
    code: String,
    kind: String,
    message: String,
}

impl ServerError {
    fn read(value: &Value) -> Self {
        let inner = value
            .get("error")
            .filter(|error| !error.is_null())
            .unwrap_or(value);
        let text = |name: &str| match inner.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        let mut message = text("message");
        if message.is_empty() {
            message = text("detail");
        }
        if let (true, Value::String(text)) = (message.is_empty(), inner) {
            message = text.clone();
        }
        Self {
            code: text("code"),
            kind: text("type"),
            message,
        }
    }

    fn names_model(&self, model: &str) -> bool {
        self.code.contains("model")
            || self.code == "DeploymentNotFound"
            || (!model.is_empty() && self.message.contains(model))
            || self.message.to_lowercase().contains("model")
    }
}

// A page is known by its title; anything else by its first line's worth of text.
fn readable(text: &str) -> String {
    let head: String = text.chars().take(8 * DETAIL_CAP).collect();
    let lower = head.to_ascii_lowercase();
    let title = lower.find("<title>").and_then(|start| {
        let start = start + "<title>".len();
        let end = lower[start..].find("</title>")?;
        Some(format!(
            "a web page titled \"{}\"",
            head[start..start + end].trim()
        ))
    });
    let text = title.unwrap_or(head);
    let spaced: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
