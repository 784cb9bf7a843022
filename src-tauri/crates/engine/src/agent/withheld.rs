//! Secrets in what a tool brought: replaced before the model, the log or the window has them.

use super::item::ItemKind;
use crate::redact::Keys;
use crate::redact::Reach;
use crate::tools::ToolResult;

/// The code of the item that tells it.
const CODE: &str = "key_withheld";

/// A result without secrets, and what the person is told when it had any.
pub(super) fn strike(keys: &Keys, result: ToolResult) -> (ToolResult, Option<ItemKind>) {
    let ToolResult { mut output, item } = result;
    let mut found = keys.strike_all(&mut output, Reach::Certain);
    let (item, shown) = struck_item(keys, item);
    // The item has the same output as a rule, which is not counted twice.
    if found.is_empty() {
        found = shown;
    }
    let told = (!found.is_empty()).then(|| {
        let mut words = found.to_string();
        words[..1].make_ascii_uppercase();
        ItemKind::Error {
            code: CODE.to_owned(),
            message: format!(
                "{words} in the result of a tool went neither to the model nor into the \
                 conversation; a mark such as [key] stands there instead."
            ),
            hint: "The files are unchanged. If it is a key of yours, keep it outside of the folder, and \
                   replace it when others may have read it."
                .to_owned(),
            wait_ms: None,
        }
    });
    (ToolResult { output, item }, told)
}

/// The id of the item that tells what a call's result had.
pub(super) fn id(of: &str) -> String {
    format!("{of}-withheld")
}

fn struck_item(keys: &Keys, item: ItemKind) -> (ItemKind, crate::redact::Found) {
    // Items go through JSON on their way to the log in any case, and nothing of them is forgotten here.
    let Ok(mut value) = serde_json::to_value(&item) else {
        return (item, crate::redact::Found::default());
    };
    let found = keys.strike_all(&mut value, Reach::Certain);
    match serde_json::from_value(value) {
        Ok(struck) if !found.is_empty() => (struck, found),
        _ => (item, crate::redact::Found::default()),
    }
}
