// The official client against `examples/existing_app.rs`.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { connect, text } from "./client.mjs";

let client;
before(async () => (client = (await connect({ mode: { pin: "2026-07-28" } })).client));
after(() => client.close());

test("it speaks the newest revision", () => {
  assert.equal(client.getProtocolEra(), "modern");
  assert.equal(client.getNegotiatedProtocolVersion(), "2026-07-28");
  assert.equal(client.getServerVersion().name, "notes");
});

test("its tools are listed", async () => {
  const { tools } = await client.listTools();
  assert.deepEqual(tools.map(({ name }) => name), ["search", "add"]);
});

test("a note that was added is found and read", async () => {
  const added = text(await client.callTool({ name: "add", arguments: { text: "call Ada" } }));
  const uri = /note:\/\/\d+/.exec(added)[0];
  const found = await client.callTool({ name: "search", arguments: { text: "Ada" } });
  assert.deepEqual(found.structuredContent, ["call Ada (demo)"]);
  const { contents } = await client.readResource({ uri });
  assert.equal(contents[0].text, "call Ada (demo)");
});

test("its prompt is filled in", async () => {
  const { messages } = await client.getPrompt({ name: "tidy" });
  assert.match(messages[0].content.text, /notes/);
});
