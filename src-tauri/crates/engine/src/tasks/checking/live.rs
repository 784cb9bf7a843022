//! What a running check prints, on its way to the window: in small pieces, however fast it prints.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

/// Bytes passed on at once; of more, the newest.
const MOST_AT_ONCE: usize = 4 << 10;

/// What a check's output may still say to the window.
#[derive(Debug, Default)]
pub(super) struct Live {
    text: Mutex<String>,
    cut: AtomicUsize,
}

impl Live {
    pub(super) fn push(&self, text: &str) {
        let mut waiting = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push_str(text);
        // Cut rarely, so that a fast program does not wait for it.
        if waiting.len() > 4 * MOST_AT_ONCE {
            let cut = newest(&waiting, MOST_AT_ONCE);
            self.cut.fetch_add(cut, Ordering::Relaxed);
            waiting.drain(..cut);
        }
    }

    pub(super) fn take(&self) -> String {
        let mut waiting = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = std::mem::take(&mut *waiting);
        let cut = newest(&text, MOST_AT_ONCE);
        text.drain(..cut);
        if self.cut.swap(0, Ordering::Relaxed) + cut > 0 {
            text.insert_str(0, "\n…\n");
        }
        text
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
        let live = Live::default();
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
        let live = Live::default();
        live.push(&"ä".repeat(100_000));
        let text = live.take();
        assert!(text.starts_with("\n…\nä") && text.len() <= MOST_AT_ONCE + 8);
    }
}
