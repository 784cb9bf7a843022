/** Which keys mean what in the composer. */

/** The key code that browsers report while an input method is composing. */
const COMPOSING = 229;

type Key = Pick<
  KeyboardEvent,
  "key" | "shiftKey" | "altKey" | "isComposing" | "keyCode" | "repeat"
>;

/** Enter sends. Shift+Enter and Alt+Enter break the line; an input method keeps its own Enter. */
export function sends(event: Key): boolean {
  if (event.key !== "Enter" || event.shiftKey || event.altKey || event.repeat) return false;
  return !event.isComposing && event.keyCode !== COMPOSING;
}
