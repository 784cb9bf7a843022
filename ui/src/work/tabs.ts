/** The tabs of the work area, an entry each, in the order they are shown. */
import type { Component } from "svelte";
import type { TabMark } from "../kit/Tabs.svelte";
import ChecksTab from "../checks/ChecksTab.svelte";
import FilesTab from "../files/FilesTab.svelte";
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
    applies: () => true,
    mark: ({ conversation }) => {
      const files = conversation?.review.files.length ?? 0;
      if (files === 0) return null;
      return { text: String(files), label: count(files, "file"), tone: "quiet" };
    },
  },
  {
    name: "checks",
    word: "Checks",
    testid: TESTIDS.checksTab,
    panel: ChecksTab,
    applies: () => true,
    mark: ({ conversation }) => conversation?.checks.mark ?? null,
  },
  {
    name: "files",
    word: "Files",
    testid: TESTIDS.filesTab,
    panel: FilesTab,
    applies: () => true,
    mark: ({ files }) => {
      const unsaved = files.unsaved.length;
      if (unsaved === 0) return null;
      return { text: `● ${unsaved}`, label: `${count(unsaved, "file")} not saved`, tone: "quiet" };
    },
  },
];
