//! The methods that the builders of all kinds of component have in common.

/// Writes the methods of a builder whose field `policy` they fill in.
///
/// `$noun` is what the docs call one, `$use` what a client does with it.
macro_rules! policy_methods {
    ($type:ident, $noun:literal, $use:literal) => {
        impl<S> $type<S> {
            /// Adds a tag, for [predicates](crate::McpServer::visible_if) and layers to go by;
            /// clients do not see it.
            pub fn tag(mut self, tag: impl Into<String>) -> Self {
                self.policy.tag(tag.into());
                self
            }

            #[doc = concat!("Shows the ", $noun, " only to requests that the guard lets through.")]
            ///
            #[doc = concat!("For all others it does not exist: it is in no list, and ", $use)]
            /// is answered like that of an unknown one. Several guards have to agree. Decide by who
            /// asks, never by what an earlier request did: lists may be asked for on any connection.
            pub fn guard<F>(mut self, guard: F) -> Self
            where
                F: Fn(&$crate::context::Context) -> bool + Send + Sync + 'static,
            {
                self.policy.guard(std::sync::Arc::new(move |ctx, _| guard(ctx)));
                self
            }

            /// Asks for a scope that the caller must have been granted.
            ///
            #[doc = concat!("Without it the ", $noun, " is in no list, and ", $use, " turns the HTTP request")]
            /// away: 401 without a principal, else 403 with a challenge that names all its scopes
            /// (RFC 6750 §3.1).
            ///
            /// # Panics
            ///
            /// When it is no scope; and when the service is built, if nothing says which scopes a
            /// caller was granted.
            #[track_caller]
            pub fn requires_scope(mut self, scope: impl Into<String>) -> Self {
                self.policy.require_scope(scope.into());
                self
            }

            #[doc = concat!("Wraps the ", $noun, " in a layer; the last one added is outermost.")]
            ///
            /// See [`middleware`](crate::middleware).
            pub fn layer(mut self, layer: impl $crate::middleware::McpLayer) -> Self {
                self.policy.layer($crate::middleware::Layered::new(layer));
                self
            }
        }
    };
}

pub(crate) use policy_methods;
