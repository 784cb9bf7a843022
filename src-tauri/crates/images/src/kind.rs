//! What a picture's file really is, by its first bytes.

use image::ImageFormat;

/// The kinds of pictures that models take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// GIF.
    Gif,
    /// WebP.
    WebP,
}

impl Kind {
    /// The kind of these bytes, `None` for anything else. A name says nothing about the content.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, rest @ ..] if rest.starts_with(b"WEBP") => {
                Some(Self::WebP)
            }
            _ => None,
        }
    }

    /// The word in `image/…`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Gif => "gif",
            Self::WebP => "webp",
        }
    }

    pub(super) fn format(self) -> ImageFormat {
        match self {
            Self::Png => ImageFormat::Png,
            Self::Jpeg => ImageFormat::Jpeg,
            Self::Gif => ImageFormat::Gif,
            Self::WebP => ImageFormat::WebP,
        }
    }

    /// Its name for a person, and the endings of its files, the usual one first.
    fn names(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Png => ("PNG", &["png", "apng"]),
            Self::Jpeg => ("JPEG", &["jpg", "jpeg", "jpe", "jfif"]),
            Self::Gif => ("GIF", &["gif"]),
            Self::WebP => ("WebP", &["webp"]),
        }
    }

    /// Whether every pixel is as it was drawn: then it is a screenshot or a drawing, which a JPEG
    /// would blur.
    pub(super) fn is_lossless(self, bytes: &[u8]) -> bool {
        match self {
            Self::Png | Self::Gif => true,
            Self::Jpeg => false,
            Self::WebP => !chunks(bytes).any(|name| name == b"VP8 "),
        }
    }

    /// Whether the file ends before the picture does.
    pub(super) fn is_cut_short(self, bytes: &[u8]) -> bool {
        match self {
            Self::Png => !holds(bytes, b"IEND"),
            Self::Jpeg => !has_end_of_jpeg(bytes),
            Self::Gif => bytes.last() != Some(&b';'),
            Self::WebP => {
                let said = bytes.get(4..8).and_then(|size| size.try_into().ok());
                said.is_none_or(|size| u64::from(u32::from_le_bytes(size)) + 8 > bytes.len() as u64)
            }
        }
    }
}

/// The names of the chunks of a WebP. Those inside an animation's frames are in their frames.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes.get(12..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (name, after) = rest.split_at_checked(4)?;
        let (size, after) = after.split_at_checked(4)?;
        let size = u32::from_le_bytes(size.try_into().ok()?) as usize;
        // A frame begins with 16 bytes of its own and goes on with chunks.
        let inside = if name == b"ANMF" {
            16
        } else {
            size.next_multiple_of(2)
        };
        rest = after.get(inside..).unwrap_or_default();
        Some(name)
    })
}

/// Whether the marker of the end comes after the marker of the pixels. Searched from there on,
/// because a thumbnail in the head of the file has an end of its own.
fn has_end_of_jpeg(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some([0xff, marker, high, low]) = bytes.get(at..at + 4) {
        if *marker == 0xda {
            return holds(&bytes[at..], &[0xff, 0xd9]);
        }
        // A marker may be padded.
        at += match *marker {
            0xff => 1,
            _ => 2 + usize::from(u16::from_be_bytes([*high, *low])),
        };
    }
    false
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// What a picture is that models do not take, with its article; `None` when it is no picture at all.
pub fn foreign(bytes: &[u8]) -> Option<&'static str> {
    let brand = bytes.get(4..8).filter(|word| *word == b"ftyp");
    if let Some(name) = brand.and(bytes.get(8..12)) {
        return match name {
            b"avif" | b"avis" => Some("an AVIF picture"),
            b"heic" | b"heix" | b"hevc" | b"heim" | b"heis" | b"mif1" | b"msf1" => {
                Some("a HEIC picture")
            }
            _ => None,
        };
    }
    match bytes {
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => Some("a TIFF picture"),
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Some("a BMP picture"),
        [b'8', b'B', b'P', b'S', ..] => Some("a Photoshop picture"),
        [0, 0, 1, 0, _, 0, ..] => Some("an icon"),
        _ if is_svg(bytes) => Some("an SVG drawing"),
        _ => None,
    }
}

fn is_svg(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(2_048)]);
    let head = head.trim_start_matches('\u{feff}').trim_start();
    head.starts_with("<svg")
        || (head.starts_with("<?xml") || head.starts_with("<!")) && head.contains("<svg")
}

/// The name with the ending of what it really is, and what to say when that is another one.
pub(super) fn corrected(name: &str, kind: Kind) -> (String, Option<String>) {
    let (word, endings) = kind.names();
    let others = [Kind::Png, Kind::Jpeg, Kind::Gif, Kind::WebP]
        .into_iter()
        .filter(|other| *other != kind);
    let Some((stem, ending)) = name.rsplit_once('.') else {
        return (name.to_owned(), None);
    };
    let lower = ending.to_ascii_lowercase();
    for other in others {
        if other.names().1.contains(&lower.as_str()) {
            let note = format!("Its name ended in .{ending}, but it is a {word} picture.");
            return (format!("{stem}.{}", endings[0]), Some(note));
        }
    }
    (name.to_owned(), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_told_by_their_first_bytes() {
        assert_eq!(Kind::of(b"\x89PNG\r\n\x1a\n...."), Some(Kind::Png));
        assert_eq!(Kind::of(b"\xff\xd8\xff\xe0"), Some(Kind::Jpeg));
        assert_eq!(Kind::of(b"GIF89a"), Some(Kind::Gif));
        assert_eq!(Kind::of(b"RIFF\0\0\0\0WEBPVP8 "), Some(Kind::WebP));
        assert_eq!(Kind::of(b"RIFF\0\0\0\0WAVE"), None);
        assert_eq!(Kind::of(b"<svg xmlns="), None);
        assert_eq!(Kind::of(b""), None);
    }

    #[test]
    fn pictures_that_models_do_not_take_are_named() {
        assert_eq!(foreign(b"\0\0\0\x18ftypheic...."), Some("a HEIC picture"));
        assert_eq!(foreign(b"\0\0\0\x18ftypmif1...."), Some("a HEIC picture"));
        assert_eq!(foreign(b"\0\0\0\x1cftypavif...."), Some("an AVIF picture"));
        assert_eq!(foreign(b"\0\0\0\x1cftypisom...."), None);
        assert_eq!(foreign(b"II*\0...."), Some("a TIFF picture"));
        assert_eq!(foreign(b"BM\x10\0\0\0\0\0\0\0"), Some("a BMP picture"));
        let svg = "\u{feff}<?xml version=\"1.0\"?>\n<!-- drawn --><svg xmlns=\"…\">";
        assert_eq!(foreign(svg.as_bytes()), Some("an SVG drawing"));
        assert_eq!(foreign(b"<html><svg>"), None);
        assert_eq!(foreign(b"plain"), None);
    }

    #[test]
    fn a_name_gets_the_ending_of_what_it_is() {
        let (name, note) = corrected("holiday.v2.PNG", Kind::Jpeg);
        assert_eq!(name, "holiday.v2.jpg");
        assert_eq!(
            note.as_deref(),
            Some("Its name ended in .PNG, but it is a JPEG picture.")
        );
        for name in ["a.jpeg", "a.JPG", "a", "a.final", ".jpg"] {
            assert_eq!(
                corrected(name, Kind::Jpeg),
                (name.to_owned(), None),
                "{name}"
            );
        }
    }
}
