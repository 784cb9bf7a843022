//! What the app is told when it starts: its arguments and its folders.

use std::ffi::OsString;
use std::path::PathBuf;

use api::Places;
use tauri::App;
use tauri::Manager;

const USAGE: &str = "Usage: greenlight [--project DIR]";

/// The arguments of the app.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// The folder to open.
    pub(crate) project: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn parse(words: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut arguments = Self::default();
        let mut words = words;
        while let Some(word) = words.next() {
            let joined = word
                .to_str()
                .and_then(|word| word.strip_prefix("--project="));
            let folder = if word == "--project" {
                words
                    .next()
                    .ok_or_else(|| format!("`--project` names no folder.\n{USAGE}"))?
            } else if let Some(folder) = joined {
                folder.into()
            } else {
                return Err(format!("`{}` is not understood.\n{USAGE}", word.display()));
            };
            let absolute = std::path::absolute(&folder);
            arguments.project = Some(absolute.unwrap_or_else(|_| PathBuf::from(folder)));
        }
        Ok(arguments)
    }
}

/// The folders of the person who runs the app.
pub(crate) fn places(app: &App) -> tauri::Result<Places> {
    let paths = app.path();
    Ok(Places {
        data: paths.data_dir()?.join("greenlight"),
        settings: paths.config_dir()?.join("greenlight").join("settings.toml"),
        home: paths.home_dir()?,
        environment: std::env::vars_os().collect(),
    })
}
