//! Tests in the real window: real clicks and keys, the real app, a real screen.

mod shell;
