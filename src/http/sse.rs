//! Server-sent events, written straight to bytes.

use std::time::Duration;

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Response,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use memchr::memchr2;

use axum::body::Body;

use crate::protocol::jsonrpc::write_json;

/// The first bytes of a stream, so that no proxy waits for more.
pub(crate) const OPENING: &[u8] = b": ok\n\n";
/// A comment that keeps a quiet stream open.
pub(crate) const KEEP_ALIVE: Bytes = Bytes::from_static(b": keep-alive\n\n");

/// Writes one message as an event.
///
/// Our JSON has no raw line breaks; if one ever comes it starts another `data`
/// line, so that nothing can end the event early.
pub(crate) fn write_event(out: &mut Vec<u8>, message: &[u8]) {
    out.reserve(message.len() + 8);
    let mut rest = message;
    loop {
        out.extend_from_slice(b"data: ");
        match memchr2(b'\n', b'\r', rest) {
            Some(end) => {
                out.extend_from_slice(&rest[..end]);
                out.push(b'\n');
                rest = &rest[end + 1..];
            }
            None => break,
        }
    }
    out.extend_from_slice(rest);
    out.extend_from_slice(b"\n\n");
}

/// Writes the name of the event that follows.
pub(crate) fn write_name(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.push(b'\n');
}

/// Writes the id of the event that follows: the stream, and the place on it.
pub(crate) fn write_id(out: &mut Vec<u8>, stream: u64, seq: u64) {
    out.extend_from_slice(b"id: ");
    write_json(out, &stream);
    out.push(b'.');
    write_json(out, &seq);
    out.push(b'\n');
}

/// Writes an event without a message, for a client to come back to.
pub(crate) fn write_priming(out: &mut Vec<u8>, stream: u64, seq: u64, retry: Duration) {
    write_id(out, stream, seq);
    let retry = retry.as_millis();
    out.extend_from_slice(format!("retry: {retry}\ndata: \n\n").as_bytes());
}

/// Asks the client to come back after this time.
pub(crate) fn write_retry(out: &mut Vec<u8>, retry: Duration) {
    let retry = retry.as_millis();
    out.extend_from_slice(format!("retry: {retry}\n\n").as_bytes());
}

/// Makes a response of a stream of events.
pub(crate) fn response(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("no-cache, no-transform"),
    );
    // nginx holds back what it does not know to be a stream.
    headers.insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_cannot_end_an_event() {
        for (message, expected) in [
            ("{}", "data: {}\n\n"),
            ("a\nb", "data: a\ndata: b\n\n"),
            ("a\r\n\nb", "data: a\ndata: \ndata: \ndata: b\n\n"),
            ("", "data: \n\n"),
        ] {
            let mut out = Vec::new();
            write_event(&mut out, message.as_bytes());
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
