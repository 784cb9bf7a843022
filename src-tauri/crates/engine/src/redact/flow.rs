//! Text in pieces, freed of secrets that begin in one piece and end in another.

use super::Keys;
use super::Reach;
use super::patterns;

/// How much is held back at most, in bytes; what is longer is no key.
const HELD: usize = 16 << 10;

/// Holds back what may become a secret: a last word that begins like one, the beginning of a loaded
/// key, a private key that has not ended. Everything else goes on at once.
#[derive(Debug)]
pub struct Flow {
    keys: Keys,
    held: String,
}

impl Flow {
    pub(super) fn new(keys: Keys) -> Self {
        Self {
            keys,
            held: String::new(),
        }
    }

    /// Takes a piece and gives what can go on.
    pub fn push(&mut self, piece: &str) -> String {
        self.held.push_str(piece);
        let cut = self.cut();
        let rest = self.held.split_off(cut);
        let out = std::mem::replace(&mut self.held, rest);
        self.struck(&out)
    }

    /// Gives what is left.
    pub fn end(&mut self) -> String {
        let rest = std::mem::take(&mut self.held);
        self.struck(&rest)
    }

    fn struck(&self, text: &str) -> String {
        self.keys.strike(text, Reach::Certain).text
    }

    fn cut(&self) -> usize {
        let text = &self.held;
        let cut = [self.keys.beginning(text), patterns::beginning(text)]
            .into_iter()
            .flatten()
            .fold(text.len(), usize::min);
        // The end of a whole secret may be the beginning of another.
        let whole = self.keys.all_places(text, Reach::Certain);
        let around = whole.iter().rev().map(|(range, _)| range);
        let cut = around.fold(cut, |cut, range| {
            match range.start < cut && cut < range.end {
                true => range.start,
                false => cut,
            }
        });
        match text.len() - cut > HELD {
            true => text.len(),
            false => text.floor_char_boundary(cut),
        }
    }
}
