import { describe, expect, it } from "vitest";
import { failure, type FakeHost, type Handlers } from "../host/fake";
import type { Item, Task } from "../host/generated";
import { App } from "./app.svelte";
import { tail, type Checks } from "./checks.svelte";
import { check, checkList, fakeHost, item, run, settled, task } from "./state.fixture";

async function opened(
  items: Item[] = [],
  handlers: Handlers = {},
  state: Partial<Task> = { state: "readyToReview", turn: "done" },
): Promise<{ host: FakeHost; checks: Checks }> {
  const host = fakeHost(handlers, [task(state)], items);
  const app = new App(host);
  app.start();
  await settled();
  await settled();
  const checks = app.workspace?.conversation?.checks;
  if (!checks) throw new Error("there is a task on screen");
  return { host, checks };
}

describe("runs", () => {
  it("are read from the conversation, newest first, each with its check", async () => {
    const other = run({ check: "c2", result: "passed" });
    const { checks } = await opened([item("a", run()), item("b", other), item("c", run())]);
    expect(checks.runs.map((each) => each.id)).toEqual(["c", "b", "a"]);
    expect(checks.of(check()).map((each) => each.id)).toEqual(["c", "a"]);
  });

  it("show what is printed as it comes, and keep the newest of it", async () => {
    const { host, checks } = await opened([
      item("a", run({ result: "running", output: "" }), false),
    ]);
    host.emit({ type: "itemDelta", task: "t1", item: "a", text: "one\n" });
    expect(checks.running?.output).toBe("one\n");
    for (let part = 0; part < 40; part += 1)
      host.emit({ type: "itemDelta", task: "t1", item: "a", text: `line ${part}\n`.repeat(400) });
    const kept = checks.running?.output ?? "";
    expect(kept.length).toBeLessThanOrEqual(12_000);
    expect(kept.startsWith("line ")).toBe(true);
    expect(kept.endsWith("line 39\n")).toBe(true);
  });

  it("are stale when the private copy holds other bytes", async () => {
    let draft = "d1";
    const { host, checks } = await opened([item("a", run())], {
      "check/list": () => checkList([check()], draft),
    });
    await checks.load();
    expect(checks.isStale(checks.runs[0]!)).toBe(false);
    expect(checks.mark).toMatchObject({ text: "2", tone: "stop" });
    draft = "d2";
    host.emit({ type: "changesChanged", task: "t1" });
    await settled();
    expect(checks.isStale(checks.runs[0]!)).toBe(true);
    expect(checks.mark).toBeNull();
  });

  it("are marked on the tab by how the newest went", async () => {
    const passed = run({ result: "passed", sendable: false, failing: [] });
    const { checks } = await opened([item("a", run()), item("b", passed)]);
    expect(checks.mark).toMatchObject({ text: "✓", label: "passed" });
    const crashed = run({ result: "crashed", tests: null });
    expect((await opened([item("a", crashed)])).checks.mark).toMatchObject({ text: "!" });
    const none = run({ result: "noTests", tests: null });
    expect((await opened([item("a", none)])).checks.mark).toBeNull();
  });
});

it("asks for the list only once somebody has looked", async () => {
  const { host, checks } = await opened();
  host.emit({ type: "changesChanged", task: "t1" });
  await settled();
  expect(host.requests("check/list")).toHaveLength(0);
  await checks.load();
  host.emit({ type: "changesChanged", task: "t1" });
  await settled();
  expect(host.requests("check/list")).toHaveLength(2);
});

it("says why something was refused, until the next thing is asked", async () => {
  let answer = () => {
    throw failure("The agent is at work in the private copy.", "", "refused");
  };
  const { checks } = await opened([], { "check/run": () => (answer(), {}) });
  await checks.run(check());
  expect(checks.refused).toBe("The agent is at work in the private copy.");
  answer = () => undefined as never;
  await checks.run(check());
  expect(checks.refused).toBe("");
});

it("shows the newest list after a check was typed", async () => {
  const mine = check({ id: "own:1", command: "make test", own: true });
  const { host, checks } = await opened([], {
    "check/save": ({ command }) => {
      if (!command.trim()) throw failure("The command is empty.");
      return checkList([mine, check()]);
    },
  });
  expect(await checks.save(null, " ", true)).toBe(false);
  expect(checks.refused).toBe("The command is empty.");
  expect(await checks.save(null, "make test", true)).toBe(true);
  expect(checks.list?.checks.map((each) => each.id)).toEqual(["own:1", "c1"]);
  expect(host.requests("check/save").at(-1)).toEqual({
    task: "t1",
    check: null,
    command: "make test",
    tests: true,
  });
});

it("cuts at a line where there is one", () => {
  expect(tail("short\n")).toBe("short\n");
  expect(tail(`first\n${"x".repeat(13_000)}`).startsWith("x")).toBe(true);
  expect(tail("x".repeat(13_000))).toHaveLength(12_000);
});
