//! JSON that is no message of JSON-RPC: 400, -32600.

use serde_json::json;

use super::{Absent, Own, Row};

/// Roots that are no object.
const ROOTS: &[&str] = &[
    "null",
    "true",
    "1",
    "-0",
    "1e999",
    "\"x\"",
    "[]",
    "[[]]",
    "[1]",
    "[null]",
    "[@CALL]",
    "[@CALL,@CALL]",
    "[@CALL,1]",
    r#"["2.0",1,"tools/call",{"name":"count",@META}]"#,
];

/// Ids that are none; the message must not pass for a notification.
const IDS: &[&str] = &[
    "null",
    "true",
    "false",
    "1.5",
    "1.0",
    "-0.0",
    "1e2",
    "1E2",
    "9007199254740992",
    "-9007199254740992",
    "9223372036854775808",
    "123456789012345678901234567890",
    "1e999",
    "[]",
    "[1]",
    "{}",
    r#"{"a":1}"#,
];

/// Envelopes with the id 1 that are wrong elsewhere.
const ENVELOPES: &[&str] = &[
    r#"{"id":1}"#,
    r#"{"id":1,"method":"tools/call","params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":"1.0","id":1,"method":"tools/call","params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":"2","id":1,"method":"tools/call","params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":"2.0 ","id":1,"method":"tools/call","params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":2.0,"id":1,"method":"tools/call","params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":null,"id":1,"method":"tools/call","params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":["2.0"],"id":1,"method":"tools/call","params":{"name":"count",@META}}"#,
    r#"{"JSONRPC":"2.0","id":1,"method":"tools/call","params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":"2.0","id":1}"#,
    r#"{"jsonrpc":"2.0","id":1,"params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":"2.0","id":1,"Method":"tools/call","params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method\u0000":"tools/call","params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":null,"params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":1,"params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":["tools/call"],"params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":{"tools/call":null},"params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":null}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":1}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":"count"}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":true}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["count",{}]}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[{"name":"count",@META}]}"#,
];

/// Envelopes without an id that could be echoed.
const WITHOUT_ID: &[&str] = &[
    "{}",
    r#"{"hello":1}"#,
    r#"{"jsonrpc":"2.0"}"#,
    r#"{"jsonrpc":"1.0","method":"notifications/cancelled"}"#,
    r#"{"method":"notifications/cancelled"}"#,
    r#"{"jsonrpc":"2.0","method":1}"#,
    r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":[]}"#,
    r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":null}"#,
    r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
    r#"{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"x"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"result":null,"error":null}"#,
    r#"{"jsonrpc":"2.0","id":null,"error":{"code":-1,"message":"x"}}"#,
];

pub fn rows() -> Vec<Row> {
    let refused = (400, -32600);
    let absent = |text: &&str| Row::text(text, refused, Absent);
    let mut rows: Vec<Row> = ROOTS.iter().chain(WITHOUT_ID).map(absent).collect();
    for text in ENVELOPES {
        rows.push(Row::text(text, refused, Own(json!(1))));
    }
    let long = format!("\"{}\"", "x".repeat(257));
    for id in IDS.iter().copied().chain([long.as_str()]) {
        for method in ["tools/call", "notifications/cancelled"] {
            let text = format!(
                r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{{"name":"count",@META}}}}"#
            );
            rows.push(Row::text(&text, refused, Absent));
        }
    }
    rows
}
