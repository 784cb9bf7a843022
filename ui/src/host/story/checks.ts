/** The checks of the story: none, some that fail, one that runs, until green. */
import type { Check, CheckList, CheckResult, Item, ItemKind } from "../generated";
import { item } from "./items";

function check(id: string, command: string, rest: Partial<Check> = {}): Check {
  return {
    id,
    command,
    folder: "",
    purpose: "test",
    own: false,
    from: "test script of package.json",
    ...rest,
  };
}

export function checkList(scene: string, long: string): CheckList {
  const checks = [
    check("own", `make verify ${long}`.trim(), { own: true, from: "typed by you" }),
    check("npm", "npm test"),
    check("web", "python3 -m pytest -q", { folder: "tools/import", from: "pyproject.toml" }),
    check("lint", "npm run lint", { purpose: "lint", from: "lint script of package.json" }),
  ];
  return {
    checks: scene === "nochecks" ? [] : checks,
    draft: "d2",
    rounds: 5,
    rule: "It ends when the check passes, when the agent changed nothing and the same tests fail, or when two rounds in a row left no fewer failures.",
  };
}

function run(
  id: string,
  result: CheckResult,
  sentence: string,
  rest: Partial<Extract<ItemKind, { type: "check" }>> = {},
): Item {
  const kind: ItemKind = {
    type: "check",
    check: id,
    command: "npm test",
    folder: "",
    output:
      "TAP version 13\nnot ok 1 - stops at zero\n  expected: 0\n  actual: -12.5\n# pass 12\n# fail 2\n",
    result,
    sentence,
    sendable: result === "failed",
    tests: null,
    failing: [],
    durationMs: 2140,
    changed: [],
    draft: "d2",
    change: 3,
    ...rest,
  };
  return item(kind, 1, result !== "running");
}

export function checkRuns(scene: string): Item[] {
  if (!["checks", "green", "running", "long"].includes(scene)) return [];
  const failing = Array.from(
    { length: scene === "long" ? 60 : 2 },
    (_, at) =>
      `cart › ${at === 0 ? "stops at zero with a coupon that is worth more" : `case ${at}`}`,
  );
  const red = run("npm", "failed", `${failing.length} of 74 tests fail.`, {
    tests: { passed: 74 - failing.length, failed: failing.length, skipped: 0 },
    failing,
    draft: scene === "green" ? "d1" : "d2",
  });
  const runs = [
    run("lint", "passed", "It ended without an error.", { command: "npm run lint", output: "" }),
    run(
      "web",
      "missing",
      "`pytest` was not found, so nothing was checked. Install it, or what the project needs, and run the check again.",
    ),
    run("npm", "noTests", "No tests ran, so nothing is known to work.", { draft: "d0" }),
    red,
  ];
  if (scene === "running") {
    runs.push(run("npm", "running", "Running.", { output: "building…\nTAP version 13\n" }));
  }
  if (scene === "green") {
    runs.push(
      item(
        {
          type: "untilGreen",
          check: "npm",
          command: "npm test",
          round: 2,
          limit: 5,
          ending: null,
          sentence: "",
        },
        1,
        false,
      ),
    );
  }
  return runs;
}
