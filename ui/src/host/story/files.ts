/** The files of the story's project: a small tree with changes in it, and one text. */
import type { Handlers } from "../fake";
import type { ChangeKind, FileEntry, Folder } from "../generated";
import * as texts from "./texts";

const LONG = `an-exceedingly-long-name-${"of-a-file-".repeat(8)}.js`;

function entry(path: string, change: ChangeKind | null = null, below = 0): FileEntry {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return {
    id: path,
    name,
    kind: name.includes(".") ? "file" : "folder",
    change,
    below,
    ignored: name === "node_modules",
    inProject: change !== "added",
    inDraft: change !== "deleted",
  };
}

const TREE: Record<string, FileEntry[]> = {
  "": [
    entry("node_modules"),
    entry("src", null, 2),
    entry("test", null, 1),
    entry("package.json"),
    entry("README.md"),
    entry("serve.js"),
  ],
  node_modules: [],
  src: [
    entry("src/cart.js", "modified"),
    entry("src/format.js"),
    entry("src/old-shop.js", "deleted"),
    entry(`src/${LONG}`),
  ],
  test: [entry("test/cart.test.js", "added"), entry("test/format.test.js")],
};

export const filesOfTheStory: Handlers = {
  "files/list": ({ folders }) =>
    folders.map(({ folder }): Folder => {
      const entries = TREE[folder ?? ""] ?? [];
      return { entries, all: entries.length };
    }),
  "files/find": ({ text }) => {
    const all = Object.values(TREE)
      .flat()
      .filter(({ kind }) => kind === "file");
    const files = all
      .filter(({ id }) => id.includes(text))
      .map(({ id, change }) => {
        const at = id.indexOf(text);
        const letters = Array.from(text, (_, index) => at + index);
        return { id, path: id, letters, change };
      });
    return { files, all: all.length };
  },
  "file/open": ({ file, side }) => ({
    file,
    path: file,
    side,
    version: `${file}-${side}`,
    text: side === "draft" ? texts.CART_AFTER : texts.CART_BEFORE,
    instead: null,
    kept: "UTF-8 · LF",
    unsaved: null,
  }),
  "file/keep": () => ({}),
  "file/unsaved": () => [],
  "file/save": ({ version }) => ({ type: "saved", version: `${version}+` }),
  "file/reveal": () => ({}),
  "file/outside": () => ({ sentence: "Opened your folder's version." }),
};
