//! The bodies of the verbs in the command table, a file per noun.

mod alert;
mod app;
mod apply;
mod project;
mod review;
mod rewind;
mod shelf;
mod task;
mod trust;
