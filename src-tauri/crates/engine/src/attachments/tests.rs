//! What people attach: files of all kinds, and what is none.

use std::fs;
use std::path::Path;

use super::*;

const MEASURE: Measure = Measure::Patches {
    most: 2_500,
    tokens_per_hundred: 120,
};

struct Store {
    dir: tempfile::TempDir,
    blobs: Blobs,
}

fn store() -> Store {
    let dir = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(&dir.path().join("blobs")).unwrap();
    Store { dir, blobs }
}

impl Store {
    fn attach(&self, name: &str, bytes: &[u8]) -> Result<Attachment, String> {
        attach(&self.blobs, name, bytes, MEASURE).map_err(|error| error.to_string())
    }

    /// What a model would read, and the note.
    fn text(&self, name: &str, bytes: &[u8]) -> (String, Option<String>) {
        let made = self.attach(name, bytes).unwrap();
        assert_eq!(made.content, Content::Text);
        let sent = String::from_utf8(self.blobs.get(&made.sent).unwrap()).unwrap();
        assert_eq!(made.bytes, sent.len() as u64);
        (sent, made.note)
    }
}

#[test]
fn text_of_any_encoding_becomes_words() {
    let store = store();
    assert_eq!(
        store.text("a.csv", b"name,age\r\nAnn,3\r\n"),
        ("name,age\r\nAnn,3\r\n".into(), None)
    );
    let wide: Vec<u8> = "\u{feff}f\u{fc}r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let (text, note) = store.text("wide.txt", &wide);
    assert_eq!(
        (text.as_str(), note.as_deref()),
        ("für\n", Some("Read as UTF-16LE with BOM."))
    );
    let svg = b"<svg xmlns='x'><path d='M0 0'/></svg>";
    let (text, note) = store.text("logo.svg", svg);
    assert!(text.contains("<path") && note.unwrap().contains("do not see it"));
}

#[test]
fn the_token_estimate_is_a_quarter_of_the_bytes_and_too_much_is_refused_with_its_size() {
    let store = store();
    assert_eq!(store.attach("a.log", &[b'x'; 4_001]).unwrap().tokens, 1_001);
    assert_eq!(
        store
            .attach("server.log", &vec![b'x'; 480_000])
            .unwrap_err(),
        "server.log holds 480 kB of text, which is about 120,000 tokens, and a message takes 60,000; \
         cut it, or put it into the folder and let the agent search it."
    );
    let huge = store.attach("huge.log", &vec![b'x'; 21 << 20]).unwrap_err();
    assert!(
        huge.contains("22.0 MB") && huge.contains("5,505,024 tokens"),
        "{huge}"
    );
}

#[test]
fn what_no_model_reads_is_named() {
    let store = store();
    let refused = |name: &str, bytes: &[u8]| store.attach(name, bytes).unwrap_err();
    assert_eq!(refused("a.txt", b""), "a.txt is empty.");
    assert_eq!(refused("a.txt", b" \n\t\n"), "a.txt is empty.");
    assert_eq!(
        refused("tool", b"\x7fELF\x02\x01\x01\0\0\0"),
        "tool is neither a picture nor text nor a PDF, so a model cannot read it."
    );
    assert_eq!(
        refused("IMG_1.heic", b"\0\0\0\x18ftypheic\0\0\0\0"),
        "IMG_1.heic is a HEIC picture, which models cannot read; save it as PNG or JPEG."
    );
    assert!(refused("cut.png", b"\x89PNG\r\n\x1a\n").contains("cut.png ends in the middle"));
}

/// A PDF of these pages, each the commands that draw it.
fn pdf(pages: &[&str]) -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        String::new(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_owned(),
    ];
    let mut kids = String::new();
    for commands in pages {
        let content = objects.len() + 1;
        objects.push(format!(
            "<< /Length {} >>\nstream\n{commands}\nendstream",
            commands.len()
        ));
        kids.push_str(&format!("{} 0 R ", content + 1));
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents {content} 0 R \
             /Resources << /Font << /F1 3 0 R >> >> >>"
        ));
    }
    objects[1] = format!("<< /Type /Pages /Count {} /Kids [{kids}] >>", pages.len());
    let mut out = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        places.push(out.len());
        out.push_str(&format!("{} 0 obj\n{object}\nendobj\n", at + 1));
    }
    let table = out.len();
    out.push_str(&format!(
        "xref\n0 {}\n0000000000 65535 f \n",
        objects.len() + 1
    ));
    for place in places {
        out.push_str(&format!("{place:010} 00000 n \n"));
    }
    let count = objects.len() + 1;
    out.push_str(&format!(
        "trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"
    ));
    out.into_bytes()
}

#[test]
fn of_a_pdf_the_words_are_read_line_by_line() {
    let store = store();
    let invoice = pdf(&[
        "BT /F1 12 Tf 20 160 Td (Invoice) Tj 60 0 Td (No. 7) Tj -60 -20 Td [(To) -300 (tal) 20 (:)] TJ ET",
        "",
        "BT /F1 9 Tf 1 0 0 1 20 100 Tm (caf\\351) Tj ET BT /F1 9 Tf 1 0 0 1 60 100 Tm (bill) Tj ET",
    ]);
    let (text, note) = store.text("invoice.pdf", &invoice);
    assert_eq!(
        text,
        "[Page 1]\nInvoice No. 7\nTo tal:\n\n[Page 3]\ncafé bill\n\n"
    );
    assert_eq!(
        note.as_deref(),
        Some("The text of 3 pages, without pictures.")
    );
}

#[test]
fn a_pdf_without_words_says_what_to_do() {
    let store = store();
    let scan = pdf(&["q 200 0 0 200 0 0 cm Q"]);
    assert_eq!(
        store.attach("scan.pdf", &scan).unwrap_err(),
        "scan.pdf holds no text, so it is probably a scan; attach pictures of its pages instead."
    );
    let whole = pdf(&["BT /F1 12 Tf (x) Tj ET"]);
    for (name, bytes) in [
        ("cut.pdf", &whole[..60]),
        ("junk.pdf", b"%PDF-1.7 and then nothing"),
    ] {
        let sentence = store.attach(name, bytes).unwrap_err();
        assert_eq!(
            sentence,
            format!(
                "{name} is a damaged PDF and cannot be read; save it again in another program."
            )
        );
    }
}

#[test]
fn a_picture_is_fitted_again_for_another_model_from_what_was_given() {
    let store = store();
    let bytes = fixture::png(3000, 3000);
    let made = store.attach("big.png", &bytes).unwrap();
    assert!(made.is_picture() && made.tokens == 3_000, "{made:?}");
    let same = fitted(&store.blobs, made.clone(), MEASURE).unwrap();
    assert_eq!(same, made);
    let tiles = Measure::Tiles {
        base: 70,
        tile: 140,
    };
    let other = fitted(&store.blobs, made.clone(), tiles).unwrap();
    assert_eq!((&other.id, other.tokens), (&made.id, 630));
    assert_eq!(
        fitted(&store.blobs, other, MEASURE).unwrap(),
        made,
        "nothing is lost by it"
    );
}

fn unread(path: &Path) -> String {
    read_file(path).unwrap_err().to_string()
}

#[test]
fn what_is_no_ordinary_file_is_refused_without_waiting() {
    let store = store();
    let at = |name: &str| store.dir.path().join(name);
    fs::write(at("a.txt"), "x").unwrap();
    std::os::unix::fs::symlink(at("a.txt"), at("link.txt")).unwrap();
    assert_eq!(
        read_file(&at("link.txt")).unwrap(),
        ("link.txt".to_owned(), b"x".to_vec())
    );
    assert_eq!(unread(&at("gone.txt")), "gone.txt is not there any more.");
    assert!(unread(&at("blobs")).starts_with("blobs is a folder, and only files can be attached"));
    rustix::fs::mknodat(
        rustix::fs::CWD,
        at("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    assert_eq!(unread(&at("pipe")), "pipe is not an ordinary file.");
    fs::File::create(at("film.mkv"))
        .unwrap()
        .set_len(61_230_000)
        .unwrap();
    assert_eq!(
        unread(&at("film.mkv")),
        "film.mkv has 61.2 MB, and an attached file may have at most 50 MB."
    );
}

#[test]
fn a_file_that_may_not_be_read_says_so() {
    crate::project::as_an_ordinary_person(|| {
        use std::os::unix::fs::PermissionsExt;
        let store = store();
        let at = store.dir.path().join("closed.txt");
        fs::write(&at, "x").unwrap();
        fs::set_permissions(&at, fs::Permissions::from_mode(0o000)).unwrap();
        assert_eq!(
            unread(&at),
            "closed.txt may not be read: you have no permission."
        );
    });
}
