//! Bodies that are no JSON at all: 400, -32700, no id.

use super::{Absent, Row, fill};

const TEXTS: &[&str] = &[
    "",
    " ",
    "\r\n",
    "{",
    "}",
    "[",
    "]",
    "nope",
    "nul",
    "undefined",
    "True",
    "'a'",
    "\"a",
    "{\"jsonrpc\":\"2.0\"",
    "{\"a\":1,}",
    "{,}",
    "[1,]",
    "[,1]",
    "{a:1}",
    "{'a':1}",
    "{\"a\" 1}",
    "{\"a\":}",
    "{\"a\"}",
    "{1:1}",
    "{\"a\":1 \"b\":2}",
    "{\"a\":01}",
    "{\"a\":-01}",
    "{\"a\":+1}",
    "{\"a\":.5}",
    "{\"a\":1.}",
    "{\"a\":1e}",
    "{\"a\":1e+}",
    "{\"a\":-}",
    "{\"a\":--1}",
    "{\"a\":0x10}",
    "{\"a\":1_000}",
    "{\"a\":NaN}",
    "{\"a\":Infinity}",
    "{\"a\":tru}",
    "{\"a\":nulll}",
    r#"{"a":"\x41"}"#,
    r#"{"a":"\u12"}"#,
    r#"{"a":"\u12zz"}"#,
    r#"{"a":"\ud800"}"#,
    r#"{"a":"\udc00"}"#,
    r#"{"a":"\ud800\u0041"}"#,
    r#"{"\ud800":1}"#,
    "{\"a\":\"\n\"}",
    "{\"a\":\"\t\"}",
    "{\"a\":\"\0\"}",
    "{\"a\":\"\x1f\"}",
    "{/* c */}",
    "{} // c",
    "# c\n{}",
    "{}{}",
    "{} {}",
    "@CALL@CALL",
    "@CALL,",
    "@CALL]",
    "@CALL\0",
    "@CALLx",
    ",@CALL",
    "\u{feff}@CALL",
    "\u{c}@CALL",
    "\u{a0}@CALL",
    "data: @CALL",
    "a=1&b=2",
    "<?xml version=\"1.0\"?><a/>",
];

/// Where broken UTF-8 may hide.
const PLACES: [(&str, &str); 4] = [
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count","arguments":{"a":""#,
        r#""},@META}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count","arguments":{""#,
        r#"":1},@META}}"#,
    ),
    (
        r#"{"jsonrpc":"2.0","id":""#,
        r#"","method":"tools/call","params":{"name":"count",@META}}"#,
    ),
    ("@CALL", ""),
];

const NOT_UTF8: [&[u8]; 6] = [
    b"\xff",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\xe2\x82",
    b"\xf4\x90\x80\x80",
    b"\x80",
];

pub fn rows() -> Vec<Row> {
    let refused = (400, -32700);
    let mut rows: Vec<Row> = TEXTS
        .iter()
        .map(|text| Row::text(text, refused, Absent))
        .collect();
    for (before, after) in PLACES {
        for bytes in NOT_UTF8 {
            let body = [fill(before).as_bytes(), bytes, fill(after).as_bytes()].concat();
            rows.push(Row::body(body, refused, Absent));
        }
    }
    let call = fill("@CALL");
    let utf16 = || call.encode_utf16();
    rows.push(Row::body(
        utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
        refused,
        Absent,
    ));
    rows.push(Row::body(
        utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>(),
        refused,
        Absent,
    ));
    for end in [1, 20, call.len() / 2, call.len() - 1] {
        rows.push(Row::body(&call.as_bytes()[..end], refused, Absent));
    }
    for (open, close, depth) in [("[", "]", 126), ("{\"a\":", "}", 126), ("[", "]", 100_000)] {
        let value = format!("{}1{}", open.repeat(depth), close.repeat(depth));
        let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count","arguments":{"a":@DEEP},@META}}"#;
        rows.push(Row::text(&call.replace("@DEEP", &value), refused, Absent));
    }
    rows.push(Row::text(&"[".repeat(1_000_000), refused, Absent));
    rows
}
