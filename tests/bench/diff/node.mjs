// Compares two files when a line of JSON on standard input asks for it, with the diff of VS Code or
// with jsdiff, and answers with a line of JSON: how long the comparison alone took, what changed, and
// whether that turns the old text into the new one.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(process.argv.at(-1) + "/");
const { DefaultLinesDiffComputer } = require("vscode-diff");
const { diffLines } = require("diff");
const limit = 5000;

const programs = {
  vscode(old, now) {
    const [from, to] = [old.split("\n"), now.split("\n")];
    const start = performance.now();
    const computer = new DefaultLinesDiffComputer();
    const options = { ignoreTrimWhitespace: false, maxComputationTimeMs: limit, computeMoves: false };
    const { changes, hitTimeout } = computer.computeDiff(from, to, options);
    const time = performance.now() - start;
    const text = [];
    let at = 0;
    for (const { original, modified } of changes) {
      text.push(...from.slice(at, original.startLineNumber - 1));
      for (let n = modified.startLineNumber; n < modified.endLineNumberExclusive; n += 1) text.push(to[n - 1]);
      at = original.endLineNumberExclusive - 1;
    }
    for (; at < from.length; at += 1) text.push(from[at]);
    const size = (side) => changes.reduce((sum, change) => sum + change[side].length, 0);
    return {
      time,
      removed: size("original"),
      added: size("modified"),
      hunks: changes.length,
      imprecise: hitTimeout,
      right: text.join("\n") === now,
    };
  },
  jsdiff(old, now) {
    const start = performance.now();
    const parts = diffLines(old, now, { timeout: limit });
    const time = performance.now() - start;
    if (parts === undefined) return null;
    const size = (kind) => parts.reduce((sum, part) => sum + (part[kind] ? part.count : 0), 0);
    let hunks = 0;
    parts.forEach((part, at) => {
      const changed = part.added || part.removed;
      const before = at > 0 && (parts[at - 1].added || parts[at - 1].removed);
      if (changed && !before) hunks += 1;
    });
    const kept = parts.filter((part) => !part.removed);
    const left = parts.filter((part) => !part.added);
    return {
      time,
      removed: size("removed"),
      added: size("added"),
      hunks,
      imprecise: false,
      right:
        kept.map((part) => part.value).join("") === now && left.map((part) => part.value).join("") === old,
    };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { program, old, now } = JSON.parse(line);
  const answer = programs[program](readFileSync(old, "utf8"), readFileSync(now, "utf8"));
  process.stdout.write(JSON.stringify(answer) + "\n");
}
