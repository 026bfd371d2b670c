// Connects an official client to the server under test, and hides where the two major versions differ.

import * as v2 from "@modelcontextprotocol/client";
import * as v1 from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import * as schemas from "@modelcontextprotocol/sdk/types.js";

import { capabilities, handlers } from "./answers.mjs";

// The first version knows a message by its schema, the second by its name.
const SCHEMAS = {
  "elicitation/create": schemas.ElicitRequestSchema,
  "sampling/createMessage": schemas.CreateMessageRequestSchema,
  "roots/list": schemas.ListRootsRequestSchema,
  "notifications/message": schemas.LoggingMessageNotificationSchema,
  "notifications/resources/updated": schemas.ResourceUpdatedNotificationSchema,
};

// One client of each kind, for tests of what does not depend on the revision.
export const CLIENTS = [
  { title: "v2, newest revision", how: { mode: { pin: "2026-07-28" } }, sessions: false },
  { title: "v2, newest revision with sessions", how: { mode: "legacy" }, sessions: true },
  { title: "v1", how: { sdk: 1 }, sessions: true },
];

const INFO = { name: "interop", version: "1.0.0" };

// Connects a client: the major version of its SDK, how it negotiates, the only revisions it knows, and whether it uses the older
// pair of endpoints. Its person and model answer when `answers` is set. `headers` returns what each request carries besides,
// `authProvider` gets the client its tokens, and `refused` is where responses go that refuse something.
export async function connect({ sdk = 2, mode, versions, sse = false, answers = true, listChanged, ...login } = {}) {
  const { Client } = sdk === 1 ? v1 : v2;
  const options = { capabilities: answers ? capabilities : {}, listChanged };
  if (mode) options.versionNegotiation = { mode };
  if (versions) options.supportedProtocolVersions = versions;
  const client = new Client(INFO, options);
  const named = (method) => (sdk === 1 ? SCHEMAS[method] : method);
  for (const [method, handler] of answers ? Object.entries(handlers) : []) {
    client.setRequestHandler(named(method), handler);
  }

  const seen = [];
  const transport = open(sdk, sse, { fetch: recording(seen, login), authProvider: login.authProvider });
  await client.connect(transport);
  return {
    client,
    transport,
    // The streams that the client opened by itself: the headers it sent.
    seen,
    call: (name, args = {}, options = {}) => {
      const params = { name, arguments: args };
      return sdk === 1 ? client.callTool(params, undefined, options) : client.callTool(params, options);
    },
    on: (method, handler) => client.setNotificationHandler(named(method), handler),
    revision: () => client.getNegotiatedProtocolVersion?.() ?? transport.protocolVersion ?? transport._protocolVersion,
    close: () => client.close(),
  };
}

function open(sdk, sse, options) {
  const Http = sdk === 1 ? StreamableHTTPClientTransport : v2.StreamableHTTPClientTransport;
  const Sse = sdk === 1 ? SSEClientTransport : v2.SSEClientTransport;
  return sse ? new Sse(new URL(process.env.SSE_URL), options) : new Http(new URL(process.env.MCP_URL), options);
}

function recording(seen, { headers, refused }) {
  return async (url, init) => {
    const sent = new Headers(init?.headers);
    for (const [name, value] of Object.entries(headers?.() ?? {})) sent.set(name, value);
    const response = await fetch(url, { ...init, headers: sent });
    if ((init?.method ?? "GET") === "GET") seen.push(sent);
    if (!response.ok) refused?.push(response.clone());
    return response;
  };
}

// Returns the text of a tool's result.
export function text(result) {
  return result.content.map((block) => block.text).join("\n");
}

// Waits until something holds.
export async function until(holds, what) {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`it never came to pass: ${what}`);
}
