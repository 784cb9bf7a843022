//! Colours lines of code on a thread of its own.
//!
//! A parser cannot leave the thread it was made on, and a jump into the middle of a long file may
//! take it a while. So one thread owns all parsers, and whoever asks waits no longer than the
//! budget; what is not coloured by then comes plain and says so. Every ask gets further than the one
//! before, so asking again leads to all colours.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use review::Highlighter;
use review::Limits;
use review::Lines;
use review::Painted;
use review::Painter;

/// Texts whose parsers are kept, the ones used last.
const KEPT: usize = 24;

/// How long one answer may take.
const BUDGET: Duration = Duration::from_millis(120);

/// The thread that colours.
#[derive(Debug)]
pub struct Colours {
    ask: mpsc::Sender<Ask>,
}

#[derive(Debug)]
struct Ask {
    key: String,
    name: String,
    lines: Lines,
    range: Range<u32>,
    answer: mpsc::Sender<Painted>,
}

impl Colours {
    /// Starts the thread. It ends with the last [`Colours`].
    ///
    /// # Errors
    ///
    /// What the system says when it has no more threads.
    pub fn start() -> std::io::Result<Self> {
        let (ask, asked) = mpsc::channel();
        thread::Builder::new()
            .name("colours".to_owned())
            .spawn(move || work(&asked))?;
        Ok(Self { ask })
    }

    /// The spans of some lines, one list per line. Without any list and not complete when they
    /// cannot be had in time; without any list and complete when there are none to be had. `key`
    /// names the text, `name` is the file's name.
    pub fn paint(&self, key: &str, name: &str, lines: &Lines, range: Range<u32>) -> Painted {
        if range.is_empty() {
            return without_colours(true);
        }
        let (answer, answered) = mpsc::channel();
        let ask = Ask {
            key: key.to_owned(),
            name: name.to_owned(),
            lines: lines.clone(),
            range,
            answer,
        };
        if self.ask.send(ask).is_err() {
            return without_colours(true);
        }
        answered.recv_timeout(BUDGET * 2).unwrap_or_else(|error| {
            // A thread that has ended colours nothing, however often it is asked.
            without_colours(error == RecvTimeoutError::Disconnected)
        })
    }
}

fn without_colours(complete: bool) -> Painted {
    Painted {
        lines: Vec::new(),
        complete,
    }
}

fn work(asked: &mpsc::Receiver<Ask>) {
    let mut kept: VecDeque<(String, Option<Painter>)> = VecDeque::new();
    while let Ok(ask) = asked.recv() {
        let at = kept.iter().position(|(key, _)| *key == ask.key);
        let (key, mut painter) = at.and_then(|at| kept.remove(at)).unwrap_or_else(|| {
            let painter = Highlighter::shared().painter(&ask.name, &ask.lines, Limits::default());
            (ask.key, painter)
        });
        let painted = painter
            .as_mut()
            .map(|painter| painter.paint(ask.range, Some(Instant::now() + BUDGET)));
        kept.push_back((key, painter));
        if kept.len() > KEPT {
            kept.pop_front();
        }
        // Whoever asked may have stopped waiting.
        let _ = ask
            .answer
            .send(painted.unwrap_or_else(|| without_colours(true)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_from_many_threads_are_answered_for_their_own_text() {
        let colours = Colours::start().unwrap();
        let code = Lines::new("fn main() {}\n// done\n".to_owned());
        let prose = Lines::new("fn main() {}\n".to_owned());
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    // The first asks may run out of time while the grammar is made ready.
                    let ask = || colours.paint("code", "main.rs", &code, 0..2);
                    let done = std::iter::repeat_with(ask).find(|painted| painted.complete);
                    let spans = done.unwrap().lines;
                    assert!(spans[0].iter().any(|span| span.class.name() == "keyword"));
                    assert!(spans[1].iter().all(|span| span.class.name() == "comment"));
                });
            }
        });
        let nothing = without_colours(true);
        assert_eq!(colours.paint("prose", "x.unknown", &prose, 0..1), nothing);
        assert_eq!(colours.paint("code", "main.rs", &code, 1..1), nothing);
    }

    #[test]
    fn a_far_jump_is_plain_at_first_and_coloured_when_asked_often_enough() {
        const LINES: u32 = 4_000;
        let colours = Colours::start().unwrap();
        let text = "export const total = (items: Item[]): number => items.length;\n";
        let code = Lines::new(text.repeat(LINES as usize));
        let end = LINES - 1..LINES;
        let ask = || colours.paint("far", "cart.ts", &code, end.clone());
        let first = ask();
        assert!(!first.complete, "so many lines take longer than the budget");
        assert!(first.lines.concat().is_empty());
        let last = std::iter::repeat_with(ask)
            .find(|painted| painted.complete)
            .unwrap();
        assert!(
            last.lines[0]
                .iter()
                .any(|span| span.class.name() == "keyword")
        );
    }
}
