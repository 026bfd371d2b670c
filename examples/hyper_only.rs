//! An MCP server on hyper alone: `McpService` is a tower service, and needs no router.
//!
//! Run `cargo run --example hyper_only [ADDRESS]`. Every path of the address is the endpoint.
#![expect(clippy::print_stdout, reason = "tells when it is ready")]

use std::pin::pin;

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use mcp_axum::{McpServer, McpService, shutdown_signal, tool};
use tokio::net::{TcpListener, TcpStream};

async fn serve(mcp: McpService, stream: TcpStream) {
    let io = TokioIo::new(stream);
    let service = TowerToHyperService::new(mcp);
    let connection = Builder::new(TokioExecutor::new());
    if let Err(error) = connection.serve_connection(io, service).await {
        println!("a connection broke: {error}");
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let greet = tool("greet", async || "hello from hyper").description("Greets");
    let mcp = McpService::new(McpServer::new("hyper-only", "1.0.0").tool(greet));

    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:8000".into());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);

    // Nobody else drives the lifespan here; the guard does, in a task.
    let lifespan = mcp.lifespan().start();
    let mut signal = pin!(shutdown_signal());
    loop {
        tokio::select! {
            // A connection that cannot be accepted is the caller's to open again.
            Ok((stream, _)) = listener.accept() => {
                stream.set_nodelay(true)?;
                tokio::spawn(serve(mcp.clone(), stream));
            }
            () = &mut signal => break,
        }
    }
    let drained = lifespan.shutdown().await;
    println!("finished {}, cut {}", drained.finished, drained.cut);
    Ok(())
}
