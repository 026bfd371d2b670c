//! The ids of sessions: unguessable, and recognised without a look-up.
//!
//! An id is the session's random key followed by a tag that only this process
//! can make, so that guessing costs us a hash and never a look at the sessions.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use orion::util::secure_cmp;
use siphasher::sip128::SipHasher24;

use crate::peer::seal::random_bytes;

/// The format, for later ones to differ from.
const FORMAT: &[u8] = b"1.";
/// The characters of the key.
const KEY_TEXT: usize = 22;
/// The bytes of the tag.
const TAG: usize = 10;

/// The id of a session, as it stands in the header.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SessionId(String);

impl SessionId {
    /// Returns the text: letters, digits, `-`, `_` and `.`.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(<redacted>)")
    }
}

/// Makes ids and recognises its own.
pub(super) struct Ids {
    /// SipHash-2-4 under a secret key: a MAC made for messages as short as a key (Aumasson and
    /// Bernstein, *`SipHash`: a fast short-input PRF*, 2012), because every request pays for it.
    mac: SipHasher24,
}

impl Ids {
    /// Creates a source of ids with a random secret.
    pub(super) fn new() -> Self {
        let mut secret = [0; 16];
        random_bytes(&mut secret);
        Self {
            mac: SipHasher24::new_with_key(&secret),
        }
    }

    /// Returns a new random key of a session.
    pub(super) fn random_key() -> u128 {
        let mut bytes = [0; 16];
        random_bytes(&mut bytes);
        u128::from_be_bytes(bytes)
    }

    /// Returns the id of the session with this key.
    pub(super) fn id(&self, key: u128) -> SessionId {
        let bytes = key.to_be_bytes();
        let mut id = String::with_capacity(FORMAT.len() + KEY_TEXT + 1 + 14);
        id.push_str("1.");
        URL_SAFE_NO_PAD.encode_string(bytes, &mut id);
        id.push('.');
        URL_SAFE_NO_PAD.encode_string(self.tag(&bytes), &mut id);
        SessionId(id)
    }

    /// Returns the key in an id that was made here, and `None` for any other text.
    pub(super) fn key(&self, id: &[u8]) -> Option<u128> {
        let text = id.strip_prefix(FORMAT)?;
        let (key, rest) = text.split_at_checked(KEY_TEXT)?;
        let tag = rest.strip_prefix(b".")?;
        let (key, tag) = (decode::<16>(key)?, decode::<TAG>(tag)?);
        // In constant time: the first wrong byte must not be told by the clock.
        secure_cmp(&tag, &self.tag(&key)).ok()?;
        Some(u128::from_be_bytes(key))
    }

    fn tag(&self, key: &[u8; 16]) -> [u8; TAG] {
        let whole = self.mac.hash(key).as_bytes();
        std::array::from_fn(|at| whole[at])
    }
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ids(<redacted>)")
    }
}

/// Decodes text of exactly `N` bytes in their only spelling.
fn decode<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    // The decoder wants room for whole groups of four characters.
    let mut bytes = [0; 18];
    let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
    bytes.get(..length)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn an_id_leads_back_to_its_key_in_one_spelling_only() {
        let ids = Ids::new();
        let key = Ids::random_key();
        let id = ids.id(key);
        assert_eq!(id.as_str().len(), 39);
        assert_eq!(ids.key(id.as_str().as_bytes()), Some(key));
        for at in 0..id.as_str().len() {
            for byte in 0..=u8::MAX {
                let mut changed = id.as_str().as_bytes().to_vec();
                let same = changed[at] == byte;
                changed[at] = byte;
                assert_eq!(ids.key(&changed).is_some(), same, "byte {at} as {byte}");
            }
        }
        for at in 0..id.as_str().len() {
            assert_eq!(ids.key(&id.as_str().as_bytes()[..at]), None, "{at}");
        }
        assert_eq!(ids.key(format!("{id}A").as_bytes()), None);
        assert_eq!(Ids::new().key(id.as_str().as_bytes()), None);
        assert!(!format!("{id:?}").contains(id.as_str()));
    }

    #[test]
    fn ids_do_not_repeat_and_their_bytes_tell_nothing() {
        let ids = Ids::new();
        let mut seen = HashSet::new();
        let mut counts = [[0_u32; 256]; 16 + TAG];
        for _ in 0..100_000 {
            let key = Ids::random_key();
            assert!(seen.insert(key), "an id came twice");
            let key = key.to_be_bytes();
            for (counts, byte) in counts.iter_mut().zip(key.into_iter().chain(ids.tag(&key))) {
                counts[usize::from(byte)] += 1;
            }
        }
        for (at, counts) in counts.iter().enumerate() {
            let expected = f64::from(counts.iter().sum::<u32>()) / 256.0;
            let off = |count: &u32| (f64::from(*count) - expected).powi(2) / expected;
            let chi_square: f64 = counts.iter().map(off).sum();
            // 255 on average; eight standard deviations, so that chance alone never fails.
            // Too even is no chance, either: so is the last byte of a counter.
            assert!(
                (74.0..436.0).contains(&chi_square),
                "byte {at}: {chi_square}"
            );
        }
    }
}
