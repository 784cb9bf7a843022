use std::time::Instant;

use super::*;

fn painter(name: &str, text: &str) -> Painter {
    Highlighter::shared()
        .painter(name, &Lines::new(text), Limits::default())
        .unwrap()
}

/// Each line as `role:text`, joined by ` · `.
fn draw(text: &str, lines: &[Vec<ClassSpan>]) -> String {
    let all = Lines::new(text);
    let draw_line = |(index, spans): (u32, &Vec<ClassSpan>)| {
        let units: Vec<u16> = all.content(index).encode_utf16().collect();
        let draw_span = |span: &ClassSpan| {
            let part = &units[span.start as usize..(span.start + span.len) as usize];
            format!(
                "{}:{}",
                span.class.name(),
                String::from_utf16(part).unwrap()
            )
        };
        spans.iter().map(draw_span).collect::<Vec<_>>().join(" · ")
    };
    (0..)
        .zip(lines)
        .map(draw_line)
        .collect::<Vec<_>>()
        .join("\n")
}

fn check(name: &str, text: &str, expect: &str) {
    let painted = painter(name, text).paint(0..Lines::new(text).count(), None);
    assert!(painted.complete);
    assert_eq!(draw(text, &painted.lines), expect);
}

#[test]
fn rust() {
    check(
        "src/main.rs",
        "fn go() { let x = \"é😀\"; } // hi\n",
        "keyword:fn · function:go · punctuation:() · punctuation:{ · keyword:let · operator:= · \
         string:\"é😀\" · punctuation:; · punctuation:} · comment:// hi",
    );
}

#[test]
fn a_key_is_not_a_string() {
    check(
        "package.json",
        "{ \"a\": \"b\", \"n\": 1.5 }\n",
        "punctuation:{ · property:\"a\" · punctuation:: · string:\"b\" · punctuation:, · \
         property:\"n\" · punctuation:: · number:1.5 · punctuation:}",
    );
    check(
        "Cargo.toml",
        "n = 1\n",
        "property:n · punctuation:= · number:1",
    );
}

#[test]
fn languages_that_people_use_are_known() {
    for (name, grammar) in [
        ("a.ts", "TypeScript"),
        ("a.tsx", "TypeScriptReact"),
        ("a.toml", "TOML"),
        ("a.svelte", "Svelte"),
        ("a.vue", "Vue Component"),
        ("a.py", "Python"),
        ("a.GO", "Go"),
        ("C:\\x\\a.kt", "Kotlin"),
        ("docker/Dockerfile", "Dockerfile"),
        ("Makefile", "Makefile"),
        ("a.min.js", "JavaScript (Babel)"),
    ] {
        assert_eq!(painter(name, "x\n").grammar(), grammar, "for {name}");
    }
}

#[test]
fn the_first_line_decides_when_the_name_does_not() {
    assert_eq!(
        painter("run", "#!/bin/sh\n").grammar(),
        "Bourne Again Shell (bash)"
    );
    let lines = Lines::new("nothing to go by\n");
    let shared = Highlighter::shared();
    assert!(shared.painter("notes", &lines, Limits::default()).is_none());
    assert!(
        shared
            .painter("notes.txt", &lines, Limits::default())
            .is_none()
    );
}

#[test]
fn what_spans_lines_is_known_in_the_middle() {
    let text = format!("/*\n{}*/ fn a() {{}}\n", "still a comment\n".repeat(300));
    let whole = painter("a.rs", &text).paint(0..302, None);
    let mut jumping = painter("a.rs", &text);
    for from in [290, 5, 128, 300, 63] {
        let part = jumping.paint(from..from + 2, None);
        assert_eq!(
            part.lines,
            whole.lines[from as usize..from as usize + 2],
            "at {from}"
        );
    }
    assert_eq!(
        whole.lines[200],
        [ClassSpan {
            start: 0,
            len: 15,
            class: Class::Comment
        }]
    );
}

#[test]
fn a_deadline_stops_and_the_next_call_goes_on() {
    let text = format!("/*\n{}", "still a comment\n".repeat(200));
    let mut painter = painter("a.rs", &text);
    let past = Some(Instant::now());
    let first = painter.paint(150..152, past);
    assert!(!first.complete);
    assert_eq!(
        first.lines,
        [vec![], vec![]],
        "what was not reached is plain"
    );
    let calls = (1..1000).find(|_| painter.paint(150..152, past).complete);
    assert!(
        calls.is_some_and(|calls| calls > 1),
        "each call gets further: {calls:?}"
    );
}

#[test]
fn limits() {
    let shared = Highlighter::shared();
    let lines = Lines::new("x\n".repeat(200_001));
    assert!(shared.painter("a.rs", &lines, Limits::default()).is_none());
    assert!(shared.painter("a.rs", &lines, Limits::NONE).is_some());
    let lines = Lines::new("x".repeat(8_000_001));
    assert!(shared.painter("a.rs", &lines, Limits::default()).is_none());
}

#[test]
fn an_overlong_line_is_plain_and_the_next_is_not() {
    let text = format!("let a = \"{}\";\nlet b = 1;\n", "x".repeat(2000));
    let painted = painter("a.rs", &text).paint(0..2, None);
    assert!(painted.lines[0].is_empty());
    assert!(!painted.lines[1].is_empty());
}

#[test]
fn past_the_end_is_plain() {
    let mut painter = painter("a.rs", "fn a() {}\r\n");
    let painted = painter.paint(0..3, None);
    assert_eq!(painted.lines.len(), 3);
    assert!(painted.complete && painted.lines[1].is_empty());
    assert_eq!(
        painter.paint(7..7, None).lines,
        Vec::<Vec<ClassSpan>>::new()
    );
}
