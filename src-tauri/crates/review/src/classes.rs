//! What a piece of code is, as far as colour is concerned.
//!
//! Grammars name what they find by dotted scopes, thousands of them. They are mapped to a closed
//! set of roles, from the innermost scope outwards, so that a theme is a handful of CSS variables
//! and switching it highlights nothing anew.

use std::collections::HashMap;

use syntect::parsing::Scope;

macro_rules! classes {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal,)*) => {
        /// The role of a piece of code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Class {
            $($(#[doc = $doc])* $variant,)*
        }

        impl Class {
            /// All roles.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name of the role, as CSS knows it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

classes! {
    /// Nothing in particular. Spans never have it; text without a span does.
    Plain = "plain",
    /// A comment, its marks included.
    Comment = "comment",
    /// A string, its quotes included.
    String = "string",
    /// An escape or placeholder in a string, or a regular expression.
    Escape = "escape",
    /// A number.
    Number = "number",
    /// `true`, `null`, a named constant.
    Constant = "constant",
    /// A keyword or a modifier.
    Keyword = "keyword",
    /// An operator.
    Operator = "operator",
    /// Brackets, commas, semicolons.
    Punctuation = "punctuation",
    /// The name of a function, where it is declared or called.
    Function = "function",
    /// The name of a type.
    Type = "type",
    /// A variable, parameter or field.
    Variable = "variable",
    /// A key of JSON, YAML, TOML or CSS.
    Property = "property",
    /// The name of a markup element.
    Tag = "tag",
    /// The name of an attribute, or an annotation.
    Attribute = "attribute",
    /// A heading of a document.
    Heading = "heading",
    /// A link.
    Link = "link",
}

/// Scope prefixes and their roles. The longest prefix that fits wins.
const ROLES: &[(&str, Class)] = &[
    // A language inside another, and code inside a string, start afresh.
    ("source", Class::Plain),
    ("text", Class::Plain),
    ("meta.interpolation", Class::Plain),
    ("meta.template.expression", Class::Plain),
    ("meta.embedded", Class::Plain),
    ("comment", Class::Comment),
    ("punctuation.definition.comment", Class::Comment),
    ("string", Class::String),
    ("string.regexp", Class::Escape),
    ("string.unquoted", Class::String),
    ("string.other.link", Class::Link),
    ("punctuation.definition.string", Class::String),
    ("constant", Class::Constant),
    ("constant.numeric", Class::Number),
    ("constant.character", Class::Escape),
    ("constant.other.placeholder", Class::Escape),
    ("constant.other.color", Class::Number),
    ("keyword", Class::Keyword),
    ("keyword.operator", Class::Operator),
    ("keyword.operator.word", Class::Keyword),
    ("keyword.operator.new", Class::Keyword),
    ("keyword.operator.expression", Class::Keyword),
    ("keyword.operator.logical.python", Class::Keyword),
    ("keyword.other.unit", Class::Number),
    ("storage", Class::Keyword),
    ("storage.type.numeric", Class::Number),
    ("punctuation", Class::Punctuation),
    ("punctuation.separator.decimal", Class::Number),
    ("meta.brace", Class::Punctuation),
    ("punctuation.definition.annotation", Class::Attribute),
    ("punctuation.definition.heading", Class::Heading),
    ("entity.name", Class::Type),
    ("entity.name.function", Class::Function),
    ("entity.name.macro", Class::Function),
    ("entity.name.constant", Class::Constant),
    ("entity.name.enum.variant", Class::Constant),
    ("entity.name.variable", Class::Variable),
    ("entity.name.tag", Class::Tag),
    ("entity.name.tag.toml", Class::Property),
    ("entity.name.tag.yaml", Class::Property),
    ("entity.name.section", Class::Heading),
    ("entity.name.label", Class::Property),
    ("entity.other.attribute-name", Class::Attribute),
    ("entity.other.inherited-class", Class::Type),
    ("variable", Class::Variable),
    ("variable.function", Class::Function),
    ("variable.language", Class::Keyword),
    ("variable.annotation", Class::Attribute),
    ("variable.other.constant", Class::Constant),
    ("variable.other.object.property", Class::Property),
    ("variable.other.property", Class::Property),
    ("support", Class::Type),
    ("support.function", Class::Function),
    ("support.macro", Class::Function),
    ("support.constant", Class::Constant),
    ("support.variable", Class::Variable),
    ("support.type.property-name", Class::Property),
    ("meta.property-name", Class::Property),
    ("meta.mapping.key", Class::Property),
    ("meta.annotation", Class::Attribute),
    ("meta.attribute", Class::Attribute),
    ("meta.object-literal.key", Class::Property),
    ("markup.heading", Class::Heading),
    ("markup.underline.link", Class::Link),
    ("markup.raw", Class::String),
    ("markup.inserted", Class::String),
    ("markup.deleted", Class::Keyword),
    ("markup.quote", Class::Comment),
];

/// Remembers the role of each scope that was seen; looking one up builds strings.
#[derive(Debug, Default)]
pub(crate) struct Roles {
    known: HashMap<Scope, Option<Class>>,
}

impl Roles {
    /// The role of what the scopes, outermost first, apply to.
    pub(crate) fn of(&mut self, stack: &[Scope]) -> Class {
        let mut outwards = stack.iter().rev().filter_map(|&scope| {
            *self
                .known
                .entry(scope)
                .or_insert_with(|| role(&scope.build_string()))
        });
        match outwards.next() {
            // A quoted key is a key first and a string second.
            Some(Class::String) => {
                let around = outwards.take_while(|&class| class != Class::Plain);
                let mut keys = around.filter(|&class| class == Class::Property);
                keys.next().unwrap_or(Class::String)
            }
            class => class.unwrap_or(Class::Plain),
        }
    }
}

fn role(scope: &str) -> Option<Class> {
    let fits = |prefix: &str| {
        scope
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let fitting = ROLES.iter().filter(|(prefix, _)| fits(prefix));
    fitting
        .max_by_key(|(prefix, _)| prefix.len())
        .map(|&(_, class)| class)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_wins() {
        assert_eq!(role("keyword.control.rust"), Some(Class::Keyword));
        assert_eq!(
            role("keyword.operator.assignment.js"),
            Some(Class::Operator)
        );
        assert_eq!(role("keywords"), None);
        assert_eq!(role("meta.block.rust"), None);
    }

    #[test]
    fn the_innermost_scope_wins() {
        let scope = |name| Scope::new(name).unwrap();
        let mut roles = Roles::default();
        let string = [
            scope("source.js"),
            scope("string.quoted.js"),
            scope("meta.x"),
        ];
        assert_eq!(roles.of(&string), Class::String);
        let inside = [
            scope("string.quoted.js"),
            scope("source.js.embedded.expression"),
        ];
        assert_eq!(
            roles.of(&inside),
            Class::Plain,
            "code inside a string starts afresh"
        );
        assert_eq!(roles.of(&[]), Class::Plain);
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = Class::ALL.iter().map(|class| class.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Class::ALL.len());
    }
}
