// A browser without a window, told what to do over its DevTools protocol. It comes over a pipe: the browser ends with us.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FLAGS = [
  "--headless",
  "--remote-debugging-pipe",
  "--no-first-run",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
];

export class Chromium {
  #process;
  #profile;
  #heard = "";
  #next = 1;
  #answers = new Map();
  #waiting = [];

  // Starts a browser for which these names are this machine itself.
  static async start(program, names) {
    const browser = new Chromium();
    browser.#profile = await mkdtemp(join(tmpdir(), "browser-"));
    const rules = names.map((name) => `MAP ${name} 127.0.0.1`).join(", ");
    // Its sandbox wants rights that containers do not give to root.
    const sandbox = process.getuid() === 0 ? ["--no-sandbox"] : [];
    const flags = [...FLAGS, ...sandbox, `--host-resolver-rules=${rules}`, `--user-data-dir=${browser.#profile}`];
    browser.#process = spawn(program, [...flags, "about:blank"], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    browser.#process.stdio[4].setEncoding("utf8").on("data", (text) => browser.#read(text));
    browser.#process.stdio[3].on("error", () => {});
    browser.#process.on("exit", () => browser.#fail());
    return browser;
  }

  // Each message ends with a zero.
  #read(text) {
    const messages = (this.#heard + text).split("\0");
    this.#heard = messages.pop();
    for (const message of messages) this.#hear(JSON.parse(message));
  }

  #fail() {
    const gone = Promise.reject(new Error("the browser is gone"));
    gone.catch(() => {});
    for (const settle of [...this.#answers.values(), ...this.#waiting.map(({ resolve }) => resolve)]) settle(gone);
  }

  #hear({ id, sessionId, method, result, error }) {
    this.#answers.get(id)?.(error ? Promise.reject(new Error(error.message)) : result);
    this.#answers.delete(id);
    this.#waiting = this.#waiting.filter((wanted) => {
      const met = wanted.sessionId === sessionId && wanted.method === method;
      if (met) wanted.resolve();
      return !met;
    });
  }

  #send(method, params = {}, sessionId = undefined) {
    if (this.#process.exitCode !== null) return Promise.reject(new Error("the browser is gone"));
    const id = this.#next++;
    const { promise, resolve } = Promise.withResolvers();
    this.#answers.set(id, resolve);
    this.#process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return promise;
  }

  #event(method, sessionId) {
    const { promise, resolve } = Promise.withResolvers();
    this.#waiting.push({ method, sessionId, resolve });
    return promise;
  }

  // Opens a page and returns what an expression comes to in it.
  async evaluate(url, expression) {
    const { targetId } = await this.#send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.#send("Target.attachToTarget", { targetId, flatten: true });
    await this.#send("Page.enable", {}, sessionId);
    const loaded = this.#event("Page.loadEventFired", sessionId);
    await this.#send("Page.navigate", { url }, sessionId);
    await loaded;
    const how = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.#send("Runtime.evaluate", how, sessionId);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    await this.#send("Target.closeTarget", { targetId });
    return result.value;
  }

  async stop() {
    const running = this.#process.exitCode === null && this.#process.signalCode === null;
    const gone = running ? once(this.#process, "exit") : undefined;
    // It may be gone before it answers.
    if (running) await this.#send("Browser.close").catch(() => {});
    await gone;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
