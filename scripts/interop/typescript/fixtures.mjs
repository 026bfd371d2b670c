// Every fixture that the server lists, against what `fixtures.json` says of its end.

import assert from "node:assert/strict";
import { test } from "node:test";

import fixtures from "./fixtures.json" with { type: "json" };

export function everyFixture(peer) {
  test("every fixture that is listed ends as it promises", async () => {
    const { client } = peer;
    const calls = {};
    const { tools } = await client.listTools();
    for (const { name } of tools) calls[name] = () => peer.call(name, fixtures.arguments[name]);
    const { prompts } = await client.listPrompts();
    for (const { name } of prompts) calls[name] = () => client.getPrompt({ name, arguments: fixtures.arguments[name] });
    const { resources } = await client.listResources();
    for (const { uri } of resources) calls[uri] = () => client.readResource({ uri });

    const ended = {};
    for (const name in calls) ended[name] = fixtures.leftOut[name] ?? (await end(calls[name], peer.speaks));
    assert.deepEqual(ended, promised(peer.speaks));
  });
}

function promised(revision) {
  const promises = { ...fixtures.leftOut };
  for (const [since, ends] of Object.entries(fixtures.ends)) {
    for (const [name, end] of Object.entries(ends)) {
      if (since <= revision) promises[name] = end;
      else promises[name] ??= "refused";
    }
  }
  return promises;
}

async function end(call, revision) {
  const result = await call().catch(({ message }) => ({ isError: true, content: [{ text: message }] }));
  const blocks = result.content ?? result.contents ?? result.messages.map(({ content }) => content);
  const said = blocks.map(told).join(" | ");
  if (!result.isError) return said;
  return said.startsWith(`a client of ${revision} cannot be asked this`) ? "refused" : `error: ${said}`;
}

function told({ text, mimeType, resource }) {
  return text ?? mimeType ?? `${resource.uri} ${resource.mimeType}`;
}
