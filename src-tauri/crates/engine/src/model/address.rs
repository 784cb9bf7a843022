//! Where a server is, and how its paths are laid out.
//!
//! A base URL is what people find in documentation: with or without the last part of the path, with
//! a query or without. Azure OpenAI has two layouts of its own. The newer one is `/openai/v1` and
//! works like everybody else's; the older one carries a date as `?api-version=`, and has the
//! deployment in the path of Chat Completions.

use reqwest::Url;

use super::provider::ProviderError;
use super::wire::Wire;

/// Parts of host names at which Azure OpenAI is found.
const AZURE_HOSTS: &[&str] = &[
    ".openai.azure.",
    ".cognitiveservices.azure.",
    ".services.ai.azure.",
    ".aoai.azure.",
    ".azure-api.",
    ".azurefd.",
];

/// Values of `api-version` that belong to the newer layout.
const UNDATED: &[&str] = &["v1", "preview", "latest"];

/// The address of a server; see the module.
#[derive(Debug, Clone)]
pub struct Address {
    base: Url,
    layout: Layout,
    pasted: Option<Wire>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Plain,
    Azure,
    AzureDated,
}

impl Address {
    /// Reads a base URL. `azure` says that it is Azure OpenAI whatever its host is called.
    ///
    /// # Errors
    ///
    /// A [`ProviderError`] that says what is wrong with it.
    pub fn parse(name: &str, base_url: &str, azure: bool) -> Result<Self, ProviderError> {
        let base_url = base_url.trim();
        let mut base = Url::parse(base_url).map_err(|_| ProviderError::NotAUrl(plain(base_url)))?;
        if !base.username().is_empty() || base.password().is_some() {
            return Err(ProviderError::Credentials(name.to_owned()));
        }
        if !matches!(base.scheme(), "http" | "https") {
            return Err(ProviderError::Scheme(plain(base_url)));
        }
        if base.fragment().is_some() {
            return Err(ProviderError::Fragment(plain(base_url)));
        }
        let path = base.path().trim_end_matches('/').to_owned();
        // The whole endpoint is what people find in documentation, so it is taken as well.
        let endpoints = [
            ("/responses", Wire::Responses),
            ("/chat/completions", Wire::Chat),
        ];
        let (mut path, pasted) = endpoints
            .iter()
            .find_map(|(end, wire)| Some((path.strip_suffix(end)?.to_owned(), Some(*wire))))
            .unwrap_or((path, None));
        let mut layout = Layout::Plain;
        let host = format!(".{}", base.host_str().unwrap_or_default());
        if azure || AZURE_HOSTS.iter().any(|part| host.contains(part)) {
            let version = base.query_pairs().find(|(name, _)| name == "api-version");
            let dated = version.is_some_and(|(_, value)| !UNDATED.contains(&value.as_ref()));
            // The model is named by each request, whatever deployment was pasted.
            if let Some(at) = path.find("/deployments/") {
                path.truncate(at);
            }
            layout = match dated && !path.ends_with("/v1") {
                true => Layout::AzureDated,
                false => Layout::Azure,
            };
            match (layout, path.as_str()) {
                (Layout::AzureDated, "") => path.push_str("/openai"),
                (Layout::Azure, "") => path.push_str("/openai/v1"),
                (Layout::Azure, "/openai") => path.push_str("/v1"),
                _ => {}
            }
        }
        base.set_path(&path);
        Ok(Self {
            base,
            layout,
            pasted,
        })
    }

    /// Where a request in this form goes; `model` is what Azure calls the deployment.
    pub fn endpoint(&self, wire: Wire, model: &str) -> Url {
        match (wire, self.layout) {
            (Wire::Responses, _) => self.below(&["responses"]),
            (Wire::Chat, Layout::AzureDated) => {
                self.below(&["deployments", model, "chat", "completions"])
            }
            (Wire::Chat, _) => self.below(&["chat", "completions"]),
        }
    }

    /// Where the list of models is.
    pub fn models(&self) -> Url {
        self.below(&["models"])
    }

    /// The form that the address itself names, when it was given down to its end.
    pub fn pasted(&self) -> Option<Wire> {
        self.pasted
    }

    /// Whether it is Azure OpenAI.
    pub fn is_azure(&self) -> bool {
        self.layout != Layout::Plain
    }

    /// Whether it is OpenAI itself.
    pub fn is_openai(&self) -> bool {
        self.base.host_str() == Some("api.openai.com")
    }

    /// The `api-version` of the address.
    pub fn api_version(&self) -> Option<String> {
        let version = self
            .base
            .query_pairs()
            .find(|(name, _)| name == "api-version");
        version.map(|(_, value)| value.into_owned())
    }

    /// Scheme, host and port: what a key is bound to.
    pub fn origin(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    /// All of it, as a base URL. It may hold what the person would not show.
    pub fn whole(&self) -> &str {
        self.base.as_str()
    }

    /// Host and port, for people.
    pub fn host(&self) -> String {
        let host = self.base.host_str().unwrap_or_default();
        match self.base.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Whether what is sent crosses a network unencrypted.
    pub fn is_in_clear(&self) -> bool {
        self.base.scheme() == "http" && !self.is_this_machine()
    }

    /// Whether it is this machine.
    pub fn is_this_machine(&self) -> bool {
        let host = self.base.host_str().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<std::net::IpAddr>() {
            Ok(ip) => ip.is_loopback() || ip.is_unspecified(),
            Err(_) => host == "localhost" || host.ends_with(".localhost"),
        }
    }

    fn below(&self, parts: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        url
    }
}

/// An address as a message repeats it, without the parts that may be secret: a query, and what
/// stands before an `@`.
fn plain(base_url: &str) -> String {
    let address = without_query(base_url);
    let shown = address.rsplit('@').next().unwrap_or(address);
    shown.to_owned()
}

pub(super) fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoints(url: &str, azure: bool) -> [String; 2] {
        let address = Address::parse("P", url, azure).unwrap();
        [Wire::Responses, Wire::Chat].map(|wire| address.endpoint(wire, "my model").to_string())
    }

    #[test]
    fn the_endpoint_follows_the_base_url() {
        for (url, base) in [
            ("https://api.openai.com/v1", "https://api.openai.com/v1"),
            ("https://api.openai.com/v1/", "https://api.openai.com/v1"),
            (" http://localhost:1234 ", "http://localhost:1234"),
            ("https://x.example/v1/responses", "https://x.example/v1"),
            (
                "https://x.example/v1/chat/completions/",
                "https://x.example/v1",
            ),
        ] {
            let expected = [
                format!("{base}/responses"),
                format!("{base}/chat/completions"),
            ];
            assert_eq!(endpoints(url, false), expected, "{url}");
        }
        let pasted = |url| Address::parse("P", url, false).unwrap().pasted();
        assert_eq!(pasted("http://x/v1"), None);
        assert_eq!(pasted("http://x/v1/responses"), Some(Wire::Responses));
        assert_eq!(pasted("http://x/v1/chat/completions"), Some(Wire::Chat));
    }

    #[test]
    fn azure_has_a_layout_with_and_one_without_a_date() {
        let newer = [
            "https://r.openai.azure.com/openai/v1/responses",
            "https://r.openai.azure.com/openai/v1/chat/completions",
        ];
        for url in [
            "https://r.openai.azure.com",
            "https://r.openai.azure.com/",
            "https://r.openai.azure.com/openai",
            "https://r.openai.azure.com/openai/v1/",
            "https://r.openai.azure.com/openai/v1/chat/completions",
        ] {
            assert_eq!(endpoints(url, false), newer, "{url}");
        }
        let date = "api-version=2025-04-01-preview";
        let older = [
            format!("https://r.openai.azure.com/openai/responses?{date}"),
            format!(
                "https://r.openai.azure.com/openai/deployments/my%20model/chat/completions?{date}"
            ),
        ];
        for path in [
            "",
            "/",
            "/openai",
            "/openai/responses",
            "/openai/deployments/other/chat/completions",
        ] {
            let url = format!("https://r.openai.azure.com{path}?{date}");
            assert_eq!(endpoints(&url, false), older, "{url}");
        }
        assert_eq!(
            endpoints(
                "https://r.openai.azure.com/openai?api-version=preview",
                false
            )[0],
            "https://r.openai.azure.com/openai/v1/responses?api-version=preview"
        );
    }

    #[test]
    fn azure_behind_another_name_is_what_the_person_says_it_is() {
        assert_eq!(
            endpoints("https://ai.company.example", true)[0],
            "https://ai.company.example/openai/v1/responses"
        );
        assert_eq!(
            endpoints("https://ai.company.example/team/openai/v1", true)[1],
            "https://ai.company.example/team/openai/v1/chat/completions"
        );
        let plain = Address::parse("P", "https://ai.company.example", false).unwrap();
        assert!(!plain.is_azure());
        let azure = Address::parse("P", "https://r.openai.azure.com?api-version=1", false).unwrap();
        assert!(azure.is_azure());
        assert_eq!(azure.api_version().as_deref(), Some("1"));
    }
}
