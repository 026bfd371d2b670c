//! Bytes that stand for themselves in a JSON string, found many at a time.

use memchr::memchr2;

/// How many bytes are read as one word.
const WORD: usize = size_of::<u64>();

/// Most strings end within this many bytes, before a vectorised search has paid for its call.
const SHORT: usize = 4 * WORD;

/// Returns how many bytes come before a quote, a `\`, a control character or the end.
#[inline]
pub(super) fn run(bytes: &[u8]) -> usize {
    let mut at = 0;
    while at < SHORT {
        let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<WORD>) else {
            return at
                + bytes[at..]
                    .iter()
                    .take_while(|&&byte| is_plain(byte))
                    .count();
        };
        let stops = stops(u64::from_le_bytes(*word));
        if stops != 0 {
            return at + stops.trailing_zeros() as usize / 8;
        }
        at += WORD;
    }
    at + long_run(&bytes[at..])
}

fn long_run(bytes: &[u8]) -> usize {
    let plain = &bytes[..memchr2(b'"', b'\\', bytes).unwrap_or(bytes.len())];
    // Without an early exit the compiler compares many bytes at once.
    if plain
        .iter()
        .fold(false, |found, &byte| found | (byte < b' '))
    {
        return plain.iter().take_while(|&&byte| is_plain(byte)).count();
    }
    plain.len()
}

fn is_plain(byte: u8) -> bool {
    byte >= b' ' && byte != b'"' && byte != b'\\'
}

/// Sets the high bit of the first byte that is not plain, and maybe of bytes after it.
///
/// A subtraction borrows from the next byte only where it sets a bit of its own, so all that is
/// below the lowest bit is plain.
#[inline]
fn stops(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH: u64 = ONES << 7;
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word;
    let equals = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    (below(word, b' ') | equals(b'"') | equals(b'\\')) & HIGH
}
