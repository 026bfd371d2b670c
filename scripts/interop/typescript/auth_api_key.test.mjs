// The official clients against `examples/auth_api_key.rs`: a key in a header.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { CLIENTS, connect, text } from "./client.mjs";

for (const { title, how } of CLIENTS) {
  describe(title, () => {
    const open = (key, refused) => connect({ ...how, refused, headers: () => (key ? { "x-api-key": key } : {}) });

    test("without a key, or with a wrong one, it is refused", async () => {
      for (const key of [undefined, "made-up"]) {
        const refused = [];
        await assert.rejects(open(key, refused));
        assert.equal(refused[0].status, 401);
      }
    });

    test("a key opens what it was given for", async () => {
      const refused = [];
      const reader = await open("let-me-read", refused);
      assert.equal(text(await reader.call("whoami")), "reader");
      await assert.rejects(reader.call("write"));
      assert.equal(refused.at(-1).status, 403);
      await reader.close();
      const writer = await open("let-me-write");
      assert.equal(text(await writer.call("write")), "written");
      await writer.close();
    });
  });
}
