//! One service for all requests, whether it can be cloned or not.

use std::{
    future::{Future, poll_fn},
    marker::PhantomData,
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use tokio::sync::Mutex;
use tower_service::Service;

use crate::error::BoxError;

type Answer<Res> = Pin<Box<dyn Future<Output = Result<Res, BoxError>> + Send>>;

/// One service for all requests.
///
/// Whoever comes waits in turn until the service is ready, and holds it only while
/// it takes the request: so a limit of concurrency is one limit, a limit of rate need
/// not be cloned, and what a request does does not keep the next one waiting.
pub(crate) struct Shared<Req, Res> {
    service: Mutex<Box<dyn Erased<Req, Res>>>,
}

trait Erased<Req, Res>: Send {
    fn poll_ready(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), BoxError>>;
    fn call(&mut self, request: Req) -> Answer<Res>;
}

impl<Req: 'static, Res: 'static> Shared<Req, Res> {
    /// Shares a service; `convert` turns what it answers into what is wanted.
    pub(crate) fn new<S>(service: S, convert: fn(S::Response) -> Res) -> Self
    where
        S: Service<Req> + Send + 'static,
        S::Response: 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
    {
        Self {
            service: Mutex::new(Box::new(Converted {
                service,
                convert,
                request: PhantomData,
            })),
        }
    }

    /// Hands a request to the service as soon as that is ready.
    pub(crate) async fn oneshot(&self, request: Req) -> Result<Res, BoxError> {
        let mut service = self.service.lock().await;
        poll_fn(|cx| service.poll_ready(cx)).await?;
        let answer = service.call(request);
        drop(service);
        answer.await
    }
}

struct Converted<S, Req, Res>
where
    S: Service<Req>,
{
    service: S,
    convert: fn(S::Response) -> Res,
    request: PhantomData<fn(Req)>,
}

impl<S, Req, Res> Erased<Req, Res> for Converted<S, Req, Res>
where
    S: Service<Req> + Send + 'static,
    S::Response: 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    Res: 'static,
{
    fn poll_ready(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), BoxError>> {
        self.service.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Req) -> Answer<Res> {
        let (answer, convert) = (self.service.call(request), self.convert);
        Box::pin(async move { answer.await.map(convert).map_err(Into::into) })
    }
}
