//! A constant body: what HTTP costs by itself. The body of the request is read and dropped.

use axum::{Router, routing::post};
use bytes::Bytes;
use http::header::CONTENT_TYPE;

pub(super) fn router(answer: Vec<u8>) -> Router {
    let answer = Bytes::from(answer);
    let handler = async move |_: Bytes| ([(CONTENT_TYPE, "application/json")], answer.clone());
    Router::new().route("/mcp", post(handler))
}
