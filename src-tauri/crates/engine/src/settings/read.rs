//! Reads the text of a settings file. Pure: the same text, the same settings and problems.
//!
//! No value is repeated in a problem unless it is one of a few words: people paste keys into the
//! wrong line.

use std::ops::Range;
use std::path::PathBuf;

use toml_edit::Document;
use toml_edit::Item;
use toml_edit::TableLike;

use super::Kind;
use super::Problem;
use super::ProviderSettings;
use super::Settings;
use crate::model::WireChoice;
use crate::model::catalog;
use crate::model::catalog::Effort;
use crate::model::catalog::Entry;
use crate::model::choice::AUTO;
use crate::model::tier::Tier;

const NO_OWN_PROXY: &str = "the proxy of this computer is used";

/// What `text` says.
pub(super) fn settings(text: &str) -> Settings {
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let first = error.message().lines().next().unwrap_or("it is no TOML");
            return Settings {
                problems: vec![Problem {
                    line: error.span().map(|span| line_of(text, &span)),
                    what: format!("the file cannot be read from here on ({first})"),
                    instead: "nothing of it is used, and Greenlight goes on with its defaults"
                        .to_owned(),
                }],
                ..Settings::default()
            };
        }
    };
    let mut reader = Reader {
        text,
        problems: Vec::new(),
    };
    let mut settings = Settings::default();
    for (name, item) in document.as_table().iter() {
        let key = document.as_table().key(name);
        let line = reader.line(key.and_then(toml_edit::Key::span), item);
        match name {
            "budget" => match item.as_table_like() {
                Some(table) => settings.budget = reader.budget(table),
                None => reader.problem(line, "`budget` is no table", "nothing is held to a budget"),
            },
            "provider" => {
                settings.provider = reader.text(item, line, name, "the default provider is used");
            }
            "answer_cache" => match item.as_bool() {
                Some(on) => settings.answer_cache = Some(on),
                None => reader.problem(
                    line,
                    "`answer_cache` is neither true nor false",
                    "the same question may be answered from an earlier answer",
                ),
            },
            "providers" => match item.as_table_like() {
                Some(table) => settings.providers = reader.providers(table),
                None => reader.problem(line, "`providers` is no table", "there are none in it"),
            },
            "models" => match item.as_table_like() {
                Some(table) => settings.models = reader.models(table),
                None => reader.problem(line, "`models` is no table", "there are none in it"),
            },
            "ca_file" => settings.ca_file = reader.path(item, line, name),
            "proxy" => settings.proxy = reader.text(item, line, name, NO_OWN_PROXY),
            _ => reader.unknown(line, name),
        }
    }
    let chosen = settings.provider.clone();
    settings.problems = reader.problems;
    if let Some(chosen) = chosen
        && !super::is_reserved(&chosen)
        && settings.provider(&chosen).is_none()
    {
        let line = document
            .as_table()
            .get("provider")
            .and_then(Item::span)
            .map(|span| line_of(text, &span));
        settings.problems.push(Problem {
            line,
            what: "`provider` names none of the providers below".to_owned(),
            instead: "the default provider is used".to_owned(),
        });
        settings.provider = None;
    }
    settings
}

pub(super) struct Reader<'a> {
    text: &'a str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn providers(&mut self, table: &dyn TableLike) -> Vec<ProviderSettings> {
        let mut all = Vec::new();
        for (id, item) in table.iter() {
            let line = self.line(table.key(id).and_then(toml_edit::Key::span), item);
            match item.as_table_like() {
                Some(fields) => all.push(self.provider(id, fields)),
                None => self.problem(line, &format!("`{id}` is no table"), "it is left out"),
            }
        }
        all
    }

    fn provider(&mut self, id: &str, fields: &dyn TableLike) -> ProviderSettings {
        let mut provider = ProviderSettings {
            id: id.to_owned(),
            ..ProviderSettings::default()
        };
        for (name, item) in fields.iter() {
            let line = self.line(fields.key(name).and_then(toml_edit::Key::span), item);
            match name {
                "name" => provider.name = self.text(item, line, name, "its id is shown"),
                "base_url" => {
                    let instead = "this provider cannot be used";
                    provider.base_url = self.text(item, line, name, instead);
                }
                "kind" => match item.as_str().and_then(Kind::parse) {
                    Some(kind) => provider.kind = kind,
                    None => self.problem(
                        line,
                        "`kind` is none of gateway, azure, openai, ollama, lmstudio, llamacpp, vllm \
                         and custom",
                        "custom is used",
                    ),
                },
                "wire" => match item.as_str().and_then(WireChoice::parse) {
                    Some(wire) => provider.wire = wire,
                    None => self.problem(
                        line,
                        "`wire` is none of auto, responses and chat",
                        "auto is used",
                    ),
                },
                "key" => match item.as_str() {
                    Some("keychain") => provider.key_saved = true,
                    _ => self.problem(
                        line,
                        "`key` may only say \"keychain\", because keys are never kept in this file",
                        "enter the key in Settings and delete that line",
                    ),
                },
                "model" => {
                    let instead = "the default model is used";
                    let model = self.text(item, line, name, instead);
                    // The word of the command line; of which model, is not said.
                    let automatic = model.as_deref() == Some(AUTO);
                    provider.automatic |= automatic;
                    provider.model = model.filter(|_| !automatic);
                }
                "automatic" => match item.as_bool() {
                    Some(on) => provider.automatic |= on,
                    None => self.problem(
                        line,
                        "`automatic` is neither true nor false",
                        "the model answers whatever is asked",
                    ),
                },
                "effort" => {
                    provider.effort = item.as_str().and_then(Effort::parse);
                    if provider.effort.is_none() {
                        self.problem(
                            line,
                            "`effort` is none of minimal, low, medium, high and xhigh",
                            "the model's own effort is used",
                        );
                    }
                }
                "ca_file" => provider.ca_file = self.path(item, line, name),
                "proxy" => provider.proxy = self.text(item, line, name, NO_OWN_PROXY),
                "service_tier" => {
                    provider.service_tier = item.as_str().and_then(Tier::parse);
                    if provider.service_tier.is_none() {
                        self.problem(
                            line,
                            "`service_tier` is none of auto, default, flex and priority",
                            "no tier is asked for",
                        );
                    }
                }
                _ => self.unknown(line, name),
            }
        }
        provider
    }

    fn models(&mut self, table: &dyn TableLike) -> Vec<Entry> {
        let (entries, faults) = catalog::own_entries(table);
        for fault in faults {
            let line = fault.at.map(|span| line_of(self.text, &span));
            self.problem(line, &fault.what, fault.instead);
        }
        entries
    }

    /// A whole path: a relative one would lead somewhere else with each start.
    fn path(&mut self, item: &Item, line: Option<usize>, name: &str) -> Option<PathBuf> {
        let instead = "only the certificates that this computer trusts are used";
        let path = PathBuf::from(self.text(item, line, name, instead)?);
        if !path.is_absolute() {
            self.problem(line, &format!("`{name}` is no path from the root"), instead);
            return None;
        }
        Some(path)
    }

    /// A text that is not empty.
    fn text(
        &mut self,
        item: &Item,
        line: Option<usize>,
        name: &str,
        instead: &str,
    ) -> Option<String> {
        let text = item.as_str().map(str::trim).filter(|text| !text.is_empty());
        if text.is_none() {
            self.problem(line, &format!("`{name}` is no text in quotes"), instead);
        }
        text.map(str::to_owned)
    }

    pub(super) fn unknown(&mut self, line: Option<usize>, name: &str) {
        let what = format!("`{}` is no setting", short(name));
        self.problem(line, &what, "it is ignored");
    }

    pub(super) fn problem(&mut self, line: Option<usize>, what: &str, instead: &str) {
        self.problems.push(Problem {
            line,
            what: what.to_owned(),
            instead: instead.to_owned(),
        });
    }

    pub(super) fn line(&self, key: Option<Range<usize>>, item: &Item) -> Option<usize> {
        key.or_else(|| item.span())
            .map(|span| line_of(self.text, &span))
    }
}

/// The beginning of a name; a key pasted in its place is not repeated.
fn short(name: &str) -> String {
    const LONGEST: usize = 20;
    match name.char_indices().nth(LONGEST) {
        Some(_) => format!("{}…", name.chars().take(8).collect::<String>()),
        None => name.to_owned(),
    }
}

fn line_of(text: &str, span: &Range<usize>) -> usize {
    let start = span.start.min(text.len());
    text.as_bytes()[..start]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        + 1
}
