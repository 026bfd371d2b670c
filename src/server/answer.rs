//! Results on their way to the wire: written once, straight to bytes.

use serde::Serialize;
use serde_json::Value;

use crate::{
    middleware::Outcome,
    protocol::{
        CacheHint, Completion, InputRequest, Meta, Revision,
        adapt::Adapt,
        jsonrpc::{RequestId, write_json, write_result_head},
    },
};

use super::ServerCore;

/// Writes a whole response, as the revision has it.
pub(crate) fn write(
    out: &mut Vec<u8>,
    core: &ServerCore,
    id: &RequestId,
    outcome: Outcome,
    revision: Revision,
) {
    write_result_head(out, id);
    let complete = |out: &mut Vec<u8>, cache, meta: Option<&Meta>| {
        complete(out, core, cache, meta, revision);
    };
    match outcome {
        Outcome::Prepared(result) => out.extend_from_slice(&result),
        Outcome::Tool(result) => {
            let result = result.adapted(revision);
            result.write(out);
            complete(out, None, result.meta.as_ref());
        }
        Outcome::Resource(result) => {
            let result = result.adapted(revision);
            write_json(out, &result);
            let cache = result.cache.unwrap_or_default();
            complete(out, Some(cache), result.meta.as_ref());
        }
        Outcome::Prompt(result) => {
            let result = result.adapted(revision);
            write_json(out, &result);
            complete(out, None, result.meta.as_ref());
        }
        Outcome::Completion(completion) => {
            write_json(out, &Completed { completion });
            complete(out, None, None);
        }
        Outcome::InputRequired { requests, state } => {
            write_input_required(out, &requests, state.as_deref());
            describe(out, core, "input_required", None, None);
        }
    }
    out.push(b'}');
}

#[derive(Serialize)]
struct Completed {
    completion: Completion,
}

fn write_input_required(
    out: &mut Vec<u8>,
    requests: &[(String, InputRequest)],
    state: Option<&str>,
) {
    out.push(b'{');
    if !requests.is_empty() {
        out.extend_from_slice(b"\"inputRequests\":{");
        for (index, (key, request)) in requests.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_json(out, key);
            out.push(b':');
            write_json(out, request);
        }
        out.push(b'}');
    }
    if let Some(state) = state {
        if !requests.is_empty() {
            out.push(b',');
        }
        out.extend_from_slice(b"\"requestState\":");
        write_json(out, state);
    }
    out.push(b'}');
}

/// Adds what every complete result of the revision carries.
pub(crate) fn complete(
    out: &mut Vec<u8>,
    core: &ServerCore,
    cache: Option<CacheHint>,
    meta: Option<&Meta>,
    revision: Revision,
) {
    if revision.dialect().described_results {
        return describe(out, core, "complete", cache, meta);
    }
    let mut own = meta.into_iter().flatten().filter(|(key, _)| *key != NAME);
    if let Some(first) = own.next() {
        reopen(out);
        out.extend_from_slice(b"\"_meta\":{");
        write_member(out, first);
        own.for_each(|member| {
            out.push(b',');
            write_member(out, member);
        });
        out.extend_from_slice(b"}}");
    }
}

/// The member of `_meta` that is ours to write.
const NAME: &str = "io.modelcontextprotocol/serverInfo";

/// Adds the members that a result of the stateless era has, whatever its kind.
fn describe(
    out: &mut Vec<u8>,
    core: &ServerCore,
    result_type: &str,
    cache: Option<CacheHint>,
    meta: Option<&Meta>,
) {
    reopen(out);
    out.extend_from_slice(b"\"resultType\":\"");
    out.extend_from_slice(result_type.as_bytes());
    out.push(b'"');
    if let Some(cache) = cache {
        out.extend_from_slice(b",\"ttlMs\":");
        write_json(out, &cache.ttl_ms());
        out.extend_from_slice(b",\"cacheScope\":\"");
        out.extend_from_slice(cache.scope().as_str().as_bytes());
        out.push(b'"');
    }
    out.extend_from_slice(b",\"_meta\":{");
    out.extend_from_slice(&core.name_card);
    for member in meta.into_iter().flatten().filter(|(key, _)| *key != NAME) {
        out.push(b',');
        write_member(out, member);
    }
    out.extend_from_slice(b"}}");
}

/// Opens the object at the end of `out` again, for another member.
fn reopen(out: &mut Vec<u8>) {
    out.pop();
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
}

fn write_member(out: &mut Vec<u8>, (key, value): (&String, &Value)) {
    write_json(out, key);
    out.push(b':');
    write_json(out, value);
}
