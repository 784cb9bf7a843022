//! Changes and lines decided one by one: what is applied, what stays decided, what is refused.

use super::*;

/// Sixty lines, so that changes of the first, middle and last one are three hunks.
fn lines(change: &[(usize, &str)]) -> String {
    (1..=60)
        .map(|number| match change.iter().find(|(at, _)| *at == number) {
            Some((_, text)) => format!("{text}\n"),
            None => format!("line {number}\n"),
        })
        .collect()
}

fn some_of(task: &Task, path: &str, parts: Vec<Part>) -> Subject {
    Subject {
        parts,
        ..named(&file(task, path))
    }
}

fn decide(task: &Task, path: &str, part: Part, mark: Mark) {
    task.decide(&[some_of(task, path, vec![part])], mark, false)
        .unwrap();
}

fn apply(task: &Task, path: &str) -> String {
    match task.apply(&[confirmed(task, &file(task, path))]).unwrap() {
        Outcome::Applied { id, .. } => id,
        other => panic!("not applied: {other:?}"),
    }
}

fn edit(task: &Task, path: &str, text: &str) {
    let draft = task.draft().unwrap();
    draft.edit("again", &[put(path, text.as_bytes())]).unwrap();
}

fn three() -> Bench {
    let new = lines(&[(3, "one"), (30, "two"), (57, "three")]);
    Bench::new(
        &[("a.txt", lines(&[]).as_bytes())],
        &[put("a.txt", new.as_bytes())],
    )
}

#[test]
fn what_is_approved_of_a_file_is_written_and_the_rest_stays_to_be_decided() {
    let bench = three();
    let (opened, task) = bench.open();
    decide(&task, "a.txt", Part::Hunk(0), Mark::Approved);
    decide(&task, "a.txt", Part::Hunk(1), Mark::Rejected);
    let now = file(&task, "a.txt");
    assert_eq!(now.marked.mark, FileMark::Mixed);
    assert_eq!((now.outline.changes, now.marked.decided), (3, 2));

    let id = apply(&task, "a.txt");
    assert_eq!(read(&bench.machine, "a.txt"), lines(&[(3, "one")]));
    assert_eq!(task.facts().state, TaskState::PartlyApplied);
    let left = file(&task, "a.txt");
    assert_eq!((left.outline.changes, left.marked.decided), (2, 1));
    let decisions = left.marked.decisions.expect("one of two is rejected");
    assert_eq!(decisions.of_hunk(0), Some(review::Mark::Rejected));

    // What is left is applied on top; then both are taken back, newest first.
    decide(&task, "a.txt", Part::Hunk(1), Mark::Approved);
    let second = apply(&task, "a.txt");
    let both = lines(&[(3, "one"), (57, "three")]);
    assert_eq!(read(&bench.machine, "a.txt"), both);
    opened.undo(&second).unwrap();
    assert_eq!(read(&bench.machine, "a.txt"), lines(&[(3, "one")]));
    opened.undo(&id).unwrap();
    assert_eq!(read(&bench.machine, "a.txt"), lines(&[]));
    let back = file(&task, "a.txt");
    assert_eq!((back.outline.changes, back.marked.approved), (3, 0));
    assert!(!back.marked.reopened, "nobody changed it");
}

#[test]
fn single_lines_are_written_in_the_encoding_of_the_file() {
    let utf16 = |text: &str| -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    };
    let bench = Bench::new(
        &[("a.txt", &utf16("eins\r\nzwei\r\n"))],
        &[put("a.txt", &utf16("eins\r\nfünf\r\nsechs\r\nzwei\r\n"))],
    );
    let (_opened, task) = bench.open();
    let second = Part::Rows {
        rows: 2..3,
        side: None,
    };
    decide(&task, "a.txt", second, Mark::Approved);
    apply(&task, "a.txt");
    let written = std::fs::read(bench.machine.at("a.txt")).unwrap();
    assert_eq!(written, utf16("eins\r\nsechs\r\nzwei\r\n"));
}

#[test]
fn marks_stay_on_changes_that_the_agent_leaves_alone() {
    let bench = three();
    let (_opened, task) = bench.open();
    task.decide(&[named(&file(&task, "a.txt"))], Mark::Approved, false)
        .unwrap();
    edit(
        &task,
        "a.txt",
        &lines(&[(3, "one"), (30, "two, but other"), (57, "three")]),
    );
    let now = file(&task, "a.txt");
    assert_eq!(now.marked.mark, FileMark::Mixed);
    assert!(now.marked.reopened);
    let decisions = now.marked.decisions.clone().unwrap();
    let marks: Vec<_> = (0..3).map(|hunk| decisions.of_hunk(hunk)).collect();
    let (approved, open) = (Some(review::Mark::Approved), Some(review::Mark::Open));
    assert_eq!(marks, [approved, open, approved]);
    apply(&task, "a.txt");
    let taken = lines(&[(3, "one"), (57, "three")]);
    assert_eq!(read(&bench.machine, "a.txt"), taken);
}

#[test]
fn an_approved_text_is_no_approved_program() {
    let bench = Bench::new(&[("a.sh", b"a\n")], &[put("a.sh", b"b\n")]);
    let (_opened, task) = bench.open();
    task.decide(&[named(&file(&task, "a.sh"))], Mark::Approved, false)
        .unwrap();
    let program = Edit {
        path: crate::project::path::RelPath::new("a.sh").unwrap(),
        change: crate::project::draft::Change::Write {
            bytes: b"b\n".to_vec(),
            mode: Some(0o755),
        },
    };
    task.draft().unwrap().edit("again", &[program]).unwrap();
    let now = file(&task, "a.sh");
    assert_eq!(now.marked.mark, FileMark::Undecided);
    assert!(now.marked.reopened);
    // Nor is a mark of its own on the encoding carried over by the same letters.
    edit(&task, "a.sh", "b\n");
    task.decide(&[named(&file(&task, "a.sh"))], Mark::Approved, false)
        .unwrap();
    edit(&task, "a.sh", "\u{feff}b\n");
    assert_eq!(file(&task, "a.sh").marked.mark, FileMark::Undecided);
}

#[test]
fn what_was_confirmed_is_what_is_written_or_nothing() {
    let bench = three();
    let (_opened, task) = bench.open();
    decide(&task, "a.txt", Part::Hunk(0), Mark::Approved);
    let before = confirmed(&task, &file(&task, "a.txt"));
    decide(&task, "a.txt", Part::Hunk(2), Mark::Approved);
    let stale = task.apply(std::slice::from_ref(&before));
    assert!(matches!(stale, Err(ReviewError::Stale { .. })), "{stale:?}");
    assert_eq!(read(&bench.machine, "a.txt"), lines(&[]));
    assert!(task.take_decision_back().unwrap());
    task.apply(&[before]).unwrap();
    assert_eq!(read(&bench.machine, "a.txt"), lines(&[(3, "one")]));
}

#[test]
fn each_decision_is_taken_back_by_itself_and_outlives_the_app() {
    let bench = three();
    let (opened, task) = bench.open();
    let of = |task: &Task| file(task, "a.txt").marked.mark;
    decide(&task, "a.txt", Part::Hunk(1), Mark::Rejected);
    task.decide(&[named(&file(&task, "a.txt"))], Mark::Approved, false)
        .unwrap();
    assert_eq!(of(&task), FileMark::Approved);
    assert!(task.take_decision_back().unwrap());
    drop((opened, task));

    let (_opened, task) = bench.open();
    let decisions = file(&task, "a.txt").marked.decisions.unwrap();
    assert_eq!(decisions.of_hunk(1), Some(review::Mark::Rejected));
    assert!(!task.take_decision_back().unwrap(), "of the earlier run");
    decide(&task, "a.txt", Part::Hunk(1), Mark::Undecided);
    assert_eq!(of(&task), FileMark::Undecided);
    assert!(task.has_decided() && task.take_decision_back().unwrap());
    assert_eq!(of(&task), FileMark::Mixed);
}

#[test]
fn a_new_file_and_a_deleted_one_are_taken_in_part() {
    let bench = Bench::new(
        &[("gone.txt", b"1\n2\n3\n")],
        &[
            crate::project::delete("gone.txt"),
            put("new.txt", b"1\n2\n3\n"),
        ],
    );
    let (_opened, task) = bench.open();
    let middle = Part::Rows {
        rows: 1..2,
        side: None,
    };
    decide(&task, "gone.txt", middle.clone(), Mark::Approved);
    decide(&task, "new.txt", middle, Mark::Approved);
    apply(&task, "gone.txt");
    apply(&task, "new.txt");
    assert_eq!(read(&bench.machine, "gone.txt"), "1\n3\n");
    assert_eq!(read(&bench.machine, "new.txt"), "2\n");
    let (gone, new) = (file(&task, "gone.txt"), file(&task, "new.txt"));
    assert_eq!((gone.outline.stat.removed, new.outline.stat.added), (2, 2));
}

#[test]
fn a_part_of_what_has_none_is_refused() {
    let bench = Bench::new(
        &[("p.bin", b"\0\x01\x02"), ("a.txt", b"a\nb\n")],
        &[put("p.bin", b"\0\x01\x03"), put("a.txt", b"a\nc\n")],
    );
    let (_opened, task) = bench.open();
    let try_it = |path: &str, part: Part| {
        task.decide(&[some_of(&task, path, vec![part])], Mark::Approved, false)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        try_it("p.bin", Part::Hunk(0)),
        "p.bin can only be decided as a whole."
    );
    let rows = |rows| Part::Rows { rows, side: None };
    assert_eq!(
        try_it("a.txt", rows(0..1)),
        "No line of the selection is a change, so nothing was decided."
    );
    for part in [Part::Hunk(1), rows(0..9), rows(1..1)] {
        assert_eq!(
            try_it("a.txt", part),
            "a.txt is not what was on screen any more."
        );
    }
    assert!(task.review().unwrap().is_unmarked());
}

#[test]
fn a_mark_that_was_carried_over_is_still_on_its_change_after_an_apply() {
    let bench = three();
    let (_opened, task) = bench.open();
    decide(&task, "a.txt", Part::Hunk(0), Mark::Approved);
    decide(&task, "a.txt", Part::Hunk(2), Mark::Rejected);
    // Other lines come before all of them, so that no line has the number it had.
    let new = lines(&[(3, "one"), (30, "two"), (57, "three")]);
    let above: String = (0..60).map(|line| format!("above {line}\n")).collect();
    edit(&task, "a.txt", &format!("{above}{new}"));
    assert_eq!(file(&task, "a.txt").marked.decided, 2);
    apply(&task, "a.txt");
    assert_eq!(read(&bench.machine, "a.txt"), lines(&[(3, "one")]));
    let left = file(&task, "a.txt");
    let decisions = left.marked.decisions.expect("one of three is rejected");
    let marks: Vec<_> = (0..3).map(|hunk| decisions.of_hunk(hunk)).collect();
    let (open, rejected) = (Some(review::Mark::Open), Some(review::Mark::Rejected));
    assert_eq!(marks, [open, open, rejected]);
}

#[test]
fn the_rest_is_what_is_open_and_needs_no_look_of_its_own() {
    let new = lines(&[(3, "one"), (30, "two"), (57, "three")]);
    let bench = Bench::new(
        &[
            ("a.txt", lines(&[]).as_bytes()),
            ("b.txt", b"b\n"),
            ("build.rs", b"fn main() {}\n"),
        ],
        &[
            put("a.txt", new.as_bytes()),
            put("b.txt", b"c\n"),
            put("build.rs", b"fn main() { x() }\n"),
        ],
    );
    let (_opened, task) = bench.open();
    decide(&task, "a.txt", Part::Hunk(1), Mark::Rejected);
    task.decide(&[named(&file(&task, "b.txt"))], Mark::Rejected, false)
        .unwrap();
    let all: Vec<_> = task.review().unwrap().files.iter().map(named).collect();
    task.decide(&all, Mark::Approved, true).unwrap();
    let mark = |path: &str| file(&task, path).marked.mark;
    assert_eq!(mark("b.txt"), FileMark::Rejected);
    assert_eq!(mark("build.rs"), FileMark::Undecided);
    let decisions = file(&task, "a.txt").marked.decisions.unwrap();
    let marks: Vec<_> = (0..3).map(|hunk| decisions.of_hunk(hunk)).collect();
    let (approved, rejected) = (Some(review::Mark::Approved), Some(review::Mark::Rejected));
    assert_eq!(marks, [approved, rejected, approved]);
}

#[test]
fn lines_that_would_make_another_program_than_the_whole_file_are_refused() {
    let package = |first: &str, last: &str| {
        let middle: String = (0..20).map(|at| format!("  \"k{at}\": {at},\n")).collect();
        format!("{{\n  \"scripts\": {{ \"t\": \"{first}\" }},\n{middle}  \"end\": 1{last}\n}}\n")
    };
    // As a whole nothing else runs than before: of two equal names the last one counts.
    let new = package("evil", ",\n  \"scripts\": { \"t\": \"x\" }");
    let bench = Bench::new(
        &[("package.json", package("x", "").as_bytes())],
        &[put("package.json", new.as_bytes())],
    );
    let (_opened, task) = bench.open();
    assert_eq!(file(&task, "package.json").change.risky, None);
    decide(&task, "package.json", Part::Hunk(0), Mark::Approved);
    let refused = task.result_of(&file(&task, "package.json"));
    assert!(
        matches!(refused, Err(ReviewError::OnlyWhole { .. })),
        "{refused:?}"
    );
    decide(&task, "package.json", Part::Hunk(1), Mark::Approved);
    apply(&task, "package.json");
    assert_eq!(read(&bench.machine, "package.json"), new);
}
