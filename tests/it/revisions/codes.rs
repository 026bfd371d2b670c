//! Methods, error codes and questions: what each revision has of them.

use serde_json::{Value, json};

use crate::support::TestClient;

use super::{
    exchanges::{self, hold},
    rich,
    tongue::{REVISIONS, Tongue},
};

#[tokio::test]
async fn a_method_is_offered_where_its_revision_has_it() {
    for (method, has) in [
        ("initialize", [1, 1, 1, 1, 0]),
        ("ping", [1, 1, 1, 1, 0]),
        ("server/discover", [0, 0, 0, 0, 1]),
        ("tools/list", [1, 1, 1, 1, 1]),
        ("tools/call", [1, 1, 1, 1, 1]),
        ("resources/list", [1, 1, 1, 1, 1]),
        ("resources/read", [1, 1, 1, 1, 1]),
        ("resources/templates/list", [1, 1, 1, 1, 1]),
        ("resources/subscribe", [1, 1, 1, 1, 0]),
        ("resources/unsubscribe", [1, 1, 1, 1, 0]),
        ("prompts/list", [1, 1, 1, 1, 1]),
        ("prompts/get", [1, 1, 1, 1, 1]),
        // The method is older than the capability that declares it.
        ("completion/complete", [1, 1, 1, 1, 1]),
        ("logging/setLevel", [1, 1, 1, 1, 0]),
        ("subscriptions/listen", [0, 0, 0, 0, 1]),
        ("tasks/get", [0, 0, 0, 0, 0]),
        ("tasks/result", [0, 0, 0, 0, 0]),
        ("tasks/list", [0, 0, 0, 0, 0]),
        ("tasks/cancel", [0, 0, 0, 0, 0]),
    ] {
        for (revision, has) in REVISIONS.into_iter().zip(has) {
            let client = TestClient::new(rich::server());
            let tongue = Tongue::new(&client, revision).await;
            let dialogue = tongue.converse(method, &json!({})).await;
            let code = &dialogue.response()["error"]["code"];
            assert_eq!(*code != -32_601, has == 1, "{revision} {method}: {code}");
            // 2026-07-28 basic/transports: 404, which older revisions have for sessions alone.
            let status = if has == 0 && revision == "2026-07-28" {
                404
            } else {
                200
            };
            assert_eq!(dialogue.status, status, "{revision} {method}");
        }
    }
}

/// The code of a tool result that says what went wrong; no error of the protocol.
const TOLD: i64 = 1;

#[tokio::test]
async fn a_failure_has_the_code_of_its_revision() {
    for (name, codes, newest_status) in [
        ("error_parse", [-32_700; 5], 400),
        ("error_shape", [-32_600; 5], 400),
        ("error_empty_array", [-32_600; 5], 400),
        ("unknown_method", [-32_601; 5], 404),
        ("unknown_tool", [-32_602; 5], 200),
        ("unknown_prompt", [-32_602; 5], 200),
        ("unknown_reference", [-32_602; 5], 200),
        ("prompt_lacks_argument", [-32_602; 5], 200),
        ("list_with_unknown_cursor", [-32_602; 5], 200),
        ("bad_arguments", [TOLD; 5], 200),
        ("fail_told", [TOLD; 5], 200),
        ("fail_masked", [TOLD; 5], 200),
        ("fail_application", [1001; 5], 200),
        ("fail_reserved", [-32_603; 5], 200),
        ("fail_panic", [-32_603; 5], 200),
        ("prompt_broken", [-32_603; 5], 200),
        ("resource_broken", [-32_603; 5], 200),
        ("unknown_resource", missing(-32_602), 200),
        ("resource_not_found", missing(-32_602), 200),
        // T37: never empty contents for what does not exist.
        ("resource_empty", missing(-32_602), 200),
        ("fail_missing", [TOLD, TOLD, TOLD, TOLD, -32_021], 400),
        (
            "ask_without_capability",
            [TOLD, TOLD, TOLD, TOLD, -32_021],
            400,
        ),
        (
            "ask_by_prompt_without_capability",
            [-32_602, -32_602, -32_602, -32_602, -32_021],
            400,
        ),
    ] {
        for (revision, code) in REVISIONS.into_iter().zip(codes) {
            let dialogue = hold(name, revision).await;
            assert_eq!(code_of(dialogue.response()), code, "{revision} {name}");
            let bytes = name.starts_with("error_");
            let status = match revision {
                "2026-07-28" => newest_status,
                _ if bytes => 400,
                _ => 200,
            };
            assert_eq!(dialogue.status, status, "{revision} {name}");
        }
    }
}

/// A missing resource: one code in all older revisions, another in the newest.
fn missing(newest: i64) -> [i64; 5] {
    [-32_002, -32_002, -32_002, -32_002, newest]
}

fn code_of(response: &Value) -> i64 {
    match response["result"]["isError"] == true {
        true => TOLD,
        false => response["error"]["code"].as_i64().unwrap_or_default(),
    }
}

#[tokio::test]
async fn a_code_stays_within_the_revisions_that_know_it() {
    for exchange in exchanges::all() {
        for revision in REVISIONS {
            let dialogue = exchange.held_in(revision).await;
            let code = code_of(dialogue.response());
            let known = match code {
                -32_002 => revision != "2026-07-28",
                -32_042 => revision == "2025-11-25",
                -32_099..=-32_020 => revision == "2026-07-28" && code >= -32_022,
                -32_019..=-32_000 => false,
                _ => true,
            };
            assert!(known, "{revision} {}: {code}", exchange.name);
        }
    }
}

#[tokio::test]
async fn an_id_that_was_not_read_is_null_where_the_revision_requires_it() {
    for name in ["error_parse", "error_empty_array"] {
        for (revision, null) in REVISIONS.into_iter().zip([true, true, true, false, false]) {
            let dialogue = hold(name, revision).await;
            let expected = null.then_some(&Value::Null);
            assert_eq!(dialogue.response().get("id"), expected, "{revision} {name}");
        }
    }
}

#[tokio::test]
async fn a_question_is_asked_where_its_revision_has_it_and_refused_before_it_is_sent() {
    for (name, refused, asked) in [
        ("ask_form", TOLD, [0, 0, 1, 1, 1]),
        ("ask_titled_choice", TOLD, [0, 0, 0, 1, 1]),
        ("ask_several_choices", TOLD, [0, 0, 0, 1, 1]),
        ("ask_url", TOLD, [0, 0, 0, 1, 1]),
        ("ask_model", TOLD, [1, 1, 1, 1, 1]),
        ("ask_model_with_sound", TOLD, [0, 1, 1, 1, 1]),
        ("ask_model_with_tools", TOLD, [0, 0, 0, 1, 1]),
        ("ask_roots", TOLD, [1, 1, 1, 1, 1]),
        ("ask_by_prompt", -32_602, [0, 0, 1, 1, 1]),
        ("ask_by_resource", -32_602, [0, 0, 1, 1, 1]),
    ] {
        for (revision, asked) in REVISIONS.into_iter().zip(asked) {
            let dialogue = hold(name, revision).await;
            let response = dialogue.response();
            let question = dialogue.question().is_some();
            assert_eq!(question, asked == 1, "{revision} {name}: {response}");
            let code = if question { 0 } else { refused };
            assert_eq!(code_of(response), code, "{revision} {name}: {response}");
        }
    }
}

#[tokio::test]
async fn a_question_has_the_members_of_its_revision() {
    let field = |name: &str| format!("/params/requestedSchema/properties/{name}/default");
    for (name, pointer, has) in [
        ("ask_form", "/params/requestedSchema".to_owned(), [1, 1, 1]),
        ("ask_form", "/params/mode".to_owned(), [0, 1, 1]),
        ("ask_form", "/params/elicitationId".to_owned(), [0, 0, 0]),
        ("ask_form", field("window"), [1, 1, 1]),
        ("ask_form", field("name"), [0, 1, 1]),
        ("ask_form", field("nights"), [0, 1, 1]),
        ("ask_form", field("price"), [0, 1, 1]),
        ("ask_form", field("meal"), [0, 1, 1]),
        ("ask_url", "/params/url".to_owned(), [0, 1, 1]),
        ("ask_url", "/params/elicitationId".to_owned(), [0, 1, 0]),
    ] {
        for (revision, has) in REVISIONS.into_iter().skip(2).zip(has) {
            let dialogue = hold(name, revision).await;
            let question = dialogue.question().cloned().unwrap_or_default();
            let is_there = question.pointer(&pointer).is_some();
            assert_eq!(is_there, has == 1, "{revision} {pointer}: {question}");
        }
    }
    for revision in REVISIONS {
        let dialogue = hold("ask_model", revision).await;
        let question = dialogue.question().unwrap();
        let messages = question["params"]["messages"].as_array().unwrap();
        // One block each, whatever newer revisions allow.
        assert!(
            messages
                .iter()
                .all(|message| message["content"].is_object())
        );
    }
}

#[tokio::test]
async fn a_page_to_visit_first_is_an_error_of_2025_11_25_alone() {
    for revision in REVISIONS {
        let dialogue = hold("visit_first", revision).await;
        let response = dialogue.response();
        match revision {
            "2025-11-25" => assert_eq!(code_of(response), -32_042, "{response}"),
            "2026-07-28" => assert!(dialogue.question().is_some(), "{response}"),
            // Nothing there opens pages, so the tool has failed.
            _ => assert_eq!(
                response["result"]["isError"], true,
                "{revision}: {response}"
            ),
        }
    }
}
