// What every client can do, whatever it speaks.

import assert from "node:assert/strict";
import { test } from "node:test";

import { text, until } from "./client.mjs";

export function basics(peer) {
  const call = (...args) => peer.call(...args);

  test("the revision is agreed on", () => {
    assert.equal(peer.revision(), peer.speaks);
    assert.equal(peer.client.getServerVersion().name, "everything");
    assert.match(peer.client.getInstructions(), /test_simple_text/);
  });

  test("everything is listed", async () => {
    const { tools } = await peer.client.listTools();
    assert.equal(tools[0].name, "test_simple_text");
    assert.equal((await peer.client.listResources()).resources[0].uri, "test://static-text");
    assert.equal((await peer.client.listResourceTemplates()).resourceTemplates.length, 1);
    assert.equal((await peer.client.listPrompts()).prompts.length, 5);
  });

  test("each kind of content arrives", async () => {
    assert.match(text(await call("test_simple_text")), /simple text/);
    const { content } = await call("test_multiple_content_types");
    assert.deepEqual(content.map(({ type }) => type), ["text", "image", "resource"]);
    const audio = (await call("test_audio_content")).content[0];
    // The first revision has no sound.
    assert.equal(audio.type === "audio", peer.speaks > "2024-11-05");
    assert.equal((await call("test_error_handling")).isError, true);
  });

  test("progress comes before the answer", async () => {
    const seen = [];
    const onprogress = ({ progress, total }) => seen.push([progress, total]);
    await call("test_tool_with_progress", {}, { onprogress });
    const expected = [[0, 100], [50, 100], [100, 100]];
    // Over HTTP+SSE this client forgets the last one when it is read together with the answer.
    const heard = peer.how.sse ? 2 : 3;
    assert.deepEqual(seen.slice(0, heard), expected.slice(0, heard));
  });

  test("resources are read, and what is not there is not found", async () => {
    const read = async (uri) => (await peer.client.readResource({ uri })).contents[0];
    assert.match((await read("test://static-text")).text, /static text/);
    assert.match((await read("test://static-binary")).blob, /^iVBORw0KGgo/);
    assert.equal(JSON.parse((await read("test://template/123/data")).text).id, "123");
    // The second version gives the older code as the newer one.
    const missing = peer.how.sdk === 1 ? -32002 : -32602;
    await assert.rejects(read("test://nowhere"), ({ code, data }) => code === missing && data.uri === "test://nowhere");
  });

  test("prompts are filled in and their arguments completed", async () => {
    const name = "test_prompt_with_arguments";
    const get = async (params) => (await peer.client.getPrompt(params)).messages.map(({ content }) => content);
    assert.match((await get({ name, arguments: { arg1: "one", arg2: "two" } }))[0].text, /'one'.*'two'/);
    const resourceUri = "test://example";
    const [embedded] = await get({ name: "test_prompt_with_embedded_resource", arguments: { resourceUri } });
    assert.equal(embedded.resource.uri, resourceUri);
    assert.equal((await get({ name: "test_prompt_with_image" }))[0].mimeType, "image/png");
    const ref = { type: "ref/prompt", name };
    const { completion } = await peer.client.complete({ ref, argument: { name: "arg1", value: "test" } });
    assert.deepEqual(completion.values, ["test1", "test2"]);
  });

  test("a cancelled call stops", async () => {
    const waiting = async () => Number(text(await call("test_waiting")));
    const user = new AbortController();
    const gone = assert.rejects(call("test_wait", {}, { signal: user.signal }));
    await until(async () => (await waiting()) === 1, "the call runs");
    user.abort();
    await gone;
    await until(async () => (await waiting()) === 0, "the call has stopped");
  });

  test("a call outlives the stream that it was to be answered on", async () => {
    const other = await peer.connect();
    assert.match(text(await other.call("test_reconnection")), /Reconnection test completed/);
    const resumed = other.seen.filter((headers) => headers.has("last-event-id")).length;
    // Only in this revision does a stream end early.
    assert.equal(resumed, peer.speaks === "2025-11-25" && !peer.how.sse ? 1 : 0);
    await other.close();
  });
}
