/** How tokens and money are put in words. Pure. Money is by list prices, and never more than an estimate. */
import type { RateLimit, RateLimitKind, Spending } from "../host/generated";

const NUMBER = new Intl.NumberFormat("en-US");

export function tokens(number: number): string {
  return NUMBER.format(number);
}

/** Large numbers where there is little room: 81.2k, 1.2M. */
export function short(number: number): string {
  if (number < 10_000) return tokens(number);
  const [size, letter] = number < 999_500 ? [1_000, "k"] : [1_000_000, "M"];
  const value = number / size;
  return `${value < 100 ? value.toFixed(1).replace(/\.0$/, "") : tokens(Math.round(value))}${letter}`;
}

export function allTokens(spent: Spending): number {
  return spent.input + spent.output;
}

/** "81,000 tokens", "about 81,000 tokens". */
export function tokenWords(spent: Spending): string {
  return `${spent.about ? "about " : ""}${tokens(allTokens(spent))} tokens`;
}

/** Dollars and cents; less than a cent is not nothing. */
export function money(dollars: number): string {
  if (dollars > 0 && dollars < 0.005) return "less than $0.01";
  return `$${new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(dollars)}`;
}

/** What it cost, as far as that is known; empty where nothing was spent. */
export function moneyWords(spent: Spending): string {
  if (allTokens(spent) === 0) return "";
  if (spent.dollars === null) return "price not known";
  const sum = money(spent.dollars);
  const known = sum.startsWith("less") ? sum : `about ${sum}`;
  return spent.unpriced === 0
    ? known
    : `${known}, without ${tokens(spent.unpriced)} tokens whose price is not known`;
}

/** What the tokens were: "61,000 read, 40,000 of them cached; 20,000 written, …". */
export function splitWords(spent: Spending): string {
  const read = `${tokens(spent.input)} read${spent.cached > 0 ? ` (${tokens(spent.cached)} from cache)` : ""}`;
  const written = `${tokens(spent.output)} written${
    spent.reasoning > 0 ? ` (${tokens(spent.reasoning)} reasoning)` : ""
  }`;
  return `${read}, ${written}`;
}

export const LIMIT_WORDS: Record<RateLimitKind, string> = {
  requests: "Limit of requests",
  tokens: "Limit of tokens",
  primary: "Short-term limit",
  secondary: "Long-term limit",
};

/** What is left of a rate limit, and until when. */
export function limitWords(limit: RateLimit, now: number): string {
  const left =
    limit.remaining === null
      ? `${100 - (limit.usedPercent ?? 0)} % left`
      : limit.limit === null
        ? `${tokens(limit.remaining)} left`
        : `${tokens(limit.remaining)} of ${tokens(limit.limit)} left`;
  // What was whole again since it was told says nothing of what is left.
  if (limit.resetsAt === null) return left;
  if (limit.resetsAt <= now) return `whole again; last told: ${left}`;
  return `${left}, whole again in ${wait(limit.resetsAt - now)}`;
}

function wait(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.ceil(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.ceil(hours / 24)} days`;
}

/** A day as people write it: "Today", "Yesterday", "Mon, Nov 23". */
export function dayWords(date: string, at: number): string {
  if (at === 0) return "Today";
  if (at === 1) return "Yesterday";
  const [year = 0, month = 1, day = 1] = date.split("-").map(Number);
  return new Intl.DateTimeFormat("en-US", {
    weekday: "short",
    month: "short",
    day: "numeric",
  }).format(new Date(year, month - 1, day));
}
