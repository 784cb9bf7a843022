//! Pairs of texts to compare, made from a seed: the same in every run, on every machine.

/// Two texts and what they are called.
pub(crate) struct Pair {
    pub(crate) name: &'static str,
    pub(crate) old: String,
    pub(crate) new: String,
    /// Lines that are gone and lines that are new in the shortest script, where that is known.
    pub(crate) exact: Option<(u32, u32)>,
}

/// All pairs.
pub(crate) fn all() -> Vec<Pair> {
    let small = code(10_000, 1);
    let large = code(100_000, 2);
    let pair = |name, old: &[String], new: Vec<String>| Pair {
        name,
        old: old.concat(),
        new: new.concat(),
        exact: None,
    };
    vec![
        pair("10k lines, 500 edits", &small, edited(&small, 500, 3)),
        pair("100k lines, 500 edits", &large, edited(&large, 500, 4)),
        pair("100k lines, 5000 edits", &large, edited(&large, 5000, 5)),
        pair("10k, every line changed", &small, changed(&small)),
        pair("100k, every line changed", &large, changed(&large)),
        pair("10k, re-indented", &small, reindented(&small, 6)),
        pair("100k, re-indented", &large, reindented(&large, 7)),
        lock(),
        pair(
            "10k of 10 distinct",
            &few(10_000, 10, 8),
            few(10_000, 10, 9),
        ),
        pair(
            "100k of 10 distinct",
            &few(100_000, 10, 10),
            few(100_000, 10, 11),
        ),
        pair(
            "10k of 1000 distinct",
            &few(10_000, 1000, 12),
            few(10_000, 1000, 13),
        ),
        pair(
            "10k shuffled",
            &unique(10_000),
            shuffled(unique(10_000), 14),
        ),
        pair(
            "100k shuffled",
            &unique(100_000),
            shuffled(unique(100_000), 15),
        ),
        pair("10k unrelated", &small, code(10_000, 16)),
        pair("100k unrelated", &large, code(100_000, 17)),
        one_line(),
    ]
}

/// Numbers that look random and are not.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

const WORDS: [&str; 16] = [
    "total", "count", "index", "value", "result", "order", "price", "buffer", "node", "parent",
    "state", "reply", "cursor", "window", "offset", "length",
];

/// Something that looks like a program: functions of nested blocks, with braces and blank lines.
fn code(lines: usize, seed: u64) -> Vec<String> {
    let mut random = Random(seed);
    let mut out = Vec::with_capacity(lines);
    let mut depth = 0;
    while out.len() < lines {
        let indent = "    ".repeat(depth);
        let (a, b) = (random.of(&WORDS), random.of(&WORDS));
        let number = random.below(10_000);
        let line = match random.below(20) {
            0 | 1 if depth > 0 => {
                depth -= 1;
                format!("{}}}\n", "    ".repeat(depth))
            }
            2 => "\n".to_owned(),
            3 if depth < 6 => {
                depth += 1;
                format!("{indent}if {a} < {b} + {number} {{\n")
            }
            4 if depth < 2 => {
                depth += 1;
                format!("{indent}fn {a}_{b}_{number}({a}: u32) -> u32 {{\n")
            }
            5..=8 => format!("{indent}{a}.{b}(&mut {a}_{b}, {number});\n"),
            9..=14 => format!("{indent}let {a}_{number} = {b}.get({a}, {b});\n"),
            15 => format!("{indent}return Ok({a});\n"),
            _ => format!("{indent}{a}.push({b}_{number} + {a});\n"),
        };
        out.push(line);
    }
    out
}

/// `edits` places where a few lines were added, removed or rewritten.
fn edited(lines: &[String], edits: usize, seed: u64) -> Vec<String> {
    let mut random = Random(seed);
    let stride = lines.len() / edits;
    let mut out = Vec::with_capacity(lines.len() + edits);
    for (number, part) in lines.chunks(stride).enumerate() {
        let at = random.below(part.len());
        out.extend_from_slice(&part[..at]);
        let size = 1 + random.below(3);
        match random.below(4) {
            0 => {
                let word = random.of(&WORDS);
                out.extend((0..size).map(|n| format!("    added_{word}({number}, {n});\n")));
                out.extend_from_slice(&part[at..]);
            }
            1 => out.extend_from_slice(&part[(at + size).min(part.len())..]),
            _ => {
                let end = (at + size).min(part.len());
                for line in &part[at..end] {
                    let (from, to) = (random.of(&WORDS), random.of(&WORDS));
                    let line = line.trim_end_matches('\n').replace(from, to);
                    out.push(format!("{line} // {number}\n"));
                }
                out.extend_from_slice(&part[end..]);
            }
        }
    }
    out
}

fn changed(lines: &[String]) -> Vec<String> {
    let changed = lines.iter().zip(0..);
    changed
        .map(|(line, n)| format!("{} /* {n} */\n", line.trim_end_matches('\n')))
        .collect()
}

/// Blocks of very different sizes, one step further in; every other block stays.
fn reindented(lines: &[String], seed: u64) -> Vec<String> {
    let mut random = Random(seed);
    let mut out = Vec::with_capacity(lines.len());
    let mut rest = lines;
    let mut inside = false;
    while !rest.is_empty() {
        let size = 1 << random.below(12);
        let (part, after) = rest.split_at((size + random.below(size)).min(rest.len()));
        rest = after;
        inside = !inside;
        for line in part {
            match inside && line != "\n" {
                true => out.push(format!("    {line}")),
                false => out.push(line.clone()),
            }
        }
    }
    out
}

/// A lock file of 10 000 packages of ten lines each; every seventh has another version.
fn lock() -> Pair {
    let text = |bumped: bool| {
        let mut random = Random(20);
        let mut out = String::new();
        for n in 0..10_000 {
            let word = random.of(&WORDS);
            let (version, hash) = match bumped && n % 7 == 0 {
                true => (random.below(90) + 100, random.next() ^ 1),
                false => (random.below(90), random.next()),
            };
            out.push_str(&format!(
                "    \"node_modules/{word}-{n}\": {{\n      \"version\": \"1.{version}.0\",\n      \
                 \"resolved\": \"{word}-{n}-1.{version}.0.tgz\",\n      \"integrity\": \"sha512-{hash:016x}\",\n      \
                 \"dev\": true,\n      \"license\": \"MIT\",\n      \"engines\": {{\n        \
                 \"node\": \">=18\"\n      }}\n    }},\n"
            ));
        }
        out
    };
    Pair {
        name: "100k lock file",
        old: text(false),
        new: text(true),
        exact: Some((4287, 4287)),
    }
}

fn few(lines: usize, distinct: usize, seed: u64) -> Vec<String> {
    let mut random = Random(seed);
    let line = |n| format!("    line number {n} of a few;\n");
    (0..lines).map(|_| line(random.below(distinct))).collect()
}

fn unique(lines: usize) -> Vec<String> {
    (0..lines)
        .map(|n| format!("    unique line with the number {n};\n"))
        .collect()
}

fn shuffled(mut lines: Vec<String>, seed: u64) -> Vec<String> {
    let mut random = Random(seed);
    for at in (1..lines.len()).rev() {
        lines.swap(at, random.below(at + 1));
    }
    lines
}

/// A script in one line of some 700 KB, with a thousand names changed.
fn one_line() -> Pair {
    let mut random = Random(30);
    let (mut old, mut new) = (String::new(), String::new());
    let mut number = 0;
    while old.len() < 694_000 {
        let (a, b) = (random.of(&WORDS), random.of(&WORDS));
        let n = random.below(1000);
        let piece = format!("function {a}{n}(e,t){{return e.{b}?t[{n}]:{a}(e,t)}}");
        old.push_str(&piece);
        match number % 14 {
            0 => new.push_str(&piece.replace("return", "yield")),
            _ => new.push_str(&piece),
        }
        number += 1;
    }
    Pair {
        name: "one line of 694 KB",
        old,
        new,
        exact: Some((1, 1)),
    }
}
