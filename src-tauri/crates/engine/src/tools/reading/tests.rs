use super::*;

fn shell(command: &str) -> ToolCall {
    let arguments = serde_json::json!({ "command": command });
    ToolCall {
        call_id: "c".to_owned(),
        name: "shell_command".to_owned(),
        input: ToolInput::Json(arguments.to_string()),
    }
}

fn read(command: &str) -> Option<Vec<String>> {
    let paths = read_by(&shell(command), Path::new("/p"))?;
    Some(
        paths
            .iter()
            .map(|path| path.display().to_string())
            .collect(),
    )
}

#[test]
fn what_plainly_reads_is_known_by_path() {
    for (command, paths) in [
        ("cat a.txt", &["a.txt"][..]),
        ("cat ./a.txt src/../b", &["a.txt", "b"]),
        ("cat /p/a.txt", &["a.txt"]),
        ("nl -b a 2>/dev/null", &["a"]),
        ("sed -n '1,200p' src/main.rs", &["src/main.rs"]),
        ("head -20 a && tail -n 5 b", &["a", "b"]),
        ("wc -l a | head -n 1", &["a"]),
        ("ls", &[""]),
        ("ls -a src", &["src"]),
        ("rg --files", &[""]),
        ("rg -n fn src", &["src"]),
        ("rg -n 'fn.main'", &[""]),
        ("grep -rn 'x*' src", &["", "src"]),
        ("grep -n x a b", &["a", "b"]),
        ("find . -type f -name '*.rs'", &["", ""]),
        ("find src -maxdepth 2", &["src"]),
        ("pwd", &[]),
    ] {
        assert_eq!(
            read(command)
                .as_deref()
                .map(|p| p.iter().map(String::as_str).collect()),
            Some(paths.to_vec()),
            "{command}"
        );
    }
}

#[test]
fn anything_else_is_not_taken_for_reading() {
    for command in [
        "cat /etc/passwd",
        "cat ../outside",
        "cat -",
        "cat *.txt",
        "ls -l",
        "ls -t",
        "ls --time=atime",
        "rg --pre ./run x",
        "rg --sort modified x",
        "grep",
        "grep -f patterns a",
        "tail -f log",
        "find . -newer a",
        "find . -delete",
        "find . -mtime 1",
        "cd src && cat a",
        "date",
        "stat a",
        "git log",
        "sed -i s/a/b/ a",
        "sed -n 1w/out a",
        "cat a > b",
        "echo $HOME",
        "cat $(ls)",
        "python3 a.py",
        "npm test",
        "diff a b",
    ] {
        assert_eq!(read(command), None, "{command}");
    }
    let with = |arguments: Value| ToolCall {
        input: ToolInput::Json(arguments.to_string()),
        ..shell("")
    };
    let asked =
        with(serde_json::json!({"command": "cat a", "sandbox_permissions": "require_escalated"}));
    assert_eq!(read_by(&asked, Path::new("/p")), None);
    let elsewhere = with(serde_json::json!({"command": "cat a", "workdir": "/etc"}));
    assert_eq!(read_by(&elsewhere, Path::new("/p")), None);
    let inside = with(serde_json::json!({"command": "cat a", "workdir": "src"}));
    assert_eq!(
        read_by(&inside, Path::new("/p")),
        Some(vec![PathBuf::from("src/a")])
    );
}

#[test]
fn a_print_differs_with_anything_that_could_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path();
    fs::create_dir(tree.join("src")).unwrap();
    fs::write(tree.join("src/a"), "1").unwrap();
    let of = |path: &str| print_of(tree, Path::new(path));
    let look = |path: &str| Look {
        path: path.into(),
        print: of(path).expect("it can be looked at"),
    };
    let (file, folder, missing) = (look("src/a"), look(""), look("src/b"));
    for one in [&file, &folder, &missing] {
        assert!(one.is_unchanged(tree));
    }
    fs::write(tree.join("src/a"), "2").unwrap();
    assert!(!file.is_unchanged(tree) && !folder.is_unchanged(tree) && missing.is_unchanged(tree));
    fs::write(tree.join("src/a"), "1").unwrap();
    assert!(file.is_unchanged(tree) && folder.is_unchanged(tree));
    fs::write(tree.join("src/b"), "").unwrap();
    assert!(!missing.is_unchanged(tree) && !folder.is_unchanged(tree));
    fs::rename(tree.join("src/b"), tree.join("src/c")).unwrap();
    assert!(missing.is_unchanged(tree) && !folder.is_unchanged(tree));
    fs::remove_file(tree.join("src/c")).unwrap();
    assert!(folder.is_unchanged(tree));
    std::os::unix::fs::symlink("src", tree.join("link")).unwrap();
    assert!(!folder.is_unchanged(tree));
    assert_eq!((of(""), of("link/a")), (None, None), "links lead anywhere");
}
