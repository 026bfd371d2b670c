//! What the clients of all revisions say, whatever becomes of it.

use serde_json::{Value, json};

use crate::support::TestClient;

use super::{
    rich,
    tongue::{Dialogue, Tongue, everything},
};

/// A request, under the name of its fixture.
pub struct Exchange {
    pub name: &'static str,
    say: Say,
    can: Value,
}

enum Say {
    Request(&'static str, Value),
    Bytes(&'static str),
}

impl Exchange {
    /// Has the exchange with a server of its own.
    pub async fn held_in(&self, revision: &'static str) -> Dialogue {
        let client = TestClient::new(rich::server());
        let tongue = Tongue::with(&client, revision, self.can.clone()).await;
        match &self.say {
            Say::Request(method, params) => tongue.converse(method, params).await,
            Say::Bytes(bytes) => tongue.utter(bytes).await,
        }
    }
}

/// Has one exchange, known by its name.
pub async fn hold(name: &str, revision: &'static str) -> Dialogue {
    let mut exchanges = all().into_iter();
    let exchange = exchanges.find(|exchange| exchange.name == name);
    let exchange = exchange.unwrap_or_else(|| panic!("no exchange is called {name}"));
    exchange.held_in(revision).await
}

/// Returns all exchanges.
pub fn all() -> Vec<Exchange> {
    let mut all = Vec::new();
    for requests in [
        housekeeping(),
        lists(),
        calls(),
        reads(),
        questions(),
        failures(),
    ] {
        all.extend(requests.into_iter().map(|(name, method, params)| Exchange {
            name,
            say: Say::Request(method, params),
            can: everything(),
        }));
    }
    let form = json!({"name": "ask", "arguments": {"what": "form"}});
    for (name, method, params) in [
        ("ask_without_capability", "tools/call", form),
        (
            "ask_by_prompt_without_capability",
            "prompts/get",
            json!({"name": "greet"}),
        ),
    ] {
        all.push(Exchange {
            name,
            say: Say::Request(method, params),
            can: json!({}),
        });
    }
    for (name, bytes) in [
        ("error_parse", "{\"jsonrpc\":"),
        ("error_shape", "{\"jsonrpc\":\"1.0\",\"id\":1}"),
        ("error_empty_array", "[]"),
    ] {
        all.push(Exchange {
            name,
            say: Say::Bytes(bytes),
            can: everything(),
        });
    }
    all
}

type Request = (&'static str, &'static str, Value);

fn housekeeping() -> Vec<Request> {
    vec![
        ("initialize", "initialize", json!({})),
        ("discover", "server/discover", json!({})),
        ("ping", "ping", json!({})),
        ("set_level", "logging/setLevel", json!({"level": "error"})),
        (
            "set_unknown_level",
            "logging/setLevel",
            json!({"level": "loud"}),
        ),
        (
            "subscribe",
            "resources/subscribe",
            json!({"uri": "note://one"}),
        ),
        (
            "unsubscribe",
            "resources/unsubscribe",
            json!({"uri": "note://one"}),
        ),
    ]
}

fn lists() -> Vec<Request> {
    vec![
        ("tools_list", "tools/list", json!({})),
        ("resources_list", "resources/list", json!({})),
        ("templates_list", "resources/templates/list", json!({})),
        ("prompts_list", "prompts/list", json!({})),
        (
            "list_with_unknown_cursor",
            "tools/list",
            json!({"cursor": "nowhere"}),
        ),
    ]
}

fn calls() -> Vec<Request> {
    let call = |name: &str| json!({"name": name});
    let trip = json!({"city": "Paris", "nights": 2, "window": true, "wish": {"view": "sea"}});
    let aloud = json!({
        "name": "tell",
        "_meta": {"progressToken": 7, "io.modelcontextprotocol/logLevel": "info"},
    });
    vec![
        (
            "call_structured",
            "tools/call",
            json!({"name": "book", "arguments": trip}),
        ),
        ("call_contents", "tools/call", call("contents")),
        ("call_list", "tools/call", call("numbers")),
        ("call_number", "tools/call", call("number")),
        ("call_bare", "tools/call", call("bare")),
        ("call_nothing", "tools/call", call("nothing")),
        ("call_aloud", "tools/call", aloud),
        ("call_unheard", "tools/call", call("tell")),
    ]
}

fn reads() -> Vec<Request> {
    let uri = |uri: &str| json!({"uri": uri});
    let tone = json!({"name": "tone", "value": "w"});
    let prompt = json!({"type": "ref/prompt", "name": "review"});
    let template = json!({"type": "ref/resource", "uri": "note://by/{author}"});
    vec![
        ("read_text", "resources/read", uri("note://one")),
        ("read_bytes", "resources/read", uri("note://bytes")),
        ("read_template", "resources/read", uri("note://by/ada")),
        (
            "get_prompt",
            "prompts/get",
            json!({"name": "review", "arguments": {"code": "1 + 1", "tone": "kind"}}),
        ),
        (
            "complete_argument",
            "completion/complete",
            json!({"ref": prompt, "argument": tone, "context": {"arguments": {"code": "x"}}}),
        ),
        (
            "complete_parameter",
            "completion/complete",
            json!({"ref": template, "argument": {"name": "author", "value": ""}}),
        ),
    ]
}

fn questions() -> Vec<Request> {
    let ask = |what: &str| json!({"name": "ask", "arguments": {"what": what}});
    vec![
        ("ask_form", "tools/call", ask("form")),
        ("ask_titled_choice", "tools/call", ask("titled")),
        ("ask_several_choices", "tools/call", ask("several")),
        ("ask_url", "tools/call", ask("url")),
        ("ask_model", "tools/call", ask("model")),
        ("ask_model_with_sound", "tools/call", ask("sound")),
        ("ask_model_with_tools", "tools/call", ask("tools")),
        ("ask_roots", "tools/call", ask("roots")),
        ("ask_by_prompt", "prompts/get", json!({"name": "greet"})),
        (
            "ask_by_resource",
            "resources/read",
            json!({"uri": "note://asks"}),
        ),
        ("visit_first", "tools/call", json!({"name": "pay"})),
    ]
}

fn failures() -> Vec<Request> {
    let fail = |how: &str| json!({"name": "fail", "arguments": {"how": how}});
    let unknown = json!({"type": "ref/prompt", "name": "nobody"});
    vec![
        ("fail_told", "tools/call", fail("told")),
        ("fail_masked", "tools/call", fail("masked")),
        ("fail_application", "tools/call", fail("application")),
        ("fail_reserved", "tools/call", fail("reserved")),
        ("fail_missing", "tools/call", fail("missing")),
        ("fail_panic", "tools/call", fail("panic")),
        (
            "bad_arguments",
            "tools/call",
            json!({"name": "book", "arguments": {"nights": "two"}}),
        ),
        ("unknown_tool", "tools/call", json!({"name": "nobody"})),
        (
            "unknown_prompt",
            "prompts/get",
            json!({"name": "nobody", "arguments": {}}),
        ),
        (
            "prompt_lacks_argument",
            "prompts/get",
            json!({"name": "review"}),
        ),
        ("prompt_broken", "prompts/get", json!({"name": "broken"})),
        (
            "unknown_resource",
            "resources/read",
            json!({"uri": "note://gone"}),
        ),
        (
            "resource_not_found",
            "resources/read",
            json!({"uri": "note://by/nobody"}),
        ),
        (
            "resource_empty",
            "resources/read",
            json!({"uri": "note://empty"}),
        ),
        (
            "resource_broken",
            "resources/read",
            json!({"uri": "note://broken"}),
        ),
        (
            "unknown_reference",
            "completion/complete",
            json!({"ref": unknown, "argument": {"name": "a", "value": ""}}),
        ),
        ("unknown_method", "tools/dance", json!({})),
        ("tasks_list", "tasks/list", json!({})),
    ]
}
