//! Sites: asked about, reached through the proxy, and through nothing else.

use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::Mutex;

use serde_json::json;

use super::Person;
use super::escalated;
use super::told;
use crate::agent::item::CommandOutcome;
use crate::approvals::Scope;
use crate::approvals::question::Kind;
use crate::tools::tests::bench;
use crate::tools::tests::bench::Bench;
use crate::tools::tests::bench::command;
use crate::tools::tests::without_time;

const FETCH: &str = "curl -sS http://files.example.test/list";

/// A server that answers each request with a line, and keeps what was asked of it.
fn server(line: &'static str) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = asked.clone();
    std::thread::spawn(move || {
        for met in listener.incoming() {
            let mut met = met.unwrap();
            let mut buffer = [0; 4096];
            let count = met.read(&mut buffer).unwrap_or(0);
            let request = String::from_utf8_lossy(&buffer[..count]).into_owned();
            heard
                .lock()
                .unwrap()
                .push(request.lines().next().unwrap_or_default().to_owned());
            let _ = write!(
                met,
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{line}",
                line.len()
            );
        }
    });
    (at, asked)
}

#[tokio::test]
async fn an_allowed_site_is_reached_through_the_proxy_and_through_nothing_else() {
    let (at, asked) = server("the list\n");
    let person = Person::beside(Bench::new(&[])).leading(&[("files.example.test", at)]);
    let port = at.port();
    let script = format!(
        "{FETCH}
         (echo x > /dev/tcp/127.0.0.1/{port}) 2>/dev/null || echo no way around
         (echo x > /dev/udp/192.0.2.1/53) 2>/dev/null || echo no datagrams
         getent hosts files.example.test || echo no names
         env -u http_proxy curl -sS --noproxy '*' http://127.0.0.1:{port}/ 2>/dev/null || echo no curl
         echo $CARGO_NET_OFFLINE. > made"
    );
    let (result, question) =
        tokio::join!(person.call(escalated(&script)), person.allows(Scope::Once));
    assert_eq!(question.kind, Kind::Command);
    assert_eq!(question.title, "May this command use the internet?");
    assert_eq!(
        (question.exact.as_str(), question.reason.as_str()),
        (script.as_str(), "I need the list")
    );
    assert_eq!(
        without_time(&result.output),
        "Exit code: 0\nOutput:\nthe list\nno way around\nno datagrams\nno names\nno curl"
    );
    assert_eq!(command(&result).1, ["made"]);
    assert_eq!(
        std::fs::read(person.bench.draft.tree().join("made")).unwrap(),
        b".\n"
    );
    assert_eq!(*asked.lock().unwrap(), ["GET /list HTTP/1.1"]);
}

#[tokio::test]
async fn another_site_asks_again_while_the_connection_waits() {
    let (files, _) = server("the list\n");
    let (other, asked) = server("more\n");
    let names = [("files.example.test", files), ("other.example.test", other)];
    let person = Person::beside(Bench::new(&[])).leading(&names);
    // Named where it cannot be read off the command.
    let script =
        format!("{FETCH}; H=other.example.test; curl -sS http://$H/a; curl -sS http://$H/b");
    let answers = async {
        let first = person.allows(Scope::Once).await;
        assert_eq!(first.kind, Kind::Command);
        let second = person.allows(Scope::Once).await;
        assert_eq!(second.kind, Kind::Site);
        assert_eq!(second.title, "May the command reach other.example.test?");
        assert_eq!(second.exact, script);
    };
    let (result, ()) = tokio::join!(person.call(escalated(&script)), answers);
    assert_eq!(
        without_time(&result.output),
        "Exit code: 0\nOutput:\nthe list\nmore\nmore"
    );
    assert_eq!(
        asked.lock().unwrap().len(),
        2,
        "once for the command is once for all of it"
    );

    // The next command has to ask for both again; and a no is a 403 with a sentence.
    let answers = async {
        assert_eq!(person.allows(Scope::Once).await.kind, Kind::Command);
        assert_eq!(person.denies("not that one").await.kind, Kind::Site);
    };
    let (result, ()) = tokio::join!(person.call(escalated(&script)), answers);
    let sentence =
        "other.example.test was not reached: the person did not allow it and says: not that one";
    assert_eq!(
        without_time(&result.output),
        format!("Exit code: 0\nOutput:\n{sentence}\nthe list\n{sentence}\n{sentence}")
    );
}

#[tokio::test]
async fn a_site_for_the_task_is_for_its_later_commands_too() {
    let (at, _) = server("ok\n");
    let person = Person::beside(Bench::new(&[])).leading(&[("files.example.test", at)]);
    let script = "H=files.example.test; curl -sS http://$H/";
    let answers = async {
        person.allows(Scope::Task).await;
        assert_eq!(person.allows(Scope::Task).await.kind, Kind::Site);
    };
    let (result, ()) = tokio::join!(person.call(escalated(script)), answers);
    assert_eq!(without_time(&result.output), "Exit code: 0\nOutput:\nok");
    // Exactly this command and this site: nobody is asked.
    let result = person.call(escalated(script)).await;
    assert_eq!(without_time(&result.output), "Exit code: 0\nOutput:\nok");
    // One byte more is another command.
    let more = format!("{script} ");
    let (result, question) =
        tokio::join!(person.call(escalated(&more)), person.allows(Scope::Once));
    assert_eq!(question.exact, more);
    assert_eq!(without_time(&result.output), "Exit code: 0\nOutput:\nok");
}

#[tokio::test]
async fn a_commands_time_does_not_run_while_a_person_is_asked() {
    let (at, _) = server("ok\n");
    let person = Person::beside(Bench::new(&[])).leading(&[("files.example.test", at)]);
    let arguments = json!({ "command": "H=files.example.test; curl -sS http://$H/; sleep 60",
        "sandbox_permissions": "require_escalated", "timeout_ms": 1000 });
    let begun = std::time::Instant::now();
    let answers = async {
        person.allows(Scope::Once).await;
        assert_eq!(person.asked().await.1.kind, Kind::Site);
        // Longer than the command itself may take; what is tested is this very wait.
        tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
        assert_eq!(
            person.asked().await.1.kind,
            Kind::Site,
            "and it still waits"
        );
        person.allows(Scope::Once).await;
    };
    let (result, ()) = tokio::join!(
        person.call(bench::call("shell_command", arguments)),
        answers
    );
    assert!(
        begun.elapsed() > std::time::Duration::from_millis(2300),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(command(&result).0, CommandOutcome::TimedOut);
    assert!(told(&result).contains("ok"), "{}", told(&result));
}
