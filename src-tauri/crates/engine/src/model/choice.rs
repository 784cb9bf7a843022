//! Automatic choice of the model: a table of rules, from what is known of a message and its task to
//! the chosen model or its cheaper sibling.
//!
//! The rules stand in [`RULES`] in their order, and the first that holds decides. Their words are
//! those of the screen, so that what a person reads is what is done. Pure: the same facts, the same
//! decision.
//!
//! First come the rules that keep to what the sibling can do at all, then those that go up to the
//! chosen model. To go down to the sibling a message has to be plainly small. A model that is
//! changed in the middle of a task reads the whole conversation anew, which its server had kept at
//! hand for the other one, so a long conversation goes down no more.

mod read;
#[cfg(test)]
mod tests;

pub use read::Read;
pub use read::read;

/// The word that stands for the rules where the name of a model is asked for.
pub const AUTO: &str = "auto";

/// More words make no short request.
pub const SHORT: u32 = 30;
/// More words make no short request that names its files.
pub const SHORT_WITH_FILES: u32 = 60;
/// More words make a long request.
pub const LONG: u32 = 120;
/// More files or attachments make a wide request.
pub const FEW_FILES: u32 = 3;
/// More changed files make a large task.
pub const FEW_CHANGES: u32 = 8;
/// More files make a large project.
pub const LARGE_PROJECT: u32 = 2_000;
/// More tokens make a long conversation.
pub const LONG_CONVERSATION: u64 = 20_000;
/// So many turns of the sibling with a failing check after them make a failing loop.
pub const FAILING_LOOP: u32 = 2;

/// Who is to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The chosen model.
    pub model: String,
    /// Whether the rules may ask its cheaper sibling in its place.
    pub automatic: bool,
}

impl From<String> for Wanted {
    /// This model, whatever is asked.
    fn from(model: String) -> Self {
        Self {
            model,
            automatic: false,
        }
    }
}

/// One of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// The cheaper sibling.
    Small,
    /// The chosen model.
    Full,
}

/// What a rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// This one.
    Ask(Size),
    /// The one that had the last turn; the chosen model where there was none.
    Stay,
}

/// The cheaper sibling of the chosen model, as far as its provider has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sibling {
    /// There is none.
    None,
    /// The provider does not have it, or it is not known under which name.
    NotOffered {
        /// Its name.
        slug: String,
    },
    /// It can be asked.
    There {
        /// Its name.
        slug: String,
        /// Whether it reads pictures.
        pictures: bool,
        /// Tokens of a conversation for which it has room; none where the chosen model has no more.
        room: Option<u64>,
    },
}

impl Sibling {
    /// Its name, where it can be asked.
    pub fn slug(&self) -> Option<&str> {
        match self {
            Self::There { slug, .. } => Some(slug),
            Self::None | Self::NotOffered { .. } => None,
        }
    }
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Speaker {
    /// The person.
    #[default]
    Person,
    /// The person, who says only that it is to go on.
    GoesOn,
    /// A check that does not pass.
    Check,
}

/// What is known of a message and of its task when a turn begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The chosen model.
    pub model: String,
    /// Its cheaper sibling.
    pub sibling: Sibling,
    /// Who speaks.
    pub speaker: Speaker,
    /// What the text says.
    pub said: Read,
    /// What is attached to the message.
    pub attachments: u32,
    /// Pictures that would be sent: those of the message and of the conversation.
    pub pictures: u32,
    /// Tokens of the conversation so far.
    pub conversation: u64,
    /// Tokens of the conversation with this message.
    pub tokens: u64,
    /// Who had the last turn; none for the first message.
    pub last: Option<Size>,
    /// Whether the last turn ended with an error.
    pub last_failed: bool,
    /// Turns of the sibling in a row with a check that failed after them.
    pub failing: u32,
    /// Whether a check and the agent repeat until the check passes.
    pub until_green: bool,
    /// Files that the task has changed.
    pub touched: u32,
    /// Files of the project; none where that is not known or does not matter.
    pub project: Option<u32>,
}

/// A line of the table.
#[derive(Debug)]
pub struct Rule {
    /// Names it in the task's log.
    pub name: &'static str,
    /// The rule, as the screen shows it.
    pub words: &'static str,
    /// What it says.
    pub then: Then,
    holds: fn(&Facts) -> bool,
    because: fn(&Facts) -> String,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Who is asked.
    pub size: Size,
    /// The name of the rule that decided.
    pub rule: &'static str,
    /// Why, as the end of a sentence.
    pub because: String,
}

/// The first rule that holds decides; the last one always does.
pub fn decide(facts: &Facts) -> Decision {
    let rule = RULES.iter().find(|rule| (rule.holds)(facts));
    let rule = rule.unwrap_or(&OTHERWISE);
    Decision {
        size: match rule.then {
            Then::Ask(size) => size,
            Then::Stay => facts.last.unwrap_or(Size::Full),
        },
        rule: rule.name,
        because: (rule.because)(facts),
    }
}

use Size::Full;
use Size::Small;
use Then::Ask;

/// The rules in their order.
pub static RULES: &[Rule] = &[
    Rule {
        name: "no-sibling",
        words: "The chosen model has no cheaper sibling.",
        then: Ask(Full),
        holds: |facts| facts.sibling == Sibling::None,
        because: |facts| format!("{} has no cheaper sibling", facts.model),
    },
    Rule {
        name: "not-offered",
        words: "The provider does not offer the cheaper sibling under its name.",
        then: Ask(Full),
        holds: |facts| matches!(facts.sibling, Sibling::NotOffered { .. }),
        because: |facts| match &facts.sibling {
            Sibling::NotOffered { slug } => format!("the provider does not offer {slug}"),
            _ => String::new(),
        },
    },
    Rule {
        name: "pictures",
        words: "There are pictures, and the cheaper sibling reads none.",
        then: Ask(Full),
        holds: |facts| {
            let blind = matches!(&facts.sibling, Sibling::There { pictures, .. } if !pictures);
            blind && facts.pictures > 0
        },
        because: |facts| format!("there are pictures, which {} does not read", small(facts)),
    },
    Rule {
        name: "room",
        words: "The conversation is longer than the cheaper sibling has room for.",
        then: Ask(Full),
        holds: |facts| match facts.sibling {
            Sibling::There {
                room: Some(room), ..
            } => facts.tokens > room,
            _ => false,
        },
        because: |facts| format!("the conversation is too long for {}", small(facts)),
    },
    Rule {
        name: "failing",
        words: "A check has failed twice in a row after turns of the cheaper sibling.",
        then: Ask(Full),
        holds: |facts| facts.failing >= FAILING_LOOP,
        because: |facts| {
            let times = facts.failing;
            format!(
                "the check has failed after {times} turns of {} in a row",
                small(facts)
            )
        },
    },
    Rule {
        name: "failed",
        words: "The last turn ended with an error.",
        then: Ask(Full),
        holds: |facts| facts.last_failed,
        because: |_| "the last turn ended with an error".to_owned(),
    },
    Rule {
        name: "goes-on",
        words: "You say that it is to continue: the model of the last turn goes on.",
        then: Then::Stay,
        holds: |facts| facts.speaker == Speaker::GoesOn,
        because: |_| "it goes on where it was".to_owned(),
    },
    Rule {
        name: "check",
        words: "A check's failures are to be mended: the model of the last turn does it.",
        then: Then::Stay,
        holds: |facts| facts.speaker == Speaker::Check || facts.until_green,
        because: |facts| match facts.last {
            Some(_) => "it mends what it did in its last turn".to_owned(),
            None => "it mends what it did not write itself".to_owned(),
        },
    },
    Rule {
        name: "wide",
        words: "The message asks for a review, a refactoring, a rename in many places, the \
                architecture or the whole project.",
        then: Ask(Full),
        holds: |facts| facts.said.wide.is_some(),
        because: |facts| {
            let word = facts.said.wide.as_deref().unwrap_or_default();
            format!("the request says “{word}”")
        },
    },
    Rule {
        name: "long",
        words: "The message has more than 120 words.",
        then: Ask(Full),
        holds: |facts| facts.said.words > LONG,
        because: |facts| format!("the request has {} words", facts.said.words),
    },
    Rule {
        name: "many",
        words: "The message names more than three files, or has more than three attachments.",
        then: Ask(Full),
        holds: |facts| named(facts) > FEW_FILES || facts.attachments > FEW_FILES,
        because: |facts| match named(facts) {
            files if files > FEW_FILES => format!("the request names {files} files"),
            _ => format!("the request has {} attachments", facts.attachments),
        },
    },
    Rule {
        name: "touched",
        words: "The task has changed more than eight files.",
        then: Ask(Full),
        holds: |facts| facts.touched > FEW_CHANGES,
        because: |facts| format!("the task has changed {} files", facts.touched),
    },
    Rule {
        name: "cached",
        words: "The chosen model had the last turn, and the conversation has more than 20,000 \
                tokens, which another model would have to read anew.",
        then: Ask(Full),
        holds: |facts| facts.last == Some(Full) && facts.conversation > LONG_CONVERSATION,
        because: |_| "another model would have to read the long conversation anew".to_owned(),
    },
    Rule {
        name: "large-project",
        words: "The first message names no file, and the project has more than 2,000.",
        then: Ask(Full),
        holds: |facts| {
            facts.last.is_none()
                && named(facts) == 0
                && facts.project.is_some_and(|files| files > LARGE_PROJECT)
        },
        because: |_| "the request names no file and the project is large".to_owned(),
    },
    Rule {
        name: "small-with-files",
        words: "The message has at most 60 words and names one to three files.",
        then: Ask(Small),
        holds: |facts| facts.said.words <= SHORT_WITH_FILES && named(facts) > 0,
        because: |facts| match named(facts) {
            1 => "the request is short and names one file".to_owned(),
            files => format!("the request is short and names {files} files"),
        },
    },
    Rule {
        name: "small",
        words: "The message has at most 30 words.",
        then: Ask(Small),
        holds: |facts| facts.said.words <= SHORT,
        because: |_| "the request is short".to_owned(),
    },
    Rule {
        name: "stays",
        words: "The cheaper sibling had the last turn.",
        then: Ask(Small),
        holds: |facts| facts.last == Some(Small),
        because: |_| "it had the last turn and nothing asks for more".to_owned(),
    },
    OTHERWISE,
];

/// The last rule.
const OTHERWISE: Rule = Rule {
    name: "otherwise",
    words: "Anything else.",
    then: Ask(Full),
    holds: |_| true,
    because: |_| "the request is not plainly small".to_owned(),
};

fn small(facts: &Facts) -> &str {
    facts.sibling.slug().unwrap_or_default()
}

fn named(facts: &Facts) -> u32 {
    u32::try_from(facts.said.files.len()).unwrap_or(u32::MAX)
}
