//! Strings as JSON, which most of a large answer is.
//!
//! The same bytes as `serde_json` writes; but it looks at one byte after the
//! other, and this at a block of them at once.

/// The bytes that are looked at at once: two registers of every machine there is.
const BLOCK: usize = 32;

/// Writes a string as JSON.
pub(crate) fn write_string(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    // What is written already; what lies between it and the next escape goes in one piece.
    let mut written = 0;
    let mut escape = |out: &mut Vec<u8>, at: usize, byte: u8| {
        out.extend_from_slice(bytes.get(written..at).unwrap_or_default());
        write_escape(out, byte);
        written = at + 1;
    };
    let blocks = bytes.chunks_exact(BLOCK);
    let (rest, tail) = (blocks.remainder(), bytes.len() - blocks.remainder().len());
    for (number, block) in blocks.enumerate() {
        // No early end: so the compiler compares the whole block with a few instructions.
        if block
            .iter()
            .fold(false, |any, byte| any | is_escaped(*byte))
        {
            let found = block
                .iter()
                .enumerate()
                .filter(|(_, byte)| is_escaped(**byte));
            found.for_each(|(at, byte)| escape(out, number * BLOCK + at, *byte));
        }
    }
    let found = rest
        .iter()
        .enumerate()
        .filter(|(_, byte)| is_escaped(**byte));
    found.for_each(|(at, byte)| escape(out, tail + at, *byte));
    out.extend_from_slice(bytes.get(written..).unwrap_or_default());
    out.push(b'"');
}

/// RFC 8259 §7: quotes, backslashes and control characters.
fn is_escaped(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
}

fn write_escape(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let short = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0x0c => b'f',
        b'\r' => b'r',
        _ => {
            let (high, low) = (HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]);
            return out.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::write_string;

    fn check(text: &str) {
        let mut out = Vec::new();
        write_string(&mut out, text);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            serde_json::to_string(text).unwrap()
        );
    }

    #[test]
    fn every_character_is_written_as_by_serde_at_every_place_of_a_block() {
        for character in (0..=0x110_u32)
            .chain([0x2028, 0xfffd, 0x1f600])
            .filter_map(char::from_u32)
        {
            for before in [0, 1, 30, 31, 32, 33, 63, 64, 95] {
                let text = format!("{}{character}{}", "a".repeat(before), "b".repeat(40));
                check(&text);
            }
        }
        check("");
    }

    proptest! {
        #[test]
        fn any_text_is_written_as_by_serde(text in "(\\PC|[\\x00-\\x1f\"\\\\]){0,300}") {
            check(&text);
        }
    }
}
