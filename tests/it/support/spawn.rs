//! An app on a real socket.

use std::net::SocketAddr;

use axum::Router;
use tokio::{net::TcpListener, task::JoinHandle};

/// An app on a real socket, until it is dropped.
pub struct Spawned {
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Spawned {
    /// Serves the app on a free port of the loopback interface.
    pub async fn new(app: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let task = tokio::spawn(async move {
            axum::serve(listener, app).await.expect("the server runs");
        });
        Self { address, task }
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        self.task.abort();
    }
}
