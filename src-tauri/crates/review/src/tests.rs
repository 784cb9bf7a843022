//! Pictures of rows, and what must hold for any two texts.

mod decisions;
mod pictures;
mod properties;
mod texts;
