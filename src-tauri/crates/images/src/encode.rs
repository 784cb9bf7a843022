//! Pixels: brought to 8 bits, scaled, and encoded.

use fast_image_resize::FilterType;
use fast_image_resize::ResizeAlg;
use fast_image_resize::ResizeOptions;
use fast_image_resize::Resizer;
use image::ColorType;
use image::DynamicImage;
use image::ExtendedColorType;
use image::ImageEncoder;
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::CompressionType;
use image::codecs::png::PngEncoder;
use image::metadata::Orientation;

use super::PictureError;

/// A PNG above this, in bytes, is a photo in a file without loss, and is sent as a JPEG.
const LARGEST_PNG: usize = 2_000_000;
/// Of a JPEG, from 1 to 100.
const QUALITY: u8 = 85;
/// A colour profile above this, in bytes, would be a good part of the whole.
const LARGEST_PROFILE: usize = 16_384;

/// A colour profile that still holds for the pixels as they are encoded; without it a picture taken
/// on a wide screen looks pale. One for ink does not hold: such pictures are decoded to light.
pub(super) fn kept_profile(profile: Option<Vec<u8>>) -> Option<Vec<u8>> {
    profile
        .filter(|profile| profile.len() <= LARGEST_PROFILE && profile.get(16..20) == Some(b"RGB "))
}

/// The same pixels with 8 bits a channel, and with transparency only where there is some.
pub(super) fn plain(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return match image {
            DynamicImage::ImageRgb8(_) => image,
            other => other.into_rgb8().into(),
        };
    }
    let image = image.into_rgba8();
    if image.pixels().all(|pixel| pixel.0[3] == u8::MAX) {
        return DynamicImage::ImageRgba8(image).into_rgb8().into();
    }
    image.into()
}

/// Whether an orientation makes the width the height.
pub(super) fn turns(orientation: Orientation) -> bool {
    use Orientation as O;
    matches!(
        orientation,
        O::Rotate90 | O::Rotate270 | O::Rotate90FlipH | O::Rotate270FlipH
    )
}

/// The picture at another size. Lanczos keeps the letters of a screenshot readable.
pub(super) fn scaled(image: DynamicImage, (width, height): (u32, u32)) -> DynamicImage {
    if (image.width(), image.height()) == (width, height) {
        return image;
    }
    let mut target = DynamicImage::new(width, height, image.color());
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    match Resizer::new().resize(&image, &mut target, &options) {
        Ok(()) => target,
        // Only for kinds of pixels that `plain` does not leave.
        Err(_) => image.resize_exact(width, height, image::imageops::FilterType::Lanczos3),
    }
}

/// The encoded picture, and whether it is without loss.
pub(super) fn encoded(
    image: &DynamicImage,
    lossless: bool,
    profile: Option<&[u8]>,
) -> Result<(Vec<u8>, bool), PictureError> {
    if lossless {
        let png = png(image, profile)?;
        if png.len() <= LARGEST_PNG {
            return Ok((png, true));
        }
    }
    Ok((jpeg(image, profile)?, false))
}

pub(super) fn png(image: &DynamicImage, profile: Option<&[u8]>) -> Result<Vec<u8>, PictureError> {
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new_with_quality(
        &mut bytes,
        CompressionType::Default,
        image::codecs::png::FilterType::Adaptive,
    );
    if let Some(profile) = profile {
        // Without the profile it is the same picture, only paler.
        let _ = encoder.set_icc_profile(profile.to_vec());
    }
    encoder
        .write_image(
            image.as_bytes(),
            image.width(),
            image.height(),
            image.color().into(),
        )
        .map_err(|_| PictureError::Damaged)?;
    Ok(bytes)
}

fn jpeg(image: &DynamicImage, profile: Option<&[u8]>) -> Result<Vec<u8>, PictureError> {
    let on_white;
    let pixels: &[u8] = match image.color() {
        ColorType::Rgb8 => image.as_bytes(),
        _ => {
            on_white = over_white(image);
            on_white.as_raw()
        }
    };
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    if let Some(profile) = profile {
        let _ = encoder.set_icc_profile(profile.to_vec());
    }
    encoder
        .write_image(
            pixels,
            image.width(),
            image.height(),
            ExtendedColorType::Rgb8,
        )
        .map_err(|_| PictureError::Damaged)?;
    Ok(bytes)
}

/// What is transparent shows paper.
fn over_white(image: &DynamicImage) -> RgbImage {
    let image = image.to_rgba8();
    let mut on_white = RgbImage::new(image.width(), image.height());
    for (to, from) in on_white.pixels_mut().zip(image.pixels()) {
        let [red, green, blue, alpha] = from.0.map(u32::from);
        let over = |colour: u32| ((colour * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        to.0 = [red, green, blue].map(over);
    }
    on_white
}
