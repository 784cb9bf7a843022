mod decided;
mod killed;

use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use tokio_util::sync::CancellationToken;

use super::colours::Colours;
use super::decide::Confirmed;
use super::decide::Subject;
use super::marks::FileMark;
use super::marks::Mark;
use super::marks::Part;
use super::review::ReviewError;
use super::review::ReviewedFile;
use super::shared::Shared;
use super::state::Happened;
use super::state::TaskState;
use super::state::TurnState;
use super::task::Permission;
use super::task::Task;
use super::task::TaskError;
use crate::agent::item::ItemKind;
use crate::event::Event;
use crate::opened::OpenedProject;
use crate::project::Machine;
use crate::project::apply::Outcome;
use crate::project::draft::Draft;
use crate::project::draft::Edit;
use crate::project::put;
use crate::project::trust::Trust;
use crate::store::index::Index;
use crate::store::log::Record;

/// A project whose one task has a draft with these edits and is ready to review.
struct Bench {
    machine: Machine,
    index: Arc<Index>,
    told: Arc<Mutex<Vec<Event>>>,
    task: String,
}

impl Bench {
    fn new(files: &[(&str, &[u8])], edits: &[Edit]) -> Self {
        let machine = Machine::new(files);
        std::fs::create_dir_all(machine.data()).unwrap();
        let mut bench = Self {
            index: Arc::new(Index::open(&machine.data()).unwrap()),
            machine,
            told: Arc::default(),
            task: String::new(),
        };
        let shared = bench.shared();
        let task = Task::create(
            shared.clone(),
            "Go",
            "m".to_owned().into(),
            None,
            Permission::Auto,
        )
        .unwrap();
        let draft = Draft::create(
            &shared.project,
            &task.dir().join("draft"),
            shared.blobs.clone(),
            &|_| {},
            &CancellationToken::new(),
        )
        .unwrap();
        draft.edit("call", edits).unwrap();
        task.happened(Happened::Started, TurnState::Running)
            .unwrap();
        task.happened(Happened::Done, TurnState::Done).unwrap();
        bench.task = task.id().to_owned();
        bench
    }

    fn shared(&self) -> Arc<Shared> {
        let project = self.machine.project();
        let row = self.index.open_project(project.root(), false, 1).unwrap();
        let told = self.told.clone();
        let providers = Arc::new(crate::providers::Providers::new(
            crate::settings::SettingsFile::new(self.machine.data().join("settings.toml")),
            crate::providers::Connection::default(),
        ));
        Arc::new(Shared {
            project_id: row.id,
            applier: self.machine.applier(),
            project,
            index: self.index.clone(),
            blobs: self.machine.blobs(),
            colours: Arc::new(Colours::start().unwrap()),
            data: self.machine.data(),
            home: "/nobody's home".into(),
            environment: crate::environment::Environment::new("/nobody's home".into(), Vec::new()),
            book: Arc::new(crate::usage::book::Book::new(
                self.index.clone(),
                providers.clone(),
                Arc::new(super::now),
            )),
            asked: crate::providers::Asked::Chosen(providers),
            tier: Err(sandbox::Unavailable::Missing),
            sink: Arc::new(move |event| told.lock().unwrap().push(event)),
            nobody_to_ask: Arc::default(),
            closed: AtomicBool::new(false),
            trust: Mutex::new(Trust::Trusted),
            size: std::sync::OnceLock::new(),
            at_work: Arc::new(tokio::sync::Semaphore::new(1)),
        })
    }

    fn open(&self) -> (Arc<OpenedProject>, Arc<Task>) {
        let opened = OpenedProject::open(self.shared(), false).unwrap();
        let task = opened.task(&self.task).unwrap();
        (opened, task)
    }

    fn task_dir(&self) -> std::path::PathBuf {
        self.machine.data().join("tasks").join(&self.task)
    }
}

fn file(task: &Task, path: &str) -> ReviewedFile {
    let files = task.review().unwrap().files;
    let found = files
        .iter()
        .find(|file| file.change.path.to_string() == path);
    found
        .unwrap_or_else(|| panic!("{path} in {files:#?}"))
        .clone()
}

fn named(file: &ReviewedFile) -> Subject {
    Subject {
        id: file.id.clone(),
        shown: file.shown.clone(),
        parts: Vec::new(),
    }
}

fn confirmed(task: &Task, file: &ReviewedFile) -> Confirmed {
    Confirmed {
        id: file.id.clone(),
        shown: file.shown.clone(),
        result: task.result_of(file).unwrap(),
    }
}

fn read(machine: &Machine, path: &str) -> String {
    std::fs::read_to_string(machine.at(path)).unwrap()
}

#[test]
fn only_what_the_person_meant_is_written() {
    let bench = Bench::new(
        &[("a.txt", b"a\n"), ("build.rs", b"fn main() {}\n")],
        &[
            put("a.txt", b"b\n"),
            put("build.rs", b"fn main() { x() }\n"),
        ],
    );
    let (_opened, task) = bench.open();
    let (plain, risky) = (file(&task, "a.txt"), file(&task, "build.rs"));
    assert!(risky.change.risky.is_some());
    assert!(matches!(task.apply(&[]), Err(ReviewError::Nothing)));
    let both = [named(&plain), named(&risky)];
    let reviewed = task.review().unwrap();
    assert!(reviewed.means(&plain) && !reviewed.means(&risky));
    task.decide(&[named(&plain)], Mark::Rejected, false)
        .unwrap();
    assert!(matches!(
        task.apply(&[confirmed(&task, &plain)]),
        Err(ReviewError::NotApproved { .. })
    ));
    let error = task.apply(&[confirmed(&task, &risky)]).unwrap_err();
    assert!(error.to_string().contains("build.rs"), "{error}");
    assert_eq!(read(&bench.machine, "a.txt"), "a\n");
    task.decide(&both, Mark::Approved, false).unwrap();
    let both = [confirmed(&task, &plain), confirmed(&task, &risky)];
    assert!(matches!(task.apply(&both), Ok(Outcome::Applied { .. })));
    assert_eq!(read(&bench.machine, "build.rs"), "fn main() { x() }\n");
    assert_eq!(task.facts().state, TaskState::Applied);
}

#[test]
fn a_conflict_is_never_written_even_when_it_is_approved() {
    let bench = Bench::new(&[("a.txt", b"a\n")], &[put("a.txt", b"b\n")]);
    let (_opened, task) = bench.open();
    bench.machine.write("a.txt", b"mine\n");
    let shown = file(&task, "a.txt");
    task.decide(&[named(&shown)], Mark::Approved, false)
        .unwrap();
    let outcome = task.apply(&[confirmed(&task, &shown)]).unwrap();
    assert!(
        matches!(&outcome, Outcome::Conflict { files } if files.len() == 1),
        "{outcome:?}"
    );
    assert_eq!(read(&bench.machine, "a.txt"), "mine\n");
}

#[test]
fn after_an_undo_the_draft_still_holds_the_change() {
    let names: Vec<String> = (0..20).map(|n| format!("f{n}.txt")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), &b"a\n"[..])).collect();
    let edits: Vec<Edit> = names.iter().map(|name| put(name, b"b\n")).collect();
    let bench = Bench::new(&files, &edits);
    // With the watcher, which follows every write into the folder.
    let (opened, task) = bench.open();
    let files = task.review().unwrap().files;
    let all: Vec<_> = files.iter().map(|file| confirmed(&task, file)).collect();
    let Outcome::Applied { id, .. } = task.apply(&all).unwrap() else {
        panic!("not applied");
    };
    assert_eq!(task.review().unwrap().files.len(), 0);
    assert_eq!(task.facts().undo.as_deref(), Some(&*id));
    opened.undo(&id).unwrap();
    let draft = task.draft().unwrap();
    draft.refresh().unwrap();
    assert_eq!(task.review().unwrap().files.len(), 20);
    assert_eq!(read(&bench.machine, "f0.txt"), "a\n");
    assert_eq!(task.facts().undo, None);
}

#[test]
fn with_another_apply_in_the_folder_an_undo_leaves_the_task_partly_applied() {
    let bench = Bench::new(
        &[("a.txt", b"a\n"), ("b.txt", b"a\n")],
        &[put("a.txt", b"b\n"), put("b.txt", b"b\n")],
    );
    let (opened, task) = bench.open();
    let applied: Vec<String> = ["a.txt", "b.txt"]
        .map(
            |path| match task.apply(&[confirmed(&task, &file(&task, path))]) {
                Ok(Outcome::Applied { id, .. }) => id,
                other => panic!("{path}: {other:?}"),
            },
        )
        .into();
    assert_eq!(task.facts().state, TaskState::Applied);
    opened.undo(&applied[1]).unwrap();
    assert_eq!(task.facts().state, TaskState::PartlyApplied);
    assert_eq!(task.facts().undo.as_ref(), Some(&applied[0]));
    opened.undo(&applied[0]).unwrap();
    assert_eq!(task.facts().state, TaskState::ReadyToReview);
}

#[test]
fn two_applies_at_once_write_once() {
    let bench = Bench::new(&[("a.txt", b"a\n")], &[put("a.txt", b"b\n")]);
    let (opened, task) = bench.open();
    let chosen = [confirmed(&task, &file(&task, "a.txt"))];
    let outcomes = std::thread::scope(|scope| {
        let each = || scope.spawn(|| task.apply(&chosen));
        [each(), each()].map(|thread| thread.join().unwrap().is_ok())
    });
    assert_eq!(outcomes.iter().filter(|done| **done).count(), 1);
    assert_eq!(opened.history().unwrap().len(), 1);
}

#[test]
fn a_draft_that_cannot_be_opened_is_said_and_kept() {
    let bench = Bench::new(&[("a.txt", b"a\n")], &[put("a.txt", b"b\n")]);
    let draft = bench.task_dir().join("draft");
    std::fs::write(draft.join("touched.json"), "{").unwrap();
    let (_opened, task) = bench.open();
    assert!(task.draft().is_none());
    let said = task.items().into_iter().find_map(|item| match item.kind {
        ItemKind::Error { message, hint, .. } => Some((message, hint)),
        _ => None,
    });
    let (message, hint) = said.expect("it is said");
    assert!(
        message.contains("damaged") && hint.contains("kept"),
        "{message} {hint}"
    );
    task.put_draft_aside(&draft, message).unwrap();
    let kept = std::fs::read_dir(bench.task_dir())
        .unwrap()
        .filter_map(Result::ok)
        .find(|entry| {
            entry
                .file_name()
                .to_string_lossy()
                .starts_with("draft.kept-")
        })
        .expect("it is kept");
    assert_eq!(
        std::fs::read(kept.path().join("tree/a.txt")).unwrap(),
        b"b\n"
    );
}

#[test]
fn what_a_command_wrote_before_the_app_died_is_in_the_change_set() {
    let bench = Bench::new(&[("a.txt", b"a\n")], &[]);
    let dir = bench.task_dir();
    let mut log = crate::store::log::Log::open(&dir.join("log.jsonl")).unwrap();
    log.append(&Record::TurnStarted { turn: 2, at: 1 }).unwrap();
    log.append(&Record::Steered {
        text: "and this".to_owned(),
        attachments: Vec::new(),
    })
    .unwrap();
    std::fs::write(dir.join("draft/tree/new.txt"), "new\n").unwrap();
    let (opened, task) = bench.open();
    assert_eq!(file(&task, "new.txt").outline.stat.added, 1);
    assert_eq!(task.facts().turn_state, TurnState::Interrupted);
    assert_eq!(opened.unsent(Some(task.id())).unwrap(), "and this");
}

#[test]
fn a_task_that_cannot_be_read_does_not_hide_the_others() {
    let bench = Bench::new(&[("a.txt", b"a\n")], &[]);
    let broken = Task::create(
        bench.shared(),
        "Broken",
        "m".to_owned().into(),
        None,
        Permission::Auto,
    )
    .unwrap();
    let log = bench
        .machine
        .data()
        .join("tasks")
        .join(broken.id())
        .join("log.jsonl");
    std::fs::remove_file(&log).unwrap();
    std::fs::create_dir(&log).unwrap();
    let (opened, _task) = bench.open();
    assert_eq!(opened.tasks().len(), 1);
    let notices = opened.notices();
    assert!(
        notices.iter().any(|notice| notice.contains("\"Broken\"")),
        "{notices:?}"
    );
}

#[test]
fn of_counts_that_cross_the_newest_stays() {
    let bench = Bench::new(&[("a.txt", b"a\n")], &[put("a.txt", b"b\n")]);
    let (_opened, task) = bench.open();
    let draft = task.draft().unwrap();
    let (go, asked) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        // As the end of a command has it counted while the turn goes on.
        scope.spawn(|| asked.into_iter().for_each(|()| task.recount()));
        for files in 2..60 {
            go.send(()).unwrap();
            let path = format!("{files}.txt");
            draft.edit(&path, &[put(&path, b"x\n")]).unwrap();
            task.recount();
            assert_eq!(task.facts().files, files);
        }
        drop(go);
    });
    let told = bench.told.lock().unwrap();
    let counts = told.iter().filter_map(|event| match event {
        Event::TaskChanged(facts) => Some(facts.files),
        _ => None,
    });
    assert!(
        counts.is_sorted(),
        "told in the order in which it was counted"
    );
}

#[test]
fn a_closed_project_is_written_no_more() {
    let bench = Bench::new(&[("a.txt", b"a\n")], &[put("a.txt", b"b\n")]);
    let (_opened, task) = bench.open();
    let chosen = [confirmed(&task, &file(&task, "a.txt"))];
    task.shared.closed.store(true, Ordering::SeqCst);
    assert!(matches!(
        task.apply(&chosen),
        Err(ReviewError::Task(TaskError::Closed))
    ));
    assert_eq!(read(&bench.machine, "a.txt"), "a\n");
}

#[test]
fn a_message_that_could_not_be_sent_leaves_no_task() {
    let bench = Bench::new(&[("a.txt", b"a\n")], &[]);
    let (opened, _task) = bench.open();
    let refused = opened.start_task("Hello", Vec::new(), "m".to_owned(), None, Permission::Auto);
    let not_connected = crate::providers::ConnectError::NotConnected;
    assert!(matches!(refused, Err(TaskError::Connect(error)) if error == not_connected));
    assert_eq!(opened.tasks().len(), 1);
    assert_eq!(bench.open().0.tasks().len(), 1);
}

#[test]
fn the_environment_is_not_told() {
    let places = crate::Places {
        data: Path::new("/d").into(),
        settings: Path::new("/s").into(),
        home: Path::new("/h").into(),
        environment: vec![("OPENAI_API_KEY".into(), "sk-very-secret".into())],
    };
    assert!(!format!("{places:?}").contains("very-secret"));
}
