//! Admits a JSON message in one pass and records where its members are.
//!
//! Two readers of one message must never disagree about it, or a gateway lets through what the server
//! then runs. So every byte is checked before any typed parse sees it: strict RFC 8259 grammar, UTF-8,
//! bounded depth, no key twice in one object and none of the keys that `serde_json` gives a private
//! meaning. What is left has one reading, and typed parses may take borrowed slices of it through the
//! [`Outline`].
//!
//! The pass allocates nothing for an ordinary request; see [`keys`] for what an unusual one costs.

mod cursor;
mod error;
mod keys;
mod outline;
mod text;
mod walk;

use walk::Walk;

pub(crate) use error::ScanError;
pub(crate) use outline::{Member, Outline, Shape, Span};

/// Checks a whole text and outlines the message in it.
///
/// # Errors
///
/// A [`ScanError`]; one of grammar or depth outranks one about keys, wherever each was found.
pub(crate) fn scan(text: &str) -> Result<Outline, ScanError> {
    check_length(text)?;
    Walk::new(text).message()
}

/// Returns the spans of the root array's elements, of which there may be `limit`.
///
/// Each element is a message of its own: [`scan`] outlines it.
///
/// # Errors
///
/// As [`scan`]; also when the root is no array, or has more elements. The rest of a longer array is
/// not read.
pub(crate) fn elements(text: &str, limit: usize) -> Result<Vec<Span>, ScanError> {
    check_length(text)?;
    Walk::new(text).elements(limit)
}

/// Makes sure that a [`Span`] can hold every offset.
fn check_length(text: &str) -> Result<(), ScanError> {
    u32::try_from(text.len())
        .map(drop)
        .map_err(|_| ScanError::TooLong)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line per outcome, short enough to stand in a table.
    fn outcome(body: &str) -> String {
        let id = |id: Option<Span>| id.map_or("-", |id| id.of(body)).to_owned();
        match scan(body) {
            Ok(outline) => format!("{:?}", outline.shape).to_lowercase(),
            Err(ScanError::DuplicateKey { key, id: span }) => format!("twice {key} {}", id(span)),
            Err(ScanError::ReservedKey { id: span }) => format!("reserved {}", id(span)),
            Err(ScanError::Syntax { at, .. }) => format!("syntax {at}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_body_is_admitted_or_refused_for_its_worst_fault() {
        let table: &[(&str, &str)] = &[
            (" {} \r\n\t", "object"),
            ("[1,-0.5e+9,1e999,true,null]", "array"),
            (r#""\ud83d\ude00""#, "other"),
            ("", "syntax 0"),
            ("\u{feff}{}", "syntax 0"),
            ("{} {}", "syntax 3"),
            ("[1,]", "syntax 3"),
            ("01", "syntax 1"),
            ("-", "syntax 1"),
            ("\"a\x1fb\"", "syntax 2"),
            ("\"0123456789abcdefghijkl\x00m\"", "syntax 23"),
            (r#""\ud83d""#, "syntax 7"),
            (r#""\ude00""#, "syntax 7"),
            (r#"{"id":1,"a":0,"a":0}"#, "twice a 1"),
            (r#"{"a":[{"x":1,"\u0078":2}],"id": "s" }"#, "twice x \"s\""),
            (r#"{"id":1,"i\u0064":2}"#, "twice id -"),
            (r#"{"id":1,"a":0,"a":0"#, "syntax 19"),
            (r#"{"a":0,"A":0,"a\u0000":0}"#, "object"),
            (
                r#"{"id":7,"p":{"$serde_json::private::x":""}}"#,
                "reserved 7",
            ),
            (r#"{"\u0024serde_json::private::":0}"#, "reserved -"),
        ];
        for (body, expected) in table {
            assert_eq!(outcome(body), *expected, "{}", body.escape_debug());
        }
    }

    #[test]
    fn nesting_ends_at_128_levels() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(scan(&nested(128)).is_ok());
        assert_eq!(scan(&nested(129)).err(), Some(ScanError::TooDeep));
    }

    #[test]
    fn a_member_counts_at_its_own_level_and_under_any_spelling() {
        let body = r#"{"name":0, "params" : {"na\u006de": "t" ,
            "_meta":{"progressToken":[ 1 ]},"arguments":{"uri":1}}}"#;
        let outline = scan(body).unwrap();
        assert_eq!(outline.text(Member::Name, body), Some(r#""t""#));
        assert_eq!(outline.text(Member::ProgressToken, body), Some("[ 1 ]"));
        assert_eq!(outline.text(Member::Arguments, body), Some(r#"{"uri":1}"#));
        assert_eq!(outline.get(Member::Uri), None);
        assert_eq!(outline.get(Member::Id), None);
    }

    #[test]
    fn a_key_repeated_in_a_wide_object_is_found() {
        let members: Vec<String> = (0..100)
            .map(|n| format!(r#""k{n}":{{"k{n}":0}}"#))
            .collect();
        for repeated in [0, 15, 16, 17, 99] {
            let body = format!(r#"{{{},"\u006b{repeated}":0}}"#, members.join(","));
            assert_eq!(outcome(&body), format!("twice k{repeated} -"));
        }
        let body = format!("{{{}}}", members.join(","));
        assert_eq!(outcome(&body), "object");
    }

    #[test]
    fn elements_are_listed_up_to_the_limit() {
        let body = r#" [ {"id":1} ,2, "]" ] "#;
        let spans = elements(body, 3).unwrap();
        let texts = spans.iter().map(|span| span.of(body));
        assert!(texts.eq([r#"{"id":1}"#, "2", r#""]""#]));
        let too_many = ScanError::TooManyElements { limit: 2 };
        assert_eq!(elements(body, 2), Err(too_many));
        assert!(matches!(elements("{}", 2), Err(ScanError::Syntax { .. })));
        assert_eq!(elements("[]", 0).unwrap(), []);
    }
}
