//! Tests in the real window: real clicks and keys, the real app, a real screen.

mod advanced;
mod approvals;
mod automatic;
mod checks;
mod compaction;
mod conversation;
mod deciding;
mod demo;
mod exports;
mod failures;
mod files;
mod first_light;
mod gallery;
mod models;
mod outside;
mod person;
mod pictures;
mod reading;
mod reopen;
mod screens;
mod servers;
mod shell;
mod unseen;
mod usage;
