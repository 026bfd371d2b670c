//! What outlives a request.

mod changes;

pub(crate) use self::changes::{Change, ChangeBus, Listener, Subscription};
