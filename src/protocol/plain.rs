//! Bytes that stand for themselves in a JSON string, found many at a time.

/// How many bytes are read as one word.
const WORD: usize = size_of::<u64>();

/// Most strings end within this many bytes, before looking at whole blocks has paid.
const SHORT: usize = 2 * WORD;

/// How many bytes are looked at at once: two registers of every machine there is.
const BLOCK: usize = 32;

/// Returns how many bytes come before a quote, a `\`, a control character or the end.
#[inline]
pub(super) fn run(bytes: &[u8]) -> usize {
    let Some((start, rest)) = bytes.split_at_checked(SHORT) else {
        return by_words(bytes);
    };
    match by_words(start) {
        SHORT => SHORT + long_run(rest),
        short => short,
    }
}

// Apart, so that a short run saves no registers for it.
#[inline(never)]
fn long_run(bytes: &[u8]) -> usize {
    let blocks = bytes.chunks_exact(BLOCK);
    let plain = blocks.take_while(|block| is_plain_block(block)).count() * BLOCK;
    plain + by_words(&bytes[plain..])
}

fn is_plain_block(block: &[u8]) -> bool {
    // Without an early exit, and one question at a time, the compiler compares the whole
    // block with some twenty instructions.
    let any = block.iter().fold(0, |any, &byte| {
        any | u8::from(byte < b' ') | u8::from(byte == b'"') | u8::from(byte == b'\\')
    });
    any == 0
}

#[inline]
fn by_words(bytes: &[u8]) -> usize {
    let words = bytes.chunks_exact(WORD);
    let rest = words.remainder().iter();
    let mut at = 0;
    for word in words.filter_map(<[u8]>::first_chunk::<WORD>) {
        let stops = stops(u64::from_le_bytes(*word));
        if stops != 0 {
            return at + stops.trailing_zeros() as usize / 8;
        }
        at += WORD;
    }
    at + rest.take_while(|byte| is_plain(**byte)).count()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_ends_where_a_look_at_each_byte_says() {
        for length in 0..120 {
            for at in 0..=length {
                for stop in *b"\"\\\0\n\x1f\x20\x7f\x80\xff" {
                    let mut bytes = vec![b'a'; length];
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte = stop;
                    }
                    let expected = bytes.iter().take_while(|byte| is_plain(**byte)).count();
                    assert_eq!(run(&bytes), expected, "{length} bytes, {stop} at {at}");
                }
            }
        }
    }
}
