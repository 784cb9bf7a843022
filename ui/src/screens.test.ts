import { cleanup, fireEvent, render, screen, within } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import AppScreen from "./App.svelte";
import { failure, type FakeHost, type Handlers } from "./host/fake";
import type { AppState, Item, Task } from "./host/generated";
import { PATIENCE } from "./patience.fixture";
import { App } from "./state/app.svelte";
import { Look } from "./state/look.svelte";
import {
  appState,
  attachment,
  changeSet,
  fakeHost,
  file,
  item,
  project,
  settled,
  task,
} from "./state/state.fixture";
import { TESTIDS } from "./testids";

interface Scene {
  state?: Partial<AppState>;
  tasks?: Task[];
  items?: Item[];
  handlers?: Handlers;
}

async function show(scene: Scene = {}): Promise<{ host: FakeHost; app: App }> {
  const host = fakeHost(
    { "app/state": () => ({ ...appState, ...scene.state }), ...scene.handlers },
    scene.tasks,
    scene.items,
  );
  if (scene.state?.project) {
    const opened = scene.state.project;
    host.handlers["project/snapshot"] = () => ({
      project: opened,
      tasks: scene.tasks ?? [],
      unsent: "",
    });
  }
  const app = new App(host);
  app.start();
  render(AppScreen, { app, look: new Look() });
  await settled();
  await settled();
  return { host, app };
}

const find = (testid: string) => screen.getByTestId(testid);
const text = (testid: string) => find(testid).textContent?.replace(/\s+/g, " ").trim() ?? "";

beforeEach(() => localStorage.clear());
afterEach(cleanup);

describe("welcome", () => {
  const recent = {
    id: "r1",
    name: "Portfolio",
    place: "~/Sites/portfolio",
    openedAt: Date.now(),
    needsYou: 1,
    ready: 0,
    missing: false,
  };

  it("opens the sample, a folder, and a recent project", async () => {
    const { host } = await show({
      state: { project: null, recent: [recent] },
      handlers: { "project/sample": () => project, "project/reopen": () => project },
    });
    await fireEvent.click(find(TESTIDS.welcomeSample));
    await settled();
    await fireEvent.click(find(TESTIDS.welcomeOpen));
    await settled();
    await fireEvent.click(find("recent-Portfolio"));
    await settled();
    expect(host.requests("project/sample")).toHaveLength(1);
    expect(host.picked).toBe(1);
    expect(host.requests("project/reopen")).toEqual([{ project: "r1" }]);
  });

  it("marks a folder that is missing and lets it go", async () => {
    const { host } = await show({
      state: { project: null, recent: [{ ...recent, missing: true }] },
      handlers: { "project/forget": () => ({}) },
    });
    expect(text("recent-Portfolio")).toContain("Folder is missing");
    expect((find("recent-Portfolio") as HTMLButtonElement).disabled).toBe(true);
    await fireEvent.click(screen.getByLabelText("Take Portfolio off this list"));
    expect(host.requests("project/forget")).toEqual([{ project: "r1" }]);
  });

  it("says when commands cannot be confined", async () => {
    await show({
      state: {
        project: null,
        confinement: { available: false, sentence: "bubblewrap is missing." },
      },
    });
    expect(text(TESTIDS.confinement)).toBe("bubblewrap is missing.");
  });

  it("shows where to drop while a file is held over the window", async () => {
    const { host } = await show({ state: { project: null } });
    expect(screen.queryByTestId(TESTIDS.dropHere)).toBeNull();
    host.emit({ type: "dragging", over: true });
    await settled();
    expect(text(TESTIDS.dropHere)).toBe("Drop a folder to open it");
  });

  it("says what failed", async () => {
    await show({
      state: { project: null },
      handlers: {
        "project/sample": () => {
          throw failure("The disk is full.", "Free some room and try again.");
        },
      },
    });
    await fireEvent.click(find(TESTIDS.welcomeSample));
    await settled();
    expect(text(TESTIDS.notice)).toContain("The disk is full. Free some room");
  });
});

describe("a new task", () => {
  const demo = { ...project, demo: true, suggestion: "Cap the coupon, please." };

  it("starts from the suggestion by one click and is labelled as a demo", async () => {
    const { host } = await show({
      state: { project: demo },
      tasks: [],
      handlers: { "task/start": () => task() },
    });
    expect(text(TESTIDS.demoLabel)).toBe("Demo: scripted replies");
    await fireEvent.click(find(TESTIDS.suggestion));
    await settled();
    expect(host.requests("task/start")).toEqual([
      {
        text: "Cap the coupon, please.",
        attachments: [],
        model: null,
        effort: null,
        permission: "auto",
      },
    ]);
    expect(find(TESTIDS.chat)).toBeTruthy();
  });

  it("sends by Enter, not by Shift+Enter and not while composing", async () => {
    const { host } = await show({
      state: { project },
      tasks: [],
      handlers: { "task/start": () => task() },
    });
    const field = find(TESTIDS.composerText);
    await fireEvent.input(field, { target: { value: "Do it" } });
    await fireEvent.keyDown(field, { key: "Enter", shiftKey: true });
    await fireEvent.keyDown(field, { key: "Enter", isComposing: true });
    expect(host.requests("task/start")).toHaveLength(0);
    await fireEvent.keyDown(field, { key: "Enter" });
    await settled();
    expect(host.requests("task/start")).toHaveLength(1);
  });

  it("cannot be sent without a provider, and says why", async () => {
    await show({
      state: { project, provider: { name: "OpenAI", ready: false, hint: "Set OPENAI_API_KEY." } },
      tasks: [],
    });
    await fireEvent.input(find(TESTIDS.composerText), { target: { value: "Do it" } });
    expect((find(TESTIDS.composerSend) as HTMLButtonElement).disabled).toBe(true);
    expect(screen.getByText("Set OPENAI_API_KEY.")).toBeTruthy();
  });
});

describe("a conversation", () => {
  it("stops by the button and by Escape", async () => {
    const stopped = vi.fn(() => task({ turn: "running" }));
    await show({ handlers: { "task/stop": stopped } });
    await fireEvent.keyDown(find(TESTIDS.composerText), { key: "Escape" });
    expect(stopped).toHaveBeenCalledTimes(1);
    expect(text(TESTIDS.taskState)).toBe("Stopping…");
    await settled();
    await fireEvent.click(find(TESTIDS.composerStop));
    expect(stopped).toHaveBeenCalledTimes(1);
  });

  it("opens a line to its exact command and output", async () => {
    const command = {
      type: "command" as const,
      command: "bash -lc 'cat src/cart.js'",
      folder: "",
      output: "export function cartTotal",
      outcome: "running" as const,
      exitCode: null,
      durationMs: 0,
      changed: [],
      tests: null,
    };
    const { host } = await show({ items: [item("c", command, false)] });
    const line = find(TESTIDS.itemLine);
    expect(line.getAttribute("aria-expanded")).toBe("false");
    await fireEvent.click(line);
    expect(screen.getByText("bash -lc 'cat src/cart.js'")).toBeTruthy();
    host.emit({ type: "itemDelta", task: "t1", item: "c", text: "(items)" });
    await settled();
    expect(text(TESTIDS.itemOutput)).toBe("export function cartTotal(items)");
  });

  it("shows the beginning of a long message, and all of it when asked", async () => {
    const message = (id: string, words: string) =>
      item(id, { type: "message", text: words, attachments: [] });
    await show({ items: [message("s", "Short."), message("l", "One line of many.\n".repeat(40))] });
    const [short, long] = screen.getAllByTestId(TESTIDS.message);
    expect(short?.querySelector("button")).toBeNull();
    const button = long?.querySelector("button");
    expect(long?.querySelector(".short")).toBeTruthy();
    if (button) await fireEvent.click(button);
    expect(button?.getAttribute("aria-expanded")).toBe("true");
    expect(long?.querySelector(".short")).toBeNull();
  });

  it("keeps what the last message is changed to, for that message only", async () => {
    const message = (id: string, turn: number, words: string) =>
      item(id, { type: "message", text: words, attachments: [attachment("shot.png")] }, true, turn);
    const ended = (id: string) => task({ id, title: id, state: "answered", turn: "done" });
    const tasks = [ended("t1"), ended("t2")];
    const { host, app } = await show({
      tasks,
      items: [message("m1", 1, "Make it blue.")],
      handlers: { "task/resend": () => task({ turn: "running" }) },
    });
    await fireEvent.click(find(TESTIDS.editMessage));
    const field = () => find(TESTIDS.editText) as HTMLTextAreaElement;
    expect(field().value).toBe("Make it blue.");
    expect(find(TESTIDS.sentAttachment).dataset["name"]).toBe("shot.png");
    await fireEvent.input(field(), { target: { value: "Make it green." } });

    // Another task and back.
    app.workspace?.select("t2");
    await settled();
    app.workspace?.select("t1");
    await settled();
    expect(field().value).toBe("Make it green.");

    // Another message has taken its place: that one is not being changed.
    host.emit({ type: "itemCompleted", task: "t1", item: message("m2", 2, "And the border?") });
    await settled();
    expect(screen.queryByTestId(TESTIDS.editText)).toBeNull();
    expect(host.requests("task/resend")).toHaveLength(0);
  });

  it("offers to try again after a failed turn only", async () => {
    const error = item("e", {
      type: "error",
      code: "rateLimit",
      message: "Too many requests for `gpt-5-codex`.",
      hint: "Wait a minute.",
    });
    const { host } = await show({
      tasks: [task({ state: "stopped", turn: "failed" })],
      items: [error],
      handlers: { "task/retry": () => task() },
    });
    expect(text(TESTIDS.errorCard)).toContain("Too many requests for gpt-5-codex. Wait a minute.");
    expect(find(TESTIDS.errorCard).querySelector("code")?.textContent).toBe("gpt-5-codex");
    // It did nothing, so there is nothing to go on with and nothing to ask about.
    expect(screen.queryByTestId(TESTIDS.goOn)).toBeNull();
    await fireEvent.click(find(TESTIDS.tryAgain));
    await settled();
    expect(host.requests("task/retry")).toEqual([{ task: "t1" }]);
    expect(screen.queryByTestId(TESTIDS.tryAgain)).toBeNull();
  });

  it("makes a conversation shorter by a word that is not sent", async () => {
    const { host } = await show({
      tasks: [task({ state: "answered", turn: "done" })],
      handlers: { "task/compact": () => task({ turn: "done", compacting: true }) },
    });
    const field = find(TESTIDS.composerText);
    await fireEvent.input(field, { target: { value: "/compact" } });
    await fireEvent.keyDown(field, { key: "Enter" });
    await settled();
    expect(host.requests("task/compact")).toEqual([{ task: "t1" }]);
    expect(host.requests("task/send")).toEqual([]);
    expect((field as HTMLTextAreaElement).value).toBe("");
    expect(screen.getByTestId(TESTIDS.composerStop)).toBeTruthy();
  });

  it("shows exactly what goes on after a compaction, once it is opened", async () => {
    const { host } = await show({
      tasks: [task({ state: "answered", turn: "done" })],
      items: [item("c", { type: "compaction", text: "Made shorter.", detail: "Kept: 2." })],
      handlers: { "task/kept": () => ({ text: "first wish" }) },
    });
    expect(host.requests("task/kept")).toEqual([]);
    await fireEvent.click(find(TESTIDS.itemLine));
    await settled();
    expect(host.requests("task/kept")).toEqual([{ task: "t1", item: "c" }]);
    expect(text(TESTIDS.kept)).toContain("first wish");
  });

  it("says that an answer was given before, and asks again", async () => {
    const { host } = await show({
      tasks: [task({ state: "answered", turn: "done" })],
      items: [
        item("m", { type: "message", text: "What?", attachments: [] }),
        item("e", { type: "earlier", at: Date.now() - 3 * 60_000 - 500 }),
        item("a", { type: "answer", text: "That." }),
      ],
      handlers: { "task/retry": () => task() },
    });
    expect(text(TESTIDS.earlier)).toContain("From an earlier answer, 3 min ago");
    await fireEvent.click(find(TESTIDS.askAgain));
    await settled();
    expect(host.requests("task/retry")).toEqual([{ task: "t1" }]);
  });

  it("counts a wait down and ends it by a click", async () => {
    const { host } = await show({
      tasks: [task({ state: "working", turn: "running" })],
      handlers: { "task/tryNow": () => task({ state: "working", turn: "running" }) },
    });
    const text = "OpenAI is limiting how fast it is asked. Trying again, 1 of 4.";
    host.emit({ type: "waiting", task: "t1", text, ms: 1500 });
    await settled();
    expect(document.body.textContent).toContain(text);
    // Too short to be counted.
    expect(screen.queryByTestId(TESTIDS.countdown)).toBeNull();
    host.emit({ type: "waiting", task: "t1", text, ms: 30_000 });
    await settled();
    expect(find(TESTIDS.countdown).textContent).toMatch(/^Next try in (30|29) seconds\.$/);
    await fireEvent.click(find(TESTIDS.tryNow));
    await settled();
    expect(host.requests("task/tryNow")).toEqual([{ task: "t1" }]);
    expect(screen.queryByTestId(TESTIDS.countdown)).toBeNull();
    expect(screen.queryByTestId(TESTIDS.tryNow)).toBeNull();
  });

  it("counts a wait on that began before the window was loaded", async () => {
    await show({
      tasks: [task({ state: "working", turn: "running" })],
      handlers: {
        "task/get": () => ({
          task: task({ state: "working", turn: "running" }),
          items: [],
          approvals: [],
          unsent: "",
          draft: "",
          draftNotes: [],
          waiting: { text: "OpenAI is limiting how fast it is asked.", ms: 40_000 },
        }),
      },
    });
    expect(find(TESTIDS.countdown).textContent).toMatch(/^Next try in (40|39) seconds\.$/);
    expect(document.body.textContent).toContain("OpenAI is limiting how fast it is asked.");
  });

  it("asks about a wait that is too long to be kept unasked", async () => {
    const until = Date.now() + 2 * 3_600_000;
    const at = new Date(until).toTimeString().slice(0, 5);
    const { host } = await show({
      tasks: [task({ state: "paused", turn: "failed", waitsUntil: until })],
      items: [item("e", { type: "error", code: "rate_limited", message: "Wait.", hint: "" })],
      handlers: {
        "task/wait": () => task({ state: "working", turn: "running" }),
        "task/continue": () => task({ state: "working", turn: "running" }),
      },
    });
    expect(text(TESTIDS.waitUntil)).toBe(`Wait until ${at}`);
    await fireEvent.click(find(TESTIDS.waitUntil));
    await settled();
    expect(host.requests("task/wait")).toEqual([{ task: "t1" }]);
    host.emit({ type: "waiting", task: "t1", text: "It asked to wait.", ms: 2 * 3_600_000 });
    await settled();
    expect(text(TESTIDS.countdown)).toBe(`Next try at ${at}.`);
  });

  it("asks again at once, and offers no wait of a day or of a time that is over", async () => {
    for (const until of [Date.now() + 25 * 3_600_000, Date.now() - 1000]) {
      const { host } = await show({
        tasks: [task({ state: "paused", turn: "failed", waitsUntil: until })],
        items: [item("e", { type: "error", code: "rate_limited", message: "Wait.", hint: "" })],
        handlers: { "task/continue": () => task({ state: "working", turn: "running" }) },
      });
      expect(screen.queryByTestId(TESTIDS.waitUntil)).toBeNull();
      await fireEvent.click(find(TESTIDS.tryNow));
      await settled();
      expect(host.requests("task/continue")).toEqual([{ task: "t1" }]);
      cleanup();
    }
  });

  it("offers to continue what was interrupted", async () => {
    await show({ tasks: [task({ state: "stopped", turn: "interrupted" })] });
    expect(text(TESTIDS.goOn)).toBe("Continue");
  });

  it("counts the plan and says the state of every task in words", async () => {
    await show({
      tasks: [task(), task({ id: "t2", title: "Old", state: "applied", turn: "done" })],
      items: [
        item("p", {
          type: "plan",
          steps: [
            { step: "One", status: "completed" },
            { step: "Two", status: "inProgress" },
          ],
        }),
      ],
    });
    expect(text(TESTIDS.plan)).toContain("1 of 2");
    expect(screen.getAllByTestId(TESTIDS.taskItem).map((each) => each.dataset.state)).toEqual([
      "working",
      "applied",
    ]);
    expect(screen.getByRole("region", { name: "Working" })).toBeTruthy();
  });
});

describe("review", () => {
  const files = [
    file("a", { mark: "approved", decided: 1, approved: 1 }),
    file("b", { risk: "CI runs it on a server" }),
    file("c", { content: "binary" }),
  ];
  const done = [task({ state: "readyToReview", turn: "done" })];

  it("puts only the files near the screen on the page when there are many", async () => {
    const many = Array.from({ length: 500 }, (_, at) => file(`f${String(at)}`, { lines: 100 }));
    await show({ tasks: done, handlers: { "review/changes": () => changeSet(many) } });
    expect(text(TESTIDS.decided).replace(/\s+/g, " ")).toBe("0 of 500 changes decided");
    const sections = screen.getAllByTestId(TESTIDS.fileSection);
    expect(sections[0]!.dataset.path).toBe("src/f0.js");
    expect(sections.length).toBeLessThan(20);
    expect(screen.getAllByTestId(TESTIDS.fileEntry).length).toBeLessThan(100);
    // The room of the others is there: nothing moves when they come.
    const room = (sections[0]!.parentElement!.lastElementChild as HTMLElement).style.height;
    expect(parseFloat(room)).toBeGreaterThan(480 * 100 * 21);
  });

  it("shows what is decided, what is risky, and marks by file", async () => {
    const decided = vi.fn(() => changeSet(files));
    const { host } = await show({
      tasks: done,
      handlers: { "review/changes": () => changeSet(files), "review/decide": decided },
    });
    expect(text(TESTIDS.decided).replace(/\s+/g, " ")).toBe("1 of 3 changes decided");
    const second = screen.getAllByTestId(TESTIDS.fileSection)[1]!;
    expect(second.dataset.path).toBe("src/b.js");
    expect(within(second).getByText("can run code")).toBeTruthy();
    expect(second.textContent).toContain(
      "Can run code: CI runs it on a server. It is applied only if you approve it on its own.",
    );
    await fireEvent.click(within(second).getByTestId(TESTIDS.rejectFile));
    await settled();
    expect(host.requests("review/decide")[0]).toEqual({
      task: "t1",
      files: [{ file: "b", shown: "b-1", parts: [] }],
      mark: "rejected",
      rest: false,
    });
    expect(text(TESTIDS.apply)).toBe("Apply 1 change…");
    expect(text(TESTIDS.statusLine)).toBe("Nothing in your folder has changed yet.");
  });

  it("names in the summary what is written and what stays out, with Cancel first", async () => {
    const { host } = await show({
      tasks: done,
      handlers: {
        "review/changes": () => changeSet(files),
        "apply/preview": () => ({
          files: [
            {
              file: "a",
              shown: "a-1",
              result: "a-2",
              path: "src/a.js",
              change: "modified",
              added: 3,
              removed: 1,
              approved: 1,
              changes: 1,
            },
          ],
          leftOut: ["src/b.js", "src/c.js"],
          all: false,
          blocked: null,
        }),
        "apply/commit": () => ({
          type: "conflict",
          message: "src/a.js changed in your folder. Nothing was written.",
          files: [{ path: "src/a.js", reason: "You changed it.", yours: "mine\n", theirs: null }],
        }),
      },
    });
    await fireEvent.click(find(TESTIDS.apply));
    await vi.waitFor(
      () => expect(document.activeElement).toBe(find(TESTIDS.applyCancel)),
      PATIENCE,
    );
    expect(text(TESTIDS.applyDialog)).toContain("Write 1 file to ~/Projects/paper-shop?");
    expect(text(TESTIDS.applyDialog)).toContain(
      "Stays out src/b.js, can run code: approve it on its own to include it",
    );
    expect(text(TESTIDS.applyDialog)).toContain("src/c.js, not decided");
    await fireEvent.click(find(TESTIDS.applyConfirm));
    await vi.waitFor(
      () => expect(text(TESTIDS.conflictDialog)).toContain("Nothing was written."),
      PATIENCE,
    );
    expect(text(TESTIDS.conflictDialog)).toContain("Your version stays.");
    expect(text(TESTIDS.conflictDialog)).toContain("mine");
    expect(text(TESTIDS.conflictDialog)).toContain("Not there, or not text.");
    expect(host.requests("apply/commit")).toHaveLength(1);
  });

  it("says what was applied and undoes it", async () => {
    const apply = {
      id: "h1",
      task: "t1",
      appliedAt: Date.now(),
      paths: ["src/a.js"],
      undone: false,
    };
    let history = [apply];
    const { host } = await show({
      tasks: done,
      handlers: {
        "apply/history": () => history,
        "apply/undo": () => {
          history = [{ ...apply, undone: true }];
          return { type: "done", apply: history[0]! };
        },
      },
    });
    expect(text(TESTIDS.applyResult)).toContain("Applied 1 file to ~/Projects/paper-shop");
    await fireEvent.click(find(TESTIDS.undoApply));
    await settled();
    expect(host.requests("apply/undo")).toEqual([{ apply: "h1" }]);
    expect(text(TESTIDS.applyResult)).toContain("Undone: 1 file");
  });

  it("teaches the next step when nothing changed", async () => {
    await show({ tasks: done });
    expect(text(TESTIDS.noChanges)).toContain("No changes yet");
  });

  it("takes the whole window and gives it back", async () => {
    await show({ tasks: done });
    await fireEvent.click(find(TESTIDS.wholeReview));
    expect(screen.queryByTestId(TESTIDS.chat)).toBeNull();
    await fireEvent.click(find(TESTIDS.wholeReview));
    expect(find(TESTIDS.chat)).toBeTruthy();
  });
});

describe("columns", () => {
  it("are moved by keys and remembered", async () => {
    await show();
    const divider = screen.getByRole("separator", { name: "Width of the tasks" });
    await fireEvent.keyDown(divider, { key: "ArrowRight" });
    expect(divider.getAttribute("aria-valuenow")).toBe("264");
    expect(new Look().widths.tasks).toBe(264);
    await fireEvent.keyDown(divider, { key: "Home" });
    expect(divider.getAttribute("aria-valuenow")).toBe("180");
  });
});
