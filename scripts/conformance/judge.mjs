// Judges a run of the conformance suite: node judge.mjs RUN SUITE RESULTS
//
// A run is the set that a revision requires (`2025-11-25`), what applies to a revision without such a set (`2025-06-18`), or all
// that a suite has (`all`, `all-0.1`). A scenario passes when something in it succeeded and nothing failed, warned or was
// skipped. All that the run consists of must pass, the scenarios that the suite does not score included, except what is listed
// here.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

// Scenarios of extensions that the crate does not offer yet.
const NOT_YET = /^(tasks|sep-2640-skills)-/;

// How many checks of the required scenarios must succeed: all but one, which wants an event stream where JSON is just as good.
const REQUIRED_CHECKS = { "2025-11-25": 69, "2026-07-28": 120 };

// Checks that a scenario drops in silence when the server does not offer what they look at: here it has to.
const LEAST_CHECKS = { "server-session-lifecycle": 3, "server-sse-polling": 3 };

const [run, suite, results] = process.argv.slice(2);

// Returns the names of the scenarios that the run requires, and of those that belong to it without being scored.
function expected() {
  const requirements = join(suite, "requirements", `${run}.yaml`);
  if (!existsSync(requirements)) {
    const list = execFileSync(process.execPath, [join(suite, "dist/index.js"), "list", "--server"], { encoding: "utf8" });
    const scenarios = [...list.matchAll(/^ +- (\S+) \[(.*)\]$/gm)];
    const running = scenarios.filter(([, , revisions]) => run.startsWith("all") || revisions.includes(run));
    return { required: running.map(([, name]) => name), unscored: [] };
  }
  const yaml = createRequire(join(suite, "package.json"))("yaml");
  const frozen = yaml.parse(readFileSync(requirements, "utf8"));
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
  const [succeeded, failed, warned, dropped] = ["SUCCESS", "FAILURE", "WARNING", "SKIPPED"].map(count);
  const least = LEAST_CHECKS[name] ?? 1;
  const skipped = NOT_YET.test(name);
  const passed = succeeded >= least && failed + warned + dropped === 0;
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

// Whether enough checks of the required scenarios succeeded.
function enough(verdicts) {
  const least = REQUIRED_CHECKS[run];
  if (least === undefined) {
    return true;
  }
  const succeeded = verdicts.reduce((sum, verdict) => sum + verdict.succeeded, 0);
  console.log(`${succeeded >= least ? "ok  " : "FAIL"} ${succeeded} required checks succeeded, at least ${least} must`);
  return succeeded >= least;
}

const { required, unscored } = expected();
const checks = ran();
const verdicts = [...required, ...unscored].map((name) => ({ name, ...judge(name, checks.get(name) ?? []) }));

const complete = required.length > 0 && enough(verdicts.filter(({ name }) => required.includes(name)));
const judged = verdicts.filter(({ skipped }) => !skipped);
const passed = judged.filter((verdict) => verdict.passed).length;
const failed = judged.length - passed + (complete ? 0 : 1);
console.log(`${run}: ${passed} of ${judged.length} scenarios passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
