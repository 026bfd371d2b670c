// The person, the model and the host behind a client: what they answer when the server asks.

// What the person fills in: each field's default, or something that fits it.
function fillIn({ properties }) {
  const answer = ({ type, default: value, enum: plain, oneOf: titled, items }) => {
    if (value !== undefined) return value;
    if (type === "array") return [answer({ type: "string", enum: items.enum, oneOf: items.anyOf })];
    return plain?.[0] ?? titled?.[0].const ?? { boolean: true, integer: 7, number: 1.5, string: "Ada" }[type];
  };
  return Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, answer(field)]));
}

export const capabilities = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };

export const handlers = {
  "elicitation/create": ({ params }) =>
    params.mode === "url" ? { action: "accept" } : { action: "accept", content: fillIn(params.requestedSchema) },
  "sampling/createMessage": () => ({ role: "assistant", model: "a-model", content: { type: "text", text: "Paris" } }),
  "roots/list": () => ({ roots: [{ uri: "file:///home", name: "home" }] }),
};
