//! Settings: providers, their keys, models, and the environment of commands. No type here carries a
//! key to the window; the one that brings a key from it prints nothing.

use secrecy::SecretString;
use serde::Deserialize;
use serde::Serialize;

/// What Settings shows of providers.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Settings {
    /// Whether the same question may be answered from an earlier answer.
    pub answer_cache: bool,
    /// Where the settings are kept, with the home folder shortened to `~`.
    pub file: String,
    /// What the file says that is not used, each with what is used instead.
    pub problems: Vec<String>,
    /// The provider that is asked.
    pub chosen: String,
    /// All of them.
    pub providers: Vec<ProviderEntry>,
    /// What the form of a new provider can begin with.
    pub presets: Vec<ProviderPreset>,
}

/// A kind of server, as the form of a new provider offers it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProviderPreset {
    /// The kind.
    pub kind: ProviderKind,
    /// What it is called.
    pub name: String,
    /// Where such a server usually is; may be empty.
    pub base_url: String,
    /// An address of this kind, to be read.
    pub example: String,
    /// What to know about it.
    pub hint: String,
    /// Whether such a server has service tiers.
    pub tiers: bool,
}

/// A server of models on this computer.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct NearbyServer {
    /// What usually is at its port.
    pub kind: ProviderKind,
    /// What that is called.
    pub name: String,
    /// Where it is.
    pub base_url: String,
    /// Its models, by name.
    pub models: Vec<String>,
    /// Whether it wants a key.
    pub wants_key: bool,
}

/// A kind of server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ProviderKind {
    /// OpenAI itself.
    OpenAi,
    /// Azure OpenAI.
    Azure,
    /// A service that passes requests on to many models.
    Gateway,
    /// Ollama.
    Ollama,
    /// LM Studio.
    LmStudio,
    /// The server of llama.cpp.
    LlamaCpp,
    /// vLLM.
    Vllm,
    /// Anything else.
    Custom,
}

/// The form of requests that a person chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum WireChoice {
    /// Responses where the server has it, else Chat Completions.
    Auto,
    /// The Responses API.
    Responses,
    /// Chat Completions.
    Chat,
}

/// A form of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Wire {
    /// The Responses API.
    Responses,
    /// Chat Completions.
    Chat,
}

/// One provider.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProviderEntry {
    /// Names it in requests.
    pub id: String,
    /// Shown to the person.
    pub name: String,
    /// Where requests go.
    pub base_url: String,
    /// What is wrong with that address.
    pub problem: Option<String>,
    /// What kind of server it is.
    pub kind: ProviderKind,
    /// The form of requests that the person chose.
    pub wire: WireChoice,
    /// The form in which the server has answered since Greenlight was started.
    pub spoken: Option<Wire>,
    /// Whether its key would cross a network unencrypted.
    pub in_clear: bool,
    /// Whether name and address can be changed.
    pub editable: bool,
    /// What few people need to say of it.
    pub advanced: ProviderAdvanced,
    /// Whether it has service tiers.
    pub tiers: bool,
    /// Its key.
    pub key: KeyFacts,
}

/// What the window may know of a key.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct KeyFacts {
    /// Where it is.
    pub state: KeyState,
    /// Its last four characters; empty when they are not known or would give too much away.
    pub ending: String,
    /// One sentence about it.
    pub sentence: String,
    /// The next step; may be empty.
    pub hint: String,
}

/// Where a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum KeyState {
    /// There is none.
    Missing,
    /// In the keychain, which was not asked yet.
    Unread,
    /// In the keychain.
    Saved,
    /// In memory until Greenlight closes.
    Session,
    /// Given by the environment.
    Given,
    /// In the keychain, which is locked.
    Locked,
    /// In the keychain, which does not give it.
    Refused,
    /// It was saved, and there is no keychain now.
    NoKeychain,
}

/// Names a provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProviderId {
    /// The provider's id.
    pub provider: String,
}

/// Adds a provider or changes one.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProviderPut {
    /// The one to change; null adds one.
    pub provider: Option<String>,
    /// Its name.
    pub name: String,
    /// Where requests go.
    pub base_url: String,
    /// What kind of server it is; null leaves that as it is.
    pub kind: Option<ProviderKind>,
    /// The form of requests; null leaves that as it is.
    pub wire: Option<WireChoice>,
    /// The rest; null leaves that as it is.
    pub advanced: Option<ProviderAdvanced>,
}

/// What few people need to say of a provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProviderAdvanced {
    /// A file with certificates that are trusted for it besides those of this computer; empty for none.
    pub ca_file: String,
    /// The proxy on the way to it, or `none`; empty for what this computer says. Without its password,
    /// which stays as it is when the address is given back as it came.
    pub proxy: String,
    /// The service tier that is asked for; null for none.
    pub service_tier: Option<ServiceTier>,
}

/// How soon a server deals with a request, and for which price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ServiceTier {
    /// What the project at the provider is set to.
    Auto,
    /// The standard one.
    Default,
    /// Slower and cheaper.
    Flex,
    /// Faster and dearer.
    Priority,
}

/// Saves a key.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct KeySet {
    /// The provider it is for, at its present address.
    pub provider: String,
    /// The key.
    #[cfg_attr(test, ts(as = "String"))]
    pub key: Key,
}

/// A key on its way in. Neither it nor what stands in its place is ever printed.
#[derive(Debug)]
pub struct Key(pub SecretString);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer) {
            Ok(serde_json::Value::String(text)) => Ok(Self(SecretString::from(text))),
            _ => Err(serde::de::Error::custom("the key is no text")),
        }
    }
}

/// What came of trying a provider.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ConnectionReport {
    /// Whether a task could work with it.
    pub works: bool,
    /// The form in which the server answered.
    pub wire: Option<Wire>,
    /// What the window matches on: `works`, or the code of what went wrong.
    pub code: String,
    /// One sentence.
    pub message: String,
    /// The next step; may be empty.
    pub hint: String,
    /// How fast it was, in a few sentences; empty when nothing came.
    pub speed: String,
    /// Where the time went, when it was slow.
    pub slow: Option<String>,
    /// What to know of its service tiers.
    pub tier: Option<String>,
}

/// How hard a model thinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Effort {
    /// As the model itself does.
    Usual,
    /// Barely.
    Minimal,
    /// A little.
    Low,
    /// A medium amount.
    Medium,
    /// A lot.
    High,
    /// As much as it can.
    ExtraHigh,
}

/// The models of the provider that is asked.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ModelList {
    /// Names, the default first. Others may be typed.
    pub models: Vec<String>,
    /// Why the server's own list is not among them, in one sentence.
    pub note: Option<String>,
}

/// The model of new tasks.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ModelPrefer {
    /// Its name; `auto` leaves it and has the rules choose between it and its cheaper sibling.
    pub model: String,
    /// How hard it thinks.
    pub effort: Effort,
}

/// The environment that commands are given parts of. Values are shown only of folders.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Environment {
    /// Where it comes from.
    pub source: EnvironmentSource,
    /// One sentence about that.
    pub sentence: String,
    /// The next step; may be empty.
    pub hint: String,
    /// The search path of the person's shell, in its order.
    pub path: Vec<PathEntry>,
    /// What commands are given, with values.
    pub given: Vec<Variable>,
    /// The names of what they are not given.
    pub kept_back: Vec<String>,
}

/// Where the environment comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum EnvironmentSource {
    /// From the login shell.
    Shell,
    /// The login shell is being asked.
    Reading,
    /// From the app's own start.
    App,
}

/// One folder of the search path.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PathEntry {
    /// The folder, with the home folder shortened to `~`.
    pub folder: String,
    /// Whether commands find programs in it.
    pub seen: bool,
}

/// One variable.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Whether the same question may be answered from an earlier answer.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AnswerCache {
    /// Whether it may.
    pub on: bool,
}
