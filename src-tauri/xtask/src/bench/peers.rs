//! The programs that Greenlight is measured against, installed where a clean build removes them.

use std::fs;
use std::path::PathBuf;

use crate::places;
use crate::shell;
use crate::shell::Problem;
use crate::stamp;

const FILES: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];

/// Peers that are installed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Set {
    /// The folder that names them, below the root.
    named: &'static str,
    /// The folder they are installed into, below the build folder.
    installed: &'static str,
}

impl Set {
    /// Agents and clients.
    pub(crate) const PROGRAMS: Self = Self {
        named: "tests/bench",
        installed: "peers",
    };
    /// Viewers and highlighters that run in a page or in node.
    pub(crate) const WEB: Self = Self {
        named: "tests/bench/web",
        installed: "peers-web",
    };

    /// The folder with their `node_modules`.
    pub(crate) fn folder(self) -> PathBuf {
        places::target().join(self.installed)
    }

    /// Installs them in the versions that are named, unless that is what is there. None of their own
    /// install scripts is run.
    pub(crate) fn ensure(self) -> Result<(), Problem> {
        let named = places::root().join(self.named);
        let files: Vec<PathBuf> = FILES.iter().map(|name| named.join(name)).collect();
        let cannot = |error| format!("The peers cannot be installed: {error}.");
        let value = stamp::of(&files, &[]).map_err(cannot)?;
        let folder = self.folder();
        let mark = folder.join("node_modules/.greenlight-installed");
        if stamp::matches(&mark, &value) {
            return Ok(());
        }
        fs::create_dir_all(&folder).map_err(cannot)?;
        for name in FILES {
            fs::copy(named.join(name), folder.join(name)).map_err(cannot)?;
        }
        println!("Installing the peers into {} (npm)", folder.display());
        // Not `ci`: the lock holds only this platform's package of some of them.
        let mut install = shell::npm(&["install", "--ignore-scripts", "--no-audit", "--no-fund"]);
        shell::must(install.current_dir(&folder))?;
        fs::write(&mark, value).map_err(cannot)
    }
}
