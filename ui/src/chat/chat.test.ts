import { describe, expect, it } from "vitest";
import type { ItemKind } from "../host/generated";
import { item } from "../state/state.fixture";
import { inWords, unwrapped, words } from "./commands";
import { sends } from "./keys";
import { entries, readsLine, workLine, type Piece, type WorkKind } from "./lines";

type Command = Extract<ItemKind, { type: "command" }>;

function command(line: string, rest: Partial<Command> = {}): Command {
  return {
    type: "command",
    command: line,
    folder: "",
    output: "",
    outcome: "exited",
    exitCode: 0,
    durationMs: 2100,
    changed: [],
    tests: null,
    ...rest,
  };
}

const said = (pieces: Piece[]) =>
  pieces.map((piece) => ("words" in piece ? piece.words : `\`${piece.exact}\``)).join(" ");

function line(kind: WorkKind): string {
  const { pieces, result, added, removed } = workLine(kind);
  const numbers = added || removed ? `+${added} −${removed}` : "";
  return [said(pieces), numbers, result?.text ?? ""].filter(Boolean).join(" | ");
}

describe("commands in words", () => {
  it.each([
    ["cat src/cart.js", "read"],
    ["sed -n '1,80p' src/cart.js", "read"],
    ["head -n 20 src/cart.js", "read"],
    ["bash -lc 'cat src/cart.js'", "read"],
    ["ls -la src", "list"],
    ["rg --files", "list"],
    ['rg -n "cart total" src', "search"],
    ["npm test", "test"],
    ["cargo test -p review", "test"],
    ["python -m pytest -q", "test"],
    ["cat a > b", "run"],
    ["cat a; rm -rf .", "run"],
    ["cat $(ls)", "run"],
    ["cat `ls`", "run"],
    ["cat a && npm publish", "run"],
    ["npm test && curl x", "run"],
    ["sed -i s/a/b/ src/cart.js", "run"],
    ["sed -n '1w out' src/cart.js", "run"],
    ["cat a\nrm b", "run"],
    ["", "run"],
  ])("%s is %s", (given, act) => {
    expect(inWords(given).act).toBe(act);
  });

  it("splits quotes and refuses what a shell would expand", () => {
    expect(words(`rg "a b" 'c d' e`)).toEqual(["rg", "a b", "c d", "e"]);
    expect(words('echo "$HOME"')).toBeNull();
    expect(words("a 'open")).toBeNull();
    expect(unwrapped("/bin/bash -lc 'npm test'")).toBe("npm test");
  });
});

describe("one line for an item", () => {
  it.each<[string, WorkKind]>([
    [
      "Ran the tests `npm test` | 1 of 14 failed · 2.1 s",
      command("npm test", { exitCode: 1, tests: { passed: 13, failed: 1, skipped: 0 } }),
    ],
    [
      "Ran the tests `npm test` | 14 passed, 2 skipped · 2.1 s",
      command("npm test", { tests: { passed: 14, failed: 0, skipped: 2 } }),
    ],
    ["Ran `node x.js` | failed, exit code 3 · 2.1 s", command("node x.js", { exitCode: 3 })],
    [
      "Searched for `coupon` in `src` | nothing found · 2.1 s",
      command("rg coupon src", { exitCode: 1 }),
    ],
    ["Ran `cd a …` | 2.1 s", command("cd a\nnpm start")],
    ["Ran `node x.js` | running", command("node x.js", { outcome: "running", exitCode: null })],
    [
      "Ran `sleep 9` | timed out after 2 min",
      command("sleep 9", { outcome: "timedOut", durationMs: 120_000 }),
    ],
    ["Ran `sleep 9` | stopped · 2.1 s", command("sleep 9", { outcome: "stopped" })],
    ["Ran `nope` | could not start", command("nope", { outcome: "notStarted" })],
    ["Read `a.js` , `b.js` | 2.1 s", command("cat a.js b.js")],
    [
      "Edited 2 files | +14 −7",
      {
        type: "patch",
        error: null,
        files: [
          { path: "a", change: "modified", added: 10, removed: 7 },
          { path: "b", change: "added", added: 4, removed: 0 },
        ],
      },
    ],
    [
      "Deleted `a` | +0 −3",
      {
        type: "patch",
        error: null,
        files: [{ path: "a", change: "deleted", added: 0, removed: 3 }],
      },
    ],
    ["An edit did not fit | nothing changed", { type: "patch", files: [], error: "a, part 1" }],
    [
      "Not allowed `curl x` | refused",
      { type: "refused", action: "curl x", reason: "No internet." },
    ],
    ["Could not look at `a.png`", { type: "imageView", path: "a.png", error: "Not a picture." }],
  ])("%s", (expected, kind) => {
    expect(line(kind)).toBe(expected);
  });

  it("folds neighbouring reads and keeps what failed apart", () => {
    const drawn = entries([
      item("1", command("cat a.js")),
      item("2", command("cat b.js")),
      item("3", command("rg checkout")),
      item("4", command("cat missing", { exitCode: 1 })),
      item("5", command("ls")),
    ]);
    expect(drawn.map((entry) => entry.type)).toEqual(["reads", "item", "reads"]);
    expect(drawn[0]?.type === "reads" && said(readsLine(drawn[0].items))).toBe(
      "Read `a.js` , `b.js` · searched for `checkout`",
    );
    expect(drawn[2]?.type === "reads" && said(readsLine(drawn[2].items))).toBe(
      "Listed the project",
    );
  });

  it("shows one plan per turn, in its newest form, where it first was", () => {
    const plan = (step: string): ItemKind => ({
      type: "plan",
      steps: [{ step, status: "pending" }],
    });
    const drawn = entries([
      item("1", plan("old")),
      item("2", command("npm test")),
      item("3", plan("new")),
      item("4", plan("second turn"), true, 2),
    ]);
    const steps = drawn.map((entry) =>
      entry.type === "plan" && entry.item.kind.type === "plan"
        ? entry.item.kind.steps[0]?.step
        : "-",
    );
    expect(steps).toEqual(["new", "-", "second turn"]);
  });
});

describe("keys", () => {
  const key = (rest: Partial<KeyboardEvent> = {}) => ({
    key: "Enter",
    shiftKey: false,
    altKey: false,
    isComposing: false,
    keyCode: 13,
    repeat: false,
    ...rest,
  });

  it.each([
    [true, key()],
    [false, key({ shiftKey: true })],
    [false, key({ altKey: true })],
    [false, key({ isComposing: true })],
    [false, key({ keyCode: 229 })],
    [false, key({ repeat: true })],
    [false, key({ key: "a" })],
  ])("sends: %s", (expected, event) => {
    expect(sends(event)).toBe(expected);
  });
});
