//! Tests in the real window: real clicks and keys, the real app, a real screen.

mod demo;
mod failures;
mod first_light;
mod outside;
mod person;
mod pictures;
mod reopen;
mod screens;
mod shell;
