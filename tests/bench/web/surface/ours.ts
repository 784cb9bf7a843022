/** The review surface of the app, from its sources, with rows from the engine. */
import type { ChangeSet, FileDiff, ReviewRows, RowPage } from "@ui/host/generated";
import { Surface } from "@ui/review/surface/surface";
import "@ui/style/tokens.css";
import type { Open } from "./case";

const decoder = new TextDecoder();

async function ask<T>(path: string, request: unknown): Promise<T> {
  const answer = await fetch(path, { method: "POST", body: JSON.stringify(request) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json() as Promise<T>;
}

// The change set is on the page before a file of it is opened.
let set: Promise<ChangeSet> | undefined;
export const prepare = (task: string): Promise<ChangeSet> =>
  (set ??= ask<ChangeSet>("/call/review/changes", { task }));

async function rows(request: ReviewRows): Promise<RowPage> {
  const body = JSON.stringify(request);
  const answer = await fetch("/bytes/review/rows", { method: "POST", body });
  if (!answer.ok) throw new Error(await answer.text());
  return JSON.parse(decoder.decode(await answer.arrayBuffer())) as RowPage;
}

export const open: Open = async (box, { path, task }) => {
  const file = (await prepare(task)).files.find((file) => file.path === path);
  if (!file) throw new Error(`${path} is not in the change set`);
  const diff = await ask<FileDiff>("/call/review/open", { task, file: file.id, context: null });
  const scroller = document.createElement("div");
  scroller.className = "scroll";
  const root = document.createElement("div");
  scroller.append(root);
  box.append(scroller);
  new Surface(root, {
    diff,
    scroller,
    label: path,
    fetchRows: (from, count, plain) =>
      rows({ task, file: file.id, shown: diff.shown, from, count, plain }),
    failed: (reason) => {
      throw reason;
    },
  });
  return { scroller, coloured: () => root.querySelector(".code-keyword") !== null };
};
