//! The app's program. Everything it does is in the library beside it.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    greenlight_app::run()
}
