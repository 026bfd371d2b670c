//! What fits a type, and what is said when a text does not.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Order {
    Up,
    Down,
    Named(String),
}

#[derive(Debug, Deserialize, PartialEq)]
struct Id(u64);

#[derive(Debug, Deserialize, PartialEq)]
struct Input {
    id: Id,
    page: Option<u8>,
    order: Option<Order>,
    deep: Option<bool>,
    ratio: Option<f64>,
    sign: Option<char>,
    any: Option<serde_json::Value>,
    many: Option<Vec<String>>,
    map: Option<BTreeMap<String, String>>,
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let pairs = text
        .split_terminator('&')
        .map(|pair| pair.split_once('=').unwrap());
    from_strings(pairs).map_err(|error: StringsError| error.to_string())
}

#[test]
fn each_field_reads_its_text_as_its_own_type() {
    let input: Input =
        read("id=7&page=255&order=down&deep=true&ratio=-1.5e3&sign=é&any=12&extra=x").unwrap();
    assert_eq!(input.id, Id(7));
    assert_eq!((input.page, input.order), (Some(255), Some(Order::Down)));
    assert_eq!(
        (input.deep, input.ratio, input.sign),
        (Some(true), Some(-1500.0), Some('é'))
    );
    assert_eq!(input.any, Some(serde_json::Value::from("12")));
    assert_eq!((input.many, input.map), (None, None));
}

#[test]
fn an_error_names_the_field_and_what_it_wants() {
    let long = "9".repeat(1000);
    for (text, expected) in [
        ("", "`id`: missing"),
        ("id=", "`id`: cannot parse `` as an unsigned integer"),
        ("id=abc", "`id`: cannot parse `abc` as an unsigned integer"),
        (
            "id=1\n2",
            "`id`: cannot parse `1\u{fffd}2` as an unsigned integer",
        ),
        (
            "id=1&page=256",
            "`page`: cannot parse `256` as an integer from 0 to 255",
        ),
        (
            "id=1&deep=yes",
            "`deep`: cannot parse `yes` as `true` or `false`",
        ),
        (
            "id=1&sign=ab",
            "`sign`: cannot parse `ab` as a single character",
        ),
        (
            "id=1&order=left",
            "`order`: unknown value `left`, expected one of `up`, `down`, `named`",
        ),
        (
            "id=1&order=named",
            "`order`: invalid type: unit variant, expected newtype variant",
        ),
        (
            "id=1&many=a",
            "`many`: unsupported, a list cannot be read from a string",
        ),
        (
            "id=1&map=a",
            "`map`: unsupported, an object cannot be read from a string",
        ),
        ("id=1&id=2", "`id`: given twice"),
        (
            &*format!("id={long}"),
            &*format!(
                "`id`: cannot parse `{}…` as an unsigned integer",
                &long[..64]
            ),
        ),
    ] {
        assert_eq!(read::<Input>(text).unwrap_err(), expected);
    }
}

#[test]
fn the_whole_map_may_be_a_map_a_newtype_an_option_or_nothing() {
    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Page {
        page: u8,
    }
    #[derive(Debug, Deserialize, PartialEq)]
    struct Wrapped(Page);

    assert_eq!(read("1=a&2=b"), Ok(BTreeMap::from([(1, 'a'), (2, 'b')])));
    assert_eq!(read("a=1"), Ok(serde_json::json!({"a": "1"})));
    assert_eq!(read("page=3"), Ok(Some(Wrapped(Page { page: 3 }))));
    assert_eq!(read("a=1"), Ok(()));
    assert_eq!(
        read::<Page>("size=3"),
        Err("`size`: unknown, expected `page`".into())
    );
    assert_eq!(
        read::<u8>("a=1"),
        Err("invalid type: map, expected u8".into())
    );
}
