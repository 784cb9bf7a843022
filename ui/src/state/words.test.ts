import { expect, it } from "vitest";
import { task } from "./state.fixture";
import { groupTasks, stateWords } from "./words";

const answered = task({ id: "a", state: "answered", turn: "done", files: 0 });
const changed = task({ id: "c", state: "readyToReview", turn: "done", files: 2 });
const failed = task({ id: "f", state: "stopped", turn: "failed" });
const stopped = task({ id: "s", state: "stopped", turn: "stopped" });

it.each([
  ["Answered", answered],
  ["Ready to review", changed],
  ["Failed", failed],
  ["Stopped", stopped],
])("says %s of a task", (word, of) => {
  expect(stateWords(of).word).toBe(word);
});

it("puts every task where its words belong", () => {
  const groups = groupTasks([answered, changed, failed, stopped]);
  const ids = groups.map(({ title, tasks }) => [title, ...tasks.map((each) => each.id)]);
  expect(ids).toEqual([
    ["Failed", "f"],
    ["Ready to review", "c"],
    ["Answered", "a"],
    ["Stopped", "s"],
  ]);
});
