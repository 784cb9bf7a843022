//! Settles whether a command may run, and on which terms, before anything of it is started.
//!
//! What the mode allows runs at once. What is outside of it is asked, where somebody is there to be
//! asked; otherwise it is refused and the model is told.

use std::collections::BTreeSet;
use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::DraftTools;
use super::arguments::ShellCall;
use super::permission::Permission;
use crate::approvals::Asker;
use crate::approvals::Decision;
use crate::approvals::binding::Binding;
use crate::approvals::binding::Digest;
use crate::approvals::binding::Profile;
use crate::approvals::binding::Reach;
use crate::approvals::install;
use crate::approvals::install::Install;
use crate::approvals::named;
use crate::approvals::question::MOST_ASKED;
use crate::approvals::question::MOST_PATCH;
use crate::approvals::words;
use crate::network::site::Site;

/// Whether something may be done.
#[derive(Debug)]
pub(super) enum Consent<T> {
    Given(T),
    Refused(Refusal),
    /// Nobody answered: the turn was stopped.
    Stopped,
}

/// Why it may not, as sentences.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) to_model: String,
    pub(super) to_person: String,
}

/// On which terms a command runs.
#[derive(Debug)]
pub(super) struct Terms {
    /// The call, with the command in the person's own words where they changed it.
    pub(super) call: ShellCall,
    pub(super) edited: bool,
    pub(super) profile: Profile,
    /// What a person approved. What is executed must be this.
    pub(super) approved: Option<Digest>,
}

impl Terms {
    /// Those of a command that is not settled yet: none.
    pub(super) fn plain(call: ShellCall) -> Self {
        Self {
            call,
            edited: false,
            profile: Profile {
                writes: false,
                reach: Reach::Nothing,
            },
            approved: None,
        }
    }
}

impl Refusal {
    fn same(sentence: impl Into<String>) -> Self {
        let sentence = sentence.into();
        Self {
            to_model: sentence.clone(),
            to_person: sentence,
        }
    }

    /// What a person said no to.
    fn denied(note: &str) -> Self {
        let note = note.trim();
        if note.is_empty() {
            return Self {
                to_model: "the person did not allow it. Go on without it, or say in your last \
                           message why it is needed."
                    .to_owned(),
                to_person: "You did not allow it.".to_owned(),
            };
        }
        Self {
            to_model: format!("the person did not allow it and says: {note}"),
            to_person: format!("You did not allow it, and told the agent: {note}"),
        }
    }
}

/// Settles a command of the shell tools. `cwd` is where it would run, as it would see it, and
/// `folder` the same for the person.
pub(super) async fn command(
    tools: &DraftTools,
    call: &ShellCall,
    cwd: &Path,
    folder: &str,
    stop: &CancellationToken,
) -> Consent<Terms> {
    let tier = match tools.confinement.tier() {
        Ok(tier) => tier,
        Err(unavailable) => {
            let sentence = format!("commands cannot be confined on this machine: {unavailable}.");
            return Consent::Refused(Refusal::same(sentence));
        }
    };
    let by_mode = |writes, reach| {
        Consent::Given(Terms {
            call: call.clone(),
            edited: false,
            profile: Profile { writes, reach },
            approved: None,
        })
    };
    let read_only = tools.permission == Permission::ReadOnly;
    if tools.permission == Permission::Full {
        return by_mode(true, Reach::Machine);
    }
    let widens = read_only && !call.plainly_reads();
    let Some(asker) = &tools.asker else {
        return match refusal(widens, call.escalated) {
            Some(sentence) => Consent::Refused(Refusal::same(sentence)),
            None => by_mode(!read_only, Reach::Nothing),
        };
    };
    let installs: Vec<Install> = call
        .plain_commands()
        .iter()
        .filter_map(|command| install::install(command))
        .collect();
    let connects = call.escalated || !installs.is_empty();
    if !widens && !connects {
        return by_mode(!read_only, Reach::Nothing);
    }
    let shown = call.shown();
    if shown.len() > MOST_ASKED {
        return Consent::Refused(Refusal::same(format!(
            "a command that has to be asked about may be {} KB long at most, so that it can be \
             read. Put what it does into a script file in the project and run that.",
            MOST_ASKED / 1024
        )));
    }
    if shown.contains('\0') {
        return Consent::Refused(Refusal::same("it holds a zero byte."));
    }
    if connects && !tier.own_namespace {
        return Consent::Refused(Refusal::same(
            "this machine cannot give a command single addresses of the internet. Find a way \
             without it, or tell the person why it is needed.",
        ));
    }
    let reach = if connects {
        let installed = installs.iter().flat_map(|install| install.sites.clone());
        Reach::Sites(named::sites(&shown).into_iter().chain(installed).collect())
    } else {
        Reach::Nothing
    };
    let profile = Profile {
        writes: true,
        reach,
    };
    let binding = bind(tools, call, cwd, &profile);
    let given = |call: ShellCall, edited, approved| {
        Consent::Given(Terms {
            call,
            edited,
            profile: profile.clone(),
            approved: Some(approved),
        })
    };
    if asker.approvals().allows(&binding) {
        return given(call.clone(), false, binding.digest());
    }
    let question = words::command(&words::Asked {
        shown: &shown,
        folder,
        reason: &call.justification,
        installs: &installs,
        read_only,
        binding: &binding,
    });
    match asker.ask(question, stop).await {
        Decision::Stopped => Consent::Stopped,
        Decision::Denied { note } => Consent::Refused(Refusal::denied(&note)),
        Decision::Allowed { edited: None } => given(call.clone(), false, binding.digest()),
        Decision::Allowed { edited: Some(text) } => {
            let call = call.with_script(text);
            let approved = bind(tools, &call, cwd, &profile).digest();
            given(call, true, approved)
        }
    }
}

/// Settles an edit by a patch.
pub(super) async fn edit(
    tools: &DraftTools,
    patch: &str,
    paths: &[String],
    stop: &CancellationToken,
) -> Consent<()> {
    if tools.permission != Permission::ReadOnly {
        return Consent::Given(());
    }
    let Some(asker) = &tools.asker else {
        let sentence = "this task is read-only. Describe the change instead.";
        return Consent::Refused(Refusal::same(sentence));
    };
    if asker.approvals().allows_edits() {
        return Consent::Given(());
    }
    // One that does not parse changes nothing; the model is told why as always.
    if paths.is_empty() {
        return Consent::Given(());
    }
    if patch.len() > MOST_PATCH {
        return Consent::Refused(Refusal::same(format!(
            "a patch that has to be asked about may be {} KB long at most, so that it can be read. \
             Make it in parts.",
            MOST_PATCH / 1024
        )));
    }
    match asker.ask(words::edit(patch, paths), stop).await {
        Decision::Stopped => Consent::Stopped,
        Decision::Denied { note } => Consent::Refused(Refusal::denied(&note)),
        Decision::Allowed { .. } => Consent::Given(()),
    }
}

/// Asks whether a command that runs may reach a site. The error is for who reads its output.
pub(super) async fn site(
    asker: &Asker,
    site: &Site,
    shown: &str,
    folder: &str,
    command: &Binding,
    stop: &CancellationToken,
) -> Result<(), String> {
    let profile = Profile {
        writes: command.profile.writes,
        reach: Reach::Sites(BTreeSet::from([site.clone()])),
    };
    let binding = Binding {
        profile,
        ..command.clone()
    };
    if asker.approvals().allows_site(site) || asker.approvals().allows(&binding) {
        return Ok(());
    }
    match asker
        .ask(words::site(site, shown, folder, binding), stop)
        .await
    {
        Decision::Allowed { .. } => Ok(()),
        Decision::Denied { note } => {
            let Refusal { to_model, .. } = Refusal::denied(&note);
            Err(format!("{site} was not reached: {to_model}"))
        }
        Decision::Stopped => Err(format!("{site} was not reached: the command was ended.")),
    }
}

/// What would be executed.
pub(super) fn bind(tools: &DraftTools, call: &ShellCall, cwd: &Path, profile: &Profile) -> Binding {
    Binding {
        argv: call.argv(),
        cwd: cwd.to_owned(),
        env: tools.confinement.environment(&profile.reach, &call.env),
        profile: profile.clone(),
    }
}

/// Why a mode does not allow a call that nobody can be asked about.
fn refusal(widens: bool, escalated: bool) -> Option<&'static str> {
    match (widens, escalated) {
        (true, _) => Some(
            "this task is read-only, and the command does more than plainly read. Answer from \
             what can be read, or tell the person what you would change.",
        ),
        (false, true) => Some(
            "it asks for more than this task allows (commands here have no network). Find a way \
             without it, or tell the person why it is needed.",
        ),
        (false, false) => None,
    }
}
