// What only the revision without sessions knows.

import assert from "node:assert/strict";
import { test } from "node:test";

import { text, until } from "./client.mjs";

export function stateless(peer) {
  test("an argument travels as a header too, whatever is in it", async () => {
    for (const value of ["Hello", " padded ", "Grüße, 世界", "=?base64?SGVsbG8=?=", "two\nlines", ""]) {
      assert.equal(text(await peer.call("test_custom_header", { value })), value);
    }
  });

  test("log messages come only when they are asked for", async () => {
    const logged = [];
    peer.on("notifications/message", ({ params }) => logged.push(params.data));
    const name = "test_tool_with_logging";
    await peer.client.callTool({ name });
    assert.deepEqual(logged, []);
    await peer.client.callTool({ name, _meta: { "io.modelcontextprotocol/logLevel": "info" } });
    assert.equal(logged.length, 3);
  });

  test("a change reaches the client that listens", async () => {
    const told = [];
    const onChanged = (_error, tools) => told.push(tools[0].name);
    const listener = await peer.connect({ listChanged: { tools: { onChanged, debounceMs: 0 } } });
    await listener.call("test_trigger_tool_change");
    await until(() => told.length > 0, "the tools are listed again");
    assert.deepEqual(told, ["test_simple_text"]);
    await listener.close();
  });

  test("an update reaches the client that subscribed", async () => {
    const uri = "test://watched-resource";
    const updated = [];
    peer.on("notifications/resources/updated", ({ params }) => updated.push(params.uri));
    const subscription = await peer.client.listen({ resourceSubscriptions: [uri] });
    await peer.call("test_trigger_resource_update");
    await until(() => updated.length > 0, "the update arrives");
    assert.deepEqual(updated, [uri]);
    await subscription.close();
  });
}
