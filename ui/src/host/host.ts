/**
 * The one door between the window and the engine.
 *
 * A host answers commands, serves rows of a diff and delivers events. What it says is typed by
 * `generated.ts`, which is written from the Rust side. State classes hold a host; components never
 * do. A rejected call rejects with a [`Failure`], whatever went wrong below.
 */
import type {
  AttachmentBytes,
  Commands,
  EventBatch,
  Exported,
  Failure,
  ReviewRows,
  RowPage,
} from "./generated";

/** Names of everything the window may ask. */
export type CommandName = keyof Commands;

/** Whoever answers the window: the app's shell, or a fake in tests. */
export interface Host {
  /** Asks one thing. Rejects with a `Failure`. */
  call<K extends CommandName>(
    name: K,
    request: Commands[K]["request"],
  ): Promise<Commands[K]["reply"]>;
  /** Text of some rows of a file's diff. */
  rows(request: ReviewRows): Promise<RowPage>;
  /** Delivers batches in order until the returned function is called. */
  events(onBatch: (batch: EventBatch) => void): () => void;
  /** Lets the person choose a folder. The shell opens it; an event says so. */
  pickFolder(): Promise<void>;
  /** Lets the person choose files and takes their bytes. Gives the offer; null when dismissed. */
  pickFiles(): Promise<string | null>;
  /** Lets the person choose a file of certificates. Gives its path; null when dismissed. */
  pickCertificates(): Promise<string | null>;
  /** Lets the person choose a file and saves a task's conversation; null when dismissed. */
  saveConversation(task: string): Promise<Exported | null>;
  /** Takes files or a picture from the clipboard. Gives the offer; null when it holds neither. */
  paste(): Promise<string | null>;
  /** The bytes of something attached: a picture, or text in UTF-8. */
  attached(request: AttachmentBytes): Promise<ArrayBuffer>;
}

/** Turns whatever a call rejected with into words a person can read. */
export function toFailure(reason: unknown): Failure {
  if (typeof reason === "object" && reason !== null) {
    const { code, message, hint } = reason as Partial<Failure>;
    if (code && message) return { code, message, hint: hint ?? "" };
  }
  return {
    code: "broken",
    message: "Greenlight's engine did not answer in a form this window understands.",
    hint: "Nothing was changed. Try again; if it stays, close and reopen the window.",
  };
}
