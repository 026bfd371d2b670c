//! Any axum extractor of request parts.

use std::{any::type_name, ops::Deref};

use axum::{extract::FromRequestParts, response::IntoResponse};
use http::{
    StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};

use crate::{context::Context, principal::Refusal};

use super::{Fault, FromContext, Rejection};

/// An axum extractor of request parts, run on the HTTP request that carries the call.
///
/// `Option<Http<E>>` is `None` when `E` rejects with 400, 401 or 404.
///
/// Headers, the path parameters of the mount, cookies, a session user: whatever
/// implements [`FromRequestParts`]. A rejection with status 401, 403, 429 or 503
/// keeps status and headers as long as nothing was sent; any other is logged and
/// masked.
///
/// # Examples
///
/// ```
/// use axum::extract::Path;
/// use mcp_axum::extract::Http;
///
/// // Mounted at `/t/{tenant}`.
/// async fn whose(Http(Path(tenant)): Http<Path<String>>) -> String {
///     tenant
/// }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Http<E>(pub E);

impl<E> Deref for Http<E> {
    type Target = E;

    fn deref(&self) -> &E {
        &self.0
    }
}

impl<S, E> FromContext<S> for Http<E>
where
    S: Send + Sync,
    E: FromRequestParts<S>,
{
    async fn from_context(ctx: &Context, state: &S) -> Result<Self, Rejection> {
        let mut parts = ctx.parts().clone();
        let extracted = E::from_request_parts(&mut parts, state).await;
        extracted.map(Self).map_err(|rejection| {
            let (head, _body) = rejection.into_response().into_parts();
            match head.status {
                // What a request may lack: a header, a login, a path parameter.
                StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND => {
                    Rejection::absent(fault::<E>(head))
                }
                _ => fault::<E>(head).into(),
            }
        })
    }
}

fn fault<E>(mut head: http::response::Parts) -> Fault {
    match head.status {
        StatusCode::UNAUTHORIZED
        | StatusCode::FORBIDDEN
        | StatusCode::TOO_MANY_REQUESTS
        | StatusCode::SERVICE_UNAVAILABLE => {
            // The body is ours: what described the extractor's own goes.
            head.headers.remove(CONTENT_LENGTH);
            head.headers.remove(CONTENT_TYPE);
            Fault::Refused(Refusal::with_headers(head.status, head.headers))
        }
        status => Fault::masked(format!(
            "extractor `{}` rejected with {status}",
            type_name::<E>()
        )),
    }
}
