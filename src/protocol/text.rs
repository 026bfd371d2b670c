//! Strings as JSON, which most of a large answer is.
//!
//! The same bytes as `serde_json` writes; but it looks at one byte after the
//! other, and this at many at once.

use super::plain::run;

/// Writes a string as JSON.
pub(crate) fn write_string(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    out.reserve(rest.len() + 2);
    out.push(b'"');
    loop {
        let (plain, escaped) = rest.split_at(run(rest));
        out.extend_from_slice(plain);
        let Some((byte, behind)) = escaped.split_first() else {
            break;
        };
        write_escape(out, *byte);
        rest = behind;
    }
    out.push(b'"');
}

/// Writes the escape of a quote, a backslash or a control character (RFC 8259 §7).
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
            for before in [0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 47, 48, 49, 79, 80, 95] {
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
