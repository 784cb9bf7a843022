//! Tests over real files, processes and sockets, without a window.

mod approvals;
mod azure;
mod checks;
mod cli_patch;
mod client;
mod conflict;
mod contents;
mod files;
mod folders;
mod invariants;
mod keys;
mod life;
mod machine;
mod models;
mod promise;
mod provider;
mod run;
mod runners;
mod task;
mod tools;
mod traces;
mod until_green;
mod wires;
mod world;
