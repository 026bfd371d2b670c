//! Large messages in process: the scan, the typed parse, and writing a result.

#[expect(
    dead_code,
    unreachable_pub,
    reason = "shared by all benches, and each uses a part"
)]
mod support;

use axum::Json;
use mcp_axum::{Args, McpServer, tool};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::support::{App, SIDES, Sample, Side, hand_written};

fn main() {
    let divan = divan::Divan::from_args();
    divan.sample_count(200).sample_size(1).main();
}

/// A text.
#[derive(Deserialize, JsonSchema)]
struct Text {
    text: String,
}

/// A list.
#[derive(Deserialize, JsonSchema)]
struct List {
    items: Vec<Item>,
}

/// A thing.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
struct Item {
    id: u64,
    name: String,
    tags: Vec<String>,
}

/// How much to return.
#[derive(Deserialize, JsonSchema)]
struct Amount {
    amount: usize,
}

fn item(n: usize) -> Item {
    Item {
        id: n as u64,
        name: format!("the item that has the number {n}"),
        tags: vec!["red".to_owned(), "round".to_owned()],
    }
}

fn measure(text: &Text) -> String {
    text.text.len().to_string()
}

fn count(list: &List) -> String {
    list.items.len().to_string()
}

fn repeat(&Amount { amount }: &Amount) -> String {
    "a line of text that says nothing much\n".repeat(amount)
}

fn items(&Amount { amount }: &Amount) -> Vec<Item> {
    (0..amount).map(item).collect()
}

fn server() -> McpServer {
    McpServer::new("bench", "1.0.0")
        .tool(tool("measure", async |Args(text)| measure(&text)))
        .tool(tool("count", async |Args(list)| count(&list)))
        .tool(tool("repeat", async |Args(amount)| repeat(&amount)))
        .tool(tool("items", async |Args(amount)| Json(items(&amount))))
}

#[divan::bench(args = SIDES)]
fn read_64_kib_of_text(bencher: divan::Bencher<'_, '_>, side: Side) {
    let arguments = serde_json::json!({"text": repeat(&Amount { amount: 1_700 })});
    let sample = Sample::call("measure", &arguments.to_string());
    let by_hand = |_| hand_written::text(measure);
    App::new(side, server(), by_hand, &sample).bench(bencher, &sample);
}

#[divan::bench(args = SIDES)]
fn read_1000_items(bencher: divan::Bencher<'_, '_>, side: Side) {
    let arguments = serde_json::json!({"items": items(&Amount { amount: 1_000 })});
    let sample = Sample::call("count", &arguments.to_string());
    let by_hand = |_| hand_written::text(count);
    App::new(side, server(), by_hand, &sample).bench(bencher, &sample);
}

#[divan::bench(args = SIDES)]
fn write_64_kib_of_text(bencher: divan::Bencher<'_, '_>, side: Side) {
    let sample = Sample::call("repeat", r#"{"amount":1700}"#);
    let by_hand = |_| hand_written::text(repeat);
    App::new(side, server(), by_hand, &sample).bench(bencher, &sample);
}

#[divan::bench(args = SIDES)]
fn write_1000_items(bencher: divan::Bencher<'_, '_>, side: Side) {
    let sample = Sample::call("items", r#"{"amount":1000}"#);
    let by_hand = |_| hand_written::structured(items);
    App::new(side, server(), by_hand, &sample).bench(bencher, &sample);
}
