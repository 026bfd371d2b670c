//! JSON values as the text of a path, a query, a form or a header.

use std::collections::BTreeMap;

use percent_encoding::utf8_percent_encode;
use serde_json::value::RawValue;

use super::{argument::Style, template::ESCAPED};

/// A value, as text.
enum Written {
    /// `null`: as if it had been left out.
    Nothing,
    One(String),
    Many(Vec<String>),
    Members(Vec<(String, String)>),
}

/// Returns the text of a value that is no list and no object; `None` for `null`.
pub(super) fn scalar(json: &RawValue) -> Result<Option<String>, String> {
    match written(json)? {
        Written::Nothing => Ok(None),
        Written::One(text) => Ok(Some(text)),
        Written::Many(_) => Err("a list does not fit here".to_owned()),
        Written::Members(_) => Err("an object does not fit here".to_owned()),
    }
}

/// Returns the text of a list as a header writes it, or of a scalar.
pub(super) fn listed(json: &RawValue) -> Result<Option<String>, String> {
    match written(json)? {
        Written::Many(items) => Ok((!items.is_empty()).then(|| items.join(","))),
        Written::Nothing | Written::One(_) | Written::Members(_) => scalar(json),
    }
}

/// Appends a value to a query or a form.
pub(super) fn append(
    query: &mut String,
    name: &str,
    style: Style,
    json: &RawValue,
) -> Result<(), String> {
    if style == Style::Json {
        pair(query, name, json.get());
        return Ok(());
    }
    match written(json)? {
        Written::Nothing => {}
        Written::One(text) => pair(query, name, &text),
        Written::Many(items) => many(query, name, style, &items),
        Written::Members(members) if style == Style::Deep => {
            for (member, text) in members {
                pair(query, &format!("{name}[{member}]"), &text);
            }
        }
        Written::Members(_) => return Err("an object does not fit here".to_owned()),
    }
    Ok(())
}

fn many(query: &mut String, name: &str, style: Style, items: &[String]) {
    match style {
        Style::Joined(delimiter) => {
            let items: Vec<String> = items.iter().map(|item| escaped(item)).collect();
            let delimiter = escaped(delimiter.encode_utf8(&mut [0; 4]));
            if !items.is_empty() {
                raw_pair(query, &escaped(name), &items.join(&delimiter));
            }
        }
        Style::Repeated | Style::Deep | Style::Json => {
            items.iter().for_each(|item| pair(query, name, item));
        }
    }
}

fn pair(query: &mut String, name: &str, text: &str) {
    raw_pair(query, &escaped(name), &escaped(text));
}

fn raw_pair(query: &mut String, name: &str, text: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    query.push_str(name);
    query.push('=');
    query.push_str(text);
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// Reads a value. Numbers stay as they were spelled: no float between rounds them.
fn written(json: &RawValue) -> Result<Written, String> {
    let text = json.get();
    let unreadable = |error: serde_json::Error| error.to_string();
    let plain = |item: &RawValue| scalar_or_nested(item);
    match text.as_bytes().first() {
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text).map_err(unreadable)?;
            let items: Result<Vec<_>, _> = items.into_iter().map(plain).collect();
            Ok(Written::Many(items?.into_iter().flatten().collect()))
        }
        Some(b'{') => {
            let members: BTreeMap<String, &RawValue> =
                serde_json::from_str(text).map_err(unreadable)?;
            let mut texts = Vec::new();
            for (name, member) in members {
                texts.extend(plain(member)?.map(|text| (name, text)));
            }
            Ok(Written::Members(texts))
        }
        _ => Ok(scalar_or_nested(json)?.map_or(Written::Nothing, Written::One)),
    }
}

fn scalar_or_nested(json: &RawValue) -> Result<Option<String>, String> {
    let text = json.get();
    match text.as_bytes().first() {
        Some(b'[' | b'{') => Err("lists and objects do not nest here".to_owned()),
        Some(b'"') => serde_json::from_str(text)
            .map(Some)
            .map_err(|error| error.to_string()),
        Some(b'n') => Ok(None),
        _ => Ok(Some(text.to_owned())),
    }
}
