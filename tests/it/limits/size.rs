//! How many bytes may come.

use std::{convert::Infallible, future::IntoFuture, sync::atomic::Ordering, time::Duration};

use axum::{Router, body::Body};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use serde_json::json;
use tower::{Layer, ServiceExt, service_fn};
use tower_http::{compression::CompressionLayer, decompression::RequestDecompressionLayer};

use super::{Slow, builder, pieces};
use crate::{lifespan::Hold, support::TestClient};

const LIMIT: usize = 10_000;
const FRAME: usize = 700;

fn client() -> TestClient {
    TestClient::with(builder(&Hold::new()).body_limit(LIMIT).build())
}

#[tokio::test]
async fn a_body_announced_as_too_long_is_not_read_at_all() {
    let client = client();
    let body = Slow::new(pieces(&[b' '; 20_000], FRAME), Duration::ZERO).announcing(20_000);
    let read = body.watch();
    let reply = client.post("").stream_body(body.body()).await;
    assert_eq!(reply.refusal().await, (413, -32600));
    assert_eq!(read.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_body_of_unknown_length_is_read_to_the_limit_and_one_frame_more() {
    let client = client();
    let body = Slow::new(pieces(&[b' '; 100_000], FRAME), Duration::ZERO);
    let read = body.watch();
    let reply = client.post("").stream_body(body.body()).await;
    let message = reply.error().await["message"].clone();
    assert!(
        message.as_str().unwrap().contains("body_limit("),
        "{message}"
    );
    let read = read.load(Ordering::SeqCst);
    assert!(read > LIMIT && read <= LIMIT + FRAME, "{read}");
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_served_and_one_byte_more_is_not() {
    let default = TestClient::with(builder(&Hold::new()).build());
    for (client, limit) in [(client(), LIMIT), (default, 4 * 1024 * 1024)] {
        let (_, request) = client.tool("echo", json!({"text": "x"})).build();
        let text = request.into_body().collect().await.unwrap().to_bytes();
        for (length, status) in [(limit, 200), (limit + 1, 413)] {
            let mut padded = text.to_vec();
            padded.resize(length, b' ');
            for split in [length, 4096, 1000] {
                let body = Slow::new(pieces(&padded, split), Duration::ZERO).body();
                let call = client.tool("echo", json!({"text": "x"})).stream_body(body);
                assert_eq!(call.await.status, status, "{length} in pieces of {split}");
            }
        }
    }
}

#[tokio::test]
async fn a_body_in_any_pieces_is_the_same_body() {
    let client = client();
    let (_, request) = client.tool("echo", json!({"text": "wh\u{f6}le"})).build();
    let text = request.into_body().collect().await.unwrap().to_bytes();
    for split in 1..=text.len() {
        let mut frames: Vec<_> = pieces(&text, split)
            .into_iter()
            .flat_map(|piece| [Frame::data(Bytes::new()), Frame::data(piece)])
            .map(Ok::<_, Infallible>)
            .collect();
        frames.push(Ok(Frame::trailers(http::HeaderMap::new())));
        let body = Body::new(StreamBody::new(futures_util::stream::iter(frames)));
        let reply = client
            .tool("echo", json!({"text": ""}))
            .stream_body(body)
            .await;
        assert_eq!(reply.text().await, "wh\u{f6}le", "in pieces of {split}");
    }
}

#[tokio::test]
async fn all_bodies_together_have_a_budget_that_is_given_back() {
    let hold = Hold::new();
    let client = TestClient::with(builder(&hold).bodies_in_flight_limit(3000).build());
    let padding = "x".repeat(1500);
    let held = || client.tool("hold", json!({"padding": padding}));
    let first = tokio::spawn(held().into_future());
    hold.begun().await;
    for _ in 0..3 {
        let reply = held().await;
        assert_eq!(reply.header("retry-after"), Some("1"));
        assert_eq!(reply.refusal().await, (503, -32603));
        let small = client.tool("quick", json!({})).await;
        assert_eq!(small.text().await, "quick", "what fits is served");
    }
    hold.release.add_permits(1);
    assert_eq!(first.await.unwrap().text().await, "released");
    // By a client that left, by a refusal, and by an answer alike.
    let left = tokio::spawn(held().into_future());
    hold.begun().await;
    left.abort();
    assert!(left.await.is_err());
    for _ in 0..5 {
        assert_eq!(
            client.post(vec![b'x'; 2900]).await.refusal().await,
            (400, -32700)
        );
        let reply = client.tool("echo", json!({"text": "x".repeat(2500)})).await;
        assert_eq!(reply.status, 200);
    }
    assert_eq!(client.mcp.in_flight(), 0);
}

async fn gzip(plain: Body) -> Bytes {
    let mut plain = Some(plain);
    let respond = service_fn(move |_: Request<Body>| {
        let plain = plain.take().expect("asked once");
        async move { Ok::<_, Infallible>(Response::new(plain)) }
    });
    let request = Request::get("/")
        .header("accept-encoding", "gzip")
        .body(Body::empty());
    let packed = CompressionLayer::new()
        .layer(respond)
        .oneshot(request.expect("a request"))
        .await
        .unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    packed
        .into_body()
        .collect()
        .await
        .expect("a body")
        .to_bytes()
}

#[tokio::test]
async fn a_gzip_bomb_behind_the_hosts_decompression_meets_the_limit() {
    let mcp = builder(&Hold::new()).body_limit(LIMIT).build();
    let app: Router = mcp.router().layer(RequestDecompressionLayer::new());
    let client = TestClient::mounted(mcp, app, "/mcp");
    let blanks = Bytes::from(vec![b' '; 1 << 20]);
    let blanks = (0..16).map(move |_| Ok::<_, Infallible>(Frame::data(blanks.clone())));
    let blanks = Body::new(StreamBody::new(futures_util::stream::iter(blanks)));
    let bomb = gzip(blanks).await;
    assert!(bomb.len() < 100_000, "{} bytes", bomb.len());
    let parts = pieces(&bomb, 1000);
    let total = parts.len();
    let body = Slow::new(parts, Duration::ZERO);
    let read = body.watch();
    let call = client
        .post("")
        .header("content-encoding", "gzip")
        .stream_body(body.body());
    assert_eq!(call.await.refusal().await, (413, -32600));
    let read = read.load(Ordering::SeqCst);
    assert!(
        read < bomb.len() / 10,
        "{read} of {} bytes in {total}",
        bomb.len()
    );

    let (_, request) = client.tool("echo", json!({"text": "packed"})).build();
    let packed = gzip(request.into_body()).await;
    let call = client.tool("echo", json!({"text": ""})).raw_body(packed);
    assert_eq!(
        call.header("content-encoding", "gzip").await.text().await,
        "packed"
    );
}

#[tokio::test]
async fn a_broken_gzip_body_is_refused_without_a_word_of_the_decoder() {
    let mcp = builder(&Hold::new()).build();
    let app: Router = mcp.router().layer(RequestDecompressionLayer::new());
    let client = TestClient::mounted(mcp, app, "/mcp");
    let whole = gzip(Body::from("x".repeat(5000))).await;
    for broken in [&whole[..whole.len() / 2], b"not gzip at all", &whole[1..]] {
        let call = client.post(broken.to_vec());
        let reply = call.header("content-encoding", "gzip").await;
        assert_eq!(reply.status, 400);
        let error = reply.error().await;
        assert_eq!(error["code"], -32600);
        let message = error["message"].as_str().unwrap();
        assert!(!message.contains("gzip"), "{message}");
    }
}
