// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { FileDiff, Row, RowPage } from "../../host/generated";
import { PATIENCE } from "../../patience.fixture";
import { ROW_HEIGHT } from "./layout";
import { Marks } from "./marks";
import { Surface, type Decisions, type SurfaceOptions } from "./surface";

const HEIGHT = ROW_HEIGHT * 20;

let scroller: HTMLElement;
let root: HTMLElement;

beforeEach(() => {
  vi.stubGlobal("requestAnimationFrame", (work: FrameRequestCallback) => {
    queueMicrotask(() => work(0));
    return 1;
  });
  scroller = document.createElement("div");
  root = document.createElement("div");
  scroller.append(root);
  document.body.append(scroller);
  scroller.getBoundingClientRect = () => new DOMRect(0, 0, 800, HEIGHT);
});

afterEach(() => {
  vi.unstubAllGlobals();
  scroller.remove();
});

function diff(rows: number, more: Partial<FileDiff> = {}): FileDiff {
  return {
    file: "f",
    shown: "v1",
    rows,
    segments: [{ from: 0, count: rows, folded: false }],
    hunks: [],
    widest: 80,
    ...more,
  };
}

function page(from: number, count: number): RowPage {
  const rows = Array.from({ length: count }, (_, index): Row => {
    const number = from + index + 1;
    const text = `line ${String(number)}`;
    const line = { number, text, syntax: [], words: [], hidden: [], ending: null };
    return { kind: "same", old: line, new: null, newNumber: number };
  });
  return { from, rows, coloured: true };
}

function options(of: FileDiff, more: Partial<SurfaceOptions> = {}): SurfaceOptions {
  return {
    diff: of,
    fetchRows: (from, count) => Promise.resolve(page(from, count)),
    scroller,
    label: "cart.js",
    decisions: null,
    failed: () => undefined,
    ...more,
  };
}

function scrollTo(top: number): void {
  const table = root.querySelector<HTMLElement>(".table");
  if (table) table.getBoundingClientRect = () => new DOMRect(0, -top, 800, 0);
  scroller.dispatchEvent(new Event("scroll"));
}

it("paints what is on screen of a very long file, wherever it is scrolled", async () => {
  new Surface(root, options(diff(100_000)));
  await vi.waitFor(() => expect(root.textContent).toContain("line 20"), PATIENCE);
  scrollTo(ROW_HEIGHT * 50_000);
  await vi.waitFor(() => expect(root.textContent).toContain("line 50001"), PATIENCE);
  expect(root.textContent).not.toContain("line 20 ");
  expect(root.querySelectorAll(".row").length).toBeLessThan(60);
});

it("paints rows again when their colours have come, without a scroll", async () => {
  const fetchRows = vi.fn((from: number, count: number): Promise<RowPage> => {
    if (fetchRows.mock.calls.length < 3) {
      return Promise.resolve({ ...page(from, count), coloured: false });
    }
    const coloured = page(from, count);
    for (const row of coloured.rows) row.old?.syntax.push([0, 4, "keyword"]);
    return Promise.resolve(coloured);
  });
  new Surface(root, options(diff(5), { fetchRows }));
  await vi.waitFor(() => expect(root.textContent).toContain("line 5"), PATIENCE);
  await vi.waitFor(
    () => expect(root.querySelectorAll(".old .code-keyword")).toHaveLength(5),
    PATIENCE,
  );
  expect(fetchRows).toHaveBeenCalledTimes(3);
});

it("keeps lines in the order they are read, whichever way and however far it is scrolled", async () => {
  new Surface(root, options(diff(2_000)));
  for (const lines of [0, 3, 600, 598, 590, 1_900, 2]) {
    const top = -lines * ROW_HEIGHT;
    root.querySelector<HTMLElement>(".table")!.getBoundingClientRect = () =>
      new DOMRect(0, top, 800, 0);
    scroller.dispatchEvent(new Event("scroll"));
    await vi.waitFor(() => {
      const shown = [...root.querySelectorAll(".row")].map((row) => row.textContent ?? "");
      const first = Math.max(0, lines - 12);
      const expected = shown.map((_, at) => {
        const number = String(first + at + 1);
        return `${number}line ${number}${number}line ${number}`;
      });
      expect(shown.length).toBeGreaterThan(20);
      expect(shown).toEqual(expected);
    }, PATIENCE);
  }
});

it("fetches what comes next before it is scrolled to", async () => {
  const fetchRows = vi.fn((from: number, count: number, _plain: boolean) =>
    Promise.resolve(page(from, count)),
  );
  new Surface(root, options(diff(2_000), { fetchRows }));
  await vi.waitFor(() => expect(fetchRows).toHaveBeenCalledTimes(5), PATIENCE);
  expect(fetchRows.mock.calls).toEqual([
    [0, 128, true],
    [128, 128, false],
    [256, 128, false],
    [384, 128, false],
    [512, 128, false],
  ]);
});

it("opens a folded run", async () => {
  const folded = diff(30, {
    segments: [
      { from: 0, count: 24, folded: true },
      { from: 24, count: 6, folded: false },
    ],
  });
  new Surface(root, options(folded));
  const bar = root.querySelector<HTMLButtonElement>(".fold button");
  expect(bar?.textContent).toBe("⋯ 24 unchanged lines");
  bar?.click();
  await vi.waitFor(() => expect(root.textContent).toContain("line 24"), PATIENCE);
  expect(root.querySelector(".fold")).toBeNull();
});

it("shows the newest version after an update, and tells of rows that did not come", async () => {
  const failed = vi.fn();
  const surface = new Surface(root, options(diff(5)));
  await vi.waitFor(() => expect(root.textContent).toContain("line 5"), PATIENCE);
  const fetchRows = () => Promise.reject(new Error("stale"));
  surface.update(options(diff(3, { shown: "v2" }), { fetchRows, failed }));
  await vi.waitFor(() => expect(failed).toHaveBeenCalledOnce(), PATIENCE);
  expect(root.textContent).not.toContain("line");
});

it("selects one side at a time", () => {
  new Surface(root, options(diff(5)));
  root.querySelector(".side.old")?.dispatchEvent(new MouseEvent("mousedown", { bubbles: true }));
  expect(root.dataset["side"]).toBe("old");
  root.querySelector(".side.new")?.dispatchEvent(new MouseEvent("mousedown", { bubbles: true }));
  expect(root.dataset["side"]).toBe("new");
});

it("leaves nothing behind", () => {
  const surface = new Surface(root, options(diff(5)));
  surface.destroy();
  expect(root.childElementCount).toBe(0);
});

/** Twenty rows; the third to fifth are added, and so is the twelfth. */
function changed(more: Partial<Decisions> = {}): SurfaceOptions {
  const hunks = [
    { from: 2, count: 3, added: 3, removed: 0 },
    { from: 11, count: 1, added: 1, removed: 0 },
  ];
  const shape = diff(20, { hunks });
  const added = [2, 3, 4, 11];
  return options(shape, {
    fetchRows: (from, count) => {
      const made = page(from, count);
      for (const row of added) {
        const line = made.rows[row];
        if (line) made.rows[row] = { kind: "added", old: null, new: line.old, newNumber: null };
      }
      return Promise.resolve(made);
    },
    decisions: {
      marks: new Marks(hunks, "undecided", null),
      first: 3,
      all: 9,
      divisible: true,
      decide: () => undefined,
      ...more,
    },
  });
}

const barOf = (hunk: number) =>
  root.querySelector<HTMLElement>(`.bar[data-hunk="${String(hunk)}"]`);

function press(element: Element | null, key: string, more: KeyboardEventInit = {}): void {
  element?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, ...more }));
}

it("has a bar above each change that decides about exactly that one", async () => {
  const decide = vi.fn();
  new Surface(root, changed({ decide }));
  await vi.waitFor(() => expect(root.textContent).toContain("line 12"), PATIENCE);
  expect(barOf(0)?.textContent).toContain("Change 3 of 9");
  barOf(1)?.querySelector<HTMLElement>("[data-decide=rejected]")?.click();
  expect(decide).toHaveBeenCalledExactlyOnceWith([{ type: "hunk", hunk: 1 }], "rejected");
  press(barOf(0)?.querySelector("button") ?? null, "a");
  expect(decide).toHaveBeenLastCalledWith([{ type: "hunk", hunk: 0 }], "approved");
});

it("shows other marks on the same rows, and keeps the focus on the bar", async () => {
  const before = changed();
  const surface = new Surface(root, before);
  await vi.waitFor(() => expect(root.textContent).toContain("line 12"), PATIENCE);
  const row = root.querySelector("[data-row='3']");
  barOf(0)?.querySelector<HTMLElement>("[data-decide=approved]")?.focus();
  const marks = new Marks(before.diff.hunks, "mixed", {
    hunks: ["mixed", "undecided"],
    lines: [{ row: 3, side: "new", mark: "approved" }],
  });
  surface.update({ ...before, decisions: { ...before.decisions!, marks } });
  expect(root.querySelector("[data-row='3']")).toBe(row);
  expect(row?.querySelector<HTMLElement>(".number.new")?.dataset["mark"]).toBe("approved");
  expect(root.querySelector<HTMLElement>("[data-row='2'] .number.new")?.dataset["mark"]).toBe(
    undefined,
  );
  expect(barOf(0)?.textContent).toContain("In part");
  expect(barOf(0)?.contains(document.activeElement)).toBe(true);
});

it("decides about lines that are chosen by the pointer or the keys", async () => {
  const decide = vi.fn();
  new Surface(root, changed({ decide }));
  await vi.waitFor(() => expect(root.textContent).toContain("line 12"), PATIENCE);
  const number = (row: number) => root.querySelector(`[data-row='${String(row)}'] .number.new`);
  const mouse = (row: number, type: string, more: MouseEventInit = {}) =>
    number(row)?.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true, ...more }));
  mouse(2, "mousedown");
  mouse(3, "mouseover");
  expect(root.querySelector(".tools")).toBeNull();
  window.dispatchEvent(new MouseEvent("mouseup"));
  expect(root.querySelector(".tools")?.textContent).toContain("Approve 2 lines");
  root.querySelector<HTMLElement>(".tools [data-decide], .tools .approved")?.click();
  expect(decide).toHaveBeenCalledExactlyOnceWith(
    [{ type: "rows", side: "new", from: 2, count: 2 }],
    "approved",
  );
  expect(root.querySelector(".tools")).toBeNull();

  const first = barOf(0)?.querySelector("button") ?? null;
  press(first, "ArrowDown");
  press(first, "ArrowDown");
  press(first, "ArrowDown", { shiftKey: true });
  press(first, "r");
  expect(decide).toHaveBeenLastCalledWith(
    [{ type: "rows", side: "new", from: 3, count: 2 }],
    "rejected",
  );
  press(first, "ArrowDown");
  press(first, "Escape");
  expect(root.querySelectorAll(".chosen")).toHaveLength(0);
});

it("decides about the change that was gone to, whatever was chosen before", async () => {
  const decide = vi.fn();
  const surface = new Surface(root, changed({ decide }));
  await vi.waitFor(() => expect(root.textContent).toContain("line 12"), PATIENCE);
  press(barOf(0)?.querySelector("button") ?? null, "ArrowDown");
  expect(root.querySelectorAll(".chosen")).not.toHaveLength(0);
  surface.revealChange(1);
  press(document.activeElement, "a");
  expect(decide).toHaveBeenCalledExactlyOnceWith([{ type: "hunk", hunk: 1 }], "approved");
});

it("chooses no lines of a file that is decided as a whole", async () => {
  const decide = vi.fn();
  new Surface(root, changed({ decide, divisible: false }));
  await vi.waitFor(() => expect(root.textContent).toContain("line 12"), PATIENCE);
  barOf(1)?.querySelector<HTMLElement>("[data-decide=approved]")?.click();
  expect(decide).toHaveBeenCalledExactlyOnceWith([], "approved");
  press(barOf(0)?.querySelector("button") ?? null, "ArrowDown");
  expect(root.querySelector(".tools")).toBeNull();
});
