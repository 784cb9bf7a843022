use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;
use std::time::Duration;
use std::time::Instant;

use super::endings::Ending;
use super::find;
use super::outside;
use super::project_root;
use super::text;
use super::text::Content;
use super::tree;
use super::tree::Mark;
use super::tree::Marks;
use super::*;
use crate::project::Machine;
use crate::project::beneath_draft;
use crate::project::delete;
use crate::project::draft::Draft;
use crate::project::ignored::Rules;
use crate::project::put;

fn rel(path: &str) -> RelPath {
    RelPath::new(path).unwrap()
}

/// A folder as a person would read it aloud.
fn shown(machine: &Machine, draft: Option<&Draft>, folder: &str) -> Vec<String> {
    let project = project_root(&machine.project()).unwrap();
    let tree = draft.map(|draft| beneath_draft(draft).unwrap());
    let mut rules = Rules::of(&machine.root()).unwrap();
    let marks = Marks::of(draft);
    let listing = tree::list(
        &project,
        tree.as_ref(),
        &mut rules,
        &marks,
        &rel(folder),
        100,
    );
    let entry = |entry: &tree::Entry| {
        let mut words = entry.path.name().to_string_lossy().into_owned();
        match entry.mark {
            Some(Mark::Added) => words.push_str(" added"),
            Some(Mark::Changed) => words.push_str(" changed"),
            Some(Mark::Deleted) => words.push_str(" deleted"),
            None => {}
        }
        if entry.below > 0 {
            words.push_str(&format!(" {} below", entry.below));
        }
        if entry.ignored {
            words.push_str(" ignored");
        }
        if draft.is_some() && !entry.in_draft {
            words.push_str(" not in the draft");
        }
        words
    };
    listing.unwrap().entries.iter().map(entry).collect()
}

#[test]
fn a_folder_shows_what_the_project_has_folders_first_and_ignored_ones_as_such() {
    let machine = Machine::new(&[
        (".gitignore", b"node_modules\n*.log\n"),
        ("b.js", b""),
        ("A.js", b""),
        ("z/deep/x", b""),
        ("node_modules/m/index.js", b""),
        ("debug.log", b""),
        (".git/config", b""),
    ]);
    assert_eq!(
        shown(&machine, None, ""),
        [
            "node_modules ignored",
            "z",
            ".gitignore",
            "A.js",
            "b.js",
            "debug.log ignored"
        ]
    );
    assert_eq!(shown(&machine, None, "node_modules"), ["m ignored"]);
    assert_eq!(shown(&machine, None, "z"), ["deep"]);
    assert_eq!(
        shown(&machine, None, "gone"),
        [""; 0],
        "a folder that went away is empty"
    );
}

#[test]
fn marks_tell_what_the_task_did_and_a_deleted_file_stays_in_sight() {
    let machine = Machine::new(&[("src/a.js", b"1"), ("src/b.js", b"1"), ("c", b"1")]);
    let draft = machine.draft();
    draft
        .edit(
            "call",
            &[
                put("src/a.js", b"2"),
                delete("src/b.js"),
                put("new/d", b"3"),
            ],
        )
        .unwrap();
    assert_eq!(
        shown(&machine, Some(&draft), ""),
        ["new 1 below", "src 2 below", "c"]
    );
    assert_eq!(
        shown(&machine, Some(&draft), "src"),
        ["a.js changed", "b.js deleted not in the draft"]
    );
    assert_eq!(shown(&machine, Some(&draft), "new"), ["d added"]);
    machine.write("src/late.js", b"");
    assert_eq!(
        shown(&machine, Some(&draft), "src")[2],
        "late.js not in the draft",
        "what the person just made is there before the draft follows"
    );
    draft.refresh().unwrap();
    assert_eq!(shown(&machine, Some(&draft), "src")[2], "late.js");
    draft.edit("call", &[put("src/a.js", b"1")]).unwrap();
    assert_eq!(
        shown(&machine, Some(&draft), "src")[0],
        "a.js",
        "changed back"
    );
}

#[test]
fn a_link_to_elsewhere_is_one_name_and_leads_nowhere() {
    let machine = Machine::new(&[("a", b"1")]);
    symlink("/etc", machine.at("out")).unwrap();
    assert_eq!(shown(&machine, None, ""), ["a", "out"]);
    assert_eq!(shown(&machine, None, "out"), [""; 0]);
    let root = project_root(&machine.project()).unwrap();
    for path in ["out", "out/passwd"] {
        let error = text::read(&root, &rel(path), Side::Project).unwrap_err();
        assert!(matches!(error, FilesError::Link { .. }), "{path}: {error}");
    }
}

#[test]
fn a_folder_that_was_replaced_is_gone_and_not_read() {
    let machine = Machine::new(&[("a", b"1")]);
    let project = machine.project();
    fs::rename(machine.root(), machine.dir.path().join("old")).unwrap();
    fs::create_dir(machine.dir.path().join("project")).unwrap();
    assert!(matches!(project_root(&project), Err(FilesError::Gone)));
}

#[track_caller]
fn instead(machine: &Machine, path: &str, expect: &str) {
    let root = project_root(&machine.project()).unwrap();
    let said = match text::read(&root, &rel(path), Side::Project) {
        Ok(read) => match read.content {
            Content::Not(sentence) => sentence,
            Content::Text { text, .. } => panic!("{path} is text: {text}"),
        },
        Err(error) => error.to_string(),
    };
    assert!(said.contains(expect), "{said}");
}

#[test]
fn what_the_editor_cannot_show_is_said_in_words() {
    let machine = Machine::new(&[("bin", b"\x7fELF\0\0\0"), ("folder/x", b"")]);
    machine.write("big.txt", &vec![b'a'; text::LARGEST as usize + 1]);
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        machine.at("pipe"),
        rustix::fs::Mode::from_raw_mode(0o600),
    )
    .unwrap();
    instead(&machine, "bin", "is not text (7 bytes)");
    instead(
        &machine,
        "big.txt",
        "4.0 MB, and the editor opens files of up to 4 MB",
    );
    instead(&machine, "folder", "not a file that can be opened");
    instead(&machine, "pipe", "not a file that can be opened");
    instead(
        &machine,
        "none",
        "is not in your folder. Nothing was changed",
    );
}

#[track_caller]
fn saved(before: &[u8], edited: &str, expect: &[u8]) {
    let bytes = text::to_bytes(before, edited).unwrap();
    assert_eq!(bytes, expect, "{}", String::from_utf8_lossy(&bytes));
}

#[test]
fn saving_keeps_encoding_mark_and_endings() {
    saved(b"a\r\nb\r\n", "a\nB\n", b"a\r\nB\r\n");
    saved(b"\xef\xbb\xbfa\n", "\u{e9}\n", b"\xef\xbb\xbf\xc3\xa9\n");
    saved(b"\xff\xfea\0\r\0\n\0", "b\n", b"\xff\xfeb\0\r\0\n\0");
    saved(b"\xfe\xff\0a", "b", b"\xfe\xff\0b");
    saved(b"", "new\n", b"new\n");
    let (japanese, _, _) =
        encoding_rs::SHIFT_JIS.encode("これは日本語の文章です。設定ファイルを読み込みます。\r\n");
    let read = text::of_bytes(&japanese);
    let Content::Text {
        text: shown,
        encoding,
        ending,
    } = read.content
    else {
        panic!("Japanese text is text")
    };
    assert_eq!((encoding.as_str(), ending), ("Shift_JIS", Ending::CrLf));
    saved(&japanese, &shown, &japanese);
    let error = text::to_bytes(&japanese, &format!("{shown}\u{1f600}")).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("\"\u{1f600}\" cannot be written in Shift_JIS"),
        "{error}"
    );
}

#[test]
fn letters_find_files_and_say_which_fit() {
    let paths: Vec<RelPath> = [
        "src/cart/discount.js",
        "src/shop.js",
        "docs/discussion.md",
        "äöü/straße/cart.ts",
    ]
    .map(rel)
    .to_vec();
    let found = |typed: &str| -> Vec<String> {
        find::best(paths.iter(), typed, 10, |_| 0)
            .iter()
            .map(|hit| hit.path.to_string())
            .collect()
    };
    assert_eq!(found("disc")[0], "docs/discussion.md");
    assert_eq!(found("cartdisc"), ["src/cart/discount.js"]);
    assert_eq!(found("src\\shop"), ["src/shop.js"]);
    assert_eq!(found("zzz"), [""; 0]);
    assert_eq!(found("").len(), 4, "nothing typed fits all");
    let hit = &find::best(paths.iter(), "stracart", 10, |_| 0)[0];
    let text: Vec<u16> = hit.path.to_string().encode_utf16().collect();
    let letters: Vec<u16> = hit.letters.iter().map(|at| text[*at as usize]).collect();
    assert_eq!(String::from_utf16(&letters).unwrap(), "stracart");
    let favoured = find::best(paths.iter(), "", 10, |path| {
        u32::from(path.to_string() == "src/shop.js")
    });
    assert_eq!(favoured[0].path, rel("src/shop.js"));
}

#[test]
fn fifty_thousand_files_are_listed_and_looked_through_while_a_person_types() {
    let machine = Machine::quick(&[(".gitignore", b"dist\n")]);
    for folder in 0..50 {
        fs::create_dir_all(machine.at(&format!("part{folder}/dist"))).unwrap();
        machine.write(&format!("part{folder}/dist/made.js"), b"");
        for file in 0..1000 {
            fs::write(machine.at(&format!("part{folder}/file{file}.js")), "").unwrap();
        }
    }
    let root = project_root(&machine.project()).unwrap();
    let list = find::files_of(&root, Rules::of(&machine.root()).unwrap()).unwrap();
    assert_eq!(list.len(), 50_001, "what is ignored is not looked through");
    let began = Instant::now();
    let hits = find::best(list.iter(), "p49f999", 100, |_| 0);
    let took = began.elapsed();
    assert_eq!(hits[0].path, rel("part49/file999.js"));
    // A tenth of a second is at once; a debug build on a busy machine gets some more.
    assert!(took < Duration::from_secs(2), "{took:?}");
    let mut rules = Rules::of(&machine.root()).unwrap();
    let marks = Marks::default();
    let listing = tree::list(&root, None, &mut rules, &marks, &rel("part7"), 100).unwrap();
    assert_eq!((listing.entries.len(), listing.all), (100, 1001));
}

#[test]
fn what_a_desktop_might_run_is_not_opened() {
    let machine = Machine::new(&[
        ("a.txt", b""),
        ("run.sh", b"#!/bin/sh\n"),
        ("x.Desktop", b""),
    ]);
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(machine.at("run.sh"), executable).unwrap();
    symlink("a.txt", machine.at("link.txt")).unwrap();
    let root = project_root(&machine.project()).unwrap();
    outside::may_open(&root, &rel("a.txt")).unwrap();
    for (path, why) in [
        (
            "run.sh",
            "can be run as a program, so your desktop may run it",
        ),
        ("x.Desktop", "is of a kind that starts programs"),
        ("link.txt", "is a link, and links are not followed here"),
        ("gone", "in the private copy only; apply it first"),
    ] {
        let error = outside::may_open(&root, &rel(path))
            .unwrap_err()
            .to_string();
        assert!(error.contains(why), "{path}: {error}");
    }
}
