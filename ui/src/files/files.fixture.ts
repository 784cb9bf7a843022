/** A small tree for tests, and the handlers that answer from it. */
import type { Handlers } from "../host/fake";
import type { FileEntry, FileView, Folder } from "../host/generated";

export function entry(id: string, rest: Partial<FileEntry> = {}): FileEntry {
  const name = id.slice(id.lastIndexOf("/") + 1);
  const kind = name.includes(".") ? "file" : "folder";
  return {
    id,
    name,
    kind,
    change: null,
    below: 0,
    ignored: false,
    inProject: true,
    inDraft: true,
    ...rest,
  };
}

export const folders: Record<string, FileEntry[]> = {
  "": [
    entry("node_modules", { ignored: true }),
    entry("src", { below: 2 }),
    entry("test"),
    entry("README.md"),
    entry("serve.js"),
  ],
  src: [
    entry("src/cart"),
    entry("src/format.js", { change: "modified" }),
    entry("src/shop.js", { change: "deleted", inDraft: false }),
  ],
  "src/cart": [entry("src/cart/total.js")],
  test: [],
  node_modules: [entry("node_modules/m")],
};

export function view(file: string, rest: Partial<FileView> = {}): FileView {
  return {
    file,
    path: file,
    side: "draft",
    version: "v1",
    text: "one\n",
    instead: null,
    kept: "UTF-8 · LF",
    unsaved: null,
    ...rest,
  };
}

/** Answers of a host that has the tree above. */
export function answers(more: Handlers = {}): Handlers {
  return {
    "files/list": ({ folders: asked }) =>
      asked.map(({ folder, most }): Folder => {
        const all = folders[folder ?? ""] ?? [];
        return { entries: all.slice(0, most), all: all.length };
      }),
    "files/find": () => ({ files: [], all: 0 }),
    "file/open": ({ file, side }) => view(file, { side }),
    "file/keep": () => ({}),
    "file/unsaved": () => [],
    ...more,
  };
}
