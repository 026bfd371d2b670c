//! Where the members are that the server reads.

use std::ops::Range;

/// A stretch of the scanned text, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// The first byte.
    pub(crate) start: u32,
    /// The byte after the last.
    pub(crate) end: u32,
}

impl Span {
    /// Creates the span between two offsets of a text whose length fits `u32`.
    pub(super) fn new(start: usize, end: usize) -> Self {
        let offset = |at: usize| {
            u32::try_from(at).expect("the text's length was checked when the walk began")
        };
        Self {
            start: offset(start),
            end: offset(end),
        }
    }

    /// Returns the offsets, as a slice index.
    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Returns this stretch of the text it was made from.
    ///
    /// # Panics
    ///
    /// May panic when `text` is another one.
    pub(crate) fn of(self, text: &str) -> &str {
        text.get(self.range())
            .expect("a span is only used with the text it was made from")
    }
}

/// What kind of value the root is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One message.
    Object,
    /// A batch.
    Array,
    /// A string, a number or a literal: never a message.
    Other,
}

/// What a message consists of.
#[derive(Clone, Debug)]
pub(crate) struct Outline {
    /// What kind of value the root is.
    pub(crate) shape: Shape,
    /// Empty where there is none: no value has no text. Options would take
    /// half as much again, and a message is moved often.
    members: [Span; Member::COUNT],
}

impl Outline {
    pub(super) const EMPTY: Self = Self {
        shape: Shape::Other,
        members: [Span { start: 0, end: 0 }; Member::COUNT],
    };

    /// Returns where the member's value is, without the whitespace around it.
    pub(crate) fn get(&self, member: Member) -> Option<Span> {
        let span = self.members[member as usize];
        (span.start < span.end).then_some(span)
    }

    /// Returns the member's value as a slice of the scanned text.
    pub(crate) fn text<'a>(&self, member: Member, body: &'a str) -> Option<&'a str> {
        self.get(member).map(|span| span.of(body))
    }

    /// Records a member and returns where it was seen before.
    pub(super) fn record(&mut self, member: Member, value: Span) -> Option<Span> {
        let earlier = self.get(member);
        self.members[member as usize] = value;
        earlier
    }
}

/// A member that is looked for at one level of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Member {
    // Of the root.
    /// `jsonrpc`.
    JsonRpc,
    /// `id`.
    Id,
    /// `method`.
    Method,
    /// `params`.
    Params,
    /// `result`.
    Result,
    /// `error`.
    Error,
    // Of `params`.
    /// `name`.
    Name,
    /// `uri`.
    Uri,
    /// `arguments`.
    Arguments,
    /// `_meta`.
    Meta,
    /// `cursor`.
    Cursor,
    /// `inputResponses`.
    InputResponses,
    /// `requestState`.
    RequestState,
    /// `ref`, what a completion is for.
    Ref,
    /// `argument`, the one to complete.
    Argument,
    /// `context`, what is known when completing.
    CompletionContext,
    /// `notifications`, what to listen for.
    Notifications,
    /// `protocolVersion`.
    ProtocolVersion,
    /// `level`, of the log.
    Level,
    /// `requestId`, of the request to cancel.
    RequestId,
    /// `capabilities`.
    Capabilities,
    /// `clientInfo`.
    ClientInfo,
    // Of `params._meta`.
    /// `io.modelcontextprotocol/protocolVersion`.
    MetaProtocolVersion,
    /// `io.modelcontextprotocol/clientCapabilities`.
    MetaClientCapabilities,
    /// `io.modelcontextprotocol/clientInfo`.
    MetaClientInfo,
    /// `io.modelcontextprotocol/logLevel`.
    MetaLogLevel,
    /// `progressToken`.
    ProgressToken,
    /// `traceparent`.
    TraceParent,
    /// `tracestate`.
    TraceState,
    /// `baggage`.
    Baggage,
}

impl Member {
    const COUNT: usize = Self::Baggage as usize + 1;

    /// Returns the member a key of an object at this level stands for.
    pub(super) fn of(level: Level, key: &str) -> Option<Self> {
        match level {
            Level::Root => Self::of_root(key),
            Level::Params => Self::of_params(key),
            Level::Meta => Self::of_meta(key),
            Level::Below => None,
        }
    }

    /// Returns the level of an object that is this member's value.
    pub(super) fn level(self) -> Level {
        match self {
            Self::Params => Level::Params,
            Self::Meta => Level::Meta,
            _ => Level::Below,
        }
    }

    fn of_root(key: &str) -> Option<Self> {
        Some(match key {
            "jsonrpc" => Self::JsonRpc,
            "id" => Self::Id,
            "method" => Self::Method,
            "params" => Self::Params,
            "result" => Self::Result,
            "error" => Self::Error,
            _ => return None,
        })
    }

    fn of_params(key: &str) -> Option<Self> {
        Some(match key {
            "name" => Self::Name,
            "uri" => Self::Uri,
            "arguments" => Self::Arguments,
            "_meta" => Self::Meta,
            "cursor" => Self::Cursor,
            "inputResponses" => Self::InputResponses,
            "requestState" => Self::RequestState,
            "ref" => Self::Ref,
            "argument" => Self::Argument,
            "context" => Self::CompletionContext,
            "notifications" => Self::Notifications,
            "protocolVersion" => Self::ProtocolVersion,
            "level" => Self::Level,
            "requestId" => Self::RequestId,
            "capabilities" => Self::Capabilities,
            "clientInfo" => Self::ClientInfo,
            _ => return None,
        })
    }

    fn of_meta(key: &str) -> Option<Self> {
        Some(match key {
            "io.modelcontextprotocol/protocolVersion" => Self::MetaProtocolVersion,
            "io.modelcontextprotocol/clientCapabilities" => Self::MetaClientCapabilities,
            "io.modelcontextprotocol/clientInfo" => Self::MetaClientInfo,
            "io.modelcontextprotocol/logLevel" => Self::MetaLogLevel,
            "progressToken" => Self::ProgressToken,
            "traceparent" => Self::TraceParent,
            "tracestate" => Self::TraceState,
            "baggage" => Self::Baggage,
            _ => return None,
        })
    }
}

/// Whose members an object's keys are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// The message's.
    Root,
    /// `params`'.
    Params,
    /// `params._meta`'s.
    Meta,
    /// Of no interest.
    Below,
}
