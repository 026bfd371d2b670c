//! Names of spans and fields, in one place.
//!
//! They follow OpenTelemetry's conventions for MCP, which are in development.
//! Arguments, results, tokens and states are never recorded.

use std::borrow::Cow;

use http::Version;
use tracing::{Span, field::Empty};

/// The longest target that is recorded, in characters; a client may send any.
const MAX_TARGET: usize = 256;

/// The span of one request, under the host's own span.
pub(crate) fn request_span(method: &str, revision: &str, id: &str, http: Version) -> Span {
    tracing::debug_span!(
        "mcp_request",
        otel.name = method,
        otel.kind = "server",
        otel.status_code = Empty,
        mcp.method.name = method,
        mcp.protocol.version = revision,
        mcp.session.id = Empty,
        jsonrpc.request.id = id,
        gen_ai.tool.name = Empty,
        gen_ai.prompt.name = Empty,
        gen_ai.operation.name = Empty,
        mcp.resource.uri = Empty,
        error.type = Empty,
        rpc.response.status_code = Empty,
        network.transport = "tcp",
        network.protocol.name = "http",
        network.protocol.version = protocol_version(http),
    )
}

fn protocol_version(http: Version) -> &'static str {
    match http {
        Version::HTTP_09 => "0.9",
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        Version::HTTP_3 => "3",
        _ => "1.1",
    }
}

/// Tells the session that a request belongs to from others.
///
/// By a digest: the id itself lets whoever reads the log into the session.
pub(crate) fn record_session(span: &Span, key: u128) {
    if span.is_disabled() {
        return;
    }
    // FNV-1a: a short name for 128 random bits, which it does not lead back to.
    let digest = key
        .to_le_bytes()
        .iter()
        .fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
        });
    span.record("mcp.session.id", format!("{digest:08x}"));
}

/// Names the target of a request in its span, once it is known to exist.
///
/// A client may send any name, and a span's name must come from a bounded set.
pub(crate) fn record_target<'a>(
    span: &Span,
    method: &str,
    target: impl FnOnce() -> Option<Cow<'a, str>>,
) {
    if span.is_disabled() {
        return;
    }
    let Some(target) = target() else {
        return;
    };
    let target: &str = &target.chars().take(MAX_TARGET).collect::<String>();
    match method {
        "tools/call" => {
            span.record("gen_ai.tool.name", target);
            span.record("gen_ai.operation.name", "execute_tool");
        }
        "prompts/get" => {
            span.record("gen_ai.prompt.name", target);
        }
        _ => {
            // A URI is unbounded: an attribute, never part of the name.
            span.record("mcp.resource.uri", target);
            return;
        }
    }
    span.record("otel.name", format!("{method} {target}"));
}

/// Records the error that a request was answered with.
///
/// -32603 and the reserved range are the server's fault, except for the three codes
/// that say what the client did wrong.
pub(crate) fn record_error(span: &Span, code: i32) {
    if span.is_disabled() {
        return;
    }
    span.record("error.type", code);
    span.record("rpc.response.status_code", code);
    let reserved = (-32099..=-32000).contains(&code) && !(-32022..=-32020).contains(&code);
    if code == -32603 || reserved {
        span.record("otel.status_code", "ERROR");
    }
}

/// Records a result that tells the model of a failure.
pub(crate) fn record_tool_error(span: &Span) {
    span.record("error.type", "tool_error");
}
