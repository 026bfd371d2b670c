//! Forms: what is asked, and what counts as an answer.

use mcp_axum::{Context, ToolError, tool};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Named, accepted, ada, call, client, name, tell};
use crate::support::{accept, asked};

#[tokio::test]
async fn each_end_of_a_form_reaches_the_handler() {
    let client = client([tool("name", name)]);
    for (answer, text) in [
        (accept(json!({"name": "Ada"})), "hello Ada"),
        (accept(json!({"name": "Ada", "more": 1})), "hello Ada"),
        (json!({"action": "decline"}), "declined"),
        (
            json!({"action": "decline", "content": {"name": 1}}),
            "declined",
        ),
        (json!({"action": "cancel", "_meta": {}}), "cancelled"),
    ] {
        let round = call(&client, "name").await.round().await;
        assert_eq!(asked(&round), ["name"]);
        let retry = call(&client, "name").answering(&round, json!({"name": answer}));
        assert_eq!(retry.await.text().await, text);
    }
}

#[tokio::test]
async fn an_answer_of_the_wrong_shape_is_asked_for_again() {
    let client = client([tool("name", name)]);
    let mut round = call(&client, "name").await.round().await;
    for answer in [
        json!(null),
        json!(12345),
        json!("Ada"),
        json!([]),
        json!({}),
        json!({"action": "approve"}),
        json!({"action": "accept"}),
        json!({"action": "accept", "content": null}),
        json!({"action": "accept", "content": "Ada"}),
        accept(json!({})),
        accept(json!({"name": 5})),
        accept(json!({"name": null})),
    ] {
        let retry = call(&client, "name").answering(&round, json!({"name": answer}));
        round = retry.await.round().await;
        assert_eq!(asked(&round), ["name"], "{answer}");
    }
    let retry = call(&client, "name").answering(&round, ada());
    assert_eq!(retry.await.text().await, "hello Ada");
}

#[tokio::test]
async fn a_form_that_needs_nothing_is_accepted_without_content() {
    #[derive(Deserialize, JsonSchema)]
    struct Wishes {
        sugar: Option<bool>,
    }
    #[derive(Deserialize, JsonSchema)]
    struct Nothing {}
    async fn wishes(ctx: Context) -> Result<String, ToolError> {
        let wishes: Wishes = accepted(ctx.elicit("wishes", "Any wishes?").await?)?;
        Ok(format!("{:?}", wishes.sugar))
    }
    async fn nothing(ctx: Context) -> Result<String, ToolError> {
        let Nothing {} = accepted(ctx.elicit("nothing", "Go on?").await?)?;
        Ok("None".to_owned())
    }
    let client = client([tool("wishes", wishes), tool("nothing", nothing)]);
    for name in ["wishes", "nothing"] {
        for answer in [json!({"action": "accept"}), accept(json!({}))] {
            let round = call(&client, name).await.round().await;
            let retry = call(&client, name).answering(&round, json!({name: answer}));
            assert_eq!(retry.await.text().await, "None", "{name} {answer}");
        }
    }
}

#[tokio::test]
async fn answers_that_are_no_object_are_refused() {
    let client = client([tool("name", name)]);
    let round = call(&client, "name").await.round().await;
    for answers in [
        json!([]),
        json!("name"),
        json!(12345),
        json!(true),
        json!(null),
    ] {
        let retry = call(&client, "name").answering(&round, answers.clone());
        assert_eq!(retry.await.refusal().await, (200, -32602), "{answers}");
    }
}

#[tokio::test]
async fn a_form_is_a_flat_schema_made_of_the_type() {
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Order {
        /// Who it is for.
        #[schemars(length(min = 1, max = 40))]
        name: String,
        #[schemars(range(min = 1, max = 9))]
        count: u8,
        #[serde(default)]
        gift: bool,
        size: Size,
        extras: Vec<Extra>,
        price: Option<f64>,
    }
    #[derive(Deserialize, JsonSchema)]
    enum Size {
        /// Small enough
        Small,
        /// Rather large
        Large,
    }
    #[derive(Deserialize, JsonSchema)]
    #[serde(rename_all = "lowercase")]
    enum Extra {
        Milk,
        Sugar,
    }
    async fn order(ctx: Context) -> Result<String, ToolError> {
        ctx.elicit::<Order>("order", "What may it be?").await?;
        Ok("ordered".to_owned())
    }
    let client = client([tool("order", order)]);
    let round = call(&client, "order").await.round().await;
    let request = &round["inputRequests"]["order"];
    assert_eq!(request["method"], "elicitation/create");
    assert_eq!(request["params"]["mode"], "form");
    assert_eq!(request["params"]["message"], "What may it be?");
    let schema = &request["params"]["requestedSchema"];
    assert_eq!(
        schema["properties"],
        json!({
            "name": {"type": "string", "minLength": 1, "maxLength": 40,
                "description": "Who it is for."},
            "count": {"type": "integer", "minimum": 1, "maximum": 9},
            "gift": {"type": "boolean", "default": false},
            "size": {"type": "string", "oneOf": [
                {"const": "Small", "title": "Small enough"},
                {"const": "Large", "title": "Rather large"}]},
            "extras": {"type": "array", "items": {"type": "string", "enum": ["milk", "sugar"]}},
            "price": {"type": "number"}
        })
    );
    assert_eq!(schema["type"], "object");
    assert_eq!(
        schema["required"],
        json!(["name", "count", "size", "extras"])
    );
    let members: Vec<&String> = schema.as_object().unwrap().keys().collect();
    assert_eq!(members, ["properties", "required", "type"]);
}

#[tokio::test]
async fn a_type_that_is_no_form_is_an_error_of_ours() {
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Nested {
        inner: Named,
    }
    async fn nested(ctx: Context) -> Result<String, ToolError> {
        ctx.elicit::<Nested>("nested", "?").await?;
        Ok("never".to_owned())
    }
    let log = crate::support::Log::capture();
    let client = client([tool("nested", nested)]);
    let result = call(&client, "nested").await.result().await;
    assert_eq!(result["isError"], true);
    assert!(!result.to_string().contains("inner"), "{result}");
    assert_eq!(log.lines_with("`inner`").len(), 1, "{}", log.text());
}

#[tokio::test]
async fn a_schema_of_your_own_is_asked_with_as_it_is() {
    fn schema() -> Value {
        json!({"type": "object", "required": ["name"], "properties": {
            "name": {"type": "string", "enum": ["Ada"], "enumNames": ["Countess"], "x-vendor": 1}}})
    }
    async fn own(ctx: Context) -> Result<String, ToolError> {
        tell(ctx.elicit_with::<Named>("name", "Who?", schema()).await?)
    }
    let client = client([tool("own", own)]);
    let round = call(&client, "own").await.round().await;
    let params = &round["inputRequests"]["name"]["params"];
    assert_eq!(params["requestedSchema"], schema());
    let retry = call(&client, "own").answering(&round, ada());
    assert_eq!(retry.await.text().await, "hello Ada");
}
