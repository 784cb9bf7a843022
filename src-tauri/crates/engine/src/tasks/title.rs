//! What a task is called: at first the beginning of its first message, later what the person says.

use super::task::Facts;
use super::task::Task;
use super::task::TaskError;
use crate::event::Event;

/// Characters of a title.
const LONGEST: usize = 80;

impl Task {
    /// Gives the task another name. White space counts once, and what is too long is cut.
    ///
    /// # Errors
    ///
    /// [`TaskError::NoName`] when nothing is left, [`TaskError::Index`] or [`TaskError::Log`] when
    /// it could not be kept.
    pub fn rename(&self, name: &str) -> Result<Facts, TaskError> {
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            return Err(TaskError::NoName);
        }
        let mut inner = self.lock();
        let before = std::mem::replace(&mut inner.title, cut(&name));
        if let Err(error) = self.save(&inner) {
            inner.title = before;
            return Err(error.into());
        }
        self.describe(&mut inner)?;
        let facts = self.facts_of(&inner);
        drop(inner);
        self.shared.tell(Event::TaskChanged(facts.clone()));
        Ok(facts)
    }
}

/// The beginning of a message, as a title.
pub(super) fn title(text: &str) -> String {
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or("New task");
    let sentence = line.split_inclusive(['.', '?', '!']).next().unwrap_or(line);
    cut(sentence.trim_end_matches('.').trim())
}

fn cut(sentence: &str) -> String {
    if sentence.chars().count() <= LONGEST {
        return sentence.to_owned();
    }
    let mut cut: String = sentence.chars().take(LONGEST).collect();
    if let Some(space) = cut.rfind(' ') {
        cut.truncate(space);
    }
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_the_first_sentence_cut_at_a_word() {
        assert_eq!(title("Fix the total. It is negative."), "Fix the total");
        assert_eq!(title("\n\n  Why?  \nBecause"), "Why?");
        assert_eq!(title("   "), "New task");
        let long = title(&"word ".repeat(40));
        assert!(
            long.ends_with("word…") && long.chars().count() <= 81,
            "{long}"
        );
        assert!(title(&"ü".repeat(200)).chars().count() <= 81);
    }
}
