// Checks that the `rust-version` of the package is not below what a crate in its tree asks for.

import { execFileSync } from "node:child_process";

function cargo(...options) {
  return execFileSync("cargo", [...options, "--locked", "--all-features"], { encoding: "utf8", maxBuffer: 2 ** 28 });
}

const metadata = JSON.parse(cargo("metadata", "--format-version", "1"));
const packages = new Map(metadata.packages.map((crate) => [`${crate.name} v${crate.version}`, crate]));
// What a user of the package can compile: crates that only its tests need are not among it.
const lines = cargo("tree", "--edges", "no-dev", "--target", "all", "--prefix", "none", "--no-dedupe").trim().split("\n");
// A line is `NAME vVERSION`, and for some crates says where they come from.
const names = new Set(lines.map((line) => line.split(" ", 2).join(" ")));

// Orders versions such as `1.85` and `1.83.0`.
function compare(left, right) {
  const parts = (version) => version.split(".").map(Number);
  const [a, b] = [parts(left), parts(right)];
  return a[0] - b[0] || a[1] - b[1] || (a[2] ?? 0) - (b[2] ?? 0);
}

const [own, ...crates] = [...names].map((name) => packages.get(name));
const stated = own.rust_version;
const asking = crates.filter((crate) => crate.rust_version);
const needed = asking.map((crate) => crate.rust_version).reduce((left, right) => (compare(left, right) < 0 ? right : left));
const beyond = asking.filter((crate) => compare(crate.rust_version, stated) > 0);

console.log(`rust-version ${stated}; the dependencies need ${needed}`);
for (const { name, version, rust_version } of beyond) {
  console.log(`${name} ${version} needs ${rust_version}`);
}
process.exitCode = beyond.length === 0 ? 0 : 1;
