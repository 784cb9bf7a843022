/**
 * The editor: CodeMirror in one element. Loaded when the first file is opened.
 *
 * Its own rules need a place in the document; the page's nonce lets them in without loosening the
 * policy.
 */
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language";
import { gotoLine, highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { languageOf } from "./languages";
import { look } from "./look";

export interface Document {
  /** Says the language, and names the text for a screen reader. */
  path: string;
  text: string;
  editable: boolean;
}

export interface Told {
  /** The person changed the text; it is the whole of it. */
  ontype: (text: string) => void;
  onsave: () => void;
}

export class CodeEditor {
  private view: EditorView;
  private language = new Compartment();
  private path = "";
  private editable = false;
  /** A change that is put in from outside is not the person's. */
  private quiet = false;

  constructor(
    parent: HTMLElement,
    private told: Told,
  ) {
    this.view = new EditorView({
      parent,
      state: this.state({ path: "", text: "", editable: false }),
    });
  }

  /** Shows a document. The same one with another text keeps place and selection. */
  show(document: Document): void {
    const same = document.path === this.path && document.editable === this.editable;
    if (same) {
      this.replace(document.text);
      return;
    }
    this.path = document.path;
    this.editable = document.editable;
    this.view.setState(this.state(document));
    const load = languageOf(document.path);
    void load?.().then((language) => {
      if (this.path !== document.path) return;
      this.view.dispatch({ effects: this.language.reconfigure(language) });
    });
  }

  /** Puts the cursor on a line, counted from 1, and the line in the middle. */
  goTo(line: number): void {
    const { doc } = this.view.state;
    const { from } = doc.line(Math.min(Math.max(line, 1), doc.lines));
    this.view.dispatch({
      selection: { anchor: from },
      effects: EditorView.scrollIntoView(from, { y: "center" }),
    });
  }

  focus(): void {
    this.view.focus();
  }

  destroy(): void {
    this.view.destroy();
  }

  private replace(text: string): void {
    const old = this.view.state.doc.toString();
    if (old === text) return;
    let from = 0;
    const shorter = Math.min(old.length, text.length);
    while (from < shorter && old[from] === text[from]) from += 1;
    let end = 0;
    while (end < shorter - from && old.at(-1 - end) === text.at(-1 - end)) end += 1;
    this.quiet = true;
    this.view.dispatch({
      changes: { from, to: old.length - end, insert: text.slice(from, text.length - end) },
    });
    this.quiet = false;
  }

  private state(document: Document): EditorState {
    const nonce = window.document.querySelector<HTMLStyleElement>("style[nonce]")?.nonce;
    const extensions: Extension[] = [
      EditorView.cspNonce.of(nonce ?? ""),
      lineNumbers(),
      history(),
      drawSelection(),
      bracketMatching(),
      indentOnInput(),
      indentUnit.of(indentOf(document.text)),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      highlightSelectionMatches(),
      search({ top: true }),
      EditorState.phrases.of(PHRASES),
      keymap.of([
        { key: "Mod-s", run: () => (this.told.onsave(), true), preventDefault: true },
        { key: "Mod-g", run: gotoLine, preventDefault: true },
        ...searchKeymap.filter(({ key }) => key !== "Mod-g"),
        ...defaultKeymap,
        ...historyKeymap,
        indentWithTab,
      ]),
      EditorState.readOnly.of(!document.editable),
      EditorView.contentAttributes.of({
        "aria-label": `Text of ${document.path}`,
        "aria-readonly": String(!document.editable),
      }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged && !this.quiet) this.told.ontype(update.state.doc.toString());
      }),
      look,
      this.language.of([]),
    ];
    return EditorState.create({ doc: document.text, extensions });
  }
}

/** What the editor's own panels say. */
const PHRASES = {
  next: "Next",
  previous: "Previous",
  all: "Select all",
  "match case": "Match case",
  regexp: "Regexp",
  "by word": "Words",
  replace: "Replace",
  "replace all": "Replace all",
  "Go to line": "Line",
  go: "Go",
};

/** One step of indentation as the file has it. */
function indentOf(text: string): string {
  const found = /^(\t| {2,8})\S/m.exec(text.slice(0, 20_000));
  return found?.[1] ?? "  ";
}
