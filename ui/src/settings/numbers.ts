/** Numbers as Settings shows and reads them. */
import type { ModelPrice } from "../host/generated";

/** A number of tokens, with separators. */
export function tokens(count: number): string {
  return count.toLocaleString("en-US");
}

/** The three prices of a model. */
export function price(price: ModelPrice | null): string {
  if (!price) return "not known";
  return [price.input, price.cached, price.output].map(dollars).join(" · ");
}

/** A price without zeros that say nothing, but with two digits where there are cents. */
export function dollars(amount: number): string {
  const digits = Number.isInteger(amount) ? 0 : Math.max(2, decimals(amount));
  return `$${amount.toFixed(digits)}`;
}

/** What was typed as a number; null when it is none that is 0 or more. */
export function typed(text: string): number | null {
  const plain = text.replace(/[\s,_$]/g, "");
  if (!/^\d*\.?\d+$/.test(plain)) return null;
  return Number(plain);
}

function decimals(amount: number): number {
  return (String(amount).split(".")[1] ?? "").slice(0, 6).length;
}
