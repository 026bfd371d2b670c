//! A server picked for each request: tenants that share nothing but the endpoint.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{Router, extract::Path};
use mcp_axum::{
    Context, McpServer, McpService, Principal, ToolError, extract::Http, protocol::Revision,
    server::ServerHandle, tool,
};
use serde_json::json;

use crate::support::{Call, TestClient, accept, panics::panic_of};

#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
struct Named {
    name: String,
}

async fn ask(ctx: Context) -> Result<String, ToolError> {
    Ok(ctx
        .elicit::<Named>("name", "What is your name?")
        .await?
        .accepted()
        .map(|it| it.name)
        .unwrap_or_default())
}

fn tenant(name: &str) -> ServerHandle {
    let greeting = format!("hello from {name}");
    let server = McpServer::new("notes", "1")
        .tool(tool("greet", move || {
            let greeting = greeting.clone();
            async move { greeting }
        }))
        .tool(tool(
            "whose",
            async |Http(Path(tenant)): Http<Path<String>>| tenant,
        ))
        .tool(tool("ask", ask))
        .tool(tool(format!("only_{name}"), async || "mine"));
    ServerHandle::new(name, server)
}

struct Tenants {
    client: TestClient,
    handles: HashMap<String, ServerHandle>,
    picks: Arc<AtomicUsize>,
}

fn tenants() -> Tenants {
    let names = ["acme", "globex"];
    let handles: HashMap<_, _> = names.map(|it| (it.to_owned(), tenant(it))).into();
    let picks = Arc::new(AtomicUsize::new(0));
    let (known, counted) = (handles.clone(), Arc::clone(&picks));
    let mcp = McpService::select(move |parts| {
        counted.fetch_add(1, Ordering::SeqCst);
        let tenant = parts.headers.get("x-tenant")?.to_str().ok()?;
        known.get(tenant).cloned()
    })
    .principal(|parts| {
        let user = parts.headers.get("x-user").and_then(|it| it.to_str().ok());
        Ok(user.map(Principal::new))
    })
    .build();
    let app = Router::new().nest("/t/{tenant}", mcp.router());
    Tenants {
        client: TestClient::mounted(mcp, app, "/t/x/mcp"),
        handles,
        picks,
    }
}

fn of(call: Call, tenant: &str) -> Call {
    call.header("x-tenant", tenant)
        .path(&format!("/t/{tenant}/mcp"))
}

#[tokio::test]
async fn each_request_is_answered_by_its_own_server() {
    let Tenants { client, picks, .. } = tenants();
    for name in ["acme", "globex"] {
        let greeting = of(client.tool("greet", json!({})), name).await.text().await;
        assert_eq!(greeting, format!("hello from {name}"));
        let whose = of(client.tool("whose", json!({})), name).await.text().await;
        assert_eq!(whose, name);
        let list = of(client.request("tools/list", json!({})), name)
            .await
            .result()
            .await;
        let list = list.to_string();
        assert!(list.contains(&format!("only_{name}")), "{list}");
        assert_eq!(list.matches("only_").count(), 1, "{list}");
    }
    assert_eq!(picks.load(Ordering::SeqCst), 6, "once for each request");
}

#[tokio::test]
async fn a_request_without_a_server_is_a_plain_404() {
    let Tenants { client, .. } = tenants();
    for call in [
        client.tool("greet", json!({})),
        client.initialize("2025-11-25", json!({})),
    ] {
        let reply = of(call, "nobody").await;
        assert_eq!(reply.refusal().await, (404, -32600));
    }
    assert_eq!(client.mcp.sessions().count(), 0);
}

#[tokio::test]
async fn a_session_belongs_to_the_server_it_was_opened_on() {
    let Tenants { client, .. } = tenants();
    let opened = of(client.initialize("2025-11-25", json!({})), "acme").await;
    let session = client.opened(opened).await;
    let greeting = of(session.tool("greet", json!({})), "acme").await;
    assert_eq!(greeting.text().await, "hello from acme");
    let mut unknown = Vec::new();
    for call in [
        session.tool("greet", json!({})),
        session.get(),
        session.delete(),
    ] {
        let reply = of(call, "globex").await;
        assert_eq!(reply.status, 404);
        unknown.push(reply.message().await["error"].clone());
    }
    assert!(
        unknown.windows(2).all(|pair| pair[0] == pair[1]),
        "{unknown:?}"
    );
    let info = client.mcp.sessions().list().remove(0);
    assert_eq!(info.server.as_deref(), Some("acme"));
    assert_eq!(of(session.delete(), "acme").await.status, 204);
}

#[tokio::test]
async fn what_a_client_carries_between_two_rounds_opens_on_its_own_server_alone() {
    let Tenants { client, .. } = tenants();
    let call = || {
        client
            .tool("ask", json!({}))
            .capable(json!({"elicitation": {}}))
            .header("x-user", "ada")
    };
    let asked = of(call(), "acme").await.result().await;
    let state = asked["requestState"].clone();
    assert!(state.is_string(), "{asked}");
    let retry = || {
        call().param("requestState", state.clone()).param(
            "inputResponses",
            json!({"name": accept(json!({"name": "Ada"}))}),
        )
    };
    assert_eq!(of(retry(), "globex").await.refusal().await, (200, -32602));
    of(retry(), "acme").await.result().await;
}

#[tokio::test]
async fn a_change_is_told_to_the_clients_of_its_server_alone() {
    let Tenants {
        client, handles, ..
    } = tenants();
    let listen = |tenant| {
        let wanted = json!({"notifications": {"toolsListChanged": true}});
        of(client.request("subscriptions/listen", wanted), tenant)
    };
    let mut acme = listen("acme").await.events();
    let mut globex = listen("globex").await.events();
    acme.next().await.expect("an event");
    globex.next().await.expect("an event");
    handles["globex"].registry().remove_tool("greet");
    handles["acme"].notifier().tools_changed();
    for events in [&mut acme, &mut globex] {
        let told = events.next().await.expect("an event");
        assert_eq!(told["method"], "notifications/tools/list_changed");
    }
    handles["globex"].notifier().tools_changed();
    globex.next().await.expect("an event");
    assert!(
        futures_util::future::poll_immediate(Box::pin(acme.next()))
            .await
            .is_none()
    );
}

#[tokio::test]
async fn the_end_of_one_service_leaves_the_streams_of_another_alone() {
    let shared = tenant("shared");
    let service = || {
        let shared = shared.clone();
        McpService::select(move |_| Some(shared.clone())).build()
    };
    let mut ends = TestClient::with(service());
    let stays = TestClient::with(service());
    let wanted = json!({"notifications": {"toolsListChanged": true}});
    let mut ending = ends
        .request("subscriptions/listen", wanted.clone())
        .await
        .events();
    let mut staying = stays.request("subscriptions/listen", wanted).await.events();
    ending.next().await.expect("an event");
    staying.next().await.expect("an event");
    ends.take_guard().shutdown().await;
    assert!(
        ending
            .next()
            .await
            .expect("an event")
            .get("result")
            .is_some()
    );
    shared.notifier().tools_changed();
    let told = staying.next().await.expect("an event");
    assert_eq!(told["method"], "notifications/tools/list_changed");
}

#[tokio::test]
async fn one_server_in_two_services_names_the_revisions_of_each() {
    let shared = tenant("shared");
    for revisions in [&Revision::ALL[..1], &Revision::ALL, &Revision::ALL[..2]] {
        let picked = shared.clone();
        let mcp = McpService::select(move |_| Some(picked.clone()));
        let client = TestClient::with(mcp.revisions(revisions.iter().copied()).build());
        let result = client
            .request("server/discover", json!({}))
            .await
            .result()
            .await;
        let named = result["supportedVersions"].as_array().map(Vec::len);
        assert_eq!(named, Some(revisions.len()));
    }
}

#[tokio::test]
async fn a_server_that_is_made_again_takes_its_sessions_over() {
    let current = Arc::new(std::sync::Mutex::new(tenant("acme")));
    let picked = Arc::clone(&current);
    let mcp = McpService::select(move |_| Some(picked.lock().unwrap().clone())).build();
    let client = TestClient::with(mcp);
    let session = client.open("2025-11-25").await;
    *current.lock().unwrap() = tenant("acme");
    let greeting = session.tool("greet", json!({})).await.text().await;
    assert_eq!(greeting, "hello from acme");
    *current.lock().unwrap() = tenant("globex");
    assert_eq!(session.tool("greet", json!({})).await.status, 404);
}

#[tokio::test]
async fn a_service_without_a_server_of_its_own_points_to_the_handles() {
    let mcp = McpService::select(|_| None).build();
    for panicked in [
        panic_of(|| mcp.registry().clone()),
        panic_of(|| mcp.notifier()),
    ] {
        assert!(
            panicked.message.contains("ask its `ServerHandle`"),
            "{panicked:?}"
        );
        assert!(panicked.file.ends_with("select.rs"), "{panicked:?}");
    }
}

#[tokio::test]
async fn a_stream_of_a_session_moves_to_the_server_that_was_made_again() {
    let current = Arc::new(std::sync::Mutex::new(tenant("acme")));
    let picked = Arc::clone(&current);
    let mcp = McpService::select(move |_| Some(picked.lock().expect("no panic").clone())).build();
    let mut client = TestClient::with(mcp);
    let guard = client.take_guard();
    let session = client.open("2025-11-25").await;
    let mut before = session.get().await.events();
    let new = tenant("acme");
    *current.lock().expect("no panic") = new.clone();
    let mut after = session.get().await.events();
    new.notifier().tools_changed();
    let told = after.next().await.expect("an event");
    assert_eq!(told["method"], "notifications/tools/list_changed");
    assert!(before.next().await.is_none(), "the newest reader wins");
    // A drain reaches the stream, whichever server it listens to.
    guard.shutdown().await;
    assert!(after.next().await.is_none());
}

#[tokio::test]
async fn layers_of_picked_servers_are_built_anew_too() {
    let built = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&built);
    let layer = tower::layer::layer_fn(move |next: mcp_axum::middleware::Next| {
        counted.fetch_add(1, Ordering::SeqCst);
        next
    });
    let server = McpServer::new("layered", "1").tool(tool("t", async || "t"));
    let handle = ServerHandle::new("a", server.layer(layer));
    let mcp = McpService::select(move |_| Some(handle.clone())).build();
    for life in 1..=2 {
        let mut client = TestClient::with(mcp.clone());
        client.tool("t", json!({})).await.text().await;
        client.take_guard().shutdown().await;
        assert_eq!(built.load(Ordering::SeqCst), life);
    }
}
