//! Tools that tell something before they answer: progress, log messages, changes.

use std::time::Duration;

use mcp_axum::{Context, McpServer, protocol::Level, server::Notifier, tool};
use tokio::time::sleep;

use crate::resources::WATCHED;

/// How long a step of pretended work takes.
const STEP: Duration = Duration::from_millis(50);

/// Adds the tools that speak before they answer.
pub(crate) fn add(server: McpServer) -> McpServer {
    server
        .tool(tool("test_tool_with_logging", logging).description("Logs while it works"))
        .tool(
            tool("test_tool_with_progress", progress)
                .description("Reports progress while it works"),
        )
        .tool(tool("test_logging_tool", log_once).description("Logs once"))
        .tool(
            tool("test_trigger_tool_change", tools_changed)
                .description("Tells that the list of tools has changed"),
        )
        .tool(
            tool("test_trigger_prompt_change", prompts_changed)
                .description("Tells that the list of prompts has changed"),
        )
        .tool(
            tool("test_trigger_resource_update", watched_updated)
                .description("Tells that the watched resource has changed"),
        )
}

async fn logging(ctx: Context) -> &'static str {
    // Sent only to a client that asked for this level.
    ctx.log(Level::Info, "Tool execution started");
    sleep(STEP).await;
    ctx.log(Level::Info, "Tool processing data");
    sleep(STEP).await;
    ctx.log(Level::Info, "Tool execution completed");
    "Tool with logging executed successfully"
}

async fn progress(ctx: Context) -> &'static str {
    // Sent only to a client that gave a token.
    ctx.progress(0.0, Some(100.0), Some("started"));
    sleep(STEP).await;
    ctx.progress(50.0, Some(100.0), Some("halfway"));
    sleep(STEP).await;
    ctx.progress(100.0, Some(100.0), Some("done"));
    "Tool with progress executed successfully"
}

async fn log_once(ctx: Context) -> &'static str {
    ctx.log_as(Level::Info, "everything", "Logging tool called");
    "Logged"
}

// The registry tells of its own changes; a notifier tells of those elsewhere.
async fn tools_changed(notifier: Notifier) -> &'static str {
    notifier.tools_changed();
    "Told that the list of tools has changed"
}

async fn prompts_changed(notifier: Notifier) -> &'static str {
    notifier.prompts_changed();
    "Told that the list of prompts has changed"
}

async fn watched_updated(notifier: Notifier) -> &'static str {
    notifier.resource_updated(WATCHED);
    "Told that the watched resource has changed"
}
