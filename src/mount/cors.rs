//! CORS for pages in browsers: the same origins that the guard lets in.

use std::{convert::Infallible, fmt, time::Duration};

use axum::body::Body;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response,
    header::{
        ACCEPT, ACCESS_CONTROL_REQUEST_HEADERS, AUTHORIZATION, CONTENT_TYPE, ORIGIN, RETRY_AFTER,
        VARY, WWW_AUTHENTICATE,
    },
    request::Parts,
};
use tower::{ServiceExt, service_fn};
use tower_http::cors::{AllowCredentials, AllowMethods, AllowOrigin, CorsLayer};
use tower_layer::Layer;

use crate::http::{
    classify::{MCP_METHOD, MCP_NAME},
    guard::Guard,
    refuse::PROTOCOL_VERSION,
    sessionful::{LAST_EVENT_ID, SESSION_ID},
};

use super::{doors::Door, front::Answering};

/// Which pages in browsers may use the endpoint.
///
/// For [`McpServiceBuilder::cors`](crate::McpServiceBuilder::cors).
#[derive(Clone, Debug)]
#[must_use]
pub struct Cors {
    pub(super) origins: Vec<String>,
    credentials: bool,
    max_age: Duration,
}

impl Cors {
    /// Lets pages of these origins in, such as `https://chat.example`.
    ///
    /// # Panics
    ///
    /// When one is `*`: name the origins, since whoever may read an answer is let in.
    #[track_caller]
    pub fn origins<I>(origins: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let origins: Vec<String> = origins.into_iter().map(Into::into).collect();
        assert!(
            origins.iter().all(|origin| origin != "*"),
            "`*` would let every page in; name the origins, such as `https://chat.example`"
        );
        Self {
            origins,
            credentials: false,
            max_age: Duration::from_secs(24 * 60 * 60),
        }
    }

    /// Lets pages send the cookies of the application along.
    ///
    /// Those whose origin is named, not all that the guard lets in beside them: pages of
    /// this machine and of the allowed hosts.
    pub fn credentials(mut self) -> Self {
        self.credentials = true;
        self
    }

    /// Sets how long a browser may keep the answer to its question; 24 h by default.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = max_age;
        self
    }
}

/// CORS of one service, on top of tower-http's.
pub(crate) struct CorsPolicy(CorsLayer);

impl CorsPolicy {
    /// Makes the policy: the guard alone knows which origins are allowed.
    pub(super) fn new(cors: &Cors, guard: Guard) -> Self {
        let (allowing, naming, credentials) = (guard.clone(), guard, cors.credentials);
        let allowed = move |origin: &HeaderValue, _: &Parts| allowing.allows_page(origin);
        let named = move |origin: &HeaderValue, _: &Parts| credentials && naming.names_page(origin);
        let layer = CorsLayer::new()
            .allow_origin(AllowOrigin::predicate(allowed))
            .allow_credentials(AllowCredentials::predicate(named))
            .max_age(cors.max_age)
            .expose_headers([
                SESSION_ID.clone(),
                WWW_AUTHENTICATE,
                PROTOCOL_VERSION.clone(),
                RETRY_AFTER,
            ]);
        Self(layer)
    }

    /// Answers a request: a browser's question by itself, anything else with `inside`.
    pub(super) async fn around<'a>(
        &self,
        door: Door,
        request: Request<Body>,
        inside: impl Fn(Request<Body>) -> Answering<'a>,
    ) -> Response<Body> {
        // Without an origin nobody asks whether a page may: the endpoint says what it takes.
        if !request.headers().contains_key(ORIGIN) {
            let mut answer = inside(request).await;
            // A cache that keeps the answer must not give it to a page.
            let origin = HeaderValue::from_static("origin");
            answer.headers_mut().append(VARY, origin);
            return answer;
        }
        let mut layer = self.0.clone();
        if request.method() == Method::OPTIONS {
            let (parts, body) = request.into_parts();
            layer = layer
                .allow_methods(methods(door))
                .allow_headers(headers(&parts));
            let request = Request::from_parts(parts, body);
            return answer(layer, request, inside).await;
        }
        answer(layer, request, inside).await
    }
}

async fn answer<'a>(
    layer: CorsLayer,
    request: Request<Body>,
    inside: impl Fn(Request<Body>) -> Answering<'a>,
) -> Response<Body> {
    let service = service_fn(|request| {
        let answer = inside(request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let answer = layer.layer(service).oneshot(request).await;
    answer.unwrap_or_else(|never| match never {})
}

fn methods(door: Door) -> AllowMethods {
    match door {
        Door::Endpoint | Door::Legacy(_) => {
            AllowMethods::list([Method::GET, Method::POST, Method::DELETE, Method::OPTIONS])
        }
        // Whatever the host's own route takes.
        Door::Route(_) => AllowMethods::mirror_request(),
    }
}

/// Returns the headers that a page may send.
///
/// CORS has no wildcard for a beginning, so of `Mcp-Param-*` those are named that are asked
/// for. Which of them a tool has is for the call to find out: the question comes before the
/// login, and whoever asks must not learn from the answer what is on offer.
fn headers(parts: &Parts) -> Vec<HeaderName> {
    let mut allowed = vec![
        ACCEPT,
        AUTHORIZATION,
        CONTENT_TYPE,
        LAST_EVENT_ID.clone(),
        SESSION_ID.clone(),
        PROTOCOL_VERSION.clone(),
        MCP_METHOD.clone(),
        MCP_NAME.clone(),
    ];
    let asked = asked_for(&parts.headers).into_iter();
    allowed.extend(asked.filter(|name| name.as_str().starts_with("mcp-param-")));
    allowed
}

/// Returns the headers that a browser asks about.
fn asked_for(headers: &HeaderMap) -> Vec<HeaderName> {
    let lists = headers.get_all(ACCESS_CONTROL_REQUEST_HEADERS).iter();
    let lists = lists.filter_map(|list| list.to_str().ok());
    let names = lists.flat_map(|list| list.split(','));
    names.filter_map(|name| name.trim().parse().ok()).collect()
}

impl fmt::Debug for CorsPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CorsPolicy").finish()
    }
}
