//! What comes next in a history: anything that can be told apart.

use proptest::{
    prelude::*,
    sample::select,
    strategy::{BoxedStrategy, Union},
};

use super::{
    calls::{Call, Order},
    hints::URIS,
    model::{Model, WHO},
    steps::{Intrusion, Step},
};

/// A kind of step, and how often it comes.
type Choice = (u32, BoxedStrategy<Step>);

fn often<S>(weight: u32, of: S, step: impl Fn(S::Value) -> Step + 'static) -> Choice
where
    S: Strategy + 'static,
{
    (weight, of.prop_map(step).boxed())
}

/// Picks what comes next.
pub fn next(model: &Model) -> BoxedStrategy<Step> {
    let client = (0..WHO.len(), prop::bool::weighted(0.8));
    let mut choices = vec![
        often(16, client, |(who, polls)| Step::Open { who, polls }),
        often(2, Just(()), |()| Step::Change),
        often(2, 0..URIS.len(), |uri| Step::Update { uri }),
        often(5, 1..4u32, |seconds| Step::Wait { seconds }),
        often(1, 4..14u32, |seconds| Step::Wait { seconds }),
    ];
    if !model.sessions.is_empty() {
        choices.extend(in_sessions(model));
        choices.extend(around_sessions(model));
    }
    if !model.calls.is_empty() {
        choices.extend(of_calls(model));
    }
    Union::new_weighted(choices).boxed()
}

/// Picks one of those that are of interest, mostly.
fn mostly(of_interest: Vec<usize>, all: usize) -> BoxedStrategy<usize> {
    match of_interest.is_empty() {
        true => (0..all).boxed(),
        false => prop_oneof![12 => select(of_interest), 1 => 0..all].boxed(),
    }
}

fn session(model: &Model) -> BoxedStrategy<usize> {
    let all = 0..model.sessions.len();
    let open = all.filter(|at| model.sessions[*at].open).collect();
    mostly(open, model.sessions.len())
}

fn in_sessions(model: &Model) -> [Choice; 6] {
    let session = || session(model);
    let seen = prop::option::of(0..5usize);
    let follow = || (session(), 0..URIS.len());
    [
        often(24, (session(), order()), |(session, order)| Step::Call {
            session,
            order,
        }),
        often(4, (session(), seen), |(session, seen)| Step::Listen {
            session,
            seen,
        }),
        often(4, session(), |session| Step::Hear { session }),
        often(2, session(), |session| Step::Unlisten { session }),
        often(3, follow(), |(session, uri)| Step::Follow { session, uri }),
        often(1, follow(), |(session, uri)| Step::Unfollow {
            session,
            uri,
        }),
    ]
}

fn around_sessions(model: &Model) -> [Choice; 4] {
    let session = || session(model);
    let how = select(vec![
        Intrusion::Ping,
        Intrusion::Listen,
        Intrusion::Resume,
        Intrusion::Cancel,
        Intrusion::Delete,
        Intrusion::Forge,
    ]);
    let intruder = (session(), 0..WHO.len(), how);
    [
        often(2, session(), |session| Step::Ping { session }),
        often(3, intruder, |(session, who, how)| Step::Intrude {
            session,
            who,
            how,
        }),
        often(1, session(), |session| Step::Delete { session }),
        often(1, session(), |session| Step::Close { session }),
    ]
}

fn order() -> impl Strategy<Value = Order> {
    let flags = (prop::bool::weighted(0.2), prop::bool::weighted(0.8));
    let order = (0..5u8, 0..4usize, 0..3usize, flags);
    order.prop_map(|(id, says, after, (hangs_up, waits))| Order {
        id,
        says,
        after,
        hangs_up,
        waits,
    })
}

fn of_calls(model: &Model) -> [Choice; 6] {
    let those = |wanted: fn(&Call) -> bool| {
        let all = 0..model.calls.len();
        let wanted = all.filter(|at| wanted(&model.calls[*at])).collect();
        mostly(wanted, model.calls.len())
    };
    let running = || those(Call::is_running);
    let stream = || those(|call| call.stream.is_some());
    [
        often(9, running(), |call| Step::Release { call }),
        often(9, stream(), |call| Step::Read { call }),
        often(9, running(), |call| Step::Leave { call }),
        often(2, stream(), |call| Step::Leave { call }),
        often(2, running(), |call| Step::Cancel { call }),
        often(12, (stream(), 0..6usize), |(call, seen)| Step::Resume {
            call,
            seen,
        }),
    ]
}
