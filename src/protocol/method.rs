//! Which methods exist, and where.

use super::scan::Member;

/// A method that a client may call in the stateless era.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    ServerDiscover,
    ToolsList,
    ToolsCall,
    ResourcesList,
    ResourcesTemplatesList,
    ResourcesRead,
    PromptsList,
    PromptsGet,
    CompletionComplete,
    SubscriptionsListen,
}

impl Method {
    /// Returns the method of that name, if the stateless era has it.
    ///
    /// `initialize`, `ping`, `logging/setLevel` and `resources/(un)subscribe` of
    /// older revisions are unknown here (2026-07-28 changelog).
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "server/discover" => Self::ServerDiscover,
            "tools/list" => Self::ToolsList,
            "tools/call" => Self::ToolsCall,
            "resources/list" => Self::ResourcesList,
            "resources/templates/list" => Self::ResourcesTemplatesList,
            "resources/read" => Self::ResourcesRead,
            "prompts/list" => Self::PromptsList,
            "prompts/get" => Self::PromptsGet,
            "completion/complete" => Self::CompletionComplete,
            "subscriptions/listen" => Self::SubscriptionsListen,
            _ => return None,
        })
    }

    /// Whether the sessionful era has it, too.
    pub(crate) fn is_sessionful(self) -> bool {
        !matches!(self, Self::ServerDiscover | Self::SubscriptionsListen)
    }

    /// Returns the name as the wire spells it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ServerDiscover => "server/discover",
            Self::ToolsList => "tools/list",
            Self::ToolsCall => "tools/call",
            Self::ResourcesList => "resources/list",
            Self::ResourcesTemplatesList => "resources/templates/list",
            Self::ResourcesRead => "resources/read",
            Self::PromptsList => "prompts/list",
            Self::PromptsGet => "prompts/get",
            Self::CompletionComplete => "completion/complete",
            Self::SubscriptionsListen => "subscriptions/listen",
        }
    }

    /// Returns the parameter that the `Mcp-Name` header repeats.
    pub(crate) fn target(self) -> Option<Member> {
        match self {
            Self::ToolsCall | Self::PromptsGet => Some(Member::Name),
            Self::ResourcesRead => Some(Member::Uri),
            Self::ServerDiscover
            | Self::ToolsList
            | Self::ResourcesList
            | Self::ResourcesTemplatesList
            | Self::PromptsList
            | Self::CompletionComplete
            | Self::SubscriptionsListen => None,
        }
    }
}

/// A method that a client may call in the sessionful era.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionMethod {
    Initialize,
    Ping,
    SetLevel,
    Subscribe,
    Unsubscribe,
    /// A method of both eras.
    Common(Method),
}

impl SessionMethod {
    /// The name of the method that opens a session.
    pub(crate) const INITIALIZE: &'static str = "initialize";

    /// Returns the method of that name, if the sessionful era has it.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            Self::INITIALIZE => Self::Initialize,
            "ping" => Self::Ping,
            "logging/setLevel" => Self::SetLevel,
            "resources/subscribe" => Self::Subscribe,
            "resources/unsubscribe" => Self::Unsubscribe,
            _ => Self::Common(Method::parse(name).filter(|method| method.is_sessionful())?),
        })
    }

    /// Returns the name as the wire spells it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Initialize => Self::INITIALIZE,
            Self::Ping => "ping",
            Self::SetLevel => "logging/setLevel",
            Self::Subscribe => "resources/subscribe",
            Self::Unsubscribe => "resources/unsubscribe",
            Self::Common(method) => method.as_str(),
        }
    }
}
