//! Synchronous handlers, on threads of their own.

use std::convert::Infallible;

use axum::extract::State;
use mcp_axum::{Args, blocking, tool};
use serde_json::json;

use super::{App, Input, client, server};

#[tokio::test]
async fn blocking_work_takes_extractors_too_and_leaves_the_runtime_alone() {
    fn work(State(app): State<App>, Args(input): Args<Input>) -> Result<String, Infallible> {
        let here = std::thread::current().name().unwrap_or_default().to_owned();
        Ok(format!("{} {} {here}", app.name, input.id))
    }
    let server = server()
        .tool(tool("work", blocking(work)))
        .tool(tool("where", async || {
            std::thread::current().name().unwrap_or_default().to_owned()
        }));
    let client = client(server);
    let text = client.tool("work", json!({"id": 3})).await.text().await;
    let here = client.tool("where", json!({})).await.text().await;
    assert!(
        text.starts_with("app 3 ") && !text.ends_with(&here),
        "{text}"
    );
}

#[tokio::test]
async fn blocking_work_is_bounded() {
    let (enter, entered) = std::sync::mpsc::channel::<()>();
    let (leave, left) = std::sync::mpsc::channel::<()>();
    let left = std::sync::Arc::new(std::sync::Mutex::new(left));
    let work = move || {
        enter.send(()).expect("the test listens");
        left.lock()
            .expect("no panic")
            .recv()
            .expect("the test answers");
        "worked"
    };
    let client = client(server().tool(tool("work", blocking(work).limit(1))));
    let call = || {
        let call = client.tool("work", json!({}));
        tokio::spawn(async move { call.await.text().await })
    };
    let (one, two) = (call(), call());
    let entered = tokio::task::spawn_blocking(move || {
        entered.recv().expect("one call enters");
        entered
    });
    let entered = entered.await.unwrap();
    assert!(entered.try_recv().is_err(), "the second call waits");
    leave.send(()).unwrap();
    leave.send(()).unwrap();
    assert_eq!(
        (one.await.unwrap(), two.await.unwrap()),
        ("worked".into(), "worked".into())
    );
    assert!(entered.try_recv().is_ok());
}
