//! Requests that HTTP already tells are wrong.

use http::{HeaderValue, Method};

use super::{Absent, Row};

const METHODS: &[&str] = &[
    "GET", "DELETE", "PUT", "PATCH", "OPTIONS", "TRACE", "CONNECT", "post", "QUERY",
];

const CONTENT_TYPES: &[&str] = &[
    "",
    "text/plain",
    "text/json",
    "text/html",
    "application/xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "application/json5",
    "application/vnd.api+json",
    "application/json-rpc",
    "json",
    "application/json, text/plain",
    "text/plain, application/json",
    "text/plain; a=application/json",
    "application/json; charset=utf-16",
    "application/json; charset=latin1",
    "application/json; charset=utf-8; charset=latin1",
    "application/json; charset",
    "application/ json",
    "*/*",
];

const ACCEPTS: &[&str] = &[
    "image/png",
    "text/html",
    "text/plain",
    "application/xml",
    "application/jsonp",
    "application/json;q=0",
    "*/*;q=0",
    "application/json;q=0, text/event-stream;q=0",
    "application/json;q=0.000, text/*;q=0",
];

const HOSTS: &[&str] = &[
    "",
    "a b",
    "user@localhost",
    "localhost:",
    "localhost:port",
    "localhost:70000",
    "[::1",
    "localhost/mcp",
    "localhost,localhost",
];

const ORIGINS: &[&str] = &[
    "null",
    "",
    "https://evil.example",
    "http://localhost.evil.example",
    "http://evil.example#localhost",
    "http://localhost@evil.example",
    "file://",
    "localhost",
];

pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for name in METHODS {
        let method = Method::from_bytes(name.as_bytes()).expect("a token");
        rows.push(Row::new(*name, (405, -32600), Absent, move |call| {
            call.http_method(method.clone())
        }));
    }
    for (header, values, status) in [
        ("content-type", CONTENT_TYPES, 415),
        ("accept", ACCEPTS, 406),
        ("host", HOSTS, 400),
        ("origin", ORIGINS, 403),
    ] {
        for value in values {
            let what = format!("{header}: {value}");
            rows.push(Row::new(what, (status, -32600), Absent, move |call| {
                call.header(header, value)
            }));
        }
    }
    for (header, status) in [("content-type", 415), ("host", 400)] {
        rows.push(Row::new(
            format!("no {header}"),
            (status, -32600),
            Absent,
            move |call| call.without(header),
        ));
        rows.push(Row::new(
            format!("{header} twice"),
            (status, -32600),
            Absent,
            move |mut call| {
                let value = call.headers[header].clone();
                call.headers.append(header, value);
                call
            },
        ));
        rows.push(Row::new(
            format!("{header}: bytes"),
            (status, -32600),
            Absent,
            move |mut call| {
                let value = HeaderValue::from_bytes(b"\xff").expect("an opaque byte");
                call.headers.insert(header, value);
                call
            },
        ));
    }
    rows.push(Row::new("a foreign host", (403, -32600), Absent, |call| {
        call.header("host", "evil.example")
    }));
    rows.push(Row::new("cross-site", (403, -32600), Absent, |call| {
        call.header("sec-fetch-site", "cross-site")
    }));
    rows.extend(bodies());
    rows
}

/// Bodies that are too long, or packed as nobody here unpacks them.
fn bodies() -> Vec<Row> {
    const LIMIT: usize = 4 * 1024 * 1024;
    let mut rows = Vec::new();
    for fill in [b' ', b'[', b'"', 0xff] {
        rows.push(Row::body(vec![fill; LIMIT + 1], (413, -32600), Absent));
    }
    rows.push(Row::body(vec![b' '; LIMIT], (400, -32700), Absent));
    for encoding in ["gzip", "br", "deflate", "zstd"] {
        // The magic number of gzip, as a client sends it that compresses.
        let body: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03";
        rows.push(Row::new(
            format!("packed: {encoding}"),
            (400, -32700),
            Absent,
            move |call| call.header("content-encoding", encoding).raw_body(body),
        ));
    }
    rows
}
