//! A response that is written, and need not lie in one piece.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use axum::body::Body;
use bytes::Bytes;
use http::{Response, header::CONTENT_TYPE};
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::protocol::jsonrpc::{self, RequestId};

use super::refuse::JSON;

/// From so many bytes on, to copy a result costs more than to send it as a piece of its own.
pub(crate) const LONG: usize = 4 * 1024;

/// The text of a response.
pub(crate) enum Written {
    Whole(Vec<u8>),
    /// A result that many requests share, between its head and a brace.
    Around {
        head: Vec<u8>,
        result: Bytes,
    },
}

impl Written {
    /// Writes the response of a result that was prepared before.
    pub(crate) fn around(id: &RequestId, result: Bytes) -> Self {
        let mut head = Vec::with_capacity(64);
        jsonrpc::write_result_head(&mut head, id);
        Self::Around { head, result }
    }

    /// Returns the text in one piece.
    pub(crate) fn whole(self) -> Vec<u8> {
        match self {
            Self::Whole(text) => text,
            Self::Around { mut head, result } => {
                head.reserve_exact(result.len() + 1);
                head.extend_from_slice(&result);
                head.push(b'}');
                head
            }
        }
    }

    /// Answers with JSON.
    pub(crate) fn into_response(self) -> Response<Body> {
        let body = match self {
            Self::Whole(text) => Body::from(text),
            Self::Around { head, result } => Body::new(Pieces {
                left: [head.into(), result, Bytes::from_static(b"}")].into_iter(),
            }),
        };
        let mut response = Response::new(body);
        response.headers_mut().insert(CONTENT_TYPE, JSON);
        response
    }
}

impl From<Vec<u8>> for Written {
    fn from(text: Vec<u8>) -> Self {
        Self::Whole(text)
    }
}

/// A body in pieces, which the connection writes with one call.
struct Pieces {
    left: std::array::IntoIter<Bytes, 3>,
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.left.next().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.len() == 0
    }

    fn size_hint(&self) -> SizeHint {
        let left = self.left.as_slice().iter();
        SizeHint::with_exact(left.map(|piece| piece.len() as u64).sum())
    }
}
