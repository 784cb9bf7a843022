//! Measure for tests, made on the spot: good ones, broken ones and ones that lie.

use std::io::Cursor;

use image::DynamicImage;
use image::ImageFormat;
use image::Rgb;
use image::RgbImage;
use image::Rgba;
use image::RgbaImage;

/// A picture whose left half is red and whose right half is blue.
pub(crate) fn halves(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, _| match x < width / 2 {
        true => Rgb([255, 0, 0]),
        false => Rgb([0, 0, 255]),
    })
    .into()
}

/// A picture of which no two pixels are alike, as of a camera.
pub(crate) fn noise(width: u32, height: u32) -> DynamicImage {
    let mut state = 1_u32;
    RgbImage::from_fn(width, height, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [_, red, green, blue] = state.to_be_bytes();
        Rgb([red, green, blue])
    })
    .into()
}

/// A picture that is half transparent everywhere.
pub(crate) fn glass(width: u32, height: u32) -> DynamicImage {
    RgbaImage::from_pixel(width, height, Rgba([0, 255, 0, 128])).into()
}

pub(crate) fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A PNG that says it has this size and has next to no content.
pub(crate) fn claiming(width: u32, height: u32) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut head = [width.to_be_bytes(), height.to_be_bytes()].concat();
    head.extend([8, 2, 0, 0, 0]);
    chunk(&mut png, b"IHDR", &head);
    chunk(&mut png, b"IDAT", &[0x78, 0x9c, 0x63, 0, 0, 0, 1, 0, 1]);
    chunk(&mut png, b"IEND", &[]);
    png
}

fn chunk(png: &mut Vec<u8>, name: &[u8], content: &[u8]) {
    png.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
    let checked = [name, content].concat();
    png.extend(&checked);
    png.extend(crc(&checked).to_be_bytes());
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

/// The JPEG with an EXIF block that gives it this orientation and a place on earth.
pub(crate) fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    // A description, which a camera fills with what it likes.
    tiff.extend([0x0e, 0x01, 2, 0, 22, 0, 0, 0, 38, 0, 0, 0]);
    tiff.extend([0, 0, 0, 0]);
    tiff.extend(b"GPS 52.5163N 13.3777E\0");
    let mut block = b"Exif\0\0".to_vec();
    block.extend(tiff);
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend([0xff, 0xe1]);
    bytes.extend(u16::try_from(block.len() + 2).unwrap().to_be_bytes());
    bytes.extend(block);
    bytes.extend(&jpeg[2..]);
    bytes
}

/// A GIF of this many pictures.
pub(crate) fn animated(frames: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
    for at in 0..frames {
        let shade = if at == 0 {
            [255, 0, 0, 255]
        } else {
            [0, 0, 255, 255]
        };
        let frame = RgbaImage::from_pixel(40, 30, Rgba(shade));
        encoder.encode_frame(image::Frame::new(frame)).unwrap();
    }
    drop(encoder);
    bytes
}

/// A red JPEG of 8 by 8 pixels in printing inks, as image editors write it: each ink is stored as
/// what is not printed.
pub(crate) fn in_ink() -> Vec<u8> {
    let segment = |marker: u8, content: &[u8]| {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], &length[..], content].concat()
    };
    let mut jpeg = vec![0xff, 0xd8];
    jpeg.extend(segment(0xee, b"Adobe\0\x64\0\0\0\0\0"));
    jpeg.extend(segment(0xdb, &[&[0][..], &[8; 64]].concat()));
    let parts = [1, 2, 3, 4].map(|part| [part, 0x11, 0]).concat();
    jpeg.extend(segment(0xc0, &[&[8, 0, 8, 0, 8, 4][..], &parts].concat()));
    // One code of two bits each for steps of 7 and of 8 bits; one code of one bit for "no more".
    let lengths = |at: usize, count: u8| {
        let mut lengths = [0; 16];
        lengths[at] = count;
        lengths
    };
    jpeg.extend(segment(0xc4, &[&[0][..], &lengths(1, 2), &[7, 8]].concat()));
    jpeg.extend(segment(0xc4, &[&[0x10][..], &lengths(0, 1), &[0]].concat()));
    let scan = [1, 2, 3, 4].map(|part| [part, 0]).concat();
    jpeg.extend(segment(0xda, &[&[4][..], &scan, &[0, 63, 0]].concat()));
    // 127 is "00" and seven ones; -128 is "01", and its bits are those of 127 in eight. Each block
    // then has nothing more: "0".
    let none = "00".to_owned() + "1111111" + "0";
    let full = "01".to_owned() + "01111111" + "0";
    let mut bits = [&none, &full, &full, &none].map(String::as_str).concat();
    while bits.len() % 8 != 0 {
        bits.push('1');
    }
    for byte in bits.as_bytes().chunks(8) {
        let byte = byte.iter().fold(0, |byte, bit| byte << 1 | (bit - b'0'));
        jpeg.push(byte);
        if byte == 0xff {
            jpeg.push(0);
        }
    }
    jpeg.extend([0xff, 0xd9]);
    jpeg
}
