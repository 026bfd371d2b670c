//! Seals the `requestState` that a client carries between two rounds.
//!
//! The client is the courier and may be the attacker. XChaCha20-Poly1305 hides
//! the state and refuses any change to it; what it belongs to (audience,
//! principal, method, target, canonical arguments) is authenticated with it, so
//! it opens for that very request and for no other.

use std::{
    fmt,
    sync::{Arc, Once},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use orion::hazardous::aead::xchacha20poly1305::{self as aead, Nonce, SecretKey};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The prefix of a sealed state: the format, for later ones to differ from.
const FORMAT: &str = "v1.";
/// The bytes of the nonce in front of the sealed text.
const NONCE: usize = 24;
/// The bytes of the tag behind it.
const TAG: usize = 16;
/// The largest state, in bytes of its text.
const MAX_BYTES: usize = 64 * 1024;
/// How far the clocks of two replicas may differ.
const SKEW: Duration = Duration::from_secs(60);
/// How long a state may be used by default.
const EXPIRY: Duration = Duration::from_secs(600);

/// The keys that seal `requestState`; the first seals, every one opens.
///
/// Replicas need the same keys, or a retry that reaches another replica fails.
/// To rotate: add the new key behind the old one everywhere, then put it first
/// everywhere, then drop the old one.
///
/// # Examples
///
/// ```
/// use mcp_axum::peer::StateKeys;
///
/// let (new, old) = ([7; 32], [8; 32]); // from your secret store
/// let keys = StateKeys::new(new).accept(old);
/// ```
#[derive(Clone)]
#[must_use]
pub struct StateKeys {
    keys: Vec<Arc<SecretKey>>,
    expiry: Duration,
    /// Present while the key is random and nobody was warned yet.
    random: Option<Arc<Once>>,
}

impl StateKeys {
    /// Creates a ring of one key, which seals and opens.
    pub fn new(key: [u8; 32]) -> Self {
        Self {
            keys: vec![secret(&key)],
            expiry: EXPIRY,
            random: None,
        }
    }

    /// Adds a key that only opens.
    pub fn accept(mut self, key: [u8; 32]) -> Self {
        self.keys.push(secret(&key));
        self
    }

    /// Sets how long a state may be used; 10 minutes by default.
    pub fn expiry(mut self, expiry: Duration) -> Self {
        self.expiry = expiry;
        self
    }

    /// Creates a key of this process alone.
    pub(crate) fn random() -> Self {
        let mut key = [0; 32];
        random_bytes(&mut key);
        Self {
            random: Some(Arc::new(Once::new())),
            ..Self::new(key)
        }
    }

    /// Seals `body`, bound to `binding`.
    ///
    /// # Errors
    ///
    /// When the sealed state would pass 64 KiB.
    pub(crate) fn seal<T: Serialize>(&self, binding: &[u8], body: &T) -> Result<String, Error> {
        self.warn_when_random();
        let issued = now();
        let claims = Claims {
            issued,
            expires: issued.saturating_add(self.expiry.as_secs()),
            body,
        };
        let plain = serde_json::to_vec(&claims)
            .map_err(|error| Error::with_source("the request state cannot be written", error))?;
        let mut sealed = vec![0; NONCE + plain.len() + TAG];
        random_bytes(&mut sealed[..NONCE]);
        let (nonce, text) = sealed.split_at_mut(NONCE);
        let nonce = Nonce::from_slice(nonce).map_err(|_| broken())?;
        aead::seal(&self.keys[0], &nonce, &plain, Some(binding), text).map_err(|_| broken())?;
        let token = format!("{FORMAT}{}", URL_SAFE_NO_PAD.encode(sealed));
        if token.len() > MAX_BYTES {
            let size = token.len();
            return Err(Error::new(format!(
                "the request state has {size} bytes and may have {MAX_BYTES}; \
                 keep large state on the server and carry its key"
            )));
        }
        Ok(token)
    }

    /// Opens what [`seal`](Self::seal) made; the reason of a failure is for the log only.
    pub(crate) fn open<T>(&self, binding: &[u8], token: &str) -> Result<T, &'static str>
    where
        T: for<'de> Deserialize<'de>,
    {
        if token.len() > MAX_BYTES {
            return Err("too large");
        }
        let text = token.strip_prefix(FORMAT).ok_or("unknown format")?;
        let sealed = URL_SAFE_NO_PAD.decode(text).map_err(|_| "not base64url")?;
        if sealed.len() < NONCE + TAG {
            return Err("too short");
        }
        let (nonce, text) = sealed.split_at(NONCE);
        let nonce = Nonce::from_slice(nonce).map_err(|_| "bad nonce")?;
        let mut plain = vec![0; text.len() - TAG];
        let opens =
            |key: &Arc<SecretKey>| aead::open(key, &nonce, text, Some(binding), &mut plain).is_ok();
        if !self.keys.iter().any(opens) {
            return Err("changed, sealed by another key, or made for another request");
        }
        let claims: Claims<T> = serde_json::from_slice(&plain).map_err(|_| "unreadable")?;
        claims.check(now())?;
        Ok(claims.body)
    }

    fn warn_when_random(&self) {
        if let Some(once) = &self.random {
            once.call_once(|| {
                tracing::warn!(
                    "request states are sealed with a key of this process alone; \
                     several replicas need a shared one: `McpService::builder(..).state_keys(..)`"
                );
            });
        }
    }
}

impl fmt::Debug for StateKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateKeys")
            .field("keys", &format_args!("<{} redacted>", self.keys.len()))
            .field("expiry", &self.expiry)
            .finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
struct Claims<T> {
    #[serde(rename = "iat")]
    issued: u64,
    #[serde(rename = "exp")]
    expires: u64,
    body: T,
}

impl<T> Claims<T> {
    fn check(&self, now: u64) -> Result<(), &'static str> {
        if now >= self.expires {
            return Err("expired");
        }
        if self.issued > now.saturating_add(SKEW.as_secs()) {
            return Err("issued in the future");
        }
        Ok(())
    }
}

fn secret(key: &[u8; 32]) -> Arc<SecretKey> {
    Arc::new(SecretKey::from_slice(key).expect("a key of 32 bytes is the right length"))
}

fn broken() -> Error {
    Error::new("the request state cannot be sealed")
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// Fills `bytes` from the system's source of randomness.
///
/// # Panics
///
/// When the system has none, as nothing sealed would be safe then.
pub(crate) fn random_bytes(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the system has a source of randomness");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_opens_for_its_own_request_only() {
        let keys = StateKeys::new([1; 32]);
        let token = keys.seal(b"ada", &"body").unwrap();
        let opened: Result<String, _> = keys.open(b"ada", &token);
        assert_eq!(opened.unwrap(), "body");
        assert!(keys.open::<String>(b"bob", &token).is_err());
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] ^= 1;
            let changed = String::from_utf8(changed).unwrap();
            assert!(keys.open::<String>(b"ada", &changed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn keys_rotate_and_states_expire() {
        let old = StateKeys::new([1; 32]);
        let token = old.seal(b"", &1).unwrap();
        let rotated = StateKeys::new([2; 32]).accept([1; 32]);
        assert_eq!(rotated.open::<u8>(b"", &token), Ok(1));
        assert!(StateKeys::new([2; 32]).open::<u8>(b"", &token).is_err());
        let stale = StateKeys::new([1; 32]).expiry(Duration::ZERO);
        let token = stale.seal(b"", &1).unwrap();
        assert_eq!(stale.open::<u8>(b"", &token), Err("expired"));
    }

    #[test]
    fn a_state_over_the_limit_is_refused() {
        let error = StateKeys::new([1; 32]).seal(b"", &"x".repeat(70_000));
        assert!(error.unwrap_err().to_string().contains("65536"));
    }
}
