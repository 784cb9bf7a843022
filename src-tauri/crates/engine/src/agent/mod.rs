//! The agent: one turn of conversation as a pure machine, and the driver that performs its effects.

pub mod item;
