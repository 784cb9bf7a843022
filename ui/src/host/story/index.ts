/**
 * A story for looking at the screens in a plain browser: `npm run dev`, then `?scene=NAME` and
 * `?click=TESTID,TESTID`. It plays an engine in memory. It is not part of the built app.
 */
import type {
  Apply,
  Approval,
  ChangedFile,
  ChangeSet,
  Project,
  Row,
  Snapshot,
  Task,
  TaskState,
  TaskView,
  Part,
} from "../generated";
import { failure, FakeHost } from "../fake";
import * as ask from "./asks";
import { chosenIn, RULES, would } from "./automatic";
import { attachments, draw } from "./attached";
import { checkList, checkRuns } from "./checks";
import { filesOfTheStory } from "./files";
import * as say from "./items";
import { decided } from "./decide";
import { align, shape } from "./rows";
import { settingsAnswers } from "./settings";
import * as texts from "./texts";

const LONG = "an-exceedingly-long-name-".repeat(8);
const now = Date.now();
const HOUR = 3_600_000;

function task(
  id: string,
  title: string,
  state: TaskState,
  detail: string,
  rest: Partial<Task> = {},
): Task {
  return {
    id,
    title,
    state,
    detail,
    turn: state === "working" ? "running" : state === "stopped" ? "stopped" : "done",
    model: "gpt-5-codex",
    automatic: false,
    effort: "usual",
    efforts: ["low", "medium", "high"],
    permission: "auto",
    createdAt: now - HOUR,
    changedAt: now - HOUR,
    files: 0,
    undo: null,
    contextPercent: 34,
    contextUsed: 87_900,
    compacting: false,
    offer: null,
    overBudget: false,
    waitsUntil: null,
    ...rest,
  };
}

function file(
  id: string,
  path: string,
  change: ChangedFile["change"],
  rest: Partial<ChangedFile> = {},
): ChangedFile {
  return {
    id,
    path,
    change,
    added: 4,
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

export function story(): FakeHost {
  const asked = new URLSearchParams(location.search);
  const scene = asked.get("scene") ?? "welcome";
  const longName = scene === "long";
  const project: Project = {
    id: "p1",
    name: longName ? LONG : "Paper Shop",
    place: longName ? `~/Projects/${LONG}/${LONG}` : "~/Projects/paper-shop",
    demo: scene === "new" || scene === "demo",
    suggestion:
      scene === "new"
        ? "When a coupon is worth more than the cart, the total goes below zero. It should stop at 0, and quantity seems to be ignored too. Please add a test."
        : null,
    notices: longName
      ? ["This folder is read-only. Applying will not work until that changes."]
      : [],
    gone: false,
    trust: scene === "trust" ? "unasked" : scene === "look" ? "lookOnly" : "trusted",
  };
  let open = scene !== "welcome" && scene !== "many";
  let tasks: Task[] =
    scene === "new" || scene === "empty"
      ? []
      : [
          task("t2", "French translation of the cart", "working", "Step 2 of 5", {
            contextPercent: 12,
          }),
          task(
            "t1",
            longName ? LONG + LONG : "Coupons must not make the total negative",
            "readyToReview",
            "3 files · all 14 tests pass",
            { files: 3 },
          ),
          task("t3", "Fix the blurry logo", "stopped", "failed: too many requests", {
            turn: "failed",
          }),
          task("t4", "Sort products by price", "applied", "yesterday", { undo: "a1" }),
          task("t5", "Rename the shop", "stopped", "stopped by you", { turn: "stopped" }),
        ];
  const asks: Record<string, Approval[]> = {};
  if (scene.startsWith("ask")) {
    const approvals = ask.scenes[scene] ?? [];
    const detail = ask.detail(approvals[0]);
    const asking = task("t2", "Match the checkout to the mockup", "needsYou", detail, {
      turn: "running",
    });
    tasks = [asking, ...tasks.filter((each) => each.id !== "t2")];
    asks["t2"] = approvals;
  }
  if (scene === "automatic") tasks = tasks.map((each) => ({ ...each, automatic: true }));
  if (scene === "working") tasks = tasks.filter((each) => each.state === "working");
  if (scene === "failed") tasks = tasks.filter((each) => each.id === "t3");
  const items: Record<string, () => TaskView["items"]> = {
    t1: scene === "long" ? say.long : say.done,
    t2: say.working,
    t3: say.failed,
  };
  let history: Apply[] =
    scene === "applied"
      ? [
          {
            id: "a2",
            task: "t1",
            appliedAt: now,
            paths: ["src/cart.js", "test/cart.test.js"],
            undone: false,
          },
        ]
      : [];
  const content: Record<string, Row[]> = {
    f1: align(texts.CART_BEFORE, texts.CART_AFTER),
    f2: align("", texts.TEST_AFTER),
    f3: align(texts.PACKAGE_BEFORE, texts.PACKAGE_AFTER),
  };
  let files: ChangedFile[] = [
    file("f1", longName ? `${LONG}/${LONG}/cart.js` : "src/cart.js", "modified", {
      added: 9,
      removed: 7,
      mark: scene === "review" ? "approved" : "undecided",
    }),
    file("f2", "test/cart.test.js", "added", {
      added: 7,
      removed: 0,
      markDropped: scene === "review",
    }),
    file("f3", "package.json", "modified", {
      added: 2,
      removed: 1,
      risk: "Scripts in package.json run when packages are installed. Look at it yourself.",
    }),
    file("f4", "assets/logo.png", "modified", {
      content: "binary",
      added: 0,
      removed: 0,
      mark: scene === "review" ? "rejected" : "undecided",
    }),
    file("f5", "styles.css", "deleted", {
      content: "tooLarge",
      added: 0,
      removed: 3,
      conflict: "You changed this file as well, after the task had begun.",
    }),
  ];
  // In some of them the first change is decided already.
  files = files.map((each) => {
    const { hunks } = shape(each.id, each.shown, content[each.id] ?? [], 3);
    const whole = { ...each, changes: Math.max(1, hunks.length), divisible: hunks.length > 0 };
    if (each.mark === "undecided" || each.mark === "mixed") return whole;
    const part: Part[] = each.id === "f1" && hunks.length > 1 ? [{ type: "hunk", hunk: 0 }] : [];
    return decided({ ...whole, mark: "undecided" }, hunks, part, each.mark, false);
  });
  if (scene === "applied") files = [];
  const before: ChangedFile[][] = [];
  const set = (id: string): ChangeSet => ({
    task: id,
    files: id === "t1" ? files : [],
    ignored: id === "t1" ? 2 : 0,
    canTakeBack: before.length > 0,
    folder: history.some((each) => !each.undone)
      ? "2 files of this task are in your folder."
      : "Nothing in your folder has changed yet.",
  });
  const find = (id: string): Task => {
    const found = tasks.find((each) => each.id === id);
    if (!found) throw failure("That task is not there.");
    return found;
  };
  const change = (id: string, rest: Partial<Task>): Task => {
    const changed = { ...find(id), ...rest };
    tasks = tasks.map((each) => (each.id === id ? changed : each));
    host.emit({ type: "taskChanged", task: changed });
    return changed;
  };
  const snapshot = (): Snapshot => ({ project, tasks, unsent: "" });
  const openIt = () => {
    open = true;
    return project;
  };

  const recents = Array.from({ length: scene === "many" ? 14 : 3 }, (_, at) => ({
    id: `r${at}`,
    name:
      at === 1 && scene === "many"
        ? LONG
        : (["Paper Shop", "Portfolio", "Club newsletter"][at] ?? `Project ${at}`),
    place:
      ["~/Projects/paper-shop", "~/Sites/portfolio", "~/Documents/newsletter"][at] ??
      `~/Code/project-${at}`,
    openedAt: now - at * 40 * HOUR,
    needsYou: at === 0 ? 1 : 0,
    ready: at === 0 ? 2 : 0,
    missing: at === 2,
  }));

  const host = new FakeHost(
    {
      "app/state": () => ({
        version: "0.1.0",
        recent: recents,
        project: open ? project : null,
        provider:
          scene === "many" || scene === "empty"
            ? {
                name: "OpenAI",
                ready: false,
                hint: "No key was given. Set OPENAI_API_KEY and start Greenlight again.",
              }
            : { name: "OpenAI", ready: true, hint: null },
        confinement: {
          available: scene !== "many",
          sentence:
            "Commands cannot be confined on this computer, so Auto is not offered. Install bubblewrap to change that.",
        },
        models: ["gpt-5-codex", "gpt-5-codex-mini", "gpt-5.2-codex"],
        automatic: scene === "automatic",
        effort: "usual",
        efforts: ["low", "medium", "high"],
      }),
      ...settingsAnswers(scene),
      "project/snapshot": snapshot,
      "project/sample": openIt,
      "project/reopen": openIt,
      "project/trust": ({ trusted }) => {
        project.trust = trusted ? "trusted" : "lookOnly";
        return { ...project };
      },
      "project/close": () => {
        open = false;
        return {};
      },
      "project/forget": ({ project: id }) => {
        recents.splice(
          recents.findIndex((each) => each.id === id),
          1,
        );
        return {};
      },
      "task/get": ({ task: id }) => ({
        task: find(id),
        items: [...chosenIn(scene, items[id]?.() ?? []), ...(id === "t1" ? checkRuns(scene) : [])],
        approvals: asks[id] ?? [],
        unsent: "",
        draft: "Draft · copied in 38 ms",
        draftNotes: ["node_modules/.cache (412 MB) is not in the private copy: it can be rebuilt."],
        waiting: null,
      }),
      "attachment/list": () => ({
        attachments:
          scene === "attached" || scene === "crowded" ? attachments(scene === "crowded") : [],
        problem: null,
        refused: [],
        proposals: [],
      }),
      "task/start": ({ text, model, permission }) => {
        const started = task(`t${tasks.length + 10}`, text.slice(0, 80), "working", "Thinking", {
          model: model ?? "gpt-5-codex",
          permission,
          changedAt: Date.now(),
        });
        tasks = [started, ...tasks];
        items[started.id] = () => [say.item({ type: "message", text, attachments: [] })];
        setTimeout(() => stream(started.id), 600);
        return started;
      },
      "task/send": ({ task: id, text }) => {
        host.emit({
          type: "itemStarted",
          task: id,
          item: say.item({ type: "message", text, attachments: [] }),
        });
        setTimeout(() => stream(id), 400);
        return change(id, { state: "working", turn: "running", detail: "Thinking" });
      },
      "task/stop": ({ task: id }) =>
        change(id, { state: "stopped", turn: "stopped", detail: "stopped by you" }),
      "task/tryNow": ({ task: id }) => change(id, {}),
      "task/continue": ({ task: id }) =>
        change(id, { state: "working", turn: "running", detail: "Thinking" }),
      "approval/answer": ({ task: id, nonce }) => {
        asks[id] = (asks[id] ?? []).filter((each) => each.nonce !== nonce);
        host.emit({ type: "approvalsChanged", task: id, approvals: asks[id] });
        const left = asks[id][0];
        return change(
          id,
          left
            ? { detail: ask.detail(left) }
            : { state: "working", turn: "running", detail: "Thinking" },
        );
      },
      "approval/always": () => ({ entries: scene === "ask" ? ask.always : [] }),
      "approval/forget": () => ({ entries: [] }),
      "task/configure": ({ task: id, model, permission }) =>
        change(id, { ...(model ? { model } : {}), ...(permission ? { permission } : {}) }),
      "model/rules": () => RULES,
      "model/would": ({ text }) => would(text),
      "text/keep": () => ({}),
      "check/list": () => checkList(scene, longName ? LONG : ""),
      "check/stop": () => ({}),
      ...filesOfTheStory,
      "alert/get": () => ({ on: true }),
      "alert/set": (alerts) => alerts,
      "task/rename": ({ task: id, title }) => change(id, { title }),
      "task/archive": ({ task: id, archived }) =>
        change(id, { state: archived ? "archived" : "stopped" }),
      "task/remove": ({ task: id }) => {
        tasks = tasks.filter((each) => each.id !== id);
        host.emit({ type: "taskRemoved", task: id });
        return {};
      },
      "task/removed": () => ({
        tasks: [
          {
            id: "gone",
            title: longName ? LONG : "Try another font",
            files: 2,
            removedAt: now - 30 * HOUR,
            deletedAt: now + 690 * HOUR,
          },
        ],
      }),
      "task/delete": () => ({}),
      "task/retry": ({ task: id }) => {
        setTimeout(() => stream(id), 400);
        return change(id, { state: "working", turn: "running", detail: "Thinking" });
      },
      "task/resend": ({ task: id }) => {
        setTimeout(() => stream(id), 400);
        return change(id, { state: "working", turn: "running", detail: "Thinking" });
      },
      "review/changes": ({ task: id }) => set(id),
      "review/open": ({ file: id, context }) => {
        const found = files.find((each) => each.id === id);
        return shape(id, found?.shown ?? "", content[id] ?? [], context ?? 3);
      },
      "review/decide": ({ task: id, files: chosen, mark, rest }) => {
        before.push(files);
        files = files.map((each) => {
          const one = chosen.find((subject) => subject.file === each.id);
          const { hunks } = shape(each.id, each.shown, content[each.id] ?? [], 3);
          return one ? decided(each, hunks, one.parts, mark, rest) : each;
        });
        return set(id);
      },
      "review/takeBack": ({ task: id }) => {
        files = before.pop() ?? files;
        return set(id);
      },
      "apply/preview": () => {
        const approved = files.filter((each) => each.approved > 0);
        const all = files.every((each) => each.mark === "undecided");
        const chosen = all ? files.filter((each) => !each.risk && !each.conflict) : approved;
        return {
          files: chosen.map((each) => ({
            ...each,
            file: each.id,
            result: each.shown,
            approved: all ? each.changes : each.approved,
          })),
          leftOut: files.filter((each) => !chosen.includes(each)).map((each) => each.path),
          all,
          blocked: null,
        };
      },
      "apply/commit": ({ task: id, files: chosen }) => {
        if (scene === "conflict") {
          return {
            type: "conflict",
            message:
              "src/cart.js changed in your folder after this was shown. Nothing was written.",
            files: [
              {
                path: "src/cart.js",
                reason: "You changed it at the same place.",
                yours: texts.CART_BEFORE,
                theirs: texts.CART_AFTER,
              },
            ],
          };
        }
        const paths = files
          .filter((each) => chosen.some((one) => one.file === each.id))
          .map((each) => each.path);
        const apply = {
          id: `a${history.length + 5}`,
          task: id,
          appliedAt: Date.now(),
          paths,
          undone: false,
        };
        history = [apply, ...history];
        files = files.filter((each) => !paths.includes(each.path));
        change(id, { state: files.length ? "partlyApplied" : "applied", undo: apply.id });
        return { type: "done", apply };
      },
      "apply/undo": ({ apply: id }) => {
        history = history.map((each) => (each.id === id ? { ...each, undone: true } : each));
        return { type: "done", apply: history[0]! };
      },
      "apply/redo": ({ apply: id }) => {
        history = history.map((each) => (each.id === id ? { ...each, undone: false } : each));
        return { type: "done", apply: history[0]! };
      },
      "apply/history": () => history,
    },
    ({ file: id, from, count }) => ({
      from,
      rows: (content[id] ?? []).slice(from, from + count),
      coloured: true,
    }),
  );

  function stream(id: string): void {
    const answer = say.item({ type: "answer", text: "" }, 1, false);
    host.emit({ type: "itemStarted", task: id, item: answer });
    const words = say.ANSWER.match(/\S+\s*/g) ?? [];
    const timer = setInterval(() => {
      const word = words.shift();
      if (word) host.emit({ type: "itemDelta", task: id, item: answer.id, text: word });
      else {
        clearInterval(timer);
        host.emit({
          type: "itemCompleted",
          task: id,
          item: { ...answer, completedAt: Date.now(), kind: { type: "answer", text: say.ANSWER } },
        });
        change(id, { state: "readyToReview", turn: "done", detail: "3 files" });
      }
    }, 40);
  }

  draw(host);
  void clickThrough(asked.get("click")?.split(",") ?? [], asked.get("theme"));
  return host;
}

/** Clicks one control after the other, as soon as each is there. */
async function clickThrough(testids: string[], theme: string | null): Promise<void> {
  if (theme) localStorage.setItem("greenlight.theme", theme);
  for (const testid of testids) {
    const [name, at = "0"] = testid.split(":");
    let found: HTMLElement | undefined;
    while (!found) {
      await new Promise((done) => setTimeout(done, 60));
      found = document.querySelectorAll<HTMLElement>(`[data-testid="${name}"]`)[Number(at)];
    }
    if (found.getAttribute("aria-haspopup") === "menu") {
      const press = { bubbles: true, button: 0, pointerType: "mouse" };
      found.dispatchEvent(new PointerEvent("pointerdown", press));
    } else {
      found.click();
    }
  }
}
