/**
 * The tree of the project's files, a folder at a time, as a list of rows.
 *
 * Only folders that are open are asked about, all of them in one request, and again when something
 * in them changed. Rows are plain data, so that only those on screen are drawn.
 */
import { SvelteMap, SvelteSet } from "svelte/reactivity";
import type { Failure, FileEntry, Folder } from "../host/generated";
import { toFailure, type Host } from "../host/host";

export interface TreeRow {
  key: string;
  /** None for the row that stands for more names. */
  entry: FileEntry | null;
  level: number;
  open: boolean;
  /** The folder that holds it; none for the project. */
  parent: string | null;
  at: number;
  of: number;
  /** Names that are not listed yet. */
  more: number;
}

/** Names of a folder that are asked for at first, and added each time more are wanted. */
const PAGE = 2000;

const ROOT = "";

export class FileTree {
  folders = new SvelteMap<string, Folder>();
  open = new SvelteSet<string>();
  /** The row that the keyboard is on. */
  active = $state<string | null>(null);
  failure = $state.raw<Failure | null>(null);

  rows = $derived.by(() => this.flatten());

  private most = new Map<string, number>();
  private asking: Promise<void> | null = null;
  private askAgain = false;

  constructor(
    private host: Host,
    private task: () => string | null,
  ) {}

  get loaded(): boolean {
    return this.folders.has(ROOT);
  }

  /** Lists every open folder again. Calls made meanwhile lead to one more round. */
  reload(): Promise<void> {
    if (this.asking) {
      this.askAgain = true;
      return this.asking;
    }
    this.asking = this.ask([ROOT, ...this.open]).finally(() => {
      this.asking = null;
      if (this.askAgain) {
        this.askAgain = false;
        void this.reload();
      }
    });
    return this.asking;
  }

  /** Lists folders again that are on screen; null for the project, nothing for all. */
  changed(folders: (string | null)[] | null): void {
    if (!this.loaded) return;
    if (folders?.every((id) => id !== null && !this.open.has(id))) return;
    void this.reload();
  }

  private async ask(ids: string[]): Promise<void> {
    const asked = ids.map((id) => ({
      folder: id === ROOT ? null : id,
      most: this.most.get(id) ?? PAGE,
    }));
    try {
      const folders = await this.host.call("files/list", { task: this.task(), folders: asked });
      ids.forEach((id, at) => {
        const folder = folders[at];
        if (folder) this.folders.set(id, folder);
      });
      this.failure = null;
    } catch (reason) {
      this.failure = toFailure(reason);
    }
  }

  async toggle(row: TreeRow): Promise<void> {
    if (row.entry?.kind !== "folder") return;
    const { id } = row.entry;
    if (this.open.delete(id)) return;
    await this.ask([id]);
    this.open.add(id);
  }

  /** Asks for more names of the folder that a "more" row stands in. */
  async more(row: TreeRow): Promise<void> {
    const id = row.parent ?? ROOT;
    this.most.set(id, (this.most.get(id) ?? PAGE) + PAGE);
    await this.ask([id]);
  }

  /** What a key does; whether it was one of the tree's. `page` is the number of rows in view. */
  key(key: string, page: number): boolean {
    const { rows } = this;
    const at = rows.findIndex((row) => row.key === this.active);
    const row = rows[at];
    const go = (to: number) => {
      this.active = rows[Math.min(Math.max(to, 0), rows.length - 1)]?.key ?? null;
    };
    switch (key) {
      case "ArrowDown":
        go(at + 1);
        return true;
      case "ArrowUp":
        go(at < 0 ? 0 : at - 1);
        return true;
      case "Home":
        go(0);
        return true;
      case "End":
        go(rows.length - 1);
        return true;
      case "PageDown":
        go(at + page);
        return true;
      case "PageUp":
        go(at - page);
        return true;
      case "ArrowRight":
        if (row?.entry?.kind === "folder") {
          if (!row.open) void this.toggle(row);
          else if (rows[at + 1]?.parent === row.key) go(at + 1);
        }
        return true;
      case "ArrowLeft":
        if (row?.open) void this.toggle(row);
        else if (row?.parent) this.active = row.parent;
        return true;
      default:
        return false;
    }
  }

  /** Goes to the next row whose name begins with what was typed. */
  seek(typed: string): void {
    const wanted = typed.toLowerCase();
    const { rows } = this;
    const from = rows.findIndex((row) => row.key === this.active);
    // Another letter of the same word may still fit the row it is on.
    const first = wanted.length > 1 ? Math.max(from, 0) : from + 1;
    for (let step = 0; step < rows.length; step += 1) {
      const row = rows[(first + step) % rows.length];
      if (row?.entry?.name.toLowerCase().startsWith(wanted)) {
        this.active = row.key;
        return;
      }
    }
  }

  private flatten(): TreeRow[] {
    const rows: TreeRow[] = [];
    const add = (id: string, level: number): void => {
      const folder = this.folders.get(id);
      if (!folder) return;
      const parent = id === ROOT ? null : id;
      folder.entries.forEach((entry, at) => {
        const open = entry.kind === "folder" && this.open.has(entry.id);
        const place = { level, parent, at: at + 1, of: folder.all, more: 0 };
        rows.push({ key: entry.id, entry, open, ...place });
        if (open) add(entry.id, level + 1);
      });
      const more = folder.all - folder.entries.length;
      if (more > 0) {
        const place = { level, parent, at: folder.entries.length + 1, of: folder.all };
        rows.push({ key: `more-${id}`, entry: null, open: false, more, ...place });
      }
    };
    add(ROOT, 1);
    return rows;
  }
}
