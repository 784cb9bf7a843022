//! Reads a file's bytes as text for a person, and says which encoding that was.
//!
//! Only for showing: what is applied are bytes, never a text encoded again. A byte order mark
//! decides; then UTF-8, when it is valid; then a guess from the bytes themselves (Shift-JIS, GBK,
//! the Windows code pages, UTF-16 without a mark). A guess that cannot decode every byte is not
//! used, because text with replacement characters would not be what is in the file.

use chardetng::EncodingDetector;
use encoding_rs::Encoding;
use encoding_rs::UTF_8;
use encoding_rs::UTF_16BE;
use encoding_rs::UTF_16LE;

/// Files bigger than this are not shown as text.
pub const LARGEST_TEXT: u64 = 20 << 20;

/// A file as a person may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// It is text.
    Text {
        /// Without a byte order mark, line endings as they are.
        text: String,
        /// The encoding's name for a person: `UTF-8`, `UTF-16LE`, `Shift_JIS`, …
        encoding: &'static str,
        /// Whether it began with a byte order mark.
        mark: bool,
    },
    /// It is not text.
    Binary,
    /// It is bigger than [`LARGEST_TEXT`].
    TooLarge,
}

impl Text {
    /// Whether it is text.
    pub fn is_text(&self) -> bool {
        matches!(self, Self::Text { .. })
    }

    /// What to call it in a list: the encoding, with `BOM` where there is a mark; empty for plain
    /// UTF-8.
    pub fn label(&self) -> String {
        match self {
            Self::Text {
                encoding: "UTF-8",
                mark: false,
                ..
            } => String::new(),
            Self::Text {
                encoding,
                mark: true,
                ..
            } => format!("{encoding} with BOM"),
            Self::Text {
                encoding,
                mark: false,
                ..
            } => (*encoding).to_owned(),
            Self::Binary => "binary".to_owned(),
            Self::TooLarge => "too large to show".to_owned(),
        }
    }
}

/// How a text is written as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoded {
    name: &'static str,
    mark: bool,
}

impl Encoded {
    /// How `bytes` are written, if exactly they come out when their text is written again.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let Text::Text {
            text,
            encoding,
            mark,
        } = decode(bytes)
        else {
            return None;
        };
        let way = Self {
            name: encoding,
            mark,
        };
        (way.write(&text).as_deref() == Some(bytes)).then_some(way)
    }

    /// The bytes of a text; `None` when one of its characters cannot be written so.
    pub fn write(self, text: &str) -> Option<Vec<u8>> {
        let encoding = Encoding::for_label(self.name.as_bytes())?;
        let mut bytes = Vec::with_capacity(text.len() + 3);
        if encoding == UTF_16LE || encoding == UTF_16BE {
            // This library writes UTF-8 where one asks for UTF-16, as a web page would want it.
            let mark = self.mark.then_some(0xfeff);
            for unit in mark.into_iter().chain(text.encode_utf16()) {
                bytes.extend(match encoding == UTF_16LE {
                    true => unit.to_le_bytes(),
                    false => unit.to_be_bytes(),
                });
            }
            return Some(bytes);
        }
        if self.mark {
            bytes.extend("\u{feff}".as_bytes());
        }
        let (written, _, failed) = encoding.encode(text);
        bytes.extend_from_slice(&written);
        (!failed).then_some(bytes)
    }
}

/// Reads bytes as text.
pub fn decode(bytes: &[u8]) -> Text {
    if bytes.len() as u64 > LARGEST_TEXT {
        return Text::TooLarge;
    }
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return decode_as(encoding, &bytes[length..], true);
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && !text.contains('\0')
    {
        return Text::Text {
            text: text.to_owned(),
            encoding: UTF_8.name(),
            mark: false,
        };
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return decode_as(encoding, bytes, false);
    }
    if bytes.contains(&0) || has_many_controls(bytes) {
        return Text::Binary;
    }
    let mut detector = EncodingDetector::new();
    detector.feed(bytes, true);
    // ISO-2022-JP shows itself by escapes, which have_many_controls lets pass; UTF-8 was tried.
    decode_as(detector.guess(None, false), bytes, false)
}

fn decode_as(encoding: &'static Encoding, bytes: &[u8], mark: bool) -> Text {
    match encoding.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) if !text.contains('\0') => Text::Text {
            text: text.into_owned(),
            encoding: encoding.name(),
            mark,
        },
        _ => Text::Binary,
    }
}

/// Mostly Latin text in UTF-16 has a zero in every other byte.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(4096)];
    if bytes.len() < 4 || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let zeros = |offset: usize| {
        sample
            .iter()
            .skip(offset)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    let most = sample.len() / 2 * 7 / 10;
    if odd > most && even == 0 {
        Some(UTF_16LE)
    } else if even > most && odd == 0 {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Control characters other than those of text: more than one in a hundred means binary.
fn has_many_controls(bytes: &[u8]) -> bool {
    let sample = &bytes[..bytes.len().min(65_536)];
    let controls = sample
        .iter()
        .filter(|b| **b < 0x20 && !matches!(**b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b | 0x08))
        .count();
    controls * 100 > sample.len()
}

#[cfg(test)]
mod tests {
    use encoding_rs::GBK;
    use encoding_rs::SHIFT_JIS;

    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expect: &str, label: &str) {
        let found = decode(bytes);
        assert_eq!(found.label(), label, "{found:?}");
        let Text::Text { text, .. } = found else {
            panic!("not text: {bytes:?}")
        };
        assert_eq!(text, expect);
    }

    #[test]
    fn marks_decide_and_are_not_part_of_the_text() {
        check(b"a\r\nb", "a\r\nb", "");
        check(b"\xef\xbb\xbfa\n", "a\n", "UTF-8 with BOM");
        check(b"\xff\xfea\0\n\0", "a\n", "UTF-16LE with BOM");
        check(b"\xfe\xff\0a\0\n", "a\n", "UTF-16BE with BOM");
        check(b"", "", "");
    }

    #[test]
    fn east_asian_text_is_recognised() {
        let japanese =
            "これは日本語の文章です。改行も\r\nあります。設定ファイルを読み込みます。\r\n";
        check(&SHIFT_JIS.encode(japanese).0, japanese, "Shift_JIS");
        let chinese = "这是一个中文文件。\n我们需要读取配置，然后启动服务器。\n";
        check(&GBK.encode(chinese).0, chinese, "GBK");
        let latin = "na\u{ef}ve caf\u{e9} \u{fc}ber stra\u{df}e\n";
        check(
            b"na\xefve caf\xe9 \xfcber stra\xdfe\n",
            latin,
            "windows-1252",
        );
    }

    #[test]
    fn utf16_without_a_mark_is_text() {
        let bytes: Vec<u8> = "fn main() {}\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        check(&bytes, "fn main() {}\n", "UTF-16LE");
    }

    #[test]
    fn binary_and_huge_files_are_no_text() {
        assert_eq!(decode(b"\x7fELF\x02\x01\x01\0\0\0"), Text::Binary);
        assert_eq!(decode(b"text with a \0 in it"), Text::Binary);
        let png: Vec<u8> = (0..=255)
            .cycle()
            .take(5000)
            .map(|b: u8| b.wrapping_mul(37))
            .collect();
        assert_eq!(decode(&png), Text::Binary);
        assert_eq!(decode(b"\xff\xfea"), Text::Binary, "half a UTF-16 unit");
        assert_eq!(
            decode(&vec![b'a'; LARGEST_TEXT as usize + 1]),
            Text::TooLarge
        );
    }

    #[test]
    fn what_is_written_again_is_the_same_bytes() {
        let marked = |bytes: &[u8]| [b"\xef\xbb\xbf", bytes].concat();
        let utf16 = |order: fn(u16) -> [u8; 2], mark: bool| {
            let text = "let a = \"Zürich 🎈\";\r\n".repeat(4);
            let units = mark
                .then_some(0xfeff)
                .into_iter()
                .chain(text.encode_utf16());
            units.flat_map(order).collect::<Vec<u8>>()
        };
        for bytes in [
            b"plain\r\n".to_vec(),
            marked("Zürich".as_bytes()),
            utf16(u16::to_le_bytes, true),
            utf16(u16::to_be_bytes, true),
            SHIFT_JIS.encode("これは日本語の文章です。").0.into_owned(),
            GBK.encode("这是一个用中文写的句子。").0.into_owned(),
        ] {
            let way = Encoded::of(&bytes).expect("it is text");
            let Text::Text { text, .. } = decode(&bytes) else {
                unreachable!("it was text");
            };
            assert_eq!(way.write(&text), Some(bytes));
        }
        assert_eq!(Encoded::of(b"\0\x01\x02"), None);
        let latin = Encoded::of(b"Z\xfcrich, gr\xfc\xdfe").expect("it is text");
        assert_eq!(
            latin.write("\u{4e2d}"),
            None,
            "there is no such character in it"
        );
    }
}
