//! What each model can do, as data.
//!
//! A name is looked up exactly first and then by its longest known beginning, so a dated or
//! deployment-suffixed name (`gpt-5-codex-2025-09-23`) gets the parameters of its family. A name
//! nothing is known about gets the default [`Traits`]: careful values that most servers accept. The
//! list is `catalog/models.toml`; the person adds to it and corrects it in the settings file.
//!
//! The table does not say whether a model exists or whether a key may use it. Only the provider
//! knows that, and it answers with a failure that names the model.

mod read;

use std::sync::LazyLock;

use images::Measure;
use toml_edit::Document;
use toml_edit::TableLike;

pub(crate) use self::read::Fault;
use super::price::Price;

/// Windows that a model may have, in tokens.
pub const WINDOWS: std::ops::RangeInclusive<u64> = 1_000..=100_000_000;

/// How hard a model is asked to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Barely.
    Minimal,
    /// A little.
    Low,
    /// The usual amount.
    Medium,
    /// A lot.
    High,
    /// As much as it can.
    ExtraHigh,
}

impl Effort {
    /// All of them, the least first.
    pub const ALL: [Self; 5] = [
        Self::Minimal,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::ExtraHigh,
    ];

    /// The wire's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::ExtraHigh => "xhigh",
        }
    }

    /// The effort of that name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effort| effort.as_str() == name)
    }
}

/// The shell tool a model was trained with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShellTool {
    /// `shell_command`: one script.
    ShellCommand,
    /// `shell`: a list of words.
    Shell,
    /// The hosted type `local_shell`.
    LocalShell,
}

impl ShellTool {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "shell_command" => Self::ShellCommand,
            "shell" => Self::Shell,
            "local_shell" => Self::LocalShell,
            _ => return None,
        })
    }
}

/// How a model hands over a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchTool {
    /// The custom tool `apply_patch` with its grammar.
    Custom,
    /// The function `apply_patch` with the patch as its one argument; the prompt explains the format.
    Function,
    /// Through the shell, as `apply_patch <<'EOF'`; the prompt explains the format.
    ViaShell,
}

impl PatchTool {
    /// The settings file's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Custom => "custom",
            Self::Function => "function",
            Self::ViaShell => "shell",
        }
    }

    /// The tool of that name, if there is one.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Custom, Self::Function, Self::ViaShell]
            .into_iter()
            .find(|tool| tool.as_str() == word)
    }
}

/// How wordy a model is asked to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    /// Short.
    Low,
    /// As usual.
    Medium,
    /// Long.
    High,
}

impl Verbosity {
    /// The wire's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Low, Self::Medium, Self::High]
            .into_iter()
            .find(|verbosity| verbosity.as_str() == word)
    }
}

/// How much of one tool's output a model is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputLimit {
    /// In tokens, of four bytes each.
    Tokens(usize),
    /// In bytes.
    Bytes(usize),
}

impl OutputLimit {
    /// The limit in bytes.
    pub fn bytes(self) -> usize {
        match self {
            Self::Tokens(tokens) => tokens * 4,
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// What is known about a family of models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traits {
    /// Tokens that fit into one request and its answer.
    pub window: u64,
    /// The efforts it accepts; empty when it does not reason.
    pub efforts: Vec<Effort>,
    /// The effort sent when the person chose none; `None` sends none.
    pub default_effort: Option<Effort>,
    /// The shell tool it is offered.
    pub shell: ShellTool,
    /// How it hands over patches.
    pub patch: PatchTool,
    /// Whether it may make several calls at once.
    pub parallel_tool_calls: bool,
    /// `text.verbosity`, where the model takes it.
    pub verbosity: Option<Verbosity>,
    /// How much of one tool's output it is given.
    pub output_limit: OutputLimit,
    /// Whether it reads pictures.
    pub vision: bool,
    /// How it measures them.
    pub pictures: Measure,
    /// Whether it takes `reasoning` and returns encrypted reasoning.
    pub reasoning: bool,
    /// What its tokens cost, where its provider has a list price.
    pub price: Option<Price>,
    /// The model of the same provider that does small things for less.
    pub cheaper: Option<String>,
}

impl Default for Traits {
    /// What a model is taken for when nothing is known about its name.
    fn default() -> Self {
        Self {
            window: 128_000,
            efforts: Effort::ALL.to_vec(),
            default_effort: None,
            shell: ShellTool::ShellCommand,
            // Servers of other models often know function tools only.
            patch: PatchTool::Function,
            parallel_tool_calls: false,
            verbosity: None,
            output_limit: OutputLimit::Bytes(10_000),
            vision: true,
            pictures: Measure::Patches {
                most: 2_500,
                tokens_per_hundred: 120,
            },
            reasoning: true,
            price: None,
            cheaper: None,
        }
    }
}

/// A line of the list: a name, and what is known about it and about all that begin with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name.
    pub slug: String,
    /// What it can do.
    pub traits: Traits,
}

/// A model by name, with what is known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// The name sent to the provider.
    pub slug: String,
    /// What it can do.
    pub traits: Traits,
    known: bool,
}

impl Model {
    /// Looks a name up in the built-in list; every name has an answer.
    pub fn named(slug: &str) -> Self {
        Self::of(slug, &[])
    }

    /// Looks a name up, first among the person's own entries.
    pub fn of(slug: &str, own: &[Entry]) -> Self {
        // An own entry stands for its whole family, but not for a longer name that is in the list.
        let exact = |entries: &[Entry]| {
            let same = entries.iter().find(|entry| entry.slug == slug);
            same.map(|entry| entry.traits.clone())
        };
        let found = exact(own)
            .or_else(|| exact(built_in()))
            .or_else(|| look_up(slug, own))
            .or_else(|| look_up(slug, built_in()));
        Self {
            slug: slug.to_owned(),
            known: found.is_some(),
            traits: found.unwrap_or_default(),
        }
    }

    /// Whether anything is known about its name.
    pub fn is_known(&self) -> bool {
        self.known
    }

    /// Tokens the conversation may use: 95 % of the window, the rest is the model's own.
    pub fn usable_window(&self) -> u64 {
        self.traits.window * 95 / 100
    }

    /// Tokens in use at which the conversation is summarised: 90 % of the window.
    pub fn compact_at(&self) -> u64 {
        self.traits.window * 90 / 100
    }

    /// The effort to send: the person's where the model takes it, else the model's own.
    pub fn effort(&self, chosen: Option<Effort>) -> Option<Effort> {
        chosen
            .filter(|effort| self.traits.efforts.contains(effort))
            .or(self.traits.default_effort)
    }
}

/// The names in the list, those that fit best first.
pub fn known() -> impl Iterator<Item = &'static str> {
    built_in().iter().map(|entry| entry.slug.as_str())
}

/// The person's own entries, from a table of the settings file, and what of it is not understood.
pub(crate) fn own_entries(table: &dyn TableLike) -> (Vec<Entry>, Vec<Fault>) {
    read::entries(table, built_in())
}

/// What is known of a name, or of the longest beginning of it that is known.
fn look_up(slug: &str, entries: &[Entry]) -> Option<Traits> {
    entries
        .iter()
        .filter(|entry| slug == entry.slug || continues(slug, &entry.slug))
        .max_by_key(|entry| entry.slug.len())
        .map(|entry| entry.traits.clone())
}

// A longer name belongs to a family only at a word boundary: `gpt-50` is no `gpt-5`.
fn continues(slug: &str, name: &str) -> bool {
    slug.strip_prefix(name)
        .is_some_and(|rest| rest.starts_with(['-', '.', '@', ':', '_']))
}

/// The built-in list.
fn built_in() -> &'static [Entry] {
    static LIST: LazyLock<Vec<Entry>> = LazyLock::new(|| built_in_list().0);
    &LIST
}

fn built_in_list() -> (Vec<Entry>, Vec<Fault>) {
    // That it can be read, and all of it, is tested below.
    let document = Document::parse(include_str!("catalog/models.toml"));
    document.map_or_else(
        |_| (Vec::new(), Vec::new()),
        |document| read::entries(document.as_table(), &[]),
    )
}

#[cfg(test)]
mod tests {
    use super::Effort::ExtraHigh;
    use super::Effort::High;
    use super::Effort::Low;
    use super::Effort::Medium;
    use super::*;

    #[test]
    fn the_built_in_list_is_understood_to_its_last_word() {
        let (entries, faults) = built_in_list();
        assert_eq!(faults, []);
        assert_eq!(entries.len(), 17);
    }

    fn own(text: &str) -> (Vec<Entry>, Vec<String>) {
        let document = Document::parse(text).unwrap();
        let (entries, faults) = own_entries(document.as_table());
        (
            entries,
            faults.into_iter().map(|fault| fault.what).collect(),
        )
    }

    #[test]
    fn an_entry_of_ones_own_goes_before_and_takes_over_the_rest() {
        let (entries, faults) = own("[gpt-5-codex]\nwindow = 400_000\n\
             [qwen]\nlike = \"gpt-5.1\"\npatch = \"function\"\nprice = { input = 0.1, output = 1 }\n\
             [qwen-small]\nlike = \"qwen\"\npictures = false\n");
        assert_eq!(faults, Vec::<String>::new());
        let codex = Model::of("gpt-5-codex-2025", &entries);
        assert_eq!(codex.traits.window, 400_000);
        assert_eq!(codex.traits.patch, PatchTool::Custom);
        let mini = Model::of("gpt-5-codex-mini", &entries);
        assert_eq!(mini.traits, Model::named("gpt-5-codex-mini").traits);
        let small = Model::of("qwen-small", &entries).traits;
        assert_eq!(small.patch, PatchTool::Function);
        assert_eq!(small.verbosity, Some(Verbosity::Low));
        assert!(!small.vision);
        assert_eq!(small.price.unwrap().cached, 100_000);
    }

    #[test]
    fn what_is_not_understood_is_said_once_and_the_rest_is_used() {
        let (entries, faults) = own(
            "[a]\nwindow = 5\nefforts = [\"most\"]\nprice = { input = -1, output = 1 }\nspeed = 1\n\
             pictures = { tiles = 1 }\nparallel_calls = true\n\
             [b]\nlike = \"a\"\n[c]\nlike = \"d\"\n[d]\nlike = \"c\"\n[e]\nlike = \"nothing\"\n",
        );
        let said = |part: &str| faults.iter().filter(|fault| fault.contains(part)).count();
        for part in [
            "`window`",
            "`efforts`",
            "`price`",
            "`speed`",
            "`pictures`",
            "names no model",
        ] {
            assert_eq!(said(part), 1, "{part} in {faults:?}");
        }
        assert_eq!(entries.len(), 5);
        assert!(entries[1].traits.parallel_tool_calls);
        assert_eq!(entries[1].traits.window, Traits::default().window);
    }

    #[test]
    fn each_model_has_the_parameters_it_was_trained_with() {
        let check = |slug: &str, shell, patch, parallel, verbosity, limit| {
            let model = Model::named(slug);
            assert_eq!(model.traits.shell, shell, "{slug}");
            assert_eq!(model.traits.patch, patch, "{slug}");
            assert_eq!(model.traits.parallel_tool_calls, parallel, "{slug}");
            assert_eq!(
                model.traits.verbosity.map(Verbosity::as_str),
                verbosity,
                "{slug}"
            );
            assert_eq!(model.traits.output_limit.bytes(), limit, "{slug}");
        };
        use PatchTool::{Custom, Function, ViaShell};
        use ShellTool::{LocalShell, Shell, ShellCommand};
        check("gpt-5-codex", ShellCommand, Custom, false, None, 40_000);
        check(
            "gpt-5-codex-mini",
            ShellCommand,
            Custom,
            false,
            None,
            40_000,
        );
        check("gpt-5.1-codex", ShellCommand, Custom, false, None, 40_000);
        check(
            "gpt-5.1-codex-max",
            ShellCommand,
            Custom,
            false,
            None,
            40_000,
        );
        check("gpt-5.2-codex", ShellCommand, Custom, true, None, 40_000);
        check("gpt-5", Shell, ViaShell, false, None, 10_000);
        check("gpt-5.1", ShellCommand, Custom, true, Some("low"), 10_000);
        check("gpt-5.2", ShellCommand, Custom, true, Some("low"), 10_000);
        check(
            "codex-mini-latest",
            LocalShell,
            ViaShell,
            false,
            None,
            10_000,
        );
        check("o3", Shell, ViaShell, false, None, 10_000);
        check("o4-mini", Shell, ViaShell, false, None, 10_000);
        check(
            "some-local-model",
            ShellCommand,
            Function,
            false,
            None,
            10_000,
        );
    }

    #[test]
    fn longer_names_belong_to_their_family_only_at_a_word_boundary() {
        assert_eq!(
            Model::named("gpt-5-codex-2025-09-23").traits,
            Model::named("gpt-5-codex").traits
        );
        assert_eq!(
            Model::named("gpt-5.1-codex-mini-x").traits,
            Model::named("gpt-5.1-codex-mini").traits
        );
        for other in ["gpt-50", ""] {
            assert!(!Model::named(other).is_known(), "{other}");
            assert_eq!(Model::named(other).traits, Traits::default());
        }
    }

    #[test]
    fn the_cheaper_model_is_known_costs_less_and_is_the_end_of_the_way() {
        let price = |slug: &str| Model::named(slug).traits.price.unwrap();
        for Entry { slug, traits } in built_in() {
            let Some(cheaper) = &traits.cheaper else {
                continue;
            };
            assert!(known().any(|name| name == cheaper), "{cheaper}");
            assert!(price(cheaper).input < price(slug).input, "{slug}");
            assert!(price(cheaper).output < price(slug).output, "{slug}");
            assert_eq!(Model::named(cheaper).traits.cheaper, None, "{cheaper}");
        }
    }

    #[test]
    fn windows_and_thresholds_follow_the_table() {
        let model = Model::named("gpt-5-codex");
        assert_eq!(
            (model.usable_window(), model.compact_at()),
            (258_400, 244_800)
        );
        assert_eq!(Model::named("codex-mini-latest").traits.window, 200_000);
    }

    #[test]
    fn an_effort_the_model_does_not_take_gives_way_to_its_own() {
        let mini = Model::named("gpt-5-codex-mini");
        assert_eq!(mini.effort(Some(Low)), Some(Medium));
        assert_eq!(mini.effort(Some(High)), Some(High));
        assert_eq!(Model::named("gpt-4o").effort(Some(High)), None);
        assert_eq!(Effort::parse("xhigh"), Some(ExtraHigh));
        assert_eq!(Effort::parse("most"), None);
    }
}
