//! Providers, keys, models and the environment, as the window may see them.

use std::path::Path;

use engine::credentials::KeyState as InsideKey;
use engine::credentials::KeychainError;
use engine::environment::Origin;
use engine::environment::Variables;
use engine::model::Wire as InsideWire;
use engine::model::WireChoice as InsideChoice;
use engine::model::catalog;
use engine::model::catalog::Effort as InsideEffort;
use engine::model::provider::ProviderError;
use engine::model::tier::Tier;
use engine::model::way;
use engine::project::homes::Homes;
use engine::providers::Advanced as Inside;
use engine::providers::ChangeError;
use engine::providers::ConnectError;
use engine::providers::Entry;
use engine::providers::Nearby;
use engine::providers::Preset;
use engine::settings::Kind as InsideKind;
use engine::tasks::task::TaskError;

use super::place;
use crate::failure::Code;
use crate::failure::Failure;
use crate::types::*;

pub(crate) fn effort(effort: Option<InsideEffort>) -> Effort {
    use InsideEffort as E;
    match effort {
        None => Effort::Usual,
        Some(E::Minimal) => Effort::Minimal,
        Some(E::Low) => Effort::Low,
        Some(E::Medium) => Effort::Medium,
        Some(E::High) => Effort::High,
        Some(E::ExtraHigh) => Effort::ExtraHigh,
    }
}

pub(crate) fn effort_inside(effort: Effort) -> Option<InsideEffort> {
    use InsideEffort as E;
    match effort {
        Effort::Usual => None,
        Effort::Minimal => Some(E::Minimal),
        Effort::Low => Some(E::Low),
        Effort::Medium => Some(E::Medium),
        Effort::High => Some(E::High),
        Effort::ExtraHigh => Some(E::ExtraHigh),
    }
}

/// A time that a person waits for.
pub(crate) fn short_time(time: std::time::Duration) -> String {
    match time.as_millis() {
        ms @ 0..=999 => format!("{} ms", ms.max(1)),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

/// The efforts that a model takes, as the window names them.
pub(crate) fn efforts(efforts: &[catalog::Effort]) -> Vec<Effort> {
    efforts.iter().map(|each| effort(Some(*each))).collect()
}

/// Why nothing can be sent.
pub(crate) fn not_connected(error: &ConnectError) -> Failure {
    Failure {
        code: Code::NoProvider,
        message: error.to_string(),
        hint: error.hint().to_owned(),
    }
}

/// Why something could not be done with a task: a refusal of its state, or something that was
/// tried.
pub(crate) fn task_failed(error: &TaskError) -> Failure {
    match error {
        TaskError::Connect(error) => not_connected(error),
        TaskError::TooLong { fits, .. } => Failure {
            code: Code::TooLong,
            message: error.to_string(),
            hint: match fits {
                true => "Keep the lines that fit, or make it shorter yourself.".to_owned(),
                false => String::new(),
            },
        },
        TaskError::NotTrusted
        | TaskError::MustStop
        | TaskError::Checking
        | TaskError::UntilGreen
        | TaskError::NoName
        | TaskError::NoSuchTask
        | TaskError::NothingToRepeat
        | TaskError::ShortAlready
        | TaskError::Compacting
        | TaskError::NoBudgetWaits
        | TaskError::NothingToWaitFor
        | TaskError::AttachmentsAgain(_)
        | TaskError::AppliedSince => Failure::refused(error.to_string(), ""),
        TaskError::OverBudget { hint, .. } => Failure::refused(error.to_string(), *hint),
        other => super::failed(other),
    }
}

pub(crate) fn provider_state(ready: &Result<Entry, ConnectError>) -> ProviderState {
    match ready {
        Ok(entry) => ProviderState {
            name: entry.name.clone(),
            ready: true,
            hint: None,
        },
        Err(error) => ProviderState {
            name: match error {
                ConnectError::NotConnected | ConnectError::Unusable(..) => {
                    "No model connected".to_owned()
                }
                ConnectError::KeyGone { name } | ConnectError::Keychain { name, .. } => {
                    name.clone()
                }
            },
            ready: false,
            hint: Some(format!("{error} {}", error.hint())),
        },
    }
}

pub(crate) fn provider_entry(entry: &Entry) -> ProviderEntry {
    ProviderEntry {
        id: entry.id.clone(),
        name: entry.name.clone(),
        base_url: entry.base_url.clone(),
        problem: entry.origin.clone().err(),
        kind: kind(entry.kind),
        wire: match entry.wire {
            InsideChoice::Auto => WireChoice::Auto,
            InsideChoice::Only(InsideWire::Responses) => WireChoice::Responses,
            InsideChoice::Only(InsideWire::Chat) => WireChoice::Chat,
        },
        spoken: entry.spoken.map(wire),
        in_clear: entry.sends_key_in_clear(),
        editable: entry.editable,
        advanced: advanced(&entry.advanced),
        tiers: entry.offers_tiers(),
        key: key_facts(&entry.key, entry.kind),
    }
}

pub(crate) fn wire(wire: InsideWire) -> Wire {
    match wire {
        InsideWire::Responses => Wire::Responses,
        InsideWire::Chat => Wire::Chat,
    }
}

pub(crate) fn wire_inside(wire: WireChoice) -> InsideChoice {
    match wire {
        WireChoice::Auto => InsideChoice::Auto,
        WireChoice::Responses => InsideChoice::Only(InsideWire::Responses),
        WireChoice::Chat => InsideChoice::Only(InsideWire::Chat),
    }
}

/// A server on this computer, for the window.
pub(crate) fn nearby(found: Nearby) -> NearbyServer {
    NearbyServer {
        kind: kind(found.kind),
        name: found.name,
        base_url: found.base_url,
        models: found.models,
        wants_key: found.wants_key,
    }
}

fn kind(kind: InsideKind) -> ProviderKind {
    match kind {
        InsideKind::OpenAi => ProviderKind::OpenAi,
        InsideKind::Azure => ProviderKind::Azure,
        InsideKind::Gateway => ProviderKind::Gateway,
        InsideKind::Ollama => ProviderKind::Ollama,
        InsideKind::LmStudio => ProviderKind::LmStudio,
        InsideKind::LlamaCpp => ProviderKind::LlamaCpp,
        InsideKind::Vllm => ProviderKind::Vllm,
        InsideKind::Custom => ProviderKind::Custom,
    }
}

pub(crate) fn kind_inside(kind: ProviderKind) -> InsideKind {
    match kind {
        ProviderKind::OpenAi => InsideKind::OpenAi,
        ProviderKind::Azure => InsideKind::Azure,
        ProviderKind::Gateway => InsideKind::Gateway,
        ProviderKind::Ollama => InsideKind::Ollama,
        ProviderKind::LmStudio => InsideKind::LmStudio,
        ProviderKind::LlamaCpp => InsideKind::LlamaCpp,
        ProviderKind::Vllm => InsideKind::Vllm,
        ProviderKind::Custom => InsideKind::Custom,
    }
}

pub(crate) fn preset(preset: &Preset) -> ProviderPreset {
    ProviderPreset {
        kind: kind(preset.kind),
        name: preset.name.to_owned(),
        base_url: preset.base_url.to_owned(),
        example: preset.example.to_owned(),
        hint: preset.hint.to_owned(),
        tiers: preset.tiers,
    }
}

fn advanced(inside: &Inside) -> ProviderAdvanced {
    let file = inside.ca_file.as_ref();
    ProviderAdvanced {
        ca_file: file.map_or_else(String::new, |file| file.display().to_string()),
        proxy: inside.proxy.as_deref().map(way::shown).unwrap_or_default(),
        service_tier: inside.tier.map(|tier| match tier {
            Tier::Auto => ServiceTier::Auto,
            Tier::Default => ServiceTier::Default,
            Tier::Flex => ServiceTier::Flex,
            Tier::Priority => ServiceTier::Priority,
        }),
    }
}

pub(crate) fn advanced_inside(advanced: &ProviderAdvanced) -> Inside {
    let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    Inside {
        ca_file: text(&advanced.ca_file).map(Into::into),
        proxy: text(&advanced.proxy),
        tier: advanced.service_tier.map(|tier| match tier {
            ServiceTier::Auto => Tier::Auto,
            ServiceTier::Default => Tier::Default,
            ServiceTier::Flex => Tier::Flex,
            ServiceTier::Priority => Tier::Priority,
        }),
    }
}

/// Why something in Settings was not changed; the window shows some of it at the field it is about.
pub(crate) fn not_changed(error: &ChangeError) -> Failure {
    let (code, hint) = match error {
        ChangeError::Unusable(ProviderError::CaFile { .. }) => (Code::CaFile, ""),
        ChangeError::Unusable(ProviderError::Proxy(_)) => (Code::Proxy, ""),
        ChangeError::ProxyPassword => (
            Code::Proxy,
            "Start Greenlight with HTTPS_PROXY set to it, or write it into the settings file yourself.",
        ),
        other => return super::failed(other),
    };
    Failure {
        code,
        message: error.to_string(),
        hint: hint.to_owned(),
    }
}

fn key_facts(key: &InsideKey, of: InsideKind) -> KeyFacts {
    let mut hint = "";
    let (state, ending, sentence) = match key {
        InsideKey::Missing => (KeyState::Missing, "", "No key is saved.".to_owned()),
        InsideKey::Unread => (
            KeyState::Unread,
            "",
            "A key is saved in the keychain of this computer.".to_owned(),
        ),
        InsideKey::Saved { ending } => (
            KeyState::Saved,
            ending.as_str(),
            "The key is saved in the keychain of this computer.".to_owned(),
        ),
        InsideKey::Session { ending, reason } => {
            hint = "Enter it again after the next start, or when the keychain can take it.";
            (
                KeyState::Session,
                ending.as_str(),
                format!("The key is kept until Greenlight closes, because {reason}."),
            )
        }
        InsideKey::Given { ending } => (
            KeyState::Given,
            ending.as_str(),
            format!(
                "The key comes from {}, which Greenlight was started with.",
                match of {
                    InsideKind::Azure => "AZURE_OPENAI_KEY or AZURE_OPENAI_API_KEY",
                    _ => "OPENAI_API_KEY",
                }
            ),
        ),
        InsideKey::Kept(why) => {
            hint = why.hint();
            let state = match why {
                KeychainError::Locked => KeyState::Locked,
                KeychainError::Absent => KeyState::NoKeychain,
                _ => KeyState::Refused,
            };
            (
                state,
                "",
                format!("A key was saved and cannot be read, because {why}."),
            )
        }
    };
    KeyFacts {
        state,
        ending: ending.to_owned(),
        sentence,
        hint: hint.to_owned(),
    }
}

pub(crate) fn environment(
    variables: &Variables,
    origin: &Origin,
    homes: &Homes,
    home: &Path,
) -> Environment {
    let mut hint = String::new();
    let (source, sentence) = match origin {
        Origin::Process => (
            EnvironmentSource::App,
            "Commands use the environment that Greenlight was started with.".to_owned(),
        ),
        Origin::Reading => (
            EnvironmentSource::Reading,
            "Your login shell is being asked for your environment.".to_owned(),
        ),
        Origin::Shell { shell, took, .. } => (
            EnvironmentSource::Shell,
            format!(
                "Commands use the environment of your login shell, {}, as it was read in {}.",
                shell.display(),
                short_time(*took)
            ),
        ),
        Origin::Fallback { why } => {
            hint = "Correct the start-up files of your shell and read them again.".to_owned();
            (
                EnvironmentSource::App,
                format!(
                    "Commands use the environment that Greenlight was started with, because {why}."
                ),
            )
        }
    };
    let text = |value: &std::ffi::OsStr| value.to_string_lossy().into_owned();
    let given = homes.environment(false);
    let value = |name: &str| given.iter().find(|(known, _)| known == name);
    let seen: Vec<_> = value("PATH")
        .map(|(_, path)| std::env::split_paths(path).collect())
        .unwrap_or_default();
    let path = variables.iter().find(|(name, _)| name == "PATH");
    let path = path.map(|(_, path)| path.clone()).unwrap_or_default();
    let mut folders: Vec<std::path::PathBuf> = Vec::new();
    for folder in std::env::split_paths(&path) {
        if !folder.as_os_str().is_empty() && !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    let mut kept_back: Vec<String> = variables
        .iter()
        .filter(|(name, _)| !given.iter().any(|(known, _)| known == name))
        .map(|(name, _)| text(name))
        .collect();
    kept_back.sort();
    Environment {
        source,
        sentence,
        hint,
        path: folders
            .into_iter()
            .map(|folder| PathEntry {
                seen: seen.contains(&folder)
                    || std::fs::canonicalize(&folder).is_ok_and(|real| seen.contains(&real)),
                folder: place(&folder, home),
            })
            .collect(),
        given: given
            .iter()
            .map(|(name, value)| Variable {
                name: text(name),
                value: text(value),
            })
            .collect(),
        kept_back,
    }
}
