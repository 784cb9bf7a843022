/**
 * Presses that were meant.
 *
 * A card that appears under a pointer or a key that is already on its way must not take it for an
 * answer. So nothing counts before the card has been seen for a moment, a press has to begin on the
 * control itself, a key that is held repeats in vain, and a second click takes the first one back.
 */

/** How long a card is on screen before it takes an answer. */
export const SEEN_MS = 600;

/** How long a click can be taken back by a second one. */
export const SECOND_CLICK_MS = 350;

type Key = Pick<KeyboardEvent, "key" | "repeat" | "isComposing" | "preventDefault">;
type Click = Pick<MouseEvent, "detail">;

/** One card's answers; at most one of them is given. */
export class Deliberate {
  private seen = false;
  private seeing: ReturnType<typeof setTimeout> | undefined;
  /** What a press has begun on, and whether it is still good. */
  private begun: { on: unknown; good: boolean } | null = null;
  private clicked: { act: () => void; timer: ReturnType<typeof setTimeout> } | null = null;
  private over = false;

  constructor(private told: (state: "unseen" | "ready" | "clicked") => void = () => {}) {}

  get ready(): boolean {
    return this.seen && !this.over;
  }

  /** The card has come on screen, or its window to the front: the moment begins anew. */
  shown(): void {
    clearTimeout(this.seeing);
    this.seen = false;
    this.told("unseen");
    this.seeing = setTimeout(() => {
      this.seen = true;
      this.told("ready");
    }, SEEN_MS);
  }

  /** The card is going away. Nothing is answered any more. */
  gone(): void {
    this.over = true;
    clearTimeout(this.seeing);
    this.takeBack();
  }

  pointerDown(on: unknown): void {
    this.begun = { on, good: this.ready };
  }

  /** A click on a control; it acts after the time in which a second one would take it back. */
  click(on: unknown, event: Click, act: () => void): void {
    const begun = this.begun;
    this.begun = null;
    if (!this.ready) return;
    // Assistive technology clicks without a pointer.
    if (event.detail === 0) return act();
    if (event.detail > 1 || !begun || begun.on !== on || !begun.good) return;
    this.later(act);
  }

  /** Acts unless a second click comes first. */
  later(act: () => void): void {
    if (!this.ready) return;
    this.takeBack();
    const timer = setTimeout(() => {
      this.clicked = null;
      if (this.ready) act();
    }, SECOND_CLICK_MS);
    this.clicked = { act, timer };
    this.told("clicked");
  }

  /** Any click anywhere on the page. */
  anyClick(event: Click): void {
    if (event.detail > 1) this.takeBack();
  }

  keyDown(on: unknown, event: Key): void {
    if (!isPress(event)) return;
    event.preventDefault();
    if (event.repeat) {
      if (this.begun) this.begun.good = false;
    } else {
      this.begun = { on, good: this.ready };
    }
  }

  keyUp(on: unknown, event: Key, act: () => void): void {
    if (!isPress(event)) return;
    event.preventDefault();
    const begun = this.begun;
    this.begun = null;
    if (this.ready && begun && begun.on === on && begun.good) act();
  }

  private takeBack(): void {
    if (!this.clicked) return;
    clearTimeout(this.clicked.timer);
    this.clicked = null;
    this.told(this.seen ? "ready" : "unseen");
  }
}

function isPress(event: Key): boolean {
  return (event.key === "Enter" || event.key === " ") && !event.isComposing;
}
