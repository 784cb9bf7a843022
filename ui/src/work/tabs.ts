/** The tabs of the work area, an entry each, in the order they are shown. */
import type { Component } from "svelte";
import type { TabMark } from "../kit/Tabs.svelte";
import ChangesTab from "../review/ChangesTab.svelte";
import { count } from "../state/words";
import type { WorkTab, Workspace } from "../state/workspace.svelte";
import { TESTIDS } from "../testids";

interface Tab {
  name: WorkTab;
  word: string;
  testid: string;
  panel: Component<{ workspace: Workspace }>;
  /** A tab that does not apply is not shown. */
  applies: (workspace: Workspace) => boolean;
  mark: (workspace: Workspace) => TabMark | null;
}

export const TABS: Tab[] = [
  {
    name: "changes",
    word: "Changes",
    testid: TESTIDS.changesTab,
    panel: ChangesTab,
    // A task that only gave an answer has none.
    applies: ({ conversation }) => conversation?.task?.state !== "answered",
    mark: ({ conversation }) => {
      const files = conversation?.review.files.length ?? 0;
      if (files === 0) return null;
      return { text: String(files), label: count(files, "file"), tone: "quiet" };
    },
  },
];
