//! What stands between this computer and a provider: a proxy, and an authority that the person trusts
//! in addition to those of this computer, as in a company that looks into connections.
//!
//! An authority is added, never put in the place of what the computer trusts, and nothing turns the
//! checking of certificates off. An address of this machine is never reached through a proxy.
//!
//! A proxy changes the way and not the goal: a key stays bound to the host it was given for. Over https
//! a proxy sees which host is asked and nothing else; over http it can read the key, which the form
//! says before it is saved.

use std::path::PathBuf;

use reqwest::Certificate;
use reqwest::ClientBuilder;
use reqwest::NoProxy;
use reqwest::Proxy;
use reqwest::Url;

use super::address::without_query;
use super::provider::ProviderError;

/// More than any bundle of certificates is, in bytes.
const LARGEST: u64 = 4 << 20;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Way {
    /// A file with certificates in PEM.
    pub ca_file: Option<PathBuf>,
    /// The proxy of the settings: an address, or `none` for a direct connection.
    pub proxy: Option<String>,
    /// What the environment says of proxies.
    pub given: GivenProxies,
}

/// Proxies as environments name them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct GivenProxies {
    /// `HTTPS_PROXY`, or `ALL_PROXY`.
    pub https: Option<String>,
    /// `HTTP_PROXY`, or `ALL_PROXY`.
    pub http: Option<String>,
    /// `NO_PROXY`.
    pub except: Option<String>,
}

// An address of a proxy may hold a password.
impl std::fmt::Debug for GivenProxies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (https, http) = (self.https.is_some(), self.http.is_some());
        write!(f, "GivenProxies {{ https: {https}, http: {http} }}")
    }
}

impl GivenProxies {
    /// From the environment, in capitals or not, each ignored when empty.
    pub fn from_environment(get: impl Fn(&str) -> Option<String>) -> Self {
        let given = |name: &str| {
            get(name)
                .or_else(|| get(&name.to_ascii_lowercase()))
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        let all = || given("ALL_PROXY");
        Self {
            https: given("HTTPS_PROXY").or_else(all),
            http: given("HTTP_PROXY").or_else(all),
            except: given("NO_PROXY"),
        }
    }
}

impl Way {
    /// Whether it can be gone, as far as this computer can tell.
    ///
    /// # Errors
    ///
    /// A [`ProviderError`] that names the file or the proxy that cannot be used.
    pub fn check(&self) -> Result<(), ProviderError> {
        if let Some(path) = self.ca_file.as_ref().filter(|path| !path.is_absolute()) {
            return Err(ProviderError::CaFile {
                path: path.clone(),
                why: "is no path from the root".to_owned(),
            });
        }
        let builder = ClientBuilder::new().no_proxy();
        let builder = builder.tls_certs_merge(self.certificates()?);
        if let Err(source) = builder.build() {
            let name = "this computer".to_owned();
            let other = ProviderError::Client { name, source };
            return Err(self.unusable().unwrap_or(other));
        }
        match self.proxy.as_deref() {
            None | Some("none") => Ok(()),
            Some(address) => proxy(address).map(drop),
        }
    }

    /// Sets a client up to go this way to `url`. Gives the proxy's host and port too, when there is one.
    ///
    /// # Errors
    ///
    /// A [`ProviderError`] that names the file or the proxy that cannot be used.
    pub(super) fn prepare(
        &self,
        builder: ClientBuilder,
        url: &Url,
        this_machine: bool,
    ) -> Result<(ClientBuilder, Option<String>), ProviderError> {
        let builder = builder.tls_certs_merge(self.certificates()?);
        // What the environment says was read once and is set here, so that it can be named.
        let builder = builder.no_proxy();
        if this_machine {
            return Ok((builder, None));
        }
        let given = match url.scheme() {
            "https" => &self.given.https,
            _ => &self.given.http,
        };
        let address = match self.proxy.as_deref() {
            Some("none") => None,
            Some(address) => Some(address),
            None => given.as_deref(),
        };
        let except = self.given.except.as_deref().unwrap_or_default();
        let Some(address) = address.filter(|_| !is_excepted(url, except)) else {
            return Ok((builder, None));
        };
        let (proxy, name) = proxy(address)?;
        // It knows ranges of addresses too.
        let proxy = proxy.no_proxy(NoProxy::from_string(except));
        Ok((builder.proxy(proxy), Some(name)))
    }

    /// The certificates of the file.
    fn certificates(&self) -> Result<Vec<Certificate>, ProviderError> {
        let Some(path) = &self.ca_file else {
            return Ok(Vec::new());
        };
        let fail = |why: String| ProviderError::CaFile {
            path: path.clone(),
            why,
        };
        let read = || -> std::io::Result<Vec<u8>> {
            let about = std::fs::metadata(path)?;
            if !about.is_file() || about.len() > LARGEST {
                let no_bundle = "it is no file of certificates";
                return Err(std::io::Error::new(
                    std::io::ErrorKind::InvalidData,
                    no_bundle,
                ));
            }
            std::fs::read(path)
        };
        let bytes = read().map_err(|error| fail(format!("cannot be read ({error})")))?;
        let all = Certificate::from_pem_bundle(&bytes)
            .map_err(|_| fail("holds something broken in place of a certificate".to_owned()))?;
        if all.is_empty() {
            return Err(fail("holds no certificate in PEM".to_owned()));
        }
        Ok(all)
    }

    /// The error of a client that could not be built with the file's certificates.
    pub(super) fn unusable(&self) -> Option<ProviderError> {
        Some(ProviderError::CaFile {
            path: self.ca_file.clone()?,
            why: "holds a certificate that cannot be used".to_owned(),
        })
    }
}

/// Whether a host, or a domain that it is of, is in the list.
fn is_excepted(url: &Url, except: &str) -> bool {
    let host = url.host_str().unwrap_or_default();
    let mut names = except
        .split(',')
        .map(|name| name.trim().trim_start_matches('.'));
    names.any(|name| {
        let within = || {
            host.strip_suffix(name)
                .is_some_and(|rest| rest.ends_with('.'))
        };
        name == "*" || (!name.is_empty() && (host == name || within()))
    })
}

/// The address of a proxy as it is shown: with dots in place of a password.
pub fn shown(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let Some((user, host)) = rest.rsplit_once('@') else {
        return address.to_owned();
    };
    let Some((user, _)) = user.split_once(':') else {
        return address.to_owned();
    };
    let scheme = match scheme {
        "" => String::new(),
        scheme => format!("{scheme}://"),
    };
    format!("{scheme}{user}:\u{2026}@{host}")
}

/// Whether the address of a proxy holds a password.
pub fn holds_password(address: &str) -> bool {
    shown(address) != address
}

/// A proxy, and its host and port.
fn proxy(address: &str) -> Result<(Proxy, String), ProviderError> {
    let full = match address.contains("://") {
        true => address.to_owned(),
        false => format!("http://{address}"),
    };
    let bare = || {
        let shown = without_query(&full);
        let shown = shown.rsplit_once('@').map_or(shown, |(_, host)| host);
        ProviderError::Proxy(shown.to_owned())
    };
    let url = Url::parse(&full).map_err(|_| bare())?;
    let host = url
        .host_str()
        .filter(|_| ["http", "https"].contains(&url.scheme()));
    let host = host.ok_or_else(bare)?;
    let name = match url.port_or_known_default() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    let proxy = Proxy::all(url.clone()).map_err(|_| bare())?;
    Ok((proxy, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(way: &Way, url: &str, here: bool) -> Result<Option<String>, String> {
        let url = Url::parse(url).unwrap();
        let prepared = way.prepare(reqwest::Client::builder(), &url, here);
        prepared
            .map(|(_, proxy)| proxy)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_settings_go_before_the_environment_and_this_machine_before_all() {
        let environment = [
            ("HTTPS_PROXY", "http://me:hunter2@secure.example:3128"),
            ("all_proxy", "plain.example:8080"),
            ("NO_PROXY", "inside.example"),
        ];
        let get = |name: &str| {
            let found = environment.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let given = GivenProxies::from_environment(get);
        assert!(!format!("{given:?}").contains("hunter2"));
        let mut way = Way {
            given,
            ..Way::default()
        };
        let to = |way: &Way, url: &str| prepared(way, url, false).unwrap();
        let secure = Some("secure.example:3128".to_owned());
        assert_eq!(to(&way, "https://api.example"), secure);
        let plain = Some("plain.example:8080".to_owned());
        assert_eq!(to(&way, "http://api.example"), plain);
        assert_eq!(prepared(&way, "http://localhost:1", true), Ok(None));
        assert_eq!(to(&way, "https://a.inside.example"), None);
        assert_eq!(to(&way, "https://notinside.example"), secure);
        way.proxy = Some("other.example".to_owned());
        assert_eq!(
            to(&way, "https://api.example"),
            Some("other.example:80".to_owned())
        );
        way.proxy = Some("none".to_owned());
        assert_eq!(to(&way, "https://api.example"), None);
    }

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (address, as_shown) in [
            (
                "http://me:hunter2@x.example:1",
                "http://me:\u{2026}@x.example:1",
            ),
            ("me:hunter2@x.example", "me:\u{2026}@x.example"),
            (
                "http://me:hun@ter2@x.example",
                "http://me:\u{2026}@x.example",
            ),
            ("http://me@x.example", "http://me@x.example"),
            ("http://x.example:1", "http://x.example:1"),
            ("none", "none"),
        ] {
            assert_eq!(shown(address), as_shown);
            assert_eq!(holds_password(address), address.contains("hun"));
        }
    }

    #[test]
    fn a_proxy_that_is_none_is_named_without_its_password() {
        for address in [
            "http://me:hunter2@x.example:99999",
            "socks9://me:hunter2@x.example",
            "http://",
        ] {
            let way = Way {
                proxy: Some(address.to_owned()),
                ..Way::default()
            };
            let error = prepared(&way, "https://api.example", false).unwrap_err();
            assert!(error.contains("is no address of a proxy"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_bad_file_of_certificates_is_named_with_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let way = Way {
            ca_file: Some(path.clone()),
            ..Way::default()
        };
        let error = || prepared(&way, "https://api.example", false).unwrap_err();
        assert!(error().contains("cannot be read"), "{}", error());
        std::fs::write(&path, "hello").unwrap();
        assert!(
            error().contains("holds no certificate in PEM"),
            "{}",
            error()
        );
        let broken = "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n";
        std::fs::write(&path, broken).unwrap();
        assert!(error().contains("something broken"), "{}", error());
        assert!(error().contains("ca.pem"), "{}", error());
    }
}
