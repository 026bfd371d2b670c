//! A document that utoipa wrote.
#![expect(unused_qualifications, reason = "its macros write some")]

use axum::{
    Json, Router,
    extract::{Path, Query},
    http::StatusCode,
    routing::get,
};
use mcp_axum::route_tool::openapi::Import;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::client;

/// A pet.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
struct Pet {
    id: u64,
    /// What it is called.
    #[schema(example = "Rex")]
    name: String,
    kind: Option<Kind>,
}

#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Cat,
    Dog,
}

#[derive(Deserialize, ToSchema)]
struct NewPet {
    name: String,
    kind: Option<Kind>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// The most pets to list.
    limit: Option<u32>,
}

/// Lists the pets
#[utoipa::path(get, path = "/pets", tag = "pets", params(Filter), responses((status = 200, body = Vec<Pet>)))]
async fn list(Query(filter): Query<Filter>) -> Json<Vec<Pet>> {
    let limit = filter.limit.unwrap_or(2);
    Json((0..u64::from(limit)).map(pet).collect())
}

/// Adds a pet
///
/// It gets the next number.
#[utoipa::path(post, path = "/pets", tag = "pets", request_body = NewPet, responses((status = 201, body = Pet)))]
async fn add(Json(new): Json<NewPet>) -> (StatusCode, Json<Pet>) {
    let pet = Pet {
        id: 3,
        name: new.name,
        kind: new.kind,
    };
    (StatusCode::CREATED, Json(pet))
}

#[utoipa::path(
    get, path = "/pets/{id}", operation_id = "pet", params(("id" = u64, Path)),
    responses((status = 200, body = Pet), (status = 404, description = "none"))
)]
async fn one(Path(id): Path<u64>) -> Result<Json<Pet>, (StatusCode, &'static str)> {
    match id {
        0..3 => Ok(Json(pet(id))),
        _ => Err((StatusCode::NOT_FOUND, "no such pet")),
    }
}

fn pet(id: u64) -> Pet {
    Pet {
        id,
        name: format!("pet {id}"),
        kind: Some(Kind::Dog),
    }
}

#[derive(OpenApi)]
#[openapi(paths(list, add, one))]
struct Api;

#[tokio::test]
async fn its_operations_are_tools() {
    let app = Router::new()
        .route("/pets", get(list).post(add))
        .route("/pets/{id}", get(one));
    let tools = Import::new(&app, &Api::openapi())
        .expect("a document")
        .tools();
    let client = client(tools.expect("tools"));
    let list = client.request("tools/list", json!({})).await.result().await;
    let tools = list["tools"].as_array().expect("tools");
    let find = |name: &str| {
        tools
            .iter()
            .find(|tool| tool["name"] == name)
            .expect("it is there")
    };

    let add = find("add");
    assert_eq!(add["description"], "Adds a pet\n\nIt gets the next number.");
    assert_eq!(add["inputSchema"]["required"], json!(["name"]));
    let properties = add["inputSchema"]["properties"]
        .as_object()
        .expect("an object");
    assert!(properties.contains_key("name") && properties.contains_key("kind"));
    assert_eq!(
        add["outputSchema"]["properties"]["name"]["examples"],
        json!(["Rex"])
    );
    assert_eq!(
        find("list")["inputSchema"]["properties"]["limit"]["description"],
        "The most pets to list."
    );
    assert_eq!(find("pet")["inputSchema"]["required"], json!(["id"]));

    for (name, arguments, expected) in [
        (
            "add",
            json!({"name": "Rex", "kind": "cat"}),
            json!({"id": 3, "name": "Rex", "kind": "cat"}),
        ),
        (
            "pet",
            json!({"id": 1}),
            json!({"id": 1, "name": "pet 1", "kind": "dog"}),
        ),
        (
            "list",
            json!({"limit": 1}),
            json!([{"id": 0, "name": "pet 0", "kind": "dog"}]),
        ),
    ] {
        let result = client.tool(name, arguments).await.result().await;
        assert_eq!(result["structuredContent"], expected, "{result}");
    }
    let missing = client.tool("pet", json!({"id": 9})).await.result().await;
    assert_eq!(missing["isError"], true);
    assert_eq!(missing["content"][0]["text"], "404 Not Found: no such pet");
}

#[tokio::test]
async fn its_text_reads_as_well() {
    let text = Api::openapi().to_json().expect("JSON");
    let tools = Import::from_json(&Router::new(), &text).expect("a document");
    assert_eq!(tools.tools::<()>().expect("tools").len(), 3);
    let value: Value = serde_json::from_str(&text).expect("JSON");
    let tools = Import::new(&Router::new(), &value).expect("a document");
    assert_eq!(tools.tools::<()>().expect("tools").len(), 3);
}
