/**
 * The file in the editor: its text from the project or from the task's draft, and what the person
 * typed.
 *
 * What is typed into the draft's file is handed to the engine at once and survives a crash. When
 * the file changes underneath, the typed text stays and the other version is shown beside it on
 * request; which one holds is the person's to say. Nothing is overwritten without that.
 */
import type { Failure, FileView, Side } from "../host/generated";
import { toFailure, type Host } from "../host/host";

export class OpenFile {
  /** As the engine has it; null until it was read. */
  view = $state.raw<FileView | null>(null);
  side = $state<Side>("draft");
  /** The file is in the task's draft too, or only there. */
  failure = $state.raw<Failure | null>(null);
  /** What the person sees in the editor of the draft's version. */
  text = $state("");
  saving = $state(false);
  /** The version that differs from the one the typing began from. */
  theirs = $state.raw<FileView | null>(null);
  /** Their version is on screen, not the person's. */
  looking = $state(false);
  /** Where the editor is to go next. */
  wish = $state.raw<{ line: number | null; focus: boolean } | null>(null);

  /** The version that the typing began from. */
  private version = "";
  private saved = $state("");
  private kept: string | null = null;
  private keeping: Promise<void> = Promise.resolve();
  private reads = 0;

  dirty = $derived(this.side === "draft" && this.text !== this.saved);
  editable = $derived.by(
    () => this.side === "draft" && this.task !== null && this.view?.text != null && !this.looking,
  );
  visible = $derived(
    this.looking ? (this.theirs?.text ?? "") : this.side === "draft" ? this.text : this.saved,
  );

  constructor(
    private host: Host,
    readonly task: string | null,
    readonly file: string,
    public path: string,
  ) {}

  /** Reads the version of `side`; without one, the draft's where there is one. */
  async load(side: Side | null): Promise<void> {
    if (side) {
      await this.read(side);
      return;
    }
    if (this.task === null) await this.read("project");
    else {
      await this.read("draft");
      if (this.failure?.code === "refused") {
        const first: Failure = this.failure;
        await this.read("project");
        if (this.failure) this.failure = first;
      }
    }
  }

  private async read(side: Side): Promise<void> {
    const mine = (this.reads += 1);
    if (this.dirty) await this.keep();
    try {
      const view = await this.host.call("file/open", { task: this.task, file: this.file, side });
      if (mine !== this.reads) return;
      this.take(view);
    } catch (reason) {
      if (mine !== this.reads) return;
      this.side = side;
      this.view = null;
      this.failure = toFailure(reason);
    }
  }

  private take(view: FileView): void {
    this.failure = null;
    this.looking = false;
    this.theirs = null;
    this.side = view.side;
    this.view = view;
    this.path = view.path;
    this.saved = view.text ?? "";
    this.text = this.saved;
    this.version = view.version;
    this.kept = null;
    if (!view.unsaved) return;
    this.text = view.unsaved.text;
    this.kept = view.unsaved.text;
    if (view.unsaved.version !== view.version) {
      this.version = view.unsaved.version;
      this.theirs = view;
    }
  }

  /** Looks whether the file is still what is shown. */
  async lookAgain(): Promise<void> {
    if (!this.view || this.saving) {
      if (this.failure) await this.load(this.side);
      return;
    }
    const mine = this.reads;
    try {
      const { task, file, side } = this;
      const view = await this.host.call("file/open", { task, file, side });
      if (mine !== this.reads || this.saving) return;
      const same = view.version === this.version;
      if (!this.dirty) {
        if (!same || this.theirs) this.take({ ...view, unsaved: null });
      } else if (!same) {
        this.theirs = view;
      } else {
        this.theirs = null;
        this.looking = false;
      }
    } catch (reason) {
      if (mine !== this.reads) return;
      // What is typed stays on screen; saving says the same again.
      this.failure = toFailure(reason);
      if (!this.dirty) this.view = null;
    }
  }

  type(text: string): void {
    if (!this.editable) return;
    this.text = text;
    this.failure = null;
    void this.keep();
  }

  /** Hands what is typed to the engine, one request after the other. */
  keep(): Promise<void> {
    this.keeping = this.keeping.then(async () => {
      const { task, file, version } = this;
      if (task === null || !this.view || this.side !== "draft") return;
      const text = this.text === this.saved && !this.theirs ? null : this.text;
      if (text === this.kept) return;
      try {
        await this.host.call("file/keep", { task, file, version, text });
        this.kept = text;
      } catch {
        // The text is still in the editor, and the next key tries again.
      }
    });
    return this.keeping;
  }

  /** Saves into the draft. On failure the text stays and says why. */
  async save(): Promise<void> {
    const { task, file } = this;
    if (task === null || !this.dirty || this.saving || this.theirs) return;
    const text = this.text;
    this.saving = true;
    this.failure = null;
    try {
      await this.keeping;
      const { version } = this;
      const saved = await this.host.call("file/save", { task, file, version, text });
      if (saved.type === "saved") {
        this.version = saved.version;
        this.saved = text;
        this.kept = null;
        if (this.view) this.view = { ...this.view, version: saved.version, text };
      } else {
        this.theirs = await this.host.call("file/open", { task, file, side: "draft" });
      }
    } catch (reason) {
      this.failure = toFailure(reason);
    } finally {
      this.saving = false;
      void this.keep();
    }
  }

  /** The person's text holds: it is saved over the version that was seen. */
  async keepMine(): Promise<void> {
    if (!this.theirs) return;
    this.version = this.theirs.version;
    this.saved = this.theirs.text ?? "";
    this.view = this.theirs;
    this.theirs = null;
    this.looking = false;
    this.kept = "";
    await this.save();
    await this.keep();
  }

  /** The other version holds: what was typed is given up. */
  async takeTheirs(): Promise<void> {
    if (!this.theirs) return;
    this.take({ ...this.theirs, unsaved: null });
    this.kept = "";
    await this.keep();
  }

  /** What was typed is given up. */
  async giveUp(): Promise<void> {
    if (this.theirs) return this.takeTheirs();
    this.text = this.saved;
    await this.keep();
  }
}
