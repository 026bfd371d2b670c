//! The service that the histories are played on.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use mcp_axum::{
    Args, Context, McpServer, McpService, Principal,
    protocol::Level,
    resource,
    session::{SessionLimits, Sessions},
    store::{EventLogLimits, MemoryEventLog},
    tool,
};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::Notify;

use super::{
    hints::URIS,
    model::{
        ANONYMOUS, COMMIT, DETACHED, DETACHED_TOTAL, DRAIN, GRACE, IDLE, IN_FLIGHT, LOG_LIFE,
        PER_PRINCIPAL, STREAMS, TOTAL, WHO,
    },
};

/// The unit of the model's time.
pub const BEAT: Duration = Duration::from_millis(500);

/// The gates of calls, by their numbers.
#[derive(Clone, Default)]
pub struct Gates(Arc<Mutex<HashMap<usize, Arc<Notify>>>>);

impl Gates {
    /// Returns the gate of a call; it opens with `notify_one`, before or after somebody waits.
    pub fn of(&self, call: usize) -> Arc<Notify> {
        let mut gates = self.0.lock().expect("nobody panics in here");
        Arc::clone(gates.entry(call).or_default())
    }
}

/// What a call is asked to do; see [`Order`](super::calls::Order).
#[derive(Deserialize, JsonSchema)]
struct Orders {
    call: usize,
    says: usize,
    after: usize,
    hangs_up: bool,
    waits: bool,
}

/// Speaks, waits at its gate, and speaks again.
async fn speak(gates: Gates, ctx: Context, orders: Orders) -> String {
    let Orders {
        call, says, after, ..
    } = orders;
    let say = |n| ctx.log(Level::Info, format!("{call}.{n}"));
    (1..=says).for_each(say);
    if orders.hangs_up {
        ctx.close_stream(Duration::from_secs(1));
    }
    if orders.waits {
        gates.of(call).notified().await;
    }
    (says + 1..=says + after).for_each(say);
    format!("{call} is done")
}

/// The log in memory, short of memory.
pub fn log() -> MemoryEventLog {
    MemoryEventLog::new(EventLogLimits::default().life(BEAT * LOG_LIFE))
}

/// The key of the principal of this number.
pub fn principal(who: usize) -> Option<&'static str> {
    (who > 0).then_some(WHO[who])
}

fn sessions() -> Sessions {
    Sessions::InMemory(
        SessionLimits::default()
            .total(TOTAL)
            .anonymous(ANONYMOUS)
            .per_principal(PER_PRINCIPAL)
            .in_flight(IN_FLIGHT)
            .streams(STREAMS)
            .detached(DETACHED)
            .detached_total(DETACHED_TOTAL)
            .idle(BEAT * IDLE)
            .detached_grace(BEAT * GRACE),
    )
}

/// Builds the service.
pub fn service(gates: &Gates, log: &MemoryEventLog) -> McpService {
    let gates = gates.clone();
    let speak = move |ctx: Context, Args(orders): Args<Orders>| speak(gates.clone(), ctx, orders);
    let server = McpServer::new("machine", "1.0.0")
        .tool(tool("speak", speak))
        .dynamic_prompts();
    let server = URIS.into_iter().fold(server, |server, uri| {
        server.resource(resource(uri, async || "text"))
    });
    McpService::builder(server)
        .sessions(sessions())
        .event_log(log.clone())
        .commit_after(BEAT * COMMIT)
        .grace(BEAT * DRAIN)
        // Whoever waits before reading shall not be taken for gone.
        .unread_timeout(Duration::from_secs(100_000))
        .principal(|parts| {
            let user = parts.headers.get("x-user");
            let user = user.and_then(|user| user.to_str().ok());
            Ok(user.map(Principal::new))
        })
        .build()
}
