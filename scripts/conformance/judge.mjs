// Judges a run of the conformance suite: node judge.mjs SUITE REVISION RESULTS
//
// A scenario passes when something in it succeeded and nothing failed or warned. All that the suite runs for the revision must
// pass, the scenarios it does not score included, except those listed here.

import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

// Scenarios of the tasks extension, which the crate does not offer yet.
const NOT_YET = [
  "tasks-capability-negotiation",
  "tasks-dispatch-and-envelope",
  "tasks-lifecycle",
  "tasks-mrtr-composition",
  "tasks-mrtr-input",
  "tasks-request-headers",
  "tasks-request-state-removal",
  "tasks-required-task-error",
  "tasks-status-notifications",
  "tasks-wire-fields",
];

// How many checks of the required scenarios must succeed: all but one, which wants an event stream where JSON is just as good.
const REQUIRED_CHECKS = { "2026-07-28": 120 };

const [suite, revision, results] = process.argv.slice(2);

// Returns the names of the scenarios that the suite requires, and of those that it runs without scoring them.
function expected() {
  const yaml = createRequire(join(suite, "package.json"))("yaml");
  const frozen = yaml.parse(readFileSync(join(suite, "requirements", `${revision}.yaml`), "utf8"));
  const unscored = frozen.not_scored.filter(({ leg }) => leg === "server").map(({ scenario }) => scenario);
  return { required: frozen.server, unscored };
}

// Reads the checks of each scenario that ran. A folder is named `server-SCENARIO-TIME`.
function ran() {
  const checks = new Map();
  for (const folder of readdirSync(results)) {
    const name = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(folder)?.[1];
    if (name) {
      checks.set(name, JSON.parse(readFileSync(join(results, folder, "checks.json"), "utf8")));
    }
  }
  return checks;
}

// Judges one scenario, prints its line and what was wrong with it.
function judge(name, checks) {
  const count = (status) => checks.filter((check) => check.status === status).length;
  const [succeeded, failed, warned] = ["SUCCESS", "FAILURE", "WARNING"].map(count);
  const skipped = NOT_YET.includes(name);
  const passed = succeeded > 0 && failed === 0 && warned === 0;
  const verdict = skipped ? "skip" : passed ? "ok  " : "FAIL";
  console.log(`${verdict} ${name}: ${succeeded} succeeded, ${failed} failed, ${warned} warned`);
  if (!skipped && !passed) {
    explain(checks);
  }
  return { skipped, passed, succeeded };
}

// Prints why a scenario did not pass. Some messages quote whole schemas: their beginning will do.
function explain(checks) {
  if (checks.length === 0) {
    console.log("       it did not run");
  }
  for (const { id, status, description, errorMessage } of checks) {
    if (status !== "SUCCESS") {
      console.log(`       ${status} ${id}: ${(errorMessage ?? description).slice(0, 300)}`);
    }
  }
}

const { required, unscored } = expected();
const checks = ran();
const verdicts = [...required, ...unscored].map((name) => ({ name, ...judge(name, checks.get(name) ?? []) }));

const judged = verdicts.filter(({ skipped }) => !skipped);
const passed = judged.filter((verdict) => verdict.passed).length;

const scored = verdicts.filter(({ name }) => required.includes(name));
const succeeded = scored.reduce((sum, verdict) => sum + verdict.succeeded, 0);
const enough = succeeded >= REQUIRED_CHECKS[revision];
console.log(`${enough ? "ok  " : "FAIL"} ${succeeded} required checks succeeded, at least ${REQUIRED_CHECKS[revision]} must`);

const failed = judged.length - passed + (enough ? 0 : 1);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
