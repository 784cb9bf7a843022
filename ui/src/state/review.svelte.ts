/**
 * The change set of one task, what is marked in it, and apply and undo.
 *
 * Marks and applies carry the version that was on screen. When the engine says that it is no
 * longer that one, the change set is asked for again and the person decides again.
 */
import { SvelteMap, SvelteSet } from "svelte/reactivity";
import type {
  Apply,
  ApplyOutcome,
  ApplyPreview,
  ChangedFile,
  ChangeSet,
  ConflictFile,
  FileDiff,
  Mark,
  Part,
  RowPage,
} from "../host/generated";
import { toFailure, type Host } from "../host/host";
import type { App } from "./app.svelte";
import { Walk } from "./walk";

/** Lines of unchanged text shown around each change. */
export const CONTEXT = 3;

export interface Conflict {
  /** What was tried: its words differ. */
  act: "apply" | "undo" | "redo";
  message: string;
  files: ConflictFile[];
}

function sum(files: ChangedFile[], count: (file: ChangedFile) => number): number {
  return files.reduce((all, file) => all + count(file), 0);
}

export class Review {
  set = $state.raw<ChangeSet | null>(null);
  history = $state.raw<Apply[]>([]);
  diffs = new SvelteMap<string, FileDiff>();
  /** Files whose diff could not be made: why. */
  refused = new SvelteMap<string, string>();
  folded = new SvelteSet<string>();
  preview = $state.raw<ApplyPreview | null>(null);
  conflict = $state.raw<Conflict | null>(null);
  busy = $state(false);
  /** The change that the keys go to next. */
  readonly walk = new Walk();
  /** How far the change set is scrolled, for when it is shown again. In CSS pixels. */
  scrolled = 0;

  files = $derived(this.set?.files ?? []);
  /** Changes of all files: what can be decided about on its own. */
  changes = $derived(sum(this.files, (file) => file.changes));
  decided = $derived(sum(this.files, (file) => file.decided));
  /** Changes that are approved, at least in part. */
  approved = $derived(sum(this.files, (file) => file.approved));
  /** Whether nothing is marked, so that Apply means all of it. */
  unmarked = $derived(this.files.every((file) => file.mark === "undecided"));
  undecided = $derived(
    this.files.filter((file) => file.mark === "undecided" || file.decided < file.changes),
  );
  /** The number of each file's first change, counted from 1. */
  firsts = $derived.by(() => {
    const firsts = new Map<string, number>();
    let next = 1;
    for (const file of this.files) {
      firsts.set(file.id, next);
      next += file.changes;
    }
    return firsts;
  });
  /** What "Approve the rest" means: nothing that can run code, nothing in conflict. */
  approvable = $derived(this.undecided.filter((file) => !file.risk && !file.conflict));
  /** The newest apply of this task. */
  latest = $derived(this.history.find((apply) => apply.task === this.task) ?? null);

  private asking = new Set<string>();
  private deciding: Promise<void> = Promise.resolve();
  private acting: Promise<void> = Promise.resolve();
  private round = 0;

  constructor(
    private host: Host,
    private app: App,
    readonly task: string,
  ) {}

  /** Asks for the change set and the history; only the newest answer counts. */
  async reload(): Promise<void> {
    const round = ++this.round;
    try {
      const [set, history] = await Promise.all([
        this.host.call("review/changes", { task: this.task }),
        this.host.call("apply/history", {}),
      ]);
      if (round !== this.round) return;
      this.history = history;
      this.take(set);
    } catch (reason) {
      if (round === this.round) this.app.tell(toFailure(reason));
    }
  }

  private take(set: ChangeSet): void {
    this.set = set;
    const ids = new Set(set.files.map((file) => file.id));
    for (const id of this.diffs.keys()) if (!ids.has(id)) this.diffs.delete(id);
    for (const id of this.refused.keys()) if (!ids.has(id)) this.refused.delete(id);
  }

  /** Gets the shape of a file's diff, unless the version on hand is the one to show. */
  async show(file: ChangedFile): Promise<void> {
    const key = `${file.id} ${file.shown}`;
    if (this.diffs.get(file.id)?.shown === file.shown || this.asking.has(key)) return;
    this.asking.add(key);
    try {
      const diff = await this.host.call("review/open", {
        task: this.task,
        file: file.id,
        context: CONTEXT,
      });
      this.diffs.set(file.id, diff);
      this.refused.delete(file.id);
    } catch (reason) {
      const failure = toFailure(reason);
      if (failure.code === "stale") void this.reload();
      else this.refused.set(file.id, `${failure.message} ${failure.hint}`.trim());
    } finally {
      this.asking.delete(key);
    }
  }

  /**
   * Text of rows; with `plain` at once, without their colours. A version that is gone leads to a new
   * look at the change set.
   */
  async rows(diff: FileDiff, from: number, count: number, plain: boolean): Promise<RowPage> {
    try {
      return await this.host.rows({
        task: this.task,
        file: diff.file,
        shown: diff.shown,
        from,
        count,
        plain,
      });
    } catch (reason) {
      if (toFailure(reason).code === "stale") void this.reload();
      throw reason;
    }
  }

  /** Marks files, or parts of one. A mark given while something else is under way follows it: no click is lost. */
  decide(files: ChangedFile[], mark: Mark, parts: Part[] = [], rest = false): Promise<void> {
    if (files.length === 0) return Promise.resolve();
    return this.inTurn(() =>
      this.host.call("review/decide", {
        task: this.task,
        files: files.map(({ id, shown }) => ({ file: id, shown, parts })),
        mark,
        rest,
      }),
    );
  }

  approveRest(): Promise<void> {
    return this.decide(this.approvable, "approved", [], true);
  }

  rejectRest(): Promise<void> {
    return this.decide(this.undecided, "rejected", [], true);
  }

  /** Takes the newest decision back. */
  takeBack(): Promise<void> {
    if (!this.set?.canTakeBack) return Promise.resolve();
    return this.inTurn(() => this.host.call("review/takeBack", { task: this.task }));
  }

  private inTurn(ask: () => Promise<ChangeSet>): Promise<void> {
    const mine = async () => {
      while (this.busy) await this.acting;
      await this.act(async () => {
        const set = await ask();
        this.round += 1;
        this.take(set);
      });
    };
    this.deciding = this.deciding.then(mine);
    return this.deciding;
  }

  /** Asks what Apply would write, for the person to confirm. */
  async prepare(): Promise<void> {
    await this.act(async () => {
      this.preview = await this.host.call("apply/preview", { task: this.task });
    });
  }

  cancel(): void {
    this.preview = null;
  }

  /** Writes exactly what the confirmed preview named. */
  async commit(): Promise<void> {
    const preview = this.preview;
    if (!preview || preview.blocked || preview.files.length === 0) return;
    await this.act(async () => {
      const files = preview.files.map(({ file, shown, result }) => ({ file, shown, result }));
      const outcome = await this.host.call("apply/commit", { task: this.task, files });
      this.preview = null;
      this.settle("apply", outcome);
    });
    await this.reload();
  }

  async undo(apply: Apply): Promise<void> {
    await this.act(async () => {
      this.settle("undo", await this.host.call("apply/undo", { apply: apply.id }));
    });
    await this.reload();
  }

  async redo(apply: Apply): Promise<void> {
    await this.act(async () => {
      this.settle("redo", await this.host.call("apply/redo", { apply: apply.id }));
    });
    await this.reload();
  }

  closeConflict(): void {
    this.conflict = null;
  }

  private settle(act: Conflict["act"], outcome: ApplyOutcome): void {
    if (outcome.type === "conflict") {
      this.conflict = { act, message: outcome.message, files: outcome.files };
    }
  }

  private act(verb: () => Promise<void>): Promise<void> {
    if (this.busy) return Promise.resolve();
    this.busy = true;
    this.acting = this.perform(verb);
    return this.acting;
  }

  private async perform(verb: () => Promise<void>): Promise<void> {
    try {
      await verb();
    } catch (reason) {
      const failure = toFailure(reason);
      this.app.tell(failure);
      if (failure.code === "stale") {
        this.preview = null;
        await this.reload();
      }
    } finally {
      this.busy = false;
    }
  }
}
