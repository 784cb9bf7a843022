import { expect, it, vi } from "vitest";
import { file } from "./state.fixture";
import { Walk } from "./walk";

const files = [file("a", { changes: 2 }), file("b"), file("c", { changes: 1 })];

it("goes from change to change through all files, both ways, and stops at the ends", () => {
  const walk = new Walk();
  const seen: string[] = [];
  for (let stop = walk.next(files, 1); stop; stop = walk.next(files, 1)) {
    walk.go(stop);
    seen.push(`${stop.file}${String(stop.hunk)}`);
  }
  expect(seen).toEqual(["a0", "a1", "b0", "c0"]);
  expect(walk.next(files, -1)).toEqual({ file: "b", hunk: 0 });
  expect(new Walk().next(files, -1)).toEqual({ file: "c", hunk: 0 });
});

it("finds what is not decided, and goes on from the beginning", () => {
  const decided = [
    file("a", {
      changes: 2,
      mark: "mixed",
      parts: { hunks: ["undecided", "approved"], lines: [] },
    }),
    file("b", { mark: "rejected" }),
    file("c", { changes: 3, decided: 1, mark: "mixed" }),
  ];
  decided[2]!.parts = { hunks: ["approved", "mixed", "undecided"], lines: [] };
  const walk = new Walk();
  walk.go({ file: "a", hunk: 1 });
  for (const stop of [
    { file: "c", hunk: 1 },
    { file: "c", hunk: 2 },
    { file: "a", hunk: 0 },
  ]) {
    expect(walk.nextUndecided(decided, 1)).toEqual(stop);
    walk.go(stop);
  }
});

it("goes on after a file that is gone", () => {
  const walk = new Walk();
  walk.go({ file: "a", hunk: 1 });
  expect(walk.next(files.slice(1), 1)).toEqual({ file: "b", hunk: 0 });
});

it("shows a change as soon as its file is on the page", () => {
  const walk = new Walk();
  const stage = { revealChange: vi.fn() };
  expect(walk.go({ file: "b", hunk: 0 })).toBe(false);
  walk.enter("b", stage);
  expect(stage.revealChange).toHaveBeenCalledExactlyOnceWith(0);
  expect(walk.go({ file: "b", hunk: 0 })).toBe(true);
  walk.leave("b", stage);
  expect(walk.go({ file: "b", hunk: 0 })).toBe(false);
});
