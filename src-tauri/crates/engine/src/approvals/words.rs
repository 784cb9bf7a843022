//! The words of a question, put together from what is asked about and from nothing else.
//!
//! The model writes none of them, so that it can talk nobody into anything; its own reason is shown
//! apart, as its own.

use std::collections::BTreeSet;
use std::path::Path;

use super::binding::Binding;
use super::binding::Reach;
use super::install::Install;
use super::question::Grant;
use super::question::Kind;
use super::question::Question;
use super::question::is_plain;
use super::question::pieces;
use super::question::reason;
use crate::network::site::Nearness;
use crate::network::site::Site;

const STAYS: (&str, &str) = ("Your folder", "unchanged until you apply");
const PRIVATE: &str = "this task's private copy only";

/// A command as it would be run.
#[derive(Debug)]
pub struct Asked<'a> {
    /// As the person reads it.
    pub shown: &'a str,
    /// Where it runs, below the project; empty for its root.
    pub folder: &'a str,
    /// Why, in the model's words.
    pub reason: &'a str,
    /// The packages it installs.
    pub installs: &'a [Install],
    /// Whether the task may only read.
    pub read_only: bool,
    /// Exactly what would be run.
    pub binding: &'a Binding,
}

/// May this command be run?
pub fn command(asked: &Asked<'_>) -> Question {
    let sites = match &asked.binding.profile.reach {
        Reach::Sites(sites) => Some(sites),
        Reach::Nothing | Reach::Machine => None,
    };
    let (kind, title, text, short) = match (asked.installs, sites) {
        ([first, rest @ ..], Some(_)) => {
            let one = rest.is_empty().then_some(first.step.as_str());
            let steps: Vec<&str> = asked.installs.iter().map(|i| i.step.as_str()).collect();
            let packages = each(asked.installs.iter().map(|install| install.packages));
            let title = match one {
                Some(step) => format!("Install packages with {step}?"),
                None => "May it download and install packages?".to_owned(),
            };
            let text = format!(
                "It wants to download {packages} into this task's private copy with {}. This needs \
                 the internet, which is switched off. Packages may run set-up code of their own, \
                 confined to the private copy.",
                each(steps.into_iter())
            );
            let short = "Asks to install packages".to_owned();
            (Kind::Install, title, text, short)
        }
        (_, Some(sites)) => {
            let text = if sites.is_empty() {
                "It wants to run a command with the internet, which is switched off. The command \
                 names no address, so you are asked about each one before it is reached."
                    .to_owned()
            } else {
                format!(
                    "It wants to run a command that reaches {}. This needs the internet, which is \
                     switched off.{}",
                    each(sites.iter().map(Site::to_string)),
                    warnings(sites.iter())
                )
            };
            let title = "May this command use the internet?".to_owned();
            (
                Kind::Command,
                title,
                text,
                "Asks to use the internet".to_owned(),
            )
        }
        (_, None) => {
            let text = "This task only reads. It wants to run a command that may do more, in a \
                        private copy of your folder.";
            let title = "May this command be run?".to_owned();
            (
                Kind::Command,
                title,
                text.to_owned(),
                "Asks to run a command".to_owned(),
            )
        }
    };
    let mut facts = vec![("Where", place(asked.folder))];
    facts.push(("Can reach", reach(sites, asked.installs)));
    facts.push(("Can write", PRIVATE.to_owned()));
    facts.push((STAYS.0, STAYS.1.to_owned()));
    Question {
        kind,
        title,
        text,
        reason: reason(asked.reason),
        exact: asked.shown.to_owned(),
        shown: pieces(asked.shown),
        editable: is_plain(asked.shown),
        facts,
        short,
        for_task: Some("Exactly this command, whenever this task runs it again".to_owned()),
        always: Some(
            "Exactly this command in this folder, in every task of this project".to_owned(),
        ),
        grant: Grant::Command(asked.binding.clone()),
    }
}

/// May the command that is running reach this site? `binding` is that command with this site.
pub fn site(site: &Site, shown: &str, folder: &str, binding: Binding) -> Question {
    let (what, short) = match site.nearness() {
        Nearness::Internet => (
            format!("May the command reach {site}?"),
            format!("Asks to reach {site}"),
        ),
        Nearness::OwnNetwork => (
            format!("May the command reach {site} in your own network?"),
            format!("Asks to reach {site}"),
        ),
        Nearness::ThisComputer => (
            format!("May the command reach {site} on this computer?"),
            format!("Asks to reach {site}"),
        ),
    };
    let text = format!(
        "The command below is running and waits. It wants to connect to {site}, which you have not \
         allowed.{}",
        warnings([site].into_iter())
    );
    Question {
        kind: Kind::Site,
        title: what,
        text,
        reason: String::new(),
        exact: shown.to_owned(),
        shown: pieces(shown),
        editable: false,
        facts: vec![
            ("Where", place(folder)),
            (
                "Can reach",
                format!("{site}, besides what you allowed before"),
            ),
            ("Can write", PRIVATE.to_owned()),
            (STAYS.0, STAYS.1.to_owned()),
        ],
        short,
        for_task: Some(format!(
            "{site}, for every command of this task that may use the internet"
        )),
        always: Some(format!("{site}, for exactly this command in this folder")),
        grant: Grant::Site(site.clone(), binding),
    }
}

/// May these files be edited in a task that only reads?
pub fn edit(patch: &str, paths: &[String]) -> Question {
    let count = match paths.len() {
        1 => "1 file".to_owned(),
        n => format!("{n} files"),
    };
    Question {
        kind: Kind::Edit,
        title: format!("May it edit {count}?"),
        text: format!(
            "This task only reads. It wants to change {} in this task's private copy.",
            each(paths.iter().map(String::as_str))
        ),
        reason: String::new(),
        exact: patch.to_owned(),
        shown: pieces(patch),
        editable: false,
        facts: vec![
            ("Can reach", "nothing".to_owned()),
            ("Can write", PRIVATE.to_owned()),
            (STAYS.0, STAYS.1.to_owned()),
        ],
        short: format!("Asks to edit {count}"),
        for_task: Some("All edits of this task, in its private copy".to_owned()),
        always: None,
        grant: Grant::Edits,
    }
}

fn place(folder: &str) -> String {
    if folder.is_empty() {
        "the private copy of your folder".to_owned()
    } else {
        format!("{} in the private copy", Path::new(folder).display())
    }
}

fn reach(sites: Option<&BTreeSet<Site>>, installs: &[Install]) -> String {
    let Some(sites) = sites else {
        return "nothing; the internet stays switched off".to_owned();
    };
    if sites.is_empty() {
        return "nothing yet; you are asked about each address".to_owned();
    }
    let mut parts: Vec<String> = Vec::new();
    let mut named: BTreeSet<&Site> = BTreeSet::new();
    for install in installs {
        let hosts: Vec<String> = install.sites.iter().map(Site::to_string).collect();
        let part = format!("{} ({})", install.registry, hosts.join(", "));
        if !parts.contains(&part) {
            parts.push(part);
        }
        named.extend(&install.sites);
    }
    parts.extend(
        sites
            .iter()
            .filter(|site| !named.contains(site))
            .map(Site::to_string),
    );
    format!("{}; you are asked about any other", each(parts.into_iter()))
}

/// What a person has to know of sites that are not simply on the internet.
fn warnings<'a>(sites: impl Iterator<Item = &'a Site>) -> String {
    let mut said = String::new();
    for site in sites {
        match site.nearness() {
            Nearness::ThisComputer => said.push_str(&format!(
                " {site} is your own computer: programs there may trust whoever reaches them."
            )),
            Nearness::OwnNetwork => said.push_str(&format!(
                " {site} is in your own network: devices there may trust whoever reaches them."
            )),
            Nearness::Internet => {
                if site
                    .host()
                    .split('.')
                    .any(|label| label.starts_with("xn--"))
                {
                    said.push_str(&format!(
                        " {site} is written with letters that may look like others."
                    ));
                }
            }
        }
    }
    said
}

/// "a", "a and b", "a, b and c"; each once.
fn each(parts: impl Iterator<Item = impl Into<String>>) -> String {
    let mut named: Vec<String> = Vec::new();
    for part in parts {
        let part = part.into();
        if !named.contains(&part) {
            named.push(part);
        }
    }
    match named.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
