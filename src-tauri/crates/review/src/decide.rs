//! The text that a set of decisions stands for.

use crate::rows::Diff;

/// The old text with the approved hunks taken and all others left, byte for byte.
///
/// `approved` is asked once for each hunk, by its number, in order.
pub fn compose(diff: &Diff, mut approved: impl FnMut(u32) -> bool) -> String {
    let (old, new) = (diff.old_lines(), diff.new_lines());
    let mut text = String::with_capacity(old.text().len().max(new.text().len()));
    let mut at = 0;
    for (number, hunk) in (0..).zip(diff.hunks()) {
        text.push_str(old.span(at..hunk.old.start));
        text.push_str(if approved(number) {
            new.span(hunk.new.clone())
        } else {
            old.span(hunk.old.clone())
        });
        at = hunk.old.end;
    }
    text.push_str(old.span(at..old.count()));
    text
}
