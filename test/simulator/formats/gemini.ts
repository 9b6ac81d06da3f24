import type { Answer, AnswerUsage } from '../answer.ts';
import { toId } from '../format.ts';
import type { Format, StreamFrames } from '../format.ts';
import { tryParse } from '../json.ts';

/** Gemini writes CRLF, has no end marker, and puts usage on every chunk. */
export const gemini: Format = {
  encodeBody: (answer) => ({
    candidates: [
      {
        content: {
          parts: [
            ...(answer.reasoning === '' ? [] : [{ text: answer.reasoning, thought: true }]),
            ...(answer.text === '' ? [] : [{ text: answer.text }]),
            ...toolParts(answer),
          ],
          role: 'model',
        },
        finishReason: answer.finish ?? 'STOP',
        index: 0,
      },
    ],
    ...envelope(answer),
  }),
  encodeStream,
  encodeEmptyBody: (answer) => envelope(answer),
  encodeStreamError: (_answer, type) => [
    event({
      error: {
        code: 503,
        message: 'The model is overloaded. Please try again later.',
        status: type ?? 'UNAVAILABLE',
      },
    }),
  ],
};

function encodeStream(answer: Answer): StreamFrames {
  const parts = [
    ...answer.reasoningPieces.map((text) => ({ text, thought: true })),
    ...answer.textPieces.map((text) => ({ text })),
    ...toolParts(answer),
  ];
  const content = parts.map((part) =>
    event({ candidates: [{ content: { parts: [part], role: 'model' }, index: 0 }], ...envelope(answer) }),
  );
  const last = {
    candidates: [
      {
        content: { parts: [{ text: '' }], role: 'model' },
        finishReason: answer.finish ?? 'STOP',
        index: 0,
      },
    ],
    ...envelope(answer),
  };
  return { preamble: [], content, finish: [event(last)], usage: [], end: [] };
}

function toolParts(answer: Answer): readonly unknown[] {
  return answer.tools.map((call) => ({
    functionCall: {
      name: call.name,
      args: tryParse(call.arguments) ?? {},
      ...(call.id ? { id: call.id } : {}),
    },
  }));
}

function envelope(answer: Answer): Record<string, unknown> {
  return {
    ...(answer.usage ? { usageMetadata: encodeUsage(answer.usage) } : {}),
    modelVersion: answer.model,
    responseId: toId('sim', answer.serial),
  };
}

function encodeUsage(usage: AnswerUsage): Record<string, unknown> {
  return {
    promptTokenCount: usage.input,
    candidatesTokenCount: usage.output - usage.reasoning,
    totalTokenCount: usage.input + usage.output,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: usage.input }],
    ...(usage.cached > 0 ? { cachedContentTokenCount: usage.cached } : {}),
    ...(usage.reasoning > 0 ? { thoughtsTokenCount: usage.reasoning } : {}),
  };
}

function event(data: unknown): string {
  return `data: ${JSON.stringify(data)}\r\n\r\n`;
}
