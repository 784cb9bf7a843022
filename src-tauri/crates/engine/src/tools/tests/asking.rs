//! What is outside of the mode is asked: real commands, a real sandbox, a person played by the test.

mod sites;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::json;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::bench;
use super::bench::Bench;
use super::bench::Watcher;
use super::bench::command;
use super::without_time;
use crate::agent::item::CommandOutcome;
use crate::agent::item::ItemKind;
use crate::approvals::Answer;
use crate::approvals::Approvals;
use crate::approvals::Asker;
use crate::approvals::Scope;
use crate::approvals::question::Kind;
use crate::approvals::question::Question;
use crate::network::dial::Dial;
use crate::network::dial::NoWay;
use crate::network::site::Site;
use crate::store::index::Index;
use crate::tools::Permission;
use crate::tools::ToolCall;
use crate::tools::ToolResult;
use crate::tools::Tools;

/// A person beside the bench.
struct Person {
    bench: Bench,
    approvals: Arc<Approvals>,
    _index: tempfile::TempDir,
}

/// Leads names to servers of the test, as a name server would, without being one.
#[derive(Debug, Default)]
struct Led(HashMap<String, SocketAddr>);

impl Dial for Led {
    fn dial<'a>(&'a self, site: &'a Site, _: u16) -> BoxFuture<'a, Result<TcpStream, NoWay>> {
        Box::pin(async move {
            let at = self.0.get(&site.to_string());
            let at = at.ok_or_else(|| NoWay::Failed(format!("{site} has no address.")))?;
            let made = TcpStream::connect(at).await;
            made.map_err(|error| NoWay::Failed(error.to_string()))
        })
    }
}

impl Person {
    fn beside(mut bench: Bench) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let index = Arc::new(Index::open(folder.path()).unwrap());
        let project = index.open_project(Path::new("/p"), false, 1).unwrap().id;
        let approvals = Arc::new(Approvals::new(index, project));
        bench.tools = bench
            .tools
            .asking(Asker::new(approvals.clone(), Arc::new(|| ())));
        Self {
            bench,
            approvals,
            _index: folder,
        }
    }

    fn leading(mut self, names: &[(&str, SocketAddr)]) -> Self {
        let names = names.iter().map(|(name, at)| ((*name).to_owned(), *at));
        self.bench.tools.dial = Arc::new(Led(names.collect()));
        self
    }

    /// The next question.
    async fn asked(&self) -> (String, Question) {
        loop {
            if let Some(waiting) = self.approvals.waiting().into_iter().next() {
                return (waiting.nonce, waiting.question);
            }
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    }

    async fn answers(&self, answer: Answer) -> Question {
        let (nonce, question) = self.asked().await;
        self.approvals.answer(&nonce, answer).unwrap();
        question
    }

    async fn allows(&self, scope: Scope) -> Question {
        self.answers(Answer::Allow {
            scope,
            edited: None,
        })
        .await
    }

    async fn denies(&self, note: &str) -> Question {
        self.answers(Answer::Deny {
            note: note.to_owned(),
        })
        .await
    }

    async fn call(&self, call: ToolCall) -> ToolResult {
        self.bench
            .tools
            .call(call, &Watcher::default(), CancellationToken::new())
            .await
    }
}

fn escalated(script: &str) -> ToolCall {
    let arguments = json!({ "command": script, "sandbox_permissions": "require_escalated",
        "justification": "I need\nthe list" });
    bench::call("shell_command", arguments)
}

fn told(result: &ToolResult) -> &str {
    result.output.as_str().unwrap()
}

#[tokio::test]
async fn what_is_denied_is_not_run_and_the_model_is_told() {
    let person = Person::beside(Bench::new(&[]));
    let (result, _) = tokio::join!(
        person.call(escalated(
            "echo > made; curl -sS http://files.example.test/"
        )),
        person.denies("Use the copy in vendor")
    );
    assert_eq!(
        told(&result),
        "The command was not run: the person did not allow it and says: Use the copy in vendor"
    );
    let ItemKind::Refused { reason, .. } = &result.item else {
        panic!("{:?}", result.item)
    };
    assert!(reason.contains("Use the copy in vendor"), "{reason}");
    assert!(!person.bench.draft.tree().join("made").exists());
    let (result, _) = tokio::join!(person.call(escalated("true")), person.denies(" "));
    assert!(
        told(&result).contains("did not allow it. Go on without it"),
        "{}",
        told(&result)
    );
}

#[tokio::test]
async fn a_command_that_was_changed_runs_as_changed_and_the_model_is_told() {
    let person = Person::beside(Bench::new(&[]));
    let edited = Some("echo changed | tee made".to_owned());
    let answer = Answer::Allow {
        scope: Scope::Once,
        edited,
    };
    for name in ["shell_command", "shell"] {
        let call = bench::call(
            name,
            match name {
                "shell" => {
                    json!({"command": ["rm", "-rf", "."], "with_escalated_permissions": true})
                }
                _ => json!({"command": "rm -rf .", "with_escalated_permissions": true}),
            },
        );
        let (result, _) = tokio::join!(person.call(call), person.answers(answer.clone()));
        let told = told(&result);
        let said = "the person changed the command; what ran instead is: echo changed | tee made";
        assert!(told.contains(said), "{told}");
        let ItemKind::Command {
            command, output, ..
        } = &result.item
        else {
            panic!("{:?}", result.item)
        };
        assert_eq!(
            (command.as_str(), output.as_str()),
            ("echo changed | tee made", "changed\n")
        );
    }
}

#[tokio::test]
async fn stop_while_it_is_asked_runs_nothing() {
    let person = Person::beside(Bench::new(&[]));
    let stop = CancellationToken::new();
    let watcher = Watcher::default();
    let call = person
        .bench
        .tools
        .call(escalated("echo > made"), &watcher, stop.clone());
    let stopping = async {
        person.asked().await;
        stop.cancel();
    };
    let (result, ()) = tokio::join!(call, stopping);
    assert_eq!(command(&result).0, CommandOutcome::Stopped);
    assert!(person.approvals.waiting().is_empty());
    assert!(!person.bench.draft.tree().join("made").exists());

    // The same for a command that runs and waits for a site.
    let stop = CancellationToken::new();
    let script = "H=files.example.test; curl -sS http://$H/; echo > made";
    let call = person
        .bench
        .tools
        .call(escalated(script), &watcher, stop.clone());
    let stopping = async {
        person.allows(Scope::Once).await;
        assert_eq!(person.asked().await.1.kind, Kind::Site);
        stop.cancel();
    };
    let (result, ()) = tokio::join!(call, stopping);
    assert_eq!(command(&result).0, CommandOutcome::Stopped);
    while !person.approvals.waiting().is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(!person.bench.draft.tree().join("made").exists());
}

#[tokio::test]
async fn installing_is_one_named_step_with_its_own_registry() {
    let person = Person::beside(Bench::new(&[("package.json", "{}")]));
    let plain = |script: &str| bench::shell_call(script);
    let (result, question) =
        tokio::join!(person.call(plain("npm ci")), person.denies("no packages"));
    assert_eq!(question.kind, Kind::Install);
    assert_eq!(question.title, "Install packages with npm ci?");
    assert_eq!(question.short, "Asks to install packages");
    assert!(
        told(&result).starts_with("The command was not run: "),
        "{}",
        told(&result)
    );
    // What it is called by is not enough: a shell could make anything of it.
    let result = person
        .call(plain("echo npm ci; X=1 npm ci --version"))
        .await;
    assert!(
        matches!(result.item, ItemKind::Command { .. }),
        "{:?}",
        result.item
    );
}

#[tokio::test]
async fn read_only_asks_before_a_command_and_before_an_edit() {
    let bench = Bench::new(&[("a.txt", "one\n")]).with(Permission::ReadOnly);
    let person = Person::beside(bench);
    let read = person.call(bench::shell_call("cat a.txt")).await;
    assert_eq!(without_time(&read.output), "Exit code: 0\nOutput:\none");
    let touch = || person.call(bench::shell_call("touch made && cat made"));
    let (denied, question) = tokio::join!(touch(), person.denies(""));
    assert_eq!(question.title, "May this command be run?");
    assert!(matches!(denied.item, ItemKind::Refused { .. }));
    assert!(!person.bench.draft.tree().join("made").exists());
    let (allowed, _) = tokio::join!(touch(), person.allows(Scope::Once));
    assert_eq!(command(&allowed).1, ["made"]);

    let patch = "*** Begin Patch\n*** Update File: a.txt\n@@\n-one\n+two\n*** End Patch";
    let (denied, question) = tokio::join!(person.bench.patch(patch), person.denies("leave it"));
    assert_eq!(
        (question.title.as_str(), question.exact.as_str()),
        ("May it edit 1 file?", patch)
    );
    assert!(
        told(&denied).contains("says: leave it"),
        "{}",
        told(&denied)
    );
    assert_eq!(
        std::fs::read(person.bench.draft.tree().join("a.txt")).unwrap(),
        b"one\n"
    );
    let (_, _) = tokio::join!(person.bench.patch(patch), person.allows(Scope::Task));
    assert_eq!(
        std::fs::read(person.bench.draft.tree().join("a.txt")).unwrap(),
        b"two\n"
    );
    // Through the shell, for the rest of the task.
    let back = "apply_patch <<'EOF'\n*** Begin Patch\n*** Update File: a.txt\n@@\n-two\n+three\n*** End Patch\nEOF\n";
    person.bench.shell(back).await;
    assert_eq!(
        std::fs::read(person.bench.draft.tree().join("a.txt")).unwrap(),
        b"three\n"
    );
}

#[tokio::test]
async fn several_questions_wait_side_by_side() {
    let person = Person::beside(Bench::new(&[]));
    let answers = async {
        while person.approvals.waiting().len() < 2 {
            tokio::task::yield_now().await;
        }
        let [one, two] = [0, 1].map(|at| person.approvals.waiting()[at].clone());
        assert_eq!(
            [one.question.exact.as_str(), two.question.exact.as_str()],
            ["echo 1", "echo 2"]
        );
        let allow = Answer::Allow {
            scope: Scope::Once,
            edited: None,
        };
        person.approvals.answer(&two.nonce, allow).unwrap();
        person
            .approvals
            .answer(
                &one.nonce,
                Answer::Deny {
                    note: String::new(),
                },
            )
            .unwrap();
    };
    let (one, two, ()) = tokio::join!(
        person.call(escalated("echo 1")),
        person.call(escalated("echo 2")),
        answers
    );
    assert!(matches!(one.item, ItemKind::Refused { .. }));
    assert_eq!(without_time(&two.output), "Exit code: 0\nOutput:\n2");
}

#[tokio::test]
async fn what_nobody_could_read_is_refused_and_not_asked() {
    let person = Person::beside(Bench::new(&[]));
    let long = format!("true {}", "x".repeat(17 << 10));
    let result = person.call(escalated(&long)).await;
    assert!(
        told(&result).contains("16 KB long at most"),
        "{}",
        &told(&result)[..200]
    );
    let result = person.call(escalated("echo a\0b")).await;
    assert!(told(&result).contains("zero byte"), "{}", told(&result));
    let mut weaker = bench::tier(&person.bench.project().join("../scratch"));
    weaker.own_namespace = false;
    weaker.overlay = false;
    let confinement = person.bench.confinement_with(Ok(weaker));
    let mut tools = person.bench.tools.clone();
    tools.confinement = Arc::new(confinement);
    let watcher = Watcher::default();
    let call = tools.call(escalated("true"), &watcher, CancellationToken::new());
    let result = call.await;
    assert!(
        told(&result).contains("cannot give a command single addresses"),
        "{}",
        told(&result)
    );
    assert!(person.approvals.waiting().is_empty());
}

#[tokio::test]
async fn what_is_executed_has_to_be_what_was_approved() {
    use crate::approvals::binding::Profile;
    use crate::approvals::binding::Reach;
    use crate::tools::confine::Conditions;
    let bench = Bench::new(&[]);
    let profile = Profile {
        writes: true,
        reach: Reach::Nothing,
    };
    let argv = ["/bin/bash", "-c", "true"].map(str::to_owned);
    let approved = crate::approvals::binding::Binding {
        argv: argv.to_vec(),
        cwd: bench.project(),
        env: bench.tools.confinement.environment(&profile.reach, &[]),
        profile: profile.clone(),
    };
    let start = |argv: &[String], cwd, profile: &Profile, env: &[(String, String)]| {
        let approved = Some(approved.digest());
        let conditions = Conditions {
            cwd,
            profile,
            approved,
            env,
        };
        bench
            .tools
            .confinement
            .command(&bench.draft, &conditions, argv)
            .map(drop)
    };
    start(&argv, bench.project(), &profile, &[]).unwrap();
    let other = ["/bin/bash", "-c", "true "].map(str::to_owned);
    let wider = Profile {
        writes: true,
        reach: Reach::Machine,
    };
    let added = [("LD_PRELOAD".to_owned(), "x".to_owned())];
    for refused in [
        start(&other, bench.project(), &profile, &[]),
        start(&argv, bench.project().join("sub"), &profile, &[]),
        start(&argv, bench.project(), &wider, &[]),
        start(&argv, bench.project(), &profile, &added),
    ] {
        assert_eq!(
            refused.unwrap_err().to_string(),
            "it is not exactly what was approved"
        );
    }
}
