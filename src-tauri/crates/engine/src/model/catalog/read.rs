//! Reads what is said of models: the built-in list, and the person's own in the settings file.

use std::ops::Range;

use images::Measure;
use toml_edit::Item;
use toml_edit::TableLike;

use super::Effort;
use super::Entry;
use super::OutputLimit;
use super::PatchTool;
use super::ShellTool;
use super::Traits;
use super::Verbosity;
use super::WINDOWS;
use super::look_up;
use crate::model::price::Price;

/// Something that is not understood: where it stands, what is wrong, what is used instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) at: Option<Range<usize>>,
    pub(crate) what: String,
    pub(crate) instead: &'static str,
}

/// Names after which `like` is taken to go round in circles.
const DEEPEST: usize = 8;

/// The entries of a table, in its order. `known` are those that they may be like.
pub(crate) fn entries(table: &dyn TableLike, known: &[Entry]) -> (Vec<Entry>, Vec<Fault>) {
    let mut faults = Vec::new();
    let mut entries = Vec::new();
    for (slug, item) in table.iter() {
        if item.as_table_like().is_none() {
            faults.push(Fault {
                at: item.span(),
                what: format!("`{slug}` is no table"),
                instead: "it is left out",
            });
            continue;
        }
        let mut reader = Reader {
            table,
            known,
            faults: Vec::new(),
        };
        let traits = reader.traits(slug, 0);
        faults.append(&mut reader.faults);
        entries.push(Entry {
            slug: slug.to_owned(),
            traits,
        });
    }
    (entries, faults)
}

struct Reader<'a> {
    table: &'a dyn TableLike,
    known: &'a [Entry],
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn traits(&mut self, slug: &str, depth: usize) -> Traits {
        let Some(fields) = self.table.get(slug).and_then(Item::as_table_like) else {
            return look_up(slug, self.known).unwrap_or_default();
        };
        // A fault is told where it stands, and not again by all that are like it.
        let told = self.faults.len();
        let mut traits = match fields.get("like").map(|like| (like, like.as_str())) {
            None => look_up(slug, self.known).unwrap_or_default(),
            Some((like, Some(other))) if depth >= DEEPEST || other == slug => {
                self.fault(like, "`like` goes round in circles", "it is ignored");
                Traits::default()
            }
            Some((_, Some(other))) if self.table.contains_key(other) => {
                self.traits(other, depth + 1)
            }
            Some((like, other)) => {
                let found = other.and_then(|other| look_up(other, self.known));
                if found.is_none() {
                    self.fault(like, "`like` names no model that is known", "it is ignored");
                }
                found.unwrap_or_default()
            }
        };
        for (name, item) in fields.iter() {
            if name != "like" {
                self.field(&mut traits, name, item);
            }
        }
        if traits
            .default_effort
            .is_some_and(|effort| !traits.efforts.contains(&effort))
        {
            traits.default_effort = None;
        }
        if depth > 0 {
            self.faults.truncate(told);
        }
        traits
    }

    fn field(&mut self, traits: &mut Traits, name: &str, item: &Item) {
        let understood = match name {
            "window" => item
                .as_integer()
                .and_then(|tokens| u64::try_from(tokens).ok())
                .filter(|tokens| WINDOWS.contains(tokens))
                .set(&mut traits.window),
            "efforts" => efforts(item).set(&mut traits.efforts),
            "effort" => word_or_false(item, Effort::parse).set(&mut traits.default_effort),
            "shell" => word(item, ShellTool::parse).set(&mut traits.shell),
            "patch" => word(item, PatchTool::parse).set(&mut traits.patch),
            "parallel_calls" => item.as_bool().set(&mut traits.parallel_tool_calls),
            "verbosity" => word_or_false(item, Verbosity::parse).set(&mut traits.verbosity),
            "output" => output(item).set(&mut traits.output_limit),
            "pictures" => match item.as_bool() {
                Some(vision) => Some(vision).set(&mut traits.vision),
                None => {
                    let understood = measure(item).set(&mut traits.pictures);
                    traits.vision |= understood;
                    understood
                }
            },
            "reasoning" => item.as_bool().set(&mut traits.reasoning),
            "price" => match item.as_bool() {
                Some(false) => Some(None).set(&mut traits.price),
                _ => price(item).map(Some).set(&mut traits.price),
            },
            "cheaper" => word_or_false(item, |slug| (!slug.is_empty()).then(|| slug.to_owned()))
                .set(&mut traits.cheaper),
            _ => {
                let shown: String = name.chars().take(20).collect();
                return self.fault(
                    item,
                    &format!("`{shown}` is nothing that is known of models"),
                    "it is ignored",
                );
            }
        };
        if !understood {
            let what = format!("`{name}` is not {}", wanted(name));
            self.fault(item, &what, "what is known of the model is used");
        }
    }

    fn fault(&mut self, item: &Item, what: &str, instead: &'static str) {
        self.faults.push(Fault {
            at: item.span(),
            what: what.to_owned(),
            instead,
        });
    }
}

/// Puts what was understood in its place.
trait Set<T> {
    /// Whether there was something.
    fn set(self, place: &mut T) -> bool;
}

impl<T> Set<T> for Option<T> {
    fn set(self, place: &mut T) -> bool {
        match self {
            Some(value) => {
                *place = value;
                true
            }
            None => false,
        }
    }
}

fn wanted(name: &str) -> &'static str {
    match name {
        "window" => "a number of tokens from 1000 to 100000000",
        "efforts" => "a list of minimal, low, medium, high and xhigh",
        "effort" => "one of minimal, low, medium, high and xhigh, or false",
        "shell" => "one of shell_command, shell and local_shell",
        "patch" => "one of custom, function and shell",
        "verbosity" => "one of low, medium and high, or false",
        "output" => "a table with tokens or bytes",
        "pictures" => "true, false, or a table with patches and percent or with tiles and base",
        "price" => {
            "a table with input, cached and output in dollars for a million tokens, or false"
        }
        "cheaper" => "the name of a model, or false",
        _ => "true or false",
    }
}

fn word<T>(item: &Item, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
    item.as_str().and_then(parse)
}

fn word_or_false<T>(item: &Item, parse: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    match item.as_bool() {
        Some(false) => Some(None),
        _ => word(item, parse).map(Some),
    }
}

fn efforts(item: &Item) -> Option<Vec<Effort>> {
    let words = item.as_array()?.iter();
    words.map(|word| Effort::parse(word.as_str()?)).collect()
}

fn output(item: &Item) -> Option<OutputLimit> {
    let fields = item.as_table_like()?;
    let number = |name: &str| {
        let number = fields.get(name)?.as_integer()?;
        usize::try_from(number).ok().filter(|&n| n >= 1_000)
    };
    number("tokens")
        .map(OutputLimit::Tokens)
        .or_else(|| number("bytes").map(OutputLimit::Bytes))
}

fn measure(item: &Item) -> Option<Measure> {
    let fields = item.as_table_like()?;
    let number = |name: &str| {
        let number = fields.get(name)?.as_integer()?;
        u32::try_from(number).ok().filter(|&n| n > 0)
    };
    match (number("patches"), number("tiles")) {
        (Some(most), None) => Some(Measure::Patches {
            most,
            tokens_per_hundred: number("percent")?,
        }),
        (None, Some(tile)) => Some(Measure::Tiles {
            base: number("base")?,
            tile,
        }),
        _ => None,
    }
}

fn price(item: &Item) -> Option<Price> {
    let fields = item.as_table_like()?;
    let dollars = |name: &str| {
        let item = fields.get(name)?;
        let integer = item.as_integer().map(|whole| whole as f64);
        let number = item.as_float().or(integer)?;
        (0.0..=10_000.0)
            .contains(&number)
            .then(|| (number * 1e6).round() as u64)
    };
    let input = dollars("input")?;
    Some(Price {
        input,
        cached: match fields.get("cached") {
            Some(_) => dollars("cached")?,
            None => input,
        },
        output: dollars("output")?,
    })
}
