//! What is known of models, for the window and back.

use engine::agent::item::Chosen;
use engine::model::Model;
use engine::model::catalog;
use engine::model::choice::Rule;
use engine::model::choice::Size;
use engine::model::choice::Then;
use engine::model::price::Price;
use engine::settings::ModelChange;

use super::effort_inside;
use super::efforts;
use crate::types::*;

/// What is known of one.
pub(crate) fn model_entry(model: &Model, own: bool) -> ModelEntry {
    ModelEntry {
        model: model.slug.clone(),
        traits: ModelTraits {
            window: model.traits.window,
            efforts: efforts(&model.traits.efforts),
            patch: patch(model.traits.patch),
            pictures: model.traits.vision,
            price: model.traits.price.map(|price| ModelPrice {
                input: price.input as f64 / 1e6,
                cached: price.cached as f64 / 1e6,
                output: price.output as f64 / 1e6,
            }),
        },
        cheaper: model.traits.cheaper.clone(),
        known: model.is_known(),
        own,
    }
}

/// How the rules chose.
pub(crate) fn model_chosen(chosen: &Chosen) -> ModelChosen {
    ModelChosen {
        model: chosen.model.clone(),
        other: chosen.other.clone(),
        rule: chosen.rule.clone(),
        because: chosen.because.clone(),
    }
}

/// A rule, with the words of the table.
pub(crate) fn model_rule(rule: &Rule) -> ModelRule {
    ModelRule {
        rule: rule.name.to_owned(),
        words: rule.words.to_owned(),
        then: match rule.then {
            Then::Ask(Size::Small) => ModelThen::Small,
            Then::Ask(Size::Full) => ModelThen::Full,
            Then::Stay => ModelThen::Stay,
        },
    }
}

/// What of a model the person wants otherwise than it is known; none when a price is no price.
pub(crate) fn model_change(known: &Model, wanted: &ModelTraits) -> Option<ModelChange> {
    let is = model_entry(known, false).traits;
    let price = match wanted.price {
        Some(price) => Some(price_inside(price)?),
        None => None,
    };
    let inside = wanted
        .efforts
        .iter()
        .filter_map(|each| effort_inside(*each));
    Some(ModelChange {
        window: (wanted.window != is.window).then_some(wanted.window),
        efforts: (wanted.efforts != is.efforts).then(|| inside.collect()),
        patch: (wanted.patch != is.patch).then(|| patch_inside(wanted.patch)),
        vision: (wanted.pictures != is.pictures).then_some(wanted.pictures),
        price: (price != known.traits.price).then_some(price),
    })
}

fn price_inside(price: ModelPrice) -> Option<Price> {
    let millionths = |dollars: f64| {
        (0.0..=10_000.0)
            .contains(&dollars)
            .then(|| (dollars * 1e6).round() as u64)
    };
    Some(Price {
        input: millionths(price.input)?,
        cached: millionths(price.cached)?,
        output: millionths(price.output)?,
    })
}

fn patch(patch: catalog::PatchTool) -> PatchWay {
    match patch {
        catalog::PatchTool::Custom => PatchWay::Custom,
        catalog::PatchTool::Function => PatchWay::Function,
        catalog::PatchTool::ViaShell => PatchWay::Shell,
    }
}

fn patch_inside(patch: PatchWay) -> catalog::PatchTool {
    match patch {
        PatchWay::Custom => catalog::PatchTool::Custom,
        PatchWay::Function => catalog::PatchTool::Function,
        PatchWay::Shell => catalog::PatchTool::ViaShell,
    }
}
