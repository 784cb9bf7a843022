//! Shows a file of the project in the desktop's file manager, or opens it in the person's program.
//!
//! Only what stands in the project itself, never a draft's private copy: a program that wrote there
//! would change the draft unseen. What the desktop might run instead of show is refused.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use super::FilesError;
use super::Side;
use super::explain;
use crate::project::beneath::Root;
use crate::project::path::RelPath;
use crate::project::stat::Kind;

/// How long the desktop may take to answer; its programs may run longer.
const ANSWER: Duration = Duration::from_secs(5);

const FILE_MANAGER: &str = "org.freedesktop.FileManager1";

/// Names that desktops start.
const PROGRAMS: &[&str] = &[
    "desktop",
    "appimage",
    "run",
    "bin",
    "exe",
    "com",
    "bat",
    "cmd",
    "msi",
    "scr",
    "lnk",
    "jar",
    "flatpakref",
    "flatpak",
    "snap",
    "deb",
    "rpm",
    "directory",
    "service",
];

/// The desktop that the person works at, by their environment.
#[derive(Clone)]
pub struct Desktop {
    environment: Vec<(OsString, OsString)>,
}

impl Desktop {
    /// `environment` is the person's own.
    pub fn new(environment: &[(OsString, OsString)]) -> Self {
        Self {
            environment: environment.to_vec(),
        }
    }

    /// Shows `path` in the file manager, chosen; where there is none that can be asked, opens the
    /// folder that holds it.
    pub(crate) async fn reveal(&self, root: &Path, path: &RelPath) -> Result<(), FilesError> {
        let place = root.join(path);
        if self.show_items(&place).await.is_ok() {
            return Ok(());
        }
        let folder = place.parent().unwrap_or(root);
        self.xdg_open(folder, path).await
    }

    /// Opens `path` in the program that the person's desktop has for it.
    pub(crate) async fn open(&self, root: &Path, path: &RelPath) -> Result<(), FilesError> {
        self.xdg_open(&root.join(path), path).await
    }

    async fn show_items(&self, place: &Path) -> zbus::Result<()> {
        let asked = async {
            let bus = zbus::connection::Builder::address(&*self.bus())?
                .build()
                .await?;
            bus.call_method(
                Some(FILE_MANAGER),
                "/org/freedesktop/FileManager1",
                Some(FILE_MANAGER),
                "ShowItems",
                &([uri(place)].as_slice(), ""),
            )
            .await?;
            Ok(())
        };
        tokio::time::timeout(ANSWER, asked)
            .await
            .unwrap_or_else(|_| Err(zbus::Error::Failure("no answer".to_owned())))
    }

    /// The address of the session's bus.
    fn bus(&self) -> String {
        if let Some(address) = self.variable("DBUS_SESSION_BUS_ADDRESS") {
            return address.to_string_lossy().into_owned();
        }
        let run = self.variable("XDG_RUNTIME_DIR").unwrap_or_default();
        format!("unix:path={}", Path::new(&run).join("bus").display())
    }

    async fn xdg_open(&self, place: &Path, path: &RelPath) -> Result<(), FilesError> {
        let failed = |why: String| FilesError::NoProgram {
            path: path.clone(),
            why,
        };
        let program = self.found("xdg-open").ok_or_else(|| {
            failed("this desktop has no `xdg-open`, which chooses the program".to_owned())
        })?;
        let mut child = tokio::process::Command::new(program)
            .arg(place)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| failed(format!("`xdg-open` did not start ({error})")))?;
        match tokio::time::timeout(ANSWER, child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(_)) => Err(failed("your desktop has no program for it".to_owned())),
            Ok(Err(error)) => Err(failed(error.to_string())),
            Err(_) => {
                // The program itself goes on; it is waited for, so that it leaves nothing behind.
                tokio::spawn(async move { child.wait().await });
                Ok(())
            }
        }
    }

    fn variable(&self, wanted: &str) -> Option<&OsStr> {
        let found = self.environment.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| &**value)
    }

    fn found(&self, program: &str) -> Option<PathBuf> {
        std::env::split_paths(self.variable("PATH")?)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(program))
            .find(|place| place.is_file())
    }
}

/// Whether `path` may be opened: a plain file of the project that no desktop would start.
pub(crate) fn may_open(root: &Root, path: &RelPath) -> Result<(), FilesError> {
    let stat = present(root, path)?;
    let runs = |why| FilesError::Runs {
        path: path.clone(),
        why,
    };
    let name = path.name().to_string_lossy().to_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match stat {
        Kind::File => {}
        Kind::Link => return Err(FilesError::Link { path: path.clone() }),
        Kind::Folder | Kind::Special => return Err(FilesError::NotAFile { path: path.clone() }),
    }
    if PROGRAMS.contains(&ending) {
        return Err(runs("is of a kind that starts programs"));
    }
    let mode = root
        .stat(path)
        .ok()
        .flatten()
        .map_or(0o111, |stat| stat.mode);
    if mode & 0o111 != 0 {
        return Err(runs("can be run as a program"));
    }
    Ok(())
}

/// What stands at `path` in the project.
pub(crate) fn present(root: &Root, path: &RelPath) -> Result<Kind, FilesError> {
    match root.stat(path) {
        Ok(Some(stat)) => Ok(stat.kind),
        Ok(None) => Err(FilesError::NotThere {
            path: path.clone(),
            side: Side::Project,
            next: "It is in the private copy only; apply it first.",
        }),
        Err(e) => Err(explain(path, Side::Project, e)),
    }
}

/// A path as an address of the desktop.
fn uri(place: &Path) -> String {
    let mut uri = "file://".to_owned();
    for byte in place.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(char::from(*byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_hides_nothing_of_a_path() {
        assert_eq!(
            uri(Path::new("/a b/#1?/\u{e9}%.txt")),
            "file:///a%20b/%231%3F/%C3%A9%25.txt"
        );
    }
}
