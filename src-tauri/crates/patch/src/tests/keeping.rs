//! What a patch must not touch: line endings, marks, encodings, the end of the file.

use encoding_rs::{GBK, SHIFT_JIS, WINDOWS_1252};

use super::{check, update_bytes};
use crate::ApplyError;

#[test]
fn new_lines_end_like_the_lines_around_them() {
    check(
        "one\r\ntwo\r\nthree\r\n",
        "@@\n-one\n+uno\n@@\n two\n+\n+between\n three",
        "uno\r\ntwo\r\n\r\nbetween\r\nthree\r\n",
    );
    check(
        "one\r\ntwo\nthree\r\nfour\n",
        "@@\n one\n two\n-three\n+THREE\n four",
        "one\r\ntwo\nTHREE\r\nfour\n",
    );
    check("same\r\nsame\n", "@@\n-same\n same", "same\n");
    check(
        "a\nb\r\nc\n",
        "@@\n-b\n+B\n+B2\n c\n+d",
        "a\nB\r\nB2\r\nc\nd\n",
    );
    check("a\r\nb\n", "@@\n-a\n-b\n+A\n+B", "A\r\nB\n");
    check("a\rb\rc", "@@\n-b\n+B\n c", "a\rB\rc");
}

#[test]
fn the_end_of_the_file_stays_unless_it_is_edited() {
    check("one\r\ntwo", "@@\n-one\n+ONE", "ONE\r\ntwo");
    check("one\ntwo", "@@\n-one\n+ONE\n two", "ONE\ntwo");
    check("one\r\ntwo", "@@\n-two\n+TWO", "one\r\nTWO\r\n");
    check("one\r\ntwo", "@@\n two\n+three", "one\r\ntwo\r\nthree\r\n");
    check("one\ntwo", "@@\n one\n-two", "one\n");
    check("one\n\n\n", "@@\n-one\n+two", "two\n\n\n");
}

#[test]
fn marks_stay() {
    check("\u{feff}a\nb\n", "@@\n-a\n+A", "\u{feff}A\nb\n");
    check("\u{feff}a\n", "@@ a\n+b", "\u{feff}a\nb\n");
}

#[test]
fn utf16_stays_utf16() {
    let little = |text: &str| -> Vec<u8> {
        [0xff, 0xfe]
            .into_iter()
            .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
            .collect()
    };
    let big = |text: &str| -> Vec<u8> {
        [0xfe, 0xff]
            .into_iter()
            .chain(text.encode_utf16().flat_map(u16::to_be_bytes))
            .collect()
    };
    for encode in [&little as &dyn Fn(&str) -> Vec<u8>, &big] {
        let got = update_bytes(
            &encode("eins\r\nzwei\r\nä\u{a0a}"),
            "@@\n eins\n-zwei\n+zwö 🙂",
        );
        assert_eq!(got, Ok(encode("eins\r\nzwö 🙂\r\nä\u{a0a}")));
    }
}

#[test]
fn other_encodings_keep_every_byte_of_other_lines() {
    let text = "// 日本語の説明です\nlet x = 1;\n// 終わりの行です\n";
    let (bytes, _, _) = SHIFT_JIS.encode(text);
    let got = update_bytes(&bytes, "@@\n-let x = 1;\n+let x = 2;").expect("applies");
    assert_eq!(
        got,
        SHIFT_JIS.encode(&text.replace('1', "2")).0.into_owned()
    );

    let got =
        update_bytes(&bytes, "@@\n // 日本語の説明です\n-let x = 1;\n+// 追加").expect("applies");
    assert_eq!(
        got,
        SHIFT_JIS
            .encode(&text.replace("let x = 1;", "// 追加"))
            .0
            .into_owned()
    );

    let error =
        update_bytes(&bytes, "@@\n-let x = 1;\n+let x = \"✅\";").expect_err("no such character");
    let ApplyError::Unencodable {
        encoding,
        line,
        hunk,
        ..
    } = &error
    else {
        panic!("{error}")
    };
    assert_eq!((encoding.as_str(), *line, *hunk), ("an unknown one", 5, 1));

    let (short, _, _) = SHIFT_JIS.encode("設定\nx\n");
    let got = update_bytes(&short, "@@\n-x\n+# かな").expect("applies");
    assert_eq!(got, SHIFT_JIS.encode("設定\n# かな\n").0.into_owned());

    let text = "# 这是一个简单的说明文件\nname = old\n# 结束的地方在这里\n";
    let (bytes, _, _) = GBK.encode(text);
    let got = update_bytes(&bytes, "@@\n-name = old\n+name = new").expect("applies");
    assert_eq!(got, GBK.encode(&text.replace("old", "new")).0.into_owned());
}

#[test]
fn lines_seen_through_a_terminal_still_match() {
    let (bytes, _, _) = WINDOWS_1252.encode("caf\u{e9}\nold\nna\u{ef}ve\n");
    let got = update_bytes(&bytes, "@@\n caf\u{fffd}\n-old\n+new\n na\u{fffd}ve").expect("applies");
    assert_eq!(
        got,
        WINDOWS_1252
            .encode("caf\u{e9}\nnew\nna\u{ef}ve\n")
            .0
            .into_owned()
    );
}

#[test]
fn broken_bytes_elsewhere_survive() {
    let before = b"gr\xc3\xb6\xc3\x9fe\nbad \xff byte\nend\n";
    let got = update_bytes(before, "@@\n-end\n+fin ✅").expect("applies");
    assert_eq!(
        got,
        [&before[..before.len() - 4], "fin ✅\n".as_bytes()].concat()
    );
}

#[test]
fn binary_files_are_refused() {
    let error = update_bytes(b"\x89PNG\r\n\0\0\x01a\n", "@@\n-a\n+b").expect_err("not text");
    assert!(matches!(error, ApplyError::NotText { .. }));
    assert!(error.to_string().contains("`f`"), "{error}");
}
