//! What a message has come to, before anything is waited for.
//!
//! Up to here a request is served by plain functions: a future keeps room for all that is
//! moved through it, at each of its levels, and is moved as a whole itself.

use std::{future::Future, pin::Pin};

use axum::body::Body;
use http::Response;

use super::{
    driver::Driver,
    endpoint::Endpoint,
    negotiate::Accepts,
    refuse::Refused,
    reply::{self, Stay},
    sessionful::{self, SessionSpace, work::Work},
};

/// What a message has come to.
pub(crate) enum Begun<'a> {
    Answered(Response<Body>),
    /// The handler of a request that stands alone.
    Running(Driver, Stay),
    /// The requests of a session.
    Working(&'a SessionSpace, Work),
    /// A request to listen, on its way through its layers.
    Listening(Pin<Box<dyn Future<Output = Result<Response<Body>, Refused>> + Send + 'a>>),
}

impl<'a> Begun<'a> {
    /// Waits for the response.
    pub(crate) async fn response(
        self,
        endpoint: &'a Endpoint,
        accepts: Accepts,
    ) -> Result<Response<Body>, Refused> {
        match self {
            Self::Answered(response) => Ok(response),
            Self::Running(driver, stay) => {
                reply::reply(driver, stay, accepts, &endpoint.limits).await
            }
            Self::Working(space, work) => {
                sessionful::reply::reply(endpoint, space, accepts, work).await
            }
            Self::Listening(response) => response.await,
        }
    }
}
