//! The keys to providers: in the keychain of this computer, and in memory only while they are used.
//!
//! A key belongs to a [`Slot`]: one provider at one address. Another address is another slot, so a
//! key saved for one host is never found, and never sent, for another. Where there is no keychain
//! that takes it, a key is kept in memory until Greenlight closes, and that is said with the reason.
//!
//! Nothing here writes a file, a log or a process environment, and nothing gives a key to the
//! window: it learns that there is one, and its last four characters.

mod keychain;

use std::collections::HashMap;
use std::fmt;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use secrecy::ExposeSecret;
use secrecy::SecretString;

pub use keychain::KeychainError;

use crate::redact::Keys;

/// What a key belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Slot {
    /// The provider's id.
    pub provider: String,
    /// Scheme, host and port.
    pub origin: String,
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.provider, self.origin)
    }
}

/// Where a key is, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyState {
    /// There is none.
    Missing,
    /// It was saved, and nobody has looked for it yet.
    Unread,
    /// In the keychain.
    Saved {
        /// Its last characters.
        ending: String,
    },
    /// In memory until Greenlight closes.
    Session {
        /// Its last characters.
        ending: String,
        /// Why it is not in the keychain.
        reason: String,
    },
    /// Given by the environment that Greenlight was started with.
    Given {
        /// Its last characters.
        ending: String,
    },
    /// In the keychain, which does not give it now.
    Kept(KeychainError),
}

/// The keys of this run, and the way to the keychain.
#[derive(Debug, Default)]
pub struct Credentials {
    session: Mutex<HashMap<Slot, SessionKey>>,
    seen: Mutex<HashMap<Slot, KeyState>>,
    keys: Keys,
}

#[derive(Debug)]
struct SessionKey {
    key: SecretString,
    reason: String,
}

impl Credentials {
    /// The keys that were loaded in this run, so that they can be struck out of what leaves it.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Saves a key, in the keychain where that works, else in memory for this run. Gives where.
    pub async fn save(&self, slot: &Slot, key: SecretString) -> KeyState {
        self.keys.learn(&key);
        let ending = ending(&key);
        let state = match keychain::save(slot, &key).await {
            Ok(()) => {
                self.session().remove(slot);
                KeyState::Saved { ending }
            }
            Err(error) => {
                let reason = error.to_string();
                let kept = SessionKey {
                    key,
                    reason: reason.clone(),
                };
                self.session().insert(slot.clone(), kept);
                KeyState::Session { ending, reason }
            }
        };
        self.saw(slot, state.clone());
        state
    }

    /// The key, if there is one. `saved` says whether one was put into the keychain, which is not
    /// asked otherwise.
    ///
    /// # Errors
    ///
    /// [`KeychainError`] when it is there and cannot be had now.
    pub async fn read(
        &self,
        slot: &Slot,
        saved: bool,
    ) -> Result<Option<SecretString>, KeychainError> {
        if let Some(kept) = self.session().get(slot) {
            return Ok(Some(kept.key.clone()));
        }
        if !saved {
            return Ok(None);
        }
        let found = keychain::read(slot).await;
        if let Ok(Some(key)) = &found {
            self.keys.learn(key);
        }
        let state = match &found {
            Ok(Some(key)) => KeyState::Saved {
                ending: ending(key),
            },
            Ok(None) => KeyState::Missing,
            Err(error) => KeyState::Kept(error.clone()),
        };
        self.saw(slot, state);
        found
    }

    /// Takes a key out of memory and, if one was `saved`, out of the keychain.
    ///
    /// # Errors
    ///
    /// [`KeychainError`] when it is still in the keychain.
    pub async fn remove(&self, slot: &Slot, saved: bool) -> Result<(), KeychainError> {
        self.session().remove(slot);
        if saved {
            keychain::remove(slot).await?;
        }
        self.saw(slot, KeyState::Missing);
        Ok(())
    }

    /// What is known of a key without asking the keychain.
    pub fn state(&self, slot: &Slot, saved: bool) -> KeyState {
        if let Some(kept) = self.session().get(slot) {
            return KeyState::Session {
                ending: ending(&kept.key),
                reason: kept.reason.clone(),
            };
        }
        if !saved {
            return KeyState::Missing;
        }
        self.seen().get(slot).cloned().unwrap_or(KeyState::Unread)
    }

    fn saw(&self, slot: &Slot, state: KeyState) {
        self.seen().insert(slot.clone(), state);
    }

    fn session(&self) -> MutexGuard<'_, HashMap<Slot, SessionKey>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<Slot, KeyState>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The last four characters of a key that is long enough not to be given away by them.
pub fn ending(key: &SecretString) -> String {
    const SHOWN: usize = 4;
    let key = key.expose_secret();
    let length = key.chars().count();
    if length < 4 * SHOWN {
        return String::new();
    }
    key.chars().skip(length - SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(origin: &str) -> Slot {
        Slot {
            // The keychain is shared by all tests of a run.
            provider: format!("test-{}", uuid::Uuid::new_v4()),
            origin: origin.to_owned(),
        }
    }

    #[tokio::test]
    async fn a_key_goes_into_the_keychain_and_comes_back_for_its_own_address_only() {
        let credentials = Credentials::default();
        let here = slot("https://a.example");
        let there = Slot {
            origin: "https://b.example".to_owned(),
            ..here.clone()
        };
        let key = || SecretString::from("sk-very-secret-0123");
        let state = credentials.save(&here, key()).await;
        assert_eq!(
            state,
            KeyState::Saved {
                ending: "0123".to_owned()
            },
            "the tests run with a keychain"
        );
        // As after a restart.
        let credentials = Credentials::default();
        assert_eq!(credentials.state(&here, true), KeyState::Unread);
        let found = credentials.read(&here, true).await.unwrap().unwrap();
        assert_eq!(found.expose_secret(), key().expose_secret());
        assert_eq!(credentials.state(&here, true), state);
        assert!(credentials.read(&there, true).await.unwrap().is_none());
        assert_eq!(credentials.state(&there, true), KeyState::Missing);
        assert!(
            credentials.read(&here, false).await.unwrap().is_none(),
            "nobody asks for what was not saved"
        );

        // Another key takes its place, and none stays when it is removed.
        let other = SecretString::from("sk-another-secret-4567");
        credentials.save(&here, other).await;
        let found = credentials.read(&here, true).await.unwrap().unwrap();
        assert_eq!(found.expose_secret(), "sk-another-secret-4567");
        credentials.remove(&here, true).await.unwrap();
        assert!(credentials.read(&here, true).await.unwrap().is_none());
        credentials.remove(&here, true).await.unwrap();
    }

    #[test]
    fn short_keys_show_nothing_and_no_key_is_printed() {
        assert_eq!(ending(&"sk-0123456789abcdef".into()), "cdef");
        assert_eq!(ending(&"short-key".into()), "");
        assert_eq!(ending(&"schlüsselschlüsselü".into()), "selü");
        let credentials = Credentials::default();
        credentials.session().insert(
            slot("https://a.example"),
            SessionKey {
                key: "sk-very-secret".into(),
                reason: String::new(),
            },
        );
        assert!(!format!("{credentials:?}").contains("very-secret"));
    }
}
