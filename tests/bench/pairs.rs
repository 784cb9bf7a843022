//! The review's diff over releases of real packages: what must hold for any two texts, on texts that
//! people wrote, by language; and how many lines git says differ.

mod held;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use crate::Problem;

/// What a run has to have seen to say anything.
const MIN_FILES: u32 = 50;
const MIN_LANGUAGES: usize = 10;

/// The sums of one language.
#[derive(Default)]
struct Sum {
    files: u32,
    lines: u64,
    ours: (u64, u64),
    git: (u64, u64),
    /// Files in which git counts as many, more or fewer lines.
    as_git: u32,
    fewer: u32,
    more: u32,
    hunks: u64,
    moves: u64,
    imprecise: u32,
    slowest: f64,
}

/// Checks all pairs below `folder`, prints the table, and says whether everything held.
pub(crate) fn check(folder: &Path) -> Result<bool, Problem> {
    let mut sums: BTreeMap<&'static str, Sum> = BTreeMap::new();
    let mut broken = Vec::new();
    for package in folders(folder)? {
        let versions = folders(&package)?;
        let [old, new] = &versions[..] else {
            continue;
        };
        let git = numstat(old, new)?;
        let (olds, news) = (files(old)?, files(new)?);
        for path in olds.intersection(&news) {
            let Some(language) = language(path) else {
                continue;
            };
            let read = |side: &Path| fs::read(side.join(path)).ok();
            let (Some(from), Some(to)) = (read(old), read(new)) else {
                continue;
            };
            let text = |bytes: Vec<u8>| String::from_utf8(bytes).ok();
            let (Some(from), Some(to)) = (text(from), text(to)) else {
                continue;
            };
            if from == to {
                continue;
            }
            let name = format!("{}/{path}", package.display());
            let start = Instant::now();
            let diff = review::Diff::new(&*from, &*to, &review::Options::default());
            let time = start.elapsed().as_secs_f64() * 1000.0;
            broken.extend(held::broken(&diff, &from, &to).map(|what| format!("{name}: {what}")));
            let sum = sums.entry(language).or_default();
            sum.files += 1;
            sum.lines += u64::from(diff.old_lines().count() + diff.new_lines().count());
            let (removed, added) = (u64::from(diff.stat().removed), u64::from(diff.stat().added));
            sum.ours.0 += removed;
            sum.ours.1 += added;
            sum.hunks += diff.hunks().len() as u64;
            sum.moves += diff.moves().len() as u64;
            sum.imprecise += u32::from(diff.imprecise());
            sum.slowest = sum.slowest.max(time);
            if let Some(&(git_removed, git_added)) = git.get(path.as_str()) {
                sum.git.0 += git_removed;
                sum.git.1 += git_added;
                match (removed + added).cmp(&(git_removed + git_added)) {
                    std::cmp::Ordering::Equal => sum.as_git += 1,
                    std::cmp::Ordering::Less => sum.fewer += 1,
                    std::cmp::Ordering::Greater => sum.more += 1,
                }
            }
        }
    }
    print(&sums);
    broken.iter().for_each(|what| println!("BROKEN: {what}"));
    let files: u32 = sums.values().map(|sum| sum.files).sum();
    let seen = files >= MIN_FILES && sums.len() >= MIN_LANGUAGES;
    if !seen {
        println!(
            "Too little to say anything: {files} files in {} languages.",
            sums.len()
        );
    }
    Ok(broken.is_empty() && seen)
}

fn print(sums: &BTreeMap<&'static str, Sum>) {
    println!(
        "\n{:14}{:>7}{:>10}{:>9}{:>9}{:>9}{:>9}{:>9}{:>8}{:>7}{:>8}{:>7}{:>8}{:>10}",
        "",
        "files",
        "lines",
        "-",
        "+",
        "git -",
        "git +",
        "as git",
        "fewer",
        "more",
        "hunks",
        "moves",
        "coarse",
        "slowest"
    );
    let mut all = Sum::default();
    for (language, sum) in sums {
        row(language, sum);
        all.files += sum.files;
        all.lines += sum.lines;
        all.ours = (all.ours.0 + sum.ours.0, all.ours.1 + sum.ours.1);
        all.git = (all.git.0 + sum.git.0, all.git.1 + sum.git.1);
        all.as_git += sum.as_git;
        all.fewer += sum.fewer;
        all.more += sum.more;
        all.hunks += sum.hunks;
        all.moves += sum.moves;
        all.imprecise += sum.imprecise;
        all.slowest = all.slowest.max(sum.slowest);
    }
    row("all", &all);
}

fn row(name: &str, sum: &Sum) {
    println!(
        "{name:14}{:>7}{:>10}{:>9}{:>9}{:>9}{:>9}{:>9}{:>8}{:>7}{:>8}{:>7}{:>8}{:>7.1} ms",
        sum.files,
        sum.lines,
        sum.ours.0,
        sum.ours.1,
        sum.git.0,
        sum.git.1,
        sum.as_git,
        sum.fewer,
        sum.more,
        sum.hunks,
        sum.moves,
        sum.imprecise,
        sum.slowest
    );
}

/// The folders in a folder, in order; versions are named so that the older one comes first.
fn folders(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let cannot = |error| format!("`{}` cannot be read: {error}.", folder.display());
    let entries = fs::read_dir(folder).map_err(cannot)?;
    let paths = entries.flatten().map(|entry| entry.path());
    let mut folders: Vec<PathBuf> = paths.filter(|path| path.is_dir()).collect();
    let numbers = |path: &PathBuf| -> Vec<u64> {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        name.split('.')
            .filter_map(|part| part.parse().ok())
            .collect()
    };
    folders.sort_by_key(|path| (numbers(path), path.clone()));
    Ok(folders)
}

/// All files below `root`, by their paths in it. A wheel's folder that carries its version has none.
fn files(root: &Path) -> Result<BTreeSet<String>, Problem> {
    let mut files = BTreeSet::new();
    let mut folders = vec![(String::new(), root.to_owned())];
    while let Some((prefix, folder)) = folders.pop() {
        let cannot = |error| format!("`{}` cannot be read: {error}.", folder.display());
        for entry in fs::read_dir(&folder).map_err(cannot)?.flatten() {
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type().map_err(cannot)?;
            if kind.is_dir() {
                folders.push((format!("{name}/"), entry.path()));
            } else if kind.is_file() {
                files.insert(name);
            }
        }
    }
    Ok(files)
}

/// How many lines git says were removed and added, by path.
fn numstat(old: &Path, new: &Path) -> Result<BTreeMap<String, (u64, u64)>, Problem> {
    let output = Command::new("git")
        .args([
            "diff",
            "--no-index",
            "--no-renames",
            "--numstat",
            "-z",
            "--no-ext-diff",
            "--",
        ])
        .args([old, new])
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .current_dir("/")
        .output()
        .map_err(|error| format!("`git` could not be started: {error}."))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // `added TAB removed TAB NUL old NUL new NUL`.
    let mut parts = text.split('\0');
    let mut counts = BTreeMap::new();
    while let (Some(numbers), Some(_), Some(path)) = (parts.next(), parts.next(), parts.next()) {
        let mut numbers = numbers.split('\t').map(str::parse);
        let path = Path::new(path).strip_prefix(new).ok();
        if let (Some(Ok(added)), Some(Ok(removed)), Some(path)) =
            (numbers.next(), numbers.next(), path)
        {
            counts.insert(path.display().to_string(), (removed, added));
        }
    }
    Ok(counts)
}

fn language(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    Some(match extension {
        _ if name.contains(".min.") => "minified",
        "js" | "mjs" | "cjs" | "jsx" => "JavaScript",
        "ts" | "tsx" | "mts" | "cts" => "TypeScript",
        "py" | "pyi" => "Python",
        "rs" => "Rust",
        "c" => "C",
        "cc" | "cpp" | "cxx" | "hpp" | "h" | "mm" | "m" => "C++, Obj-C",
        "java" => "Java",
        "kt" | "kts" => "Kotlin",
        "swift" => "Swift",
        "go" => "Go",
        "rb" | "podspec" => "Ruby",
        "sh" | "bash" => "shell",
        "css" => "CSS",
        "scss" | "sass" | "less" => "Sass",
        "html" | "htm" => "HTML",
        "svelte" => "Svelte",
        "vue" => "Vue",
        "sql" => "SQL",
        "json" | "map" => "JSON",
        "yml" | "yaml" => "YAML",
        "toml" => "TOML",
        "md" | "markdown" => "Markdown",
        "rst" | "txt" | "po" => "text",
        _ => return None,
    })
}
