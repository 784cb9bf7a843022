//! "Until green": check, agent, check, up to a limit; as a machine without side effects.
//!
//! [`UntilGreen::step`] takes what happened and answers with what to do. A round is one turn of the
//! agent. After each check but the first it is asked whether the last round got anywhere:
//!
//! - nothing changed in the private copy and the same tests fail: it ends;
//! - for the second round in a row no fewer tests fail than in the best check so far: it ends.
//!
//! A run that fails without counting tests (it does not build, say) is worse than any count.
//!
//! | state | check is green | check failed | check cannot be mended | turn done | turn not done | Stop |
//! | --- | --- | --- | --- | --- | --- | --- |
//! | checking | ended | agent, or ended | ended | | | ended |
//! | agent | | | | checking | ended | ended |

use serde::Deserialize;
use serde::Serialize;

use super::Check;
use super::run::Run;
use super::verdict::Verdict;

/// Rounds, when the person does not say.
pub const STANDARD_ROUNDS: u32 = 5;

/// Rounds at most.
pub const MOST_ROUNDS: u32 = 20;

/// What the rule says on screen.
pub const RULE: &str = "It ends when the check passes, when the agent changed nothing and the same \
                        tests fail, or when two rounds in a row left no fewer failures.";

/// How far it is, as the task's log keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rounds {
    /// Which check.
    pub check: Check,
    /// The round under way or the last one, from 1; 0 before the first.
    pub round: u32,
    /// Rounds at most.
    pub limit: u32,
    /// How it ended; `None` while it is under way.
    pub ending: Option<Ending>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A check has ended.
    Checked(Box<Run>),
    /// The agent had its last word.
    TurnDone,
    /// The turn was stopped or failed.
    TurnNotDone,
    /// The person sent a message of their own, which goes first.
    PersonSpoke,
    /// The next step was refused: why, as a sentence.
    Refused(String),
    /// The person pressed Stop.
    Stop,
    /// The app closes.
    Closing,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Run the check.
    Check,
    /// Send the failures to the agent.
    Send,
    /// It is over.
    End(Ending),
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Ending {
    /// The check passes.
    Green,
    /// The agent changed nothing and the same tests fail.
    NothingChanged,
    /// Two rounds in a row left as many failures.
    NotFewer,
    /// All rounds are used up.
    Limit,
    /// The check failed in a way that the agent cannot mend.
    CannotMend,
    /// A turn of the agent was stopped or failed.
    TurnEnded,
    /// The person sent a message of their own.
    PersonSpoke,
    /// A step was refused.
    Refused {
        /// Why, as a sentence.
        why: String,
    },
    /// The person stopped it.
    Stopped,
    /// The app was closed in the middle.
    Interrupted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Checking,
    Agent,
    Ended,
}

/// The machine; see the module.
#[derive(Debug, Clone)]
pub struct UntilGreen {
    limit: u32,
    round: u32,
    state: State,
    last: Option<Box<Run>>,
    fewest: u32,
    without_progress: u32,
}

impl UntilGreen {
    /// Begins, with what to do first. `limit` is taken into 1 to [`MOST_ROUNDS`].
    pub fn begin(limit: u32) -> (Self, Effect) {
        let machine = Self {
            limit: limit.clamp(1, MOST_ROUNDS),
            round: 0,
            state: State::Checking,
            last: None,
            fewest: u32::MAX,
            without_progress: 0,
        };
        (machine, Effect::Check)
    }

    /// The round under way, from 1; 0 while the first check runs.
    pub fn round(&self) -> u32 {
        self.round
    }

    /// Rounds at most.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// Takes what happened; what came too late does nothing.
    pub fn step(&mut self, event: Event) -> Option<Effect> {
        match (self.state, event) {
            (State::Ended, _) => None,
            (_, Event::Stop) => self.end(Ending::Stopped),
            (_, Event::Closing) => self.end(Ending::Interrupted),
            (_, Event::Refused(why)) => self.end(Ending::Refused { why }),
            (_, Event::PersonSpoke) => self.end(Ending::PersonSpoke),
            (State::Checking, Event::Checked(checked)) => self.checked(checked),
            (State::Agent, Event::TurnDone) => {
                self.state = State::Checking;
                Some(Effect::Check)
            }
            (State::Agent, Event::TurnNotDone) => self.end(Ending::TurnEnded),
            (State::Checking | State::Agent, _) => None,
        }
    }

    fn checked(&mut self, checked: Box<Run>) -> Option<Effect> {
        if checked.verdict.is_green() {
            return self.end(Ending::Green);
        }
        if checked.verdict == Verdict::Stopped {
            return self.end(Ending::Stopped);
        }
        if !checked.verdict.can_be_mended() {
            return self.end(Ending::CannotMend);
        }
        if let Some(last) = &self.last
            && last.draft == checked.draft
            && last.failing == checked.failing
            && last.verdict == checked.verdict
        {
            return self.end(Ending::NothingChanged);
        }
        let failures = match checked.counts {
            Some(counts) if counts.failed > 0 => counts.failed,
            _ => u32::MAX,
        };
        if failures < self.fewest || self.last.is_none() {
            self.fewest = failures;
            self.without_progress = 0;
        } else {
            self.without_progress += 1;
        }
        self.last = Some(checked);
        if self.without_progress == 2 {
            return self.end(Ending::NotFewer);
        }
        if self.round == self.limit {
            return self.end(Ending::Limit);
        }
        self.round += 1;
        self.state = State::Agent;
        Some(Effect::Send)
    }

    fn end(&mut self, ending: Ending) -> Option<Effect> {
        self.state = State::Ended;
        Some(Effect::End(ending))
    }
}

impl Ending {
    /// How it ended, as a sentence; `round` of `limit` were begun.
    pub fn sentence(&self, round: u32, limit: u32) -> String {
        let rounds = match round {
            0 => "before the first round".to_owned(),
            1 => "after 1 round".to_owned(),
            n => format!("after {n} rounds"),
        };
        match self {
            Self::Green if round == 0 => "The check passes already.".to_owned(),
            Self::Green => format!("The check passes {rounds}."),
            Self::NothingChanged => format!(
                "No progress: in the last round the agent changed nothing, and the same tests \
                 fail. It ended {rounds}."
            ),
            Self::NotFewer => format!(
                "No progress: two rounds in a row left no fewer failures. It ended {rounds}."
            ),
            Self::Limit if limit == 1 => {
                "The one round is used up, and the check still fails.".to_owned()
            }
            Self::Limit => format!("All {limit} rounds are used up, and the check still fails."),
            Self::CannotMend => {
                format!("The check cannot be made green by the agent. It ended {rounds}.")
            }
            Self::TurnEnded => format!("The agent's turn did not end well. It ended {rounds}."),
            Self::PersonSpoke => format!("You sent a message of your own. It ended {rounds}."),
            Self::Refused { why } => why.clone(),
            Self::Stopped => format!("Stopped by you {rounds}."),
            Self::Interrupted => format!("Greenlight was closed, so it ended {rounds}."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::Counts;
    use crate::checks::Purpose;

    fn run(draft: &str, verdict: Verdict) -> Run {
        let check = Check {
            id: "c".to_owned(),
            command: "npm test".to_owned(),
            folder: String::new(),
            purpose: Purpose::Test,
            own: false,
            from: String::new(),
        };
        Run {
            verdict,
            draft: draft.to_owned(),
            ..Run::begun(check)
        }
    }

    fn failing(draft: &str, names: &[&str]) -> Event {
        Event::Checked(Box::new(Run {
            counts: Some(Counts {
                passed: 1,
                failed: u32::try_from(names.len()).unwrap(),
                skipped: 0,
            }),
            failing: names.iter().map(|name| (*name).to_owned()).collect(),
            ..run(draft, Verdict::Failed { code: 1 })
        }))
    }

    fn came_to(draft: &str, verdict: Verdict) -> Event {
        Event::Checked(Box::new(run(draft, verdict)))
    }

    /// Plays events, each with what is to follow; a number is the round then.
    #[track_caller]
    fn play(limit: u32, story: &[(Event, Option<Effect>, u32)]) {
        let (mut machine, first) = UntilGreen::begin(limit);
        assert_eq!((first, machine.round()), (Effect::Check, 0));
        for (at, (event, effect, round)) in story.iter().enumerate() {
            assert_eq!(machine.step(event.clone()), *effect, "step {at}: {event:?}");
            assert_eq!(machine.round(), *round, "step {at}: {event:?}");
        }
    }

    const SEND: Option<Effect> = Some(Effect::Send);
    const CHECK: Option<Effect> = Some(Effect::Check);
    fn end(ending: Ending) -> Option<Effect> {
        Some(Effect::End(ending))
    }

    #[test]
    fn from_red_to_green() {
        play(
            5,
            &[
                (failing("a", &["x", "y"]), SEND, 1),
                (Event::TurnDone, CHECK, 1),
                (failing("b", &["y"]), SEND, 2),
                (Event::TurnDone, CHECK, 2),
                (came_to("c", Verdict::Passed), end(Ending::Green), 2),
                (Event::Stop, None, 2),
                (Event::TurnDone, None, 2),
            ],
        );
        play(5, &[(came_to("a", Verdict::Passed), end(Ending::Green), 0)]);
    }

    #[test]
    fn no_progress_ends_it() {
        play(
            5,
            &[
                (failing("a", &["x"]), SEND, 1),
                (Event::TurnDone, CHECK, 1),
                (failing("a", &["x"]), end(Ending::NothingChanged), 1),
            ],
        );
        // Changed, but for two rounds in a row no better than the best so far.
        play(
            9,
            &[
                (failing("a", &["x", "y"]), SEND, 1),
                (Event::TurnDone, CHECK, 1),
                (failing("b", &["x"]), SEND, 2),
                (Event::TurnDone, CHECK, 2),
                (failing("c", &["x", "z"]), SEND, 3),
                (Event::TurnDone, CHECK, 3),
                (failing("d", &["z"]), end(Ending::NotFewer), 3),
            ],
        );
        // A flaky check in an unchanged copy gets its second round.
        play(
            9,
            &[
                (failing("a", &["x"]), SEND, 1),
                (Event::TurnDone, CHECK, 1),
                (failing("a", &["y"]), SEND, 2),
                (Event::TurnDone, CHECK, 2),
                (failing("a", &["x"]), end(Ending::NotFewer), 2),
            ],
        );
    }

    #[test]
    fn a_run_that_counts_nothing_is_the_worst() {
        play(
            9,
            &[
                (came_to("a", Verdict::Failed { code: 101 }), SEND, 1),
                (Event::TurnDone, CHECK, 1),
                (failing("b", &["x", "y"]), SEND, 2),
                (Event::TurnDone, CHECK, 2),
                (came_to("c", Verdict::Crashed { signal: 11 }), SEND, 3),
                (Event::TurnDone, CHECK, 3),
                (
                    came_to("d", Verdict::Failed { code: 101 }),
                    end(Ending::NotFewer),
                    3,
                ),
            ],
        );
    }

    #[test]
    fn the_limit_ends_it() {
        play(
            1,
            &[
                (failing("a", &["x", "y"]), SEND, 1),
                (Event::TurnDone, CHECK, 1),
                (failing("b", &["x"]), end(Ending::Limit), 1),
            ],
        );
        assert_eq!(UntilGreen::begin(0).0.limit(), 1);
        assert_eq!(UntilGreen::begin(1000).0.limit(), MOST_ROUNDS);
    }

    #[test]
    fn whatever_cannot_go_on_ends_it_in_every_state() {
        for begun in [false, true] {
            for (event, ending) in [
                (Event::Stop, Ending::Stopped),
                (Event::Closing, Ending::Interrupted),
                (Event::PersonSpoke, Ending::PersonSpoke),
                (
                    Event::Refused("No.".to_owned()),
                    Ending::Refused {
                        why: "No.".to_owned(),
                    },
                ),
            ] {
                let (mut machine, _) = UntilGreen::begin(5);
                if begun {
                    machine.step(failing("a", &["x"]));
                }
                assert_eq!(machine.step(event), end(ending));
                assert_eq!(machine.step(came_to("b", Verdict::Passed)), None);
            }
        }
        for verdict in [
            Verdict::NoTests,
            Verdict::Uncounted,
            Verdict::Missing {
                program: "npm".to_owned(),
            },
        ] {
            play(5, &[(came_to("a", verdict), end(Ending::CannotMend), 0)]);
        }
        play(
            5,
            &[(came_to("a", Verdict::Stopped), end(Ending::Stopped), 0)],
        );
        play(
            5,
            &[
                (failing("a", &["x"]), SEND, 1),
                (came_to("a", Verdict::Passed), None, 1),
                (Event::TurnNotDone, end(Ending::TurnEnded), 1),
            ],
        );
    }

    #[test]
    fn endings_are_sentences() {
        let all = [
            Ending::Green,
            Ending::NothingChanged,
            Ending::NotFewer,
            Ending::Limit,
            Ending::CannotMend,
            Ending::TurnEnded,
            Ending::PersonSpoke,
            Ending::Stopped,
            Ending::Interrupted,
        ];
        for ending in all {
            let sentence = ending.sentence(2, 5);
            assert!(sentence.ends_with('.'), "{sentence}");
            assert!(sentence.contains("2 rounds") || sentence.contains("5 rounds"));
        }
        assert_eq!(Ending::Green.sentence(0, 5), "The check passes already.");
        assert_eq!(
            Ending::Green.sentence(1, 5),
            "The check passes after 1 round."
        );
    }
}
