//! Tests over real files, processes and sockets, without a window.

mod cli_patch;
mod client;
mod folders;
mod invariants;
mod promise;
mod run;
mod task;
mod tools;
