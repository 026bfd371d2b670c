//! mcp-axum, as its README shows it.

use mcp_axum::{
    Args, Context, McpServer, McpService,
    server::Notifier,
    session::{SessionLimits, Sessions},
    tool,
};

use super::{App, Echo, NAMED, Order, STEPS};
use crate::case::{Case, Era};

pub(super) fn app(case: &Case) -> App {
    let order = async |Args(order): Args<Order>| order.run();
    let orders = (0..case.tools - NAMED).map(|n| tool(format!("order_{n}"), order));
    let server = orders
        .fold(McpServer::new("bench", "1.0.0"), McpServer::tool)
        .tool(tool("echo", async |Args(echo): Args<Echo>| echo.text))
        .tool(tool("steps", steps))
        .tool(tool("announce", announce));
    let mut builder = McpService::builder(server).listen_limits(2_000, 2_000);
    if case.era == Era::Sessionless {
        builder = builder.sessions(Sessions::Optional(SessionLimits::default()));
    }
    let mcp = builder.build();
    App {
        router: mcp.router(),
        _alive: Some(Box::new(mcp.lifespan().start())),
    }
}

async fn steps(ctx: Context) -> &'static str {
    for step in 1..=STEPS {
        ctx.progress(f64::from(step), Some(f64::from(STEPS)), Some("step"));
    }
    "done"
}

async fn announce(notifier: Notifier) -> &'static str {
    notifier.tools_changed();
    "told"
}
