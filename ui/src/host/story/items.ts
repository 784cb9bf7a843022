/** What was said and done in the story. */
import { attachments } from "./attached";
import type { Item, ItemKind } from "../generated";

let next = 1;
export function item(kind: ItemKind, turn = 1, completed = true): Item {
  const at = Date.now() - 60_000;
  return { id: `i${next++}`, turn, startedAt: at, completedAt: completed ? at + 900 : null, kind };
}

function command(
  line: string,
  output: string,
  rest: Partial<Extract<ItemKind, { type: "command" }>> = {},
): ItemKind {
  return {
    type: "command",
    command: line,
    folder: "",
    output,
    outcome: "exited",
    exitCode: 0,
    durationMs: 120,
    changed: [],
    tests: null,
    ...rest,
  };
}

const PLAN = [
  "Reproduce with a failing test",
  "Use quantity in the sum",
  "Cap the discount at the subtotal",
  "Run all tests",
];

export function plan(done: number): ItemKind {
  return {
    type: "plan",
    steps: PLAN.map((step, at) => ({
      step,
      status: at < done ? "completed" : at === done ? "inProgress" : "pending",
    })),
  };
}

const TAP = Array.from({ length: 40 }, (_, i) => `ok ${i + 1} - a test that passes`).join("\n");

export const ANSWER = `Two causes, both in \`cartTotal\`: the sum skipped \`quantity\`, and the coupon was subtracted without a floor. I capped the discount at the subtotal and round once at the end.

1. The new test **failed before** and passes now.
2. Nothing else depends on the old behaviour; see [the Node test runner](https://nodejs.org/api/test.html).

\`\`\`js
const discount = Math.min(coupon.amount, subtotal);
\`\`\``;

export function done(): Item[] {
  return [
    item({
      type: "message",
      text: "When a coupon is worth more than the cart, the total goes below zero. It should stop at 0, and quantity seems to be ignored too. Please add a test.",
      attachments: [],
    }),
    item({
      type: "reasoning",
      text: "**Finding the sum**\n\nThe total is computed in `src/cart.js`.",
    }),
    item(plan(4)),
    item(command("ls src", "cart.js\nformat.js")),
    item(command("cat src/cart.js", "import …")),
    item(command("sed -n '1,80p' test/cart.test.js", "import …")),
    item(
      command("npm test", `${TAP}\nnot ok 14 - never goes below zero`, {
        exitCode: 1,
        durationMs: 2100,
        tests: { passed: 13, failed: 1, skipped: 0 },
      }),
    ),
    item({
      type: "patch",
      error: null,
      files: [
        { path: "src/cart.js", change: "modified", added: 9, removed: 7 },
        { path: "test/cart.test.js", change: "added", added: 7, removed: 0 },
        { path: "package.json", change: "modified", added: 2, removed: 1 },
      ],
    }),
    item(
      command("npm run lint && npx tsc --noEmit -p tsconfig.json --pretty false", "2 problems", {
        exitCode: 2,
        durationMs: 840,
      }),
    ),
    item({
      type: "refused",
      action: "curl https://example.com",
      reason: "Commands have no internet in this mode.",
    }),
    item(
      command("npm test", TAP, { durationMs: 2000, tests: { passed: 14, failed: 0, skipped: 0 } }),
    ),
    item({ type: "answer", text: ANSWER }),
  ];
}

export function working(): Item[] {
  return [
    item({ type: "message", text: "Add French to the cart.", attachments: [] }),
    item(plan(1)),
    item(command("rg -n cart src", "src/cart.js:5")),
    item(
      command("npm test", "ok 1 - adds the items\nok 2 - rounds once\n", {
        outcome: "running",
        exitCode: null,
      }),
      1,
      false,
    ),
  ];
}

export function failed(): Item[] {
  return [
    item({ type: "message", text: "Fix the blurry logo.", attachments: attachments(false) }),
    item(command("sleep 200", "", { outcome: "timedOut", exitCode: null, durationMs: 120_000 })),
    item({
      type: "patch",
      files: [],
      error: "src/logo.svg, part 1, line 3: these lines are not in the file.",
    }),
    item({
      type: "error",
      code: "rateLimit",
      message: "OpenAI answered that too many requests were made, five times in a row.",
      hint: "Nothing is lost. Wait a minute and try again.",
    }),
  ];
}

export function long(): Item[] {
  return Array.from({ length: 60 }, (_, turn) => [
    item(
      {
        type: "message",
        text: `Request ${turn + 1}. ${"And a rather long explanation. ".repeat(turn % 5)}`,
        attachments: [],
      },
      turn + 1,
    ),
    item(command(`cat ${"a/very/long/path/".repeat(6)}file${turn}.ts`, "x"), turn + 1),
    item(
      command(`node scripts/${"generate-".repeat(14)}all.js --out dist/${turn}`, "done"),
      turn + 1,
    ),
    item({ type: "answer", text: ANSWER }, turn + 1),
  ]).flat();
}
