//! What is refused where it is written.

use axum::Router;
use mcp_axum::auth::ProtectedResource;

use super::{ISSUER, builder, resource};
use crate::support::panics::panic_of;

fn check<R>(build: impl FnOnce() -> R, cure: &str) {
    let panicked = panic_of(build);
    assert!(panicked.message.contains(cure), "{cure}: {panicked:?}");
    assert!(panicked.file.ends_with("building.rs"), "{panicked:?}");
}

#[test]
fn an_issuer_is_an_https_url_without_query_and_fragment() {
    for issuer in [
        "login.example.com",
        "http://login.example.com",
        "http://localhost.evil.example",
        "ftp://login.example.com",
        "https://login.example.com?a=b",
        "https://login.example.com#a",
        "https://",
        "https://a b",
        "https://login.example.com\r\nx: y",
        "/login",
        "",
    ] {
        check(|| ProtectedResource::new([issuer]), "is no issuer like");
        check(
            || ProtectedResource::new([ISSUER, issuer]),
            "is no issuer like",
        );
    }
    check(
        || ProtectedResource::new(Vec::<String>::new()),
        "at least one",
    );
    for issuer in [
        ISSUER,
        "https://login.example.com/tenant/1",
        "http://localhost:8080/realm",
        "http://127.0.0.1",
        "http://[::1]:80",
    ] {
        let _ = ProtectedResource::new([issuer]);
    }
}

#[test]
fn a_scope_is_visible_and_of_the_resources_own() {
    for scope in [
        "",
        "a b",
        "a\"b",
        "a\\b",
        "a\r\nx: y",
        "ä",
        "a\tb",
        "a\u{7f}",
    ] {
        check(|| resource().scopes([scope]), "is no scope");
        check(|| resource().initial_scopes(["a", scope]), "is no scope");
    }
    check(|| resource().scopes(["offline_access"]), "leave it out");
    check(
        || resource().initial_scopes(["offline_access"]),
        "leave it out",
    );
    let _ = resource().scopes(["notes:read", "https://notes.example/write", "!#[]~"]);
}

#[test]
fn what_is_filled_in_by_itself_is_no_member_of_ones_own() {
    for name in [
        "resource",
        "authorization_servers",
        "scopes_supported",
        "bearer_methods_supported",
    ] {
        check(|| resource().member(name, "x"), "is filled in by itself");
    }
}

#[test]
fn a_path_that_is_none_is_refused() {
    let mcp = builder().protected_resource(resource()).build();
    check(|| mcp.mount::<()>("mcp-server"), "does not begin with `/`");
    check(
        || mcp.well_known_router::<()>("mcp"),
        "does not begin with `/`",
    );
    check(
        || mcp.well_known_router::<()>(""),
        "does not begin with `/`",
    );
    let without = builder().build();
    check(
        || without.well_known_router::<()>("/mcp"),
        "protected_resource(",
    );
}

#[test]
fn two_services_at_the_path_that_names_no_resource_collide() {
    let build = || {
        let one = builder().protected_resource(resource()).build();
        let other = builder().protected_resource(resource()).build();
        let _: Router = one.mount("/one").merge(other.mount("/other"));
    };
    let panicked = panic_of(build);
    assert!(
        panicked.message.contains("oauth-protected-resource"),
        "{panicked:?}"
    );
}
