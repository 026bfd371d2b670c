//! rmcp, with a `ServerHandler` written out: its macros cost several times as much.
//!
//! Where it can answer with JSON, it is set to. In a session it always answers with
//! a stream of a priming event and the answer. All else is as by default.

use std::sync::{Arc, Mutex};

use axum::Router;
use rmcp::{
    ErrorData, Peer, RoleServer, ServerHandler,
    handler::server::tool::schema_for_type,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
        JsonObject, ListToolsResult, PaginatedRequestParams, ProgressNotificationParam,
        ServerCapabilities, ServerConfig, SubscriptionFilter, Tool,
    },
    service::{NotificationContext, RequestContext, SubscriptionContext},
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
    },
};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::broadcast;

use super::{Echo, NAMED, Order, STEPS};
use crate::case::{Ask, Case, Era};

#[derive(Clone)]
struct Bench {
    tools: Arc<Vec<Tool>>,
    /// Who is told of changes: there is no broadcast over sessions.
    peers: Option<Arc<Mutex<Vec<Peer<RoleServer>>>>>,
    changes: broadcast::Sender<()>,
}

pub(super) fn router(case: &Case) -> Router {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(case.era != Era::Sessionless)
        .with_json_response(true);
    let bench = Bench {
        tools: Arc::new(tools(case)),
        peers: (case.ask == Ask::Streams).then(Arc::default),
        changes: broadcast::channel(16).0,
    };
    let make = move || Ok(bench.clone());
    let sessions = Arc::new(LocalSessionManager::default());
    Router::new().route_service("/mcp", StreamableHttpService::new(make, sessions, config))
}

fn tools(case: &Case) -> Vec<Tool> {
    let order = |n| describe::<Order>(format!("order_{n}"), "A number of things.");
    let mut tools: Vec<Tool> = (0..case.tools - NAMED).map(order).collect();
    tools.push(describe::<Echo>("echo".into(), "Gives back what it gets."));
    let empty: Arc<JsonObject> = Arc::new([("type".into(), "object".into())].into_iter().collect());
    for name in ["steps", "announce"] {
        tools.push(Tool::new(name, "", Arc::clone(&empty)));
    }
    tools
}

fn describe<T: JsonSchema + 'static>(name: String, description: &'static str) -> Tool {
    Tool::new(name, description, schema_for_type::<T>())
}

impl Bench {
    async fn announce(&self) {
        let _ = self.changes.send(());
        let peers = self.peers.as_ref().map(|peers| lock(peers).clone());
        for peer in peers.unwrap_or_default() {
            let _ = peer.notify_tool_list_changed().await;
        }
    }
}

impl ServerHandler for Bench {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed()
            .build();
        ServerConfig::new(capabilities).with_server_info(Implementation::new("bench", "1.0.0"))
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        if let Some(peers) = &self.peers {
            lock(peers).push(context.peer);
        }
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.tools.to_vec()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = request.arguments.unwrap_or_default();
        let text = match &*request.name {
            "echo" => read::<Echo>(arguments)?.text,
            "steps" => steps(&context).await,
            "announce" => {
                self.announce().await;
                "told".into()
            }
            name if name.starts_with("order_") => read::<Order>(arguments)?.run(),
            _ => return Err(ErrorData::invalid_params("no such tool", None)),
        };
        Ok(CallToolResult::success(vec![ContentBlock::text(text)]).into())
    }

    fn accepted_subscription_filter(
        &self,
        wanted: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        Some(wanted.supported_by(&self.get_info().capabilities))
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let mut changes = self.changes.subscribe();
        loop {
            tokio::select! {
                () = context.cancelled() => return Ok(()),
                Ok(()) = changes.recv() => {
                    let _ = context.sink().notify_tool_list_changed().await;
                }
            }
        }
    }
}

async fn steps(context: &RequestContext<RoleServer>) -> String {
    if let Some(token) = context.meta.get_progress_token() {
        for step in 1..=STEPS {
            let progress = ProgressNotificationParam::new(token.clone(), f64::from(step))
                .with_total(f64::from(STEPS))
                .with_message("step");
            let _ = context.peer.notify_progress(progress).await;
        }
    }
    "done".into()
}

fn read<T: DeserializeOwned>(arguments: JsonObject) -> Result<T, ErrorData> {
    serde_json::from_value(Value::Object(arguments))
        .map_err(|error| ErrorData::invalid_params(error.to_string(), None))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().expect("nobody panics in here")
}
