//! Headers that are missing, repeated, or say something else than the body: 400, -32020.

use http::HeaderValue;
use serde_json::json;

use super::{Absent, Null, Own, Row};

/// Values of `Mcp-Name` that are not the tool `count`.
const NAMES: &[&str] = &[
    "",
    "other",
    "Count",
    "COUNT",
    "count,count",
    "count, other",
    "\"count\"",
    "co unt",
    "c\u{f6}unt",
    "=?base64?b3RoZXI=?=",
    "=?base64?Y291bnQ?=",
    "=?base64?Y291bnQ==?=",
    "=?base64?Y291bnR=?=",
    "=?base64?Y291 bnQ=?=",
    "=?base64?Y291bnQ=?==?base64??=",
    "=?base64?/w==?=",
    "=?base64??=",
    "=?base64?Y291bnQ=",
    "=?BASE64?Y291bnQ=?=",
    "=?base64?Y291bnQ-?=",
    "=?base64?****?=",
    "=?utf-8?B?Y291bnQ=?=",
    "Y291bnQ=",
];

const METHODS: &[&str] = &[
    "",
    "tools/list",
    "Tools/Call",
    "tools/call,tools/call",
    "tools/call/",
    "tools%2fcall",
    "=?base64?dG9vbHMvbGlzdA==?=",
    // The right one, but only names may come in base64.
    "=?base64?dG9vbHMvY2FsbA==?=",
];

const VERSIONS: &[&str] = &[
    "",
    "2025-11-25",
    "2099-01-01",
    "2026-07-28,2026-07-28",
    "2026-7-28",
    "v2026-07-28",
    "latest",
    "=?base64?bGF0ZXN0?=",
];

pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, values) in [
        ("mcp-name", NAMES),
        ("mcp-method", METHODS),
        ("mcp-protocol-version", VERSIONS),
    ] {
        for value in values {
            let what = format!("{name}: {value}");
            rows.push(mismatch(what, move |call| call.header(name, value)));
        }
        rows.push(mismatch(format!("no {name}"), move |call| {
            call.without(name)
        }));
        rows.push(mismatch(
            format!("{name} twice, the same"),
            move |mut call| {
                let value = call.headers[name].clone();
                call.headers.append(name, value);
                call
            },
        ));
        rows.push(mismatch(format!("{name} twice, different"), move |call| {
            call.also_header(name, "other")
        }));
        rows.push(mismatch(format!("{name}: bytes"), move |mut call| {
            let value = HeaderValue::from_bytes(b"\xff\xfe").expect("opaque bytes");
            call.headers.insert(name, value);
            call
        }));
    }
    rows.extend(unknown_ids());
    rows
}

fn mismatch(
    what: String,
    make: impl Fn(crate::support::Call) -> crate::support::Call + 'static,
) -> Row {
    Row::new(what, (400, -32020), Own(json!(1)), make)
}

/// The version header tells which form an unknown id takes.
fn unknown_ids() -> Vec<Row> {
    let mut rows = Vec::new();
    for (version, id) in [
        ("2024-11-05", Null),
        ("2025-03-26", Null),
        ("2025-06-18", Null),
        ("2025-11-25", Absent),
        ("2026-07-28", Absent),
        ("2099-01-01", Absent),
        ("garbage", Absent),
    ] {
        for (body, code) in [("{", -32700), ("{}", -32600), ("[]", -32600)] {
            let what = format!("{body} under {version}");
            rows.push(Row::new(what, (400, code), id.clone(), move |call| {
                call.header("mcp-protocol-version", version).raw_body(body)
            }));
        }
        rows.push(Row::new(
            format!("GET under {version}"),
            (405, -32600),
            id,
            move |call| {
                call.header("mcp-protocol-version", version)
                    .http_method(http::Method::GET)
            },
        ));
    }
    rows
}
