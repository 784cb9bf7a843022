/** The Files tab: the tree, the file in the editor, and what finds a file by a few letters. */
import type { Event, FoundFile, Side, UnsavedFile } from "../host/generated";
import { toFailure, type Host } from "../host/host";
import { FileTree } from "./filetree.svelte";
import { OpenFile } from "./openfile.svelte";
import type { Workspace } from "./workspace.svelte";

export type FilesEvent = Extract<Event, { type: "filesChanged" | "changesChanged" }>;

export class Files {
  tree: FileTree;
  open = $state.raw<OpenFile | null>(null);
  /** Files of this task with text that was not saved. */
  unsaved = $state.raw<UnsavedFile[]>([]);
  /** The person looks for a file by name. */
  finding = $state(false);
  found = $state.raw<FoundFile[]>([]);
  /** How many files were looked through. */
  all = $state(0);
  /** The private copy for the person's own edits is being made. */
  starting = $state(false);

  private started = false;
  private searches = 0;

  constructor(
    private host: Host,
    private workspace: Workspace,
  ) {
    this.tree = new FileTree(host, () => this.task);
  }

  /** Nothing can be edited until the folder is trusted. */
  get lookOnly(): boolean {
    return this.workspace.project.trust !== "trusted";
  }

  get task(): string | null {
    return this.workspace.conversation?.id ?? null;
  }

  /** The tab is on screen for the first time, or again. */
  async start(): Promise<void> {
    if (this.started) return;
    this.started = true;
    await this.reload();
  }

  /** Another task is on screen, or none. */
  async taskChosen(): Promise<void> {
    if (!this.started) return this.askUnsaved();
    const open = this.open;
    await open?.keep();
    await this.reload();
    const stays = open === this.open && !this.starting;
    if (open && stays && open.task !== this.task) await this.follow(open);
  }

  /** The file on screen as the new task has it; another tab stays on screen. */
  private async follow(open: OpenFile): Promise<void> {
    const next = new OpenFile(this.host, this.task, open.file, open.path);
    await next.load(null);
    if (open === this.open && next.task === this.task) this.open = next;
  }

  /** Events were lost: everything on screen is asked for again. */
  async again(): Promise<void> {
    if (!this.started) return;
    await Promise.all([this.reload(), this.open?.lookAgain()]);
  }

  private async reload(): Promise<void> {
    await Promise.all([this.tree.reload(), this.askUnsaved()]);
  }

  private async askUnsaved(): Promise<void> {
    const { task } = this;
    try {
      const unsaved = task ? await this.host.call("file/unsaved", { task }) : [];
      if (task === this.task) this.unsaved = unsaved;
    } catch {
      // The text itself is kept; only the list is the poorer until it is asked again.
    }
  }

  handle(event: FilesEvent): void {
    if (!this.started) return;
    if (event.type === "filesChanged") {
      this.tree.changed(event.folders);
      if (this.open && (event.files?.includes(this.open.file) ?? true)) void this.open.lookAgain();
      return;
    }
    if (event.task !== this.task) return;
    this.tree.changed(null);
    void this.open?.lookAgain();
    void this.askUnsaved();
  }

  /** Shows a file in the editor. */
  async show(
    named: { file: string; path: string },
    wish: { side?: Side; line?: number | null; focus?: boolean } = {},
  ): Promise<void> {
    this.workspace.tab = "files";
    this.started = true;
    const before = this.open;
    await before?.keep();
    const again = before?.file === named.file && before.task === this.task;
    const open = again ? before : new OpenFile(this.host, this.task, named.file, named.path);
    if (!again || wish.side) await open.load(wish.side ?? null);
    open.wish = { line: wish.line ?? null, focus: wish.focus ?? false };
    this.open = open;
    if (!this.tree.loaded) await this.reload();
    else void this.askUnsaved();
  }

  close(): void {
    void this.open?.keep().then(() => this.askUnsaved());
    this.open = null;
  }

  async keep(): Promise<void> {
    await this.open?.keep();
  }

  /** Looks for files by a few letters; a number after a colon is a line. */
  async find(typed: string): Promise<void> {
    const mine = (this.searches += 1);
    try {
      const text = typed.replace(/:\d*$/, "");
      const found = await this.host.call("files/find", { task: this.task, text });
      if (mine !== this.searches) return;
      this.found = found.files;
      this.all = found.all;
    } catch (reason) {
      if (mine !== this.searches) return;
      this.found = [];
      this.workspace.fail(reason);
    }
  }

  /** Begins to edit the file on screen: in this task's private copy, or in one of its own. */
  async edit(): Promise<void> {
    const open = this.open;
    if (!open || this.starting) return;
    if (this.task !== null) {
      await this.show(open, { side: "draft", focus: true });
      return;
    }
    this.starting = true;
    try {
      const task = await this.host.call("file/edit", {});
      this.workspace.offer(task);
      this.workspace.select(task.id);
      await this.show(open, { side: "draft", focus: true });
    } catch (reason) {
      this.workspace.fail(reason);
    } finally {
      this.starting = false;
    }
  }

  async reveal(file: string): Promise<void> {
    await this.ask(async () => {
      await this.host.call("file/reveal", { task: this.task, file });
    });
  }

  async openOutside(file: string): Promise<void> {
    await this.ask(async () => {
      const { sentence } = await this.host.call("file/outside", { task: this.task, file });
      this.workspace.app.notice(sentence);
    });
  }

  private async ask(verb: () => Promise<void>): Promise<void> {
    try {
      await verb();
    } catch (reason) {
      this.workspace.app.tell(toFailure(reason));
    }
  }
}
