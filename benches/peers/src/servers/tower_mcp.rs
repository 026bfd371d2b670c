//! tower-mcp, with typed handlers and defaults, but for room for a thousand streams.

use axum::Router;
use tower_mcp::{
    CallToolResult, HttpTransport, McpRouter, NoParams, SubscriptionLimits, Tool, ToolBuilder,
    context::{ServerNotification, notification_channel},
    extract::{Context, RawArgs},
};

use super::{Echo, NAMED, Order, STEPS};
use crate::case::{Ask, Case};

pub(super) fn router(case: &Case) -> Router {
    let (sender, receiver) = notification_channel(16);
    let announce = ToolBuilder::new("announce")
        .handler(move |_: NoParams| {
            let told = sender.try_send(ServerNotification::ToolsListChanged);
            async move {
                Ok(CallToolResult::text(if told.is_ok() {
                    "told"
                } else {
                    "full"
                }))
            }
        })
        .build();
    let router = McpRouter::new()
        .server_info("bench", "1.0.0")
        .tools_list_changed(true)
        .tools((0..case.tools - NAMED).map(order))
        .tool(echo())
        .tool(steps())
        .tool(announce);
    let transport = if case.ask == Ask::Streams {
        HttpTransport::with_notifications(router, receiver)
    } else {
        HttpTransport::new(router)
    };
    transport
        .subscription_limits(SubscriptionLimits::default().max_active(2_000))
        .into_router_at("/mcp")
}

fn order(n: usize) -> Tool {
    ToolBuilder::new(format!("order_{n}"))
        .description("A number of things.")
        .handler(async |order: Order| Ok(CallToolResult::text(order.run())))
        .build()
}

fn echo() -> Tool {
    ToolBuilder::new("echo")
        .description("Gives back what it gets.")
        .handler(async |echo: Echo| Ok(CallToolResult::text(echo.text)))
        .build()
}

fn steps() -> Tool {
    let run = async |ctx: Context, RawArgs(_): RawArgs| {
        for step in 1..=STEPS {
            let total = Some(f64::from(STEPS));
            ctx.report_progress(f64::from(step), total, Some("step"))
                .await;
        }
        Ok(CallToolResult::text("done"))
    };
    ToolBuilder::new("steps").extractor_handler((), run).build()
}
