//! Requests over HTTP/1.1 on the loopback: one client, one connection that stays open.
//!
//! Client and server share a thread, so a figure is the work of both.

#[expect(
    dead_code,
    unreachable_pub,
    reason = "shared by all benches, and each uses a part"
)]
mod support;

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::support::{App, SIDES, Sample, Side, hand_sessions, hand_written, orders};

fn main() {
    let divan = divan::Divan::from_args();
    divan.sample_count(200).sample_size(20).main();
}

/// Serves the app and connects to it.
async fn connect(app: &App) -> SendRequest<Body> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let router = app.router.clone();
    tokio::spawn(async { axum::serve(listener, router).await });
    let socket = TcpStream::connect(address).await.expect("a server");
    socket.set_nodelay(true).expect("a socket");
    let (sender, connection) = handshake(TokioIo::new(socket)).await.expect("HTTP");
    tokio::spawn(connection);
    sender
}

async fn send(client: &mut SendRequest<Body>, request: Request<Body>) -> usize {
    client.ready().await.expect("an open connection");
    let response = client.send_request(request).await.expect("an answer");
    let body = response.into_body().collect().await.expect("a body");
    body.to_bytes().len()
}

fn bench(bencher: divan::Bencher<'_, '_>, app: &App, sample: &Sample) {
    let mut client = app.runtime.block_on(connect(app));
    bencher
        .with_inputs(|| sample.request())
        .bench_local_values(|request| app.runtime.block_on(send(&mut client, request)));
}

#[divan::bench(args = SIDES)]
fn call(bencher: divan::Bencher<'_, '_>, side: Side) {
    let sample = orders::call();
    let app = App::new(
        side,
        orders::server(),
        |_| hand_written::text(orders::run),
        &sample,
    );
    bench(bencher, &app, &sample);
}

#[divan::bench(args = SIDES)]
fn call_in_a_session(bencher: divan::Bencher<'_, '_>, side: Side) {
    let by_hand = |session: &_| hand_sessions::text(session, orders::run);
    let (app, sample) = App::in_session(side, orders::server(), by_hand, orders::call_in);
    bench(bencher, &app, &sample);
}

#[divan::bench(args = SIDES)]
fn initialize(bencher: divan::Bencher<'_, '_>, side: Side) {
    let sample = Sample::initialize();
    let app = App::new(side, orders::server(), hand_sessions::initialize, &sample);
    bench(bencher, &app, &sample);
}

#[divan::bench(args = SIDES)]
fn list_of_50(bencher: divan::Bencher<'_, '_>, side: Side) {
    let sample = Sample::plain("tools/list");
    let app = App::new(side, orders::server(), hand_written::prepared, &sample);
    bench(bencher, &app, &sample);
}
