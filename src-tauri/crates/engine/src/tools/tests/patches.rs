//! Patches, in all the ways in which they are handed over.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;

use serde_json::json;

use super::bench::Bench;
use super::without_time;
use crate::agent::item::FileChangeKind;
use crate::agent::item::ItemKind;
use crate::tools::Permission;
use crate::tools::ToolResult;

const FILES: &[(&str, &str)] = &[
    ("a.txt", "one\ntwo\n"),
    ("src/b.txt", "b\n"),
    ("run.sh", "#!\n"),
];

#[track_caller]
fn patched(result: &ToolResult) -> Vec<(String, FileChangeKind, u32, u32)> {
    match &result.item {
        ItemKind::Patch { files, error: None } => files
            .iter()
            .map(|file| (file.path.clone(), file.change, file.added, file.removed))
            .collect(),
        other => panic!("not applied: {other:?}"),
    }
}

#[track_caller]
fn error(result: &ToolResult) -> String {
    match &result.item {
        ItemKind::Patch {
            files,
            error: Some(error),
        } if files.is_empty() => error.clone(),
        other => panic!("applied: {other:?}"),
    }
}

#[tokio::test]
async fn a_patch_changes_the_draft_alone() {
    let bench = Bench::new(FILES);
    let result = bench
        .patch(
            "*** Begin Patch\n*** Update File: a.txt\n@@\n one\n-two\n+TWO\n+three\n\
             *** Add File: new/c.txt\n+c\n*** Delete File: src/b.txt\n*** End Patch\n",
        )
        .await;
    assert_eq!(
        without_time(&result.output),
        "Exit code: 0\nOutput:\nSuccess. Updated the following files:\n\
         M a.txt\nA new/c.txt\nD src/b.txt"
    );
    assert_eq!(
        patched(&result),
        [
            ("a.txt".to_owned(), FileChangeKind::Modified, 2, 1),
            ("new/c.txt".to_owned(), FileChangeKind::Added, 1, 0),
            ("src/b.txt".to_owned(), FileChangeKind::Deleted, 0, 1),
        ]
    );
    let tree = bench.draft.tree();
    assert_eq!(
        fs::read_to_string(tree.join("a.txt")).unwrap(),
        "one\nTWO\nthree\n"
    );
    assert!(tree.join("new/c.txt").exists() && !tree.join("src/b.txt").exists());
    assert_eq!(
        fs::read_to_string(bench.project().join("a.txt")).unwrap(),
        "one\ntwo\n"
    );
    assert_eq!(bench.draft.entries()[0].files.len(), 3);
}

#[tokio::test]
async fn a_shell_call_that_is_only_a_patch_is_one() {
    let patch = |path: &str| {
        format!("*** Begin Patch\n*** Update File: {path}\n@@\n-b\n+B\n*** End Patch\n")
    };
    let heredoc =
        |before: &str, path: &str| format!("{before}apply_patch <<'EOF'\n{}EOF\n", patch(path));
    let absolute = "ABSOLUTE/src/b.txt";
    for (name, command, workdir) in [
        ("shell_command", json!(heredoc("", "src/b.txt")), None),
        ("shell_command", json!(heredoc("cd src && ", "b.txt")), None),
        ("shell_command", json!(heredoc("", "b.txt")), Some("src")),
        (
            "shell_command",
            json!(heredoc("cd .. && ", "src/b.txt")),
            Some("src"),
        ),
        (
            "shell_command",
            json!(heredoc("cd src && ", absolute)),
            None,
        ),
        (
            "shell",
            json!(["bash", "-lc", heredoc("cd src && ", "./b.txt")]),
            None,
        ),
        ("shell", json!(["apply_patch", patch("src/b.txt")]), None),
        (
            "local_shell",
            json!(["apply_patch", patch("src//b.txt")]),
            None,
        ),
    ] {
        let bench = Bench::new(FILES);
        let command = command
            .to_string()
            .replace("ABSOLUTE", bench.project().to_str().unwrap());
        let mut arguments = json!({});
        arguments["command"] = serde_json::from_str(&command).unwrap();
        if let Some(workdir) = workdir {
            arguments["workdir"] = json!(workdir);
        }
        let result = bench.call(name, arguments).await;
        let expected = [("src/b.txt".to_owned(), FileChangeKind::Modified, 1, 1)];
        assert_eq!(patched(&result), expected, "{command}");
        assert_eq!(
            fs::read_to_string(bench.draft.tree().join("src/b.txt")).unwrap(),
            "B\n"
        );
        let json = name != "shell_command";
        assert_eq!(
            result.output.as_str().unwrap().starts_with('{'),
            json,
            "{command}"
        );
    }
}

#[tokio::test]
async fn what_does_not_fit_changes_nothing_and_is_explained() {
    let bench = Bench::new(FILES);
    symlink("/etc/hostname", bench.draft.tree().join("link")).unwrap();
    let update = |path: &str| {
        format!(
            "*** Begin Patch\n*** Add File: made\n+x\n*** Update File: {path}\n@@\n-b\n+B\n*** End Patch"
        )
    };
    for (text, why) in [
        (update("a.txt"), "Nothing was changed."),
        (update("gone.txt"), "`gone.txt`"),
        (update("/etc/passwd"), "outside of the project"),
        (update("../x"), "outside of the project"),
        (update("link"), "link"),
        (update(".git/config"), "Nothing was changed."),
        (
            "*** Begin Patch\n*** Add File: .git/hooks/x\n+x\n*** End Patch".to_owned(),
            "git metadata",
        ),
        (
            "*** Begin Patch\n*** Add File: src\n+x\n*** End Patch".to_owned(),
            "not a file",
        ),
        (
            "*** Begin Patch\n*** End Patch".to_owned(),
            "No files were modified",
        ),
        ("not a patch".to_owned(), "Nothing was changed."),
    ] {
        let result = bench.patch(&text).await;
        let told = error(&result);
        assert!(told.contains(why), "{text}\n{told}");
        let output = result.output.as_str().unwrap();
        assert!(
            output.starts_with("Exit code: 1\n") && output.contains(&told),
            "{output}"
        );
        assert!(!bench.draft.tree().join("made").exists(), "{text}");
    }
    assert_eq!(
        fs::read_to_string(bench.draft.tree().join("a.txt")).unwrap(),
        "one\ntwo\n"
    );
    assert!(bench.draft.entries().is_empty());
}

#[tokio::test]
async fn two_spellings_are_one_file_and_a_moved_script_stays_one() {
    let bench = Bench::new(FILES);
    let script = bench.draft.tree().join("run.sh");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let text = format!(
        "*** Begin Patch\n*** Update File: ./a.txt\n@@\n-one\n+ONE\n\
         *** Update File: {}/src/../a.txt\n@@\n-two\n+TWO\n\
         *** Update File: run.sh\n*** Move to: bin/run\n*** End Patch",
        bench.project().display()
    );
    let result = bench.patch(&text).await;
    assert_eq!(patched(&result).len(), 3, "{:?}", result.item);
    let tree = bench.draft.tree();
    assert_eq!(
        fs::read_to_string(tree.join("a.txt")).unwrap(),
        "ONE\nTWO\n"
    );
    let mode = fs::metadata(tree.join("bin/run"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o755);
    assert!(!script.exists());
}

#[tokio::test]
async fn a_read_only_task_edits_nothing() {
    let bench = Bench::new(FILES).with(Permission::ReadOnly);
    let text = "*** Begin Patch\n*** Delete File: a.txt\n*** End Patch\n";
    let heredoc = json!({"command": format!("apply_patch <<'EOF'\n{text}EOF")});
    for result in [
        bench.patch(text).await,
        bench.call("shell_command", heredoc).await,
    ] {
        let ItemKind::Refused { action, .. } = &result.item else {
            panic!("{:?}", result.item)
        };
        assert_eq!(action, "Edit a.txt");
        assert!(result.output.as_str().unwrap().contains("read-only"));
    }
    assert!(bench.draft.tree().join("a.txt").exists());
}

#[tokio::test]
async fn a_patch_given_as_a_command_is_sent_back() {
    let bench = Bench::new(FILES);
    let text = "*** Begin Patch\n*** Delete File: a.txt\n*** End Patch\n";
    let result = bench.shell(text).await;
    assert!(
        result
            .output
            .as_str()
            .unwrap()
            .contains("a patch is not a command")
    );
    assert!(bench.draft.tree().join("a.txt").exists());
}
