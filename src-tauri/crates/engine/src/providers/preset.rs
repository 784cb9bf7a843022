//! What the form of a new provider begins with, for each kind of server.

use crate::model::provider::OPENAI;
use crate::settings::Kind;

/// A kind of server as it is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// The kind.
    pub kind: Kind,
    /// What it is called.
    pub name: &'static str,
    /// Where such a server usually is; empty where nobody can know.
    pub base_url: &'static str,
    /// An address of this kind, to be read and not to be used.
    pub example: &'static str,
    /// What to know about it, in one or two sentences.
    pub hint: &'static str,
    /// Whether such a server has service tiers.
    pub tiers: bool,
}

/// All of them, in the order in which they are offered.
pub fn presets() -> [Preset; 8] {
    Kind::ALL.map(preset)
}

fn preset(kind: Kind) -> Preset {
    let (name, base_url, example, hint) = match kind {
        Kind::Gateway => (
            "Gateway",
            "",
            "https://gateway.example/v1",
            "A service that passes requests on to many models, such as CometAPI, OpenRouter or a \
             LiteLLM proxy. The address usually ends in /v1.",
        ),
        Kind::Azure => (
            "Azure OpenAI",
            "",
            "https://my-resource.openai.azure.com",
            "The endpoint of the resource, with ?api-version= only for the older form. Choose the \
             name of the deployment as model.",
        ),
        Kind::OpenAi => (
            "OpenAI",
            OPENAI,
            OPENAI,
            "Another key for OpenAI itself, of another project or organisation.",
        ),
        Kind::Ollama => (
            "Ollama",
            "http://localhost:11434/v1",
            "http://localhost:11434/v1",
            "Needs no key on this computer. Give the model a window of 32,000 tokens or more; \
             Ollama's own default forgets the beginning of a task.",
        ),
        Kind::LmStudio => (
            "LM Studio",
            "http://localhost:1234/v1",
            "http://localhost:1234/v1",
            "Start the server in LM Studio's Developer page. Needs no key on this computer.",
        ),
        Kind::LlamaCpp => (
            "llama.cpp",
            "http://localhost:8080/v1",
            "http://localhost:8080/v1",
            "Start llama-server with --jinja, without which it takes no tools. Needs no key unless \
             started with one.",
        ),
        Kind::Vllm => (
            "vLLM",
            "http://localhost:8000/v1",
            "http://localhost:8000/v1",
            "Start it with --enable-auto-tool-choice and the tool parser of the model. Needs no key \
             unless started with one.",
        ),
        Kind::Custom => (
            "Another server",
            "",
            "https://models.example/v1",
            "Anything that speaks the OpenAI Responses API or Chat Completions. The address usually \
             ends in /v1.",
        ),
    };
    Preset {
        kind,
        name,
        base_url,
        example,
        hint,
        tiers: kind == Kind::OpenAi,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::address::Address;

    #[test]
    fn every_address_on_offer_is_one_and_local_servers_are_on_this_machine() {
        for preset in presets() {
            let azure = preset.kind == Kind::Azure;
            for url in [preset.base_url, preset.example] {
                if url.is_empty() {
                    continue;
                }
                let address = Address::parse(preset.name, url, azure).unwrap();
                let local = url.starts_with("http://");
                assert_eq!(address.is_this_machine(), local, "{url}");
                assert_eq!(address.is_azure(), azure, "{url}");
            }
        }
    }
}
