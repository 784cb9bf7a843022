//! Where requests go: an address, a key, and the way there.
//!
//! A provider is checked when it is made, so a wrong base URL or an unusable key is told before
//! anything is sent. Its client follows no redirect, since a redirect would carry the key to
//! another host, and never goes through a proxy for an address of this machine.
//!
//! The key is held as a [`SecretString`] and written into one header of each request, `Authorization`
//! or Azure's `api-key`, which is marked sensitive. Nothing here prints it.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Client;
use reqwest::ClientBuilder;
use reqwest::header::ACCEPT;
use reqwest::header::AUTHORIZATION;
use reqwest::header::HeaderMap;
use reqwest::header::HeaderName;
use reqwest::header::HeaderValue;
use secrecy::ExposeSecret;
use secrecy::SecretString;

use super::address::Address;
use super::address::without_query;
use super::bill::Bill;
use super::noted::Noted;
use super::peer::Peer;
use super::rate_limit::RateLimits;
use super::request::Terms;
use super::speed::ViaProxy;
use super::tier::Tier;
use super::way::Way;
use super::wire::Learned;
use super::wire::Wire;
use super::wire::WireChoice;
use crate::redact::Keys;

/// The address used when the person has set none.
pub const OPENAI: &str = "https://api.openai.com/v1";

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// The way to a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// A connection to the address's host.
    Tcp,
    /// A socket of this machine; the address's host is only a name.
    UnixSocket(PathBuf),
}

/// Why a provider cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The base URL is no URL.
    #[error("The base URL `{0}` is not an address; it has to look like https://api.openai.com/v1.")]
    NotAUrl(String),
    /// The base URL is neither http nor https.
    #[error("The base URL `{0}` has to begin with https:// or http://.")]
    Scheme(String),
    /// A user name or password in the base URL; it is not repeated.
    #[error("The base URL for {0} holds a user name or password; give the key separately.")]
    Credentials(String),
    /// A `#` part in the base URL.
    #[error("The base URL `{0}` must not hold a `#`.")]
    Fragment(String),
    /// The key holds something no header can.
    #[error("The API key for {0} holds a line break or another character that no key has.")]
    Key(String),
    /// A header that cannot be sent.
    #[error("The header `{0}` cannot be sent.")]
    Header(String),
    /// This system has no such sockets.
    #[error("The socket {0} cannot be used on this system.")]
    Socket(PathBuf),
    /// The file of certificates that the settings name cannot be used.
    #[error("The file of certificates {} {why}; choose another one in Settings, or correct `ca_file` in the settings file.", .path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A proxy that is no address; without what may be its password.
    #[error("`{0}` is no address of a proxy; it has to look like http://proxy.example:8080.")]
    Proxy(String),
    /// The client could not be set up.
    #[error("The connection to {name} could not be set up: {source}")]
    Client {
        /// The provider's name.
        name: String,
        /// Why.
        source: reqwest::Error,
    },
}

/// How a provider is spoken with.
#[derive(Debug, Clone, Default)]
pub struct Manner {
    /// It is Azure OpenAI, whatever its host is called.
    pub azure: bool,
    /// In which form.
    pub wire: WireChoice,
    /// What is known of it from before.
    pub learned: Learned,
    /// The keys of this run.
    pub keys: Keys,
    /// What stands between.
    pub way: Way,
    /// The service tier to ask for.
    pub tier: Option<Tier>,
    /// Where times are noted.
    pub noted: Noted,
}

/// A place that answers requests.
#[derive(Debug, Clone)]
pub struct Provider {
    name: String,
    address: Address,
    key: Option<SecretString>,
    headers: HeaderMap,
    client: Client,
    wire: WireChoice,
    learned: Learned,
    keys: Keys,
    proxy: Option<ViaProxy>,
    noted: Noted,
    tier: Option<Tier>,
    bill: Option<Bill>,
}

impl Provider {
    /// Checks the parts and sets the connection up. Sends nothing.
    ///
    /// # Errors
    ///
    /// A [`ProviderError`] that names the part that cannot be used.
    pub fn new(
        name: &str,
        base_url: &str,
        key: Option<SecretString>,
        transport: Transport,
        headers: &[(String, String)],
    ) -> Result<Self, ProviderError> {
        let manner = Manner::default();
        Self::connecting_within(
            CONNECT_TIMEOUT,
            name,
            base_url,
            key,
            transport,
            headers,
            manner,
        )
    }

    /// The same over TCP, in a manner of its own.
    ///
    /// # Errors
    ///
    /// As [`Provider::new`].
    pub fn in_manner(
        name: &str,
        base_url: &str,
        key: Option<SecretString>,
        manner: Manner,
    ) -> Result<Self, ProviderError> {
        let over = Transport::Tcp;
        Self::connecting_within(CONNECT_TIMEOUT, name, base_url, key, over, &[], manner)
    }

    /// The same, with another limit for a connection to come about.
    pub(super) fn connecting_within(
        limit: Duration,
        name: &str,
        base_url: &str,
        key: Option<SecretString>,
        transport: Transport,
        headers: &[(String, String)],
        manner: Manner,
    ) -> Result<Self, ProviderError> {
        let address = Address::parse(name, base_url, manner.azure)?;
        let key = usable_key(name, key)?;
        let mut all = HeaderMap::new();
        all.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        for (header, value) in headers {
            let unusable = || ProviderError::Header(header.clone());
            let header = HeaderName::from_bytes(header.as_bytes()).map_err(|_| unusable())?;
            let mut value = HeaderValue::from_str(value).map_err(|_| unusable())?;
            value.set_sensitive(true);
            all.insert(header, value);
        }
        if let Some(key) = &key {
            manner.keys.learn(key);
            let key = key.expose_secret();
            let (header, value) = match address.is_azure() {
                true => (HeaderName::from_static("api-key"), key.to_owned()),
                false => (AUTHORIZATION, format!("Bearer {key}")),
            };
            let mut value =
                HeaderValue::from_str(&value).map_err(|_| ProviderError::Key(name.to_owned()))?;
            value.set_sensitive(true);
            all.insert(header, value);
        }
        let builder = Client::builder()
            .user_agent(user_agent())
            .redirect(reqwest::redirect::Policy::none())
            // The turn decides what is worth another try, and the person sees it.
            .retry(reqwest::retry::never())
            .connect_timeout(limit)
            .tcp_keepalive(Duration::from_secs(60));
        let noted = manner.noted;
        let builder = builder.connector_layer(noted.clone());
        let near = address.is_this_machine() || transport != Transport::Tcp;
        let (builder, proxy) = manner.way.prepare(builder, &address.models(), near)?;
        let client = over(builder, transport)?.build().map_err(|source| {
            manner.way.unusable().unwrap_or(ProviderError::Client {
                name: name.to_owned(),
                source,
            })
        })?;
        Ok(Self {
            name: name.to_owned(),
            address,
            key,
            headers: all,
            client,
            wire: manner.wire,
            learned: manner.learned,
            keys: manner.keys,
            proxy: proxy.map(|name| ViaProxy {
                name,
                set: manner.way.proxy.is_some(),
            }),
            noted,
            tier: manner.tier,
            bill: None,
        })
    }

    /// The same, with all its answers put on a bill.
    pub fn billed(self, bill: &Bill) -> Self {
        let bill = Some(bill.clone());
        Self { bill, ..self }
    }

    pub(super) fn bill(&self) -> Option<&Bill> {
        self.bill.as_ref()
    }

    /// The name shown to the person.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the key would cross a network unencrypted.
    pub fn sends_key_in_clear(&self) -> bool {
        self.key.is_some() && self.address.is_in_clear()
    }

    /// Where it is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// What it last said of its rate limits.
    pub fn rate_limits(&self) -> Option<RateLimits> {
        self.learned.limits()
    }

    /// The keys of this run, which must not go where they do not belong.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// What it has shown of itself.
    pub(crate) fn learned(&self) -> &Learned {
        &self.learned
    }

    /// The proxy on the way to it.
    pub(super) fn proxy(&self) -> Option<ViaProxy> {
        self.proxy.clone()
    }

    /// When requests went out and their answers began.
    pub(super) fn noted(&self) -> &Noted {
        &self.noted
    }

    /// The form of the next request.
    pub fn wire(&self) -> Wire {
        match self.wire {
            WireChoice::Only(wire) => wire,
            WireChoice::Auto => self
                .learned
                .wire()
                .or(self.address.pasted())
                .unwrap_or(Wire::Responses),
        }
    }

    /// Whether a server that has nothing at the path of Responses is asked in the other form.
    pub(super) fn may_fall_back(&self) -> bool {
        self.wire == WireChoice::Auto && self.learned.wire().is_none()
    }

    /// What has to be minded in a request.
    pub(super) fn terms(&self) -> Terms {
        Terms {
            openai: self.address.is_openai(),
            azure: self.address.is_azure(),
            stored: self.learned.stores(),
            uncounted: self.learned.refuses_counting(),
            tier: self.tier.filter(|_| !self.learned.refuses_tiers()),
        }
    }

    /// A request for the models that the server has.
    pub(super) fn get_models(&self) -> reqwest::RequestBuilder {
        let mut headers = self.headers.clone();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        self.client.get(self.address.models()).headers(headers)
    }

    /// A request that only lacks its body.
    pub(super) fn post(&self, wire: Wire, model: &str) -> reqwest::RequestBuilder {
        self.client
            .post(self.address.endpoint(wire, model))
            .headers(self.headers.clone())
    }

    /// A request for a summary by the server itself, that only lacks its body.
    pub(super) fn post_compact(&self, model: &str) -> reqwest::RequestBuilder {
        let mut url = self.address.endpoint(Wire::Responses, model);
        if let Ok(mut path) = url.path_segments_mut() {
            path.push("compact");
        }
        let mut headers = self.headers.clone();
        headers.remove(ACCEPT);
        self.client.post(url).headers(headers)
    }

    /// Who is asked in this form, for the sake of what may go wrong.
    pub(crate) fn peer(&self, wire: Wire, model: &str) -> Peer {
        Peer {
            provider: self.name.clone(),
            host: self.address.host(),
            // A query may hold a key of its own.
            url: without_query(self.address.endpoint(wire, model).as_str()).to_owned(),
            model: model.to_owned(),
            api_version: self.address.api_version(),
            key: self.key.clone(),
            keys: self.keys.clone(),
            proxy: self.proxy.as_ref().map(|proxy| proxy.name.clone()),
        }
    }
}

/// Scheme, host and port of a base URL: what a key is bound to.
///
/// # Errors
///
/// A [`ProviderError`] that says what is wrong with the base URL.
pub fn origin(name: &str, base_url: &str) -> Result<String, ProviderError> {
    Ok(Address::parse(name, base_url, false)?.origin())
}

/// Host and port of a base URL, for people.
///
/// # Errors
///
/// As [`origin`].
pub fn host(name: &str, base_url: &str) -> Result<String, ProviderError> {
    Ok(Address::parse(name, base_url, false)?.host())
}

fn usable_key(
    name: &str,
    key: Option<SecretString>,
) -> Result<Option<SecretString>, ProviderError> {
    let Some(key) = key else { return Ok(None) };
    // A pasted key often ends in a line break.
    let text = key.expose_secret().trim();
    if text.is_empty() {
        return Ok(None);
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ProviderError::Key(name.to_owned()));
    }
    Ok(Some(SecretString::from(text)))
}

fn user_agent() -> String {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    format!("Greenlight/{} ({os}; {arch})", env!("CARGO_PKG_VERSION"))
}

#[cfg(unix)]
fn over(builder: ClientBuilder, transport: Transport) -> Result<ClientBuilder, ProviderError> {
    Ok(match transport {
        Transport::Tcp => builder,
        Transport::UnixSocket(path) => builder.unix_socket(path),
    })
}

#[cfg(not(unix))]
fn over(builder: ClientBuilder, transport: Transport) -> Result<ClientBuilder, ProviderError> {
    match transport {
        Transport::Tcp => Ok(builder),
        Transport::UnixSocket(path) => Err(ProviderError::Socket(path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(url: &str, key: Option<&str>) -> Result<Provider, ProviderError> {
        Provider::new(
            "OpenAI",
            url,
            key.map(SecretString::from),
            Transport::Tcp,
            &[],
        )
    }

    #[test]
    fn a_wrong_base_url_is_named() {
        let check = |url: &str, expected: &str| {
            let error = provider(url, None).unwrap_err().to_string();
            assert!(error.contains(expected), "{url}: {error}");
        };
        check("api.openai.com/v1", "is not an address");
        check("", "is not an address");
        check("localhost:8080", "has to begin with https://");
        check("ftp://x.example", "has to begin with https://");
        check(
            "https://me:secret@x.example",
            "holds a user name or password",
        );
        check("https://x.example/#a", "must not hold a `#`");
        for url in [
            "https://me:hunter2@x.example:99999/v1",
            "me:hunter2@x.example/v1",
            "x.example/v1?api-key=hunter2",
            "ftp://x.example/v1?api-key=hunter2",
            "https://x.example/v1?api-key=hunter2#a",
        ] {
            let error = provider(url, None).unwrap_err().to_string();
            assert!(
                error.contains("x.example") && !error.contains("hunter2"),
                "{error}"
            );
        }
        let error = provider("https://me:hunter2@x.example", None)
            .unwrap_err()
            .to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn a_key_is_trimmed_checked_and_never_printed() {
        let good = provider(OPENAI, Some("sk-very-secret\n")).unwrap();
        assert_eq!(good.key.as_ref().unwrap().expose_secret(), "sk-very-secret");
        assert!(!format!("{good:?}").contains("very-secret"), "{good:?}");
        assert!(provider(OPENAI, Some("  ")).unwrap().key.is_none());
        let error = provider(OPENAI, Some("sk-a\nb")).unwrap_err();
        assert!(matches!(error, ProviderError::Key(_)), "{error}");
    }

    #[test]
    fn what_is_told_of_an_address_leaves_its_query_out() {
        let peer = provider("https://x.example:8443/v1?api-key=hunter2", None)
            .unwrap()
            .peer(Wire::Responses, "m");
        assert_eq!(peer.url, "https://x.example:8443/v1/responses");
        assert_eq!(peer.host, "x.example:8443");
    }

    #[test]
    fn a_key_over_a_plain_network_connection_is_noticed() {
        let clear = |url: &str| provider(url, Some("sk-x")).unwrap().sends_key_in_clear();
        assert!(clear("http://models.example/v1"));
        assert!(!clear("http://127.0.0.1:8080/v1"));
        assert!(!clear("http://[::1]:8080/v1"));
        assert!(!clear("http://localhost/v1"));
        assert!(!clear("https://models.example/v1"));
    }

    #[test]
    fn a_header_that_cannot_be_sent_is_named() {
        let headers = [("x y".to_owned(), "1".to_owned())];
        let error = Provider::new("OpenAI", OPENAI, None, Transport::Tcp, &headers).unwrap_err();
        assert_eq!(error.to_string(), "The header `x y` cannot be sent.");
    }
}
