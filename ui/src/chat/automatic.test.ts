import { cleanup, fireEvent, render, screen, within } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, it } from "vitest";
import AppScreen from "../App.svelte";
import type { FakeHost, Handlers } from "../host/fake";
import type { AppState, Item, ModelChosen, Settings, Task } from "../host/generated";
import { App } from "../state/app.svelte";
import { Automatic } from "../state/automatic.svelte";
import { Look } from "../state/look.svelte";
import { appState, fakeHost, item, settled, task } from "../state/state.fixture";
import { TESTIDS } from "../testids";

const MINI: ModelChosen = {
  model: "gpt-5-codex-mini",
  other: "gpt-5-codex",
  rule: "small",
  because: "the request is short",
};
const FULL: ModelChosen = {
  model: "gpt-5-codex",
  other: "gpt-5-codex-mini",
  rule: "wide",
  because: "the request says “review”",
};
const SAID = [
  item("1-1", { type: "message", text: "Fix it", attachments: [] }),
  item("1-automatic", { type: "automatic", ...MINI }),
  item("1-2", { type: "answer", text: "Done." }),
];

async function show(
  tasks: Task[],
  handlers: Handlers = {},
  items: Item[] = SAID,
  state: Partial<AppState> = {},
): Promise<FakeHost> {
  const host = fakeHost(
    {
      "app/state": () => ({ ...appState, ...state }),
      "model/list": () => ({ models: ["gpt-5-codex"], note: null }),
      "model/would": ({ text }) => (text.includes("review") ? FULL : MINI),
      "model/rules": () => [
        { rule: "wide", words: "The message asks for a review.", then: "full" },
        { rule: "small", words: "The message is short.", then: "small" },
      ],
      ...handlers,
    },
    tasks,
    items,
  );
  const app = new App(host);
  app.start();
  render(AppScreen, { app, look: new Look() });
  await settled();
  return host;
}

const find = (testid: string) => screen.getByTestId(testid);
const text = (testid: string) => find(testid).textContent.replace(/\s+/g, " ").trim();
async function type(words: string) {
  await fireEvent.input(find(TESTIDS.composerText), { target: { value: words } });
  await settled();
}
async function open(testid: string) {
  find(testid).focus();
  await fireEvent.keyDown(find(testid), { key: "Enter" });
  await settled();
}

beforeEach(() => localStorage.clear());
afterEach(cleanup);

it("says live whom Automatic would ask for what is typed", async () => {
  const done = task({ automatic: true, state: "answered", turn: "done" });
  const host = await show([done]);
  expect(text(TESTIDS.composerModel)).toBe("Automatic: gpt-5-codex-mini");
  await type("Please review");
  expect(text(TESTIDS.composerModel)).toBe("Automatic: gpt-5-codex");
  expect(find(TESTIDS.composerModel).getAttribute("aria-label")).toBe(
    "Model: Automatic: gpt-5-codex",
  );
  expect(host.requests("model/would").at(-1)).toEqual({ task: "t1", text: "Please review" });
});

it("shows who is at work while a turn runs", async () => {
  const host = await show([task({ automatic: true })]);
  await type("Please review");
  expect(text(TESTIDS.composerModel)).toBe("Automatic: gpt-5-codex-mini");
  expect(host.requests("model/would")).toEqual([]);
});

it("asks nobody's rules where the person chose the model", async () => {
  const host = await show([task({ state: "answered", turn: "done" })]);
  await type("Please review");
  expect(text(TESTIDS.composerModel)).toBe("gpt-5-codex");
  expect(host.requests("model/would")).toEqual([]);
});

it("gathers keys while a question is under way", async () => {
  const waiting: ((chosen: ModelChosen) => void)[] = [];
  const host = fakeHost({
    "model/would": () => new Promise<ModelChosen>((answer) => waiting.push(answer)),
  });
  const automatic = new Automatic(host, null);
  for (const words of ["F", "Fi", "Fix"]) void automatic.look(words);
  waiting[0]?.(MINI);
  await settled();
  waiting[1]?.(FULL);
  await settled();
  expect(host.requests("model/would").map((each) => each.text)).toEqual(["F", "Fix"]);
  expect(automatic.would).toEqual(FULL);
});

it("chooses Automatic for a task and for new ones", async () => {
  const host = await show([task({ state: "answered", turn: "done" })], {
    "task/configure": () => task({ automatic: true, state: "answered", turn: "done" }),
  });
  await open(TESTIDS.composerModel);
  await fireEvent.click(find("composer-model-auto"));
  await settled();
  expect(host.requests("task/configure")).toEqual([
    { task: "t1", model: "auto", effort: null, permission: null },
  ]);
  expect(text(TESTIDS.composerModel)).toBe("Automatic: gpt-5-codex-mini");
});

it("keeps Automatic where only the effort of new tasks is changed", async () => {
  const host = await show([], { "model/prefer": () => ({}) as Settings }, [], { automatic: true });
  expect(text(TESTIDS.composerModel)).toBe("Automatic: gpt-5-codex-mini");
  await open(TESTIDS.composerEffort);
  await fireEvent.click(find("composer-effort-low"));
  await settled();
  expect(host.requests("model/prefer")).toEqual([{ model: "auto", effort: "low" }]);
});

it("says at the turn who answered and why, and takes the other by a click", async () => {
  const done = { state: "answered", turn: "done" } as const;
  const host = await show([task({ automatic: true, ...done })], {
    "task/configure": ({ model }) =>
      task({ automatic: false, model: model ?? "", ...done, changedAt: 2 }),
    "task/retry": () => task(),
  });
  expect(text(TESTIDS.automatic)).toContain(
    "Automatic: gpt-5-codex-mini, because the request is short.",
  );
  await fireEvent.click(find(TESTIDS.automaticOther));
  await settled();
  expect(host.requests("task/configure")).toEqual([
    { task: "t1", model: "gpt-5-codex", effort: null, permission: null },
  ]);
  expect(screen.queryByTestId(TESTIDS.automaticOther)).toBeNull();
  expect(text(TESTIDS.automatic)).toContain("gpt-5-codex answers from your next message on.");
  expect(document.activeElement).toBe(find(TESTIDS.automaticAgain));
  await fireEvent.click(find(TESTIDS.automaticAgain));
  await settled();
  expect(host.requests("task/retry")).toEqual([{ task: "t1" }]);
});

it("offers the other while the turn runs, and nothing at earlier turns", async () => {
  const host = await show(
    [task({ automatic: true })],
    { "task/configure": () => task({ automatic: false, changedAt: 2 }) },
    [
      ...SAID,
      item("2-1", { type: "message", text: "And this", attachments: [] }, true, 2),
      item("2-automatic", { type: "automatic", ...MINI }, true, 2),
    ],
  );
  const [first, second] = screen.getAllByTestId(TESTIDS.automatic);
  expect(within(first!).queryByRole("button")).toBeNull();
  await fireEvent.click(within(second!).getByRole("button"));
  await settled();
  expect(host.requests("task/configure")).toHaveLength(1);
  expect((find(TESTIDS.automaticAgain) as HTMLButtonElement).disabled).toBe(true);
  expect(document.activeElement).toBe(find(TESTIDS.composerText));
});

it("lists the rules in their order and marks the one that holds", async () => {
  await show([task({ automatic: true, state: "answered", turn: "done" })]);
  await open(TESTIDS.composerModel);
  await fireEvent.click(find("composer-model-rules"));
  await settled();
  const rules = within(find(TESTIDS.howAutomatic)).getAllByRole("listitem");
  expect(rules.map((rule) => rule.textContent.replace(/\s+/g, " ").trim())).toEqual([
    "The message asks for a review. The chosen model",
    "The message is short. The cheaper sibling",
  ]);
  expect(rules.map((rule) => rule.className.includes("holds"))).toEqual([false, true]);
  expect(text(TESTIDS.howAutomatic)).toContain(
    "goes to gpt-5-codex-mini, because the request is short.",
  );
});
