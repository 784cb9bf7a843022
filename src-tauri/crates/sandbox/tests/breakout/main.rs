//! Tries to break out of the sandbox, for real: every test runs a real command under a real
//! policy, and a machine that cannot confine one fails them all.

#![allow(unsafe_code, unreachable_pub)]
// The lint's own exception only knows test functions, and most of this is called by them.
#![allow(clippy::unwrap_used)]

mod escape;
mod life;
mod listener;
mod role;
mod stage;
mod views;
