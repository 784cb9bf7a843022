//! Files that are not small UTF-8 texts, from the draft to the review and back to the byte.

use std::fs;
use std::io::Write;

use serde_json::json;
use support::model::Model;
use support::model::Reply;
use support::project::Project;

use crate::world::World;

#[test]
fn encodings_and_bytes_come_out_as_they_went_in() {
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain("price: 1 €\r\n".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let project = Project::new()
        .file("utf16.txt", &utf16)
        .file(
            "sjis.txt",
            b"\x93\xfa\x96\x7b\x8c\xea 1\r\n\x83\x65\x83\x58\x83\x67 1\n",
        )
        .file("gbk.txt", b"\xd6\xd0\xce\xc4 1\n\xb2\xe2\xca\xd4 1")
        .file("latin1.txt", b"caf\xe9 1\n")
        .file("bom.txt", b"\xef\xbb\xbfone 1\n")
        .file(
            "bytes.bin",
            (0..=255_u8).cycle().take(5000).collect::<Vec<_>>(),
        )
        .file("untouched.bin", [0_u8, 1, 2]);
    let expected: Vec<(&str, Vec<u8>)> = [
        "utf16.txt",
        "sjis.txt",
        "gbk.txt",
        "latin1.txt",
        "bom.txt",
        "bytes.bin",
    ]
    .into_iter()
    .map(|name| {
        (
            name,
            project
                .bytes(name)
                .iter()
                .map(|b| if *b == b'1' { b'2' } else { *b })
                .collect(),
        )
    })
    .collect();
    let world = World::new();
    let model = Model::start([
        Reply::shell(
            "for f in utf16 sjis gbk latin1 bom bytes; do LC_ALL=C sed -i 's/1/2/g' $f.*; done",
        ),
        Reply::text("Done."),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let before: Vec<Vec<u8>> = expected
        .iter()
        .map(|(name, _)| project.bytes(name))
        .collect();
    let task = serve.work("2", "auto");
    let changes = serve.changes(&task);
    assert_eq!(changes.len(), expected.len(), "{changes:#?}");
    for change in &changes {
        let path = change["path"].as_str().unwrap();
        let shape = serve.call(
            "review/open",
            json!({ "task": task, "file": change["id"], "context": null }),
        );
        let rows = serve.call(
            "review/rows",
            json!({ "task": task, "file": change["id"], "shown": shape["shown"], "from": 0, "count": 512 }),
        );
        let view = serve.call(
            "review/open",
            json!({ "task": task, "file": change["id"], "context": 3 }),
        );
        let segments = view["segments"].as_array().unwrap();
        let lines = segments
            .iter()
            .map(|segment| match segment["folded"] == true {
                true => 1,
                false => segment["count"].as_u64().unwrap(),
            });
        // Each change has a bar, which stands for the folded lines above it too.
        let shared = segments.windows(2).filter(|pair| pair[0]["folded"] == true);
        let bars = view["hunks"].as_array().unwrap().len() - shared.count();
        let lines = lines.sum::<u64>() + bars as u64;
        assert_eq!(change["lines"], lines, "{change} {view}");
        let is_text = path != "bytes.bin";
        assert_eq!(
            change["content"],
            if is_text { "text" } else { "binary" },
            "{change}"
        );
        let text = rows.to_string();
        match path {
            "utf16.txt" => assert!(text.contains("price: 2 €"), "{text}"),
            "sjis.txt" => assert!(text.contains("日本語 2"), "{text}"),
            "gbk.txt" => assert!(text.contains("中文 2"), "{text}"),
            "bytes.bin" => assert!(
                change["notes"].to_string().contains("5000 bytes"),
                "{change}"
            ),
            _ => {}
        }
    }
    let outcome = serve.apply(&task);
    assert_eq!(outcome["type"], "done", "{outcome}");
    for (name, bytes) in &expected {
        assert_eq!(&project.bytes(name), bytes, "{name}");
    }
    serve.call("apply/undo", json!({ "apply": outcome["apply"]["id"] }));
    for ((name, _), bytes) in expected.iter().zip(before) {
        assert_eq!(project.bytes(name), bytes, "{name}");
    }
    serve.close();
}

#[test]
fn a_patch_keeps_the_encoding_of_the_file() {
    let utf16 = |text: &str| -> Vec<u8> {
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        [0xff, 0xfe].into_iter().chain(units).collect()
    };
    let project = Project::new()
        .file("utf16.txt", utf16("one\r\ntwo\r\n"))
        .file(
            "sjis.txt",
            b"\x93\xfa\x96\x7b\x8c\xea\x82\xcc\x83\x65\x83\x58\x83\x67\ntwo\n",
        );
    let patch = |name: &str| {
        Reply::patch(&format!(
            "*** Begin Patch\n*** Update File: {name}\n@@\n-two\n+2\n*** End Patch\n"
        ))
    };
    let world = World::new();
    let model = Model::start([patch("utf16.txt"), patch("sjis.txt"), Reply::text("Done.")]);
    world
        .run(&model.base_url(), project.path(), &["--apply"], "2")
        .ended(0);
    assert_eq!(project.bytes("utf16.txt"), utf16("one\r\n2\r\n"));
    assert_eq!(
        project.bytes("sjis.txt"),
        b"\x93\xfa\x96\x7b\x8c\xea\x82\xcc\x83\x65\x83\x58\x83\x67\n2\n"
    );
}

#[test]
fn a_hundred_megabytes_are_no_trouble() {
    const SIZE: usize = 100 << 20;
    let project = Project::new().file("small.txt", "a\n");
    let mut big = fs::File::create(project.at("big.txt")).unwrap();
    let line = [
        b"0123456789abcdef".repeat(63),
        b"0123456789abcde\n".to_vec(),
    ]
    .concat();
    for _ in 0..SIZE / line.len() {
        big.write_all(&line).unwrap();
    }
    drop(big);
    let world = World::new();
    let model = Model::start([
        Reply::shell("echo last >> big.txt; echo b >> small.txt"),
        Reply::text("Done."),
    ]);
    let mut serve = world.serve(&model.base_url());
    serve.open(project.path());
    let task = serve.work("More", "auto");
    let big = serve.change(&task, "big.txt");
    assert_eq!(big["content"], "tooLarge", "{big}");
    assert!(
        big["notes"]
            .to_string()
            .contains("Before: 105 MB. After: 105 MB."),
        "{big}"
    );
    assert_eq!(serve.apply(&task)["type"], "done");
    let bytes = project.bytes("big.txt");
    assert_eq!(bytes.len(), SIZE + 5);
    assert!(bytes.ends_with(b"def0123456789abcde\nlast\n"));
    serve.close();
}
