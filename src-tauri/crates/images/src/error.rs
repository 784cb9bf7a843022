//! What can be wrong with a picture.

use super::LONGEST_SIDE;
use super::MOST_PIXELS;

/// Why a picture cannot be sent. Each is the end of a sentence that begins with the picture's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// It has no content.
    #[error("is empty")]
    Empty,
    /// Its file is too big.
    #[error("has {}.{} MB, and a picture may have at most 50 MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)]
    TooBig {
        /// Of the file.
        bytes: u64,
    },
    /// It has too many pixels, whatever its file says.
    #[error(
        "has {width} × {height} pixels, which is {} megapixels; a picture may have at most {}",
        (u64::from(*width) * u64::from(*height)).div_ceil(1_000_000),
        MOST_PIXELS / 1_000_000
    )]
    TooManyPixels {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// One side is too long.
    #[error("has {width} × {height} pixels; a side may have at most {LONGEST_SIDE}")]
    TooLong {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// Its pixels are so fine that decoding takes too much memory.
    #[error("would take more than 256 MB of memory to read; save it with 8 bits per colour")]
    TooDeep,
    /// It ends in the middle.
    #[error("ends in the middle, so it was probably not copied completely; copy it again")]
    CutShort,
    /// It begins like a picture and is none.
    #[error("is damaged and cannot be read; open it in another program and save it again")]
    Damaged,
    /// It is no picture that models take.
    #[error("is not a PNG, JPEG, WebP or GIF picture")]
    NotAPicture,
    /// It is a picture of a kind that models do not take.
    #[error("is not a PNG, JPEG, WebP or GIF picture but {what}; save it as PNG or JPEG")]
    Foreign {
        /// With its article: "a HEIC picture".
        what: &'static str,
    },
}
