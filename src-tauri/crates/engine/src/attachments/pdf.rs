//! The words of a PDF.
//!
//! A page is a list of drawing commands. The words are those of its text commands, in the order in
//! which they are drawn; a step down begins a line and a step across a word. What a page draws as a
//! picture is not read.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use lopdf::Document;
use lopdf::Encoding;
use lopdf::Error;
use lopdf::LoadOptions;
use lopdf::Object;
use lopdf::ObjectId;
use lopdf::content::Content;
use lopdf::content::Operation;

use super::Wrong;

/// The most bytes that the content of a page may unpack to.
const LARGEST_PAGE: usize = 64 << 20;
/// Text beyond this, in bytes, is far more than a message takes.
const ENOUGH: usize = 4 << 20;
/// A gap inside a word, in thousandths of the letters' size, that stands for a space.
const GAP: f32 = 180.0;
/// Words whose heights differ by less, in points, are on one line.
const SAME_LINE: f32 = 1.0;
/// Nested documents are walked by recursion, deeper than a thread usually has room for.
const STACK: usize = 64 << 20;

/// Whether these bytes are a PDF. Some begin with a few other bytes.
pub(super) fn is_pdf(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(1_024)];
    head.windows(5).any(|window| window == b"%PDF-")
}

/// The text, with a line before each page, and what to know of it.
pub(super) fn text(bytes: &[u8]) -> Result<(String, Option<String>), Wrong> {
    let read = std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("pdf".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, || {
                catch_unwind(AssertUnwindSafe(|| read(bytes))).unwrap_or(Err(Wrong::DamagedPdf))
            })
            .map_err(Wrong::Io)?
            .join()
            .unwrap_or(Err(Wrong::DamagedPdf))
    })?;
    Ok(read)
}

fn read(bytes: &[u8]) -> Result<(String, Option<String>), Wrong> {
    let options = LoadOptions::with_max_decompressed_size(LARGEST_PAGE);
    let document =
        Document::load_mem_with_options(bytes, options).map_err(|error| match error {
            Error::Decryption(_) | Error::InvalidPassword => Wrong::Locked,
            _ => Wrong::DamagedPdf,
        })?;
    if document.is_encrypted() {
        return Err(Wrong::Locked);
    }
    let pages = document.get_pages();
    let mut text = String::new();
    let (mut with_words, mut unreadable) = (0_usize, 0_usize);
    for (number, page) in &pages {
        match words(&document, *page) {
            Ok(words) if words.trim().is_empty() => {}
            Ok(words) => {
                with_words += 1;
                for part in [&format!("[Page {number}]\n"), words.trim(), "\n\n"] {
                    text.push_str(part);
                }
            }
            Err(_) => unreadable += 1,
        }
        if text.len() > ENOUGH {
            break;
        }
    }
    if with_words == 0 {
        return Err(if unreadable > 0 || pages.is_empty() {
            Wrong::DamagedPdf
        } else {
            Wrong::NoText
        });
    }
    let pages = match pages.len() {
        1 => "1 page".to_owned(),
        many => format!("{many} pages"),
    };
    let note = match unreadable {
        0 => format!("The text of {pages}, without pictures."),
        _ => format!("The text of {pages}, without pictures; {unreadable} could not be read."),
    };
    Ok((text, Some(note)))
}

fn words(document: &Document, page: ObjectId) -> Result<String, Error> {
    let fonts: BTreeMap<Vec<u8>, Encoding<'_>> = document
        .get_page_fonts(page)?
        .into_iter()
        .filter_map(|(name, font)| {
            let encoding = font.get_font_encoding_with_limit(document, LARGEST_PAGE);
            Some((name, encoding.ok()?))
        })
        .collect();
    let content = document.get_page_content_with_limit(page, LARGEST_PAGE)?;
    let mut writing = Writing::default();
    let mut font = None;
    for Operation { operator, operands } in &Content::decode(&content)?.operations {
        match operator.as_str() {
            "Tf" => {
                font = operands
                    .first()
                    .and_then(|name| fonts.get(name.as_name().ok()?));
            }
            "BT" => writing.origin = (0.0, 0.0),
            "Tm" => writing.origin = (number(operands, 4), number(operands, 5)),
            "Td" | "TD" => {
                writing.origin.0 += number(operands, 0);
                writing.origin.1 += number(operands, 1);
            }
            "T*" => writing.line(),
            "Tj" | "TJ" => writing.show(font, operands),
            "'" => {
                writing.line();
                writing.show(font, operands);
            }
            "\"" => {
                writing.line();
                writing.show(font, operands.get(2..).unwrap_or_default());
            }
            _ => {}
        }
    }
    Ok(writing.text)
}

fn number(operands: &[Object], at: usize) -> f32 {
    operands
        .get(at)
        .and_then(|operand| operand.as_float().ok())
        .unwrap_or_default()
}

/// What a page has written so far.
#[derive(Default)]
struct Writing {
    text: String,
    /// Where the next words go, from where the page's commands last said.
    origin: (f32, f32),
    /// Where the last words went.
    shown: Option<(f32, f32)>,
}

impl Writing {
    fn show(&mut self, font: Option<&Encoding<'_>>, operands: &[Object]) {
        match self.shown {
            Some(shown) if shown == self.origin => {}
            Some((_, y)) if (y - self.origin.1).abs() < SAME_LINE => self.space(),
            Some(_) => self.line(),
            None => {}
        }
        self.shown = Some(self.origin);
        self.write(font, operands);
    }

    fn write(&mut self, font: Option<&Encoding<'_>>, operands: &[Object]) {
        for operand in operands {
            match operand {
                Object::String(bytes, _) => {
                    let words = font.and_then(|font| Document::decode_text(font, bytes).ok());
                    self.text.push_str(&words.unwrap_or_default());
                }
                Object::Array(parts) => self.write(font, parts),
                gap => {
                    if gap.as_float().is_ok_and(|gap| gap < -GAP) {
                        self.space();
                    }
                }
            }
        }
    }

    fn line(&mut self) {
        let words = self.text.trim_end_matches(' ').len();
        self.text.truncate(words);
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    fn space(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(char::is_whitespace) {
            self.text.push(' ');
        }
    }
}
