//! What can be set about who asks, and where clients find the service.

use crate::{
    auth::{ProtectedResource, PublicBase},
    principal::Principal,
};

use super::{McpServiceBuilder, cors::Cors};

impl McpServiceBuilder {
    /// Sets who asks from what one of the host's layers put into the request.
    ///
    /// The short form of [`principal`](Self::principal) for a login that leaves an
    /// extension: without one the request is anonymous. The key of the principal must
    /// outlive a token; see [`Principal::of_token`].
    ///
    /// # Examples
    ///
    /// ```
    /// use mcp_axum::{McpServer, McpService, Principal};
    ///
    /// #[derive(Clone)]
    /// struct User { id: u64, scopes: Vec<String> }
    ///
    /// let mcp = McpService::builder(McpServer::new("notes", "1.0.0"))
    ///     .principal_from::<User>(|user| {
    ///         Principal::new(format!("user/{}", user.id)).scopes(user.scopes.clone())
    ///     })
    ///     .build();
    /// ```
    pub fn principal_from<T>(
        self,
        principal: impl Fn(&T) -> Principal + Send + Sync + 'static,
    ) -> Self
    where
        T: Clone + Send + Sync + 'static,
    {
        self.principal(move |parts| {
            let extension = parts.extensions.get::<T>();
            Ok(extension.map(&principal))
        })
    }

    /// Tells clients how to get a token, and turns away those without one (RFC 9728).
    ///
    /// The metadata have to be at the root of the application: mount with
    /// [`McpService::mount`](crate::McpService::mount), or add
    /// [`McpService::well_known_router`](crate::McpService::well_known_router).
    pub fn protected_resource(mut self, resource: ProtectedResource) -> Self {
        self.resource = Some(resource);
        self
    }

    /// Sets the URL of the application's root as its clients see it.
    ///
    /// With a path when a proxy in front takes that off: behind
    /// `https://example.com/prefix` the endpoint that is mounted at `/mcp` is
    /// `https://example.com/prefix/mcp`. Without this the URL is taken from each request,
    /// as `https` unless it came to this machine itself.
    ///
    /// # Panics
    ///
    /// When it is no `http` or `https` URL, or has a query or a fragment.
    #[track_caller]
    pub fn public_url(mut self, url: &str) -> Self {
        let base = PublicBase::parse(url);
        assert!(
            base.is_some(),
            "`{url}` is no URL like `https://example.com` or `https://example.com/prefix`"
        );
        self.public_url.fixed = base;
        self
    }

    /// Believes `X-Forwarded-Host`, `-Proto` and `-Prefix` where no public URL is set.
    ///
    /// Only behind a proxy that sets all three itself: a client could send them, too.
    pub fn trust_forwarded(mut self) -> Self {
        self.public_url.trust_forwarded = true;
        self
    }

    /// Lets pages in browsers use the endpoint, from these origins; off by default.
    ///
    /// The same list is what the guard lets in, so there is no need of
    /// [`allowed_origins`](Self::allowed_origins) beside it. Outermost: a page can read
    /// refusals, too, and a browser's question is answered before anybody logs in.
    ///
    /// # Panics
    ///
    /// When an origin is not `scheme://host` or `scheme://host:port`.
    ///
    /// # Examples
    ///
    /// ```
    /// use mcp_axum::{mount::Cors, McpServer, McpService};
    ///
    /// let mcp = McpService::builder(McpServer::new("notes", "1.0.0"))
    ///     .cors(Cors::origins(["https://chat.example"]))
    ///     .build();
    /// ```
    #[track_caller]
    pub fn cors(self, cors: Cors) -> Self {
        let mut this = self.allowed_origins(&cors.origins);
        this.cors = Some(cors);
        this
    }
}
