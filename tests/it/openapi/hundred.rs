//! A large document: every operation is imported and called.

use serde_json::{Map, Value, json};

use super::{client, document, import};

const KINDS: [&str; 30] = [
    "users", "groups", "roles", "notes", "tags", "files", "folders", "orders", "items", "carts",
    "prices", "taxes", "stores", "shelves", "boxes", "trucks", "routes", "stops", "drivers",
    "shifts", "invoices", "payments", "refunds", "coupons", "reviews", "photos", "albums", "songs",
    "lists", "events",
];

/// What an operation is called with, and what the route then gets.
struct Expected {
    name: String,
    arguments: Value,
    request: String,
    body: &'static str,
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn content(schema: Value) -> Value {
    json!({"application/json": {"schema": schema}})
}

/// Five operations on one kind of thing.
fn paths(kind: &str) -> [(String, Value); 2] {
    let id = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}});
    let filters = json!([
        {"$ref": "#/components/parameters/Page"},
        {"name": "tag", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
    ]);
    let done = json!({"204": {"description": "done"}});
    let body = json!({"required": true, "content": content(reference("Thing"))});
    let all = json!({
        "get": {"operationId": format!("list_{kind}"), "tags": [kind], "parameters": filters, "responses": done},
        "post": {"operationId": format!("create {kind}"), "requestBody": body, "responses": done},
    });
    let one = json!({
        "parameters": [id],
        "get": {"responses": {"default": {"description": "it"}}},
        "put": {"operationId": format!("{kind}.replace"), "requestBody": body, "responses": done},
        "delete": {"operationId": format!("{kind}-delete"), "responses": done},
    });
    [(format!("/{kind}"), all), (format!("/{kind}/{{id}}"), one)]
}

fn expected(kind: &str) -> Vec<Expected> {
    let thing = r#"{"inner":{"name":"b"},"name":"a"}"#;
    let new = |name: String, arguments: Value, request: String, body| Expected {
        name,
        arguments,
        request,
        body,
    };
    vec![
        new(
            format!("list_{kind}"),
            json!({"page": 2, "tag": ["a", "b"]}),
            format!("GET /{kind}?page=2&tag=a&tag=b"),
            "",
        ),
        new(
            format!("create_{kind}"),
            json!({"name": "a", "inner": {"name": "b"}}),
            format!("POST /{kind}"),
            thing,
        ),
        new(
            format!("get_{kind}_id"),
            json!({"id": 7}),
            format!("GET /{kind}/7"),
            "",
        ),
        new(
            format!("{kind}.replace"),
            json!({"id": 7, "name": "a", "inner": {"name": "b"}}),
            format!("PUT /{kind}/7"),
            thing,
        ),
        new(
            format!("{kind}-delete"),
            json!({"id": 7}),
            format!("DELETE /{kind}/7"),
            "",
        ),
    ]
}

#[tokio::test]
async fn every_operation_of_a_large_document_can_be_called() {
    let paths: Map<String, Value> = KINDS.into_iter().flat_map(paths).collect();
    let thing = json!({
        "type": "object",
        "properties": {"name": {"type": "string"}, "inner": reference("Thing")},
        "required": ["name"],
    });
    let page = json!({"name": "page", "in": "query", "schema": {"type": "integer"}});
    let components = json!({"schemas": {"Thing": thing}, "parameters": {"Page": page}});
    let tools = import(&document("3.1.0", paths.into(), components))
        .tools()
        .expect("tools");
    let operations: Vec<Expected> = KINDS.into_iter().flat_map(expected).collect();
    assert_eq!((tools.len(), operations.len()), (150, 150));

    let client = client(tools);
    for operation in operations {
        let call = client.tool(&operation.name, operation.arguments);
        let result = call.await.result().await;
        let got = &result["structuredContent"];
        assert_eq!(got["request"], operation.request, "{result}");
        assert_eq!(got["body"], operation.body, "{result}");
    }
}
