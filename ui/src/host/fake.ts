/**
 * A host for tests and for looking at screens in a plain browser. It answers by handlers, keeps
 * what it was asked, and sends the events it is told to. It is not part of the app.
 */
import { toFailure, type CommandName, type Host } from "./host";
import type {
  AttachmentBytes,
  Commands,
  Event,
  EventBatch,
  Exported,
  Failure,
  ReviewRows,
  RowPage,
} from "./generated";

export type Handlers = {
  [K in CommandName]?: (
    request: Commands[K]["request"],
  ) => Commands[K]["reply"] | Promise<Commands[K]["reply"]>;
};

export function failure(message: string, hint = "", code: Failure["code"] = "failed"): Failure {
  return { code, message, hint };
}

export class FakeHost implements Host {
  /** Everything asked, in order. */
  asked: { name: CommandName; request: unknown }[] = [];
  /** How often the picker was opened. */
  picked = 0;
  /** What the file picker and the clipboard give: offers, or nothing. */
  offers: { files: string | null; clipboard: string | null } = { files: null, clipboard: null };
  /** The file of certificates that is chosen; null is a dismissed dialog. */
  certificates: string | null = null;
  /** The tasks whose conversation was to be saved, and what comes of it; null is a dismissed dialog. */
  saved: string[] = [];
  exported: Exported | null = null;
  /** The bytes of what is attached, by name. */
  stored = new Map<string, string>();
  seq = 0;
  private onBatch: ((batch: EventBatch) => void) | null = null;

  constructor(
    public handlers: Handlers,
    public page: (request: ReviewRows) => RowPage = ({ from }) => ({
      from,
      rows: [],
      coloured: true,
    }),
  ) {}

  async call<K extends CommandName>(
    name: K,
    request: Commands[K]["request"],
  ): Promise<Commands[K]["reply"]> {
    this.asked.push({ name, request });
    const handler = this.handlers[name];
    if (!handler) throw failure(`The fake host has no answer to ${name}.`, "", "broken");
    try {
      return await handler(request);
    } catch (reason) {
      throw toFailure(reason);
    }
  }

  async rows(request: ReviewRows): Promise<RowPage> {
    return this.page(request);
  }

  async pickFolder(): Promise<void> {
    this.picked += 1;
  }

  async pickFiles(): Promise<string | null> {
    return this.offers.files;
  }

  async pickCertificates(): Promise<string | null> {
    return this.certificates;
  }

  async saveConversation(task: string): Promise<Exported | null> {
    this.saved.push(task);
    return this.exported;
  }

  async paste(): Promise<string | null> {
    return this.offers.clipboard;
  }

  async attached({ content }: AttachmentBytes): Promise<ArrayBuffer> {
    const text = this.stored.get(content);
    if (text === undefined) throw failure("That is not there any more.");
    return new TextEncoder().encode(text).buffer;
  }

  events(onBatch: (batch: EventBatch) => void): () => void {
    this.onBatch = onBatch;
    return () => {
      this.onBatch = null;
    };
  }

  /** Sends events as one batch, numbered in sequence. */
  emit(...events: Event[]): void {
    const batch = events.map((event) => ({ seq: ++this.seq, event }));
    this.onBatch?.({ cursor: this.seq, resync: false, events: batch });
  }

  /** Loses `count` events. */
  lose(count = 1): void {
    this.seq += count;
  }

  /** Says that events were lost. */
  resync(): void {
    this.onBatch?.({ cursor: this.seq, resync: true, events: [] });
  }

  /** What was asked under one name. */
  requests<K extends CommandName>(name: K): Commands[K]["request"][] {
    return this.asked.filter((each) => each.name === name).map((each) => each.request) as never;
  }
}
