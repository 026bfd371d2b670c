//! Headers repeat the body, and are compared with it as it was read.

use mcp_axum::{Args, McpServer, Tool, resource, tool};
use serde_json::{Map, Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Call, TestClient, spawn::Spawned};

async fn echo(Args(input): Args<Map<String, Value>>) -> String {
    Value::Object(input).to_string()
}

/// A tool whose arguments are repeated in headers, one of them deep inside.
fn routed() -> Tool {
    tool("routed", echo).input_schema(json!({"type": "object", "properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
        "size": {"type": "integer", "x-mcp-header": "Size"},
        "to": {"type": "object", "properties": {
            "tenant": {"type": "string", "x-mcp-header": "Tenant"},
        }},
    }}))
}

fn server() -> McpServer {
    McpServer::new("t", "1")
        .tool(tool("greet", async || "hello"))
        .tool(routed())
        .resource(resource("note://über", async || "about"))
}

fn client() -> TestClient {
    TestClient::new(server())
}

#[tokio::test]
async fn t24_header_values_are_compared_with_case_and_without_outer_space() {
    let client = client();
    let greet = || client.tool("greet", json!({}));
    for (name, value) in [
        ("mcp-method", "Tools/Call"),
        ("mcp-method", "TOOLS/CALL"),
        ("mcp-method", "tools/list"),
        ("mcp-method", ""),
        ("mcp-name", "Greet"),
        ("mcp-name", "routed"),
    ] {
        let refusal = greet().header(name, value).await.refusal().await;
        assert_eq!(refusal, (400, -32020), "{name}: {value}");
    }
    for name in ["mcp-method", "mcp-name", "mcp-protocol-version"] {
        let refusal = greet().without(name).await.refusal().await;
        assert_eq!(refusal, (400, -32020), "without {name}");
    }
    let reply = greet()
        .header("mcp-method", "  tools/call\t")
        .header("mcp-name", "\tgreet ")
        .header("mcp-protocol-version", " 2026-07-28 ");
    assert_eq!(reply.await.text().await, "hello");
}

#[tokio::test]
async fn t24_header_names_have_no_case() {
    let client = client();
    let server = Spawned::new(client.mcp.router()).await;
    let body = client.tool("greet", json!({})).body.to_string();
    for (version, method, name) in [
        ("MCP-PROTOCOL-VERSION", "MCP-METHOD", "MCP-NAME"),
        ("mcp-protocol-version", "mcp-method", "mcp-name"),
        ("mCp-Protocol-vErsion", "Mcp-Method", "mCP-nAME"),
    ] {
        let request = format!(
            "POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/json\r\n{version}: 2026-07-28\r\n{method}:tools/call\r\n\
             {name}:   greet \r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
}

#[tokio::test]
async fn t25_a_name_in_base64_is_decoded_and_only_when_it_is_exact() {
    let client = client();
    let read = |name: &str| {
        let call = client.request("resources/read", json!({"uri": "note://über"}));
        call.header("mcp-name", name)
    };
    let reply = read("=?base64?bm90ZTovL8O8YmVy?=").await;
    assert_eq!(reply.result().await["contents"][0]["text"], "about");
    for name in [
        "=?base64?bm90ZTovL8O8YmV?=",  // padding
        "=?base64?bm90ZTov!!!L8O8?=",  // alphabet
        "=?base64?bm90ZTovL_xiZXI=?=", // Latin 1 in the URL-safe alphabet
        "=?base64?bm90ZTovL/xiZXI=?=", // Latin 1
        "=?BASE64?bm90ZTovL8O8YmVy?=", // a literal
        "=?base64?bm90ZTovL8O8YmVy",   // a literal
        "bm90ZTovL8O8YmVy",            // a literal
        "note://über",                 // bytes that no header may have
    ] {
        assert_eq!(read(name).await.refusal().await, (400, -32020), "{name}");
    }
}

#[tokio::test]
async fn t25_what_only_half_looks_like_base64_is_a_literal() {
    let client = client();
    for (body, header, served) in [
        ("Hello", "=?base64?SGVsbG8=?=", true),
        ("Hello", "=?base64?SGVsbG8?=", false),
        ("Hello", "=?base64?SGVs!!!bG8=?=", false),
        ("SGVsbG8=", "SGVsbG8=", true),
        ("=?base64?SGVsbG8=", "=?base64?SGVsbG8=", true),
        ("=?base64?SGVsbG8=?=", "=?base64?SGVsbG8=?=", false),
        ("日本語", "=?base64?5pel5pys6Kqe?=", true),
        (" padded ", "=?base64?IHBhZGRlZCA=?=", true),
        ("Hello", "hello", false),
    ] {
        let call = client.tool("routed", json!({"region": body}));
        let reply = call.header("mcp-param-region", header).await;
        match served {
            true => assert!(reply.text().await.contains(body), "{header}"),
            false => assert_eq!(reply.refusal().await, (400, -32020), "{header}"),
        }
    }
}

#[tokio::test]
async fn t26_a_header_may_repeat_a_nested_argument_and_integers_agree_by_value() {
    let client = client();
    let nested = |header: &str| {
        let call = client.tool("routed", json!({"to": {"tenant": "a"}, "tenant": "b"}));
        call.header("mcp-param-tenant", header)
    };
    assert_eq!(nested("a").await.status, 200);
    assert_eq!(nested("b").await.refusal().await, (400, -32020));
    for (body, header, served) in [
        ("42", "42", true),
        ("42", "42.0", true),
        ("42.0", "42", true),
        ("-0", "0", true),
        ("42", "43", false),
        ("42", "042", false),
        ("42", "=?base64?NDI=?=", true),
    ] {
        let mut call = client.tool("routed", json!({"size": "SIZE"}));
        call = call.header("mcp-param-size", header);
        let text = call.body.to_string().replace("\"SIZE\"", body);
        let reply = call.raw_body(text).await;
        match served {
            true => assert_eq!(reply.status, 200, "{header} for {body}"),
            false => assert_eq!(reply.refusal().await, (400, -32020), "{header} for {body}"),
        }
    }
}

#[test]
#[should_panic(expected = "`x-mcp-header` at `#/properties/ratio` is on something else")]
fn t26_a_number_cannot_be_repeated_in_a_header() {
    let schema = json!({"type": "object", "properties": {
        "ratio": {"type": "number", "x-mcp-header": "Ratio"},
    }});
    let _: Tool = tool("routed", echo).input_schema(schema);
}

#[tokio::test]
async fn t27_an_argument_that_is_null_or_absent_needs_no_header() {
    let client = client();
    for arguments in [
        json!({}),
        json!({"region": null, "size": null, "to": null}),
        json!({"to": {}}),
        json!({"to": {"tenant": null}}),
    ] {
        let call = || client.tool("routed", arguments.clone());
        assert_eq!(call().await.status, 200, "{arguments}");
        // A header that claims a value the body lacks contradicts it.
        let claimed = call().header("mcp-param-region", "eu").await;
        assert_eq!(claimed.refusal().await, (400, -32020), "{arguments}");
    }
    let absent = {
        let mut call = client.request("tools/call", json!({"name": "routed"}));
        call.body["params"]
            .as_object_mut()
            .unwrap()
            .remove("arguments");
        call
    };
    assert_eq!(absent.await.status, 200);
    let demanded = client.tool("routed", json!({"region": "eu"})).await;
    assert_eq!(demanded.refusal().await, (400, -32020));
}

#[tokio::test]
async fn t28_a_header_that_comes_twice_is_refused_even_when_both_agree() {
    let client = client();
    let call = || {
        let call = client.tool("routed", json!({"region": "eu"}));
        call.header("mcp-param-region", "eu")
    };
    assert_eq!(call().await.status, 200);
    for (name, value) in [
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/call"),
        ("mcp-name", "routed"),
        ("mcp-param-region", "eu"),
    ] {
        for second in [value, "other", ""] {
            let reply = call().also_header(name, second).await;
            assert_eq!(reply.refusal().await, (400, -32020), "{name}: {second}");
        }
        let listed = format!("{value}, {value}");
        let reply = call().header(name, &listed).await;
        assert_eq!(reply.refusal().await, (400, -32020), "{name}: {listed}");
        let reply = call().header(name, &format!("{value}é")).await;
        assert_eq!(reply.refusal().await, (400, -32020), "{name} in UTF-8");
    }
}

#[tokio::test]
async fn t29_a_notification_needs_no_header_and_gets_no_answer() {
    let client = TestClient::stateless_only(server());
    let bare = |body: &str| {
        let call = client.raw(http::Method::POST, body.to_owned());
        call.header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
    };
    let cancelled =
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#;
    let rows: [Call; 5] = [
        bare(cancelled),
        bare(cancelled).header("mcp-protocol-version", "2026-07-28"),
        bare(cancelled).header("mcp-method", "something/else"),
        bare(r#"{"jsonrpc":"2.0","method":"notifications/never-heard-of"}"#),
        bare(
            r#"{"jsonrpc":"2.0","method":"notifications/x","params":{"_meta":{
            "io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#,
        ),
    ];
    for call in rows {
        let reply = call.await;
        assert_eq!(reply.status, 202);
        assert!(reply.bytes().await.is_empty());
    }
}

#[tokio::test]
async fn t30_a_key_that_comes_twice_is_refused_before_anyone_can_choose() {
    let client = client();
    let meta = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;
    let call = |body: String| {
        let call = client.tool("greet", json!({}));
        call.raw_body(body)
    };
    let params = |inside: &str| {
        format!(
            r#"{{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{{{inside},{meta}}}}}"#
        )
    };
    for body in [
        params(r#""name":"greet","name":"routed""#),
        params(r#""name":"routed","name":"greet""#),
        params(r#""name":"greet","na\u006de":"routed""#),
        params(r#""name":"greet","arguments":{"a":{"b":1,"b":2}}"#),
        params(&format!(r#""name":"greet",{meta}"#)),
        params(r#""name":"greet""#).replace(r#""id""#, r#""method":"tools/list","id""#),
    ] {
        let reply = call(body.clone()).await;
        assert_eq!(reply.status, 400, "{body}");
        let message = reply.message().await;
        assert_eq!(message["error"]["code"], -32600, "{body}");
        assert_eq!(message["id"], "x", "{body}");
    }
    let twice = params(r#""name":"greet""#).replace(r#""id":"x""#, r#""id":"x","id":"y""#);
    let message = call(twice).await.message().await;
    assert_eq!(message["error"]["code"], -32600);
    assert_eq!(message.get("id"), None, "nobody can tell which id it is");
}

#[tokio::test]
async fn t30_headers_are_compared_with_the_value_that_is_executed() {
    let client = client();
    // The same JSON spelled with escapes: keys and values count as they read.
    let plain = client.tool("greet", json!({}));
    let body = plain.body.to_string();
    let escaped = body
        .replace("\"greet\"", r#""gr\u0065et""#)
        .replace("\"name\"", r#""n\u0061me""#)
        .replace("\"tools/call\"", r#""tools\/call""#);
    assert_ne!(body, escaped);
    assert_eq!(plain.raw_body(escaped).await.text().await, "hello");
}
