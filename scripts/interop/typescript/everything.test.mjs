// The official clients against `examples/everything`: both major versions, every revision, both transports.

import { after, before, describe } from "node:test";

import { asks } from "./asks.mjs";
import { basics } from "./basics.mjs";
import { connect } from "./client.mjs";
import { everyFixture } from "./fixtures.mjs";
import { session } from "./session.mjs";
import { stateless } from "./stateless.mjs";

const NEWEST = "2026-07-28";
const SESSIONS = "2025-11-25";

const CLIENTS = [
  { title: "v2, newest revision", speaks: NEWEST, how: { mode: { pin: NEWEST } } },
  { title: "v2, finds out by itself", speaks: NEWEST, how: { mode: "auto" } },
  { title: "v2, newest revision with sessions", speaks: SESSIONS, how: { mode: "legacy" } },
  ...["2025-06-18", "2025-03-26", "2024-11-05"].map((speaks) => ({
    title: `v2, ${speaks}`,
    speaks,
    how: { mode: "legacy", versions: [speaks] },
  })),
  { title: "v2, HTTP+SSE", speaks: SESSIONS, how: { mode: "legacy", sse: true } },
  { title: "v2, HTTP+SSE, 2024-11-05", speaks: "2024-11-05", how: { mode: "legacy", sse: true, versions: ["2024-11-05"] } },
  { title: "v1", speaks: SESSIONS, how: { sdk: 1 } },
  { title: "v1, HTTP+SSE", speaks: SESSIONS, how: { sdk: 1, sse: true } },
];

for (const { title, speaks, how } of CLIENTS) {
  describe(title, () => {
    const peer = { speaks, how, stateless: speaks === NEWEST, connect: (more) => connect({ ...how, ...more }) };
    before(async () => Object.assign(peer, await peer.connect()));
    after(() => peer.close());

    basics(peer);
    asks(peer);
    everyFixture(peer);
    (peer.stateless ? stateless : session)(peer);
  });
}
