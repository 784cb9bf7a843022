//! The proxy over real sockets, spoken to as commands do and as they should not.

use std::collections::BTreeSet;
use std::io;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::Mutex;

use futures_util::future::BoxFuture;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::Gate;
use super::dial::Dial;
use super::dial::Direct;
use super::dial::Names;
use super::dial::NoWay;
use super::hello::tests::hello;
use super::proxy::Proxy;
use super::site::Site;

/// Allows some sites and keeps what it was asked.
#[derive(Default)]
struct List {
    allowed: BTreeSet<String>,
    asked: Mutex<Vec<String>>,
}

impl Gate for List {
    fn may<'a>(&'a self, site: &'a Site) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            self.asked.lock().unwrap().push(site.to_string());
            match self.allowed.contains(&site.to_string()) {
                true => Ok(()),
                false => Err(format!("{site} is not on the list.")),
            }
        })
    }
}

/// Takes every name to one server of the test.
#[derive(Debug)]
struct To(SocketAddr);

impl Dial for To {
    fn dial<'a>(&'a self, _: &'a Site, _: u16) -> BoxFuture<'a, Result<TcpStream, NoWay>> {
        Box::pin(async move {
            let made = TcpStream::connect(self.0).await;
            made.map_err(|e| NoWay::Failed(e.to_string()))
        })
    }
}

#[derive(Debug)]
struct Fixed(&'static [&'static str]);

impl Names for Fixed {
    fn look_up<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move { Ok(self.0.iter().map(|a| a.parse().unwrap()).collect()) })
    }
}

struct Bench {
    proxy: Proxy,
    at: SocketAddr,
    gate: Arc<List>,
}

/// A proxy in front of a server that says back what it hears.
async fn bench(allowed: &[&str]) -> Bench {
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = server.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut met, _)) = server.accept().await {
            tokio::spawn(async move {
                let mut heard = vec![0; 16 << 10];
                let count = met.read(&mut heard).await.unwrap();
                let heard = &heard[..count];
                if heard.starts_with(b"\x16") {
                    met.write_all(b"encrypted: ").await.unwrap();
                    met.write_all(heard).await.unwrap();
                } else {
                    let head = format!(
                        "HTTP/1.1 200 OK\r\nConnection: x-hop\r\nX-Hop: 1\r\nContent-Length: {count}\r\n\r\n"
                    );
                    met.write_all(head.as_bytes()).await.unwrap();
                    met.write_all(heard).await.unwrap();
                }
            });
        }
    });
    with(allowed, Arc::new(To(address)))
}

fn with(allowed: &[&str], dial: Arc<dyn Dial>) -> Bench {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let gate = Arc::new(List {
        allowed: allowed.iter().map(|&site| site.to_owned()).collect(),
        asked: Mutex::default(),
    });
    let proxy = Proxy::serve(listener, gate.clone(), dial).unwrap();
    Bench { proxy, at, gate }
}

impl Bench {
    /// Says something and hears everything until the other side closes.
    async fn say(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.at).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut heard = Vec::new();
        // It may be cut off in the middle, which is an answer too.
        let _ = stream.read_to_end(&mut heard).await;
        String::from_utf8_lossy(&heard).into_owned()
    }

    async fn get(&self, url: &str, host: &str) -> String {
        let request = format!("GET {url} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        self.say(request.as_bytes()).await
    }

    /// Opens a tunnel; the stream is at its beginning.
    async fn tunnel(&self, authority: &str) -> (String, TcpStream) {
        let mut stream = TcpStream::connect(self.at).await.unwrap();
        let request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => break,
            }
        }
        (String::from_utf8_lossy(&head).into_owned(), stream)
    }

    fn asked(&self) -> Vec<String> {
        self.gate.asked.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn an_allowed_site_is_reached_and_what_is_for_proxies_stays_here() {
    let bench = bench(&["example.com"]).await;
    let request = "GET http://Example.com/a?b HTTP/1.1\r\nHost: example.com\r\n\
        Proxy-Authorization: Basic c2VjcmV0\r\nConnection: close, x-mine\r\nX-Mine: 1\r\n\
        X-Kept: yes\r\n\r\n";
    let heard = bench.say(request.as_bytes()).await;
    assert!(heard.starts_with("HTTP/1.1 200 OK\r\n"), "{heard}");
    let (head, sent) = heard.split_once("\r\n\r\n").unwrap();
    let sent = sent.to_ascii_lowercase();
    assert!(sent.starts_with("get /a?b http/1.1\r\n"), "{sent}");
    assert!(sent.contains("host: example.com\r\n") && sent.contains("x-kept: yes"));
    for gone in ["proxy-authorization", "x-mine"] {
        assert!(!sent.contains(gone), "{sent}");
    }
    assert!(!head.to_ascii_lowercase().contains("x-hop"), "{head}");
    assert_eq!(bench.asked(), ["example.com"]);
}

#[tokio::test]
async fn a_site_that_is_not_allowed_is_a_sentence() {
    let bench = bench(&["example.com"]).await;
    let heard = bench.get("http://evil.example/", "evil.example").await;
    assert!(heard.starts_with("HTTP/1.1 403 "), "{heard}");
    assert!(
        heard.ends_with("evil.example is not on the list.\n"),
        "{heard}"
    );
    let (head, _) = bench.tunnel("example.com.evil.example:443").await;
    assert!(head.starts_with("HTTP/1.1 403 "), "{head}");
    assert_eq!(bench.proxy.refusals().len(), 2);
    // A connection that was good for one site is not good for another.
    let two = "GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n\
        GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    let heard = bench.say(two.as_bytes()).await;
    assert!(
        heard.contains(" 200 OK") && heard.contains(" 403 Forbidden"),
        "{heard}"
    );
}

#[tokio::test]
async fn odd_requests_are_refused_and_nobody_is_asked() {
    let bench = bench(&["example.com", "127.0.0.1"]).await;
    for (url, host) in [
        ("http://2130706433/", "2130706433"),
        ("http://0x7f000001/", "0x7f000001"),
        ("http://0177.0.0.1/", "0177.0.0.1"),
        ("http://127.1/", "127.1"),
        ("http://[::ffff:127.0.0.1]/", "[::ffff:127.0.0.1]"),
        ("http://user@example.com/", "user@example.com"),
        ("http://example.com:22/", "example.com:22"),
        ("http://example.com/", "evil.example"),
        ("https://example.com/", "example.com"),
        ("/", "example.com"),
        ("ftp://example.com/", "example.com"),
        ("http://evil\0.example.com/", "example.com"),
        ("http://ex\u{430}mple.com/", "example.com"),
        ("http://evil%00.example.com/", "evil%00.example.com"),
    ] {
        let heard = bench.get(url, host).await;
        assert!(heard.starts_with("HTTP/1.1 4"), "{url}: {heard}");
    }
    for authority in [
        "example.com",
        "example.com:22",
        "example.com:25",
        "evil\0.example.com:443",
        "2130706433:443",
        "[::ffff:7f00:1]:443",
        "user@example.com:443",
        "example.com:443@evil.example:443",
    ] {
        let (head, _) = bench.tunnel(authority).await;
        assert!(head.starts_with("HTTP/1.1 4"), "{authority}: {head}");
    }
    assert_eq!(bench.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn a_port_of_its_own_is_asked_about_with_the_port() {
    let bench = bench(&["example.com", "example.com:8443"]).await;
    let heard = bench
        .get("http://example.com:8080/", "example.com:8080")
        .await;
    assert!(
        heard.contains("example.com:8080 is not on the list"),
        "{heard}"
    );
    let (head, mut stream) = bench.tunnel("example.com:8443").await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    stream.write_all(&hello(Some("example.com"))).await.unwrap();
    let mut heard = [0; 11];
    stream.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"encrypted: ");
}

#[tokio::test]
async fn a_tunnel_is_held_to_its_site() {
    let bench = bench(&["example.com"]).await;
    let first = hello(Some("example.com"));
    let (head, mut stream) = bench.tunnel("example.com:443").await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    // In pieces, as networks bring it.
    for piece in first.chunks(40) {
        stream.write_all(piece).await.unwrap();
        stream.flush().await.unwrap();
    }
    let mut heard = vec![0; 11 + first.len()];
    stream.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard[11..], first);

    for bytes in [
        hello(Some("evil.example")),
        hello(None),
        b"SSH-2.0-OpenSSH\r\n".to_vec(),
        b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_vec(),
    ] {
        let (head, mut stream) = bench.tunnel("example.com:443").await;
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        stream.write_all(&bytes).await.unwrap();
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard).await;
        assert_eq!(heard, b"", "{bytes:?}");
    }
    let said = bench.proxy.refusals().join("\n");
    assert!(said.contains("it was meant for evil.example"), "{said}");
    assert!(said.contains("it was not encrypted"), "{said}");
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_whole() {
    for addresses in [
        &["127.0.0.1"][..],
        &["93.184.216.34", "10.0.0.1"],
        &["169.254.169.254"],
        &["::1"],
        &["::ffff:127.0.0.1"],
    ] {
        let bench = with(&["example.com"], Arc::new(Direct::new(Fixed(addresses))));
        let heard = bench.get("http://example.com/", "example.com").await;
        assert!(heard.starts_with("HTTP/1.1 403 "), "{heard}");
        assert!(heard.contains("which is not on the internet"), "{heard}");
    }
}

#[tokio::test]
async fn this_computer_is_reached_only_by_its_own_name() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let answering = tokio::task::spawn_blocking(move || {
        use std::io::Read as _;
        use std::io::Write as _;
        let (mut met, _) = server.accept().unwrap();
        let mut heard = [0; 512];
        let _ = met.read(&mut heard).unwrap();
        met.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
            .unwrap();
    });
    let site = format!("127.0.0.1:{port}");
    let bench = with(&[&site], Arc::new(Direct::new(Fixed(&[]))));
    let heard = bench.get(&format!("http://{site}/"), &site).await;
    assert!(heard.ends_with("\r\n\r\nhi"), "{heard}");
    answering.await.unwrap();
    let heard = bench
        .get(
            &format!("http://localhost:{port}/"),
            &format!("localhost:{port}"),
        )
        .await;
    assert!(
        heard.contains(" 403 "),
        "another name is another site: {heard}"
    );
}

#[tokio::test]
async fn with_the_command_its_connections_end() {
    let Bench { proxy, at, gate } = bench(&["example.com"]).await;
    let bench = Bench { proxy, at, gate };
    let (_, mut stream) = bench.tunnel("example.com:443").await;
    stream.write_all(&hello(Some("example.com"))).await.unwrap();
    let mut heard = [0; 11];
    stream.read_exact(&mut heard).await.unwrap();
    drop(bench.proxy);
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    let refused = async {
        while TcpStream::connect(at).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    refused.await;
}
