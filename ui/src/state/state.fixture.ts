/** A small project for tests, and a fake host that answers from it. */
import { FakeHost, type Handlers } from "../host/fake";
import type {
  AppState,
  Attachment,
  ChangedFile,
  ChangeSet,
  Check,
  CheckList,
  Item,
  ItemKind,
  Project,
  Task,
} from "../host/generated";

export const project: Project = {
  id: "p1",
  name: "Paper Shop",
  place: "~/Projects/paper-shop",
  demo: false,
  suggestion: null,
  notices: [],
  gone: false,
  trust: "trusted",
};

export function task(rest: Partial<Task> = {}): Task {
  return {
    id: "t1",
    title: "Cap the coupon",
    state: "working",
    detail: "",
    turn: "running",
    model: "gpt-5-codex",
    automatic: false,
    effort: "usual",
    efforts: ["low", "medium", "high"],
    permission: "auto",
    createdAt: 1,
    changedAt: 1,
    files: 0,
    undo: null,
    contextPercent: 5,
    contextUsed: 13_000,
    compacting: false,
    offer: null,
    overBudget: false,
    waitsUntil: null,
    ...rest,
  };
}

export function item(id: string, kind: ItemKind, completed = true, turn = 1): Item {
  return { id, turn, startedAt: 1, completedAt: completed ? 2 : null, kind };
}

export function file(id: string, rest: Partial<ChangedFile> = {}): ChangedFile {
  return {
    id,
    path: `src/${id}.js`,
    change: "modified",
    added: 3,
    removed: 1,
    shown: `${id}-1`,
    mark: "undecided",
    markDropped: false,
    changes: 1,
    decided: 0,
    approved: 0,
    parts: null,
    divisible: true,
    result: null,
    content: "text",
    risk: null,
    conflict: null,
    attributes: null,
    lines: 12,
    imprecise: false,
    notes: [],
    author: "agent",
    ...rest,
  };
}

/** A picture; its id is its name, and so is its content's. */
export function attachment(name: string, rest: Partial<Attachment> = {}): Attachment {
  return {
    id: name,
    name,
    content: name,
    bytes: 12_000,
    tokens: 84,
    note: null,
    picture: { width: 320, height: 200, thumbnail: `small ${name}` },
    ...rest,
  };
}

export function changeSet(files: ChangedFile[] = []): ChangeSet {
  return {
    task: "t1",
    files,
    ignored: 0,
    folder: "Nothing in your folder has changed yet.",
    canTakeBack: false,
  };
}

export function check(rest: Partial<Check> = {}): Check {
  return {
    id: "c1",
    command: "npm test",
    folder: "",
    purpose: "test",
    own: false,
    from: "test script of package.json",
    ...rest,
  };
}

export function checkList(checks: Check[] = [check()], draft: string | null = "d1"): CheckList {
  return { checks, draft, rounds: 5, rule: "It ends when the check passes." };
}

/** A run of the check `c1`. */
export function run(
  rest: Partial<Extract<ItemKind, { type: "check" }>> = {},
): Extract<ItemKind, { type: "check" }> {
  return {
    type: "check",
    check: "c1",
    command: "npm test",
    folder: "",
    output: "# pass 1\n",
    result: "failed",
    sentence: "2 of 14 tests fail.",
    sendable: true,
    tests: { passed: 12, failed: 2, skipped: 0 },
    failing: ["stops at zero", "counts every piece"],
    durationMs: 2100,
    changed: [],
    draft: "d1",
    change: 3,
    ...rest,
  };
}

export const appState: AppState = {
  version: "0.1.0",
  recent: [],
  project,
  provider: { name: "OpenAI", ready: true, hint: null },
  confinement: { available: true, sentence: "" },
  models: ["gpt-5-codex", "gpt-5-codex-mini"],
  automatic: false,
  effort: "usual",
  efforts: ["low", "medium", "high"],
};

export function fakeHost(
  more: Handlers = {},
  tasks: Task[] = [task()],
  items: Item[] = [],
): FakeHost {
  return new FakeHost({
    "app/state": () => appState,
    "project/snapshot": () => ({ project, tasks, unsent: "" }),
    "task/get": ({ task: id }) => ({
      task: tasks.find((each) => each.id === id) ?? task({ id }),
      items,
      approvals: [],
      unsent: "",
      draft: "Copied in 3 ms.",
      draftNotes: [],
      waiting: null,
    }),
    "review/changes": () => changeSet(),
    "apply/history": () => [],
    "check/list": () => checkList(),
    "text/keep": () => ({}),
    "file/unsaved": () => [],
    "attachment/list": () => ({ attachments: [], problem: null, refused: [], proposals: [] }),
    "alert/get": () => ({ on: true }),
    ...more,
  });
}

/** Lets everything that is under way finish. */
export async function settled(): Promise<void> {
  for (let round = 0; round < 20; round += 1) await Promise.resolve();
}
