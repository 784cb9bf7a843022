import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, it } from "vitest";
import AppScreen from "../App.svelte";
import type { FakeHost, Handlers } from "../host/fake";
import type { Task } from "../host/generated";
import { App } from "../state/app.svelte";
import { Look } from "../state/look.svelte";
import { appState, fakeHost, settled, task } from "../state/state.fixture";
import { TESTIDS } from "../testids";

async function show(tasks: Task[], handlers: Handlers = {}): Promise<{ host: FakeHost; app: App }> {
  const host = fakeHost(
    {
      "model/list": () => ({ models: ["gpt-5-codex", "qwen3"], note: "The list is short." }),
      ...handlers,
    },
    tasks,
  );
  const app = new App(host);
  app.start();
  render(AppScreen, { app, look: new Look() });
  await settled();
  return { host, app };
}

const find = (testid: string) => screen.getByTestId(testid);
async function open(testid: string) {
  find(testid).focus();
  await fireEvent.keyDown(find(testid), { key: "Enter" });
  await settled();
}
async function pick(testid: string) {
  await fireEvent.click(find(testid));
  await settled();
}

beforeEach(() => localStorage.clear());
afterEach(cleanup);

it("asks the server for its models only when the list is opened, and shows them", async () => {
  const { host } = await show([task()]);
  expect(host.requests("model/list")).toHaveLength(0);
  await open(TESTIDS.composerModel);
  expect(host.requests("model/list")).toHaveLength(1);
  expect(find("composer-model-qwen3")).toBeTruthy();
  expect(screen.getByText("The list is short.")).toBeTruthy();
});

it("changes model and effort of a task at work", async () => {
  const { host } = await show([task()], { "task/configure": () => task() });
  await open(TESTIDS.composerModel);
  await pick("composer-model-qwen3");
  await open(TESTIDS.composerEffort);
  await pick("composer-effort-high");
  expect(host.requests("task/configure")).toEqual([
    { task: "t1", model: "qwen3", effort: null, permission: null },
    { task: "t1", model: null, effort: "high", permission: null },
  ]);
});

it("takes a model that no list knows", async () => {
  const { host } = await show([task()], { "task/configure": () => task() });
  await open(TESTIDS.composerModel);
  await pick("composer-model-more");
  const field = find(TESTIDS.anotherModel);
  await fireEvent.input(field, { target: { value: " my-own " } });
  await fireEvent.submit(field.closest("form")!);
  await settled();
  expect(host.requests("task/configure")).toEqual([
    { task: "t1", model: "my-own", effort: null, permission: null },
  ]);
});

it("shows no effort for a model that has none", async () => {
  await show([task({ efforts: [] })]);
  expect(screen.queryByTestId(TESTIDS.composerEffort)).toBeNull();
});

it("remembers the model of new tasks and starts with it at once", async () => {
  let state = { ...appState };
  const { host } = await show([], {
    "app/state": () => state,
    "model/prefer": ({ model, effort }) => {
      state = { ...state, models: [model, ...appState.models], effort };
      return { file: "", problems: [], chosen: "", providers: [], presets: [], answerCache: true };
    },
    "task/start": () => task(),
  });
  await open(TESTIDS.composerModel);
  await pick("composer-model-qwen3");
  await open(TESTIDS.composerEffort);
  await pick("composer-effort-low");
  expect(host.requests("model/prefer")).toEqual([
    { model: "qwen3", effort: "usual" },
    { model: "qwen3", effort: "low" },
  ]);
  expect(find(TESTIDS.composerModel).textContent).toContain("qwen3");
  expect(find(TESTIDS.composerEffort).textContent).toContain("Low");
});
