//! What a running check prints, on its way to the window: in small pieces, however fast it prints.

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use crate::redact::Flow;
use crate::redact::Keys;

/// Bytes passed on at once; of more, the newest.
const MOST_AT_ONCE: usize = 4 << 10;
/// Bytes before those that secrets are looked for in: one that was cut in two is not seen whole, and
/// what is left of it is not shown.
const BEFORE: usize = 28 << 10;

/// What a check's output may still say to the window, without secrets.
#[derive(Debug)]
pub(super) struct Live {
    keys: Keys,
    printed: Mutex<Printed>,
}

#[derive(Debug)]
struct Printed {
    waiting: String,
    /// Whether older text was dropped since the last was taken.
    cut: bool,
    flow: Flow,
}

impl Live {
    pub(super) fn new(keys: &Keys) -> Self {
        Self {
            keys: keys.clone(),
            printed: Mutex::new(Printed {
                waiting: String::new(),
                cut: false,
                flow: keys.flow(),
            }),
        }
    }

    pub(super) fn push(&self, text: &str) {
        let mut printed = self.printed();
        printed.waiting.push_str(text);
        // Cut rarely, so that a fast program does not wait for it.
        if printed.waiting.len() > 4 * (BEFORE + MOST_AT_ONCE) {
            let cut = newest(&printed.waiting, BEFORE + MOST_AT_ONCE);
            printed.waiting.drain(..cut);
            printed.cut = true;
            // What it held back came before what is gone.
            printed.flow = self.keys.flow();
        }
    }

    pub(super) fn take(&self) -> String {
        let mut printed = self.printed();
        let waiting = std::mem::take(&mut printed.waiting);
        let mut text = printed.flow.push(&waiting);
        let cut = newest(&text, MOST_AT_ONCE);
        text.drain(..cut);
        if std::mem::take(&mut printed.cut) || cut > 0 {
            text.insert_str(0, "\n…\n");
        }
        text
    }

    fn printed(&self) -> MutexGuard<'_, Printed> {
        self.printed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the newest whole lines of a text begin that fit into so many bytes.
pub(super) fn newest(text: &str, most: usize) -> usize {
    if text.len() <= most {
        return 0;
    }
    let from = text.ceil_char_boundary(text.len() - most);
    text[from..].find('\n').map_or(from, |line| from + line + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_live_is_bounded_and_the_newest() {
        let live = Live::new(&Keys::default());
        for number in 0..200_000 {
            live.push(&format!("line {number}\n"));
        }
        let text = live.take();
        assert!(text.len() <= MOST_AT_ONCE + 8, "{}", text.len());
        assert!(text.starts_with("\n…\nline "), "{}", &text[..20]);
        assert!(text.ends_with("line 199999\n"));
        live.push("short\n");
        assert_eq!(live.take(), "short\n");
        assert_eq!(live.take(), "");
    }

    #[test]
    fn a_line_without_end_is_cut_between_characters() {
        let live = Live::new(&Keys::default());
        live.push(&"ä".repeat(100_000));
        let text = live.take();
        assert!(text.starts_with("\n…\nä") && text.len() <= MOST_AT_ONCE + 8);
    }

    #[test]
    fn a_key_is_not_shown_in_whatever_pieces_it_is_printed() {
        let key = "sk-loaded-0123456789abcdef";
        let keys = Keys::default();
        keys.learn(&key.into());
        let live = Live::new(&keys);
        let mut shown = String::new();
        for piece in ["it is ", &key[..9], "\n", &key[9..], " now\n"] {
            live.push(piece);
            shown.push_str(&live.take());
        }
        assert_eq!(shown, "it is [key] now\n");
        // Cut in the middle of what was dropped, wherever the cut falls.
        for number in 0..5_000 {
            live.push(&format!("{key} {number} "));
        }
        let text = live.take();
        assert!(text.starts_with("\n…\n"), "{}", &text[..20]);
        for end in [&key[3..], &key[10..]] {
            assert!(!text.replace("[key]", "").contains(end), "{text}");
        }
    }
}
