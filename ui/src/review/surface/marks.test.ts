import { expect, it } from "vitest";
import { Marks } from "./marks";

const hunks = [
  { from: 3, count: 2, added: 1, removed: 1 },
  { from: 10, count: 4, added: 4, removed: 0 },
];

it("gives every line of a whole file its mark, and lines of no change none", () => {
  const marks = new Marks(hunks, "approved", null);
  expect(marks.ofHunk(1)).toBe("approved");
  expect([2, 3, 4, 5, 10, 13, 14].map((row) => marks.ofLine(row, "new"))).toEqual([
    "undecided",
    "approved",
    "approved",
    "undecided",
    "approved",
    "approved",
    "undecided",
  ]);
});

it("tells the lines of a mixed change apart, on each side", () => {
  const marks = new Marks(hunks, "mixed", {
    hunks: ["mixed", "rejected"],
    lines: [
      { row: 3, side: "old", mark: "approved" },
      { row: 3, side: "new", mark: "rejected" },
      { row: 4, side: "new", mark: "approved" },
    ],
  });
  expect(marks.ofLine(3, "old")).toBe("approved");
  expect(marks.ofLine(3, "new")).toBe("rejected");
  expect(marks.ofLine(4, "old")).toBe("undecided");
  expect(marks.ofLine(12, "new")).toBe("rejected");
  expect(marks.hunkAt(9)).toBeNull();
});
