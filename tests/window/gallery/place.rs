//! Where the scenes play: a home of one's own with folders in it, so that the pictures say
//! `~/Projects` and not where the tests run.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use serde_json::json;
use support::binaries;
use support::model::Model;
use support::window::Launch;
use support::window::Window;

use crate::person;

/// A home and how the app is started in it.
pub(crate) struct Place {
    pub(crate) launch: Launch,
    home: PathBuf,
}

impl Place {
    /// A first start that is connected to `model`.
    pub(crate) fn connected(model: &Model) -> Self {
        Self::of(person::connected(model))
    }

    /// A first start without a model.
    pub(crate) fn unconnected() -> Self {
        Self::of(person::unconnected())
    }

    fn of(launch: Launch) -> Self {
        let home = launch.data().with_file_name("home");
        fs::create_dir_all(&home).expect("a home can be made");
        Self {
            launch: launch.env("HOME", &home),
            home,
        }
    }

    /// Makes a folder in the home, with these files in it.
    pub(crate) fn folder(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let folder = self.home.join(name);
        fs::create_dir_all(&folder).expect("a folder can be made");
        for (path, text) in files {
            write(&folder.join(path), text);
        }
        folder
    }

    /// The sample project, as somebody's own.
    pub(crate) fn shop(&self) -> PathBuf {
        let folder = self.folder("Projects/paper-shop", &[]);
        sample::write_project(&folder).expect("the sample fits into an empty folder");
        folder
    }

    /// Starts with `project` open.
    pub(crate) async fn open(&self, project: &Path) -> Window {
        let window = Window::open(&self.launch.clone().project(project)).await;
        let name = project.file_name().expect("a folder has a name");
        person::opened(&window, name.to_str().expect("a name of letters")).await;
        window
    }

    /// Has these folders opened once, before the app starts.
    pub(crate) fn opened_before(&self, projects: &[PathBuf]) {
        let mut serve = Command::new(binaries::greenlight_cli())
            .arg("serve")
            .arg("--data")
            .arg(self.launch.data().join("greenlight"))
            .env("HOME", &self.home)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("serve starts");
        let mut input = serve.stdin.take().expect("its input is piped");
        for (at, path) in projects.iter().enumerate() {
            let line = json!({ "id": at, "name": "project/open", "request": { "path": path } });
            writeln!(input, "{line}").expect("serve reads its input");
        }
        drop(input);
        assert!(serve.wait().expect("serve ends").success());
    }
}

/// Writes a file and makes the folders it is in.
pub(crate) fn write(path: &Path, bytes: impl AsRef<[u8]>) {
    let parent = path.parent().expect("a file is in a folder");
    fs::create_dir_all(parent).expect("folders can be made");
    fs::write(path, bytes).expect("a file can be written");
}
