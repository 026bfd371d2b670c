//! The wire: the messages of the Model Context Protocol, newest types canonical.
//!
//! Handlers build and read these types; how an older revision spells them is
//! decided while they are written. Nothing here knows HTTP.

pub(crate) mod adapt;
pub(crate) mod canonical;
pub(crate) mod dialect;
pub(crate) mod jsonrpc;
pub(crate) mod method;
pub(crate) mod param_header;
pub(crate) mod raw;
pub(crate) mod scan;
pub(crate) mod version;

mod cache;
mod capabilities;
mod completion;
mod content;
mod error_object;
mod implementation;
mod input;
mod level;
mod listen;
mod plain;
mod prompts;
mod resource_link;
mod resources;
pub(crate) mod text;
mod tools;

pub use self::{
    cache::{CacheHint, CacheScope},
    capabilities::{ClientCapabilities, ServerCapabilities},
    completion::Completion,
    content::{Annotations, ContentBlock, Icon, Meta, ResourceContents, Role},
    error_object::{ErrorObject, code},
    implementation::Implementation,
    input::{
        ElicitAction, ElicitResult, InputRequest, ModelPreferences, Root, Sample, SampleMessage,
        Sampled,
    },
    level::Level,
    prompts::{GetPromptResult, PromptArgument, PromptEntry, PromptMessage},
    raw::RawJson,
    resource_link::ResourceLink,
    resources::{ReadResourceResult, ResourceCommon, ResourceEntry, ResourceTemplateEntry},
    tools::{CallToolResult, ToolAnnotations, ToolEntry},
    version::{Era, Revision},
};
pub(crate) use self::{input::Need, listen::ListenFilter};
