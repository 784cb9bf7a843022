// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { FileDiff, Row, RowPage } from "../../host/generated";
import { PATIENCE } from "../../patience.fixture";
import { ROW_HEIGHT } from "./layout";
import { Surface, type SurfaceOptions } from "./surface";

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
