//! Requests in process: the router, our service and the handler, no socket.

#[expect(
    dead_code,
    unreachable_pub,
    reason = "shared by all benches, and each uses a part"
)]
mod support;

use crate::support::{App, SIDES, Sample, Side, hand_sessions, hand_written, orders};

fn main() {
    let divan = divan::Divan::from_args();
    divan.sample_count(300).sample_size(20).main();
}

#[divan::bench(args = SIDES)]
fn call(bencher: divan::Bencher<'_, '_>, side: Side) {
    let sample = orders::call();
    let by_hand = |_| hand_written::text(orders::run);
    App::new(side, orders::server(), by_hand, &sample).bench(bencher, &sample);
}

#[divan::bench(args = SIDES)]
fn call_in_a_session(bencher: divan::Bencher<'_, '_>, side: Side) {
    let by_hand = |session: &_| hand_sessions::text(session, orders::run);
    let (mut app, sample) = App::in_session(side, orders::server(), by_hand, orders::call_in);
    app.bench(bencher, &sample);
}

#[divan::bench(args = SIDES)]
fn initialize(bencher: divan::Bencher<'_, '_>, side: Side) {
    let sample = Sample::initialize();
    App::new(side, orders::server(), hand_sessions::initialize, &sample).bench(bencher, &sample);
}

#[divan::bench(args = SIDES)]
fn list_of_50(bencher: divan::Bencher<'_, '_>, side: Side) {
    let sample = Sample::plain("tools/list");
    App::new(side, orders::server(), hand_written::prepared, &sample).bench(bencher, &sample);
}

#[divan::bench(args = SIDES)]
fn discover(bencher: divan::Bencher<'_, '_>, side: Side) {
    let sample = Sample::plain("server/discover");
    App::new(side, orders::server(), hand_written::prepared, &sample).bench(bencher, &sample);
}
