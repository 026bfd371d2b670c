//! How a request ended.

use bytes::Bytes;

use crate::{
    context::Context,
    error::BoxError,
    extract::{Fault, correlation_id},
    peer::InputRequired,
    principal::Refusal,
    protocol::{
        CallToolResult, Completion, ErrorObject, GetPromptResult, InputRequest, ListenFilter,
        ReadResourceResult,
    },
};

use super::{Overload, TOO_LONG};

/// The result of a request.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// A whole result object, written before.
    Prepared(Bytes),
    Tool(CallToolResult),
    Resource(ReadResourceResult),
    Prompt(GetPromptResult),
    Completion(Completion),
    InputRequired {
        requests: Vec<(String, InputRequest)>,
        state: Option<String>,
    },
}

impl Outcome {
    /// Returns about how many bytes it takes, so that a large one is not moved while it is written.
    pub(crate) fn room(&self) -> usize {
        match self {
            Self::Prepared(result) => result.len(),
            Self::Tool(result) => result.room(),
            Self::Resource(_)
            | Self::Prompt(_)
            | Self::Completion(_)
            | Self::InputRequired { .. } => 0,
        }
    }
}

/// The end of a request without a result.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An error, told in the answer.
    Error(ErrorObject),
    /// The same before any handler has run: told with the status that it deserves.
    Unserved(ErrorObject),
    /// The HTTP request is turned away.
    Refused(Refusal),
    /// The client gave the request up: it is not answered at all.
    Cancelled,
}

impl From<ErrorObject> for Failure {
    fn from(error: ErrorObject) -> Self {
        Self::Error(error)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// How a request ended.
#[derive(Debug)]
pub(crate) enum Ended {
    Done(Outcome),
    Failed(Failure),
    /// The handler wants answers first.
    Asks(Box<InputRequired>),
    /// The client listens from now on.
    Listens(ListenFilter),
}

impl Ended {
    /// What is left of a fault once the method has had its say.
    pub(crate) fn of_fault(ctx: &Context, fault: Fault) -> Self {
        let dialect = ctx.revision().dialect();
        let error = match fault {
            Fault::Protocol(error) if dialect.reserves(&error) => {
                tracing::error!(%error, "a handler returned a code that the protocol reserves");
                ErrorObject::internal("internal error")
            }
            Fault::Protocol(error) => dialect.error(error),
            Fault::Refused(refusal) => return Self::Failed(Failure::Refused(refusal)),
            Fault::InputRequired(required) => return Self::Asks(required),
            Fault::Arguments(_) => ErrorObject::invalid_params(fault.to_string()),
            Fault::NotFound => ErrorObject::invalid_params("not found"),
            Fault::Told(text) => ErrorObject::internal(text),
            Fault::Masked(error) => {
                let expose = ctx.request().expose_errors;
                ErrorObject::internal(Fault::mask(&error, ctx.method(), expose))
            }
        };
        Self::Failed(Failure::Error(error))
    }

    /// What the error of a layer comes to.
    pub(crate) fn of_error(ctx: &Context, error: BoxError) -> Self {
        match Overload::of(&error) {
            Some(Overload::Elapsed) => Self::Failed(ErrorObject::internal(TOO_LONG).into()),
            Some(shed @ Overload::Shed) => Self::Failed(shed.refusal().into()),
            None => Self::of_fault(ctx, Fault::from_error(error)),
        }
    }
}

impl Failure {
    /// What a panic comes to: the client learns under which id the log has it.
    pub(crate) fn of_panic(ctx: &Context, panic: &(dyn std::any::Any + Send)) -> Self {
        let message = panic
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("a panic without a message");
        let id = correlation_id();
        tracing::error!(
            error.id = %id,
            mcp.method.name = ctx.method(),
            panic = message,
            "a handler panicked"
        );
        let told = format!("internal error; the server's log has the reason under {id}");
        Self::Error(ErrorObject::internal(told))
    }
}
