//! A picture for tests.

use image::ImageFormat;
use image::RgbImage;

/// A red PNG.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let red = RgbImage::from_pixel(width, height, image::Rgb([255, 0, 0]));
    red.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}
