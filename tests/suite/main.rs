//! Tests over real files, processes and sockets, without a window.

mod approvals;
mod cli_patch;
mod client;
mod conflict;
mod contents;
mod folders;
mod invariants;
mod keys;
mod life;
mod machine;
mod models;
mod promise;
mod provider;
mod run;
mod task;
mod tools;
mod traces;
mod world;
