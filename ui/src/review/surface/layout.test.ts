import { describe, expect, it } from "vitest";
import { Layout, ROW_HEIGHT, visible } from "./layout";

const diff = {
  segments: [
    { from: 0, count: 100, folded: true },
    { from: 100, count: 5, folded: false },
    { from: 105, count: 40, folded: true },
  ],
};

describe("Layout", () => {
  it("gives a folded run one line", () => {
    const layout = new Layout(diff, new Set());
    expect(layout.lines).toBe(7);
    expect(layout.height).toBe(7 * ROW_HEIGHT);
    expect(layout.at(0)).toEqual({ kind: "fold", segment: 0, from: 0, count: 100 });
    expect(layout.at(1)).toEqual({ kind: "row", row: 100 });
    expect(layout.at(5)).toEqual({ kind: "row", row: 104 });
    expect(layout.at(6)).toEqual({ kind: "fold", segment: 2, from: 105, count: 40 });
    expect(layout.at(7)).toBeUndefined();
    expect(layout.at(-1)).toBeUndefined();
  });

  it("shows every row of an opened run", () => {
    const layout = new Layout(diff, new Set([0]));
    expect(layout.lines).toBe(106);
    expect(layout.at(99)).toEqual({ kind: "row", row: 99 });
    expect(layout.at(105)).toEqual({ kind: "fold", segment: 2, from: 105, count: 40 });
  });

  it("finds the line of a row, or of its fold", () => {
    const layout = new Layout(diff, new Set());
    expect(layout.lineOf(50)).toBe(0);
    expect(layout.lineOf(102)).toBe(3);
    expect(layout.lineOf(140)).toBe(6);
  });

  it("is empty for an empty diff", () => {
    const layout = new Layout({ segments: [] }, new Set());
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
