// The official clients against `examples/auth/auth_session.rs`: the cookie of a login.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { CLIENTS, connect, text } from "./client.mjs";

async function logIn(name, password) {
  const body = new URLSearchParams({ name, password });
  const answer = await fetch(new URL("/login", process.env.MCP_URL), { method: "POST", body });
  assert.equal(answer.status, 200);
  return answer.headers.get("set-cookie").split(";")[0];
}

for (const { title, how } of CLIENTS) {
  describe(title, () => {
    test("whoever is not logged in is refused", async () => {
      const refused = [];
      await assert.rejects(connect({ ...how, refused }));
      assert.equal(refused[0].status, 401);
    });

    test("whoever is logged in is who asks", async () => {
      for (const [name, password] of [["ada", "lovelace"], ["charles", "babbage"]]) {
        const cookie = await logIn(name, password);
        const { call, close } = await connect({ ...how, headers: () => ({ cookie }) });
        assert.equal(text(await call("whoami")), name);
        await close();
      }
    });
  });
}
