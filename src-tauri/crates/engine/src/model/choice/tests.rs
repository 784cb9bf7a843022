use super::Size::Full;
use super::Size::Small;
use super::*;

/// A short first message to a model with a sibling.
fn facts() -> Facts {
    Facts {
        model: "gpt-5-codex".to_owned(),
        sibling: there(true, None),
        speaker: Speaker::Person,
        said: read("Fix the typo"),
        attachments: 0,
        pictures: 0,
        conversation: 0,
        tokens: 3,
        last: None,
        last_failed: false,
        failing: 0,
        until_green: false,
        touched: 0,
        project: None,
    }
}

fn there(pictures: bool, room: Option<u64>) -> Sibling {
    Sibling::There {
        slug: "gpt-5-codex-mini".to_owned(),
        pictures,
        room,
    }
}

fn words(count: usize) -> Read {
    read(&vec!["word"; count].join(" "))
}

type With = fn(&mut Facts);

/// For each rule: what it decides, whom it asks, why, and what just misses it.
const CASES: &[(&str, With, Size, &str, With)] = &[
    (
        "no-sibling",
        |facts| facts.sibling = Sibling::None,
        Full,
        "gpt-5-codex has no cheaper sibling",
        |_| {},
    ),
    (
        "not-offered",
        |facts| {
            facts.sibling = Sibling::NotOffered {
                slug: "mini".to_owned(),
            }
        },
        Full,
        "the provider does not offer mini",
        |_| {},
    ),
    (
        "pictures",
        |facts| (facts.sibling, facts.pictures) = (there(false, None), 1),
        Full,
        "there are pictures, which gpt-5-codex-mini does not read",
        |facts| (facts.sibling, facts.pictures) = (there(true, None), 1),
    ),
    (
        "room",
        |facts| (facts.sibling, facts.tokens) = (there(true, Some(100)), 101),
        Full,
        "the conversation is too long for gpt-5-codex-mini",
        |facts| (facts.sibling, facts.tokens) = (there(true, Some(100)), 100),
    ),
    (
        "failing",
        |facts| (facts.failing, facts.last, facts.until_green) = (2, Some(Small), true),
        Full,
        "the check has failed after 2 turns of gpt-5-codex-mini in a row",
        |facts| (facts.failing, facts.last, facts.until_green) = (1, Some(Small), true),
    ),
    (
        "failed",
        |facts| (facts.last_failed, facts.last) = (true, Some(Small)),
        Full,
        "the last turn ended with an error",
        |facts| (facts.last_failed, facts.last) = (false, Some(Small)),
    ),
    (
        "goes-on",
        |facts| {
            (facts.speaker, facts.last) = (Speaker::GoesOn, Some(Full));
        },
        Full,
        "it goes on where it was",
        |facts| facts.last = Some(Full),
    ),
    (
        "check",
        |facts| {
            (facts.speaker, facts.last) = (Speaker::Check, Some(Small));
            facts.said = words(500);
        },
        Small,
        "it mends what it did in its last turn",
        |facts| {
            facts.last = Some(Small);
            facts.said = words(500);
        },
    ),
    (
        "wide",
        |facts| facts.said = read("Review this"),
        Full,
        "the request says “review”",
        |facts| facts.said = read("Preview this"),
    ),
    (
        "long",
        |facts| (facts.said, facts.last) = (words(121), Some(Small)),
        Full,
        "the request has 121 words",
        |facts| (facts.said, facts.last) = (words(120), Some(Small)),
    ),
    (
        "many",
        |facts| facts.said = read("a.rs b.rs c.rs d.rs"),
        Full,
        "the request names 4 files",
        |facts| facts.said = read("a.rs b.rs c.rs"),
    ),
    (
        "touched",
        |facts| (facts.touched, facts.last) = (9, Some(Small)),
        Full,
        "the task has changed 9 files",
        |facts| (facts.touched, facts.last) = (8, Some(Small)),
    ),
    (
        "cached",
        |facts| (facts.last, facts.conversation) = (Some(Full), 20_001),
        Full,
        "another model would have to read the long conversation anew",
        |facts| (facts.last, facts.conversation) = (Some(Full), 20_000),
    ),
    (
        "large-project",
        |facts| facts.project = Some(2_001),
        Full,
        "the request names no file and the project is large",
        |facts| (facts.project, facts.said) = (Some(2_001), read("Fix a.rs")),
    ),
    (
        "small-with-files",
        |facts| {
            facts.said = Read {
                files: vec!["a.rs".to_owned()],
                ..words(60)
            }
        },
        Small,
        "the request is short and names one file",
        |facts| {
            facts.said = Read {
                files: vec!["a.rs".to_owned()],
                ..words(61)
            }
        },
    ),
    (
        "small",
        |facts| facts.said = words(30),
        Small,
        "the request is short",
        |facts| facts.said = words(31),
    ),
    (
        "stays",
        |facts| (facts.said, facts.last) = (words(31), Some(Small)),
        Small,
        "it had the last turn and nothing asks for more",
        |facts| (facts.said, facts.last) = (words(31), Some(Full)),
    ),
    (
        "otherwise",
        |facts| facts.said = words(31),
        Full,
        "the request is not plainly small",
        |facts| facts.said = words(30),
    ),
];

#[test]
fn each_rule_decides_its_case_and_not_its_near_miss() {
    for (rule, with, size, because, near) in CASES {
        let mut case = facts();
        with(&mut case);
        let decided = decide(&case);
        assert_eq!((decided.rule, decided.size), (*rule, *size), "{case:?}");
        assert_eq!(decided.because, *because);
        let mut missed = facts();
        near(&mut missed);
        assert_ne!(decide(&missed).rule, *rule, "{missed:?}");
    }
}

#[test]
fn the_cases_are_the_table() {
    let listed: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
    let cases: Vec<_> = CASES.iter().map(|case| case.0).collect();
    assert_eq!(
        listed, cases,
        "each rule has its case, in the order of the table"
    );
    for rule in RULES {
        assert!(
            rule.words.ends_with('.') && !rule.words.contains('\n'),
            "{}",
            rule.words
        );
    }
}

#[test]
fn the_numbers_of_the_words_are_those_of_the_rules() {
    let words = |name: &str| {
        let rule = RULES.iter().find(|rule| rule.name == name);
        rule.map_or("", |rule| rule.words)
    };
    assert!(words("long").contains(&LONG.to_string()));
    assert!(words("small").contains(&SHORT.to_string()));
    assert!(words("small-with-files").contains(&SHORT_WITH_FILES.to_string()));
    let thousands = |number: u64| crate::attachments::grouped(number);
    assert!(words("cached").contains(&thousands(LONG_CONVERSATION)));
    assert!(words("large-project").contains(&thousands(u64::from(LARGE_PROJECT))));
    assert_eq!(
        (FEW_FILES, FEW_CHANGES, FAILING_LOOP),
        (3, 8, 2),
        "said as words"
    );
}

#[test]
fn nothing_that_the_sibling_cannot_do_is_asked_of_it() {
    // What would go down by every other rule.
    let mut small = facts();
    (small.speaker, small.last) = (Speaker::Check, Some(Small));
    for (sibling, pictures) in [
        (Sibling::None, 0),
        (there(false, None), 1),
        (there(true, Some(2)), 0),
    ] {
        (small.sibling, small.pictures) = (sibling, pictures);
        assert_eq!(decide(&small).size, Full, "{small:?}");
    }
}

#[test]
fn a_first_turn_for_a_check_is_the_chosen_models() {
    let mut case = facts();
    case.speaker = Speaker::Check;
    let decided = decide(&case);
    assert_eq!((decided.rule, decided.size), ("check", Full));
    assert_eq!(decided.because, "it mends what it did not write itself");
}

#[test]
fn attachments_count_as_files_do() {
    let mut case = facts();
    case.attachments = 4;
    assert_eq!(decide(&case).because, "the request has 4 attachments");
    case.attachments = 3;
    assert_eq!(decide(&case).rule, "small");
}
