// What a page does with the endpoint. Each step ends as what the page could read, or as the error of `fetch`.

const NEWEST = "2026-07-28";
const OLDER = "2025-11-25";
const TOKEN = { authorization: "Bearer demo" };
const JSON_OR_STREAM = { accept: "application/json, text/event-stream", "content-type": "application/json" };

let url;

async function ask(method, headers, message, options = {}) {
  const body = message === undefined ? undefined : JSON.stringify(message);
  const response = await fetch(url, { method, headers, body, ...options });
  return { status: response.status, type: response.headers.get("content-type"), headers: response.headers, response };
}

function older(id, method, params) {
  return { jsonrpc: "2.0", id, method, params };
}

function newest(method, params, meta = {}) {
  const own = { protocolVersion: NEWEST, clientCapabilities: {}, clientInfo: { name: "page", version: "1" } };
  const named = Object.entries(own).map(([name, value]) => [`io.modelcontextprotocol/${name}`, value]);
  return older(1, method, { ...params, _meta: { ...Object.fromEntries(named), ...meta } });
}

function newestHeaders(method, more = {}) {
  return { ...TOKEN, ...JSON_OR_STREAM, "mcp-protocol-version": NEWEST, "mcp-method": method, ...more };
}

// The messages of a stream that ends.
function events(text) {
  const data = text.split("\n").filter((line) => line.startsWith("data: ") && line.length > 6);
  return data.map((line) => JSON.parse(line.slice(6)));
}

let session = { "mcp-session-id": "none" };

const steps = {
  async initialize() {
    const params = { protocolVersion: OLDER, capabilities: {}, clientInfo: { name: "page", version: "1" } };
    const { status, headers, response } = await ask("POST", { ...TOKEN, ...JSON_OR_STREAM }, older(1, "initialize", params));
    const id = headers.get("mcp-session-id");
    if (id) session = { "mcp-session-id": id, "mcp-protocol-version": OLDER };
    const told = { jsonrpc: "2.0", method: "notifications/initialized" };
    const ready = await ask("POST", { ...TOKEN, ...JSON_OR_STREAM, ...session }, told);
    const { result } = await response.json();
    return { status, hasId: Boolean(id), name: result.serverInfo.name, ready: ready.status };
  },

  async listTools() {
    const { status, response } = await ask("POST", { ...TOKEN, ...JSON_OR_STREAM, ...session }, older(2, "tools/list", {}));
    const { result } = await response.json();
    return { status, tools: result.tools.map(({ name }) => name) };
  },

  // The standalone stream, opened and left. `Last-Event-ID` is no header that every page may send.
  async openStream() {
    const leave = new AbortController();
    const headers = { ...TOKEN, ...session, accept: "text/event-stream" };
    const { status, type } = await ask("GET", headers, undefined, { signal: leave.signal });
    leave.abort();
    return { status, type };
  },

  async resumeStream() {
    const headers = { ...TOKEN, ...session, accept: "text/event-stream", "last-event-id": "never-sent" };
    const { status, response } = await ask("GET", headers);
    return { status, said: typeof (await response.json()).error.message };
  },

  async callWithParameterHeader() {
    const headers = newestHeaders("tools/call", { "mcp-name": "weather", "mcp-param-city": "Oslo" });
    const { status, type, response } = await ask("POST", headers, newest("tools/call", { name: "weather", arguments: { city: "Oslo" } }));
    const { result } = await response.json();
    return { status, type, text: result.content[0].text };
  },

  async callWithProgress() {
    const headers = newestHeaders("tools/call", { "mcp-name": "weather", "mcp-param-city": "Bergen" });
    const message = newest("tools/call", { name: "weather", arguments: { city: "Bergen" } }, { progressToken: "p" });
    const { status, type, response } = await ask("POST", headers, message);
    const [progress, answer] = events(await response.text());
    return { status, type, said: progress.params.message, text: answer.result.content[0].text };
  },

  async readUnauthorized() {
    const headers = { ...newestHeaders("tools/list"), authorization: "Bearer stale" };
    const { status, response } = await ask("POST", headers, newest("tools/list", {}));
    return { status, said: (await response.json()).error.message };
  },

  async readUnknownSession() {
    const headers = { ...TOKEN, ...JSON_OR_STREAM, "mcp-session-id": "unknown", "mcp-protocol-version": OLDER };
    const { status, response } = await ask("POST", headers, older(3, "tools/list", {}));
    return { status, said: (await response.json()).error.message };
  },

  async sendUnknownHeader() {
    const headers = { ...newestHeaders("tools/list"), "x-country": "Norway" };
    return { status: (await ask("POST", headers, newest("tools/list", {}))).status };
  },

  async sendCookies() {
    const options = { credentials: "include" };
    return { status: (await ask("POST", newestHeaders("tools/list"), newest("tools/list", {}), options)).status };
  },

  // What a form could send, without any question of the browser's. Nobody can read the answer.
  async callLikeForm() {
    const message = newest("tools/call", { name: "weather", arguments: { city: "Rome" } });
    const { response } = await ask("POST", { "content-type": "text/plain" }, message, { mode: "no-cors" });
    return { type: response.type };
  },

  async endSession() {
    return { status: (await ask("DELETE", { ...TOKEN, ...session })).status };
  },
};

// Takes all steps against the endpoint.
export async function visit(endpoint) {
  url = endpoint;
  const report = {};
  for (const [name, step] of Object.entries(steps)) {
    report[name] = await step().catch((error) => String(error));
  }
  return report;
}
