//! A site: a host in one canonical form, on the web's own ports or on one other.
//!
//! What a command asks for and what a person allowed are compared as sites, so each host has one
//! spelling only. Addresses in forms that programs read differently (`2130706433`, `0177.0.0.1`,
//! `::ffff:127.0.0.1`) are refused and not translated.

use std::fmt;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

/// The ports that a host is reached on without being named.
const WEB: [u16; 2] = [80, 443];

/// Below this, ports other than the web's are those of mail, remote shells and names.
const FIRST_FREE: u16 = 1024;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site {
    host: Host,
    /// `None` stands for both ports of the web.
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Host {
    Name(String),
    Address(IpAddr),
}

/// Why something is no site that could be asked for. The text is the end of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSite {
    /// It is empty or too long.
    #[error("its name is empty or longer than names are")]
    Length,
    /// It holds a character that names do not have.
    #[error("its name holds a character that names do not have")]
    Character,
    /// It holds letters that look like others.
    #[error("its name is not in the form that begins with xn--, in which look-alikes show")]
    NotAscii,
    /// An address that programs read differently.
    #[error("its address is in a form that programs read differently")]
    OddAddress,
    /// An address that belongs to no one machine.
    #[error("its address belongs to no machine")]
    NoMachine,
    /// A port of mail, remote shells and the like.
    #[error("port {0} is not one of the web")]
    Port(u16),
}

/// How near a site is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nearness {
    /// Somewhere on the internet.
    Internet,
    /// A machine in the person's own network.
    OwnNetwork,
    /// The person's computer itself.
    ThisComputer,
}

impl Site {
    /// Reads a host and a port. An IPv6 address stands in brackets.
    ///
    /// # Errors
    ///
    /// [`BadSite`]
    pub fn new(host: &str, port: u16) -> Result<Self, BadSite> {
        if port < FIRST_FREE && !WEB.contains(&port) {
            return Err(BadSite::Port(port));
        }
        Ok(Self {
            host: Host::parse(host)?,
            port: (!WEB.contains(&port)).then_some(port),
        })
    }

    /// Reads the part of a URL that names the server: `host`, `host:port`, `[::1]:port`.
    ///
    /// # Errors
    ///
    /// [`BadSite`]; a name with a `@` before it is none.
    pub fn parse(authority: &str, usual_port: u16) -> Result<Self, BadSite> {
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                let digits =
                    (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit());
                let port = port.parse().ok().filter(|port| *port > 0 && digits);
                (host, port.ok_or(BadSite::Character)?)
            }
            _ => (authority, usual_port),
        };
        if host.starts_with('[') != host.ends_with(']') {
            return Err(BadSite::Character);
        }
        Self::new(host, port)
    }

    /// The host as it is written in a URL.
    pub fn host(&self) -> String {
        match &self.host {
            Host::Name(name) => name.clone(),
            Host::Address(IpAddr::V4(address)) => address.to_string(),
            Host::Address(IpAddr::V6(address)) => format!("[{address}]"),
        }
    }

    /// The name to look up, if it is one that is looked up.
    pub fn name(&self) -> Option<&str> {
        match &self.host {
            Host::Name(name) if !is_localhost(name) => Some(name),
            _ => None,
        }
    }

    /// The addresses of a site that needs no looking up.
    pub fn addresses(&self) -> Vec<IpAddr> {
        match &self.host {
            Host::Name(name) if is_localhost(name) => {
                vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
            }
            Host::Name(_) => Vec::new(),
            Host::Address(address) => vec![*address],
        }
    }

    /// How near it is by its name alone.
    pub fn nearness(&self) -> Nearness {
        match &self.host {
            Host::Name(name) if is_localhost(name) => Nearness::ThisComputer,
            Host::Name(_) => Nearness::Internet,
            Host::Address(address) if address.is_loopback() => Nearness::ThisComputer,
            Host::Address(address) if is_inside(*address) => Nearness::OwnNetwork,
            Host::Address(_) => Nearness::Internet,
        }
    }

    /// Whether the server of a TLS connection that says this name is this site.
    pub fn is_server_name(&self, said: Option<&str>) -> bool {
        match (&self.host, said) {
            (Host::Name(name), Some(said)) => said
                .strip_suffix('.')
                .unwrap_or(said)
                .eq_ignore_ascii_case(name),
            (Host::Name(_), None) | (Host::Address(_), Some(_)) => false,
            // Addresses are not said.
            (Host::Address(_), None) => true,
        }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host())?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

impl Host {
    fn parse(text: &str) -> Result<Self, BadSite> {
        if let Some(inner) = text.strip_prefix('[') {
            let inner = inner.strip_suffix(']').ok_or(BadSite::Character)?;
            return address_v6(inner).map(|address| Self::Address(address.into()));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        if name.is_empty() || name.len() > 253 {
            return Err(BadSite::Length);
        }
        if !name.is_ascii() {
            return Err(BadSite::NotAscii);
        }
        let name = name.to_ascii_lowercase();
        for label in name.split('.') {
            let plain =
                |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
            if label.is_empty() || label.len() > 63 {
                return Err(BadSite::Length);
            }
            if !label.bytes().all(plain) || label.starts_with('-') || label.ends_with('-') {
                return Err(BadSite::Character);
            }
        }
        // A name whose last part is a number is an address to programs, in whatever form.
        let last = name.rsplit('.').next().unwrap_or_default();
        let hexadecimal = last
            .strip_prefix("0x")
            .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_hexdigit()));
        if hexadecimal || last.bytes().all(|b| b.is_ascii_digit()) {
            return address_v4(&name).map(|address| Self::Address(address.into()));
        }
        Ok(Self::Name(name))
    }
}

fn address_v4(text: &str) -> Result<Ipv4Addr, BadSite> {
    // The standard library takes four decimal parts without leading zeros, and nothing else.
    let address: Ipv4Addr = text.parse().map_err(|_| BadSite::OddAddress)?;
    let nobody = address.is_unspecified()
        || address.is_multicast()
        || address.octets()[0] == 0
        || address.octets()[0] >= 240;
    if nobody {
        return Err(BadSite::NoMachine);
    }
    Ok(address)
}

fn address_v6(text: &str) -> Result<Ipv6Addr, BadSite> {
    let address: Ipv6Addr = text.parse().map_err(|_| BadSite::OddAddress)?;
    let carries_v4 = address.to_ipv4_mapped().is_some()
        || (address.segments()[..6] == [0; 6]
            && !address.is_loopback()
            && !address.is_unspecified())
        || is_translated(&address)
        || matches!(address.segments()[..2], [0x2002, _] | [0x2001, 0]);
    if carries_v4 || address.to_string() != text.to_ascii_lowercase() {
        return Err(BadSite::OddAddress);
    }
    if address.is_unspecified() || address.is_multicast() {
        return Err(BadSite::NoMachine);
    }
    Ok(address)
}

/// An IPv4 address as networks without IPv4 write it.
fn is_translated(address: &Ipv6Addr) -> bool {
    address.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0]
}

fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether an address leads into a network of one's own, to the computer itself, or to no machine.
///
/// Ranges that are set aside for examples and for measuring are none of these: gateways that stand
/// in for the whole internet answer with them.
pub fn is_inside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || a == 0
                || a >= 224
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 192 && b == 88 && c == 99)
        }
        IpAddr::V6(v6) if is_translated(&v6) => {
            let [.., high, low] = v6.segments();
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            is_inside(Ipv4Addr::new(a, b, c, d).into())
        }
        IpAddr::V6(v6) => match v6.segments() {
            // Tunnels carry an IPv4 address of anyone's choice.
            [0x2001, 0, ..] | [0x2002, ..] => true,
            [first, ..] => !(0x2000..0x4000).contains(&first),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(authority: &str) -> Result<String, BadSite> {
        Site::parse(authority, 443).map(|site| site.to_string())
    }

    #[test]
    fn one_spelling_for_one_host() {
        for (given, expected) in [
            ("example.com", "example.com"),
            ("EXAMPLE.com.", "example.com"),
            ("example.com:443", "example.com"),
            ("example.com:80", "example.com"),
            ("example.com:8443", "example.com:8443"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("_dmarc.example.com", "_dmarc.example.com"),
            ("192.0.2.10:8080", "192.0.2.10:8080"),
            ("[2606:4700::1111]", "[2606:4700::1111]"),
            ("[::1]:3000", "[::1]:3000"),
            ("4chan.example", "4chan.example"),
        ] {
            assert_eq!(shown(given).as_deref(), Ok(expected), "{given}");
        }
    }

    #[test]
    fn what_programs_read_differently_is_refused() {
        use BadSite as B;
        for (given, why) in [
            ("", B::Length),
            (".", B::Length),
            ("a..b", B::Length),
            ("evil\0.example.com", B::Character),
            ("evil%00.example.com", B::Character),
            ("user@example.com", B::Character),
            ("exa mple.com", B::Character),
            ("example.com\r\n", B::Character),
            ("example.com/", B::Character),
            ("-example.com", B::Character),
            ("example.com:", B::Character),
            ("example.com:0", B::Character),
            ("example.com:+443", B::Character),
            ("example.com:99999", B::Character),
            ("ex\u{430}mple.com", B::NotAscii),
            ("b\u{fc}cher.example", B::NotAscii),
            ("2130706433", B::OddAddress),
            ("0x7f000001", B::OddAddress),
            ("0x7f.1", B::OddAddress),
            ("0177.0.0.1", B::OddAddress),
            ("127.1", B::OddAddress),
            ("127.0.0.0x1", B::OddAddress),
            ("1.2.3.4.5", B::OddAddress),
            ("example.256", B::OddAddress),
            ("[::ffff:127.0.0.1]", B::OddAddress),
            ("[::ffff:7f00:1]", B::OddAddress),
            ("[::127.0.0.1]", B::OddAddress),
            ("[64:ff9b::7f00:1]", B::OddAddress),
            ("[2002:7f00:1::]", B::OddAddress),
            ("[0:0:0:0:0:0:0:1]", B::OddAddress),
            ("[fe80::1%25eth0]", B::OddAddress),
            ("[::1", B::Character),
            ("0.0.0.0", B::NoMachine),
            ("255.255.255.255", B::NoMachine),
            ("224.0.0.1", B::NoMachine),
            ("[::]", B::NoMachine),
            ("[ff02::1]", B::NoMachine),
            ("example.com:22", B::Port(22)),
            ("example.com:25", B::Port(25)),
            ("example.com:53", B::Port(53)),
        ] {
            assert_eq!(shown(given), Err(why), "{given:?}");
        }
        assert_eq!(shown(&"a".repeat(64)), Err(B::Length));
        assert_eq!(shown(&"a.".repeat(130)), Err(B::Length));
    }

    #[test]
    fn a_port_of_its_own_is_another_site() {
        let [web, tls, other] = [80, 443, 8443].map(|port| Site::new("example.com", port).unwrap());
        assert_eq!(web, tls);
        assert_ne!(web, other);
    }

    #[test]
    fn nearness_is_told_by_the_name() {
        let near = |text: &str| Site::parse(text, 80).unwrap().nearness();
        for text in [
            "localhost",
            "app.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "[::1]",
        ] {
            assert_eq!(near(text), Nearness::ThisComputer, "{text}");
        }
        for text in [
            "10.0.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "[fd00::1]",
            "100.64.0.1",
        ] {
            assert_eq!(near(text), Nearness::OwnNetwork, "{text}");
        }
        for text in [
            "example.com",
            "1.1.1.1",
            "[2606:4700::1111]",
            "localhost.example",
        ] {
            assert_eq!(near(text), Nearness::Internet, "{text}");
        }
    }

    #[test]
    fn addresses_inside_and_outside() {
        let inside = |text: &str| is_inside(text.parse().unwrap());
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "198.18.0.1",
            "203.0.113.80",
            "2606:4700::1",
            "64:ff9b::808:808",
        ] {
            assert!(!inside(text), "{text}");
        }
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "ff02::1",
        ] {
            assert!(inside(text), "{text}");
        }
    }

    #[test]
    fn the_name_in_a_handshake_has_to_be_the_site() {
        let site = |text: &str| Site::parse(text, 443).unwrap();
        assert!(site("example.com").is_server_name(Some("Example.com")));
        assert!(!site("example.com").is_server_name(Some("evil.example")));
        assert!(!site("example.com").is_server_name(None));
        assert!(site("1.1.1.1").is_server_name(None));
        assert!(!site("1.1.1.1").is_server_name(Some("example.com")));
    }
}
