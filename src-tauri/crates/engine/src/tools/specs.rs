//! The tools as they are described to the model.
//!
//! Names and schemas are those the models were trained with; the descriptions are ours. The order
//! never changes within a conversation, because the provider's cache keeps what stands before the
//! first difference.

use serde_json::Value;
use serde_json::json;

use super::shell::DEFAULT_TIMEOUT;
use super::shell::LONGEST_TIMEOUT;
use crate::model::catalog::PatchTool;
use crate::model::catalog::ShellTool;
use crate::model::catalog::Traits;

/// The patch language as a grammar.
const PATCH_GRAMMAR: &str = r#"start: begin section+ finish
begin: "*** Begin Patch" LF
finish: "*** End Patch" LF?

section: add_file | delete_file | update_file
add_file: "*** Add File: " path LF new_line+
delete_file: "*** Delete File: " path LF
update_file: "*** Update File: " path LF move_to? change?
move_to: "*** Move to: " path LF
path: /(.+)/
new_line: "+" /(.*)/ LF

change: (place | line)+ last?
place: ("@@" | "@@ " /(.+)/) LF
line: ("+" | "-" | " ") /(.*)/ LF
last: "*** End of File" LF

%import common.LF
"#;

/// The tools for a model, in their fixed order.
pub fn specs(traits: &Traits) -> Vec<Value> {
    let mut specs = vec![match traits.shell {
        ShellTool::ShellCommand => shell_command(),
        ShellTool::Shell => shell(),
        ShellTool::LocalShell => json!({ "type": "local_shell" }),
    }];
    specs.push(update_plan());
    match traits.patch {
        PatchTool::Custom => specs.push(apply_patch()),
        PatchTool::Function => specs.push(apply_patch_function()),
        PatchTool::ViaShell => {}
    }
    if traits.vision {
        specs.push(view_image());
    }
    specs
}

fn function(name: &str, description: &str, properties: Value, required: &[&str]) -> Value {
    json!({
        "type": "function",
        "name": name,
        "description": description,
        "strict": false,
        "parameters": {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        },
    })
}

fn common(mut properties: Value) -> Value {
    let timeout = format!(
        "Milliseconds after which the command is ended. Default {}, at most {}.",
        DEFAULT_TIMEOUT.as_millis(),
        LONGEST_TIMEOUT.as_millis()
    );
    properties["workdir"] = json!({
        "type": "string",
        "description": "Folder to run in, inside of the project. Default: the project's root.",
    });
    properties["timeout_ms"] = json!({ "type": "number", "description": timeout });
    properties["sandbox_permissions"] = json!({
        "type": "string",
        "enum": ["use_default", "require_escalated"],
        "description": "`require_escalated` asks the person to let the command use the internet. \
            Default `use_default`.",
    });
    properties["justification"] = json!({
        "type": "string",
        "description": "Only with `require_escalated`: one sentence on why it is needed.",
    });
    properties
}

fn shell_command() -> Value {
    let properties = common(json!({
        "command": { "type": "string", "description": "The script, run by `bash -c`." },
        "login": {
            "type": "boolean",
            "description": "Ignored: the person's login environment is set up already.",
        },
    }));
    let description = "Runs a bash script in a private copy of the project and returns its output. \
        Standard input is empty and there is no terminal. Nothing keeps running after it returns. \
        Set `workdir` instead of using `cd`.";
    function("shell_command", description, properties, &["command"])
}

fn shell() -> Value {
    let properties = common(json!({
        "command": {
            "type": "array",
            "items": { "type": "string" },
            "description": "The program and its arguments, not seen by a shell. \
                For a script: [\"bash\", \"-lc\", SCRIPT].",
        },
    }));
    let description = "Runs a command in a private copy of the project and returns its output. \
        Standard input is empty and there is no terminal. Nothing keeps running after it returns. \
        Set `workdir` instead of using `cd`.";
    function("shell", description, properties, &["command"])
}

fn update_plan() -> Value {
    let properties = json!({
        "explanation": { "type": "string", "description": "Why the plan changed." },
        "plan": {
            "type": "array",
            "description": "All steps in order.",
            "items": {
                "type": "object",
                "properties": {
                    "step": { "type": "string" },
                    "status": {
                        "type": "string",
                        "enum": ["pending", "in_progress", "completed"],
                    },
                },
                "required": ["step", "status"],
                "additionalProperties": false,
            },
        },
    });
    let description = "Replaces the checklist that the person sees. At most one step is \
        `in_progress` at a time.";
    function("update_plan", description, properties, &["plan"])
}

fn apply_patch() -> Value {
    json!({
        "type": "custom",
        "name": "apply_patch",
        "description": "Edits files by a patch. The input is the patch itself, not JSON. All of it \
            is applied, or nothing.",
        "format": { "type": "grammar", "syntax": "lark", "definition": PATCH_GRAMMAR },
    })
}

fn apply_patch_function() -> Value {
    let properties = json!({
        "input": { "type": "string", "description": "The patch, from `*** Begin Patch` on." },
    });
    let description = "Edits files by a patch. All of it is applied, or nothing.";
    function("apply_patch", description, properties, &["input"])
}

fn view_image() -> Value {
    let properties = json!({
        "path": { "type": "string", "description": "A picture inside of the project." },
        "detail": { "type": "string", "enum": ["high", "original"] },
    });
    let description = "Shows you a PNG, JPEG, GIF or WebP file of the project.";
    function("view_image", description, properties, &["path"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalog::Model;

    fn names(model: &str) -> Vec<String> {
        let name = |spec: &Value| {
            spec["name"]
                .as_str()
                .or(spec["type"].as_str())
                .map(str::to_owned)
        };
        specs(&Model::named(model).traits)
            .iter()
            .filter_map(name)
            .collect()
    }

    #[test]
    fn each_family_gets_what_it_was_trained_with() {
        let codex = ["shell_command", "update_plan", "apply_patch", "view_image"];
        assert_eq!(names("gpt-5-codex"), codex);
        assert_eq!(names("gpt-5.2-codex"), codex);
        assert_eq!(names("qwen3-coder"), codex);
        let patch = &specs(&Model::named("qwen3-coder").traits)[2];
        assert_eq!(patch["type"], "function");
        assert_eq!(names("gpt-5")[..2], ["shell", "update_plan"]);
        assert!(!names("gpt-5").contains(&"apply_patch".to_owned()));
        assert_eq!(
            names("codex-mini-latest")[..2],
            ["local_shell", "update_plan"]
        );
    }

    #[test]
    fn functions_are_closed_and_not_strict() {
        for spec in [
            shell_command(),
            shell(),
            update_plan(),
            apply_patch_function(),
            view_image(),
        ] {
            assert_eq!(spec["strict"], false);
            assert_eq!(spec["parameters"]["additionalProperties"], false);
            for name in spec["parameters"]["required"].as_array().unwrap() {
                let name = name.as_str().unwrap();
                assert!(spec["parameters"]["properties"][name].is_object(), "{name}");
            }
        }
        let format = &apply_patch()["format"];
        assert_eq!(
            (&format["type"], &format["syntax"]),
            (&json!("grammar"), &json!("lark"))
        );
    }
}
