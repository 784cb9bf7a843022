//! Tasks: one goal in one conversation, with its own draft.

mod adopt;
pub(crate) mod apply;
mod asking;
mod attached;
pub mod author;
mod automatic;
mod begin;
pub mod checking;
pub mod colours;
mod compact;
pub mod decide;
mod earlier;
pub mod edit;
mod error;
pub mod export;
mod facts;
mod finish;
pub mod held;
mod inner;
mod keep;
#[cfg(test)]
mod lifecycle;
pub mod marks;
mod order;
mod outcome;
pub mod outline;
mod outside;
mod own_checks;
mod pictures;
pub mod purse;
pub(crate) mod queue;
mod ready;
mod reopen;
pub mod review;
mod rewind;
mod run;
mod session;
mod settle;
pub mod shared;
pub(crate) mod shelf;
mod standing;
pub mod state;
pub mod task;
mod title;
mod unsent;
mod until_green;

pub(crate) use self::adopt::adopt;

use std::time::SystemTime;
use std::time::UNIX_EPOCH;

/// Milliseconds since the Unix epoch.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The day of a moment, as YYYY-MM-DD in UTC.
pub(crate) fn today(now: u64) -> String {
    // Days are counted from 1 March of year 0, so that the leap day is the last of its year.
    let days = now / 86_400_000 + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::today;

    #[test]
    fn days_of_moments() {
        assert_eq!(today(0), "1970-01-01");
        assert_eq!(today(951_782_400_000), "2000-02-29");
        assert_eq!(today(1_709_164_800_000), "2024-02-29");
        assert_eq!(today(1_735_689_599_999), "2024-12-31");
        assert_eq!(today(4_107_542_400_000), "2100-03-01");
    }
}
