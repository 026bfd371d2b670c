//! Tells work outside the handler that its request has ended.

use std::sync::OnceLock;

use tokio::sync::watch;

/// The end of a request, for work that the handler does not await.
///
/// The handler itself needs none: it is dropped when the request ends. That is when
/// the client leaves, or in a session when it cancels. A task or a thread that it
/// started lives on and may look here.
#[derive(Clone, Debug)]
pub struct Cancellation(watch::Receiver<bool>);

impl Cancellation {
    /// Resolves when the request was answered or given up.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: nothing is lost when the future is dropped.
    pub async fn cancelled(&mut self) {
        // An error means that the request is gone, which is just as ended.
        let _ = self.0.wait_for(|ended| *ended).await;
    }

    /// Whether the request was answered or given up.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}

/// The switch behind every [`Cancellation`] of a request, made when first asked for.
///
/// It holds `None` when the request ended before anybody asked.
#[derive(Debug, Default)]
pub(crate) struct EndSignal(OnceLock<Option<watch::Sender<bool>>>);

impl EndSignal {
    pub(crate) fn cancellation(&self) -> Cancellation {
        let sender = self.0.get_or_init(|| Some(watch::Sender::new(false)));
        Cancellation(match sender {
            Some(sender) => sender.subscribe(),
            None => watch::channel(true).1,
        })
    }

    pub(crate) fn end(&self) {
        if let Some(sender) = self.0.get_or_init(|| None) {
            sender.send_replace(true);
        }
    }
}
