import { describe, expect, it } from "vitest";
import { failure } from "../host/fake";
import type { Handlers, FakeHost } from "../host/fake";
import type { Item } from "../host/generated";
import { App } from "./app.svelte";
import { joined } from "./conversation.svelte";
import { appState, fakeHost, item, project, settled, task } from "./state.fixture";

async function started(host: FakeHost): Promise<App> {
  const app = new App(host);
  app.start();
  await settled();
  return app;
}

const answer = (text: string, completed = false): Item =>
  item("a", { type: "answer", text }, completed);

function text(app: App): string {
  const kind = app.workspace?.conversation?.items.find((each) => each.id === "a")?.kind;
  return kind?.type === "answer" ? kind.text : "";
}

describe("events", () => {
  it("shows the open project and its newest task", async () => {
    const app = await started(fakeHost());
    expect(app.workspace?.project.name).toBe("Paper Shop");
    expect(app.workspace?.conversation?.id).toBe("t1");
  });

  it("grows an item by deltas and takes its last form", async () => {
    const host = fakeHost();
    const app = await started(host);
    host.emit({ type: "itemStarted", task: "t1", item: answer("") });
    host.emit(
      { type: "itemDelta", task: "t1", item: "a", text: "Two " },
      { type: "itemDelta", task: "t1", item: "a", text: "causes" },
    );
    expect(text(app)).toBe("Two causes");
    host.emit({ type: "itemCompleted", task: "t1", item: answer("Two causes.", true) });
    expect(text(app)).toBe("Two causes.");
    host.emit({ type: "itemDelta", task: "t1", item: "a", text: " late" });
    expect(text(app)).toBe("Two causes.");
  });

  it("shows text that came while the task was being loaded, without waiting for more", async () => {
    const host = fakeHost();
    const get = host.handlers["task/get"]!;
    const app = await started(host);
    let give = (): void => undefined;
    host.handlers["task/get"] = (request) =>
      new Promise((done) => (give = () => done(get(request))));
    const loading = app.workspace!.conversation!.load();
    host.emit(
      { type: "itemStarted", task: "t1", item: answer("") },
      { type: "itemDelta", task: "t1", item: "a", text: "The first half" },
    );
    give();
    await loading;
    expect(text(app)).toBe("The first half");
    host.emit({ type: "itemDelta", task: "t1", item: "a", text: " and the second" });
    expect(text(app)).toBe("The first half and the second");
  });

  it("asks for everything again after a gap in the numbers", async () => {
    const host = fakeHost();
    await started(host);
    host.emit({ type: "taskChanged", task: task({ detail: "one" }) });
    await settled();
    const before = host.requests("project/snapshot").length;
    host.lose();
    host.emit({ type: "taskChanged", task: task({ detail: "three" }) });
    await settled();
    expect(host.requests("project/snapshot").length).toBe(before + 1);
    expect(host.requests("task/get").length).toBeGreaterThan(1);
  });

  it("asks for everything again when the host lost events", async () => {
    const host = fakeHost();
    await started(host);
    host.resync();
    await settled();
    expect(host.requests("project/snapshot").length).toBe(2);
  });

  it("does not ask again while the numbers are whole", async () => {
    const host = fakeHost();
    await started(host);
    for (let n = 0; n < 5; n += 1) host.emit({ type: "taskChanged", task: task() });
    await settled();
    expect(host.requests("project/snapshot").length).toBe(1);
  });

  it("ignores what belongs to a task that is not on screen", async () => {
    const host = fakeHost();
    const app = await started(host);
    host.emit({ type: "itemStarted", task: "other", item: answer("elsewhere") });
    expect(app.workspace?.conversation?.items).toEqual([]);
  });

  it("does not let an older picture cover newer events", async () => {
    let give = (): void => undefined;
    const late = new Promise<void>((done) => (give = done));
    const host = fakeHost();
    const old = host.handlers["task/get"];
    host.handlers["task/get"] = async (request) => {
      const view = await old!(request);
      await late;
      return { ...view, items: [answer("Hel")] };
    };
    const app = await started(host);
    host.emit({ type: "itemDelta", task: "t1", item: "a", text: "lo" });
    give();
    await settled();
    host.emit({ type: "itemDelta", task: "t1", item: "a", text: " you" });
    expect(text(app)).toBe("Hello you");
  });

  it("does not let an older list of tasks cover newer events", async () => {
    let give = (): void => undefined;
    const host = fakeHost();
    host.handlers["project/snapshot"] = () =>
      new Promise((done) => {
        give = () => done({ project, tasks: [task({ detail: "old" })], unsent: "" });
      });
    const app = await started(host);
    host.emit({ type: "taskChanged", task: task({ detail: "new", changedAt: 2 }) });
    give();
    await settled();
    expect(app.workspace?.task("t1")?.detail).toBe("new");
  });

  it("goes to the welcome screen when the project is closed", async () => {
    const host = fakeHost();
    const app = await started(host);
    host.handlers["app/state"] = () => ({ ...appState, project: null });
    host.emit({ type: "projectClosed" });
    await settled();
    expect(app.workspace).toBeNull();
  });

  it("opens another project when the engine says so", async () => {
    const host = fakeHost();
    const app = await started(host);
    const other = { ...project, id: "p2", name: "Portfolio" };
    host.handlers["project/snapshot"] = () => ({
      project: other,
      tasks: [],
      unsent: "half a wish",
    });
    host.emit({ type: "projectChanged", project: other });
    await settled();
    expect(app.workspace?.project.name).toBe("Portfolio");
    expect(app.workspace?.newTask.text).toBe("half a wish");
  });

  it("says what failed and keeps each sentence once", async () => {
    const refuse = () => {
      throw failure("That folder is your home folder.", "Choose a folder in it.", "refused");
    };
    const handlers: Handlers = { "project/sample": refuse };
    const host = fakeHost(handlers);
    const app = await started(host);
    await app.openSample();
    await app.openSample();
    expect(app.notices.map((notice) => notice.message)).toEqual([
      "That folder is your home folder.",
    ]);
    expect(app.opening).toBeNull();
  });
});

describe("stop", () => {
  it("says that it stops until the engine has said so", async () => {
    let give = (): void => undefined;
    const host = fakeHost({
      "task/stop": () => new Promise((done) => (give = () => done(task()))),
    });
    const app = await started(host);
    const conversation = app.workspace!.conversation!;
    void conversation.stop();
    expect(conversation.stopping).toBe(true);
    await settled();
    give();
    await settled();
    expect(conversation.stopping).toBe(true);
    host.emit({ type: "taskChanged", task: task({ turn: "stopped", state: "stopped" }) });
    expect(conversation.stopping).toBe(false);
  });

  it("can be asked again when it failed", async () => {
    const host = fakeHost({
      "task/stop": () => {
        throw failure("The engine is busy.");
      },
    });
    const app = await started(host);
    await app.workspace!.conversation!.stop();
    expect(app.workspace!.conversation!.stopping).toBe(false);
    expect(app.notices).toHaveLength(1);
  });
});

describe("joined", () => {
  it.each([
    ["abc", ["d"], "abcd"],
    ["abcd", ["d"], "abcd"],
    ["abcd", ["c", "d", "e"], "abcde"],
    ["", ["x"], "x"],
  ])("%s and %j make %s", (loaded, deltas, whole) => {
    expect(joined(loaded, deltas)).toBe(whole);
  });
});
