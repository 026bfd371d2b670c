//! Tools whose input needs more of a schema than its type says.

use mcp_axum::{Args, McpServer, tool};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Adds the tools with a schema of their own.
pub(crate) fn add(server: McpServer) -> McpServer {
    server
        .tool(
            tool("json_schema_2020_12_tool", contact)
                .description("Takes a contact, described by a schema written by hand")
                .input_schema(contact_schema()),
        )
        .tool(tool("test_custom_header", value))
}

async fn contact(Args(contact): Args<Map<String, Value>>) -> String {
    format!("Took a contact with {} members", contact.len())
}

/// A schema with references and conditions, which no Rust type could say.
fn contact_schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
            },
        },
        "properties": {
            "name": {"type": "string"},
            "address": {"$ref": "#/$defs/address"},
            "contactMethod": {"type": "string", "enum": ["phone", "email"]},
            "phone": {"type": "string"},
            "email": {"type": "string"},
        },
        "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
        "if": {
            "properties": {"contactMethod": {"const": "phone"}},
            "required": ["contactMethod"],
        },
        "then": {"required": ["phone"]},
        "else": {"required": ["email"]},
        "additionalProperties": false,
    })
}

/// Returns a value that also travels as the header `Mcp-Param-Value`
#[derive(Deserialize, JsonSchema)]
struct Routed {
    /// What to return
    #[schemars(extend("x-mcp-header" = "Value"))]
    value: String,
}

async fn value(Args(routed): Args<Routed>) -> String {
    routed.value
}
