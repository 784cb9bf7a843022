//! Tests over real files, processes and sockets, without a window.

mod invariants;
