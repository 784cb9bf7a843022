//! What is known of a file's diff before it is opened: enough to keep its place on screen, so that
//! nothing moves under the pointer when the diff comes.

use review::Stat;

use crate::tasks::review::Shown;

/// Unchanged lines around each change in the view that [`Outline::lines`] counts.
pub const CONTEXT: u32 = 3;

/// The outline of one file's diff.
#[derive(Debug, Clone, Default)]
pub struct Outline {
    /// Lines added and removed.
    pub stat: Stat,
    /// Lines of the view with [`CONTEXT`]; what is folded counts as one.
    pub lines: u32,
    /// Whether the diff was cut short to stay quick.
    pub imprecise: bool,
    /// What a person should know: encodings, line endings.
    pub notes: Vec<String>,
    /// Whether a side is too large to show unasked.
    pub too_large: bool,
}

impl Outline {
    pub(super) fn of(shown: &Shown) -> Self {
        let view = shown.diff.view(CONTEXT);
        let lines = view.iter().map(|segment| match segment.folded {
            true => 1,
            false => segment.rows.end - segment.rows.start,
        });
        Self {
            stat: shown.diff.stat(),
            lines: lines.sum(),
            imprecise: shown.diff.imprecise(),
            notes: shown.notes.clone(),
            too_large: false,
        }
    }
}
