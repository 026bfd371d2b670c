// What the server asks its clients: the person, the model and the host.

import assert from "node:assert/strict";
import { test } from "node:test";

import { text } from "./client.mjs";

export function asks(peer) {
  const say = async (name, args) => text(await peer.call(name, args));
  const since = (revision) => ({ skip: peer.speaks < revision && `unknown before ${revision}` });

  test("the model answers", async () => {
    assert.equal(await say("test_sampling", { prompt: "?" }), "LLM response: Paris");
  });

  test("the host lists its roots", async () => {
    assert.match(await say("test_input_required_result_list_roots"), /file:\/\/\/home/);
  });

  test("the person fills in a form", since("2025-06-18"), async () => {
    const login = await say("test_elicitation", { message: "Who are you?" });
    assert.match(login, /action=accept, content={"username":"Ada","email":"Ada"}/);
    assert.match(await say("test_elicitation_sep1034_defaults"), /action=accept.*"verified":true/);
  });

  test("a form has defaults and choices", since("2025-11-25"), async () => {
    assert.match(await say("test_elicitation_sep1034_defaults"), /"John Doe","age":30,"score":95.5,"status":"active"/);
    assert.match(await say("test_elicitation_sep1330_enums"), /"titledSingle":"value1".*"untitledMulti":\["option1"\]/);
  });

  test("the person opens a page", since("2025-11-25"), async () => {
    assert.equal(await say("test_elicitation_url"), "URL elicitation: action=accept");
  });

  test("several questions are asked at once, and one after the other", since("2025-06-18"), async () => {
    assert.equal(await say("test_input_required_result_multiple_inputs"), "Ada; Paris; 1 roots");
    assert.equal(await say("test_input_required_result_multi_round"), "Ada likes Ada");
    assert.match(await say("test_input_required_result_request_state"), /state-ok/);
    const { messages } = await peer.client.getPrompt({ name: "test_input_required_result_prompt" });
    assert.equal(messages[0].content.text, "Please write about Ada.");
  });

  test("a client that cannot answer is told what it lacks", async () => {
    const mute = await peer.connect({ answers: false });
    const call = mute.call("test_missing_capability");
    if (peer.stateless) {
      await assert.rejects(call, ({ code, data }) => {
        assert.equal(code, -32021);
        assert.deepEqual(data.requiredCapabilities, { sampling: {} });
        return true;
      });
    } else {
      const refused = await call;
      assert.equal(refused.isError, true);
      assert.match(text(refused), /sampling/);
    }
    await mute.close();
  });
}
