//! What a task may do without asking, and which commands only read.

/// The permission mode of a task. Every mode works in the draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Only commands that plainly read are run; anything else is asked about.
    ReadOnly,
    /// Edits and commands in the draft; the network is asked about, a site at a time.
    Auto,
    /// The same with network.
    Full,
}

/// Programs that only read whatever their arguments are.
const READERS: &[&str] = &[
    "cat", "cd", "cut", "echo", "expr", "false", "file", "grep", "egrep", "fgrep", "head", "id",
    "ls", "nl", "numfmt", "paste", "pwd", "rev", "seq", "stat", "tac", "tail", "tr", "true",
    "uname", "wc", "which", "whoami", "dirname", "basename", "realpath", "readlink", "du", "df",
    "cmp", "diff", "comm", "test", "[",
];

/// Whether a script does nothing but read. Careful: what it does not understand, it denies.
///
/// A script qualifies when it is plain words joined by `&&`, `||`, `;`, `|` or newlines, without
/// substitutions, variables or redirections (other than to `/dev/null`), and every program in it
/// is known and used in a form that reads.
pub(super) fn plainly_reads(script: &str) -> bool {
    let Some(commands) = words(script) else {
        return false;
    };
    !commands.is_empty() && commands.iter().all(|command| reads(command))
}

/// The same for a list of words. A shell in it is looked into.
pub(super) fn words_plainly_read(argv: &[String]) -> bool {
    match argv {
        [shell, flag, script] if is_shell(shell) && is_script_flag(flag) => plainly_reads(script),
        _ => reads(argv),
    }
}

pub(super) fn is_shell(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    matches!(name, "bash" | "sh" | "zsh" | "dash")
}

pub(super) fn is_script_flag(word: &str) -> bool {
    matches!(word, "-c" | "-lc" | "-cl")
}

fn reads(command: &[String]) -> bool {
    let Some((program, arguments)) = command.split_first() else {
        return false;
    };
    let any = |flags: &[&str]| {
        arguments.iter().any(|argument| {
            flags.iter().any(|flag| {
                argument == flag
                    || argument
                        .strip_prefix(flag)
                        .is_some_and(|r| r.starts_with('='))
            })
        })
    };
    match program.as_str() {
        "uniq" | "base64" | "sort" => {
            // `uniq IN OUT` writes; so does `-o`, also glued to its value or to other letters.
            let words = arguments
                .iter()
                .filter(|a| *a == "-" || !a.starts_with('-'));
            let words = words.count();
            let writes = |argument: &String| {
                is_long(argument, "--output")
                    || is_long(argument, "--compress-program")
                    || has_letter(argument, 'o')
            };
            !arguments.iter().any(writes) && (program == "sort" || words <= 1)
        }
        "find" => !any(&[
            "-exec", "-execdir", "-ok", "-okdir", "-delete", "-fls", "-fprint", "-fprint0",
            "-fprintf",
        ]),
        "rg" => {
            !any(&["--pre", "--hostname-bin", "--search-zip"])
                && !arguments.iter().any(|a| has_letter(a, 'z'))
        }
        "sed" => match arguments {
            [flag, script, files @ ..] => {
                flag == "-n" && prints_lines(script) && files.iter().all(|f| !f.starts_with('-'))
            }
            _ => false,
        },
        "git" => git_reads(arguments),
        "diff" => !arguments.iter().any(|a| is_long(a, "--output")),
        "file" => !arguments
            .iter()
            .any(|a| is_long(a, "--compile") || has_letter(a, 'C')),
        program => READERS.contains(&program),
    }
}

/// Whether an argument is this long option, which may be shortened or go on with a value.
fn is_long(argument: &str, option: &str) -> bool {
    let name = argument.split('=').next().unwrap_or_default();
    argument.starts_with(option) || (name.len() > 2 && option.starts_with(name))
}

/// Whether an argument is a group of short options with this letter in it, or a value's.
fn has_letter(argument: &str, letter: char) -> bool {
    argument.starts_with('-') && !argument.starts_with("--") && argument.contains(letter)
}

/// `12p` or `12,40p`.
fn prints_lines(script: &str) -> bool {
    let Some(range) = script.strip_suffix('p') else {
        return false;
    };
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match range.split_once(',') {
        Some((from, to)) => number(from) && (number(to) || to == "$"),
        None => number(range),
    }
}

fn git_reads(arguments: &[String]) -> bool {
    let Some((verb, rest)) = arguments.split_first() else {
        return false;
    };
    let writes = [
        "--output",
        "--ext-diff",
        "--textconv",
        "--exec",
        "--paginate",
    ];
    if rest
        .iter()
        .any(|argument| writes.iter().any(|flag| is_long(argument, flag)))
    {
        return false;
    }
    match verb.as_str() {
        "status" | "log" | "diff" | "show" | "blame" | "ls-files" | "rev-parse" | "grep"
        | "shortlog" | "describe" => !rest.iter().any(|a| {
            a.starts_with("-O")
                || is_long(a, "--open-files-in-pager")
                || (verb == "grep" && has_letter(a, 'O'))
        }),
        "branch" => rest.iter().all(|argument| {
            [
                "-a",
                "-r",
                "-v",
                "-vv",
                "--list",
                "--all",
                "--remotes",
                "--show-current",
            ]
            .contains(&argument.as_str())
        }),
        _ => false,
    }
}

/// Splits a script into commands of plain words; `None` for anything beyond that.
pub(super) fn words(script: &str) -> Option<Vec<Vec<String>>> {
    let mut commands = Vec::new();
    let mut command: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = script.trim();
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let mut next = after;
        match c {
            ' ' | '\t' => command.extend(word.take()),
            '\n' | ';' | '|' | '&' => {
                command.extend(word.take());
                next = match c {
                    // A single `&` starts something in the background, `|&` and `;;` are others.
                    '&' => after.strip_prefix('&')?,
                    '|' => after.strip_prefix('|').unwrap_or(after),
                    _ => after,
                };
                if next.starts_with(['&', '|', ';']) {
                    return None;
                }
                if !command.is_empty() {
                    commands.push(std::mem::take(&mut command));
                } else if c != '\n' {
                    return None;
                }
            }
            '\'' => {
                let (quoted, rest) = after.split_once('\'')?;
                word.get_or_insert_default().push_str(quoted);
                next = rest;
            }
            '"' => {
                let (quoted, rest) = after.split_once('"')?;
                if quoted.contains(['$', '`', '\\', '!']) {
                    return None;
                }
                word.get_or_insert_default().push_str(quoted);
                next = rest;
            }
            '>' => {
                // Only away, as `2>/dev/null` and `2>&1`.
                let stream = word.take();
                if !matches!(stream.as_deref(), None | Some("1" | "2")) {
                    return None;
                }
                next = after
                    .strip_prefix("/dev/null")
                    .or_else(|| after.trim_start().strip_prefix("/dev/null"))
                    .or_else(|| after.strip_prefix("&1"))
                    .or_else(|| after.strip_prefix("&2"))?;
                if !(next.is_empty() || next.starts_with([' ', '\t', '\n', ';', '|', '&'])) {
                    return None;
                }
            }
            '$' | '`' | '(' | ')' | '{' | '}' | '<' | '\\' | '!' | '#' | '~' | '\r' => return None,
            c if c.is_control() || (c.is_whitespace()) => return None,
            '=' if command.is_empty() => return None,
            c => word.get_or_insert_default().push(c),
        }
        rest = next;
    }
    command.extend(word);
    if !command.is_empty() {
        commands.push(command);
    }
    Some(commands)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_reading() {
        for script in [
            "ls",
            "ls -la src && cat Cargo.toml",
            "cd src; pwd",
            "grep -rn 'fn main' src | head -n 20",
            "rg --files -g '*.rs' | wc -l",
            "sed -n 1,200p src/main.rs",
            "sed -n '10p' \"a file\"",
            "git status --short && git log --oneline -5",
            "git branch -a",
            "find . -name '*.ts' -not -path './node_modules/*'",
            "cat missing 2>/dev/null || true",
            "ls 2>&1 | tail -3",
            "sort names | uniq -c",
            "git log --oneline --patch --stat",
            "git grep -n --only-matching x",
            "ls\ncat a\n",
        ] {
            assert!(plainly_reads(script), "{script}");
        }
    }

    #[test]
    fn everything_else() {
        for script in [
            "",
            "rm -rf .",
            "ls > files",
            "ls >> files",
            "ls >/dev/nullx",
            "cat a & rm b",
            "cat a |& tee b",
            "ls; rm a",
            "ls\nrm a",
            "ls && $(rm a)",
            "ls `rm a`",
            "echo \"$(rm a)\"",
            "echo $HOME",
            "cat <(rm a)",
            "cat <<EOF\nx\nEOF",
            "X=1 ls",
            "(ls)",
            "{ ls; }",
            "ls || { rm a; }",
            "find . -delete",
            "find . -exec rm {} +",
            "find . -fprintf out x",
            "rg --pre ./run x",
            "rg --pre=./run x",
            "sed -i s/a/b/ file",
            "sed -n 1w/out file",
            "sed -n 1p -i file",
            "sed p file",
            "git checkout .",
            "git -c core.pager=x log",
            "git diff --output=out",
            "git diff --ext-diff",
            "git branch new",
            "git grep -Oless x",
            "git stash",
            "sort -o out in",
            "sort -no out in",
            "sort --output=out in",
            "sort --compress-program=./x in",
            "uniq in out",
            "uniq - out",
            "uniq -c -- in out",
            "sort --comp=./x in",
            "sort --co ./x in",
            "git diff --outp=x",
            "git diff --ext",
            "git log --textc",
            "git grep --ope=./x y",
            "git grep -nO./x y",
            "file -Cm magic",
            "file --comp",
            "base64 --output=x y",
            "python -c 1",
            "bash -c ls",
            "./ls",
            "/tmp/cat x",
            "ls \\; rm a",
            "ls;; rm",
            "ls 'unclosed",
            "cat a\rrm b",
            "npm test",
        ] {
            assert!(!plainly_reads(script), "{script}");
        }
    }

    #[test]
    fn lists_of_words_and_shells_in_them() {
        let read = |argv: &[&str]| {
            words_plainly_read(&argv.iter().map(|&word| word.to_owned()).collect::<Vec<_>>())
        };
        assert!(read(&["ls", "-l", "a b; rm c"]));
        assert!(read(&["bash", "-lc", "ls | head"]));
        assert!(!read(&["bash", "-lc", "rm a"]));
        assert!(!read(&["bash", "-c", "ls", "rm"]));
        assert!(!read(&["rm", "a"]));
        assert!(!read(&[]));
    }
}
