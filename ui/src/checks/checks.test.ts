import { cleanup, fireEvent, render, screen, within } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import AppScreen from "../App.svelte";
import type { FakeHost, Handlers } from "../host/fake";
import type { Item, Task } from "../host/generated";
import { App } from "../state/app.svelte";
import { Look } from "../state/look.svelte";
import {
  changeSet,
  check,
  checkList,
  fakeHost,
  file,
  item,
  run,
  settled,
  task,
} from "../state/state.fixture";
import { TESTIDS } from "../testids";

const done = task({ state: "readyToReview", turn: "done" });

/** The Checks tab with these items in the task on screen. */
async function show(
  items: Item[] = [],
  handlers: Handlers = {},
  tasks: Task[] = [done],
): Promise<FakeHost> {
  const host = fakeHost(handlers, tasks, items);
  const app = new App(host);
  app.start();
  render(AppScreen, { app, look: new Look() });
  await settled();
  await settled();
  await fireEvent.click(screen.getByTestId(TESTIDS.checksTab));
  await settled();
  await settled();
  return host;
}

const find = (testid: string) => screen.getByTestId(testid);
const text = (testid: string) => find(testid).textContent?.replace(/\s+/g, " ").trim() ?? "";
const isOff = (testid: string) => (find(testid) as HTMLButtonElement).disabled;

beforeEach(() => localStorage.clear());
afterEach(cleanup);

it("teaches the next step where nothing was found", async () => {
  const host = await show([], {
    "check/list": () => checkList([]),
    "check/save": () => checkList([check({ id: "own:1", command: "make test", own: true })]),
  });
  expect(text(TESTIDS.checkNone)).toContain("No test command was found in this folder");
  await fireEvent.input(find(TESTIDS.checkCommand), { target: { value: "make test" } });
  await fireEvent.click(find(TESTIDS.checkAdd));
  await settled();
  expect(host.requests("check/save")[0]).toMatchObject({ command: "make test", tests: true });
  expect(within(find(TESTIDS.checkCard)).getByText("make test")).toBeTruthy();
  expect(text(TESTIDS.checkResult)).toBe("Not run yet");
});

it("shows what fails, and sends it by one click", async () => {
  const host = await show([item("a", run())], { "check/send": () => task() });
  expect(text(TESTIDS.checkResult)).toBe("Failed");
  const card = find(TESTIDS.checkCard);
  expect(within(card).getByText("2 of 14 tests fail.")).toBeTruthy();
  expect(card.textContent).toContain("ran on the private copy of this task as of change 3");
  const failing = within(find(TESTIDS.checkFailing)).getAllByRole("listitem");
  expect(failing.map((each) => each.textContent?.trim())).toEqual([
    "stops at zero",
    "counts every piece",
  ]);
  await fireEvent.click(find(TESTIDS.checkSend));
  expect(host.requests("check/send")).toEqual([{ task: "t1", check: "c1" }]);
});

it("offers to send only what the agent can mend", async () => {
  const missing = run({ result: "missing", sendable: false, sentence: "`vitest` was not found." });
  await show([item("a", missing)]);
  expect(text(TESTIDS.checkResult)).toBe("Something is missing");
  expect(screen.queryByTestId(TESTIDS.checkSend)).toBeNull();
  expect(screen.queryByTestId(TESTIDS.checkUntilGreen)).toBeNull();
});

it("says that a result is of an earlier copy", async () => {
  await show([item("a", run({ draft: "d0" }))]);
  expect(text(TESTIDS.checkStale)).toContain("The private copy has changed since.");
});

it("names few of the files that a run changed", async () => {
  await show([item("a", run({ changed: ["a", "b", "c", "d", "e"] }))]);
  expect(text(TESTIDS.checkCard)).toContain("it changed a, b, c and 2 more files");
});

it("has what went before in brief", async () => {
  const passed = run({ result: "passed", sentence: "All 14 tests pass.", sendable: false });
  await show([item("a", run(), true, 1), item("b", passed, true, 2)]);
  expect(text(TESTIDS.checkHistory)).toMatch(/^1 earlier run 2 of 14 tests fail\. after turn 1/);
});

it("prints live and stops", async () => {
  const running = run({ result: "running", output: "", failing: [], sendable: false });
  const host = await show([item("a", running, false)], { "check/stop": () => ({}) });
  host.emit({ type: "itemDelta", task: "t1", item: "a", text: "building\n" });
  await settled();
  expect(screen.getByLabelText("Output of the check").textContent).toBe("building\n");
  expect(screen.queryByTestId(TESTIDS.checkRun)).toBeNull();
  await fireEvent.click(find(TESTIDS.checkStop));
  expect(host.requests("check/stop")).toEqual([{ task: "t1" }]);
});

it("shows the round of until green, and how it ended", async () => {
  const rounds = {
    type: "untilGreen" as const,
    check: "c1",
    command: "npm test",
    round: 2,
    limit: 5,
    ending: null,
    sentence: "",
  };
  const working = task({ state: "working", turn: "running" });
  const host = await show([item("a", run()), item("g", rounds, false)], {}, [working]);
  expect(text(TESTIDS.checkRounds)).toBe("Until green: 2 of 5 the agent works on what fails");
  expect(screen.queryByTestId(TESTIDS.checkSend)).toBeNull();
  expect(isOff(TESTIDS.checkStop)).toBe(false);
  const ended = {
    ...rounds,
    ending: "green" as const,
    sentence: "The check passes after 2 rounds.",
  };
  host.emit({ type: "itemCompleted", task: "t1", item: item("g", ended) });
  await settled();
  expect(text(TESTIDS.checkRounds)).toBe("Until green The check passes after 2 rounds.");
});

it("does not run beside the agent, and says so", async () => {
  await show([], {}, [task({ state: "working", turn: "running" })]);
  expect(isOff(TESTIDS.checkRun)).toBe(true);
  expect(text(TESTIDS.checks)).toContain("The agent is at work. Checks can run when it is done.");
});

it("needs a task, and says so", async () => {
  await show([], {}, []);
  expect(isOff(TESTIDS.checkRun)).toBe(true);
  expect(text(TESTIDS.checks)).toContain("Start a task, then run them here.");
});

it("changes and removes only what the person typed", async () => {
  const mine = check({ id: "own:1", command: "make tset", own: true, from: "typed by you" });
  const host = await show([], {
    "check/list": () => checkList([mine, check()]),
    "check/save": () => checkList([{ ...mine, command: "make test" }]),
    "check/remove": () => checkList([]),
  });
  await fireEvent.click(find(TESTIDS.checkEdit));
  const form = within(screen.getByRole("article", { name: "make tset" }));
  await fireEvent.input(form.getByTestId(TESTIDS.checkCommand), { target: { value: "make test" } });
  await fireEvent.click(form.getByTestId(TESTIDS.checkAdd));
  await settled();
  expect(host.requests("check/save")[0]).toMatchObject({ check: "own:1", command: "make test" });
  await fireEvent.click(find(TESTIDS.checkRemove));
  await settled();
  expect(host.requests("check/remove")).toEqual([{ task: "t1", check: "own:1" }]);
});

it("keeps the place where the person was reading the changes", async () => {
  const set = { ...changeSet([file("a"), file("b")]) };
  await show([], {
    "review/changes": () => set,
    "review/open": () => new Promise(() => undefined),
  });
  await fireEvent.click(find(TESTIDS.changesTab));
  const scroller = () => screen.getByRole("tabpanel").querySelector<HTMLElement>(".scroll")!;
  scroller().scrollTop = 340;
  await fireEvent.scroll(scroller());
  await fireEvent.click(find(TESTIDS.checksTab));
  await fireEvent.click(find(TESTIDS.changesTab));
  await vi.waitFor(() => expect(scroller().scrollTop).toBe(340));
});

it("stays chosen from task to task", async () => {
  await show([], {}, [done, task({ id: "t2", title: "Other", state: "applied", turn: "done" })]);
  await fireEvent.click(screen.getAllByTestId(TESTIDS.taskItem)[1]!);
  await settled();
  expect(find(TESTIDS.checksTab).getAttribute("aria-selected")).toBe("true");
});
