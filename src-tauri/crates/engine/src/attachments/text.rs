//! Any file as text.

use super::Wrong;
use crate::project::text::Text;
use crate::project::text::decode;
use images::foreign;

/// The text of a file, and what to know of it.
pub(super) fn text(bytes: &[u8]) -> Result<(String, Option<String>), Wrong> {
    let what = foreign(bytes);
    let (text, label) = match decode(bytes) {
        Text::TooLarge => {
            return Err(Wrong::TooLong {
                bytes: bytes.len() as u64,
                tokens: (bytes.len() as u64).div_ceil(4),
            });
        }
        Text::Binary => return Err(what.map_or(Wrong::Binary, |what| Wrong::Foreign { what })),
        decoded => {
            let label = decoded.label();
            match decoded {
                Text::Text { text, .. } => (text, label),
                _ => return Err(Wrong::Binary),
            }
        }
    };
    if text.trim().is_empty() {
        return Err(Wrong::Empty);
    }
    // A drawing is text too, and an agent can work with it; only it is not seen.
    let note = match (what, label.as_str()) {
        (Some(what), _) => Some(format!(
            "It is {what}: models read its source and do not see it."
        )),
        (None, "") => None,
        (None, label) => Some(format!("Read as {label}.")),
    };
    Ok((text, note))
}
