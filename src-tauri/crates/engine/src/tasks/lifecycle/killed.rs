//! A death between what is written and what is noted of it, and a log that cannot be read.

use super::*;
use crate::agent::driver::Message;
use crate::agent::driver::Update;
use crate::attachments;
use crate::attachments::Attachment;
use crate::model::Model;
use crate::model::catalog::Effort;
use crate::project::apply::Approved;
use crate::project::draft::Draft;
use crate::store::log::Log;
use crate::tasks::keep::Keeping;

/// Writes into the project as an apply does that dies before the task hears of it.
fn apply_and_die(task: &Task) -> String {
    let files = task.review().unwrap().files;
    let approved: Vec<_> = files
        .iter()
        .map(|file| Approved::from(&file.change))
        .collect();
    match task.shared.applier.apply(task.id(), &approved).unwrap() {
        Outcome::Applied { id, .. } => id,
        other => panic!("not applied: {other:?}"),
    }
}

fn shown(task: &Task) -> Vec<String> {
    let files = task.review().unwrap().files;
    files
        .iter()
        .map(|file| file.change.path.to_string())
        .collect()
}

#[test]
fn an_apply_that_the_task_did_not_hear_of_is_found_and_can_be_undone() {
    let bench = Bench::new(
        &[("a.txt", b"a\n"), ("gone.txt", b"g\n")],
        &[
            put("a.txt", b"b\n"),
            put("new/n.txt", b"n\n"),
            crate::project::delete("gone.txt"),
        ],
    );
    let (opened, task) = bench.open();
    let all: Vec<_> = task.review().unwrap().files.iter().map(named).collect();
    task.decide(&all, Mark::Approved, false).unwrap();
    let id = apply_and_die(&task);
    drop((opened, task));

    let (opened, task) = bench.open();
    assert_eq!(task.facts().undo, Some(id.clone()));
    assert_eq!(task.facts().state, TaskState::Applied);
    assert_eq!(shown(&task), [""; 0]);
    assert_eq!(opened.history().unwrap()[0].1.as_deref(), Some(task.id()));
    opened.undo(&id).unwrap();
    assert_eq!(read(&bench.machine, "a.txt"), "a\n");
    let files = task.review().unwrap().files;
    assert_eq!(files.len(), 3);
    assert!(
        files
            .iter()
            .all(|file| file.marked.mark == FileMark::Undecided),
        "the marks went with the apply"
    );
}

#[test]
fn an_undo_that_the_task_did_not_hear_of_does_not_take_the_change_away() {
    let bench = Bench::new(&[("a.txt", b"a\n")], &[put("a.txt", b"b\n")]);
    let (opened, task) = bench.open();
    let id = match task
        .apply(&[confirmed(&task, &file(&task, "a.txt"))])
        .unwrap()
    {
        Outcome::Applied { id, .. } => id,
        other => panic!("not applied: {other:?}"),
    };
    // The watcher of a running app would follow; a dead one does not.
    drop(opened);
    task.shared.applier.undo(&id).unwrap();
    drop(task);

    let (_opened, task) = bench.open();
    task.draft().unwrap().refresh().unwrap();
    assert_eq!(shown(&task), ["a.txt"]);
    assert_eq!(task.facts().undo, None);
    assert_eq!(task.facts().state, TaskState::ReadyToReview);
    assert_eq!(read(&bench.machine, "a.txt"), "a\n");
}

#[test]
fn an_undo_that_the_draft_could_not_note_is_followed_at_the_next_start() {
    let bench = Bench::new(&[("a.txt", b"a\n")], &[put("a.txt", b"b\n")]);
    let (opened, task) = bench.open();
    let id = match task
        .apply(&[confirmed(&task, &file(&task, "a.txt"))])
        .unwrap()
    {
        Outcome::Applied { id, .. } => id,
        other => panic!("not applied: {other:?}"),
    };
    // Nothing can be written in the place of a folder.
    let (state, aside) = (
        bench.task_dir().join("draft/touched.json"),
        bench.task_dir().join("aside"),
    );
    std::fs::rename(&state, &aside).unwrap();
    std::fs::create_dir(&state).unwrap();
    opened.undo(&id).unwrap();
    let told = bench.told.lock().unwrap().iter().any(|event| {
        matches!(event, Event::Notice { message, .. } if message.contains("not all of it was noted"))
    });
    assert!(told);
    drop((opened, task));
    std::fs::remove_dir(&state).unwrap();
    std::fs::rename(&aside, &state).unwrap();

    let (_opened, task) = bench.open();
    task.draft().unwrap().refresh().unwrap();
    assert_eq!(shown(&task), ["a.txt"]);
    assert_eq!(task.facts().undo, None);
}

#[test]
fn what_is_in_the_log_is_not_followed_again() {
    let bench = Bench::new(&[("a.txt", b"a\n")], &[put("a.txt", b"b\n")]);
    let (opened, task) = bench.open();
    task.apply(&[confirmed(&task, &file(&task, "a.txt"))])
        .unwrap();
    let draft = task.draft().unwrap();
    draft.edit("later", &[put("a.txt", b"c\n")]).unwrap();
    let log = bench.task_dir().join("log.jsonl");
    let before = std::fs::read(&log).unwrap();
    drop((opened, task));

    let (_opened, task) = bench.open();
    assert_eq!(shown(&task), ["a.txt"]);
    assert_eq!(std::fs::read(&log).unwrap(), before);
}

#[test]
fn what_the_person_wrote_after_the_death_is_theirs() {
    let bench = Bench::new(
        &[("a.txt", b"a\n"), ("b.txt", b"a\n")],
        &[put("a.txt", b"b\n"), put("b.txt", b"b\n")],
    );
    let (opened, task) = bench.open();
    apply_and_die(&task);
    drop((opened, task));
    bench.machine.write("a.txt", b"mine\n");
    std::fs::remove_file(bench.machine.at("b.txt")).unwrap();

    let (_opened, task) = bench.open();
    let draft = task.draft().unwrap();
    draft.refresh().unwrap();
    assert_eq!(shown(&task), [""; 0], "the draft had nothing else to say");
    let at = |path: &str| draft.read(&crate::project::path::RelPath::new(path).unwrap());
    assert_eq!(at("a.txt").unwrap(), b"mine\n");
    assert!(at("b.txt").is_err(), "deleted as in the folder");
}

#[test]
fn a_broken_line_is_said_in_the_task_and_kept() {
    let bench = Bench::new(&[("a.txt", b"a\n")], &[]);
    let place = bench.task_dir().join("log.jsonl");
    let mut log = Log::open(&place).unwrap();
    log.append(&Record::TurnStarted { turn: 1, at: 1 }).unwrap();
    log.append(&Record::TurnEnded {
        turn: 1,
        state: "done".to_owned(),
        at: 2,
    })
    .unwrap();
    drop(log);
    let mut bytes = std::fs::read(&place).unwrap();
    bytes[3] = 0xff;
    bytes.extend(b"{\"record\":\"turn_st");
    std::fs::write(&place, &bytes).unwrap();
    let (_opened, task) = bench.open();
    let said: Vec<_> = task
        .items()
        .into_iter()
        .filter_map(|item| match item.kind {
            ItemKind::Error { message, hint, .. } => Some(format!("{message} {hint}")),
            _ => None,
        })
        .collect();
    assert_eq!(said.len(), 1, "the torn last line is no loss: {said:?}");
    assert!(
        said[0].contains("1 line") && said[0].contains(place.to_str().unwrap()),
        "{said:?}"
    );
    assert!(std::fs::read(&place).unwrap().starts_with(&bytes[..40]));
}

/// A picture made ready for the model of these tests.
fn picture(bench: &Bench, name: &str) -> Attachment {
    let png = attachments::fixture::png(8, 8);
    let measure = model().traits.pictures;
    attachments::attach_picture(&bench.machine.blobs(), name, &png, measure).unwrap()
}

fn model() -> Model {
    Model::named("gpt-5-codex")
}

#[test]
fn pictures_that_the_agent_had_not_heard_are_attached_again() {
    let bench = Bench::new(&[("a.txt", b"a\n")], &[]);
    let (one, two) = (picture(&bench, "one.png"), picture(&bench, "two.png"));
    let mut log = Log::open(&bench.task_dir().join("log.jsonl")).unwrap();
    log.append(&Record::TurnStarted { turn: 1, at: 1 }).unwrap();
    for (text, picture) in [("look", &one), ("", &two)] {
        log.append(&Record::Steered {
            text: text.to_owned(),
            attachments: vec![picture.clone()],
        })
        .unwrap();
    }
    let later = picture(&bench, "later.png");
    let project = bench.shared().project_id.clone();
    // The app died after the first of two was given back, at an earlier start.
    for there in [&later, &one] {
        bench
            .index
            .attach(&project, &bench.task, std::slice::from_ref(there))
            .unwrap();
    }
    let (opened, task) = bench.open();
    assert_eq!(opened.unsent(Some(task.id())).unwrap(), "look");
    let mut there = opened.attachments(Some(task.id()), &model()).unwrap();
    there.sort_by_key(|one| one.name.clone());
    assert_eq!(there, [later, one, two], "each of them once");
    let attached = there.into_iter().map(|about| task.attached(about).unwrap());
    task.forget_unsent(&Message {
        text: "look".to_owned(),
        attached: attached.collect(),
    });
    assert_eq!(opened.unsent(Some(task.id())).unwrap(), "");
    assert_eq!(opened.attachments(Some(task.id()), &model()).unwrap(), []);
}

#[test]
fn a_picture_that_crossed_with_the_end_of_the_turn_is_given_back() {
    let bench = Bench::new(&[("a.txt", b"a\n")], &[]);
    let (opened, task) = bench.open();
    let [one, two, later] = ["one.png", "two.png", "later.png"].map(|name| picture(&bench, name));
    let message = |text: &str, about: &Attachment| Message {
        text: text.to_owned(),
        attached: vec![task.attached(about.clone()).unwrap()],
    };
    bench
        .index
        .attach(opened.id(), task.id(), std::slice::from_ref(&later))
        .unwrap();
    let given = vec![message("late", &one), message("", &two)];
    Keeping::new(task.clone()).keep(Update::GivenBack(given));
    assert_eq!(opened.unsent(Some(task.id())).unwrap(), "late");
    assert_eq!(
        opened.attachments(Some(task.id()), &model()).unwrap(),
        [one, two, later]
    );
    let told = bench.told.lock().unwrap();
    let said = told.iter().find_map(|event| match event {
        Event::MessageGivenBack { text, .. } => Some(text.clone()),
        _ => None,
    });
    assert_eq!(said.unwrap(), "late");
}

#[test]
fn a_message_that_was_given_back_does_not_come_again_and_others_do() {
    let bench = Bench::new(&[("a.txt", b"a\n")], &[]);
    let (opened, task) = bench.open();
    task.lock()
        .log
        .append(&Record::TurnStarted { turn: 1, at: 1 })
        .unwrap();
    for text in ["back", "unheard"] {
        let attachments = Vec::new();
        let text = text.to_owned();
        let said = Record::Steered { text, attachments };
        task.lock().log.append(&said).unwrap();
    }
    Keeping::new(task.clone()).keep(Update::GivenBack(vec![Message::text("back")]));
    let id = Some(task.id());
    assert_eq!(opened.unsent(id).unwrap(), "back");
    opened.keep_unsent(id, "changed").unwrap();
    // The app dies before the turn has ended.
    drop((opened, task));
    for _ in 0..2 {
        let (opened, task) = bench.open();
        let unsent = opened.unsent(Some(task.id())).unwrap();
        assert_eq!(unsent, "unheard\n\nchanged");
    }
}

#[test]
fn how_full_the_context_is_survives() {
    let bench = Bench::new(&[("a.txt", b"a\n")], &[]);
    let (opened, task) = bench.open();
    Keeping::new(task.clone()).keep(Update::Usage {
        usage: crate::model::stream::Usage::default(),
        // Of 121,600, which is what a model that nothing is known about can take.
        context_used: 38_000,
    });
    assert_eq!(task.facts().context_percent, 31);
    drop((opened, task));
    assert_eq!(bench.open().1.facts().context_percent, 31);
}

#[test]
fn a_damaged_index_costs_no_task() {
    let bench = Bench::new(&[("a.txt", b"a\n")], &[put("a.txt", b"b\n")]);
    let mut log = Log::open(&bench.task_dir().join("log.jsonl")).unwrap();
    log.append(&Record::TurnStarted { turn: 1, at: 7 }).unwrap();
    log.append(&Record::TurnEnded {
        turn: 1,
        state: "done".to_owned(),
        at: 8,
    })
    .unwrap();
    let before = {
        let (_opened, task) = bench.open();
        let high = Some(Some(Effort::High));
        task.configure(Some("another".to_owned().into()), high, None)
            .unwrap();
        task.facts()
    };
    // One that was never started, and one of another folder.
    let model = "m".to_owned().into();
    Task::create(bench.shared(), "Never", model, None, Permission::Auto).unwrap();
    let other = bench.machine.data().join("tasks/other");
    std::fs::create_dir(&other).unwrap();
    let mut log = Log::open(&other.join("log.jsonl")).unwrap();
    log.append(&Record::Task {
        project: "/elsewhere".into(),
        title: "Other".to_owned(),
        model: "m".to_owned(),
        permission: "auto".to_owned(),
        automatic: false,
        effort: String::new(),
        at: 1,
    })
    .unwrap();
    log.append(&Record::TurnStarted { turn: 1, at: 7 }).unwrap();

    let Bench {
        machine,
        index,
        told,
        task,
    } = bench;
    drop(index);
    std::fs::write(machine.data().join("index.sqlite"), [7; 8192]).unwrap();
    let index = Index::open(&machine.data()).unwrap();
    assert!(index.aside().is_some());
    let bench = Bench {
        index: Arc::new(index),
        machine,
        told,
        task,
    };
    let (opened, task) = bench.open();
    assert_eq!(opened.tasks().len(), 1);
    let after = task.facts();
    assert_eq!(
        (after.title, after.model, after.state, after.permission),
        (before.title, before.model, before.state, before.permission)
    );
    assert_eq!(after.effort, before.effort);
    assert_eq!(after.created_at, before.created_at);
    assert_eq!(shown(&task), ["a.txt"]);
}

#[test]
fn a_picture_that_is_lost_is_named_and_can_be_taken_off() {
    let bench = Bench::new(&[("a.txt", b"a\n")], &[]);
    let (opened, task) = bench.open();
    let lost = Attachment {
        sent: crate::store::blobs::BlobId::of(b"lost"),
        ..picture(&bench, "shot.png")
    };
    let (project, id) = (opened.id(), task.id());
    let there = std::slice::from_ref(&lost);
    bench.index.attach(project, id, there).unwrap();
    let ready = opened
        .to_send(Some(id), std::slice::from_ref(&lost.id), &model())
        .unwrap();
    let refused = task.send("look", ready).unwrap_err().to_string();
    assert!(
        refused.starts_with("shot.png cannot be sent: the stored version")
            && refused.ends_with("Nothing was sent. Take it off the message and attach it again."),
        "{refused}"
    );
    assert_eq!(task.items(), []);
    assert_eq!(opened.attachments(Some(id), &model()).unwrap(), there);
    opened.detach(Some(id), &lost.id).unwrap();
    assert_eq!(opened.attachments(Some(id), &model()).unwrap(), []);
}

#[test]
fn a_draft_that_a_killed_apply_moved_is_still_a_draft() {
    let bench = Bench::new(&[("a.txt", b"a\n")], &[put("a.txt", b"b\n")]);
    let (opened, task) = bench.open();
    apply_and_die(&task);
    // The draft had followed and the log had not been reached yet.
    let written = task.shared.applier.written().unwrap();
    task.draft().unwrap().rebase(&written[0].files).unwrap();
    drop((opened, task));
    let (_opened, task) = bench.open();
    assert_eq!(shown(&task), [""; 0]);
    assert_eq!(task.facts().state, TaskState::Applied);
    let dir = bench.task_dir().join("draft");
    let draft = Draft::reopen(&dir, bench.machine.blobs()).unwrap();
    assert_eq!(draft.changes().unwrap().files, []);
}
