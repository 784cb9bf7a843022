//! The folder a person opened, the drafts taken from it, and the one way back into it.
//!
//! [`open`] decides whether a folder can be a project. [`draft`] is a task's private copy, where
//! all work happens; [`changes`] says how it differs from the project. [`apply`] is the only
//! module that writes the project; everything else here opens it for reading, beneath its root
//! and without following links.

pub mod apply;
pub(crate) mod beneath;
pub mod changes;
pub mod copy;
pub mod draft;
pub mod files;
pub mod homes;
pub mod ignored;
pub mod ledger;
pub mod manifest;
pub mod open;
pub mod path;
pub mod risk;
mod scan;
pub mod stat;
pub mod text;
pub mod trust;
pub mod watch;

/// The tree of a draft, opened for reading.
pub(crate) fn beneath_draft(draft: &draft::Draft) -> std::io::Result<beneath::Root> {
    beneath::Root::open(draft.tree())
}

#[cfg(test)]
mod fixture;

#[cfg(test)]
pub(crate) use self::fixture::Machine;
#[cfg(test)]
pub(crate) use self::fixture::as_an_ordinary_person;
#[cfg(test)]
pub(crate) use self::fixture::delete;
#[cfg(test)]
pub(crate) use self::fixture::on_a_small_disk;
#[cfg(test)]
pub(crate) use self::fixture::put;
