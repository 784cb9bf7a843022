/** The questions of the story. */
import type { AlwaysAllowed, Approval } from "../generated";

function approval(rest: Partial<Approval>): Approval {
  const exact = rest.exact ?? "npm install autosize";
  return {
    nonce: `n-${exact.length}-${rest.kind ?? ""}`,
    askedAt: Date.now(),
    kind: "install",
    title: "Install packages with npm install?",
    text: "It wants to download JavaScript packages into this task's private copy with npm install. This needs the internet, which is switched off. Packages may run set-up code of their own, confined to the private copy.",
    reason: "",
    exact,
    shown: [{ text: exact, hidden: false }],
    editable: true,
    facts: [
      { label: "Where", text: "the private copy of your folder" },
      { label: "Can reach", text: "the npm registry; you are asked about any other" },
      { label: "Can write", text: "this task's private copy only" },
      { label: "Your folder", text: "unchanged until you apply" },
    ],
    forTask: "Exactly this command, whenever this task runs it again",
    always: "Exactly this command in this folder, in every task of this project",
    ...rest,
  };
}

const LONG = Array.from(
  { length: 60 },
  (_, at) =>
    `curl -fsSL https://files.example/${"a-long-name-".repeat(at % 9)}${at}.json -o data/${at}.json`,
).join("\n");

const site = approval({
  kind: "site",
  title: "May the command reach files.example:8443?",
  text: "The command below is running and waits. It wants to connect to files.example:8443, which you have not allowed.",
  exact: "make fetch",
  editable: false,
});

const hidden = approval({
  kind: "command",
  title: "May this command use the internet?",
  text: "It wants to run a command that reaches files.example. This needs the internet, which is switched off.",
  reason: "The list of countries is not in the project.",
  exact: "curl https://files.example",
  editable: false,
  shown: [
    { text: "curl https://files.example", hidden: false },
    { text: "500 blanks", hidden: true },
    { text: "; rm -rf .", hidden: false },
    { text: "RLO", hidden: true },
  ],
});

const edit = approval({
  kind: "edit",
  title: "May it edit 2 files?",
  text: "This task only reads. It wants to change src/cart.js and test/cart.test.js in this task's private copy.",
  exact:
    "*** Begin Patch\n*** Update File: src/cart.js\n@@\n-  return sum;\n+  return Math.max(0, sum);\n*** End Patch",
  editable: false,
  forTask: "All edits of this task, in its private copy",
  always: null,
});

export const scenes: Record<string, Approval[]> = {
  ask: [approval({}), site],
  "ask-long": [
    approval({ kind: "command", title: "May this command use the internet?", exact: LONG }),
  ],
  "ask-hidden": [hidden],
  "ask-site": [site],
  "ask-edit": [edit],
};

export function detail(asked: Approval | undefined): string {
  switch (asked?.kind) {
    case "install":
      return "Asks to install packages";
    case "site":
      return "Asks to reach files.example:8443";
    case "edit":
      return "Asks to edit 2 files";
    default:
      return "Asks to use the internet";
  }
}

export const always: AlwaysAllowed[] = [
  {
    id: "w1",
    command: [{ text: "npm ci", hidden: false }],
    folder: "",
    may: "writes in the private copy; reaches registry.example",
    madeAt: Date.now() - 86_400_000,
  },
  {
    id: "w2",
    command: [
      {
        text: "python3 -m pip install --requirement requirements.txt --require-hashes",
        hidden: false,
      },
    ],
    folder: "tools/import",
    may: "writes in the private copy; reaches packages.example, files.example",
    madeAt: Date.now() - 9 * 86_400_000,
  },
];
