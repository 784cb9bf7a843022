use super::*;

/// A home with tools, and with credentials beside them.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    for folder in [
        ".cargo/bin",
        ".cargo/registry/cache",
        ".cargo/git",
        ".rustup/toolchains/stable/bin",
        ".npm/_cacache",
        ".nvm/versions/node/v20/bin",
        ".pyenv/shims",
        ".volta/bin",
        ".local/bin",
        ".local/share/keyrings",
        ".bun/bin",
        ".bun/install/cache",
        ".cache/pip",
        ".cache/go-build",
        ".cache/mozilla",
        "go/pkg/mod",
        "go/bin",
        ".m2/repository",
        ".gradle/caches",
        ".gem/ruby",
        "tools/zig/lib",
        "tools/zig/bin",
        "scripts",
    ] {
        fs::create_dir_all(home.path().join(folder)).unwrap();
    }
    for secret in CREDENTIALS {
        let at = home.path().join(secret);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        if !at.exists() {
            fs::write(at, "SECRET").unwrap();
        }
    }
    fs::write(
        home.path().join(".rustup/settings.toml"),
        "profile = \"default\"",
    )
    .unwrap();
    fs::write(home.path().join(".cargo/config.toml"), "[net]\nretry = 2\n").unwrap();
    home
}

fn find(home: &Path, env: &[(&str, &str)], project: &str) -> Homes {
    let env: Vec<_> = env
        .iter()
        .map(|(name, value)| {
            let value = value.replace('~', home.to_str().unwrap());
            (OsString::from(name), OsString::from(value))
        })
        .collect();
    let project = home.join(project);
    Homes::find(
        home,
        &env,
        &project,
        &[&home.join(".local/share/greenlight")],
    )
}

fn value(homes: &Homes, name: &str, network: bool) -> Option<String> {
    let env = homes.environment(network);
    let found = env.into_iter().rev().find(|(n, _)| n == name)?;
    Some(found.1.into_string().unwrap())
}

#[test]
fn programs_are_read_only_and_packages_layered() {
    let dir = home();
    let homes = find(dir.path(), &[], "code/project");
    let at = |path: &str| dir.path().join(path);
    for path in [
        ".cargo/bin",
        ".cargo/config.toml",
        ".rustup/toolchains",
        ".pyenv",
        ".local/bin",
        "go/bin",
    ] {
        assert!(homes.read_only.contains(&at(path)), "{path}: {homes:?}");
    }
    for path in [
        ".cargo/registry",
        ".npm/_cacache",
        "go/pkg/mod",
        ".m2/repository",
        ".cache/go-build",
    ] {
        assert!(homes.layered.contains(&at(path)), "{path}: {homes:?}");
    }
    assert!(homes.private.is_empty());
}

#[test]
fn a_link_or_a_detour_shows_no_more_than_where_it_leads() {
    let dir = home();
    let at = |path: &str| dir.path().join(path);
    fs::create_dir_all(at("code/project")).unwrap();
    fs::create_dir_all(at(".local/share/greenlight/tasks")).unwrap();
    std::os::unix::fs::symlink(at(".config"), at("sdk")).unwrap();
    std::os::unix::fs::symlink(dir.path(), at(".jdks")).unwrap();
    std::os::unix::fs::symlink(at(".local"), at(".jenv")).unwrap();
    std::os::unix::fs::symlink(at(".local/share"), at(".rbenv")).unwrap();
    std::os::unix::fs::symlink(at("tools/zig"), at(".asdf")).unwrap();
    let env = [
        ("JAVA_HOME", "~/code/.."),
        ("GOROOT", "~/.cargo/../.local/share"),
        ("PATH", "~/.jdks/.local/share:~/scripts"),
    ];
    let homes = find(dir.path(), &env, "code/project");
    let shown: Vec<_> = homes
        .read_only
        .iter()
        .chain(&homes.layered)
        .map(|path| fs::canonicalize(path).unwrap())
        .collect();
    let hidden = [".local/share/greenlight", "code/project"];
    for secret in CREDENTIALS.iter().chain(&hidden).map(|secret| at(secret)) {
        let seen = shown.iter().find(|path| secret.starts_with(path));
        assert_eq!(seen, None, "{secret:?}");
    }
    assert!(homes.read_only.contains(&at(".asdf")), "{homes:?}");
    assert!(homes.left_out.iter().any(|left| left.path == at("sdk")));
}

#[test]
fn credentials_are_in_none_of_them() {
    let dir = home();
    let path = "~/.docker:~/.config/gh:~/.ssh:~/.local/share:~/.cargo/bin";
    let homes = find(dir.path(), &[("PATH", path)], "code/project");
    let shown: Vec<_> = homes.read_only.iter().chain(&homes.layered).collect();
    assert!(shown.len() > 15);
    for secret in CREDENTIALS {
        let secret = dir.path().join(secret);
        assert!(
            !shown.iter().any(|path| secret.starts_with(path)),
            "{secret:?}: {shown:?}"
        );
        assert!(
            !shown.iter().any(|path| path.starts_with(&secret)),
            "{secret:?}: {shown:?}"
        );
    }
    assert!(!shown.contains(&&dir.path().join(".cache/mozilla")));
}

#[test]
fn settings_with_a_token_are_left_out_and_said() {
    let dir = home();
    fs::write(
        dir.path().join(".cargo/config.toml"),
        "[registry]\ntoken = \"x\"\n",
    )
    .unwrap();
    // A new place for a secret, in a folder that would be shown as a whole.
    fs::create_dir_all(dir.path().join(".gradle/jdks")).unwrap();
    let homes = find(dir.path(), &[], "code/project");
    assert!(
        !homes
            .read_only
            .contains(&dir.path().join(".cargo/config.toml"))
    );
    let said = &homes.left_out[0];
    assert_eq!(said.path, dir.path().join(".cargo/config.toml"));
    assert_eq!(said.why, "it may hold a secret (it says `token`)");
}

#[test]
fn the_path_keeps_its_order_and_loses_what_cannot_be_seen() {
    let dir = home();
    let path = "~/tools/zig/bin:~/.pyenv/shims:relative:/usr/bin:~/scripts:~/gone:~:\
                ~/code/project/node_modules/.bin:/usr/bin:~/.cargo/bin";
    let homes = find(dir.path(), &[("PATH", path)], "code/project");
    let expected = "~/tools/zig/bin:~/.pyenv/shims:/usr/bin:~/scripts:\
                    ~/code/project/node_modules/.bin:~/.cargo/bin:/usr/local/bin:/bin"
        .replace('~', dir.path().to_str().unwrap());
    assert_eq!(value(&homes, "PATH", false).unwrap(), expected);
    // The whole prefix, because programs look for their libraries beside `bin`.
    assert!(homes.read_only.contains(&dir.path().join("tools/zig")));
    assert!(homes.read_only.contains(&dir.path().join("scripts")));
}

#[test]
fn a_link_of_a_session_is_followed_to_its_manager() {
    let dir = home();
    let session = tempfile::tempdir().unwrap();
    let bin = dir.path().join(".nvm/versions/node/v20/bin");
    let link = session.path().join("multishell");
    std::os::unix::fs::symlink(&bin, &link).unwrap();
    let homes = find(
        dir.path(),
        &[("PATH", link.to_str().unwrap())],
        "code/project",
    );
    let real = fs::canonicalize(&bin).unwrap();
    assert!(
        value(&homes, "PATH", false)
            .unwrap()
            .starts_with(real.to_str().unwrap())
    );
}

#[test]
fn moved_homes_are_found_and_written_apart() {
    let dir = home();
    let moved = tempfile::tempdir().unwrap();
    fs::create_dir_all(moved.path().join("registry")).unwrap();
    let at = moved.path().to_str().unwrap();
    let env = [
        ("CARGO_HOME", at),
        ("GOPATH", "~"),
        ("JAVA_HOME", "/usr/lib/jvm/x"),
    ];
    let homes = find(dir.path(), &env, "code/project");
    assert!(homes.layered.contains(&moved.path().join("registry")));
    assert!(!homes.layered.contains(&dir.path().join(".cargo/registry")));
    assert_eq!(homes.private, [moved.path()]);
    assert_eq!(value(&homes, "CARGO_HOME", false).as_deref(), Some(at));
    assert_eq!(
        value(&homes, "JAVA_HOME", false).as_deref(),
        Some("/usr/lib/jvm/x")
    );
    let bind = &homes.binds(Path::new("/task"))[0];
    assert_eq!(bind.at, moved.path());
    assert!(bind.from.starts_with("/task"));
}

#[test]
fn a_project_inside_a_tool_home_is_not_shown_by_it() {
    let dir = home();
    fs::create_dir_all(dir.path().join("go/pkg/mod/example")).unwrap();
    let homes = find(dir.path(), &[], "go/pkg/mod/example");
    // A layer would hide where the draft is to be mounted.
    assert!(homes.read_only.contains(&dir.path().join("go/pkg/mod")));
    assert!(!homes.layered.contains(&dir.path().join("go/pkg/mod")));
    let homes = find(dir.path(), &[("PATH", "~/go/bin")], "go");
    assert!(
        !homes
            .read_only
            .iter()
            .any(|path| path.starts_with(dir.path().join("go")))
    );
}

#[test]
fn the_environment_is_an_allow_list() {
    let dir = home();
    let env = [
        ("OPENAI_API_KEY", "sk-secret"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
        ("LD_PRELOAD", "/x.so"),
        ("NODE_OPTIONS", "--require x"),
        ("BASH_ENV", "/x"),
        ("GIT_SSH_COMMAND", "x"),
        ("CI", "true"),
        ("LANG", "de_DE.UTF-8"),
        ("USER", "anna"),
        ("TZ", "Europe/Berlin"),
        ("NVM_DIR", "~/.nvm"),
        ("PYENV_ROOT", "/nowhere/pyenv"),
    ];
    let homes = find(dir.path(), &env, "code/project");
    for name in [
        "OPENAI_API_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "LD_PRELOAD",
        "NODE_OPTIONS",
    ]
    .into_iter()
    .chain(["BASH_ENV", "GIT_SSH_COMMAND", "CI", "PYENV_ROOT"])
    {
        assert_eq!(value(&homes, name, true), None, "{name}");
    }
    assert_eq!(value(&homes, "LANG", false).as_deref(), Some("C.UTF-8"));
    assert_eq!(value(&homes, "USER", false).as_deref(), Some("anna"));
    assert_eq!(value(&homes, "TZ", false).as_deref(), Some("Europe/Berlin"));
    assert_eq!(
        value(&homes, "NVM_DIR", false),
        Some(format!("{}/.nvm", dir.path().display()))
    );
    assert_eq!(value(&homes, "GOPROXY", false).as_deref(), Some("off"));
    assert_eq!(value(&homes, "GOPROXY", true), None);
}

#[test]
fn layers_of_different_folders_are_apart() {
    let dir = home();
    let homes = find(dir.path(), &[], "code/project");
    let layers = homes.overlays(Path::new("/task/layers"));
    let uppers: std::collections::HashSet<_> = layers.iter().map(|layer| &layer.upper).collect();
    assert_eq!(uppers.len(), homes.layered.len());
    assert!(layers.iter().all(|layer| layer.lower == layer.at));
}
