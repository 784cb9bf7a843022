//! What an approval is bound to, how far it goes, and how it ends.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use tokio_util::sync::CancellationToken;

use super::binding::Binding;
use super::binding::Profile;
use super::binding::Reach;
use super::question::MOST_ASKED;
use super::question::Piece;
use super::question::Question;
use super::question::pieces;
use super::question::reason;
use super::*;

fn binding(script: &str) -> Binding {
    Binding {
        argv: ["/bin/bash", "-c", script].map(str::to_owned).to_vec(),
        cwd: "/home/anna/shop".into(),
        env: vec![
            ("PATH".into(), "/usr/bin".into()),
            ("HOME".into(), "/home/anna".into()),
        ],
        profile: Profile {
            writes: true,
            reach: Reach::Sites(sites(&["example.com"])),
        },
    }
}

fn sites(names: &[&str]) -> BTreeSet<Site> {
    names
        .iter()
        .map(|name| Site::parse(name, 443).unwrap())
        .collect()
}

fn question(script: &str) -> Question {
    let binding = binding(script);
    words::command(&words::Asked {
        shown: script,
        folder: "",
        reason: "",
        installs: &[],
        read_only: false,
        binding: &binding,
    })
}

struct Bench {
    data: tempfile::TempDir,
    approvals: Arc<Approvals>,
    changes: Arc<AtomicUsize>,
    project: String,
}

impl Bench {
    fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let index = Arc::new(Index::open(data.path()).unwrap());
        let project = index.open_project(Path::new("/p"), false, 1).unwrap().id;
        Self {
            approvals: Arc::new(Approvals::new(index, &project)),
            data,
            changes: Arc::default(),
            project,
        }
    }

    fn asker(&self) -> Asker {
        let changes = self.changes.clone();
        let changed = move || {
            changes.fetch_add(1, Ordering::Relaxed);
        };
        Asker::new(self.approvals.clone(), Arc::new(changed))
    }

    /// Asks, and waits until the question is out.
    async fn ask(&self, question: Question) -> tokio::task::JoinHandle<Decision> {
        let (asker, before) = (self.asker(), self.approvals.waiting().len());
        let asked =
            tokio::spawn(async move { asker.ask(question, &CancellationToken::new()).await });
        while self.approvals.waiting().len() == before {
            tokio::task::yield_now().await;
        }
        asked
    }

    fn nonce(&self) -> String {
        self.approvals.waiting()[0].nonce.clone()
    }

    async fn allow(&self, script: &str, scope: Scope) {
        let asked = self.ask(question(script)).await;
        let answer = Answer::Allow {
            scope,
            edited: None,
        };
        self.approvals.answer(&self.nonce(), answer).unwrap();
        assert_eq!(asked.await.unwrap(), Decision::Allowed { edited: None });
    }
}

#[test]
fn every_byte_that_matters_is_bound() {
    let one = binding("npm ci");
    let same = binding("npm ci");
    assert_eq!(one.digest(), same.digest());
    let others = [
        Binding {
            argv: vec!["/bin/bash".into(), "-c".into(), "npm ci ".into()],
            ..one.clone()
        },
        Binding {
            argv: vec!["/bin/bash".into(), "-c npm ci".into()],
            ..one.clone()
        },
        Binding {
            argv: vec!["/bin/bash".into(), "-c".into(), "npm\tci".into()],
            ..one.clone()
        },
        Binding {
            argv: vec![
                "/bin/bash".into(),
                "-c".into(),
                "npm ci".into(),
                String::new(),
            ],
            ..one.clone()
        },
        Binding {
            cwd: "/home/anna/shop/sub".into(),
            ..one.clone()
        },
        Binding {
            env: Vec::new(),
            ..one.clone()
        },
        Binding {
            env: vec![
                ("PATH".into(), "/usr/binHOME".into()),
                (String::new().into(), "/home/anna".into()),
            ],
            ..one.clone()
        },
        Binding {
            env: vec![
                ("PATH".into(), "/tmp".into()),
                ("HOME".into(), "/home/anna".into()),
            ],
            ..one.clone()
        },
        Binding {
            profile: Profile {
                writes: false,
                reach: one.profile.reach.clone(),
            },
            ..one.clone()
        },
        Binding {
            profile: Profile {
                writes: true,
                reach: Reach::Nothing,
            },
            ..one.clone()
        },
        Binding {
            profile: Profile {
                writes: true,
                reach: Reach::Machine,
            },
            ..one.clone()
        },
        Binding {
            profile: Profile {
                writes: true,
                reach: Reach::Sites(sites(&["example.com", "b.example"])),
            },
            ..one.clone()
        },
        Binding {
            profile: Profile {
                writes: true,
                reach: Reach::Sites(sites(&["example.com:8443"])),
            },
            ..one.clone()
        },
    ];
    let mut seen = vec![one.digest()];
    for other in others {
        assert!(!seen.contains(&other.digest()), "{other:?}");
        seen.push(other.digest());
    }
    assert!(
        !format!("{one:?}").contains("/usr/bin\""),
        "values of an environment are not told"
    );
}

#[tokio::test]
async fn once_is_once() {
    let bench = Bench::new();
    bench.allow("npm ci", Scope::Once).await;
    assert!(!bench.approvals.allows(&binding("npm ci")));
    assert_eq!(bench.approvals.waiting(), []);
    assert_eq!(
        bench.changes.load(Ordering::Relaxed),
        2,
        "it came and it went"
    );
}

#[tokio::test]
async fn for_this_task_is_exactly_this_in_this_task() {
    let bench = Bench::new();
    bench.allow("npm ci", Scope::Task).await;
    assert!(bench.approvals.allows(&binding("npm ci")));
    assert!(!bench.approvals.allows(&binding("npm ci ")));
    let index = bench.approvals.index.clone();
    let other = Approvals::new(index, &bench.project);
    assert!(!other.allows(&binding("npm ci")), "another task asks");
}

#[tokio::test]
async fn always_is_exactly_this_in_this_project_and_survives() {
    let bench = Bench::new();
    bench.allow("npm ci", Scope::Always).await;
    let Bench {
        data,
        approvals,
        project,
        ..
    } = bench;
    drop(approvals);
    let index = Arc::new(Index::open(data.path()).unwrap());
    let elsewhere = index.open_project(Path::new("/q"), false, 1).unwrap().id;
    let again = Approvals::new(index.clone(), &project);
    assert!(again.allows(&binding("npm ci")));
    let moved = Binding {
        cwd: "/elsewhere".into(),
        ..binding("npm ci")
    };
    assert!(!again.allows(&moved) && !again.allows(&binding("npm ci; x")));
    assert!(!Approvals::new(index.clone(), &elsewhere).allows(&binding("npm ci")));
    // It is listed, and can be taken away.
    let [row] = index.always_allowed(&project).unwrap().try_into().unwrap();
    assert_eq!(row.argv[2], "npm ci");
    assert_eq!(
        row.profile,
        "writes in the private copy; reaches example.com"
    );
    index.no_longer_allow(&elsewhere, &row.id).unwrap();
    assert!(again.allows(&binding("npm ci")), "not by another project");
    index.no_longer_allow(&project, &row.id).unwrap();
    assert!(!again.allows(&binding("npm ci")));
}

#[tokio::test]
async fn a_nonce_is_good_once_and_only_for_its_question() {
    let bench = Bench::new();
    let allow = || Answer::Allow {
        scope: Scope::Once,
        edited: None,
    };
    let first = bench.ask(question("one")).await;
    let second = bench.ask(question("two")).await;
    let [one, two] = [0, 1].map(|at| bench.approvals.waiting()[at].nonce.clone());
    assert_ne!(one, two);
    bench.approvals.answer(&two, allow()).unwrap();
    assert_eq!(second.await.unwrap(), Decision::Allowed { edited: None });
    for nonce in [two.as_str(), "", "0"] {
        let refused = bench.approvals.answer(nonce, allow()).unwrap_err();
        assert!(matches!(refused, AnswerError::Gone));
        assert_eq!(
            refused.to_string(),
            "That question is no longer open, so nothing was allowed."
        );
    }
    assert!(!first.is_finished(), "the other one still waits");
    bench
        .approvals
        .answer(
            &one,
            Answer::Deny {
                note: "use two".to_owned(),
            },
        )
        .unwrap();
    assert_eq!(
        first.await.unwrap(),
        Decision::Denied {
            note: "use two".to_owned()
        }
    );
}

#[tokio::test]
async fn what_is_not_offered_allows_nothing() {
    let bench = Bench::new();
    let asked = bench
        .ask(words::edit("*** Begin Patch", &["a.txt".to_owned()]))
        .await;
    let nonce = bench.nonce();
    for (scope, edited) in [
        (Scope::Always, None),
        (Scope::Once, Some("*** Other".to_owned())),
    ] {
        let refused = bench
            .approvals
            .answer(&nonce, Answer::Allow { scope, edited });
        assert!(matches!(refused, Err(AnswerError::NotOffered)), "{scope:?}");
    }
    let answer = Answer::Allow {
        scope: Scope::Task,
        edited: None,
    };
    bench.approvals.answer(&nonce, answer).unwrap();
    assert_eq!(asked.await.unwrap(), Decision::Allowed { edited: None });
    assert!(bench.approvals.allows_edits());
}

#[tokio::test]
async fn an_edited_command_is_checked_and_allowed_once_only() {
    let bench = Bench::new();
    let asked = bench.ask(question("npm ci")).await;
    let nonce = bench.nonce();
    let answer = |scope, text: &str| Answer::Allow {
        scope,
        edited: Some(text.to_owned()),
    };
    for (text, why) in [
        (" \n", "is empty"),
        ("npm\u{202e} ci", "holds characters that cannot be seen"),
        (&"x".repeat(MOST_ASKED + 1), "is longer than 16 KB"),
    ] {
        let refused = bench
            .approvals
            .answer(&nonce, answer(Scope::Once, text))
            .unwrap_err();
        assert!(refused.to_string().contains(why), "{refused}");
    }
    for scope in [Scope::Task, Scope::Always] {
        let refused = bench.approvals.answer(&nonce, answer(scope, "npm ci --x"));
        assert!(matches!(refused, Err(AnswerError::NotOffered)));
    }
    bench
        .approvals
        .answer(&nonce, answer(Scope::Once, "npm ci --x"))
        .unwrap();
    let edited = Some("npm ci --x".to_owned());
    assert_eq!(asked.await.unwrap(), Decision::Allowed { edited });
    assert!(!bench.approvals.allows(&binding("npm ci --x")));
}

#[tokio::test]
async fn a_question_nobody_waits_for_is_taken_back() {
    let bench = Bench::new();
    let asked = bench.ask(question("npm ci")).await;
    asked.abort();
    assert!(asked.await.unwrap_err().is_cancelled());
    assert_eq!(bench.approvals.waiting(), []);

    let stop = CancellationToken::new();
    let asker = bench.asker();
    let stopped = stop.clone();
    let asked = tokio::spawn(async move { asker.ask(question("npm ci"), &stopped).await });
    while bench.approvals.waiting().is_empty() {
        tokio::task::yield_now().await;
    }
    stop.cancel();
    assert_eq!(asked.await.unwrap(), Decision::Stopped);
    assert_eq!(bench.approvals.waiting(), []);

    let asked = bench.ask(question("npm ci")).await;
    bench.approvals.take_back_all();
    assert_eq!(asked.await.unwrap(), Decision::Stopped);
}

#[test]
fn nothing_on_a_card_is_out_of_sight() {
    let text = |text: &str| Piece::Text(text.to_owned());
    let hidden = |name: &str| Piece::Hidden(name.to_owned());
    assert_eq!(pieces("ls -l\ncat a"), [text("ls -l\ncat a")]);
    assert_eq!(pieces("a\u{202e}b"), [text("a"), hidden("RLO"), text("b")]);
    assert_eq!(pieces("a\rb"), [text("a"), hidden("CR"), text("b")]);
    assert_eq!(
        pieces(&format!("ls{}rm x", " ".repeat(500))),
        [text("ls"), hidden("500 blanks"), text("rm x")]
    );
    assert_eq!(
        pieces(&format!("ls{}rm x", "\n".repeat(41))),
        [text("ls"), hidden("40 empty lines"), text("\nrm x")]
    );
    assert!(!question("a\u{200b}b").editable);
    assert_eq!(
        reason(&format!("  {}\u{202e}\n y ", "x ".repeat(200)))
            .chars()
            .count(),
        301
    );
}

#[test]
fn the_words_are_ours_and_say_what_is_true() {
    let read = |question: &Question| {
        let facts: Vec<String> = question
            .facts
            .iter()
            .map(|(label, text)| format!("{label}: {text}"))
            .collect();
        format!(
            "{}\n{}\n{}",
            question.title,
            question.text,
            facts.join("\n")
        )
    };
    assert_eq!(
        read(&question("curl https://example.com")),
        "May this command use the internet?\n\
         It wants to run a command that reaches example.com. This needs the internet, which is \
         switched off.\n\
         Where: the private copy of your folder\n\
         Can reach: example.com; you are asked about any other\n\
         Can write: this task's private copy only\n\
         Your folder: unchanged until you apply",
    );
    let mut binding = binding("npm ci");
    let words = ["npm", "ci"].map(str::to_owned);
    let install = install::install(&words).unwrap();
    binding.profile.reach = Reach::Sites(install.sites.clone());
    let installs = words::command(&words::Asked {
        shown: "npm ci",
        folder: "web",
        reason: "",
        installs: std::slice::from_ref(&install),
        read_only: false,
        binding: &binding,
    });
    assert_eq!(installs.title, "Install packages with npm ci?");
    assert!(read(&installs).contains("Where: web in the private copy"));
    assert!(read(&installs).contains("set-up code of their own, confined to the private copy"));
    let host = install.sites.first().unwrap();
    assert!(read(&installs).contains(&format!("the npm registry ({host}); you are asked")));
    let near = Site::parse("127.0.0.1:3000", 80).unwrap();
    let near = words::site(&near, "curl x", "", binding);
    assert_eq!(
        near.title,
        "May the command reach 127.0.0.1:3000 on this computer?"
    );
    assert!(near.text.contains("is your own computer"), "{}", near.text);
}
