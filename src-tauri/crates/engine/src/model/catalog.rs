//! What each model can do, as data.
//!
//! A name is looked up exactly first and then by its longest known beginning, so a dated or
//! deployment-suffixed name (`gpt-5-codex-2025-09-23`) gets the parameters of its family. A name
//! nothing is known about gets [`UNKNOWN`]: careful values that most servers accept.
//!
//! The table does not say whether a model exists or whether a key may use it. Only the provider
//! knows that, and it answers with a failure that names the model.

use images::Measure;

use super::price::Price;

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
        [
            Self::Minimal,
            Self::Low,
            Self::Medium,
            Self::High,
            Self::ExtraHigh,
        ]
        .into_iter()
        .find(|effort| effort.as_str() == name)
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traits {
    /// Tokens that fit into one request and its answer.
    pub window: u64,
    /// The efforts it accepts; empty when it does not reason.
    pub efforts: &'static [Effort],
    /// The effort sent when the person chose none; `None` sends none.
    pub default_effort: Option<Effort>,
    /// The shell tool it is offered.
    pub shell: ShellTool,
    /// How it hands over patches.
    pub patch: PatchTool,
    /// Whether it may make several calls at once.
    pub parallel_tool_calls: bool,
    /// `text.verbosity`, where the model takes it.
    pub verbosity: Option<&'static str>,
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
    pub cheaper: Option<&'static str>,
}

/// A model by name, with what is known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// The name sent to the provider.
    pub slug: String,
    /// What it can do.
    pub traits: Traits,
}

impl Model {
    /// Looks a name up; every name has an answer.
    pub fn named(slug: &str) -> Self {
        let traits = TABLE
            .iter()
            .filter(|(name, _)| slug == *name || continues(slug, name))
            .max_by_key(|(name, _)| name.len())
            .map_or(UNKNOWN, |(_, traits)| *traits);
        Self {
            slug: slug.to_owned(),
            traits,
        }
    }

    /// Whether anything is known about its name.
    pub fn is_known(&self) -> bool {
        self.traits != UNKNOWN
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

/// The names in the table, newest and most fitting first.
pub fn known() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, _)| *name)
}

// A longer name belongs to a family only at a word boundary: `gpt-50` is no `gpt-5`.
fn continues(slug: &str, name: &str) -> bool {
    slug.strip_prefix(name)
        .is_some_and(|rest| rest.starts_with(['-', '.', '@', ':', '_']))
}

use Effort::ExtraHigh;
use Effort::High;
use Effort::Low;
use Effort::Medium;
use Effort::Minimal;

const PATCHES: Measure = Measure::Patches {
    most: 2_500,
    tokens_per_hundred: 120,
};

const FEWER_PATCHES: Measure = Measure::Patches {
    most: 1_536,
    tokens_per_hundred: 120,
};

const MINI_PATCHES: Measure = Measure::Patches {
    most: 1_536,
    tokens_per_hundred: 172,
};

const fn dollars(input: u64, cached: u64, output: u64) -> Option<Price> {
    Some(Price {
        input: input * 1_000,
        cached: cached * 1_000,
        output: output * 1_000,
    })
}

const FULL_PRICE: Option<Price> = dollars(1_250, 125, 10_000);
const MINI_PRICE: Option<Price> = dollars(250, 25, 2_000);

const CODEX: Traits = Traits {
    window: 272_000,
    efforts: &[Low, Medium, High],
    default_effort: Some(Medium),
    shell: ShellTool::ShellCommand,
    patch: PatchTool::Custom,
    parallel_tool_calls: false,
    verbosity: None,
    output_limit: OutputLimit::Tokens(10_000),
    vision: true,
    pictures: Measure::Tiles {
        base: 70,
        tile: 140,
    },
    reasoning: true,
    price: FULL_PRICE,
    cheaper: Some("gpt-5-codex-mini"),
};

const GPT: Traits = Traits {
    cheaper: Some("gpt-5-mini"),
    verbosity: Some("low"),
    parallel_tool_calls: true,
    output_limit: OutputLimit::Bytes(10_000),
    ..CODEX
};

const O_SERIES: Traits = Traits {
    price: dollars(2_000, 500, 8_000),
    cheaper: Some("o4-mini"),
    window: 200_000,
    pictures: Measure::Tiles {
        base: 75,
        tile: 150,
    },
    shell: ShellTool::Shell,
    patch: PatchTool::ViaShell,
    output_limit: OutputLimit::Bytes(10_000),
    ..CODEX
};

const PLAIN: Traits = Traits {
    cheaper: None,
    pictures: Measure::Tiles {
        base: 85,
        tile: 170,
    },
    efforts: &[],
    default_effort: None,
    reasoning: false,
    patch: PatchTool::ViaShell,
    output_limit: OutputLimit::Bytes(10_000),
    ..CODEX
};

/// What a model is taken for when nothing is known about its name.
pub const UNKNOWN: Traits = Traits {
    price: None,
    cheaper: None,
    window: 128_000,
    efforts: &[Minimal, Low, Medium, High, ExtraHigh],
    default_effort: None,
    pictures: PATCHES,
    // Servers of other models often know function tools only.
    patch: PatchTool::Function,
    output_limit: OutputLimit::Bytes(10_000),
    ..CODEX
};

const TABLE: &[(&str, Traits)] = &[
    (
        "gpt-5.2-codex",
        Traits {
            price: dollars(1_750, 175, 14_000),
            cheaper: Some("gpt-5.1-codex-mini"),
            pictures: PATCHES,
            efforts: &[Low, Medium, High, ExtraHigh],
            parallel_tool_calls: true,
            ..CODEX
        },
    ),
    (
        "gpt-5.1-codex-max",
        Traits {
            cheaper: Some("gpt-5.1-codex-mini"),
            efforts: &[Low, Medium, High, ExtraHigh],
            ..CODEX
        },
    ),
    (
        "gpt-5.1-codex-mini",
        Traits {
            price: MINI_PRICE,
            cheaper: None,
            pictures: FEWER_PATCHES,
            efforts: &[Medium, High],
            ..CODEX
        },
    ),
    (
        "gpt-5.1-codex",
        Traits {
            cheaper: Some("gpt-5.1-codex-mini"),
            ..CODEX
        },
    ),
    (
        "gpt-5-codex-mini",
        Traits {
            price: MINI_PRICE,
            cheaper: None,
            pictures: FEWER_PATCHES,
            efforts: &[Medium, High],
            ..CODEX
        },
    ),
    ("gpt-5-codex", CODEX),
    (
        "gpt-5.2",
        Traits {
            price: dollars(1_750, 175, 14_000),
            pictures: PATCHES,
            efforts: &[Low, Medium, High, ExtraHigh],
            ..GPT
        },
    ),
    ("gpt-5.1", GPT),
    (
        "gpt-5-mini",
        Traits {
            price: MINI_PRICE,
            cheaper: None,
            efforts: &[Minimal, Low, Medium, High],
            shell: ShellTool::Shell,
            patch: PatchTool::ViaShell,
            parallel_tool_calls: false,
            verbosity: None,
            pictures: FEWER_PATCHES,
            ..GPT
        },
    ),
    (
        "gpt-5",
        Traits {
            efforts: &[Minimal, Low, Medium, High],
            shell: ShellTool::Shell,
            patch: PatchTool::ViaShell,
            parallel_tool_calls: false,
            verbosity: None,
            ..GPT
        },
    ),
    (
        "codex-mini-latest",
        Traits {
            price: dollars(1_500, 375, 6_000),
            cheaper: None,
            pictures: MINI_PATCHES,
            shell: ShellTool::LocalShell,
            ..O_SERIES
        },
    ),
    (
        "o3-mini",
        Traits {
            price: dollars(1_100, 550, 4_400),
            cheaper: None,
            vision: false,
            ..O_SERIES
        },
    ),
    ("o3", O_SERIES),
    (
        "o4-mini",
        Traits {
            price: dollars(1_100, 275, 4_400),
            cheaper: None,
            pictures: MINI_PATCHES,
            ..O_SERIES
        },
    ),
    (
        "gpt-4.1",
        Traits {
            price: dollars(2_000, 500, 8_000),
            window: 1_000_000,
            ..PLAIN
        },
    ),
    (
        "gpt-4o",
        Traits {
            price: dollars(2_500, 1_250, 10_000),
            window: 128_000,
            ..PLAIN
        },
    ),
    (
        "gpt-3.5-turbo",
        Traits {
            price: dollars(500, 500, 1_500),
            window: 16_385,
            vision: false,
            ..PLAIN
        },
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_model_has_the_parameters_it_was_trained_with() {
        let check = |slug: &str, shell, patch, parallel, verbosity, limit| {
            let model = Model::named(slug);
            assert_eq!(model.traits.shell, shell, "{slug}");
            assert_eq!(model.traits.patch, patch, "{slug}");
            assert_eq!(model.traits.parallel_tool_calls, parallel, "{slug}");
            assert_eq!(model.traits.verbosity, verbosity, "{slug}");
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
        assert_eq!(Model::named("gpt-50").traits, UNKNOWN);
        assert_eq!(Model::named("").traits, UNKNOWN);
    }

    #[test]
    fn the_cheaper_model_is_known_costs_less_and_is_the_end_of_the_way() {
        let price = |slug: &str| Model::named(slug).traits.price.unwrap();
        for (slug, traits) in TABLE {
            let Some(cheaper) = traits.cheaper else {
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
