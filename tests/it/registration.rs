//! Mistakes while a server is put together: a panic that names the thing and blames the caller.

use std::time::Duration;

use mcp_axum::{
    Args, McpServer, McpService, Prompt, Resource, Tool, blocking, extract::Completing, prompt,
    resource, tool,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::support::panics::panic_of;

#[derive(Deserialize, Serialize, JsonSchema)]
struct Note {
    id: u64,
    #[serde(default)]
    page: u32,
}

async fn hello() -> &'static str {
    "hello"
}

async fn read(Args(note): Args<Note>) -> String {
    format!("{} {}", note.id, note.page)
}

/// Runs what must panic with all of these parts in its message, here in this file.
#[track_caller]
fn check<R>(run: impl FnOnce() -> R, parts: &[&str]) {
    let panicked = panic_of(run);
    for part in parts {
        assert!(panicked.message.contains(part), "{part}: {panicked:?}");
    }
    assert!(panicked.file.ends_with("registration.rs"), "{panicked:?}");
}

fn a_tool(name: &str) -> Tool {
    tool(name, hello)
}

fn a_prompt(name: &str) -> Prompt {
    prompt(name, hello)
}

fn a_resource(uri: &str) -> Resource {
    resource(uri, hello)
}

fn server() -> McpServer {
    McpServer::new("t", "1")
}

#[test]
fn a_name_that_clients_would_not_take() {
    let long = "x".repeat(129);
    for name in ["", "two words", "a/b", "é", "a,b", "new\nline", &long] {
        let quoted = format!("`{name}`");
        check(|| tool::<(), _, _>(name, hello), &["tool", &quoted]);
        check(|| prompt::<(), _, _>(name, hello), &["prompt", &quoted]);
    }
    for name in ["a", "A-z_0.9", &"x".repeat(128)] {
        let (_, _) = (a_tool(name), a_prompt(name));
    }
}

#[test]
fn two_components_of_one_name() {
    let tools = || server().tool(a_tool("same"));
    check(|| tools().tool(a_tool("same")), &["tool `same`", "twice"]);
    check(|| tools().merge(tools()), &["tool `same`", "twice"]);
    let prompts = || server().prompt(a_prompt("same"));
    check(
        || prompts().prompt(a_prompt("same")),
        &["prompt `same`", "twice"],
    );
    check(|| prompts().merge(prompts()), &["prompt `same`", "twice"]);
    let resources = || server().resource(a_resource("note://same"));
    check(
        || resources().resource(a_resource("note://same")),
        &["`note://same`", "twice"],
    );
    check(
        || resources().merge(resources()),
        &["`note://same`", "twice"],
    );
    let nested = || {
        server()
            .tool(a_tool("a_b"))
            .nest("a", server().tool(a_tool("b")))
    };
    check(nested, &["tool `a_b`", "twice"]);
    let _ = McpService::new(tools().prompt(a_prompt("same")));
}

#[test]
fn a_prefix_that_makes_a_bad_name() {
    check(
        || server().nest("a b", server().tool(a_tool("c"))),
        &["tool `a b_c`"],
    );
    check(
        || server().nest("é", server().prompt(a_prompt("c"))),
        &["prompt `é_c`"],
    );
}

#[test]
fn a_uri_that_is_none() {
    for uri in ["", "note", "//note", "1note://x", "note://a b", "no te://x"] {
        check(|| resource::<(), _, _>(uri, hello), &[&format!("`{uri}`")]);
    }
}

#[test]
fn a_template_that_could_not_be_matched() {
    for template in [
        "note://{",
        "note://{id",
        "note://id}",
        "note://{}",
        "note://{a}{b}",
        "note://{a,b}",
        "note://{/path}",
        "note://{#part}",
        "note://{id}/{id}",
        "note://{?q}/more",
        "note://{id:3}",
        "{scheme}://x",
        "{id}",
    ] {
        check(
            || resource::<(), _, _>(template, hello),
            &[&format!("`{template}`")],
        );
    }
}

#[test]
fn input_that_no_uri_could_fill() {
    let template = "note://{other}";
    check(|| resource::<(), _, _>(template, read), &[template, "`id`"]);
    check(
        || resource::<(), _, _>("note://fixed", read),
        &["`note://fixed`", "`id`"],
    );
    let _: [Resource; 2] = [
        resource("a://{id}", read),
        resource("a://{id}{?page}", read),
    ];
}

#[test]
fn two_inputs_of_one_handler() {
    async fn two(_: Args<Note>, _: Option<Args<Note>>) -> String {
        String::new()
    }
    let parts = ["`two`", "two `Args`"];
    check(|| tool::<(), _, _>("two", two), &parts);
    check(|| prompt::<(), _, _>("two", two), &parts);
    check(|| resource::<(), _, _>("two://{id}", two), &["two `Args`"]);
    let prompt = || prompt::<(), _, _>("p", read);
    let completion = async |_: Args<Note>, _: Args<Note>| Vec::<String>::new();
    check(|| prompt().complete("id", completion), &["two `Args`"]);
}

#[test]
fn an_input_that_is_no_object() {
    async fn list(Args(_): Args<Vec<String>>) {}
    async fn text(Args(_): Args<String>) {}
    check(
        || tool::<(), _, _>("list", list),
        &["tool `list`", "object"],
    );
    check(
        || tool::<(), _, _>("text", text),
        &["tool `text`", "`string`"],
    );
}

#[test]
fn the_value_to_complete_outside_a_completion() {
    async fn completing(_: Completing) -> &'static str {
        ""
    }
    let parts = ["`c`", "`Completing`"];
    check(|| tool::<(), _, _>("c", completing), &parts);
    check(|| prompt::<(), _, _>("c", completing), &parts);
    check(
        || resource::<(), _, _>("c://c", completing),
        &["`Completing`"],
    );
}

#[test]
fn a_completion_of_what_is_not_there() {
    let none = async || Vec::<String>::new();
    let prompt = || prompt::<(), _, _>("p", read);
    check(
        || prompt().complete("other", none),
        &["prompt `p`", "`other`"],
    );
    let template = || resource::<(), _, _>("note://{id}", read);
    check(
        || template().complete("page", none),
        &["`note://{id}`", "`page`"],
    );
    check(
        || a_resource("note://x").complete("id", none),
        &["`note://x`", "`id`"],
    );
    let (_, _) = (
        prompt().complete("page", none),
        template().complete("id", none),
    );
}

#[test]
fn two_completions_of_one_argument() {
    let none = async || Vec::<String>::new();
    let prompt = || prompt::<(), _, _>("p", read).complete("page", none);
    let template = || resource::<(), _, _>("note://{id}", read).complete("id", none);
    check(
        || prompt().complete("page", none),
        &["prompt `p`", "`page`", "twice"],
    );
    check(
        || template().complete("id", none),
        &["`note://{id}`", "`id`", "twice"],
    );
    let _ = prompt().complete("id", none);
}

#[test]
fn a_schema_that_no_tool_can_have() {
    async fn raw(Args(_): Args<Map<String, Value>>) {}
    let tool = || tool::<(), _, _>("raw", raw);
    for (schema, part) in [
        (json!(true), "object"),
        (json!({}), "object"),
        (json!({"type": "array"}), "object"),
        (
            json!({"type": "object", "properties": {"a": {"$ref": "https://x.example/s"}}}),
            "https://x.example/s",
        ),
    ] {
        check(|| tool().input_schema(schema), &["tool `raw`", part]);
    }
}

#[test]
fn a_header_that_clients_would_drop_the_tool_for() {
    async fn raw(Args(_): Args<Map<String, Value>>) {}
    let tool = || tool::<(), _, _>("raw", raw);
    let text = |header: Value| json!({"type": "string", "x-mcp-header": header});
    for properties in [
        json!({"a": {"type": "number", "x-mcp-header": "A"}}),
        json!({"a": {"type": "object", "x-mcp-header": "A"}}),
        json!({"a": {"x-mcp-header": "A"}}),
        json!({"a": text(json!(""))}),
        json!({"a": text(json!("two words"))}),
        json!({"a": text(json!("a:b"))}),
        json!({"a": text(json!(7))}),
        json!({"a": text(json!("Same")), "b": text(json!("same"))}),
        json!({"a": {"type": "array", "items": text(json!("A"))}}),
        json!({"a": {"anyOf": [text(json!("A")), {"type": "integer"}]}}),
    ] {
        let schema = json!({"type": "object", "properties": properties});
        check(
            || tool().input_schema(schema),
            &["tool `raw`", "`x-mcp-header`", "#/properties"],
        );
    }
    let typed = || {
        #[derive(Deserialize, JsonSchema)]
        #[expect(dead_code, reason = "only its schema is looked at")]
        struct Ratio {
            #[schemars(extend("x-mcp-header" = "Ratio"))]
            ratio: f64,
        }
        mcp_axum::tool::<(), _, _>("typed", async |_: Args<Ratio>| "ok")
    };
    check(typed, &["tool `typed`", "#/properties/ratio"]);
}

#[test]
fn a_page_without_entries() {
    check(|| server().page_size(0), &["page"]);
}

#[test]
fn a_limit_of_nothing_at_all() {
    check(|| blocking(|| "x").limit(0), &["never be called"]);
    let silent = || McpService::builder(server()).keep_alive(Duration::ZERO);
    check(silent, &["comments"]);
}
