//! Where requests go, as the caller of the desk was told: by the environment.

use engine::model::provider::Provider;
use engine::model::provider::Transport;
use secrecy::SecretString;

use crate::failure::Code;
use crate::failure::Failure;
use crate::types::ProviderState;

/// OpenAI's own address.
const OPENAI: &str = "https://api.openai.com/v1";

/// What a person should know who sends a key by plain HTTP to another machine.
const IN_CLEAR: &str = "Your API key crosses the network unencrypted, because the address begins \
                        with http://. Requests work; use https:// if the server offers it.";

/// A key and a base URL, taken from the environment by whoever starts the app.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    /// `OPENAI_API_KEY`.
    pub key: Option<SecretString>,
    /// `OPENAI_BASE_URL`.
    pub base_url: Option<String>,
}

impl Connection {
    /// From `OPENAI_API_KEY` and `OPENAI_BASE_URL`, each ignored when empty.
    pub fn from_environment(get: impl Fn(&str) -> Option<String>) -> Self {
        let given = |name| {
            get(name)
                .map(|value| value.trim().to_owned())
                .filter(|v| !v.is_empty())
        };
        Self {
            key: given("OPENAI_API_KEY").map(SecretString::from),
            base_url: given("OPENAI_BASE_URL"),
        }
    }

    /// The provider to send to.
    ///
    /// # Errors
    ///
    /// [`Code::NoProvider`] when there is no key for a host that needs one, or the base URL is not
    /// one.
    pub fn provider(&self) -> Result<Provider, Failure> {
        let base = self.base_url.as_deref().unwrap_or(OPENAI);
        if self.base_url.is_none() && self.key.is_none() {
            return Err(Failure {
                code: Code::NoProvider,
                message: "No model is connected, so nothing was sent.".into(),
                hint: "Start Greenlight with OPENAI_API_KEY set, or set OPENAI_BASE_URL for a \
                       gateway or a server on this computer."
                    .into(),
            });
        }
        let name = if self.base_url.is_none() {
            "OpenAI".to_owned()
        } else {
            host(base)
        };
        Provider::new(&name, base, self.key.clone(), Transport::Tcp, &[]).map_err(|error| Failure {
            code: Code::NoProvider,
            message: format!("{error}"),
            hint: "Correct OPENAI_BASE_URL and start Greenlight again.".into(),
        })
    }

    /// What the window may know of it.
    pub fn state(&self) -> ProviderState {
        match self.provider() {
            Ok(provider) => ProviderState {
                name: provider.name().to_owned(),
                ready: true,
                hint: provider.sends_key_in_clear().then(|| IN_CLEAR.to_owned()),
            },
            Err(failure) => ProviderState {
                name: "No model connected".into(),
                ready: false,
                hint: Some(format!("{} {}", failure.message, failure.hint)),
            },
        }
    }
}

/// The host of a URL, for people.
fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(key: &str, base_url: &str) -> Connection {
        Connection::from_environment(|name| {
            Some(
                if name == "OPENAI_API_KEY" {
                    key
                } else {
                    base_url
                }
                .to_owned(),
            )
        })
    }

    #[test]
    fn nothing_set_says_what_to_set() {
        let state = connection("", " ").state();
        assert!(!state.ready);
        assert!(state.hint.unwrap().contains("OPENAI_API_KEY"));
    }

    #[test]
    fn a_local_server_needs_no_key() {
        let state = connection("", "http://localhost:11434/v1").state();
        assert!(state.ready, "{state:?}");
        assert_eq!(state.name, "localhost:11434");
    }

    #[test]
    fn a_key_that_is_sent_unencrypted_is_told() {
        let hint = |key: &str, url: &str| {
            let state = connection(key, url).state();
            assert!(state.ready, "{state:?}");
            state.hint
        };
        let told = hint("sk-x", "http://models.example/v1").expect("it is told");
        assert!(
            told.contains("unencrypted") && told.contains("https://"),
            "{told}"
        );
        assert_eq!(hint("", "http://models.example/v1"), None);
        assert_eq!(hint("sk-x", "https://models.example/v1"), None);
        assert_eq!(hint("sk-x", "http://127.0.0.1:8080/v1"), None);
    }

    #[test]
    fn a_broken_base_url_is_named_and_the_key_is_nowhere() {
        let state = connection("sk-very-secret", "not a url").state();
        assert!(!state.ready);
        let hint = state.hint.unwrap();
        assert!(hint.contains("OPENAI_BASE_URL"), "{hint}");
        assert!(!format!("{:?}{hint}", connection("sk-very-secret", "x")).contains("very-secret"));
    }
}
