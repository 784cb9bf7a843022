//! What a turn reads of the draft: which calls plainly read, of which files, and what these hold.
//!
//! An answer can be given again only while everything that led to it is the same, so this is
//! careful: a call that is not understood to the last word makes the whole turn one that is not
//! repeated. Understood are calls of programs that read files and folders named in the call and
//! depend on nothing else: no times, no owners, no other programs, no network, nothing outside of
//! the project, nothing behind a link.
//!
//! What a call may read is looked at before and after it. Where that differs somebody wrote
//! meanwhile, and nobody knows which of the two the call has seen. A folder counts with everything
//! beneath it: names, kinds, modes and bytes.

use std::collections::BTreeMap;
use std::fs;
use std::future::Future;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::PoisonError;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::DraftTools;
use super::Progress;
use super::ToolCall;
use super::ToolInput;
use super::ToolResult;
use super::Tools;
use super::arguments::ShellCall;
use super::blocking;
use crate::agent::item::CommandOutcome;
use crate::agent::item::ItemKind;
use crate::store::blobs::BlobId;

/// Entries that are looked at for one call, and bytes.
const MOST_ENTRIES: usize = 20_000;
const MOST_BYTES: u64 = 128 << 20;

/// Something that was read, and what it held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Relative to the project; empty for the project itself.
    pub path: PathBuf,
    /// Names what it held, with all beneath it.
    pub print: String,
}

impl Look {
    /// Whether it holds the same in this tree now.
    pub fn is_unchanged(&self, tree: &Path) -> bool {
        print_of(tree, &self.path).as_ref() == Some(&self.print)
    }
}

/// The tools of a turn, with an eye on what it reads.
pub struct Watched<'a> {
    tools: &'a DraftTools,
    /// Where the draft is, and where commands see it.
    tree: PathBuf,
    seen_at: PathBuf,
    /// By path; none when something else than plain reading was done.
    looks: Mutex<Option<BTreeMap<PathBuf, String>>>,
}

impl<'a> Watched<'a> {
    /// Watches these tools; `tree` is where the draft is, which commands see at `seen_at`.
    pub fn new(tools: &'a DraftTools, tree: &Path, seen_at: &Path) -> Self {
        Self {
            tools,
            tree: tree.to_owned(),
            seen_at: seen_at.to_owned(),
            looks: Mutex::new(Some(BTreeMap::new())),
        }
    }

    /// All that was read; none when something else was done, or what was read changed meanwhile.
    pub fn looks(&self) -> Option<Vec<Look>> {
        let looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        let look = |(path, print): (&PathBuf, &String)| Look {
            path: path.clone(),
            print: print.clone(),
        };
        Some(looks.as_ref()?.iter().map(look).collect())
    }

    async fn prints(&self, paths: Vec<PathBuf>) -> Option<BTreeMap<PathBuf, String>> {
        let tree = self.tree.clone();
        blocking(move || {
            paths
                .into_iter()
                .map(|path| Some((path.clone(), print_of(&tree, &path)?)))
                .collect()
        })
        .await
    }

    fn note(&self, read: Option<BTreeMap<PathBuf, String>>) {
        let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((known, read)) = looks.as_mut().zip(read) else {
            *looks = None;
            return;
        };
        let same = read
            .iter()
            .all(|(path, print)| known.get(path).is_none_or(|there| there == print));
        match same {
            true => known.extend(read),
            false => *looks = None,
        }
    }
}

impl Tools for Watched<'_> {
    fn specs(&self) -> Vec<Value> {
        self.tools.specs()
    }

    fn call<'a>(
        &'a self,
        call: ToolCall,
        progress: &'a dyn Progress,
        stop: CancellationToken,
    ) -> Pin<Box<dyn Future<Output = ToolResult> + Send + 'a>> {
        Box::pin(async move {
            let paths = read_by(&call, &self.seen_at);
            let before = match &paths {
                Some(paths) => self.prints(paths.clone()).await,
                None => None,
            };
            let result = self.tools.call(call, progress, stop).await;
            let read = match (before, paths, ended(&result.item)) {
                (Some(before), Some(paths), true) => {
                    let after = self.prints(paths).await;
                    after.filter(|after| *after == before)
                }
                _ => None,
            };
            self.note(read);
            result
        })
    }
}

/// Whether a call came to its own end, with nothing changed.
fn ended(item: &ItemKind) -> bool {
    match item {
        ItemKind::Command {
            outcome, changed, ..
        } => matches!(outcome, CommandOutcome::Exited { .. }) && changed.is_empty(),
        ItemKind::Plan { .. } | ItemKind::ImageView { error: None, .. } => true,
        _ => false,
    }
}

/// What a call may read, relative to the project; none when that is not known for sure.
fn read_by(call: &ToolCall, seen_at: &Path) -> Option<Vec<PathBuf>> {
    match call.name.as_str() {
        "update_plan" => Some(Vec::new()),
        "view_image" => {
            let ToolInput::Json(text) = &call.input else {
                return None;
            };
            let arguments: Value = serde_json::from_str(text).ok()?;
            Some(vec![below(seen_at, seen_at, arguments["path"].as_str()?)?])
        }
        "shell_command" | "shell" | "container.exec" | "local_shell" | "exec_command" => {
            let call = ShellCall::parse(&call.name, &call.input).ok()?;
            if call.escalated || !call.env.is_empty() {
                return None;
            }
            let folder = seen_at.join(call.workdir.clone().unwrap_or_default());
            let commands = call.plain_commands();
            if commands.is_empty() {
                return None;
            }
            let mut paths = Vec::new();
            for command in &commands {
                paths.extend(command_reads(command, &folder, seen_at)?);
            }
            Some(paths)
        }
        _ => None,
    }
}

/// The path of a word of a command run in `folder`, relative to the project at `root`.
fn below(root: &Path, folder: &Path, word: &str) -> Option<PathBuf> {
    let mut path = PathBuf::new();
    for part in folder.join(word).components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::CurDir => {}
            part => path.push(part),
        }
    }
    Some(path.strip_prefix(root).ok()?.to_owned())
}

fn command_reads(command: &[String], folder: &Path, root: &Path) -> Option<Vec<PathBuf>> {
    let (program, words) = command.split_first()?;
    let (options, mut paths) = match program.as_str() {
        "pwd" | "true" if words.is_empty() => return Some(Vec::new()),
        "cat" | "nl" => (flags(words, "nbsA", "")?, false),
        "head" | "tail" | "wc" => (flags(words, "lwmqv", "nc")?, false),
        "ls" => (flags(words, "aA1RFpd", "")?, true),
        "sed" => match words {
            [flag, script, rest @ ..] if flag == "-n" && is_range(script) => {
                (flags(rest, "", "")?, false)
            }
            _ => return None,
        },
        "grep" | "egrep" | "fgrep" | "rg" => {
            let mut found = flags(words, "nilwFcSHhrREsovx", "ABCmegt")?;
            let lists = found.long.iter().any(|flag| flag == "--files");
            let named = found.valued.iter().any(|(flag, _)| *flag == 'e');
            if !lists && !named {
                if found.words.is_empty() {
                    return None;
                }
                let pattern = found.words.remove(0);
                found.valued.push(('e', pattern));
            }
            (
                found,
                program == "rg" || words.iter().any(|word| is_recursive(word)),
            )
        }
        "find" => {
            let at = words.iter().position(|word| word.starts_with('-'));
            let (places, tests) = words.split_at(at.unwrap_or(words.len()));
            (only_names(places, tests)?, true)
        }
        _ => return None,
    };
    let long = ["--files", "--hidden"];
    let fits = |flag: &String| program == "rg" && long.contains(&flag.as_str());
    if !options.long.iter().all(fits) {
        return None;
    }
    let is_glob = |word: &str| word.contains(['*', '?', '[']);
    if options.words.iter().any(|word| is_glob(word)) {
        return None;
    }
    let mut read = Vec::new();
    // Unquoted, a shell makes names of it, so what there is in the folder counts.
    if options.valued.iter().any(|(_, value)| is_glob(value)) {
        read.push(below(root, folder, ".")?);
    }
    for word in &options.words {
        read.push(below(root, folder, word)?);
        paths = false;
    }
    if paths {
        read.push(below(root, folder, ".")?);
    }
    Some(read)
}

/// A command's words, told apart.
#[derive(Debug, Default)]
struct Options {
    words: Vec<String>,
    valued: Vec<(char, String)>,
    long: Vec<String>,
}

/// Tells words from options; none when one is neither of these letters nor one with a value.
fn flags(words: &[String], letters: &str, valued: &str) -> Option<Options> {
    let mut found = Options::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--" {
            found.words.extend(words.cloned());
            break;
        }
        if word.starts_with("--") {
            found.long.push(word.clone());
            continue;
        }
        let Some(group) = word.strip_prefix('-').filter(|group| !group.is_empty()) else {
            // `-` alone is the standard input.
            if word == "-" {
                return None;
            }
            found.words.push(word.clone());
            continue;
        };
        let first = group.chars().next()?;
        let rest = &group[first.len_utf8()..];
        if valued.contains(first) {
            let value = match rest {
                "" => words.next()?.clone(),
                rest => rest.to_owned(),
            };
            found.valued.push((first, value));
        } else if valued.contains('n') && group.bytes().all(|byte| byte.is_ascii_digit()) {
            // `head -20`.
        } else if !group.chars().all(|letter| letters.contains(letter)) {
            return None;
        }
    }
    Some(found)
}

fn is_recursive(word: &str) -> bool {
    word.starts_with('-') && !word.starts_with("--") && word.contains(['r', 'R'])
}

/// `12p`, `1,40p` or `5,$p`.
fn is_range(script: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_digit() || byte == b',' || byte == b'$';
    script
        .strip_suffix('p')
        .is_some_and(|range| range.bytes().all(allowed))
}

/// `find` by names and kinds alone.
fn only_names(places: &[String], tests: &[String]) -> Option<Options> {
    let mut found = Options {
        words: places.to_vec(),
        ..Options::default()
    };
    let mut tests = tests.iter();
    while let Some(test) = tests.next() {
        match test.as_str() {
            "-not" | "-o" | "-a" | "-print" => {}
            "-name" | "-iname" | "-path" | "-ipath" | "-type" | "-maxdepth" | "-mindepth" => {
                found.valued.push((' ', tests.next()?.clone()));
            }
            _ => return None,
        }
    }
    Some(found)
}

/// Names what a path of a tree holds; none when that cannot be said for sure.
fn print_of(tree: &Path, path: &Path) -> Option<String> {
    let mut place = tree.to_owned();
    for part in path.components() {
        place.push(part);
        match fs::symlink_metadata(&place) {
            Ok(about) if about.is_symlink() => return None,
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Some("nothing".to_owned());
            }
            Err(_) => return None,
        }
    }
    let mut room = (MOST_ENTRIES, MOST_BYTES);
    let mut text = Vec::new();
    print(&place, &mut text, &mut room)?;
    Some(BlobId::of(&text).to_string())
}

fn print(place: &Path, text: &mut Vec<u8>, room: &mut (usize, u64)) -> Option<()> {
    room.0 = room.0.checked_sub(1)?;
    let about = fs::symlink_metadata(place).ok()?;
    text.extend(format!("{:o} ", about.mode()).bytes());
    if about.is_dir() {
        let mut names: Vec<_> = fs::read_dir(place)
            .ok()?
            .map(|entry| Some(entry.ok()?.file_name()))
            .collect::<Option<_>>()?;
        names.sort();
        text.extend(format!("folder of {}\n", names.len()).bytes());
        for name in names {
            text.extend(name.as_encoded_bytes());
            text.push(0);
            print(&place.join(&name), text, room)?;
        }
        return Some(());
    }
    if !about.is_file() {
        return None;
    }
    room.1 = room.1.checked_sub(about.len())?;
    let mut bytes = Vec::new();
    let file = fs::File::open(place).ok()?;
    file.take(about.len() + 1).read_to_end(&mut bytes).ok()?;
    if bytes.len() as u64 != about.len() {
        return None;
    }
    text.extend(format!("file {}\n", BlobId::of(&bytes)).bytes());
    Some(())
}

#[cfg(test)]
mod tests;
