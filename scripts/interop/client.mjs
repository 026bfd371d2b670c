// Connects the official client to the server under test.

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

// What the person fills in: each field's default, or something that fits it.
function fillIn(schema) {
  const answer = ({ type, default: value, enum: plain, oneOf: titled, items }) => {
    if (value !== undefined) return value;
    if (type === "array") return [answer({ type: "string", enum: items.enum, oneOf: items.anyOf })];
    return plain?.[0] ?? titled?.[0].const ?? { boolean: true, integer: 7, number: 1.5, string: "Ada" }[type];
  };
  return Object.fromEntries(Object.entries(schema.properties).map(([name, field]) => [name, answer(field)]));
}

// Returns a client of this revision and no other, whose person and model answer when `answers` is set.
export async function connect({ answers = true, listChanged } = {}) {
  const capabilities = answers ? { elicitation: {}, sampling: {}, roots: {} } : {};
  const client = new Client(
    { name: "interop", version: "1.0.0" },
    { capabilities, listChanged, versionNegotiation: { mode: { pin: "2026-07-28" } } },
  );
  if (answers) {
    client.setRequestHandler("elicitation/create", ({ params }) => ({
      action: "accept",
      content: fillIn(params.requestedSchema),
    }));
    client.setRequestHandler("sampling/createMessage", () => ({
      role: "assistant",
      model: "a-model",
      content: { type: "text", text: "Paris" },
    }));
    client.setRequestHandler("roots/list", () => ({ roots: [{ uri: "file:///home", name: "home" }] }));
  }
  await client.connect(new StreamableHTTPClientTransport(new URL(process.env.MCP_URL)));
  return client;
}

// Returns the text of a tool's result.
export function text(result) {
  return result.content.map((block) => block.text).join("\n");
}
