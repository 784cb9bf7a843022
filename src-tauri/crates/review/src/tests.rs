//! Pictures of rows, and what must hold for any two texts.

mod pictures;
mod properties;
