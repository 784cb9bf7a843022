//! Has a conversation summed up: by the server itself where it offers that, else by the model.
//!
//! A server that has `/responses/compact` answers with items that only it can read. They come as
//! finished items of an answer, to the letter. A server that does not have it, or does not take what
//! is asked, is asked for a summary in words, and not for the other again as long as the program
//! runs, since a server may learn it with its next version.

use std::time::SystemTime;

use futures_util::StreamExt;
use futures_util::stream;
use futures_util::stream::BoxStream;
use reqwest::header::ACCEPT;
use serde_json::Value;

use super::failure::Failure;
use super::provider::Provider;
use super::request::Request;
use super::stream::Limits;
use super::stream::StreamEvent;
use super::stream::Usage;
use super::tier;
use super::wire::Wire;

/// A summary of all of it comes in one piece, so the server may be silent this much longer.
const PATIENCE: u32 = 4;

/// What is asked of the server, of all that a step says.
const FIELDS: [&str; 8] = [
    "model",
    "input",
    "instructions",
    "tools",
    "parallel_tool_calls",
    "reasoning",
    "prompt_cache_key",
    "service_tier",
];

/// Asks for a summary. `whole` is the conversation, for the server's own; `own` is the request for
/// one in words. The stream ends as any answer does.
pub fn ask(
    provider: &Provider,
    whole: Request,
    own: Request,
    limits: Limits,
) -> BoxStream<'static, StreamEvent> {
    if provider.wire() != Wire::Responses || provider.learned().compacts() == Some(false) {
        return super::stream::ask(provider, own, limits);
    }
    let provider = provider.clone();
    let answer = async move {
        match sealed(&provider, &whole, limits).await {
            Ok(events) => stream::iter(events).boxed(),
            Err(None) => super::stream::ask(&provider, own, limits),
            Err(Some(failure)) => stream::iter([StreamEvent::Failed(failure)]).boxed(),
        }
    };
    stream::once(answer).flatten().boxed()
}

/// The server's own summary; no failure where it is to be had in words instead.
async fn sealed(
    provider: &Provider,
    whole: &Request,
    limits: Limits,
) -> Result<Vec<StreamEvent>, Option<Failure>> {
    let learned = provider.learned();
    let asks_for_tier = provider.terms().tier.is_some();
    let answer = match post(provider, whole, limits).await {
        Err(failure) if asks_for_tier && failure.is_about_tiers() => {
            learned.takes_no_tier();
            post(provider, whole, limits).await
        }
        answer => answer,
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(failure) => {
            let lacks = matches!(
                failure,
                Failure::EndpointNotFound { .. } | Failure::InvalidRequest { .. }
            );
            if lacks {
                learned.compacts_or_not(false);
            }
            // What a summary in words would run into as well is told.
            let said = matches!(
                failure,
                Failure::ContextTooLong { .. }
                    | Failure::NoKey { .. }
                    | Failure::KeyRejected { .. }
                    | Failure::NoCredit { .. }
                    | Failure::PlanLimit { .. }
                    | Failure::RateLimited { .. }
                    | Failure::StaleReasoning { .. }
                    | Failure::Unreachable { .. }
                    | Failure::UnknownHost { .. }
                    | Failure::Untrusted { .. }
                    | Failure::Proxy { .. }
                    | Failure::Cut { .. }
            );
            return Err(said.then_some(failure));
        }
    };
    let output = answer["output"].as_array().into_iter().flatten();
    // The person's words are kept by the app, so its copies of them are not needed.
    let said = |item: &&Value| item["type"] != "message" || item["role"] == "assistant";
    let mut events: Vec<StreamEvent> = (0..)
        .zip(output.filter(said))
        .map(|(index, item)| StreamEvent::ItemDone {
            index,
            item: item.clone(),
        })
        .collect();
    let is_summary = |event: &StreamEvent| match event {
        StreamEvent::ItemDone { item, .. } => {
            matches!(
                item["type"].as_str(),
                Some("compaction" | "compaction_summary")
            )
        }
        _ => false,
    };
    if !events.iter().any(is_summary) {
        learned.compacts_or_not(false);
        return Err(None);
    }
    learned.compacts_or_not(true);
    learned.answered_in(Wire::Responses);
    learned.answered_as(tier::named(&answer));
    events.push(StreamEvent::Completed {
        usage: usage(&answer["usage"]),
    });
    Ok(events)
}

async fn post(provider: &Provider, whole: &Request, limits: Limits) -> Result<Value, Failure> {
    let model = &whole.model.slug;
    let peer = provider.peer(Wire::Responses, model);
    let mut body = whole.body(Wire::Responses, provider.terms());
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|name, _| FIELDS.contains(&name.as_str()));
    }
    let work = async {
        let request = provider
            .post_compact(model)
            .header(ACCEPT, "application/json");
        let response = request.json(&body).send().await;
        let response = response.map_err(|error| peer.of_transport(&error, false))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut parts = response.bytes_stream();
        let mut text = Vec::new();
        while let Some(part) = parts.next().await {
            let part = part.map_err(|error| peer.of_transport(&error, true))?;
            text.extend_from_slice(&part);
            if text.len() > limits.response {
                return Err(Failure::TooLarge {
                    provider: peer.provider.clone(),
                    what: "its summary was larger than an answer may be",
                });
            }
        }
        if status != reqwest::StatusCode::OK {
            return Err(peer.of_status(status, &headers, &text, SystemTime::now()));
        }
        // What is no JSON has no summary in it, which the caller finds.
        Ok(serde_json::from_slice(&text).unwrap_or_default())
    };
    let patience = limits.idle * PATIENCE;
    tokio::time::timeout(patience, work)
        .await
        .unwrap_or(Err(Failure::Silent {
            host: peer.host.clone(),
            after: patience,
        }))
}

fn usage(value: &Value) -> Option<Usage> {
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    value.is_object().then(|| Usage {
        input: number(&value["input_tokens"]),
        cached: number(&value["input_tokens_details"]["cached_tokens"]),
        output: number(&value["output_tokens"]),
        reasoning: number(&value["output_tokens_details"]["reasoning_tokens"]),
        total: number(&value["total_tokens"]),
    })
}

#[cfg(test)]
mod tests;
