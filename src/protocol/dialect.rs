//! What the messages of each revision can carry, as a table.
//!
//! Handlers build the newest types; what a revision lacks is left out or
//! replaced while a message is written ([`adapt`](super::adapt)).

use super::{ErrorObject, Revision, code};

/// What the messages of a revision can carry.
#[derive(Debug)]
pub(crate) struct Dialect {
    /// Results say what they are, how long they stay fresh, and who wrote them.
    pub(crate) described_results: bool,
    /// `title` of components, their arguments, and implementations.
    pub(crate) titles: bool,
    /// `_meta` of components, content blocks and contents; results always have theirs.
    pub(crate) metas: bool,
    /// `icons` of components and links.
    pub(crate) icons: bool,
    /// `description`, `icons` and `websiteUrl` of implementations.
    pub(crate) profiles: bool,
    /// `annotations` of tools.
    pub(crate) tool_annotations: bool,
    /// `lastModified` of content and resources.
    pub(crate) last_modified: bool,
    /// `true` and `false` in place of the schema of a property.
    pub(crate) boolean_schemas: bool,
    /// Structured content, and the schema that declares it.
    pub(crate) structured: Structured,
    /// Blocks of sound.
    pub(crate) audio: bool,
    /// Blocks that link to a resource.
    pub(crate) resource_links: bool,
    /// The capability that declares completions; the method itself is older.
    pub(crate) completions: bool,
    /// `message` of a progress notification.
    pub(crate) progress_message: bool,
    /// `Mcp-Param-*` headers, which repeat arguments.
    pub(crate) param_headers: bool,
    /// Several messages in one array.
    pub(crate) batches: bool,
    /// A stream may end before its answer: the client comes back for the rest.
    pub(crate) polling: bool,
    /// Use of tools in the messages to the client's model.
    pub(crate) sampled_tools: bool,
    /// What the client's person can be asked.
    pub(crate) elicitation: Elicitation,
    /// The codes from -32020 to -32022.
    pub(crate) stateless_codes: bool,
    /// The code that says that a resource does not exist.
    pub(crate) resource_not_found: i32,
    /// The code that says which URLs the person has to visit first.
    pub(crate) url_required: Option<i32>,
}

/// Which structured content a revision has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Structured {
    None,
    /// Objects only, in the content and in the schema.
    Objects,
    Any,
}

/// What a client's person can be asked in a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Elicitation {
    None,
    /// Forms of plain inputs, which do not say that they are forms.
    Forms,
    /// Any form, and URLs with an id of their own.
    WithIds,
    /// Any form, and URLs; the retry of the request tells of their end.
    InRounds,
}

const V2026_07_28: Dialect = Dialect {
    described_results: true,
    titles: true,
    metas: true,
    icons: true,
    profiles: true,
    tool_annotations: true,
    last_modified: true,
    boolean_schemas: true,
    structured: Structured::Any,
    audio: true,
    resource_links: true,
    completions: true,
    progress_message: true,
    param_headers: true,
    batches: false,
    polling: false,
    sampled_tools: true,
    elicitation: Elicitation::InRounds,
    stateless_codes: true,
    resource_not_found: code::INVALID_PARAMS,
    url_required: None,
};

/// Each row says what differs from the next newer one.
const V2025_11_25: Dialect = Dialect {
    described_results: false,
    boolean_schemas: false,
    structured: Structured::Objects,
    param_headers: false,
    polling: true,
    elicitation: Elicitation::WithIds,
    stateless_codes: false,
    resource_not_found: code::RESOURCE_NOT_FOUND,
    url_required: Some(code::URL_ELICITATION_REQUIRED),
    ..V2026_07_28
};

const V2025_06_18: Dialect = Dialect {
    icons: false,
    profiles: false,
    polling: false,
    sampled_tools: false,
    elicitation: Elicitation::Forms,
    url_required: None,
    ..V2025_11_25
};

const V2025_03_26: Dialect = Dialect {
    titles: false,
    metas: false,
    last_modified: false,
    structured: Structured::None,
    resource_links: false,
    batches: true,
    elicitation: Elicitation::None,
    ..V2025_06_18
};

const V2024_11_05: Dialect = Dialect {
    tool_annotations: false,
    audio: false,
    completions: false,
    progress_message: false,
    batches: false,
    ..V2025_03_26
};

impl Revision {
    /// Returns what the messages of this revision can carry.
    pub(crate) const fn dialect(self) -> &'static Dialect {
        match self {
            Self::V2024_11_05 => &V2024_11_05,
            Self::V2025_03_26 => &V2025_03_26,
            Self::V2025_06_18 => &V2025_06_18,
            Self::V2025_11_25 => &V2025_11_25,
            Self::V2026_07_28 => &V2026_07_28,
        }
    }
}

impl Dialect {
    /// Returns the error as this revision tells it.
    ///
    /// A code that only a later revision knows becomes the nearest of JSON-RPC.
    pub(crate) fn error(&self, error: ErrorObject) -> ErrorObject {
        if self.stateless_codes {
            return error;
        }
        match error.code() {
            code::MISSING_CLIENT_CAPABILITY | code::UNSUPPORTED_VERSION => {
                error.with_code(code::INVALID_PARAMS)
            }
            code::HEADER_MISMATCH => error.with_code(code::INVALID_REQUEST),
            _ => error,
        }
    }

    /// Whether a handler's error has a code that is not its to use.
    ///
    /// 2026-07-28 basic, Error Codes: past allocations, and codes of other
    /// revisions. The stateless ones pass, since [`error`](Self::error) knows them.
    pub(crate) fn reserves(&self, error: &ErrorObject) -> bool {
        let stateless = code::UNSUPPORTED_VERSION..=code::HEADER_MISMATCH;
        let code = error.code();
        let used = stateless.contains(&code)
            || code == self.resource_not_found
            || Some(code) == self.url_required;
        (-32099..=-32000).contains(&code) && !used
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_another_revision_do_not_travel() {
        let (old, new) = (Revision::V2025_11_25, Revision::V2026_07_28);
        for (revision, code, told, reserved) in [
            (new, -32021, -32021, false),
            (old, -32020, -32600, false),
            (old, -32021, -32602, false),
            (old, -32022, -32602, false),
            (old, -32002, -32002, false),
            (new, -32002, -32002, true),
            (old, -32042, -32042, false),
            (new, -32042, -32042, true),
            (Revision::V2025_06_18, -32042, -32042, true),
            (old, -32000, -32000, true),
            (old, -32603, -32603, false),
            (old, 7, 7, false),
        ] {
            let error = ErrorObject::new(code, "no");
            let dialect = revision.dialect();
            assert_eq!(dialect.reserves(&error), reserved, "{revision} {code}");
            assert_eq!(dialect.error(error).code(), told, "{revision} {code}");
        }
    }

    #[test]
    fn no_two_neighbours_are_alike() {
        let written = |revision: Revision| format!("{:?}", revision.dialect());
        for pair in Revision::ALL.windows(2) {
            assert_ne!(written(pair[0]), written(pair[1]), "{}", pair[0]);
        }
    }
}
