//! Requests, as the bytes that a client writes, and what their answers must hold.

use std::fmt::Write as _;

use crate::case::{Ask, Case, Era};

/// Members of the request that opens a session.
const HELLO: &str = r#""protocolVersion":"2025-11-25","capabilities":{"elicitation":{}},"clientInfo":{"name":"bench","version":"1.0.0"}"#;
/// What a client of the newest revision says about itself, each time.
const META: &str = r#""io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1.0.0"},"io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}"#;

/// The arguments of the small call, and the text that answers it.
const ORDER: (&str, &str) = (r#"{"what":"apples","count":3}"#, "3 apples");

/// Opens a session.
pub(crate) fn initialize(path: &str) -> Vec<u8> {
    let body = message(r#""id":1,"#, "initialize", HELLO);
    http("POST", path, "", &body)
}

/// Tells that the session is open.
pub(crate) fn initialized(session: &str) -> Vec<u8> {
    let body = message("", "notifications/initialized", "");
    http("POST", "/mcp", &in_session(session), &body)
}

/// Ends a session.
pub(crate) fn delete(session: &str) -> Vec<u8> {
    http("DELETE", "/mcp", &in_session(session), "")
}

/// Opens a stream that is told of changes.
pub(crate) fn listen(era: Era, session: Option<&str>) -> Vec<u8> {
    if era == Era::Stateless {
        let members = r#""notifications":{"toolsListChanged":true},"#;
        return post(era, session, "subscriptions/listen", None, members, "");
    }
    http("GET", "/mcp", &in_session(session.unwrap_or_default()), "")
}

/// Calls the tool that tells all streams of a change.
pub(crate) fn announce(era: Era, session: Option<&str>) -> Vec<u8> {
    call(era, session, "announce", "{}", "")
}

/// The request that a case measures.
pub(crate) fn measured(case: &Case, session: Option<&str>) -> Vec<u8> {
    match case.ask {
        Ask::Small | Ask::Soak => call(case.era, session, "order_1", ORDER.0, ""),
        Ask::Echo(size) => {
            let arguments = format!(r#"{{"text":{}}}"#, quoted(size));
            call(case.era, session, "echo", &arguments, "")
        }
        Ask::Progress => call(case.era, session, "steps", "{}", r#""progressToken":7"#),
        Ask::List => post(case.era, session, "tools/list", None, "", ""),
        Ask::Handshake | Ask::Idle => initialize("/mcp"),
        Ask::Streams => announce(case.era, session),
    }
}

/// Whether a body is the answer that the case expects.
pub(crate) fn is_answer(case: &Case, body: &[u8]) -> bool {
    let holds = |text: &str| memchr::memmem::find(body, text.as_bytes()).is_some();
    match case.ask {
        Ask::Small | Ask::Soak => holds(ORDER.1),
        Ask::Echo(size) => holds(&quoted(size)),
        Ask::Progress => {
            let events = memchr::memmem::find_iter(body, "notifications/progress").count();
            events == 10 && holds("done")
        }
        // Three tools have names of their own, the rest are numbered.
        Ask::List => {
            let last = format!("\"order_{}\"", case.tools - 4);
            holds(&last) && holds("\"announce\"")
        }
        Ask::Handshake | Ask::Idle => holds("protocolVersion"),
        Ask::Streams => holds("told"),
    }
}

/// A text of about so many bytes as a JSON string: lines, quotes, and letters beyond ASCII.
fn quoted(size: usize) -> String {
    let line =
        "The \"quick\" brown fox jumps over the lazy dog, naïve as ever, and runs on to the sea.\n";
    let text = line.repeat(size / line.len());
    serde_json::to_string(&text).expect("a string can be written")
}

fn call(era: Era, session: Option<&str>, tool: &str, arguments: &str, meta: &str) -> Vec<u8> {
    let members = format!(r#""name":"{tool}","arguments":{arguments},"#);
    post(era, session, "tools/call", Some(tool), &members, meta)
}

/// A request; `members` end with a comma, `meta` does not.
fn post(
    era: Era,
    session: Option<&str>,
    method: &str,
    name: Option<&str>,
    members: &str,
    meta: &str,
) -> Vec<u8> {
    let mut headers = session.map(in_session).unwrap_or_default();
    let mut all = members.to_owned();
    let mut about = meta.to_owned();
    if era == Era::Stateless {
        headers = format!("mcp-protocol-version: 2026-07-28\r\nmcp-method: {method}\r\n");
        if let Some(name) = name {
            let _ = write!(headers, "mcp-name: {name}\r\n");
        }
        about = [META, meta].join(if meta.is_empty() { "" } else { "," });
    } else if session.is_none() {
        headers = "mcp-protocol-version: 2025-11-25\r\n".to_owned();
    }
    if !about.is_empty() {
        let _ = write!(all, r#""_meta":{{{about}}}"#);
    }
    let body = message(r#""id":1,"#, method, all.trim_end_matches(','));
    http("POST", "/mcp", &headers, &body)
}

fn in_session(session: &str) -> String {
    format!("mcp-protocol-version: 2025-11-25\r\nmcp-session-id: {session}\r\n")
}

fn message(id: &str, method: &str, members: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0",{id}"method":"{method}","params":{{{members}}}}}"#)
}

fn http(method: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
    let accept = if method == "GET" {
        "text/event-stream"
    } else {
        "application/json, text/event-stream"
    };
    let length = if method == "POST" {
        format!(
            "content-type: application/json\r\ncontent-length: {}\r\n",
            body.len()
        )
    } else {
        String::new()
    };
    format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\naccept: {accept}\r\n{length}{headers}\r\n{body}"
    )
    .into_bytes()
}
