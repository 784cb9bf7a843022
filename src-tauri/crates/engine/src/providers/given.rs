//! A key and a base URL that the environment gave to whoever starts the app. Read once, never
//! written.

use secrecy::SecretString;

use crate::model::way::GivenProxies;

/// A key and a base URL, taken from the environment by whoever starts the app.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    /// `OPENAI_API_KEY`.
    pub key: Option<SecretString>,
    /// `OPENAI_BASE_URL`.
    pub base_url: Option<String>,
    /// `AZURE_OPENAI_KEY`, or `AZURE_OPENAI_API_KEY`.
    pub azure_key: Option<SecretString>,
    /// `AZURE_OPENAI_ENDPOINT`, without which there is no address for the key.
    pub azure_endpoint: Option<String>,
    /// `HTTPS_PROXY` and the like.
    pub proxies: GivenProxies,
}

impl Connection {
    /// From `OPENAI_API_KEY`, `OPENAI_BASE_URL` and the same of Azure, each ignored when empty.
    pub fn from_environment(get: impl Fn(&str) -> Option<String>) -> Self {
        let given = |name| {
            get(name)
                .map(|value| value.trim().to_owned())
                .filter(|v| !v.is_empty())
        };
        Self {
            key: given("OPENAI_API_KEY").map(SecretString::from),
            base_url: given("OPENAI_BASE_URL"),
            azure_key: given("AZURE_OPENAI_KEY")
                .or_else(|| given("AZURE_OPENAI_API_KEY"))
                .map(SecretString::from),
            azure_endpoint: given("AZURE_OPENAI_ENDPOINT"),
            proxies: GivenProxies::from_environment(&get),
        }
    }

    /// Whether the environment says anything, apart from Azure.
    pub(super) fn is_any(&self) -> bool {
        self.key.is_some() || self.base_url.is_some()
    }
}
