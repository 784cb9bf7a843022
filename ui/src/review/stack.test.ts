import { describe, expect, it } from "vitest";
import type { ChangedFile } from "../host/generated";
import { foretold, Stack } from "./stack";

describe("Stack", () => {
  const stack = new Stack([10, 30, 5, 100]);

  it("knows where each thing begins and where the last one ends", () => {
    expect([0, 1, 2, 3, 4, 9].map((index) => stack.top(index))).toEqual([0, 10, 40, 45, 145, 145]);
  });

  it("finds what lies between two heights, also in part", () => {
    expect(stack.between(0, 10)).toEqual({ from: 0, to: 1 });
    expect(stack.between(9, 11)).toEqual({ from: 0, to: 2 });
    expect(stack.between(41, 44)).toEqual({ from: 2, to: 3 });
    expect(stack.between(-500, 1000)).toEqual({ from: 0, to: 4 });
  });

  it("finds nothing where there is nothing", () => {
    expect(stack.between(5, 5)).toEqual({ from: 0, to: 0 });
    expect(new Stack([]).between(0, 100)).toEqual({ from: 0, to: 0 });
    const below = stack.between(500, 600);
    expect(below.to - below.from).toBeLessThanOrEqual(0);
  });
});

describe("foretold", () => {
  const file = { lines: 3, risk: null, conflict: null, attributes: null, notes: ["UTF-16."] };

  it("counts the head, the sentences and the lines", () => {
    expect(foretold(file as unknown as ChangedFile, true)).toBe(40 + 31 + 3 * 21 + 11);
    expect(foretold(file as unknown as ChangedFile, false)).toBe(40);
  });
});
