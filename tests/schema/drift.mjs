// Bodies that are wrong in one place each: a field that does not exist, a word that is none of the
// allowed ones, a field that is missing, a value of another kind. All have to be noticed.

/** Fields whose value is one of a fixed set of words. */
const WORDS = new Set([
  "type",
  "role",
  "status",
  "effort",
  "verbosity",
  "syntax",
  "detail",
  "tool_choice",
  "reasoning_effort",
]);

/** Fields that must be there, by the `type` (or, without one, the `role`) of what holds them. */
const REQUIRED = {
  Responses: {
    function: ["name", "parameters", "strict"],
    custom: ["name"],
    grammar: ["definition", "syntax"],
    function_call: ["call_id", "name", "arguments"],
    function_call_output: ["output"],
    custom_tool_call: ["call_id", "name", "input"],
    custom_tool_call_output: ["call_id", "output"],
    local_shell_call: ["call_id", "action", "status"],
    reasoning: ["summary"],
    message: ["role", "content"],
    input_text: ["text"],
    output_text: ["text"],
  },
  Chat: {
    function: ["function"],
    image_url: ["image_url"],
    text: ["text"],
    system: ["content"],
    user: ["content"],
    tool: ["content", "tool_call_id"],
  },
};

/** The same for the body itself. */
const REQUIRED_ABOVE = { Responses: ["stream"], Chat: ["model", "messages", "stream"] };

/** Schemas of tools are JSON Schema, which the types leave open; everything else is closed. */
const OPEN = new Set(["parameters"]);

/**
 * Each wrong form of a body that fits, with a word for how it is wrong. What is in `seen` already has
 * been broken in another body; what is not is added to it.
 */
export function broken(body, wire, seen) {
  const found = [];
  const break_at = (how, path, change) => {
    const copy = structuredClone(body);
    let place = copy;
    for (const step of path) place = place[step];
    change(place);
    found.push({
      how: `${how} ${wire}.${path.filter((step) => isNaN(step)).join(".")}`,
      body: copy,
    });
  };
  const visit = (value, path) => {
    if (Array.isArray(value)) {
      value.forEach((each, at) => visit(each, [...path, at]));
      return;
    }
    if (value === null || typeof value !== "object") return;
    const kind = value.type ?? value.role;
    const whole = `${wire} ${JSON.stringify(value)}`;
    const again = seen.has(whole);
    seen.add(whole);
    if (again) return;
    const named = kind === undefined ? "" : ` in ${kind}`;
    break_at(`unknown-field${named}`, path, (place) => {
      place.drifted_field = true;
    });
    const required = path.length === 0 ? REQUIRED_ABOVE[wire] : (REQUIRED[wire][kind] ?? []);
    for (const field of required) {
      if (field in value) {
        break_at(`missing-field ${field}${named}`, path, (place) => delete place[field]);
      }
    }
    for (const [field, inner] of Object.entries(value)) {
      if (WORDS.has(field) && typeof inner === "string") {
        break_at(`unknown-word ${field}${named}`, path, (place) => {
          place[field] = "drifted_word";
        });
      }
      if (typeof inner === "string" || typeof inner === "boolean") {
        break_at(`other-kind ${field}${named}`, path, (place) => {
          place[field] = 7;
        });
      }
      if (!OPEN.has(field)) visit(inner, [...path, field]);
    }
  };
  visit(body, []);
  return found;
}
