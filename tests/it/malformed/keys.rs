//! Keys that two readers would read differently: 400, -32600, with the id when there is one.

use serde_json::json;

use super::{Absent, Own, Row};

/// A key twice in one object, at each level.
const TWICE: &[&str] = &[
    r#"{"jsonrpc":"2.0","jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","method":"tools/call","params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call","params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","metho\u0064":"tools/call","params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{},"params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count",@META},"params":null}"#,
    r#"{"jsonrpc":"2.0","id":1,"x":1,"method":"tools/call","params":{"name":"count",@META},"x":1}"#,
    r#"{"jsonrpc":"2.0","id":1,"":1,"":1,"method":"tools/call","params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"other","name":"count",@META}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count","name":"count",@META}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count","n\u0061me":"other",@META}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count",@META,@META}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count",@META,"_meta":{}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count",@META,"arguments":{},"arguments":{}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count",@META,"arguments":{"a":1,"a":2}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count",@META,"arguments":{"a":1,"\u0061":2}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count",@META,"arguments":{"a":{"b":{"c":1,"c":1}}}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count",@META,"arguments":{"a":[[{"c":1,"c":1}]]}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count",@META,"arguments":{"é":1,"\u00e9":1}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"a":1,"a":1}}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count","_meta":{"x":1,"x":1,"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#,
];

/// The id twice: none can be echoed.
const IDS_TWICE: &[&str] = &[
    r#"{"jsonrpc":"2.0","id":1,"id":1,"method":"tools/call","params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count",@META},"id":2}"#,
    r#"{"jsonrpc":"2.0","id":1,"i\u0064":2,"method":"tools/call","params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":"2.0","id":1,"id":null,"method":"tools/call","params":{"name":"count",@META}}"#,
];

/// Objects that `serde_json` would read as something else.
const PRIVATE: &[&str] = &[
    r#"{"$serde_json::private::RawValue":"{\"jsonrpc\":\"2.0\",\"id\":1}"}"#,
    r#"{"\u0024serde_json::private::RawValue":"1"}"#,
];

/// The same, inside a message with the id 1.
const PRIVATE_INSIDE: &[&str] = &[
    r#"{"jsonrpc":"2.0","id":1,"$serde_json::private::RawValue":"1","method":"tools/call","params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"$serde_json::private::RawValue":"{\"name\":\"count\"}"}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count",@META,"arguments":{"$serde_json::private::RawValue":"{}"}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count",@META,"arguments":{"a":{"$serde_json::private::Number":"1"}}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count",@META,"arguments":{"a":[{"$serde_json::private::":""}]}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count",@META,"arguments":{"a":{"\u0024serde_json\u003a:private::RawValue":"1"}}}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":{"$serde_json::private::RawValue":"\"count\""},@META}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":{"$serde_json::private::RawValue":"\"tools/call\""},"params":{"name":"count",@META}}"#,
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count","_meta":{"$serde_json::private::RawValue":"{}"}}}"#,
];

pub fn rows() -> Vec<Row> {
    let refused = (400, -32600);
    let absent = |text: &&str| Row::text(text, refused, Absent);
    let own = |text: &&str| Row::text(text, refused, Own(json!(1)));
    let mut rows: Vec<Row> = TWICE.iter().chain(PRIVATE_INSIDE).map(own).collect();
    rows.extend(IDS_TWICE.iter().chain(PRIVATE).map(absent));
    for repeated in [0, 7, 31, 63] {
        let members: Vec<String> = (0..64).map(|n| format!("\"k{n}\":{n}")).collect();
        let text = format!(
            r#"{{"jsonrpc":"2.0","id":"wide","method":"tools/call","params":{{"name":"count",@META,"arguments":{{{},"k{repeated}":0}}}}}}"#,
            members.join(",")
        );
        rows.push(Row::text(&text, refused, Own(json!("wide"))));
    }
    rows
}
