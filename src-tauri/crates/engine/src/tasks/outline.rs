//! What is known of a file's diff before it is opened: enough to keep its place on screen, so that
//! nothing moves under the pointer when the diff comes.

use review::Stat;

use crate::tasks::review::Shown;

/// Unchanged lines around each change in the view that [`Outline::lines`] counts.
pub const CONTEXT: u32 = 3;

/// The outline of one file's diff.
#[derive(Debug, Clone)]
pub struct Outline {
    /// Lines added and removed.
    pub stat: Stat,
    /// Lines of the view with [`CONTEXT`]; what is folded counts as one, and so does the bar above
    /// each change.
    pub lines: u32,
    /// What can be decided about on its own; at least 1, for a file as a whole.
    pub changes: u32,
    /// Whether changes and lines can be decided one by one.
    pub divisible: bool,
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
        let mut lines = 0;
        for segment in &view {
            lines += match segment.folded {
                true => 1,
                false => segment.rows.end - segment.rows.start,
            };
        }
        // The bar above a change stands for the folded lines above it too.
        let merged = view.windows(2).filter(|pair| pair[0].folded).count() as u32;
        let bars = (shown.diff.hunks().len() as u32).saturating_sub(merged);
        Self {
            stat: shown.diff.stat(),
            lines: lines + bars,
            changes: (shown.diff.hunks().len() as u32).max(1),
            divisible: shown.written.is_some(),
            imprecise: shown.diff.imprecise(),
            notes: shown.notes.clone(),
            too_large: false,
        }
    }
}

impl Default for Outline {
    /// Of a file that is not shown as text.
    fn default() -> Self {
        Self {
            stat: Stat::default(),
            lines: 0,
            changes: 1,
            divisible: false,
            imprecise: false,
            notes: Vec::new(),
            too_large: false,
        }
    }
}
