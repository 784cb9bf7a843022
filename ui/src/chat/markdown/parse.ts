/**
 * Markdown as a tree that components draw.
 *
 * The text comes from a model, so it is data: HTML in it is shown as the characters it is made of,
 * images are named and not loaded, and a link is words with an address beside them that can only
 * be copied. `Growing` parses a text that grows at its end: blocks that are finished keep their
 * identity and are not parsed or drawn again.
 */
import { Lexer, type Token, type Tokens } from "marked";

export type Inline =
  | { type: "text"; text: string }
  | { type: "code"; text: string }
  | { type: "strong"; children: Inline[] }
  | { type: "emphasis"; children: Inline[] }
  | { type: "struck"; children: Inline[] }
  | { type: "link"; url: string; children: Inline[] }
  | { type: "image"; url: string; alt: string }
  | { type: "break" };

export interface ListItem {
  checked: boolean | null;
  blocks: Block[];
}

export type Block =
  | { type: "paragraph"; children: Inline[] }
  | { type: "heading"; depth: number; children: Inline[] }
  | { type: "code"; language: string; text: string }
  | { type: "quote"; blocks: Block[] }
  | { type: "list"; start: number | null; items: ListItem[] }
  | { type: "table"; head: Inline[][]; rows: Inline[][][] }
  | { type: "rule" };

const ENTITIES: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  "#39": "'",
  apos: "'",
  nbsp: "\u00a0",
};

function plain(text: string): string {
  return text.replace(
    /&(amp|lt|gt|quot|#39|apos|nbsp);/g,
    (_, name: string) => ENTITIES[name] ?? "",
  );
}

function inline(tokens: Token[] | undefined): Inline[] {
  return (tokens ?? []).flatMap((token): Inline[] => {
    switch (token.type) {
      case "strong":
        return [{ type: "strong", children: inline(token.tokens) }];
      case "em":
        return [{ type: "emphasis", children: inline(token.tokens) }];
      case "del":
        return [{ type: "struck", children: inline(token.tokens) }];
      case "codespan":
        return [{ type: "code", text: (token as Tokens.Codespan).text }];
      case "br":
        return [{ type: "break" }];
      case "link":
        return [{ type: "link", url: (token as Tokens.Link).href, children: inline(token.tokens) }];
      case "image": {
        const { href, text } = token as Tokens.Image;
        return [{ type: "image", url: href, alt: text }];
      }
      case "escape":
        return [{ type: "text", text: (token as Tokens.Escape).text }];
      case "text":
        if (token.tokens) return inline(token.tokens);
        return [{ type: "text", text: plain((token as Tokens.Text).text) }];
      case "checkbox":
        return [];
      default:
        return [{ type: "text", text: token.raw }];
    }
  });
}

function block(token: Token): Block[] {
  switch (token.type) {
    case "space":
    case "def":
    case "checkbox":
      return [];
    case "heading":
      return [
        { type: "heading", depth: (token as Tokens.Heading).depth, children: inline(token.tokens) },
      ];
    case "paragraph":
    case "text":
      return [
        {
          type: "paragraph",
          children: token.tokens
            ? inline(token.tokens)
            : [{ type: "text", text: plain(token.raw) }],
        },
      ];
    case "code": {
      const { lang, text } = token as Tokens.Code;
      return [{ type: "code", language: lang?.split(/\s/)[0] ?? "", text }];
    }
    case "blockquote":
      return [{ type: "quote", blocks: blocks(token.tokens ?? []) }];
    case "list": {
      const { ordered, start, items } = token as Tokens.List;
      return [
        {
          type: "list",
          start: ordered ? Number(start) || 1 : null,
          items: items.map((item) => ({
            checked: item.task ? (item.checked ?? false) : null,
            blocks: blocks(item.tokens),
          })),
        },
      ];
    }
    case "table": {
      const { header, rows } = token as Tokens.Table;
      return [
        {
          type: "table",
          head: header.map((cell) => inline(cell.tokens)),
          rows: rows.map((row) => row.map((cell) => inline(cell.tokens))),
        },
      ];
    }
    case "hr":
      return [{ type: "rule" }];
    default:
      return [{ type: "paragraph", children: [{ type: "text", text: token.raw.trim() }] }];
  }
}

function blocks(tokens: Token[]): Block[] {
  return tokens.flatMap(block);
}

/** Parses a whole text. */
export function parse(text: string): Block[] {
  return blocks(new Lexer({ gfm: true }).lex(text));
}

/** Parses a text that grows: only from its last unfinished block on. */
export class Growing {
  private text = "";
  private finished: Block[] = [];
  /** Where the unfinished block begins in `text`. */
  private from = 0;

  update(text: string): Block[] {
    if (!text.startsWith(this.text)) {
      this.finished = [];
      this.from = 0;
    }
    this.text = text;
    const tail = text.slice(this.from);
    const tokens = new Lexer({ gfm: true }).lex(tail);
    const last = tokens.findLastIndex((token) => token.type !== "space");
    // Positions are only sure while the tokens spell the text exactly.
    if (last > 0 && tokens.map((token) => token.raw).join("") === tail) {
      const done = tokens.slice(0, last);
      this.finished = [...this.finished, ...blocks(done)];
      this.from += done.reduce((length, token) => length + token.raw.length, 0);
      return [...this.finished, ...blocks(tokens.slice(last))];
    }
    return [...this.finished, ...blocks(tokens)];
  }
}

/** Only these addresses are offered for copying; others are shown as plain words. */
export function isAddress(url: string): boolean {
  return /^(https?:\/\/|mailto:)/i.test(url);
}
