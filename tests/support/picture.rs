//! Pictures: made for a test, and found again in what a client sent.

use std::io::Cursor;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use image::ImageFormat;
use image::Rgb;
use image::RgbImage;
use serde_json::Value;

use crate::model::Request;

/// A PNG that is red on its left half and blue on its right.
///
/// # Panics
///
/// As everything here, when the picture cannot be made or read.
pub fn halves(width: u32, height: u32) -> Vec<u8> {
    let image = RgbImage::from_fn(width, height, |x, _| match x < width / 2 {
        true => Rgb([255, 0, 0]),
        false => Rgb([0, 0, 255]),
    });
    let mut bytes = Cursor::new(Vec::new());
    image
        .write_to(&mut bytes, ImageFormat::Png)
        .expect("a PNG can be written");
    bytes.into_inner()
}

/// One picture that was sent.
pub struct Sent {
    /// The word in `image/…`.
    pub kind: String,
    /// The encoded bytes.
    pub bytes: Vec<u8>,
    /// What they decode to.
    pub pixels: RgbImage,
}

impl Sent {
    /// Its width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        self.pixels.dimensions()
    }
}

/// The pictures in the newest message of the person, in order.
pub fn sent(request: &Request) -> Vec<Sent> {
    let parts = parts(request);
    let urls = parts.iter().filter_map(|part| part["image_url"].as_str());
    urls.map(decoded).collect()
}

/// The words in the newest message of the person, a part each.
pub fn words(request: &Request) -> Vec<String> {
    let parts = parts(request);
    let words = parts.iter().filter_map(|part| part["text"].as_str());
    words.map(str::to_owned).collect()
}

/// What a `data:` URL holds.
pub fn decoded(url: &str) -> Sent {
    let (kind, data) = url
        .strip_prefix("data:image/")
        .and_then(|rest| rest.split_once(";base64,"))
        .unwrap_or_else(|| panic!("no data URL of a picture: {url:.60}"));
    let bytes = BASE64_STANDARD.decode(data).expect("it is base64");
    let pixels = image::load_from_memory(&bytes).expect("it can be decoded");
    Sent {
        kind: kind.to_owned(),
        bytes,
        pixels: pixels.into_rgb8(),
    }
}

fn parts(request: &Request) -> Vec<Value> {
    let mut items = request.input().into_iter();
    let last = items
        .rfind(|item| item["type"] == "message" && item["role"] == "user")
        .expect("the request holds a message");
    last["content"].as_array().cloned().unwrap_or_default()
}
