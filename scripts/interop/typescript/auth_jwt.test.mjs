// The official clients against `examples/auth/auth_jwt.rs`: tokens that `authority.mjs` signs.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import * as v2 from "@modelcontextprotocol/client";
import * as v1 from "@modelcontextprotocol/sdk/client/auth.js";
import { ClientCredentialsProvider } from "@modelcontextprotocol/sdk/client/auth-extensions.js";

import { CLIENTS, connect, text } from "./client.mjs";

const { ISSUER, MCP_URL } = process.env;

// Returns a token with these claims, for this endpoint unless they say otherwise.
async function sign(claims) {
  const body = JSON.stringify({ aud: MCP_URL, sub: "ada", scope: "notes:read", ...claims });
  const answer = await fetch(new URL("/sign", ISSUER), { method: "POST", body });
  return (await answer.json()).token;
}

const bearer = (token) => () => ({ authorization: `Bearer ${token}` });

for (const { title, how, sessions } of CLIENTS) {
  // Each version of the SDK reads challenges and metadata by itself.
  const oauth = how.sdk === 1 ? { ...v1, ClientCredentialsProvider } : v2;

  // Connects with a token, and remembers what was refused.
  const enter = async (claims) => {
    const refused = [];
    return { refused, ...(await connect({ ...how, refused, headers: bearer(await sign(claims)) })) };
  };
  const names = async ({ client }) => (await client.listTools()).tools.map(({ name }) => name);

  describe(title, () => {
    test("without a token it is led to the metadata", async () => {
      const refused = [];
      await assert.rejects(connect({ ...how, refused }));
      assert.equal(refused[0].status, 401);
      const { resourceMetadataUrl, scope, error } = oauth.extractWWWAuthenticateParams(refused[0]);
      assert.equal(scope, "notes:read");
      assert.equal(error, undefined);
      const metadata = await oauth.discoverOAuthProtectedResourceMetadata(MCP_URL, { resourceMetadataUrl });
      assert.equal(metadata.resource, MCP_URL);
      assert.deepEqual(metadata.authorization_servers, [ISSUER]);
      assert.deepEqual(metadata.scopes_supported, ["notes:read", "notes:write"]);
    });

    test("a token that is no good is called so", async () => {
      for (const claims of [{ exp: 1 }, { aud: "https://other.example" }, { iss: "https://other.example" }]) {
        const refused = [];
        await assert.rejects(connect({ ...how, refused, headers: bearer(await sign(claims)) }));
        assert.equal(refused[0].status, 401);
        assert.equal(oauth.extractWWWAuthenticateParams(refused[0]).error, "invalid_token");
      }
    });

    test("a token shows and opens what its scopes allow", async () => {
      const reader = await enter({});
      assert.deepEqual(await names(reader), ["read"]);
      assert.equal(text(await reader.call("read")), "buy milk");
      await assert.rejects(reader.call("write"));
      assert.equal(reader.refused.at(-1).status, 403);
      const { error, scope } = oauth.extractWWWAuthenticateParams(reader.refused.at(-1));
      assert.deepEqual([error, scope], ["insufficient_scope", "notes:write"]);
      await reader.close();

      const writer = await enter({ scope: "notes:read notes:write" });
      assert.deepEqual(await names(writer), ["read", "write"]);
      assert.equal(text(await writer.call("write")), "noted");
      await writer.close();
    });

    test("a client gets its token by itself, and a stronger one when it needs it", async () => {
      const refused = [];
      // The second version asks for what the challenge names; the first one for what it was set up with.
      const [scope, first, challenged] =
        how.sdk === 1 ? ["notes:read notes:write", /write/, [401]] : [undefined, /^notes:read$/, [401, 403]];
      const client = { clientId: "robot", clientSecret: "secret", expectedIssuer: ISSUER, scope };
      const authProvider = new oauth.ClientCredentialsProvider(client);
      const robot = await connect({ ...how, refused, authProvider });
      assert.match((await authProvider.tokens()).scope, first);
      assert.equal(text(await robot.call("read")), "buy milk");
      assert.equal(text(await robot.call("write")), "noted");
      assert.match((await authProvider.tokens()).scope, /write/);
      assert.deepEqual(refused.map(({ status }) => status), challenged);
      await robot.close();
    });

    test("a session outlives its token, and belongs to nobody else", { skip: !sessions && "it has none" }, async () => {
      let token = await sign({});
      const refused = [];
      const ada = await connect({ ...how, refused, headers: () => bearer(token)() });
      const session = ada.transport.sessionId;
      assert.equal(text(await ada.call("read")), "buy milk");
      token = await sign({ exp: Math.floor(Date.now() / 1000) + 1200 });
      assert.equal(text(await ada.call("read")), "buy milk");
      assert.equal(ada.transport.sessionId, session);
      for (const claims of [{ sub: "eve" }, { client_id: "another" }]) {
        token = await sign(claims);
        await assert.rejects(ada.call("read"));
        assert.equal(refused.at(-1).status, 404);
      }
      token = await sign({});
      assert.equal(text(await ada.call("read")), "buy milk");
      await ada.close();
    });
  });
}
