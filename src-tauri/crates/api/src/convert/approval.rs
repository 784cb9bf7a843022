//! Questions and what is always allowed, as they cross.

use std::path::Path;

use engine::approvals::Waiting;
use engine::approvals::question::Kind;
use engine::approvals::question::Piece;
use engine::approvals::question::pieces;
use engine::store::index::allowed::AllowedRow;

use crate::types::*;

pub(crate) fn approval(waiting: &Waiting) -> Approval {
    let question = waiting.question.clone();
    Approval {
        nonce: waiting.nonce.clone(),
        asked_at: waiting.asked_at,
        kind: match question.kind {
            Kind::Command => ApprovalKind::Command,
            Kind::Install => ApprovalKind::Install,
            Kind::Site => ApprovalKind::Site,
            Kind::Edit => ApprovalKind::Edit,
        },
        title: question.title,
        text: question.text,
        reason: question.reason,
        exact: question.exact,
        shown: question.shown.into_iter().map(piece).collect(),
        editable: question.editable,
        facts: question
            .facts
            .into_iter()
            .map(|(label, text)| ApprovalFact {
                label: label.to_owned(),
                text,
            })
            .collect(),
        for_task: question.for_task,
        always: question.always,
    }
}

fn piece(piece: Piece) -> ExactPiece {
    match piece {
        Piece::Text(text) => ExactPiece {
            text,
            hidden: false,
        },
        Piece::Hidden(text) => ExactPiece { text, hidden: true },
    }
}

pub(crate) fn always_allowed(row: &AllowedRow, root: &Path) -> AlwaysAllowed {
    let folder = Path::new(&row.folder);
    let command = match row.argv.as_slice() {
        [bash, flag, script] if bash == "/bin/bash" && flag == "-c" => script.clone(),
        words => words.join(" "),
    };
    AlwaysAllowed {
        id: row.id.clone(),
        command: pieces(&command).into_iter().map(piece).collect(),
        folder: folder
            .strip_prefix(root)
            .unwrap_or(folder)
            .to_string_lossy()
            .into_owned(),
        may: row.profile.clone(),
        made_at: row.made_at,
    }
}
