//! Mistakes while a route is made a tool: a panic that names them and blames the caller.

use axum::{Router, http::Method};
use mcp_axum::{
    Tool,
    route_tool::{RouteTool, route_tool},
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::support::panics::panic_of;

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is of use")]
struct Id {
    id: u64,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is of use")]
enum Choice {
    One { a: u32 },
    Two { b: u32 },
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is of use")]
struct Whole {
    body: u64,
}

/// Runs what must panic with all of these parts in its message, here in this file.
#[track_caller]
fn check<R>(run: impl FnOnce() -> R, parts: &[&str]) {
    let panicked = panic_of(run);
    for part in parts {
        assert!(panicked.message.contains(part), "{part}: {panicked:?}");
    }
    assert!(panicked.file.ends_with("building.rs"), "{panicked:?}");
}

fn get(path: &str) -> RouteTool {
    route_tool(&Router::new(), Method::GET, path)
}

#[test]
fn a_path_that_is_none() {
    for path in [
        "",
        "users",
        "/a?b",
        "/a#b",
        "/a b",
        "/{",
        "/a}",
        "/{}",
        "/{*}",
        "/{*a}/b",
        "http://a/b",
    ] {
        let quoted = format!("`{path}`");
        check(|| route_tool(&Router::new(), Method::GET, path), &[&quoted]);
    }
}

#[test]
fn a_tunnel_is_no_tool() {
    check(
        || route_tool(&Router::new(), Method::CONNECT, "/"),
        &["tunnel"],
    );
}

#[test]
fn a_name_in_two_places() {
    for (route, parts) in [
        (get("/{id}").query::<Id>(), ["in the query"]),
        (get("/{id}").body::<Id>(), ["in the body"]),
        (
            get("/").query::<Id>().body::<Id>(),
            ["in the query and in the body"],
        ),
        (
            get("/{id}").path::<Id>().query::<Id>(),
            ["in the path and in the query"],
        ),
    ] {
        let panicked = panic_of(|| -> Tool { route.tool("t") });
        for part in parts.into_iter().chain(["`id`", "tool `t`"]) {
            assert!(panicked.message.contains(part), "{part}: {panicked:?}");
        }
        assert!(panicked.file.ends_with("building.rs"), "{panicked:?}");
    }
    let whole = get("/").query::<Whole>().body::<Vec<u32>>();
    check(|| -> Tool { whole.tool("t") }, &["`body`"]);
}

#[test]
fn a_path_and_a_type_that_differ() {
    check(
        || -> Tool { get("/{id}/{page}").path::<Id>().tool("t") },
        &["no `page`"],
    );
    check(
        || -> Tool { get("/x").path::<Id>().tool("t") },
        &["`id`", "`/x`"],
    );
}

#[test]
fn a_path_or_query_of_another_shape() {
    check(|| get("/").query::<Choice>(), &["`Choice`", "query"]);
    check(
        || get("/").query::<Vec<u32>>(),
        &["Array_of_uint32", "query"],
    );
    check(|| get("/{a}").path::<String>(), &["string", "path"]);
    check(
        || get("/").query::<std::collections::BTreeMap<String, u32>>(),
        &["query", "no plain struct"],
    );
}

#[test]
fn a_name_that_clients_would_not_take() {
    check(|| -> Tool { get("/").tool("two words") }, &["`two words`"]);
    check(
        || get("/").tool::<()>("t").renamed("two words"),
        &["`two words`"],
    );
}

#[test]
fn two_tools_of_one_name() {
    let tools = || [get("/").tool("t"), get("/a").tool("t")];
    check(
        || mcp_axum::McpServer::<()>::new("s", "1").tools(tools()),
        &["tool `t` is registered twice"],
    );
}
