//! The project that every agent works on: the same files to the byte, in a folder of its own.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

/// Files in the project.
pub(crate) const FILES: usize = 24;
/// Lines in each.
const LINES: usize = 120;

/// Where file `number` lies.
pub(crate) fn path(number: usize) -> String {
    format!("src/part{}/module{number:02}.ts", number % 4)
}

/// The line in it that patches change, in its `version`.
pub(crate) fn changing(number: usize, version: usize) -> String {
    format!("export const LIMIT_{number} = {};", 10 + version)
}

/// Writes all files.
pub(crate) fn write(folder: &Path) -> io::Result<()> {
    for number in 0..FILES {
        let file = folder.join(path(number));
        fs::create_dir_all(file.parent().unwrap_or(folder))?;
        fs::write(file, text(number))?;
    }
    fs::write(
        folder.join("package.json"),
        "{\"name\": \"orders\", \"private\": true}\n",
    )
}

fn text(number: usize) -> String {
    let mut text = format!("// Orders, part {number}.\n\n{}\n\n", changing(number, 0));
    let mut line = 4;
    while line < LINES {
        let _ = writeln!(
            text,
            "export function total{number}_{line}(orders: Order[], rate: number): number {{\n  \
             const kept = orders.filter((order) => order.amount > LIMIT_{number});\n  \
             return kept.reduce((sum, order) => sum + order.amount * rate, {line});\n}}\n"
        );
        line += 5;
    }
    text
}
