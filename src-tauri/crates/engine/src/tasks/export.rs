//! A task's conversation as a Markdown file that the person keeps or gives to others, without the
//! secrets that were in it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;

use crate::agent::item::CommandOutcome;
use crate::agent::item::FileChangeKind;
use crate::agent::item::Item;
use crate::agent::item::ItemKind;
use crate::agent::item::StepStatus;
use crate::redact::Found;
use crate::redact::Keys;
use crate::redact::Reach;

/// The conversation could not be saved. There is no new file, and one that was there is as it was.
#[derive(Debug, thiserror::Error)]
#[error("The conversation could not be saved as {}: {source}. Nothing was written.", .path.display())]
pub struct ExportError {
    /// Where it should have gone.
    pub path: PathBuf,
    /// The system's own words.
    pub source: std::io::Error,
}

/// Writes a conversation to `path`, where only the person can read it. Gives what was taken out.
///
/// # Errors
///
/// [`ExportError`] when nothing was written.
pub fn save(path: &Path, title: &str, items: &[Item], keys: &Keys) -> Result<Found, ExportError> {
    let (text, found) = markdown(title, items, keys);
    let write = || -> std::io::Result<()> {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let mut file = tempfile::Builder::new()
            .prefix(".conversation-")
            .tempfile_in(folder.unwrap_or(Path::new(".")))?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|source| ExportError {
        path: path.to_owned(),
        source,
    })?;
    Ok(found)
}

/// The text of the file, and what was taken out of it.
fn markdown(title: &str, items: &[Item], keys: &Keys) -> (String, Found) {
    let mut said = String::new();
    for item in items {
        // Writing into a text does not fail.
        let _ = entry(&mut said, &item.kind);
    }
    let title = keys.strike(title, Reach::Wide);
    let said = keys.strike(&said, Reach::Wide);
    let mut found = title.found;
    found.add(&said.found);
    let note = match found.is_empty() {
        true => "No key or password was found in it.".to_owned(),
        false => format!("Taken out: {found}. A mark such as `[key]` stands in each place."),
    };
    let text = format!(
        "# {}\n\nA conversation exported from Greenlight. {note}\n\n{}",
        title.text, said.text
    );
    (text, found)
}

fn entry(out: &mut String, kind: &ItemKind) -> std::fmt::Result {
    match kind {
        ItemKind::Message { text, attachments } => {
            write!(out, "## You\n\n{text}\n\n")?;
            for attached in attachments {
                writeln!(out, "- Attached: {}", attached.name)?;
            }
            if !attachments.is_empty() {
                out.push('\n');
            }
        }
        ItemKind::Answer { text } => write!(out, "## Agent\n\n{text}\n\n")?,
        ItemKind::Reasoning { text } => write!(out, "### Thinking\n\n{text}\n\n")?,
        ItemKind::Plan { explanation, steps } => {
            out.push_str("### Plan\n\n");
            if let Some(explanation) = explanation {
                write!(out, "{explanation}\n\n")?;
            }
            for step in steps {
                let mark = match step.status {
                    StepStatus::Pending => "[ ]",
                    StepStatus::InProgress => "[ ] (under way)",
                    StepStatus::Completed => "[x]",
                };
                writeln!(out, "- {mark} {}", step.step)?;
            }
            out.push('\n');
        }
        ItemKind::Command {
            command,
            output,
            outcome,
            changed,
            ..
        } => {
            let ended = match outcome {
                CommandOutcome::Running => "was still running".to_owned(),
                CommandOutcome::Exited { code } => format!("ended with {code}"),
                CommandOutcome::TimedOut => "took too long".to_owned(),
                CommandOutcome::Stopped => "was stopped".to_owned(),
                CommandOutcome::NotStarted => "could not be started".to_owned(),
            };
            write!(out, "### Command, which {ended}\n\n")?;
            fenced(out, "sh", command)?;
            fenced(out, "", output)?;
            if !changed.is_empty() {
                write!(out, "It changed {}.\n\n", changed.join(", "))?;
            }
        }
        ItemKind::Patch { files, error } => {
            out.push_str("### Changed files\n\n");
            for file in files {
                let what = match file.change {
                    FileChangeKind::Added => "new",
                    FileChangeKind::Modified => "changed",
                    FileChangeKind::Deleted => "deleted",
                };
                let (path, added, removed) = (&file.path, file.added, file.removed);
                writeln!(out, "- {path}: {what}, {added} lines more, {removed} less")?;
            }
            if let Some(error) = error {
                writeln!(out, "- Not applied: {error}")?;
            }
            out.push('\n');
        }
        ItemKind::ImageView { path, error } => match error {
            None => write!(out, "Looked at the picture {path}.\n\n")?,
            Some(error) => write!(out, "Could not look at the picture {path}: {error}\n\n")?,
        },
        ItemKind::BadCall { tool, error } => {
            write!(out, "The tool {tool} could not be used: {error}\n\n")?;
        }
        ItemKind::Refused { action, reason } => {
            write!(out, "### Refused\n\n{action}\n\n{reason}\n\n")?;
        }
        ItemKind::Compaction { summary, .. } => {
            write!(out, "### The conversation was shortened\n\n{summary}\n\n")?;
        }
        ItemKind::Automatic(chosen) => write!(out, "{chosen}\n\n")?,
        ItemKind::Earlier { .. } => {
            out.push_str("From an earlier answer to the same question:\n\n");
        }
        ItemKind::CheckRun(run) => {
            out.push_str("### Check\n\n");
            fenced(out, "sh", &run.check.command)?;
            fenced(out, "", &run.output)?;
        }
        ItemKind::UntilGreen(rounds) => {
            let (round, limit) = (rounds.round, rounds.limit);
            let command = &rounds.check.command;
            write!(
                out,
                "### Until green: `{command}`, round {round} of {limit}\n\n"
            )?;
        }
        ItemKind::Error { message, hint, .. } => {
            write!(out, "### Problem\n\n{message} {hint}\n\n")?;
        }
    }
    Ok(())
}

/// A block of text that may hold anything, fences too.
fn fenced(out: &mut String, language: &str, text: &str) -> std::fmt::Result {
    if text.trim().is_empty() {
        return Ok(());
    }
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    let text = text.trim_end();
    write!(out, "{fence}{language}\n{text}\n{fence}\n\n")
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    fn item(kind: ItemKind) -> Item {
        Item {
            id: "1".to_owned(),
            turn: 1,
            started_at: 0,
            completed_at: Some(1),
            kind,
        }
    }

    fn talk() -> (Vec<Item>, Keys) {
        let keys = Keys::default();
        keys.learn(&SecretString::from("a-key-that-is-loaded-0001"));
        let items = vec![
            item(ItemKind::Message {
                text: "Why does a-key-that-is-loaded-0001 not work?".to_owned(),
                attachments: vec![],
            }),
            item(ItemKind::Command {
                command: "cat notes.md".to_owned(),
                cwd: String::new(),
                output: "```sh\ncurl https://me:hunter2@db.example\n```\n".to_owned(),
                outcome: CommandOutcome::Exited { code: 0 },
                duration_ms: 1,
                changed: vec!["a.txt".to_owned()],
            }),
            item(ItemKind::Answer {
                text: "It has expired.".to_owned(),
            }),
        ];
        (items, keys)
    }

    #[test]
    fn a_conversation_is_readable_and_says_what_was_taken_out() {
        let (items, keys) = talk();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("talk.md");
        let found = save(&path, "A key", &items, &keys).unwrap();
        let expected = "# A key\n\nA conversation exported from Greenlight. Taken out: a key that \
             Greenlight uses and a password. A mark such as `[key]` stands in each place.\n\n\
             ## You\n\nWhy does [key] not work?\n\n\
             ### Command, which ended with 0\n\n```sh\ncat notes.md\n```\n\n\
             ````\n```sh\ncurl https://me:[password]@db.example\n```\n````\n\n\
             It changed a.txt.\n\n## Agent\n\nIt has expired.\n\n";
        assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
        assert_eq!(
            found.to_string(),
            "a key that Greenlight uses and a password"
        );
        let (text, found) = markdown("Nothing", &items[2..], &keys);
        assert!(found.is_empty());
        assert!(
            text.contains("No key or password was found in it."),
            "{text}"
        );
    }

    #[test]
    fn what_cannot_be_saved_is_said_and_leaves_nothing() {
        let (items, keys) = talk();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        std::fs::create_dir(&path).unwrap();
        let error = save(&path, "A key", &items, &keys).unwrap_err().to_string();
        assert!(error.ends_with("Nothing was written."), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let nowhere = folder.path().join("no/such/talk.md");
        let error = save(&nowhere, "A key", &items, &keys).unwrap_err();
        assert!(error.to_string().contains("no/such/talk.md"), "{error}");
    }
}
