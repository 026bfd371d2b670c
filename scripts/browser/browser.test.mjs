// Pages of two origins against `examples/browser.rs`: a real browser decides what they may do.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import { after, before, test } from "node:test";

import { Chromium } from "./chromium.mjs";

const endpoint = process.env.MCP_URL;
const [allowed, foreign] = [new URL(process.env.PAGE_ORIGIN), new URL("http://foreign.example")];

let browser;
let servers;

// The same page at each origin. The names are not the loopback's, whose pages are allowed without being listed.
async function serve(port) {
  const script = await readFile(new URL("./page.mjs", import.meta.url));
  const server = createServer((request, response) => {
    const isScript = request.url === "/page.mjs";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : "<!doctype html><title>a page</title>");
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function visit(origin) {
  const expression = `import("/page.mjs").then(({ visit }) => visit(${JSON.stringify(endpoint)}))`;
  return browser.evaluate(`${origin.origin}/`, expression);
}

// What the server knows: how often its tool ran so far, this time included, and how many sessions are open.
async function state() {
  const meta = { protocolVersion: "2026-07-28", clientCapabilities: {}, clientInfo: { name: "test", version: "1" } };
  const named = Object.entries(meta).map(([name, value]) => [`io.modelcontextprotocol/${name}`, value]);
  const params = { name: "weather", arguments: { city: "Rome" }, _meta: Object.fromEntries(named) };
  const headers = {
    authorization: "Bearer demo", "content-type": "application/json", accept: "application/json, text/event-stream",
    "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "weather", "mcp-param-city": "Rome",
  };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
  const { result } = await (await fetch(endpoint, { method: "POST", headers, body })).json();
  const { sessions } = await (await fetch(new URL("/health", endpoint))).json();
  return { calls: Number(/call (\d+)$/.exec(result.content[0].text)[1]), sessions };
}

before(async () => {
  servers = await Promise.all([serve(Number(allowed.port)), serve(0)]);
  foreign.port = String(servers[1].address().port);
  browser = await Chromium.start(process.env.CHROMIUM, [allowed.hostname, foreign.hostname]);
});

after(async () => {
  await browser?.stop();
  for (const server of servers ?? []) server.close().closeAllConnections();
});

test("a page of another origin is refused at every step, and nothing ran", async () => {
  assert.deepEqual(await state(), { calls: 1, sessions: 0 });
  const { callLikeForm, ...report } = await visit(foreign);
  assert.equal(Object.keys(report).length, 11);
  for (const [step, result] of Object.entries(report)) {
    assert.equal(result, "TypeError: Failed to fetch", step);
  }
  // It reached the server, which is why the server has to look at the origin itself.
  assert.deepEqual(callLikeForm, { type: "opaque" });
  assert.deepEqual(await state(), { calls: 2, sessions: 0 });
});

test("a page of the origin that was named uses all of the endpoint", async () => {
  const report = await visit(allowed);
  const [json, stream] = ["application/json", "text/event-stream"];
  assert.deepEqual(report, {
    initialize: { status: 200, hasId: true, name: "weather", ready: 202 },
    listTools: { status: 200, tools: ["weather"] },
    openStream: { status: 200, type: stream },
    resumeStream: { status: 400, said: "string" },
    callWithParameterHeader: { status: 200, type: json, text: "sunny in Oslo, call 3" },
    callWithProgress: { status: 200, type: stream, said: "looking out of the window", text: "sunny in Bergen, call 4" },
    readUnauthorized: { status: 401, said: "unauthorized" },
    readUnknownSession: { status: 404, said: "no such session; open one with `initialize`" },
    // No tool has such a parameter, and cookies were not allowed.
    sendUnknownHeader: "TypeError: Failed to fetch",
    sendCookies: "TypeError: Failed to fetch",
    callLikeForm: { type: "opaque" },
    endSession: { status: 204 },
  });
  assert.deepEqual(await state(), { calls: 5, sessions: 0 });
});
