//! Parts the tests share: real programs, real windows, a real screen.

pub mod binaries;
mod driver;
pub mod screen;
pub mod window;
