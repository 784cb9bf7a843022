/**
 * The host inside the app: speaks to the shell. The only file that knows Tauri.
 *
 * Events come by one long poll: a `drain` is always under way, and is asked again at once when it
 * is answered. When it fails, the next one waits longer, up to five seconds, and the first answer
 * after a failure is treated as a gap.
 */
import { invoke } from "@tauri-apps/api/core";
import { toFailure, type CommandName, type Host } from "./host";
import type {
  AttachmentBytes,
  Commands,
  EventBatch,
  Exported,
  ReviewRows,
  RowPage,
} from "./generated";

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;

const decoder = new TextDecoder();

function parse<T>(bytes: ArrayBuffer): T {
  return JSON.parse(decoder.decode(bytes)) as T;
}

async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (reason) {
    throw toFailure(reason);
  }
}

export class TauriHost implements Host {
  call<K extends CommandName>(
    name: K,
    request: Commands[K]["request"],
  ): Promise<Commands[K]["reply"]> {
    return asked(invoke<Commands[K]["reply"]>("call", { name, request }));
  }

  rows(request: ReviewRows): Promise<RowPage> {
    return asked(
      invoke<ArrayBuffer>("bytes", { name: "review/rows", request }).then(parse<RowPage>),
    );
  }

  pickFolder(): Promise<void> {
    return asked(invoke<void>("pick_folder"));
  }

  pickFiles(): Promise<string | null> {
    return asked(invoke<string | null>("pick_files"));
  }

  pickCertificates(): Promise<string | null> {
    return asked(invoke<string | null>("pick_certificates"));
  }

  saveConversation(task: string): Promise<Exported | null> {
    return asked(invoke<Exported | null>("save_conversation", { task }));
  }

  paste(): Promise<string | null> {
    return asked(invoke<string | null>("paste"));
  }

  attached(request: AttachmentBytes): Promise<ArrayBuffer> {
    return asked(invoke<ArrayBuffer>("bytes", { name: "attachment/bytes", request }));
  }

  events(onBatch: (batch: EventBatch) => void): () => void {
    let stopped = false;
    void (async () => {
      let cursor = 0;
      let wait = 0;
      while (!stopped) {
        try {
          const batch = parse<EventBatch>(await invoke<ArrayBuffer>("drain", { cursor }));
          if (stopped) return;
          const afterFailure = wait > 0;
          wait = 0;
          cursor = batch.cursor;
          onBatch(afterFailure ? { ...batch, resync: true } : batch);
        } catch {
          wait = wait === 0 ? FIRST_WAIT_MS : Math.min(wait * 2, LONGEST_WAIT_MS);
          await new Promise((done) => setTimeout(done, wait));
        }
      }
    })();
    return () => {
      stopped = true;
    };
  }
}
