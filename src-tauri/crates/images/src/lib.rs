//! A picture on its way to a model: checked, turned upright, scaled to what the model looks at, and
//! rid of everything else that was in its file.
//!
//! A file is judged by its content and not by its name. Size and pixels are checked before anything
//! is decoded, because a file of a few hundred bytes can ask for gigabytes; a decoder that panics all
//! the same costs that one picture. What comes out is always encoded anew, so no place, camera or
//! hidden thumbnail travels with it.
//!
//! A crate of its own, because work on pixels is unbearable without optimisation, and what a library
//! leaves generic is compiled where it is used.

mod encode;
mod error;
mod fit;
mod kind;
#[cfg(test)]
mod make;
#[cfg(test)]
mod tests;

use std::io::Cursor;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::PoisonError;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use image::AnimationDecoder;
use image::DynamicImage;
use image::ImageDecoder;
use image::ImageError;
use image::ImageReader;
use image::Limits;
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;

pub use self::error::PictureError;
pub use self::fit::Measure;
pub use self::fit::tokens;
pub use self::kind::Kind;
use self::kind::corrected;
pub use self::kind::foreign;

/// The most bytes that a picture's file may have.
pub const LARGEST_FILE: u64 = 50_000_000;
/// The most pixels.
pub const MOST_PIXELS: u64 = 40_000_000;
/// The longest side, in pixels.
pub const LONGEST_SIDE: u32 = 16_384;
/// The longer side of a thumbnail, in pixels.
pub const THUMBNAIL: u32 = 256;
/// The most memory that decoding may take, in bytes: 40 megapixels with 16 bits a channel would
/// take more, and no screenshot or photo has that.
const MOST_MEMORY: u64 = 256 << 20;

/// A picture that can be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its name, with the ending of what it really is.
    pub name: String,
    /// The encoded picture: a PNG or a JPEG.
    pub bytes: Vec<u8>,
    /// In pixels, as it is sent.
    pub width: u32,
    /// In pixels, as it is sent.
    pub height: u32,
    /// A small picture of it, a PNG or a JPEG of at most [`THUMBNAIL`] pixels a side.
    pub thumbnail: Vec<u8>,
    /// What it costs, estimated.
    pub tokens: u64,
    /// What the person should know of it, a sentence or two.
    pub note: Option<String>,
}

/// Makes a picture ready for a model that measures pictures this way. Takes up to seconds: not for
/// a thread that answers.
///
/// # Errors
///
/// [`PictureError`] says what is wrong with it.
pub fn prepare(name: &str, bytes: &[u8], measure: Measure) -> Result<Picture, PictureError> {
    /// One at a time, so that a dropped folder full of photos does not take all the memory.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    catch_unwind(AssertUnwindSafe(|| prepared(name, bytes, measure)))
        .unwrap_or(Err(PictureError::Damaged))
}

fn prepared(name: &str, bytes: &[u8], measure: Measure) -> Result<Picture, PictureError> {
    let size = bytes.len() as u64;
    if size > LARGEST_FILE {
        return Err(PictureError::TooBig { bytes: size });
    }
    if size == 0 {
        return Err(PictureError::Empty);
    }
    let kind = Kind::of(bytes).ok_or_else(|| match foreign(bytes) {
        Some(what) => PictureError::Foreign { what },
        None => PictureError::NotAPicture,
    })?;
    let cut_short = kind.is_cut_short(bytes);
    let unreadable = || match cut_short {
        true => PictureError::CutShort,
        false => PictureError::Damaged,
    };
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), kind.format());
    // Only memory for now: our own checks of the size can say what is wrong.
    reader.limits(limits.clone());
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    let mut decoder = reader.into_decoder().map_err(|_| unreadable())?;
    let (width, height) = decoder.dimensions();
    if width > LONGEST_SIDE || height > LONGEST_SIDE {
        return Err(PictureError::TooLong { width, height });
    }
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(PictureError::TooManyPixels { width, height });
    }
    if decoder.total_bytes() > MOST_MEMORY {
        return Err(PictureError::TooDeep);
    }
    // A picture that ends in the middle can often be decoded, with grey where the rest should be.
    if cut_short && kind != Kind::Gif {
        return Err(PictureError::CutShort);
    }
    decoder
        .set_limits(limits.clone())
        .map_err(|_| unreadable())?;
    let orientation = decoder.orientation().map_err(|_| unreadable())?;
    let colours = encode::kept_profile(decoder.icc_profile().ok().flatten());
    let decoded = DynamicImage::from_decoder(decoder).map_err(|error| match error {
        ImageError::Limits(_) => PictureError::TooDeep,
        _ => unreadable(),
    })?;
    let whole = encode::plain(decoded);
    let upright = |(w, h): (u32, u32)| match encode::turns(orientation) {
        true => (h, w),
        false => (w, h),
    };
    let seen = upright((width, height));
    // Scaled first and turned then, because turning copies every pixel.
    let mut scaled = encode::scaled(whole, upright(fit::target(seen, measure)));
    scaled.apply_orientation(orientation);
    let (width, height) = (scaled.width(), scaled.height());
    let (encoded, lossless) =
        encode::encoded(&scaled, kind.is_lossless(bytes), colours.as_deref())?;
    let small = encode::scaled(scaled, fit::inside((width, height), THUMBNAIL));
    let (thumbnail, _) = encode::encoded(&small, lossless, colours.as_deref())?;
    let (name, mislabelled) = corrected(name, kind);
    let moving = moves(kind, bytes, &limits).then(|| {
        "It is animated; models see only its first picture, so that is what is sent.".to_owned()
    });
    let notes: Vec<String> = mislabelled.into_iter().chain(moving).collect();
    Ok(Picture {
        name,
        bytes: encoded,
        width,
        height,
        thumbnail,
        tokens: tokens((width, height), measure),
        note: (!notes.is_empty()).then(|| notes.join(" ")),
    })
}

/// A picture as a model is sent it.
pub fn data_url(bytes: &[u8]) -> String {
    let word = Kind::of(bytes).map_or("octet-stream", Kind::word);
    format!("data:image/{word};base64,{}", BASE64_STANDARD.encode(bytes))
}

/// Pixels of four bytes each (red, green, blue, opacity) as a PNG; `None` when there are more or fewer
/// than the size says.
pub fn png(width: u32, height: u32, pixels: Vec<u8>) -> Option<Vec<u8>> {
    let image = image::RgbaImage::from_raw(width, height, pixels)?;
    encode::png(&image.into(), None).ok()
}

/// Whether a file holds more than one picture in time. One that cannot be asked does not move.
fn moves(kind: Kind, bytes: &[u8], limits: &Limits) -> bool {
    let data = Cursor::new(bytes);
    match kind {
        Kind::Jpeg => false,
        Kind::Png => PngDecoder::new(data)
            .and_then(|png| png.is_apng())
            .unwrap_or(false),
        Kind::WebP => WebPDecoder::new(data).is_ok_and(|webp| webp.has_animation()),
        Kind::Gif => GifDecoder::new(data).is_ok_and(|mut gif| {
            gif.set_limits(limits.clone()).is_ok()
                && gif.into_frames().take(2).filter_map(Result::ok).count() > 1
        }),
    }
}
