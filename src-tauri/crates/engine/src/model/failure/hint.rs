//! The next step for the person, of each failure.

use super::Failure;

impl Failure {
    /// The next step for the person.
    pub fn hint(&self) -> &'static str {
        match self {
            _ if self.long_wait().is_some() => {
                "That is longer than is waited for unasked. Everything so far is kept, and it goes on \
                 from here: at once, or when that time is over."
            }
            Self::OverBudget { daily: true, .. } => {
                "Raise the budget in Settings (Ctrl+,), go on this once, or continue after midnight."
            }
            Self::OverBudget { daily: false, .. } => {
                "Raise the budget in Settings (Ctrl+,), or go on this once."
            }
            Self::NoKey { .. } => "Add an API key for this provider and send the message again.",
            Self::KeyRejected { .. } => "Replace the API key and send the message again.",
            Self::Forbidden { .. } => {
                "Check what the key may do and from where the provider may be used."
            }
            Self::ModelNotFound { .. } => {
                "Choose another model, or a key that may use this one. On Azure the name of the \
                 deployment counts."
            }
            Self::EndpointNotFound { .. } => {
                "Check the base URL, which usually ends in `/v1`, and the form chosen for it in \
                 Settings. The server must offer `/responses` or `/chat/completions`."
            }
            Self::WrongApiVersion { .. } => {
                "Correct `api-version` in the base URL, or end the address in `/openai/v1` without it."
            }
            Self::InvalidRequest { .. } => {
                "Choose another model, or another form of requests for this server in Settings."
            }
            Self::PictureRejected { .. } => "Remove the picture or attach it as PNG or JPEG.",
            Self::NoVision { .. } => "Remove the picture, or choose a model that reads pictures.",
            Self::StaleReasoning { .. } => "Send the message again.",
            Self::ContextTooLong { .. } => {
                "Start a new task with a shorter request, or choose a model with a larger window."
            }
            Self::NoCredit { .. } => "Add credit at the provider, or use another key.",
            Self::PlanLimit { .. } => "Wait until the allowance renews, or use another key.",
            Self::RateLimited { .. } => "Wait a minute and send the message again.",
            Self::Unavailable { .. } => "Wait a little and send the message again.",
            Self::Blocked { .. } => "Put the request differently, or ask the provider.",
            Self::Status { .. } => "Check the base URL, or send the message again later.",
            Self::Redirected { .. } => {
                "Redirects are not followed, to keep the key safe. Set the final address as base URL."
            }
            Self::Unreachable { .. } | Self::NoAnswer { .. } => {
                "Check that the server runs and that you are online."
            }
            Self::UnknownHost { .. } => "Check the base URL and that you are online.",
            Self::Untrusted { .. } => {
                "Check the address, the date of this computer, and the certificates it trusts."
            }
            Self::Proxy { .. } => {
                "Check the proxy of this computer (HTTPS_PROXY, NO_PROXY), or the one of this provider in Settings."
            }
            Self::Silent { .. } | Self::Cut { .. } => {
                "What was finished is kept. Send \"continue\" to go on."
            }
            Self::NotAStream { .. } => {
                "Check the base URL; a login page or another service may be answering."
            }
            Self::Unreadable { .. } | Self::TooLarge { .. } => {
                "Send the message again, or choose another model."
            }
            Self::CutShort { .. } => "What was finished is kept. Ask for a smaller step.",
            Self::Declined { .. } => "Put the request differently.",
            Self::Empty { .. } => "Send the message again, or choose another model.",
            Self::NotSent { .. } => "Check the base URL and the key.",
        }
    }
}
