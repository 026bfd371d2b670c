//! Requests whose claim or parameters do not fit.

use serde_json::json;

use super::{Own, Row, fill};

const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";

/// Values of `_meta` without a readable claim: 400, -32602.
const METAS: &[&str] = &[
    "null",
    "1",
    "true",
    "\"x\"",
    "[]",
    "{}",
    r#"["2026-07-28",{}]"#,
    r#"{"io.modelcontextprotocol/clientCapabilities":{}}"#,
    r#"{"io.modelcontextprotocol/protocolVersion":null,"io.modelcontextprotocol/clientCapabilities":{}}"#,
    r#"{"io.modelcontextprotocol/protocolVersion":1,"io.modelcontextprotocol/clientCapabilities":{}}"#,
    r#"{"io.modelcontextprotocol/protocolVersion":["2026-07-28"],"io.modelcontextprotocol/clientCapabilities":{}}"#,
    r#"{"IO.MODELCONTEXTPROTOCOL/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#,
    r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#,
    r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":null}"#,
    r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":[]}"#,
    r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":"all"}"#,
    r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":true}"#,
    r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/logLevel":"loud"}"#,
    r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/logLevel":1}"#,
    r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/logLevel":["info"]}"#,
];

/// A method, its `Mcp-Name` and parameters that do not fit it: 200, -32602.
const PARAMS: &[(&str, &str, &str)] = &[
    ("tools/call", "count", ""),
    ("tools/call", "count", r#""name":null,"#),
    ("tools/call", "count", r#""name":1,"#),
    ("tools/call", "count", r#""name":["count"],"#),
    ("tools/call", "count", r#""name":{"count":1},"#),
    ("tools/call", "count", r#""Name":"count","#),
    ("tools/call", "Count", r#""name":"Count","#),
    ("tools/call", "nope", r#""name":"nope","#),
    ("tools/call", "count", r#""name":"count","arguments":[],"#),
    ("tools/call", "count", r#""name":"count","arguments":[1],"#),
    ("tools/call", "count", r#""name":"count","arguments":1,"#),
    ("tools/call", "count", r#""name":"count","arguments":"{}","#),
    ("tools/call", "count", r#""name":"count","arguments":true,"#),
    (
        "tools/call",
        "count",
        r#""name":"count","inputResponses":1,"#,
    ),
    (
        "tools/call",
        "count",
        r#""name":"count","inputResponses":[],"#,
    ),
    ("tools/call", "count", r#""name":"count","requestState":1,"#),
    (
        "tools/call",
        "count",
        r#""name":"count","requestState":null,"#,
    ),
    (
        "tools/call",
        "count",
        r#""name":"count","requestState":"","#,
    ),
    (
        "tools/call",
        "count",
        r#""name":"count","requestState":"forged","#,
    ),
    ("tools/list", "", r#""cursor":1,"#),
    ("tools/list", "", r#""cursor":[],"#),
    ("tools/list", "", r#""cursor":"garbage","#),
    ("resources/list", "", r#""cursor":{},"#),
    ("resources/templates/list", "", r#""cursor":"=","#),
    ("prompts/list", "", r#""cursor":"ÿ","#),
    ("resources/read", "count://it", ""),
    ("resources/read", "count://it", r#""uri":1,"#),
    ("resources/read", "count://it", r#""uri":null,"#),
    (
        "resources/read",
        "count://other",
        r#""uri":"count://other","#,
    ),
    ("resources/read", "nope", r#""uri":"nope","#),
    ("prompts/get", "count", ""),
    ("prompts/get", "count", r#""name":1,"#),
    ("prompts/get", "nope", r#""name":"nope","#),
    ("prompts/get", "count", r#""name":"count","arguments":[],"#),
    ("prompts/get", "count", r#""name":"count","arguments":"x","#),
    ("subscriptions/listen", "", ""),
    ("subscriptions/listen", "", r#""notifications":null,"#),
    ("subscriptions/listen", "", r#""notifications":[true],"#),
    (
        "subscriptions/listen",
        "",
        r#""notifications":{"toolsListChanged":"yes"},"#,
    ),
    (
        "subscriptions/listen",
        "",
        r#""notifications":{"toolsListChanged":1},"#,
    ),
    (
        "subscriptions/listen",
        "",
        r#""notifications":{"resourceSubscriptions":"count://it"},"#,
    ),
    (
        "subscriptions/listen",
        "",
        r#""notifications":{"resourceSubscriptions":[1]},"#,
    ),
];

/// Methods that nobody offers here: 404, -32601.
const METHODS: &[&str] = &[
    "nope",
    "tools/Call",
    "tools",
    "tools/call/",
    "ping",
    "initialized",
    "logging/setLevel",
    "resources/subscribe",
    "tasks/list",
    "completion/complete",
    "sampling/createMessage",
    "notifications/cancelled",
    "rpc.discover",
];

fn call(method: &str, params: &str) -> String {
    fill(&format!(
        r#"{{"jsonrpc":"2.0","id":"own","method":"{method}","params":{params}}}"#
    ))
}

pub fn rows() -> Vec<Row> {
    let own = || Own(json!("own"));
    let mut rows = Vec::new();
    for meta in METAS {
        let body = call(
            "tools/call",
            &format!(r#"{{"name":"count","_meta":{meta}}}"#),
        );
        rows.push(Row::body(body, (400, -32602), own()));
    }
    rows.push(Row::body(call("tools/call", "{}"), (400, -32602), own()));
    rows.push(Row::text(
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#,
        (400, -32602),
        Own(json!(1)),
    ));
    for (method, name, params) in PARAMS {
        let body = call(method, &format!("{{{params}@META}}"));
        let what = format!("{method} {name} {params}");
        rows.push(Row::new(what, (200, -32602), own(), move |call| {
            let call = call.header("mcp-method", method).raw_body(body.clone());
            match name.is_empty() {
                true => call.without("mcp-name"),
                false => call.header("mcp-name", name),
            }
        }));
    }
    for method in METHODS {
        let body = call(method, "{@META}");
        rows.push(Row::new(*method, (404, -32601), own(), move |call| {
            call.header("mcp-method", method).raw_body(body.clone())
        }));
    }
    rows.extend(versions());
    rows
}

/// Claims of revisions that are not served, and what `initialize` is told.
fn versions() -> Vec<Row> {
    let own = || Own(json!("own"));
    let mut rows = Vec::new();
    for version in [
        "2025-11-25",
        "2024-11-05",
        "2099-01-01",
        "2026-07-29",
        "latest",
        "1",
    ] {
        let meta = format!(
            r#"{{"name":"count","_meta":{{"{VERSION}":"{version}","{CAPABILITIES}":{{}}}}}}"#
        );
        let body = call("tools/call", &meta);
        let same = body.clone();
        rows.push(Row::new(
            format!("claims {version}"),
            (400, -32022),
            own(),
            move |call| {
                call.header("mcp-protocol-version", version)
                    .raw_body(same.clone())
            },
        ));
        let no_header = body.clone();
        let what = format!("claims {version} without a header");
        rows.push(Row::new(what, (400, -32022), own(), move |call| {
            call.without("mcp-protocol-version")
                .raw_body(no_header.clone())
        }));
        let what = format!("claims {version} against its header");
        rows.push(Row::new(what, (400, -32020), own(), move |call| {
            call.raw_body(body.clone())
        }));
    }
    let initialize = call(
        "initialize",
        r#"{"protocolVersion":"2025-11-25","capabilities":{}}"#,
    );
    let with_header = initialize.clone();
    rows.push(Row::new("initialize", (400, -32022), own(), move |call| {
        call.without("mcp-protocol-version")
            .raw_body(initialize.clone())
    }));
    rows.push(Row::new(
        "initialize of the new era",
        (400, -32020),
        own(),
        move |call| call.raw_body(with_header.clone()),
    ));
    rows
}
