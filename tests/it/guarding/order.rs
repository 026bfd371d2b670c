//! Which of several faults is told first.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use http::{Method, StatusCode};
use mcp_axum::Refusal;

use super::builder;
use crate::support::{Call, TestClient};

/// One fault, the status it deserves, and the way to mend it.
struct Fault {
    status: u16,
    code: i64,
    mend: fn(Call) -> Call,
}

const FAULTS: [Fault; 8] = [
    Fault {
        status: 400,
        code: -32600,
        mend: |call| call.header("host", "evil.example"),
    },
    Fault {
        status: 403,
        code: -32600,
        mend: |call| call.header("host", "localhost"),
    },
    Fault {
        status: 403,
        code: -32600,
        mend: |call| call.without("origin"),
    },
    Fault {
        status: 401,
        code: -32600,
        mend: |call| call.header("x-user", "ada"),
    },
    Fault {
        status: 405,
        code: -32600,
        mend: |call| call.http_method(Method::POST),
    },
    Fault {
        status: 406,
        code: -32600,
        mend: |call| call.header("accept", "application/json"),
    },
    Fault {
        status: 415,
        code: -32600,
        mend: |call| call.header("content-type", "application/json"),
    },
    Fault {
        status: 413,
        code: -32600,
        mend: |call| call.raw_body("{"),
    },
];

#[tokio::test]
async fn the_faults_of_one_request_are_told_from_the_outside_in() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let mcp = builder()
        .body_limit(100)
        .principal(move |parts| {
            counter.fetch_add(1, Ordering::SeqCst);
            match parts.headers.contains_key("x-user") {
                true => Ok(None),
                false => Err(Refusal::new(StatusCode::UNAUTHORIZED)),
            }
        })
        .build();
    let client = TestClient::with(mcp);
    let broken = || {
        client
            .raw(Method::PUT, vec![b' '; 101])
            .without("host")
            .header("origin", "https://evil.example")
            .header("accept", "image/png")
            .header("content-type", "text/plain")
    };
    for (mended, fault) in FAULTS.iter().enumerate() {
        let mend = FAULTS.iter().take(mended).map(|fault| fault.mend);
        let call = mend.fold(broken(), |call, mend| mend(call));
        assert_eq!(
            call.await.refusal().await,
            (fault.status, fault.code),
            "{mended} mended"
        );
        let asks = mended.saturating_sub(2);
        assert_eq!(
            asked.load(Ordering::SeqCst),
            asks,
            "the login comes after the guard"
        );
    }
    let call = FAULTS
        .iter()
        .fold(broken(), |call, fault| (fault.mend)(call));
    assert_eq!(call.await.refusal().await, (400, -32700));
}
