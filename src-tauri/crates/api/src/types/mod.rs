//! What crosses to the window. Each type is a promise to the other side.
//!
//! Names on the wire are camelCase, unions carry `type`, ids are strings, times end in `At` and are
//! milliseconds since the Unix epoch. `Option` is `T | null` and is never left out.

mod alert;
mod app;
mod approval;
mod attachment;
mod check;
mod event;
mod files;
mod model;
mod review;
mod settings;
mod shelf;
mod task;
mod trust;
mod usage;

pub use alert::*;
pub use app::*;
pub use approval::*;
pub use attachment::*;
pub use check::*;
pub use event::*;
pub use files::*;
pub use model::*;
pub use review::*;
pub use settings::*;
pub use shelf::*;
pub use task::*;
pub use trust::*;
pub use usage::*;
