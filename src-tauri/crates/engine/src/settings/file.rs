//! The settings file: read anew each time, changed in place, so that comments and order survive.
//!
//! The file belongs to the person. One that cannot be understood is never overwritten silently: its
//! bytes are kept beside it, under a name that is told, before anything is written. A file that is
//! a link is written where the link leads, as people keep their settings in folders of their own.

use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

use toml_edit::DocumentMut;
use toml_edit::Item;
use toml_edit::Table;
use toml_edit::Value;

use super::Kind;
use super::Problem;
use super::ProviderSettings;
use super::Settings;
use super::read;
use crate::model::WireChoice;
use crate::model::catalog::Effort;
use crate::usage::budget::Budget;

/// More than any settings are; a larger file is something else.
const LARGEST: u64 = 1 << 20;

/// What a new file begins with.
const HEAD: &str = "\
# Greenlight's settings. You may edit this file; Greenlight reads it again when it needs it and keeps
# your comments. Keys are never in here: they are in the keychain of this computer.

";

/// Why the file could not be changed. What it said before, it still says.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// It could not be read, so that it must not be written either.
    #[error("The settings in {path} cannot be read: {source}. Nothing was changed.")]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's own words.
        #[source]
        source: std::io::Error,
    },
    /// It could not be written.
    #[error("The settings could not be saved in {path}: {source}. They are as before.")]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's own words.
        #[source]
        source: std::io::Error,
    },
}

/// The file, there or not.
#[derive(Debug)]
pub struct SettingsFile {
    path: PathBuf,
    /// Held while it is changed.
    writing: Mutex<()>,
}

impl SettingsFile {
    /// The settings at `path`. Nothing is made before something is to be kept.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            writing: Mutex::default(),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it says now. A file that cannot be read is a problem among the others.
    pub fn read(&self) -> Settings {
        match text_of(&self.path) {
            Ok(text) => read::settings(&text),
            Err(error) => Settings {
                problems: vec![Problem {
                    line: None,
                    what: format!("The file cannot be read ({error})"),
                    instead: "Greenlight goes on with its defaults".to_owned(),
                }],
                ..Settings::default()
            },
        }
    }

    /// Chooses a provider. As every change, it gives the place where a file that could not be
    /// understood was kept.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] when nothing was changed.
    pub fn choose(&self, id: &str) -> Result<Option<PathBuf>, SettingsError> {
        self.change(|document| {
            put(document.as_table_mut(), "provider", id.into());
            String::new()
        })
    }

    /// Keeps whether the same question may be answered from an earlier answer. That it may need not be
    /// said.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] when nothing was changed.
    pub fn put_answer_cache(&self, on: bool) -> Result<Option<PathBuf>, SettingsError> {
        self.change(|document| {
            let table = document.as_table_mut();
            match (on, table.get("answer_cache").is_some()) {
                (true, false) => {}
                _ => put(table, "answer_cache", on.into()),
            }
            String::new()
        })
    }

    /// Writes a provider, new or changed. What is `None` in it is taken out.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] when nothing was changed.
    pub fn put_provider(
        &self,
        provider: &ProviderSettings,
    ) -> Result<Option<PathBuf>, SettingsError> {
        self.change(|document| {
            let fields = fields_of(document, "providers", &provider.id);
            let key = provider.key_saved.then(|| "keychain".to_owned());
            let effort = provider.effort.map(Effort::as_str).map(str::to_owned);
            let tier = provider.service_tier.map(|tier| tier.as_str().to_owned());
            let ca_file = provider.ca_file.as_deref().and_then(Path::to_str);
            let ca_file = ca_file.map(str::to_owned);
            // What everybody has need not be said.
            let kind =
                (provider.kind != Kind::default()).then(|| provider.kind.as_str().to_owned());
            let wire =
                (provider.wire != WireChoice::default()).then(|| provider.wire.as_str().to_owned());
            match provider.automatic {
                true => put(fields, "automatic", true.into()),
                false => drop(fields.remove("automatic")),
            }
            for (name, value) in [
                ("kind", kind),
                ("name", provider.name.clone()),
                ("base_url", provider.base_url.clone()),
                ("wire", wire),
                ("key", key),
                ("model", provider.model.clone()),
                ("effort", effort),
                ("ca_file", ca_file),
                ("proxy", provider.proxy.clone()),
                ("service_tier", tier),
            ] {
                match value {
                    Some(value) => put(fields, name, value.into()),
                    None => drop(fields.remove(name)),
                }
            }
            String::new()
        })
    }

    /// Writes the budgets. What is `None` in them is taken out.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] when nothing was changed.
    pub fn put_budget(&self, budget: &Budget) -> Result<Option<PathBuf>, SettingsError> {
        self.change(|document| {
            let there = document
                .entry("budget")
                .or_insert_with(|| Item::Table(Table::new()));
            if there.as_table_like().is_none() {
                *there = Item::Table(Table::new());
            }
            let fields = there
                .as_table_like_mut()
                .expect("it was made a table above");
            for (name, value) in super::budget::values(budget) {
                match value {
                    Some(value) => put(fields, name, value),
                    None => drop(fields.remove(name)),
                }
            }
            if fields.is_empty() {
                document.remove("budget");
            }
            String::new()
        })
    }

    /// Takes a provider out, and the choice of it.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] when nothing was changed.
    pub fn remove_provider(&self, id: &str) -> Result<Option<PathBuf>, SettingsError> {
        self.change(|document| {
            let all = document.get_mut("providers");
            if let Some(all) = all.and_then(Item::as_table_like_mut) {
                all.remove(id);
            }
            if document.get("provider").and_then(Item::as_str) != Some(id) {
                return String::new();
            }
            let choice = document.as_table_mut().remove_entry("provider");
            let above =
                choice.and_then(|(key, _)| key.leaf_decor().prefix()?.as_str().map(str::to_owned));
            above.unwrap_or_default()
        })
    }

    /// `change` gives comments that would go with what it takes out; they stay at the top.
    pub(super) fn change(
        &self,
        change: impl FnOnce(&mut DocumentMut) -> String,
    ) -> Result<Option<PathBuf>, SettingsError> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = text_of(&self.path).map_err(|source| SettingsError::Read {
            path: self.path.clone(),
            source,
        })?;
        let understood = read::settings(&before).problems.is_empty();
        // What cannot be parsed gives way to a new file; its bytes are kept below.
        let (head, rest) = before.split_at(head_of(&before));
        let (mut head, mut document) = match rest.parse::<DocumentMut>() {
            Ok(document) if !before.is_empty() => (head.to_owned(), document),
            _ => (HEAD.to_owned(), DocumentMut::new()),
        };
        head.push_str(&change(&mut document));
        let after = head + &document.to_string();
        if after == before {
            return Ok(None);
        }
        self.write(&before, &after, understood)
            .map_err(|source| SettingsError::Write {
                path: self.path.clone(),
                source,
            })
    }

    fn write(
        &self,
        before: &str,
        after: &str,
        understood: bool,
    ) -> Result<Option<PathBuf>, std::io::Error> {
        let real = std::fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let folder = real.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let aside = if understood {
            None
        } else {
            Some(keep_aside(&real, before)?)
        };
        let mut file = tempfile::Builder::new()
            .prefix(".settings-")
            .tempfile_in(folder)?;
        file.write_all(after.as_bytes())?;
        if let Ok(there) = std::fs::metadata(&real) {
            file.as_file().set_permissions(there.permissions())?;
        }
        file.as_file().sync_all()?;
        file.persist(&real).map_err(|error| error.error)?;
        Ok(aside)
    }
}

/// The text of the file; none is empty.
fn text_of(path: &Path) -> Result<String, std::io::Error> {
    let meta = match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(String::new()),
        other => other?,
    };
    let is_no_settings = |why: &str| std::io::Error::new(std::io::ErrorKind::InvalidData, why);
    if !meta.is_file() {
        return Err(is_no_settings("it is no file"));
    }
    if meta.len() > LARGEST {
        return Err(is_no_settings("it is larger than settings can be"));
    }
    String::from_utf8(std::fs::read(path)?).map_err(|_| is_no_settings("it is not text in UTF-8"))
}

/// The bytes of the comment that the file begins with: it is about the file and not about the first
/// setting, so it stays in front of whatever comes first.
fn head_of(text: &str) -> usize {
    let mut head = 0;
    let mut seen = 0;
    for line in text.split_inclusive('\n') {
        let plain = line.trim();
        if !plain.is_empty() && !plain.starts_with('#') {
            return head;
        }
        seen += line.len();
        if plain.is_empty() {
            head = seen;
        }
    }
    seen
}

/// Keeps a copy beside the file. One with the same bytes is enough.
fn keep_aside(real: &Path, before: &str) -> Result<PathBuf, std::io::Error> {
    for number in 1.. {
        let aside = real.with_extension(format!("kept-{number}.toml"));
        match std::fs::File::create_new(&aside) {
            Ok(mut file) => {
                file.write_all(before.as_bytes())?;
                file.sync_all()?;
                return Ok(aside);
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                if std::fs::read(&aside)? == before.as_bytes() {
                    return Ok(aside);
                }
            }
            Err(error) => return Err(error),
        }
    }
    unreachable!("numbers do not end before names do")
}

/// The table of a provider, made when it is not there. Something else in its place gives way.
pub(super) fn fields_of<'a>(
    document: &'a mut DocumentMut,
    of: &str,
    id: &str,
) -> &'a mut dyn toml_edit::TableLike {
    let all = document.entry(of).or_insert_with(implicit_table);
    if all.as_table_like().is_none() {
        *all = implicit_table();
    }
    let all = all.as_table_like_mut().expect("it was made a table above");
    let fields = all.entry(id).or_insert_with(|| Item::Table(Table::new()));
    if fields.as_table_like().is_none() {
        *fields = Item::Table(Table::new());
    }
    fields
        .as_table_like_mut()
        .expect("it was made a table above")
}

/// `[providers]` itself has nothing to say, only `[providers.x]`.
fn implicit_table() -> Item {
    let mut table = Table::new();
    table.set_implicit(true);
    Item::Table(table)
}

/// Whether two values say the same, however they are written.
fn same(one: &Value, other: &Value) -> bool {
    let number = |value: &Value| value.as_float().or(value.as_integer().map(|n| n as f64));
    match one.as_str() {
        Some(text) => Some(text) == other.as_str(),
        None => {
            (number(one).is_some() && number(one) == number(other))
                || (one.as_bool().is_some() && one.as_bool() == other.as_bool())
        }
    }
}

/// Sets a value and leaves the comment beside it.
pub(super) fn put(table: &mut (impl toml_edit::TableLike + ?Sized), name: &str, value: Value) {
    match table.get_mut(name).and_then(Item::as_value_mut) {
        Some(there) if same(there, &value) => {}
        Some(there) => {
            let decor = there.decor().clone();
            *there = value;
            *there.decor_mut() = decor;
        }
        None => drop(table.insert(name, Item::Value(value))),
    }
}
