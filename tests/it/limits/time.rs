//! How slowly a body may come.

use std::{convert::Infallible, future::IntoFuture, time::Duration};

use axum::{Router, body::Body};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;
use serde_json::json;
use tokio::time::{Instant, advance, sleep, timeout};

use super::{Slow, builder, pieces};
use crate::{
    lifespan::Hold,
    support::{TestClient, spawn::Spawned, wire::Wire},
};

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The body of a call of `quick`, in four pieces.
async fn quarters(client: &TestClient) -> Vec<Bytes> {
    let (_, request) = client.tool("quick", json!({})).build();
    let text = request
        .into_body()
        .collect()
        .await
        .expect("a body")
        .to_bytes();
    pieces(&text, text.len().div_ceil(4))
}

#[tokio::test(start_paused = true)]
async fn a_body_is_given_time_between_reads_and_in_all_then_408() {
    let default = || TestClient::with(builder(&Hold::new()).build());
    let set = || {
        let mcp = builder(&Hold::new()).body_timeouts(secs(3), secs(8));
        TestClient::with(mcp.build())
    };
    // Pause before each of the four pieces, whether it stops there, and what comes of it when.
    for (client, pause, stalls, status, after) in [
        (default(), 0, false, 200, 0),
        (default(), 7, false, 200, 28),
        (default(), 8, false, 408, 30),
        (default(), 9, false, 408, 30),
        (default(), 11, false, 408, 10),
        (default(), 0, true, 408, 10),
        (default(), 2, true, 408, 18),
        (default(), 6, true, 408, 30),
        (set(), 1, false, 200, 4),
        (set(), 2, true, 408, 8),
        (set(), 4, false, 408, 3),
    ] {
        let mut body = Slow::new(quarters(&client).await, secs(pause));
        if stalls {
            body = body.stalling();
        }
        let began = Instant::now();
        let reply = client
            .tool("quick", json!({}))
            .stream_body(body.body())
            .await;
        let what = format!("pause {pause}, stalls {stalls}");
        assert_eq!(reply.status, status, "{what}");
        assert_eq!(began.elapsed().as_secs(), after, "{what}");
        if status == 408 {
            assert_eq!(reply.refusal().await, (408, -32600), "{what}");
        }
        assert_eq!(client.mcp.in_flight(), 0, "{what}");
    }
}

/// Each piece is there when it is looked for, but not at once.
#[tokio::test(start_paused = true)]
async fn a_body_that_drips_is_given_no_more_time_in_all() {
    let client = TestClient::with(builder(&Hold::new()).build());
    for (pause, status) in [(6, 200), (12, 408)] {
        let drops = quarters(&client).await.into_iter();
        let drops = stream::iter(drops.enumerate()).then(move |(place, drop)| async move {
            match place {
                // Waited for, so that the time runs.
                0 => sleep(secs(1)).await,
                _ => advance(secs(pause)).await,
            }
            Ok::<_, Infallible>(drop)
        });
        let call = client.tool("quick", json!({}));
        let reply = call.stream_body(Body::from_stream(drops)).await;
        assert_eq!(reply.status, status, "{pause} s between two pieces");
        assert_eq!(client.mcp.in_flight(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn slow_senders_delay_nobody_and_leave_nothing() {
    let client = TestClient::with(
        builder(&Hold::new())
            .bodies_in_flight_limit(100_000)
            .build(),
    );
    let mut slow = Vec::new();
    for _ in 0..100 {
        let body = Slow::new(pieces(&[b' '; 900], 100), secs(4))
            .stalling()
            .body();
        let call = client.tool("quick", json!({})).stream_body(body);
        slow.push(tokio::spawn(call.into_future()));
    }
    sleep(secs(25)).await;
    assert_eq!(client.mcp.in_flight(), 100);
    let began = Instant::now();
    for _ in 0..100 {
        assert_eq!(client.tool("quick", json!({})).await.status, 200);
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
    for call in slow {
        assert_eq!(call.await.unwrap().refusal().await, (408, -32600));
    }
    assert_eq!(client.mcp.in_flight(), 0);
    // Their share of the budget is back: nearly all of it fits one body.
    let large = client.tool("echo", json!({"text": "x".repeat(99_000)}));
    assert_eq!(large.await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_in_the_middle_of_its_body_leaves_nothing() {
    let client = TestClient::with(builder(&Hold::new()).build());
    let parts = quarters(&client).await;
    for sent in 0..4 {
        let body = Slow::new(parts.iter().take(sent).cloned(), Duration::ZERO).stalling();
        let call = client.tool("quick", json!({})).stream_body(body.body());
        let call = timeout(secs(1), call.into_future()).await;
        assert!(call.is_err(), "{sent}");
        assert_eq!(client.mcp.in_flight(), 0, "{sent}");
    }
}

#[tokio::test]
async fn half_a_body_over_a_socket_is_408_under_plain_axum() {
    let short = Duration::from_millis(20);
    let mcp = builder(&Hold::new()).body_timeouts(short, short).build();
    let _guard = mcp.lifespan().start();
    let app = Spawned::new(Router::new().merge(mcp.router())).await;
    let mut wire = Wire::connect(app.address).await;
    let head = "POST /mcp HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n\
                content-type: application/json\r\ncontent-length: 100\r\n\r\n{\"jsonrpc\"";
    wire.send(head).await;
    let (head, body) = timeout(secs(10), wire.response()).await.unwrap();
    assert!(head.starts_with("HTTP/1.1 408"), "{head}");
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["error"]["code"], -32600);
    assert_eq!(mcp.in_flight(), 0);
    // The rest of that body would be taken for the next request.
    assert!(
        !timeout(secs(10), wire.more()).await.unwrap(),
        "the connection is closed"
    );
}
