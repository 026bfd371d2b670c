//! A request as a layer sees it.

use std::{borrow::Cow, fmt, future::Future, pin::Pin, sync::Arc};

use crate::{
    component::{Component, Described},
    context::Context,
};

use super::{McpResponse, layered::Layers};

/// The future of a response.
pub(crate) type Responding = Pin<Box<dyn Future<Output = McpResponse> + Send>>;

/// What a request comes to behind its layers.
pub(crate) type Innermost = Arc<dyn Fn(Context) -> Responding + Send + Sync>;

/// A request on its way through the layers; a clone may be sent again.
///
/// All of a kind: a method, mostly the name of a component, and the
/// [`Context`] of the request with its caller.
#[derive(Clone)]
pub struct McpRequest {
    ctx: Context,
    component: Option<Arc<dyn Described>>,
    layers: Layers,
    /// How many layers are still ahead.
    ahead: usize,
    innermost: Innermost,
}

impl McpRequest {
    pub(crate) fn new(
        ctx: Context,
        component: Option<Arc<dyn Described>>,
        layers: Layers,
        innermost: Innermost,
    ) -> Self {
        Self {
            ctx,
            component,
            ahead: layers.count(),
            layers,
            innermost,
        }
    }

    /// Returns the method, as the wire spells it.
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.ctx.method()
    }

    /// Returns the name of the tool or prompt, or the URI of the resource, that is asked for.
    #[must_use]
    pub fn target(&self) -> Option<Cow<'_, str>> {
        self.ctx.target()
    }

    /// Returns the component that is asked for, if there is one; whether the caller may
    /// use it is decided behind the layers of the server.
    #[must_use]
    pub fn component(&self) -> Option<Component<'_>> {
        self.component.as_ref().map(|it| it.component())
    }

    /// Returns the context of the request.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.ctx
    }

    /// Goes on to the next layer, or to what all of them are around.
    pub(crate) fn proceed(mut self) -> Responding {
        let Some(next) = self.ahead.checked_sub(1) else {
            return (self.innermost)(self.ctx);
        };
        self.ahead = next;
        match self.layers.get(next).cloned() {
            Some(layer) => Box::pin(async move { layer.run(self).await }),
            None => (self.innermost)(self.ctx),
        }
    }
}

impl fmt::Debug for McpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpRequest")
            .field("context", &self.ctx)
            .field("component", &self.component())
            .finish_non_exhaustive()
    }
}
