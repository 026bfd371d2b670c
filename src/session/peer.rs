//! A session as the client that a handler talks to.

use std::time::Duration;

use crate::{
    peer::{
        ClientCard,
        questions::{Peer, Questions},
    },
    protocol::Level,
};

use super::Session;

impl Peer for Session {
    fn card(&self) -> &ClientCard {
        Self::card(self)
    }

    fn level(&self) -> Level {
        Self::level(self)
    }

    fn is_ready(&self) -> bool {
        Self::is_ready(self)
    }

    fn questions(&self) -> &Questions {
        let questions = self.live().questions();
        // A close that came before found none to close.
        if self.is_closed() {
            questions.close();
        }
        questions
    }

    fn question_limits(&self) -> (usize, Duration) {
        let limits = self.limits();
        (limits.questions, limits.ask_timeout)
    }
}
