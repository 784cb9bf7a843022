//! The arguments of the shell tools, in the many shapes in which models give them.

use std::time::Duration;

use serde_json::Map;
use serde_json::Value;

use super::BadCall;
use super::ToolInput;
use super::intercept;
use super::intercept::Intercepted;
use super::output::Shape;
use super::permission;
use super::shell::DEFAULT_TIMEOUT;
use super::shell::LONGEST_TIMEOUT;
use super::shell::SHORTEST_TIMEOUT;

/// One call of a shell tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ShellCall {
    pub(super) command: Words,
    pub(super) workdir: Option<String>,
    pub(super) timeout: Duration,
    pub(super) escalated: bool,
    /// Why, in the model's words; may be empty.
    pub(super) justification: String,
    pub(super) env: Vec<(String, String)>,
    pub(super) shape: Shape,
}

/// What is to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Words {
    /// For bash.
    Script(String),
    /// A program and its arguments.
    List(Vec<String>),
}

impl ShellCall {
    /// Reads the call of the tool `name`.
    pub(super) fn parse(name: &str, input: &ToolInput) -> Result<Self, BadCall> {
        let shape = match name {
            "shell_command" => Shape::Lines,
            "exec_command" => Shape::Session,
            _ => Shape::Json,
        };
        let fields: Map<String, Value> = match input {
            ToolInput::LocalShell(Value::Object(action)) => action.clone(),
            other => other.arguments()?,
        };
        let text = |name: &str| match fields.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(BadCall(format!("`{name}` must be a string"))),
        };
        let command = match fields.get("command").or_else(|| fields.get("cmd")) {
            Some(Value::String(script)) => Words::Script(script.clone()),
            Some(Value::Array(words)) => Words::List(
                words
                    .iter()
                    .map(|word| word.as_str().map(str::to_owned))
                    .collect::<Option<_>>()
                    .ok_or_else(|| BadCall("`command` must be a list of strings".to_owned()))?,
            ),
            Some(_) => return Err(BadCall("`command` must be a string or a list".to_owned())),
            None => return Err(BadCall("`command` is missing".to_owned())),
        };
        let empty = match &command {
            Words::Script(script) => script.trim().is_empty(),
            Words::List(words) => words.first().is_none_or(String::is_empty),
        };
        if empty {
            return Err(BadCall("`command` is empty".to_owned()));
        }
        let timeout = match fields.get("timeout_ms").or_else(|| fields.get("timeout")) {
            None | Some(Value::Null) => DEFAULT_TIMEOUT,
            Some(value) => {
                let given = value.as_f64().filter(|ms| *ms >= 0.0);
                let given = given.ok_or_else(|| {
                    BadCall("`timeout_ms` must be a number of milliseconds".to_owned())
                })?;
                Duration::from_millis(given.min(1e12) as u64)
                    .clamp(SHORTEST_TIMEOUT, LONGEST_TIMEOUT)
            }
        };
        let env = match fields.get("env") {
            Some(Value::Object(env)) => env
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
                .collect(),
            _ => Vec::new(),
        };
        let workdir = text("workdir")?
            .or(text("working_directory")?)
            .filter(|dir| !dir.is_empty());
        let permissions = text("sandbox_permissions")?;
        let escalated = permissions.is_some_and(|asked| asked != "use_default")
            || fields.get("with_escalated_permissions") == Some(&Value::Bool(true));
        // Only shown; a call is not refused for it.
        let justification = text("justification").ok().flatten().unwrap_or_default();
        Ok(Self {
            command,
            workdir,
            timeout,
            escalated,
            justification,
            env,
            shape,
        })
    }

    /// The same call with another command, for bash.
    pub(super) fn with_script(&self, script: String) -> Self {
        Self {
            command: Words::Script(script),
            ..self.clone()
        }
    }

    /// The commands in it, where they are plain words; none where a shell would do more.
    pub(super) fn plain_commands(&self) -> Vec<Vec<String>> {
        match &self.command {
            Words::Script(script) => permission::words(script).unwrap_or_default(),
            Words::List(words) => match words.as_slice() {
                [shell, flag, script]
                    if permission::is_shell(shell) && permission::is_script_flag(flag) =>
                {
                    permission::words(script).unwrap_or_default()
                }
                words => vec![words.to_vec()],
            },
        }
    }

    /// The patch, if the call does nothing but apply one.
    pub(super) fn patch(&self) -> Option<Intercepted> {
        match &self.command {
            Words::Script(script) => intercept::in_script(script),
            Words::List(words) => intercept::in_words(words),
        }
    }

    /// Whether the patch itself was given as the command.
    pub(super) fn is_bare_patch(&self) -> bool {
        match &self.command {
            Words::Script(script) => intercept::is_bare_patch(script),
            Words::List(words) => {
                matches!(words.as_slice(), [word] if intercept::is_bare_patch(word))
            }
        }
    }

    /// Whether it does nothing but read. A variable can make any program run another
    /// (`BASH_ENV`, `PATH`), so a call that sets one does not.
    pub(super) fn plainly_reads(&self) -> bool {
        self.env.is_empty()
            && match &self.command {
                Words::Script(script) => permission::plainly_reads(script),
                Words::List(words) => permission::words_plainly_read(words),
            }
    }

    /// What the person reads.
    pub(super) fn shown(&self) -> String {
        match &self.command {
            Words::Script(script) => script.clone(),
            Words::List(words) => match words.as_slice() {
                [shell, flag, script]
                    if permission::is_shell(shell) && permission::is_script_flag(flag) =>
                {
                    script.clone()
                }
                words => words
                    .iter()
                    .map(|word| quoted(word))
                    .collect::<Vec<_>>()
                    .join(" "),
            },
        }
    }

    /// What is started. Not a login shell: that would read the files of a home that is not there.
    pub(super) fn argv(&self) -> Vec<String> {
        let bash = |script: &str| ["/bin/bash", "-c", script].map(str::to_owned).to_vec();
        match &self.command {
            Words::Script(script) => bash(script),
            Words::List(words) => match words.as_slice() {
                [shell, flag, script]
                    if permission::is_shell(shell) && permission::is_script_flag(flag) =>
                {
                    bash(script)
                }
                words => words.to_vec(),
            },
        }
    }
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(name: &str, arguments: Value) -> Result<ShellCall, BadCall> {
        ShellCall::parse(name, &ToolInput::Json(arguments.to_string()))
    }

    #[test]
    fn every_shell_tool_is_understood() {
        let call = parse(
            "shell_command",
            json!({"command": "ls | head", "workdir": "src"}),
        );
        let call = call.unwrap();
        assert_eq!(call.argv(), ["/bin/bash", "-c", "ls | head"]);
        assert_eq!((call.shape, call.timeout), (Shape::Lines, DEFAULT_TIMEOUT));
        assert_eq!(call.workdir.as_deref(), Some("src"));

        let call = parse("shell", json!({"command": ["bash", "-lc", "ls"]})).unwrap();
        assert_eq!(call.argv(), ["/bin/bash", "-c", "ls"]);
        assert_eq!((call.shape, call.shown().as_str()), (Shape::Json, "ls"));

        let call = parse("container.exec", json!({"command": ["git", "log", "a b"]})).unwrap();
        assert_eq!(
            (call.argv().len(), call.shown().as_str()),
            (3, "git log 'a b'")
        );

        let call = parse("exec_command", json!({"cmd": "ls", "yield_time_ms": 1000})).unwrap();
        assert_eq!((call.shape, call.shown().as_str()), (Shape::Session, "ls"));

        let action = json!({"type": "exec", "command": ["ls"], "timeout_ms": 5000,
            "working_directory": "/p/src", "env": {"A": "1"}});
        let call = ShellCall::parse("local_shell", &ToolInput::LocalShell(action)).unwrap();
        assert_eq!(call.timeout, Duration::from_secs(5));
        assert_eq!(call.workdir.as_deref(), Some("/p/src"));
        assert_eq!(call.env, [("A".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn a_call_that_sets_variables_does_more_than_read() {
        let reads = |env: Value| {
            let action = json!({"type": "exec", "command": ["ls"], "env": env});
            let call = ShellCall::parse("local_shell", &ToolInput::LocalShell(action)).unwrap();
            call.plainly_reads()
        };
        assert!(reads(json!({})) && reads(Value::Null));
        assert!(!reads(json!({"BASH_ENV": "/tmp/x"})));
    }

    #[test]
    fn times_are_kept_in_bounds() {
        let timeout = |ms: Value| parse("shell_command", json!({"command": "x", "timeout_ms": ms}));
        assert_eq!(
            timeout(json!(2500)).unwrap().timeout,
            Duration::from_millis(2500)
        );
        assert_eq!(timeout(json!(1)).unwrap().timeout, SHORTEST_TIMEOUT);
        assert_eq!(timeout(json!(1e300)).unwrap().timeout, LONGEST_TIMEOUT);
        assert_eq!(timeout(Value::Null).unwrap().timeout, DEFAULT_TIMEOUT);
        assert!(timeout(json!("soon")).is_err() && timeout(json!(-1)).is_err());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = |name: &str, arguments: Value| parse(name, arguments).unwrap_err().0;
        assert_eq!(wrong("shell", json!({})), "`command` is missing");
        assert_eq!(wrong("shell", json!({"command": []})), "`command` is empty");
        assert_eq!(
            wrong("shell_command", json!({"command": "  "})),
            "`command` is empty"
        );
        assert_eq!(
            wrong("shell", json!({"command": [1]})),
            "`command` must be a list of strings"
        );
        let workdir = json!({"command": "ls", "workdir": 3});
        assert_eq!(
            wrong("shell_command", workdir),
            "`workdir` must be a string"
        );
        let broken = ToolInput::Json("{\"command\": \"ls".to_owned());
        let broken = ShellCall::parse("shell_command", &broken).unwrap_err().0;
        assert!(
            broken.starts_with("the arguments are not valid JSON"),
            "{broken}"
        );
    }

    #[test]
    fn escalation_is_seen() {
        let asked = |value: Value| parse("shell_command", value).unwrap().escalated;
        assert!(asked(
            json!({"command": "x", "sandbox_permissions": "require_escalated"})
        ));
        assert!(asked(
            json!({"command": "x", "with_escalated_permissions": true})
        ));
        assert!(!asked(
            json!({"command": "x", "sandbox_permissions": "use_default"})
        ));
        assert!(!asked(json!({"command": "x"})));
    }
}
