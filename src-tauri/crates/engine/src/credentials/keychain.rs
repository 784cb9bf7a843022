//! The keychain of this computer: on Linux the Secret Service, elsewhere what the system has.
//!
//! It answers when it likes, because it may ask the person to unlock it. So every call runs on a
//! thread that may block, and is given up after [`PATIENCE`].

use std::time::Duration;

use keyring::v1::Entry;
use secrecy::ExposeSecret;
use secrecy::SecretString;

use super::Slot;

/// The name that people find Greenlight's keys by in their keychain.
const SERVICE: &str = "Greenlight";

/// As long as a person may take to answer the keychain's own question.
const PATIENCE: Duration = Duration::from_secs(120);

/// Why a key cannot be had or kept. No variant carries what the keychain holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeychainError {
    /// It is locked, and was not unlocked when it asked.
    #[error("the keychain of this computer is locked")]
    Locked,
    /// It says no to this program.
    #[error("the keychain of this computer refused")]
    Refused,
    /// There is none.
    #[error("this computer has no keychain that Greenlight can reach")]
    Absent,
    /// It holds something else.
    #[error("the keychain of this computer holds something under this name that is no key")]
    Unusable,
    /// It gave no answer.
    #[error("the keychain of this computer did not answer")]
    Silent,
    /// Anything else.
    #[error("the keychain of this computer failed ({0})")]
    Failed(String),
}

impl KeychainError {
    /// What the person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Locked => "Unlock it when it asks, or by signing in again, and try once more.",
            Self::Refused => "Allow Greenlight to use it, and try once more.",
            Self::Absent => {
                "Install and start one, such as GNOME Keyring or KWallet, and start Greenlight \
                 again; or enter the key each time you start Greenlight."
            }
            Self::Unusable => "Remove the key in Settings and enter it again.",
            Self::Silent | Self::Failed(_) => {
                "Try once more, or enter the key again for as long as Greenlight runs."
            }
        }
    }
}

/// Puts a key in and looks whether it is there.
pub(super) async fn save(slot: &Slot, key: &SecretString) -> Result<(), KeychainError> {
    let key = key.clone();
    ask(slot, move |entry| {
        entry.set_password(key.expose_secret())?;
        Ok(entry.get_password()? == key.expose_secret())
    })
    .await?
    .then_some(())
    .ok_or(KeychainError::Unusable)
}

/// Gets a key out.
pub(super) async fn read(slot: &Slot) -> Result<Option<SecretString>, KeychainError> {
    ask(slot, |entry| match entry.get_password() {
        Ok(key) => Ok(Some(SecretString::from(key))),
        Err(keyring::Error::NoEntry) => Ok(None),
        Err(error) => Err(error),
    })
    .await
}

/// Takes a key away; one that is not there is away.
pub(super) async fn remove(slot: &Slot) -> Result<(), KeychainError> {
    ask(slot, |entry| match entry.delete_credential() {
        Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
        Err(error) => Err(error),
    })
    .await
}

async fn ask<T: Send + 'static>(
    slot: &Slot,
    what: impl FnOnce(Entry) -> keyring::Result<T> + Send + 'static,
) -> Result<T, KeychainError> {
    let user = slot.to_string();
    let asking = tokio::task::spawn_blocking(move || what(Entry::new(SERVICE, &user)?));
    match tokio::time::timeout(PATIENCE, asking).await {
        Ok(Ok(answer)) => answer.map_err(|error| said(&error)),
        Ok(Err(_)) => Err(KeychainError::Failed("a fault of the program".to_owned())),
        Err(_) => Err(KeychainError::Silent),
    }
}

fn said(error: &keyring::Error) -> KeychainError {
    use keyring::Error;
    match error {
        // A question that was closed, or that nobody could be asked: it stays locked either way.
        Error::NoStorageAccess(_) => KeychainError::Locked,
        Error::NoDefaultStore => KeychainError::Absent,
        // What it holds must not be printed, so these are not asked for their words.
        Error::BadEncoding(_) | Error::BadDataFormat(..) | Error::Ambiguous(_) | Error::NoEntry => {
            KeychainError::Unusable
        }
        Error::PlatformFailure(why) => {
            let words: String = why.to_string().chars().take(200).collect();
            match ["AccessDenied", "NotAllowed", "denied"]
                .iter()
                .any(|no| words.contains(no))
            {
                true => KeychainError::Refused,
                false => KeychainError::Failed(words),
            }
        }
        _ => KeychainError::Failed("it gave no reason that Greenlight knows".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_is_told_apart_and_nothing_kept_is_repeated() {
        let error = |text: &str| -> Box<dyn std::error::Error + Send + Sync> { text.into() };
        let check = |given: keyring::Error, expected: KeychainError| {
            let found = said(&given);
            assert_eq!(found, expected);
            assert!(!found.to_string().contains("secret"), "{found}");
            assert!(!found.hint().is_empty());
        };
        use keyring::Error;
        check(
            Error::NoStorageAccess(error("SS error: prompt dismissed")),
            KeychainError::Locked,
        );
        check(
            Error::NoStorageAccess(error("SS Error: object locked")),
            KeychainError::Locked,
        );
        check(
            Error::PlatformFailure(error("org.freedesktop.DBus.Error.AccessDenied: no")),
            KeychainError::Refused,
        );
        check(Error::NoDefaultStore, KeychainError::Absent);
        check(
            Error::BadEncoding(b"secret".to_vec()),
            KeychainError::Unusable,
        );
        check(
            Error::PlatformFailure(error("no such bus")),
            KeychainError::Failed("no such bus".to_owned()),
        );
    }
}
