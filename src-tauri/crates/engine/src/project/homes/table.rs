//! Which tool keeps what where.

/// One tool's home.
pub(super) struct Tool {
    /// The variable that moves it; empty when none does.
    pub(super) var: &'static str,
    /// Where it is below the person's home, when the variable is not set.
    pub(super) at: Option<&'static str>,
    /// Programs and settings in it; `""` is the folder itself.
    pub(super) read_only: &'static [&'static str],
    /// Packages and caches in it.
    pub(super) layered: &'static [&'static str],
}

const fn tool(
    var: &'static str,
    at: &'static str,
    read_only: &'static [&'static str],
    layered: &'static [&'static str],
) -> Tool {
    Tool {
        var,
        at: Some(at),
        read_only,
        layered,
    }
}

pub(super) const TOOLS: &[Tool] = &[
    // Rust
    tool(
        "CARGO_HOME",
        ".cargo",
        &["bin", "config.toml", "config"],
        &["registry", "git"],
    ),
    tool(
        "RUSTUP_HOME",
        ".rustup",
        &["toolchains", "settings.toml", "update-hashes"],
        &[],
    ),
    // JavaScript
    tool("npm_config_cache", ".npm", &[], &["_cacache"]),
    tool(
        "NVM_DIR",
        ".nvm",
        &["versions", "alias", "nvm.sh", "nvm-exec"],
        &[],
    ),
    tool("VOLTA_HOME", ".volta", &["bin", "tools", "layout.v4"], &[]),
    tool("FNM_DIR", ".fnm", &["node-versions", "aliases"], &[]),
    tool(
        "BUN_INSTALL",
        ".bun",
        &["bin", "install/global"],
        &["install/cache"],
    ),
    tool("DENO_INSTALL", ".deno", &["bin"], &[]),
    tool("PNPM_HOME", ".local/share/pnpm", &[""], &[]),
    tool("", ".yarn", &["bin"], &["berry/cache"]),
    tool("", ".config/yarn/global", &["node_modules"], &[]),
    tool("", ".npm-global", &["bin", "lib"], &[]),
    // Python
    tool("PYENV_ROOT", ".pyenv", &[""], &[]),
    tool("", "miniconda3", &[""], &[]),
    tool("", "miniforge3", &[""], &[]),
    tool("", "mambaforge", &[""], &[]),
    tool("", "anaconda3", &[""], &[]),
    tool("", ".conda", &["envs"], &[]),
    tool("", ".local/share/uv", &["python", "tools"], &[]),
    tool("", ".local/share/pipx", &[""], &[]),
    tool("", ".local/pipx", &[""], &[]),
    tool("PIP_CACHE_DIR", ".cache/pip", &[], &[""]),
    // Go
    tool("GOPATH", "go", &["bin"], &["pkg/mod", "pkg/sumdb"]),
    Tool {
        var: "GOMODCACHE",
        at: None,
        read_only: &[],
        layered: &[""],
    },
    Tool {
        var: "GOROOT",
        at: None,
        read_only: &[""],
        layered: &[],
    },
    tool("GOCACHE", ".cache/go-build", &[], &[""]),
    tool("", "sdk", &[""], &[]),
    tool("", ".local/go", &[""], &[]),
    // Java and its kin
    Tool {
        var: "JAVA_HOME",
        at: None,
        read_only: &[""],
        layered: &[],
    },
    tool("SDKMAN_DIR", ".sdkman", &["candidates"], &[]),
    tool("", ".jenv", &[""], &[]),
    tool("", ".jdks", &[""], &[]),
    tool("", ".m2", &[], &["repository", "wrapper"]),
    tool(
        "GRADLE_USER_HOME",
        ".gradle",
        &["jdks"],
        &["caches", "wrapper", "native"],
    ),
    tool("", ".ivy2", &[], &["cache"]),
    tool("", ".sbt", &["boot", "launchers"], &[]),
    // Others
    tool("RBENV_ROOT", ".rbenv", &[""], &[]),
    tool(
        "",
        ".rvm",
        &[
            "bin",
            "gems",
            "rubies",
            "scripts",
            "environments",
            "wrappers",
        ],
        &[],
    ),
    tool("", ".gem", &["ruby"], &[]),
    tool("", ".bundle", &["cache"], &[]),
    tool("ASDF_DATA_DIR", ".asdf", &[""], &[]),
    tool(
        "MISE_DATA_DIR",
        ".local/share/mise",
        &["installs", "shims", "plugins"],
        &[],
    ),
    tool(
        "DOTNET_ROOT",
        ".dotnet",
        &["dotnet", "host", "sdk", "shared", "packs", "tools"],
        &[],
    ),
    tool("NUGET_PACKAGES", ".nuget/packages", &[], &[""]),
    tool("", ".pub-cache", &["bin"], &["hosted", "git"]),
    tool("", ".ghcup", &["bin", "ghc", "hls"], &[]),
    tool("", ".cabal", &["bin"], &["packages", "store"]),
    tool("", ".elan", &["bin", "toolchains", "settings.toml"], &[]),
    tool("", ".hex", &[], &["packages"]),
    tool("", ".mix", &["archives", "elixir"], &[]),
    tool("", ".composer", &["vendor"], &["cache"]),
    tool("", ".local", &["bin", "lib"], &[]),
    tool(
        "",
        ".cache",
        &["ms-playwright", "Cypress", "puppeteer"],
        &[
            "uv", "yarn", "pnpm", "node", "deno", "pypoetry", "composer", "coursier",
        ],
    ),
];

/// Files and folders below a home that hold credentials. A folder with one of them in it is not
/// shown, whatever the table above says.
pub(super) const CREDENTIALS: &[&str] = &[
    ".ssh",
    ".gnupg",
    ".aws",
    ".azure",
    ".kube",
    ".docker",
    ".netrc",
    ".npmrc",
    ".yarnrc",
    ".yarnrc.yml",
    ".bunfig.toml",
    ".pypirc",
    ".pip",
    ".git-credentials",
    ".gitconfig",
    ".config/git",
    ".config/gh",
    ".config/pip",
    ".config/gcloud",
    ".config/go",
    ".config/NuGet",
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".m2/settings.xml",
    ".m2/settings-security.xml",
    ".gradle/gradle.properties",
    ".gradle/init.d",
    ".gem/credentials",
    ".bundle/config",
    ".nuget/NuGet",
    ".dotnet/corefx",
    ".pub-cache/credentials.json",
    ".hex/hex.config",
    ".composer/auth.json",
    ".config/composer",
    ".local/share/keyrings",
    ".local/share/uv/credentials",
    ".sbt/.credentials",
    ".ivy2/.credentials",
    ".terraform.d",
    ".mozilla",
];

/// Where a command sees the machine as it is, by the sandbox's own rules.
pub(super) const SYSTEM: &[&str] = &[
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib64",
    "/opt",
    "/nix",
    "/gnu",
    "/snap",
    "/home/linuxbrew/.linuxbrew",
];

/// Variables that name folders, passed on when the command can see the folder.
pub(super) const PASSED: &[&str] = &[
    "CARGO_HOME",
    "RUSTUP_HOME",
    "npm_config_cache",
    "NVM_DIR",
    "VOLTA_HOME",
    "FNM_DIR",
    "BUN_INSTALL",
    "DENO_INSTALL",
    "PNPM_HOME",
    "PYENV_ROOT",
    "PIP_CACHE_DIR",
    "GOPATH",
    "GOMODCACHE",
    "GOROOT",
    "GOCACHE",
    "JAVA_HOME",
    "SDKMAN_DIR",
    "GRADLE_USER_HOME",
    "RBENV_ROOT",
    "ASDF_DIR",
    "ASDF_DATA_DIR",
    "MISE_DATA_DIR",
    "DOTNET_ROOT",
    "NUGET_PACKAGES",
];

/// Set for every command: plain output, no pager, no question.
pub(super) const QUIET: &[(&str, &str)] = &[
    ("SHELL", "/bin/bash"),
    ("TMPDIR", "/tmp"),
    ("LANG", "C.UTF-8"),
    ("LC_ALL", "C.UTF-8"),
    ("TERM", "dumb"),
    ("NO_COLOR", "1"),
    ("PAGER", "cat"),
    ("GIT_PAGER", "cat"),
    ("GH_PAGER", "cat"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("DEBIAN_FRONTEND", "noninteractive"),
    ("DO_NOT_TRACK", "1"),
    ("npm_config_update_notifier", "false"),
    ("npm_config_fund", "false"),
    ("npm_config_audit", "false"),
    ("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
    ("DOTNET_CLI_TELEMETRY_OPTOUT", "1"),
    ("DENO_NO_UPDATE_CHECK", "1"),
    // A toolchain that is not there cannot be fetched into a read-only home.
    ("GOTOOLCHAIN", "local"),
];

/// Set where there is no network, so that package tools say so at once and do not retry.
pub(super) const OFFLINE: &[(&str, &str)] = &[
    ("CARGO_NET_OFFLINE", "true"),
    ("npm_config_offline", "true"),
    ("YARN_ENABLE_NETWORK", "0"),
    ("COREPACK_ENABLE_NETWORK", "0"),
    ("GOPROXY", "off"),
    ("PIP_NO_INDEX", "1"),
    ("UV_OFFLINE", "1"),
    ("MAVEN_ARGS", "--offline"),
];
