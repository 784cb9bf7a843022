//! Colours lines of code on a thread of its own.
//!
//! A parser cannot leave the thread it was made on, and a jump into the middle of a long file may
//! take it a while. So one thread owns all parsers, and whoever asks waits no longer than the
//! budget; what is not coloured by then comes plain.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use review::ClassSpan;
use review::Highlighter;
use review::Limits;
use review::Lines;
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
    answer: mpsc::Sender<Vec<Vec<ClassSpan>>>,
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

    /// The spans of some lines, one list per line; empty when they cannot be had in time. `key`
    /// names the text, `name` is the file's name.
    pub fn paint(
        &self,
        key: &str,
        name: &str,
        lines: &Lines,
        range: Range<u32>,
    ) -> Vec<Vec<ClassSpan>> {
        if range.is_empty() {
            return Vec::new();
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
            return Vec::new();
        }
        answered.recv_timeout(BUDGET * 2).unwrap_or_default()
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
        let spans = painter.as_mut().map(|painter| {
            painter
                .paint(ask.range, Some(Instant::now() + BUDGET))
                .lines
        });
        kept.push_back((key, painter));
        if kept.len() > KEPT {
            kept.pop_front();
        }
        // Whoever asked may have stopped waiting.
        let _ = ask.answer.send(spans.unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks as often as it takes: on a busy machine an answer may come too late, and is plain then.
    fn painted(colours: &Colours, key: &str, name: &str, lines: &Lines) -> Vec<Vec<ClassSpan>> {
        let began = Instant::now();
        loop {
            let spans = colours.paint(key, name, lines, 0..lines.count());
            if !spans.is_empty() && spans.iter().all(|line| !line.is_empty()) {
                return spans;
            }
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "plain: {spans:?}"
            );
        }
    }

    #[test]
    fn asks_from_many_threads_are_answered_for_their_own_text() {
        let colours = Colours::start().unwrap();
        let code = Lines::new("fn main() {}\n// done\n".to_owned());
        let prose = Lines::new("fn main() {}\n".to_owned());
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let spans = painted(&colours, "code", "main.rs", &code);
                    assert!(spans[0].iter().any(|span| span.class.name() == "keyword"));
                    assert!(spans[1].iter().all(|span| span.class.name() == "comment"));
                });
            }
        });
        assert!(
            colours
                .paint("prose", "notes.unknown", &prose, 0..1)
                .concat()
                .is_empty()
        );
        assert!(colours.paint("code", "main.rs", &code, 1..1).is_empty());
    }
}
