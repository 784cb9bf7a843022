//! Tests over real files, processes and sockets, without a window.

mod cli_patch;
mod client;
mod conflict;
mod contents;
mod folders;
mod invariants;
mod life;
mod machine;
mod promise;
mod provider;
mod rewind;
mod run;
mod shelf;
mod task;
mod tools;
mod traces;
mod trust;
mod world;
