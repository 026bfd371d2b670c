// The official client against `examples/everything`.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { connect, text } from "./client.mjs";

let client;
before(async () => (client = await connect()));
after(() => client.close());

const call = (name, args, options) => client.callTool({ name, arguments: args }, options);

test("it speaks the newest revision", () => {
  assert.equal(client.getProtocolEra(), "modern");
  assert.equal(client.getNegotiatedProtocolVersion(), "2026-07-28");
  assert.equal(client.getServerVersion().name, "everything");
  assert.match(client.getInstructions(), /test_simple_text/);
});

test("everything is listed", async () => {
  const { tools } = await client.listTools();
  assert.equal(tools[0].name, "test_simple_text");
  assert.equal((await client.listResources()).resources[0].uri, "test://static-text");
  assert.equal((await client.listResourceTemplates()).resourceTemplates.length, 1);
  assert.equal((await client.listPrompts()).prompts.length, 5);
});

test("each kind of content arrives", async () => {
  assert.match(text(await call("test_simple_text")), /simple text/);
  const { content } = await call("test_multiple_content_types");
  assert.deepEqual(content.map(({ type }) => type), ["text", "image", "resource"]);
  assert.equal((await call("test_audio_content")).content[0].mimeType, "audio/wav");
  assert.equal((await call("test_error_handling")).isError, true);
});

test("an argument travels as a header too, whatever is in it", async () => {
  for (const value of ["Hello", " padded ", "Grüße, 世界", "=?base64?SGVsbG8=?=", "two\nlines", ""]) {
    assert.equal(text(await call("test_custom_header", { value })), value);
  }
});

test("progress and log messages come before the answer", async () => {
  const seen = [];
  const onprogress = ({ progress, total }) => seen.push([progress, total]);
  await call("test_tool_with_progress", {}, { onprogress });
  assert.deepEqual(seen, [[0, 100], [50, 100], [100, 100]]);

  const logged = [];
  client.setNotificationHandler("notifications/message", ({ params }) => logged.push(params.data));
  await call("test_tool_with_logging", {});
  assert.deepEqual(logged, [], "nobody asked for log messages");
  const _meta = { "io.modelcontextprotocol/logLevel": "info" };
  await client.callTool({ name: "test_tool_with_logging", _meta });
  assert.equal(logged.length, 3);
});

test("the person, the model and the client answer questions", async () => {
  const login = text(await call("test_elicitation", { message: "Who are you?" }));
  assert.match(login, /action=accept, content={"username":"Ada","email":"Ada"}/);
  assert.match(text(await call("test_elicitation_sep1034_defaults")), /"John Doe","age":30,"score":95.5,"status":"active"/);
  assert.match(text(await call("test_elicitation_sep1330_enums")), /"titledSingle":"value1".*"untitledMulti":\["option1"\]/);
  assert.equal(text(await call("test_sampling", { prompt: "?" })), "LLM response: Paris");
  assert.match(text(await call("test_input_required_result_list_roots")), /file:\/\/\/home/);
  assert.equal(text(await call("test_input_required_result_multiple_inputs")), "Ada; Paris; 1 roots");
  assert.equal(text(await call("test_input_required_result_multi_round")), "Ada likes Ada");
  assert.match(text(await call("test_input_required_result_request_state")), /state-ok/);
  const { messages } = await client.getPrompt({ name: "test_input_required_result_prompt" });
  assert.equal(messages[0].content.text, "Please write about Ada.");
});

test("a client that cannot answer is told what it lacks", async () => {
  const mute = await connect({ answers: false });
  const refused = mute.callTool({ name: "test_missing_capability", arguments: {} });
  await assert.rejects(refused, ({ code, data }) => {
    assert.equal(code, -32021);
    assert.deepEqual(data.requiredCapabilities, { sampling: {} });
    return true;
  });
  await mute.close();
});

test("resources are read, and what is not there is not found", async () => {
  const read = async (uri) => (await client.readResource({ uri })).contents[0];
  assert.match((await read("test://static-text")).text, /static text/);
  assert.match((await read("test://static-binary")).blob, /^iVBORw0KGgo/);
  assert.equal(JSON.parse((await read("test://template/123/data")).text).id, "123");
  await assert.rejects(read("test://nowhere"), ({ code, data }) => code === -32602 && data.uri === "test://nowhere");
});

test("prompts are filled in and their arguments completed", async () => {
  const name = "test_prompt_with_arguments";
  const { messages } = await client.getPrompt({ name, arguments: { arg1: "one", arg2: "two" } });
  assert.match(messages[0].content.text, /'one'.*'two'/);
  const ref = { type: "ref/prompt", name };
  const { completion } = await client.complete({ ref, argument: { name: "arg1", value: "test" } });
  assert.deepEqual(completion.values, ["test1", "test2"]);
});

test("a change reaches the client that listens", async () => {
  let tell;
  const told = new Promise((resolve) => (tell = resolve));
  const listChanged = { tools: { onChanged: (_error, tools) => tell(tools), debounceMs: 0 } };
  const listener = await connect({ listChanged });
  await listener.callTool({ name: "test_trigger_tool_change", arguments: {} });
  assert.equal((await told)[0].name, "test_simple_text");
  await listener.close();
});
