// What only clients with a session can do.

import assert from "node:assert/strict";
import { test } from "node:test";

import { until } from "./client.mjs";

const URI = "test://watched-resource";

export function session(peer) {
  // A client opens its stream for news only after it has connected; what is told before that is lost.
  const listening = (other) => until(() => other.seen.length > 0, "the stream is open");

  test("a ping is answered", async () => {
    assert.deepEqual(await peer.client.ping(), {});
  });

  test("log messages come from the level that was set", async () => {
    const logged = [];
    peer.on("notifications/message", ({ params }) => logged.push(params.data));
    await peer.client.setLoggingLevel("error");
    await peer.call("test_tool_with_logging");
    assert.equal(logged.length, 0);
    await peer.client.setLoggingLevel("debug");
    await peer.call("test_tool_with_logging");
    assert.equal(logged.length, 3);
  });

  test("who subscribed hears of an update, until the subscription ends", async () => {
    const updated = [];
    await listening(peer);
    peer.on("notifications/resources/updated", ({ params }) => updated.push(params.uri));
    await peer.client.subscribeResource({ uri: URI });
    await peer.call("test_trigger_resource_update");
    await until(() => updated.length > 0, "the update arrives");
    await peer.client.unsubscribeResource({ uri: URI });
    await peer.call("test_trigger_resource_update");
    await peer.client.ping();
    assert.deepEqual(updated, [URI]);
  });

  test("everybody hears of a change of the lists", async () => {
    const told = [];
    const heard = (kind) => ({ onChanged: (_error, items) => told.push([kind, items[0].name]), debounceMs: 0 });
    const other = await peer.connect({ listChanged: { tools: heard("tools"), prompts: heard("prompts") } });
    await listening(other);
    await peer.call("test_trigger_tool_change");
    await until(() => told.length === 1, "the tools are listed again");
    await peer.call("test_trigger_prompt_change");
    await until(() => told.length === 2, "the prompts are listed again");
    assert.deepEqual(told, [["tools", "test_simple_text"], ["prompts", "test_simple_prompt"]]);
    await other.close();
  });

  test("a session that was ended is gone", { skip: peer.how.sse && "it ends with its stream" }, async () => {
    const other = await peer.connect();
    const headers = { accept: "application/json, text/event-stream", "content-type": "application/json" };
    headers["mcp-session-id"] = other.transport.sessionId;
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
    const ping = async () => (await fetch(process.env.MCP_URL, { method: "POST", headers, body })).status;
    assert.equal(await ping(), 200);
    await other.transport.terminateSession();
    assert.equal(await ping(), 404);
    await other.close();
  });
}
