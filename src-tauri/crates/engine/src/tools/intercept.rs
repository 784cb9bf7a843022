//! Finds the patch in a shell call that does nothing but apply one.
//!
//! Models that were taught so write `apply_patch <<'EOF'` into the shell. There is no such program;
//! the patch goes to the same code as the tool of that name. Only a script that is nothing else is
//! taken, with at most a `cd FOLDER &&` before it. What a shell would expand in it is taken as it
//! stands, because the model means the text it wrote.

use super::permission::is_script_flag;
use super::permission::is_shell;

/// A patch found in a shell call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Intercepted {
    /// The folder of a `cd` before it.
    pub(super) folder: Option<String>,
    /// The text of the patch.
    pub(super) patch: String,
}

/// Whether a text is a patch itself, handed over as if it were a command.
pub(super) fn is_bare_patch(text: &str) -> bool {
    text.trim_start().starts_with("*** Begin Patch")
}

/// The patch in a list of words.
pub(super) fn in_words(argv: &[String]) -> Option<Intercepted> {
    match argv {
        [program, patch] if is_apply_patch(program) => Some(Intercepted {
            folder: None,
            patch: patch.clone(),
        }),
        [shell, flag, script] if is_shell(shell) && is_script_flag(flag) => in_script(script),
        _ => None,
    }
}

/// The patch in a script.
pub(super) fn in_script(script: &str) -> Option<Intercepted> {
    let mut rest = script.trim();
    let mut folder = None;
    if let Some(after) = rest
        .strip_prefix("cd")
        .filter(|rest| rest.starts_with([' ', '\t']))
    {
        let (word, after) = word(after.trim_start())?;
        rest = after.trim_start().strip_prefix("&&")?.trim_start();
        folder = Some(word);
    }
    let (program, after) = word(rest)?;
    if !is_apply_patch(&program) {
        return None;
    }
    let patch = argument(after.trim())?;
    Some(Intercepted { folder, patch })
}

fn is_apply_patch(word: &str) -> bool {
    matches!(word, "apply_patch" | "applypatch")
}

fn argument(text: &str) -> Option<String> {
    if let Some(after) = text.strip_prefix("<<") {
        return heredoc(after).and_then(|(body, rest)| rest.trim().is_empty().then_some(body));
    }
    if let Some(after) = text.strip_prefix("\"$(cat <<") {
        let (body, rest) = heredoc(after)?;
        return (rest.trim_start().trim_end() == ")\"").then_some(body);
    }
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    if quote == '\'' {
        return (!inner.contains('\'')).then(|| inner.to_owned());
    }
    let mut plain = String::with_capacity(inner.len());
    let mut characters = inner.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' => return None,
            '\\' => match characters.peek() {
                Some('"' | '\\' | '$' | '`') => plain.extend(characters.next()),
                _ => plain.push(c),
            },
            c => plain.push(c),
        }
    }
    Some(plain)
}

/// The body of a here-document and what follows it. `text` starts after `<<`.
fn heredoc(text: &str) -> Option<(String, &str)> {
    let (indented, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let text = text.trim_start_matches([' ', '\t']);
    let (first, body) = text.split_once('\n')?;
    let mark = first.trim_end();
    let mark = ['\'', '"']
        .iter()
        .find_map(|&quote| mark.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(mark);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if mark.is_empty() || !mark.chars().all(plain) {
        return None;
    }
    let mut at = 0;
    for line in body.split_inclusive('\n') {
        // As a shell reads it: a line of the patch can be the mark with a space before it.
        let bare = if indented {
            line.trim_start_matches('\t')
        } else {
            line
        };
        if bare.trim_end_matches(['\n', '\r']) == mark {
            return Some((body[..at].to_owned(), &body[at + line.len()..]));
        }
        at += line.len();
    }
    None
}

/// One plain or quoted word, and what follows it.
fn word(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'));
    if let Some(quote) = quote {
        let (inner, rest) = text[1..].split_once(quote)?;
        let plain = !(quote == '"' && inner.contains(['$', '`', '\\']));
        let ended = rest.starts_with([' ', '\t', '\n', '&', '<']);
        return (plain && ended).then(|| (inner.to_owned(), rest));
    }
    let end = text
        .find([' ', '\t', '\n', '&', '<', ';', '|'])
        .unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let special = [
        '$', '`', '\\', '\'', '"', '*', '?', '(', ')', '{', '}', '~', '>',
    ];
    (!word.is_empty() && !word.contains(special)).then(|| (word.to_owned(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATCH: &str = "*** Begin Patch\n*** Add File: a\n+it's \"$x\"\n*** End Patch\n";

    #[test]
    fn scripts_that_only_apply_a_patch() {
        for (script, folder) in [
            (format!("apply_patch <<'EOF'\n{PATCH}EOF"), None),
            (format!("apply_patch <<'EOF'\n{PATCH}EOF\n"), None),
            (format!("  applypatch <<\"PATCH\"\n{PATCH}PATCH\n"), None),
            (format!("apply_patch << EOF\n{PATCH}EOF\n"), None),
            (format!("apply_patch <<-'EOF'\n{PATCH}\tEOF\n"), None),
            (
                format!("cd src/app && apply_patch <<'EOF'\n{PATCH}EOF\n"),
                Some("src/app"),
            ),
            (
                format!("cd 'a b' && apply_patch <<'EOF'\n{PATCH}EOF\n"),
                Some("a b"),
            ),
            (
                format!("cd \"a b\"&&apply_patch <<'EOF'\n{PATCH}EOF\n"),
                Some("a b"),
            ),
            (
                format!("apply_patch \"$(cat <<'EOF'\n{PATCH}EOF\n)\""),
                None,
            ),
        ] {
            let expected = Intercepted {
                folder: folder.map(str::to_owned),
                patch: PATCH.to_owned(),
            };
            assert_eq!(in_script(&script), Some(expected), "{script}");
        }
        let inner = "*** Begin Patch\n*** Update File: a.sh\n EOF\n-x\n*** End Patch\n";
        let found = in_script(&format!("apply_patch <<'EOF'\n{inner}EOF\n")).unwrap();
        assert_eq!(found.patch, inner, "a context line is not the mark");
        let quoted = in_script("apply_patch '*** Begin Patch\n*** End Patch'").unwrap();
        assert_eq!(quoted.patch, "*** Begin Patch\n*** End Patch");
        let quoted = in_script("apply_patch \"a \\\"b\\\" \\$c \\n\"").unwrap();
        assert_eq!(quoted.patch, "a \"b\" $c \\n");
    }

    #[test]
    fn scripts_that_do_more_are_left_alone() {
        for script in [
            format!("apply_patch <<'EOF'\n{PATCH}EOF\nrm -rf ."),
            format!("apply_patch <<'EOF' && rm a\n{PATCH}EOF\n"),
            format!("rm a; apply_patch <<'EOF'\n{PATCH}EOF\n"),
            format!("cd a; apply_patch <<'EOF'\n{PATCH}EOF\n"),
            format!("cd a || apply_patch <<'EOF'\n{PATCH}EOF\n"),
            format!("cd $HOME && apply_patch <<'EOF'\n{PATCH}EOF\n"),
            format!("cd a b && apply_patch <<'EOF'\n{PATCH}EOF\n"),
            format!("apply_patch <<'EOF'\n{PATCH}"),
            format!("cat <<'EOF'\n{PATCH}EOF\n"),
            "apply_patch".to_owned(),
            "apply_patch < file".to_owned(),
            "apply_patch 'a' 'b'".to_owned(),
        ] {
            assert_eq!(in_script(&script), None, "{script}");
        }
    }

    #[test]
    fn lists_of_words() {
        let words = |argv: &[&str]| argv.iter().map(|&w| w.to_owned()).collect::<Vec<_>>();
        let found = in_words(&words(&["apply_patch", PATCH])).unwrap();
        assert_eq!(
            found,
            Intercepted {
                folder: None,
                patch: PATCH.to_owned()
            }
        );
        let script = format!("apply_patch <<'EOF'\n{PATCH}EOF\n");
        assert_eq!(in_words(&words(&["bash", "-lc", &script])), Some(found));
        assert_eq!(in_words(&words(&["python", "-c", &script])), None);
        assert_eq!(in_words(&words(&["apply_patch"])), None);
        assert!(is_bare_patch(&format!("\n{PATCH}")) && !is_bare_patch(&script));
    }
}
