//! The service tier of a request: how soon a server deals with it, and for which price.
//!
//! OpenAI offers tiers; most servers do not know the word, and one that refuses it is asked without.
//! What a server says it answered as may differ from what it was asked for.

use serde_json::Value;

/// A tier that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// What the project at the provider is set to.
    Auto,
    /// The standard one.
    Default,
    /// Slower and cheaper.
    Flex,
    /// Faster and dearer.
    Priority,
}

/// Longer than the name of any tier.
const LONGEST: usize = 20;

impl Tier {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Default, Self::Flex, Self::Priority];

    /// The word for it, in requests and in the settings file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Default => "default",
            Self::Flex => "flex",
            Self::Priority => "priority",
        }
    }

    /// The tier of that word, if there is one.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.as_str() == word)
    }
}

/// The tier that an answer names; none where it says nothing that is a name.
pub(super) fn named(answer: &Value) -> Option<String> {
    let name = answer.get("service_tier")?.as_str()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    let is_name = !name.is_empty() && name.len() <= LONGEST && name.bytes().all(plain);
    is_name.then(|| name.to_owned())
}

/// What the person should know of the tiers of a provider: that it refuses them, that it answered as
/// another one than was asked for, and that the price is another one.
pub fn words(
    provider: &str,
    asked: Option<Tier>,
    refused: bool,
    answered: Option<&str>,
) -> Option<String> {
    if refused && let Some(asked) = asked {
        let asked = asked.as_str();
        return Some(format!(
            "{provider} takes no service tier, so it is asked without \u{201c}{asked}\u{201d}."
        ));
    }
    let mut all = Vec::new();
    let asked = asked.map(Tier::as_str);
    match (asked, answered) {
        (Some(asked), Some(answered)) if asked != "auto" && asked != answered => {
            all.push(format!("Asked for {asked}, answered as {answered}."));
        }
        (None | Some("auto"), Some(answered)) if !is_standard(answered) => {
            all.push(format!("Answered as {answered}."));
        }
        _ => {}
    }
    if let Some(dear) = answered.or(asked).filter(|tier| !is_standard(tier)) {
        all.push(format!(
            "Money is estimated by standard prices; {dear} has others."
        ));
    }
    (!all.is_empty()).then(|| all.join(" "))
}

fn is_standard(tier: &str) -> bool {
    ["auto", "default"].contains(&tier)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_told() {
        let words = |asked, refused, answered| words("P", asked, refused, answered);
        let prices = "Money is estimated by standard prices; flex has others.";
        assert_eq!(words(None, false, None), None);
        assert_eq!(words(None, false, Some("default")), None);
        assert_eq!(words(Some(Tier::Auto), false, Some("default")), None);
        assert_eq!(words(Some(Tier::Default), false, Some("default")), None);
        assert_eq!(words(Some(Tier::Flex), false, None).unwrap(), prices);
        assert_eq!(
            words(Some(Tier::Flex), false, Some("flex")).unwrap(),
            prices
        );
        assert_eq!(
            words(Some(Tier::Flex), false, Some("default")).unwrap(),
            "Asked for flex, answered as default."
        );
        assert_eq!(
            words(Some(Tier::Auto), false, Some("flex")).unwrap(),
            format!("Answered as flex. {prices}")
        );
        assert_eq!(
            words(Some(Tier::Flex), true, None).unwrap(),
            "P takes no service tier, so it is asked without \u{201c}flex\u{201d}."
        );
        assert_eq!(words(None, true, None), None);
    }

    #[test]
    fn a_name_is_short_and_plain() {
        let named = |tier: Value| named(&json!({ "service_tier": tier }));
        assert_eq!(named(json!("flex")).as_deref(), Some("flex"));
        for none in [
            json!(null),
            json!(""),
            json!(3),
            json!("a b"),
            json!("x".repeat(21)),
        ] {
            assert_eq!(named(none), None);
        }
    }
}
