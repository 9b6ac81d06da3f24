import fc from 'fast-check';

/** Parts and messages as OpenAI's chat format writes them. */
type Wire = Readonly<Record<string, unknown>>;

/** Anthropic takes no text of white space alone, so that nothing is lost when a conversation has none. */
const words = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).filter((text) => /\S/.test(text));
const TOOLS = ['get_weather', 'search-web', 'f'] as const;

const image = fc.constantFrom(
  'https://example.com/cat.png',
  'data:image/png;base64,iVBORw0KGgo=',
  'data:image/webp;base64,UklGRg==',
);
const part: fc.Arbitrary<Wire> = fc.oneof(
  words.map((text) => ({ type: 'text', text })),
  image.map((url) => ({ type: 'image_url', image_url: { url } })),
);
const user: fc.Arbitrary<Wire> = fc
  .oneof(words, fc.array(part, { minLength: 1, maxLength: 3 }))
  .map((content) => ({ role: 'user', content }));
const system: fc.Arbitrary<Wire> = fc.record({
  role: fc.constantFrom('system', 'developer'),
  content: words,
});

/** JSON text of an object; one in a few has a number that no double can hold. */
const callArguments = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify({ value })),
  fc.bigInt({ min: 2n ** 60n, max: 2n ** 70n }).map((id) => `{"id":${String(id)},"unit":"é"}`),
);

interface Call {
  readonly name: string;
  readonly args: string;
  readonly result: string;
}
const call: fc.Arbitrary<Call> = fc.record({
  name: fc.constantFrom(...TOOLS),
  args: callArguments,
  result: words,
});

/** What happens between two turns of the user's. */
type Step =
  | { readonly kind: 'user'; readonly message: Wire }
  | { readonly kind: 'system'; readonly message: Wire }
  | { readonly kind: 'answer'; readonly text: string }
  | { readonly kind: 'calls'; readonly text: string | null; readonly calls: readonly Call[] };

const step: fc.Arbitrary<Step> = fc.oneof(
  user.map((message) => ({ kind: 'user' as const, message })),
  system.map((message) => ({ kind: 'system' as const, message })),
  words.map((text) => ({ kind: 'answer' as const, text })),
  fc.record({
    kind: fc.constant('calls' as const),
    text: fc.option(words, { nil: null }),
    calls: fc.array(call, { minLength: 1, maxLength: 3 }),
  }),
);

const definitions: Wire[] = TOOLS.map((name) => ({
  type: 'function',
  function: {
    name,
    description: `Does ${name}`,
    parameters: { type: 'object', properties: { value: { type: 'string' } }, required: ['value'] },
  },
}));

/** A valid request in OpenAI's chat format that every member of has a counterpart in Anthropic's. */
export const conversation: fc.Arbitrary<Wire> = fc
  .record({
    opening: fc.array(system, { maxLength: 2 }),
    first: user,
    steps: fc.array(step, { maxLength: 6 }),
    last: user,
    settings: fc.record(
      {
        temperature: fc.constantFrom(0, 0.5, 1),
        top_p: fc.constantFrom(0.1, 1),
        stop: fc.array(words, { minLength: 1, maxLength: 3 }),
        tool_choice: fc.constantFrom('auto', 'required', 'none', {
          type: 'function',
          function: { name: 'f' },
        }),
        parallel_tool_calls: fc.constantFrom(true, false),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ opening, first, steps, last, settings }) => ({
    model: 'any',
    messages: [...opening, first, ...steps.flatMap(toMessages), last],
    max_tokens: 100,
    tools: definitions,
    ...settings,
  }));

function toMessages(step: Step, index: number): readonly Wire[] {
  switch (step.kind) {
    case 'user':
    case 'system':
      return [step.message];
    case 'answer':
      return [{ role: 'assistant', content: step.text }];
    case 'calls': {
      const idOf = (position: number): string => `call_${index}_${position}`;
      const calls = step.calls.map(({ name, args }, position) => ({
        id: idOf(position),
        type: 'function',
        function: { name, arguments: args },
      }));
      return [
        { role: 'assistant', content: step.text, tool_calls: calls },
        ...step.calls.map(({ result }, position) => ({
          role: 'tool',
          tool_call_id: idOf(position),
          content: result,
        })),
      ];
    }
  }
}
