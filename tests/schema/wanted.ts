// What a request may be: the types of the official client, and the few places where we differ on
// purpose. Whatever is not written here has to be what OpenAI publishes.

import type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from "openai/resources/chat/completions/completions";
import type {
  ResponseCreateParamsStreaming,
  ResponseInputItem,
  ResponseOutputMessage,
} from "openai/resources/responses/responses";

/**
 * With `store: false` the server keeps no items, so items go back without their id: an id would name
 * what is not there. The types call it required; the server does not.
 */
type Unnamed<Item> = Item extends
  { type: "reasoning" } | { type: "local_shell_call" } | ResponseOutputMessage
  ? Omit<Item, "id"> & { id?: string }
  : Item;

/** The body of a request for the Responses API, at OpenAI and at Azure. */
export type Responses = Omit<ResponseCreateParamsStreaming, "input"> & {
  input: Array<Unnamed<ResponseInputItem>>;
};

/**
 * Models that think in the open get their own thoughts back, in the field they came in:
 * `reasoning_content` at vLLM, llama.cpp, DeepSeek and others, `reasoning` at OpenRouter, Ollama and
 * newer vLLM. OpenAI's types know neither.
 */
type Thinking = {
  reasoning_content?: string;
  reasoning?: string;
};

type Message<M> = M extends ChatCompletionAssistantMessageParam ? M & Thinking : M;

/** The body of a request for Chat Completions. */
export type Chat = Omit<ChatCompletionCreateParamsStreaming, "messages"> & {
  messages: Array<Message<ChatCompletionMessageParam>>;
};
