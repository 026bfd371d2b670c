//! What came of a question to the person.

/// The answer to an elicitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Elicited<T> {
    /// The person answered. For a URL: agreed to open it, which is not "done".
    Accepted(T),
    /// The person said no.
    Declined,
    /// The person closed the question.
    Cancelled,
}

impl<T> Elicited<T> {
    /// Returns the answer, when there is one.
    pub fn accepted(self) -> Option<T> {
        match self {
            Self::Accepted(answer) => Some(answer),
            Self::Declined | Self::Cancelled => None,
        }
    }
}
