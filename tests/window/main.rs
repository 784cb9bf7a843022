//! Tests in the real window: real clicks and keys, the real app, a real screen.

mod conversation;
mod demo;
mod failures;
mod first_light;
mod outside;
mod person;
mod reopen;
mod screens;
mod shell;
