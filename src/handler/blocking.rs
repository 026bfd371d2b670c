//! Synchronous functions as handlers.

use std::{future::Future, panic, pin::Pin, sync::Arc};

use tokio::{sync::Semaphore, task};

use super::{arity::all_arities, async_handler::AsyncHandler};

/// The calls of one blocking handler that may run at once by default.
const LIMIT: usize = 64;

/// A synchronous function that runs on tokio's pool for blocking work.
///
/// Made by [`blocking`].
#[derive(Clone, Debug)]
#[must_use]
pub struct Blocking<F> {
    function: F,
    permits: Arc<Semaphore>,
}

/// Makes a handler of a synchronous function, for work that blocks.
///
/// At most 64 calls of it run at once and the rest wait; see
/// [`limit`](Blocking::limit). A call that has started cannot be cancelled: it
/// runs on when the client leaves.
///
/// # Examples
///
/// ```
/// use mcp_axum::{blocking, tool, Args, Tool};
///
/// fn digest() -> String {
///     "slow work".to_owned()
/// }
///
/// let tool: Tool = tool("digest", blocking(digest));
/// ```
pub fn blocking<F>(function: F) -> Blocking<F> {
    Blocking {
        function,
        permits: Arc::new(Semaphore::new(LIMIT)),
    }
}

impl<F> Blocking<F> {
    /// Sets how many calls may run at once.
    ///
    /// # Panics
    ///
    /// When `calls` is zero.
    #[track_caller]
    pub fn limit(mut self, calls: usize) -> Self {
        assert!(
            calls > 0,
            "a handler that may never be called is no handler"
        );
        self.permits = Arc::new(Semaphore::new(calls));
        self
    }
}

type Blocked<R> = Pin<Box<dyn Future<Output = R> + Send>>;

async fn run<R: Send + 'static>(
    permits: Arc<Semaphore>,
    work: impl FnOnce() -> R + Send + 'static,
) -> R {
    let permit = permits
        .acquire_owned()
        .await
        .expect("the semaphore is never closed");
    let work = task::spawn_blocking(move || {
        let result = work();
        drop(permit);
        result
    });
    match work.await {
        Ok(result) => result,
        Err(error) if error.is_panic() => panic::resume_unwind(error.into_panic()),
        // The runtime is going down, and this future with it.
        Err(_cancelled) => std::future::pending().await,
    }
}

macro_rules! implement {
    ($($argument:ident),*) => {
        impl<F, R, $($argument,)*> AsyncHandler<($($argument,)*)> for Blocking<F>
        where
            F: FnOnce($($argument),*) -> R + Clone + Send + Sync + 'static,
            R: Send + 'static,
            $($argument: Send + 'static,)*
        {
            type Output = R;
            type Future = Blocked<R>;

            #[allow(non_snake_case, clippy::allow_attributes, reason = "type and value share a name")]
            fn call(self, ($($argument,)*): ($($argument,)*)) -> Blocked<R> {
                let function = self.function;
                Box::pin(run(self.permits, move || function($($argument),*)))
            }
        }
    };
}

all_arities!(implement);
