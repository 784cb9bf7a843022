//! The bodies of the verbs in the command table, a file per noun.

mod alert;
mod app;
mod apply;
mod approval;
mod attachment;
mod check;
mod compact;
mod environment;
mod files;
mod model;
mod project;
mod review;
mod rewind;
mod settings;
mod shelf;
mod task;
mod trust;
mod usage;
