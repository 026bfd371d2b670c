//! A connection cut anywhere, again and again: nothing is lost, nothing comes twice.

use serde_json::{Value, json};

use super::{
    NEWEST, Steps, brief, counting, end, not_resumable, rest, serve, settle, stream, told,
};
use crate::support::{Events, SESSIONFUL, Session, TestClient};

/// How many words are said; the answer is one event more.
const WORDS: usize = 4;
const ALL: usize = WORDS + 1;

/// When the handler says what it has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// Before anything is read: it is through when the connection breaks.
    AtOnce,
    /// Each word when the client is about to read it.
    WhenRead,
    /// What the client reads next is said while it is away.
    WhileAway,
}

/// A client that reads one stream over several connections.
struct Reader<'a> {
    session: Session<'a>,
    steps: Steps,
    pace: Pace,
    said: usize,
    seen: Vec<(String, Value)>,
    last_id: String,
}

impl Reader<'_> {
    /// Lets the handler say everything up to this event.
    fn let_say(&mut self, event: usize) {
        self.steps.go(event.saturating_sub(self.said));
        self.said = self.said.max(event);
    }

    /// Reads up to this event, the ending included when it is the last.
    async fn read(&mut self, mut events: Events, up_to: usize) {
        while self.seen.len() < up_to {
            if self.pace == Pace::WhenRead {
                self.let_say(self.seen.len() + 1);
            }
            let event = events.next_event().await.expect("the stream goes on");
            if let Some(id) = &event.id {
                self.last_id.clone_from(id);
            }
            if !event.data.is_empty() {
                let message = brief(&event.message());
                self.seen.push((self.last_id.clone(), message));
            }
        }
        if up_to == ALL {
            assert_eq!(events.next_event().await, None, "{:?}", self.seen);
        }
    }
}

async fn check(client: &TestClient, steps: &Steps, revision: &str, pace: Pace, cuts: [usize; 3]) {
    let session = client.open(revision).await;
    let mut reader = Reader {
        session,
        steps: steps.clone(),
        pace,
        said: 0,
        seen: Vec::new(),
        // What a client knows that was primed.
        last_id: "1.0".to_owned(),
    };
    if pace == Pace::AtOnce {
        reader.let_say(ALL);
    }
    let mut events = stream(&reader.session, "count").await;
    for cut in cuts.into_iter().chain([ALL]) {
        if pace == Pace::WhileAway {
            reader.let_say(cut);
            settle().await;
        }
        reader.read(events, cut).await;
        if reader.seen.len() == ALL {
            break;
        }
        settle().await;
        let cursor = reader.last_id.clone();
        events = reader.session.resume(&cursor).await.events();
    }
    let expected: Vec<_> = (1..=WORDS)
        .map(|word| (format!("1.{word}"), json!(word)))
        .chain([(format!("1.{ALL}"), json!("done"))])
        .collect();
    assert_eq!(reader.seen, expected, "{revision} {pace:?} {cuts:?}");
    let deleted = reader.session.delete().await;
    assert_eq!(deleted.status, 204);
}

#[tokio::test(start_paused = true)]
async fn a_stream_cut_at_any_three_events_is_read_whole_and_once() {
    for pace in [Pace::AtOnce, Pace::WhenRead, Pace::WhileAway] {
        let steps = Steps::new();
        let client = serve([counting(&steps, 4)]);
        for first in 0..=ALL {
            for second in first..=ALL {
                for third in second..=ALL {
                    check(&client, &steps, NEWEST, pace, [first, second, third]).await;
                }
            }
        }
        end(client).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_not_primed_resumes_behind_the_first_event() {
    for revision in ["2025-06-18", "2025-03-26", "2024-11-05"] {
        let steps = Steps::new();
        let client = serve([counting(&steps, 4)]);
        for pace in [Pace::AtOnce, Pace::WhenRead, Pace::WhileAway] {
            for cuts in [[1, 1, 1], [1, 2, 3], [2, 2, 4], [3, 4, 4]] {
                check(&client, &steps, revision, pace, cuts).await;
            }
        }
        end(client).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_through_can_be_read_again_and_ends_each_time() {
    let steps = Steps::new();
    let client = serve([counting(&steps, 2)]);
    let session = client.open(NEWEST).await;
    steps.go(3);
    let whole = rest(&mut stream(&session, "count").await).await;
    assert_eq!(whole.len(), 3);
    for (cursor, missed) in [("1.0", 0), ("1.1", 1), ("1.2", 2), ("1.0", 0)] {
        let mut events = session.resume(cursor).await.events();
        assert_eq!(rest(&mut events).await, whole[missed..], "{cursor}");
        let data = events.lines.iter().filter(|line| line.starts_with("data:"));
        assert_eq!(data.count(), 3 - missed, "it is not primed again");
    }
    // Whoever has the answer has nothing to come back for.
    not_resumable(&session, "1.3").await;
}

#[tokio::test(start_paused = true)]
async fn t52_a_resumed_stream_carries_its_own_events_alone() {
    let steps = Steps::new();
    let client = serve([counting(&steps, 1)]);
    let session = client.open(NEWEST).await;
    drop((
        stream(&session, "count").await,
        stream(&session, "count").await,
    ));
    steps.go(4);
    settle().await;
    for number in [2, 1] {
        let mut events = session.resume(&format!("{number}.0")).await.events();
        let ids = [format!("{number}.1"), format!("{number}.2")];
        let expected = told([(&*ids[0], json!(1)), (&*ids[1], json!("done"))]);
        assert_eq!(rest(&mut events).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn t53_a_resume_is_no_second_standalone_stream() {
    let steps = Steps::new();
    let client = serve([counting(&steps, 1)]);
    for revision in SESSIONFUL {
        let session = client.open(revision).await;
        let mut standalone = session.get().await.events();
        steps.go(1);
        drop(stream(&session, "count").await);
        let mut resumed = session.resume("1.0").await.events();
        client.mcp.notifier().tools_changed();
        steps.go(1);
        let expected = told([("1.1", json!(1)), ("1.2", json!("done"))]);
        assert_eq!(rest(&mut resumed).await, expected, "{revision}");
        let changed = standalone.next().await.expect("it goes on");
        assert_eq!(brief(&changed), "notifications/tools/list_changed");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_request_ends_its_stream_and_is_forgotten() {
    let steps = Steps::new();
    let client = serve([counting(&steps, 3)]);
    let session = client.open(NEWEST).await;
    steps.go(1);
    let mut events = stream(&session, "count").await;
    assert_eq!(events.next().await.map(|word| brief(&word)), Some(json!(1)));
    // The first request of a session has the id 1.
    assert_eq!(session.cancel(json!(1)).await.status, 202);
    assert_eq!(events.next().await, None);
    settle().await;
    for cursor in ["1.0", "1.1"] {
        not_resumable(&session, cursor).await;
    }
    drop(session);
    end(client).await;
}
