/** What a request body holds. Built in the load generator, so that a megabyte does not cross a process boundary. */
export type BodyShape =
  | { readonly kind: 'text'; readonly bytes: number }
  | { readonly kind: 'conversation'; readonly messages: number }
  | { readonly kind: 'image'; readonly bytes: number };

const SENTENCE = 'The quick brown fox asks a gateway for the answer of a model, and waits. ';

function textOf(length: number): string {
  return SENTENCE.repeat(Math.ceil(length / SENTENCE.length)).slice(0, length);
}

function messagesOf(shape: BodyShape): object[] {
  const system = { role: 'system', content: 'You are a helpful assistant. Answer in one sentence.' };
  switch (shape.kind) {
    case 'text':
      return [system, { role: 'user', content: textOf(Math.max(16, shape.bytes - 200)) }];
    case 'conversation':
      return Array.from({ length: shape.messages }, (_, index) =>
        index === 0
          ? system
          : { role: index % 2 === 1 ? 'user' : 'assistant', content: `${String(index)} ${textOf(180)}` },
      );
    case 'image': {
      // Bytes that do not repeat, so that no layer can be lucky with them.
      const image = Buffer.alloc(Math.floor(((shape.bytes - 400) / 4) * 3));
      for (let index = 0, state = 1; index < image.length; index += 1) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        image[index] = state >>> 24;
      }
      const url = `data:image/png;base64,${image.toString('base64')}`;
      return [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is in this picture?' },
            { type: 'image_url', image_url: { url } },
          ],
        },
      ];
    }
  }
}

export function makeBody(shape: BodyShape, model: string, stream: boolean): Buffer {
  const body = {
    model,
    messages: messagesOf(shape),
    temperature: 0.7,
    max_tokens: 512,
    ...(stream ? { stream: true } : {}),
  };
  return Buffer.from(JSON.stringify(body));
}
