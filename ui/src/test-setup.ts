/** What jsdom lacks and the screens need. */
import { vi } from "vitest";

class Watch {
  observe = vi.fn();
  unobserve = vi.fn();
  disconnect = vi.fn();
}
globalThis.ResizeObserver ??= Watch as unknown as typeof ResizeObserver;
globalThis.IntersectionObserver ??= Watch as unknown as typeof IntersectionObserver;
Element.prototype.scrollTo ??= () => undefined;
Element.prototype.scrollIntoView ??= () => undefined;
