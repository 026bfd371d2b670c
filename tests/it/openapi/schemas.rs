//! Schemas: both dialects as JSON Schema 2020-12, and what they refer to.

use serde_json::{Value, json};

use super::{entry, operation};

/// Translates the schema of a property.
async fn translated(version: &str, schema: Value) -> Value {
    let body = json!({"type": "object", "properties": {"x": schema}});
    let body = json!({"required": true, "content": {"application/json": {"schema": body}}});
    let other = json!({"Other": {"type": "string"}});
    let document = operation(
        version,
        json!({"requestBody": body}),
        json!({"schemas": other}),
    );
    entry(&document).await["inputSchema"]["properties"]["x"].clone()
}

#[tokio::test]
async fn the_dialect_of_3_0_is_translated() {
    for (schema, expected) in [
        (
            json!({"type": "string", "nullable": true}),
            json!({"type": ["string", "null"]}),
        ),
        (
            json!({"type": "string", "nullable": false}),
            json!({"type": "string"}),
        ),
        (
            json!({"type": "string", "enum": ["a"], "nullable": true}),
            json!({"type": ["string", "null"], "enum": ["a", null]}),
        ),
        (
            json!({"allOf": [{"$ref": "#/components/schemas/Other"}], "nullable": true}),
            json!({"anyOf": [{"allOf": [{"$ref": "#/$defs/Other"}]}, {"type": "null"}]}),
        ),
        (
            json!({"type": "integer", "minimum": 1, "exclusiveMinimum": true, "maximum": 9, "exclusiveMaximum": false}),
            json!({"type": "integer", "exclusiveMinimum": 1, "maximum": 9}),
        ),
        (
            json!({"type": "string", "example": "a"}),
            json!({"type": "string", "examples": ["a"]}),
        ),
        (
            json!({"type": "object", "discriminator": {"propertyName": "a"}, "xml": {"name": "b"}, "x-mcp-header": "C", "externalDocs": {}}),
            json!({"type": "object"}),
        ),
        // What stands beside a reference is ignored in 3.0.
        (
            json!({"$ref": "#/components/schemas/Other", "description": "ignored"}),
            json!({"$ref": "#/$defs/Other"}),
        ),
        (
            json!({"type": "object", "properties": {"nullable": {"type": "string", "nullable": true}}}),
            json!({"type": "object", "properties": {"nullable": {"type": ["string", "null"]}}}),
        ),
        (
            json!({"type": "string", "default": {"nullable": true, "$ref": "data"}}),
            json!({"type": "string", "default": {"nullable": true, "$ref": "data"}}),
        ),
    ] {
        assert_eq!(
            translated("3.0.3", schema.clone()).await,
            expected,
            "{schema}"
        );
    }
}

#[tokio::test]
async fn the_dialect_of_3_1_is_kept() {
    for schema in [
        json!({"type": ["string", "null"], "minLength": 1, "pattern": "^a", "format": "date"}),
        json!({"type": "integer", "exclusiveMinimum": 1}),
        json!({"const": null}),
        json!({"prefixItems": [{"type": "string"}, true], "items": false}),
        json!({"if": {"type": "string"}, "then": {"minLength": 1}, "else": {"not": {"type": "null"}}}),
        json!({"patternProperties": {"^x": {"type": "string"}}, "propertyNames": {"maxLength": 3}}),
        json!({"dependentRequired": {"a": ["b"]}, "unevaluatedProperties": false}),
    ] {
        assert_eq!(translated("3.1.0", schema.clone()).await, schema);
    }
    let beside = json!({"$ref": "#/components/schemas/Other", "description": "kept"});
    assert_eq!(
        translated("3.1.0", beside).await,
        json!({"$ref": "#/$defs/Other", "description": "kept"})
    );
}

#[tokio::test]
async fn references_become_definitions_and_circles_stay_circles() {
    let reference = |to: &str| json!({"$ref": format!("#/components/schemas/{to}")});
    let components = json!({"schemas": {
        "Node": {"type": "object", "properties": {"next": reference("Node"), "odd": reference("a~1b"), "part": {"$ref": "#/components/schemas/Whole/properties/Node"}}},
        "a/b": {"type": "integer"},
        "Whole": {"type": "object", "properties": {"Node": {"type": "boolean"}}},
        "Unused": {"type": "null"},
    }});
    let body =
        json!({"required": true, "content": {"application/json": {"schema": reference("Node")}}});
    let answer = json!({"200": {"description": "", "content": {"application/json": {"schema": reference("Node")}}}});
    let document = operation(
        "3.1.0",
        json!({"requestBody": body, "responses": answer}),
        components,
    );
    let entry = entry(&document).await;
    let properties = json!({
        "next": {"$ref": "#/$defs/Node"},
        "odd": {"$ref": "#/$defs/a_b"},
        "part": {"$ref": "#/$defs/Node_2"},
    });
    let definitions = json!({
        "Node": {"type": "object", "properties": properties},
        "a_b": {"type": "integer"},
        "Node_2": {"type": "boolean"},
    });
    let input = &entry["inputSchema"];
    assert_eq!(input["$defs"], definitions);
    assert_eq!(input["properties"]["next"], properties["next"]);
    let output = &entry["outputSchema"];
    assert_eq!(
        (&output["$defs"], &output["properties"]),
        (&definitions, &properties)
    );
}

#[tokio::test]
async fn each_side_has_the_properties_that_are_its_own() {
    let thing = json!({
        "type": "object",
        "properties": {
            "number": {"type": "integer", "readOnly": true},
            "secret": {"type": "string", "writeOnly": true},
            "name": {"type": "string"},
        },
        "required": ["number", "secret"],
    });
    let content = json!({"application/json": {"schema": thing}});
    let members = json!({
        "requestBody": {"required": true, "content": content},
        "responses": {"200": {"description": "", "content": content}},
    });
    let entry = entry(&operation("3.0.0", members, json!({}))).await;
    let input = &entry["inputSchema"];
    assert_eq!(input["required"], json!(["id", "secret"]));
    assert_eq!(input["properties"]["number"], Value::Null);
    let output = &entry["outputSchema"];
    assert_eq!(output["required"], json!(["number"]));
    assert_eq!(output["properties"]["secret"], Value::Null);
}

#[tokio::test]
async fn an_output_schema_holds_for_every_answer_of_success() {
    let number = json!({"type": "object", "properties": {"a": {"type": "integer"}}});
    let text = json!({"type": "object", "properties": {"b": {"type": "string"}}});
    let json = |schema: &Value| json!({"description": "", "content": {"application/json": {"schema": schema}}});
    let bare = json!({"description": ""});
    let page = json!({"description": "", "content": {"text/html": {"schema": {"type": "string"}}}});
    for (responses, expected) in [
        (json!({"200": json(&number)}), number.clone()),
        (json!({"2XX": json(&number), "404": page}), number.clone()),
        (
            json!({"200": json(&number), "201": json(&number)}),
            number.clone(),
        ),
        (
            json!({"200": json(&number), "201": json(&text)}),
            json!({"anyOf": [number, text]}),
        ),
        (json!({"200": json(&number), "204": bare}), Value::Null),
        (json!({"200": page}), Value::Null),
        (json!({"200": json(&json!({}))}), Value::Null),
        (json!({"default": json(&number)}), Value::Null),
        (
            json!({"200": {"$ref": "#/components/responses/Done"}}),
            text.clone(),
        ),
    ] {
        let components = json!({"responses": {"Done": json(&text)}});
        let document = operation("3.1.0", json!({"responses": responses}), components);
        assert_eq!(
            entry(&document).await["outputSchema"],
            expected,
            "{responses}"
        );
    }
}
