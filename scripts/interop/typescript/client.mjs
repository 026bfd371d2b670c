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

const INFO = { name: "interop", version: "1.0.0" };

// Connects a client: the major version of its SDK, how it negotiates, the only revisions it knows, and whether it uses the older
// pair of endpoints. Its person and model answer when `answers` is set.
export async function connect({ sdk = 2, mode, versions, sse = false, answers = true, listChanged } = {}) {
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
  const transport = open(sdk, sse, recording(seen));
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

function open(sdk, sse, fetch) {
  const Http = sdk === 1 ? StreamableHTTPClientTransport : v2.StreamableHTTPClientTransport;
  const Sse = sdk === 1 ? SSEClientTransport : v2.SSEClientTransport;
  return sse ? new Sse(new URL(process.env.SSE_URL), { fetch }) : new Http(new URL(process.env.MCP_URL), { fetch });
}

function recording(seen) {
  return async (url, init) => {
    const response = await fetch(url, init);
    if ((init?.method ?? "GET") === "GET") seen.push(new Headers(init?.headers));
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
