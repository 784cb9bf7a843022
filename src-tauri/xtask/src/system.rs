//! What the machine must have installed, under each system's name for it.
//!
//! On Debian and its relatives the list is asked of dpkg and the rest is installed. Elsewhere the
//! same list is probed (a pkg-config name or a program on the path), and the command that installs
//! what is missing is named; nothing is installed there, because it was never tried there.

use std::fs;
use std::process::Command;

use crate::places;
use crate::shell;
use crate::shell::Problem;

/// What a part is needed for. Tests need everything.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Run,
    Test,
}

enum Probe {
    /// A library that pkg-config knows.
    Library(&'static str),
    /// A program on the path.
    Program(&'static str),
}

/// One thing the system provides.
struct Part {
    purpose: Purpose,
    probe: Probe,
    debian: &'static str,
    /// For dnf, pacman and zypper, in this order.
    others: [&'static str; 3],
}

const fn part(
    purpose: Purpose,
    probe: Probe,
    debian: &'static str,
    others: [&'static str; 3],
) -> Part {
    Part {
        purpose,
        probe,
        debian,
        others,
    }
}

use Probe::Library;
use Probe::Program;
use Purpose::Run;
use Purpose::Test;

#[rustfmt::skip]
const PARTS: &[Part] = &[
    part(Run, Program("pkg-config"), "pkg-config", ["pkgconf-pkg-config", "pkgconf", "pkgconf-pkg-config"]),
    part(Run, Library("webkit2gtk-4.1"), "libwebkit2gtk-4.1-dev", ["webkit2gtk4.1-devel", "webkit2gtk-4.1", "webkit2gtk3-devel"]),
    part(Run, Program("bwrap"), "bubblewrap", ["bubblewrap", "bubblewrap", "bubblewrap"]),
    part(Test, Program("git"), "git", ["git", "git", "git"]),
    part(Test, Program("WebKitWebDriver"), "webkit2gtk-driver", ["webkit2gtk4.1-devel", "webkit2gtk-4.1", "webkit2gtk-driver"]),
    part(Test, Program("Xvfb"), "xvfb", ["xorg-x11-server-Xvfb", "xorg-server-xvfb", "xorg-x11-server-Xvfb"]),
    // xvfb-run needs it, and the package only recommends it.
    part(Test, Program("xauth"), "xauth", ["xorg-x11-xauth", "xorg-xauth", "xauth"]),
    part(Test, Program("xdotool"), "xdotool", ["xdotool", "xdotool", "xdotool"]),
    part(Test, Program("xclip"), "xclip", ["xclip", "xclip", "xclip"]),
    part(Test, Program("dbus-run-session"), "dbus-x11", ["dbus-daemon", "dbus", "dbus-1"]),
    part(Test, Program("dbus-send"), "dbus", ["dbus-tools", "dbus", "dbus-1"]),
    part(Test, Program("gnome-keyring-daemon"), "gnome-keyring", ["gnome-keyring", "gnome-keyring", "gnome-keyring"]),
    part(Test, Program("python3"), "python3-gi", ["python3-gobject", "python-gobject", "python3-gobject"]),
    part(Test, Library("gtk+-3.0"), "gir1.2-gtk-3.0", ["gtk3", "gtk3", "typelib-1_0-Gtk-3_0"]),
    part(Test, Program("pgrep"), "procps", ["procps-ng", "procps-ng", "procps"]),
    part(Test, Program("ip"), "iproute2", ["iproute", "iproute2", "iproute2"]),
    part(Test, Program("curl"), "curl", ["curl", "curl", "curl"]),
    part(Test, Program("strace"), "strace", ["strace", "strace", "strace"]),
    // Elsewhere venv comes with Python itself.
    part(Test, Program("python3"), "python3-venv", ["python3", "python", "python3"]),
    part(Test, Program("pytest"), "python3-pytest", ["python3-pytest", "python-pytest", "python3-pytest"]),
    part(Test, Program("go"), "golang-go", ["golang", "go", "go"]),
];

fn needed(purpose: Purpose) -> impl Iterator<Item = &'static Part> {
    PARTS
        .iter()
        .filter(move |part| part.purpose == Run || purpose == Test)
}

/// Makes sure the system has what `purpose` needs, or says what to do.
pub(crate) fn ensure(purpose: Purpose) -> Result<(), Problem> {
    if !cfg!(target_os = "linux") {
        return elsewhere(purpose);
    }
    if is_debian(&fs::read_to_string("/etc/os-release").unwrap_or_default()) {
        return debian(purpose);
    }
    let missing: Vec<_> = needed(purpose)
        .filter(|part| !present(&part.probe))
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(advice(&missing))
    }
}

/// macOS and Windows bring the webview with the system; the window tests exist on Linux only.
fn elsewhere(purpose: Purpose) -> Result<(), Problem> {
    if purpose == Run {
        return Ok(());
    }
    Err("`cargo xtask test` needs bubblewrap, Xvfb and WebKitWebDriver, which exist on Linux only. \
         Nothing was run. Use a Linux machine or container; `cargo xtask run` works here."
        .into())
}

fn present(probe: &Probe) -> bool {
    match probe {
        Library(name) => Command::new("pkg-config")
            .args(["--exists", name])
            .status()
            .is_ok_and(|status| status.success()),
        Program(name) => places::on_path(name),
    }
}

fn advice(missing: &[&Part]) -> Problem {
    const INSTALLERS: [(&str, &str); 3] = [
        ("dnf", "install"),
        ("pacman", "-S --needed"),
        ("zypper", "install"),
    ];
    let mut text = "This system lacks:\n".to_owned();
    for part in missing {
        let (Library(name) | Program(name)) = part.probe;
        text += &format!("  {name}\n");
    }
    let installer = INSTALLERS
        .iter()
        .position(|(program, _)| places::on_path(program));
    match installer {
        Some(which) => {
            let (program, verb) = INSTALLERS[which];
            let names = distinct(missing.iter().map(|part| part.others[which]));
            text += &format!(
                "Nothing was installed. Install it with:\n  sudo {program} {verb} {names}"
            );
        }
        None => {
            let names = distinct(missing.iter().map(|part| part.debian));
            text += &format!(
                "Nothing was installed. Install it with your package manager; on Debian the \
                 packages are called:\n  {names}"
            );
        }
    }
    text
}

fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen.join(" ")
}

fn is_debian(os_release: &str) -> bool {
    os_release.lines().any(|line| {
        let Some((key, value)) = line.split_once('=') else {
            return false;
        };
        matches!(key, "ID" | "ID_LIKE")
            && value
                .trim_matches('"')
                .split_whitespace()
                .any(|name| matches!(name, "debian" | "ubuntu"))
    })
}

fn debian(purpose: Purpose) -> Result<(), Problem> {
    let missing = not_installed(purpose)?;
    if missing.is_empty() {
        return Ok(());
    }
    let prefix: &[&str] = if is_root() {
        &[]
    } else if places::on_path("sudo") {
        &["sudo"]
    } else {
        return Err(format!(
            "These packages are missing, and installing them needs root or sudo:\n  {names}\n\
             Nothing was installed. As root, run:\n  \
             apt-get update && apt-get install -y --no-install-recommends {names}",
            names = missing.join(" ")
        ));
    };
    let apt = |arguments: &[&str]| {
        let mut words = prefix.to_vec();
        words.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        words.extend(arguments);
        let mut command = shell::command(words[0]);
        command.args(&words[1..]);
        command
    };
    let mut update = apt(&["update"]);
    let mut install = apt(&["install", "-y", "--no-install-recommends"]);
    install.args(&missing);
    println!("This system lacks packages. Greenlight's set-up will now run:");
    println!("  {}\n  {}", shell::shown(&update), shell::shown(&install));
    shell::must(&mut update)?;
    shell::must(&mut install)?;

    let still = not_installed(purpose)?;
    if still.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "apt-get finished, but these are still not installed: {}.",
            still.join(" ")
        ))
    }
}

fn not_installed(purpose: Purpose) -> Result<Vec<&'static str>, Problem> {
    let names: Vec<_> = needed(purpose).map(|part| part.debian).collect();
    let mut query = Command::new("dpkg-query");
    query
        .args(["-W", "-f=${Package} ${db:Status-Status}\\n"])
        .args(&names);
    // It exits with 1 when it does not know one of the names; the others are printed all the same.
    let output = query
        .output()
        .map_err(|error| shell::unstartable(&query, &error))?;
    Ok(missing_from(
        &names,
        &String::from_utf8_lossy(&output.stdout),
    ))
}

fn missing_from(names: &[&'static str], listed: &str) -> Vec<&'static str> {
    let installed: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.strip_suffix(" installed"))
        .collect();
    names
        .iter()
        .copied()
        .filter(|name| !installed.contains(name))
        .collect()
}

/// Whether this process may install packages without sudo.
pub(crate) fn is_root() -> bool {
    shell::ask(Command::new("id").arg("-u")).as_deref() == Some("0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_debian_and_its_relatives() {
        assert!(is_debian(
            "PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\n"
        ));
        assert!(is_debian("ID=pop\nID_LIKE=\"ubuntu debian\"\n"));
        assert!(
            !is_debian("NAME=\"Not debian\"\nID=fedora\n"),
            "only the ids count"
        );
    }

    #[test]
    fn a_removed_package_is_missing_although_dpkg_lists_it() {
        let listed = "xvfb installed\nxclip config-files\n";
        assert_eq!(
            missing_from(&["xvfb", "xclip", "strace"], listed),
            ["xclip", "strace"]
        );
    }

    #[test]
    fn running_needs_less_than_testing() {
        let run: Vec<_> = needed(Run).map(|part| part.debian).collect();
        assert!(run.contains(&"libwebkit2gtk-4.1-dev") && !run.contains(&"xvfb"));
        assert_eq!(needed(Test).count(), PARTS.len());
    }

    #[test]
    fn advice_names_each_package_once() {
        let twice: Vec<_> = PARTS.iter().filter(|part| part.debian == "git").collect();
        assert_eq!(
            distinct([twice[0].debian, twice[0].debian].into_iter()),
            "git"
        );
        let text = advice(&twice);
        assert!(
            text.contains("Nothing was installed") && text.contains("git"),
            "{text}"
        );
    }
}
