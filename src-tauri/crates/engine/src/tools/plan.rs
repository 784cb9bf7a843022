//! `update_plan`: the visible checklist.

use serde::Deserialize;

use super::BadCall;
use super::ToolInput;
use super::ToolResult;
use crate::agent::item::ItemKind;
use crate::agent::item::PlanStep;

#[derive(Deserialize)]
struct Arguments {
    explanation: Option<String>,
    plan: Vec<PlanStep>,
}

pub(super) fn update(input: &ToolInput) -> Result<ToolResult, BadCall> {
    let Arguments { explanation, plan } = input.arguments()?;
    Ok(ToolResult {
        output: "Plan updated".into(),
        item: ItemKind::Plan {
            explanation,
            steps: plan,
        },
    })
}
