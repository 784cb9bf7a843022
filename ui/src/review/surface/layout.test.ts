import { describe, expect, it } from "vitest";
import { Layout, ROW_HEIGHT, visible } from "./layout";

const diff = {
  segments: [
    { from: 0, count: 100, folded: true },
    { from: 100, count: 12, folded: false },
    { from: 112, count: 40, folded: true },
  ],
  hunks: [
    { from: 103, count: 1, added: 1, removed: 1 },
    { from: 106, count: 3, added: 3, removed: 0 },
  ],
};

describe("Layout", () => {
  it("puts a change's bar in place of the folded rows above it, or right before it", () => {
    const layout = new Layout(diff, new Set());
    const fold = { segment: 0, from: 0, count: 100 };
    expect(layout.at(0)).toEqual({ kind: "change", hunk: 0, fold });
    expect(layout.at(1)).toEqual({ kind: "row", row: 100 });
    expect(layout.at(6)).toEqual({ kind: "row", row: 105 });
    expect(layout.at(7)).toEqual({ kind: "change", hunk: 1, fold: null });
    expect(layout.at(8)).toEqual({ kind: "row", row: 106 });
    expect(layout.at(14)).toEqual({ kind: "fold", segment: 2, from: 112, count: 40 });
    expect(layout.lines).toBe(15);
    expect(layout.height).toBe(15 * ROW_HEIGHT);
    expect(layout.at(15)).toBeUndefined();
    expect(layout.at(-1)).toBeUndefined();
  });

  it("shows every row of an opened run, and keeps the bar where it was", () => {
    const layout = new Layout(diff, new Set([0]));
    expect(layout.lines).toBe(115);
    expect(layout.at(99)).toEqual({ kind: "row", row: 99 });
    expect(layout.at(100)).toEqual({ kind: "change", hunk: 0, fold: null });
    expect(layout.at(114)).toEqual({ kind: "fold", segment: 2, from: 112, count: 40 });
  });

  it("puts the bar of a far change right before it", () => {
    const all = { segments: [{ from: 0, count: 200, folded: false }], hunks: diff.hunks };
    const layout = new Layout(all, new Set());
    expect(layout.at(0)).toEqual({ kind: "row", row: 0 });
    expect(layout.at(103)).toEqual({ kind: "change", hunk: 0, fold: null });
    expect(layout.lines).toBe(202);
  });

  it("finds the line of a row, of its fold and of a change", () => {
    const layout = new Layout(diff, new Set());
    expect(layout.lineOf(50)).toBe(0);
    expect(layout.lineOf(102)).toBe(3);
    expect(layout.lineOf(106)).toBe(8);
    expect(layout.lineOf(140)).toBe(14);
    expect([layout.barOf(0), layout.barOf(1)]).toEqual([0, 7]);
  });

  it("has every row exactly once, whatever is opened", () => {
    for (const opened of [[], [0], [2], [0, 2]]) {
      const layout = new Layout(diff, new Set(opened));
      const rows: number[] = [];
      for (let line = 0; line < layout.lines; line++) {
        const at = layout.at(line);
        if (at?.kind === "row") rows.push(at.row);
        const fold = at?.kind === "change" ? at.fold : at?.kind === "fold" ? at : null;
        if (fold) rows.push(...Array.from({ length: fold.count }, (_, index) => fold.from + index));
      }
      expect(rows).toEqual(Array.from({ length: 152 }, (_, row) => row));
    }
  });

  it("is empty for an empty diff", () => {
    const layout = new Layout({ segments: [], hunks: [] }, new Set());
    expect(layout.lines).toBe(0);
    expect(layout.at(0)).toBeUndefined();
  });
});

describe("visible", () => {
  it("covers the viewport and the spare lines", () => {
    expect(visible(ROW_HEIGHT * 50, ROW_HEIGHT * 10, 1000, 5)).toEqual({ from: 45, to: 65 });
  });

  it("is cut at both ends", () => {
    expect(visible(-200, 400, 1000, 5)).toEqual({ from: 0, to: 15 });
    expect(visible(ROW_HEIGHT * 995, ROW_HEIGHT * 10, 1000, 5)).toEqual({ from: 990, to: 1000 });
  });

  it("is empty off screen", () => {
    expect(visible(-5000, 400, 1000, 5)).toEqual({ from: 0, to: 0 });
    expect(visible(ROW_HEIGHT * 2000, 400, 1000, 5)).toEqual({ from: 0, to: 0 });
  });
});
