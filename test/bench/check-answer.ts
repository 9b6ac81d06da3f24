import type { AnswerFormat } from './load-job.ts';

/** How the bytes of a whole answer end. */
export const END_MARKS: Readonly<Record<AnswerFormat, string>> = {
  json: '}',
  'openai-stream': 'data: [DONE]\n\n',
  'anthropic-stream': 'data: {"type":"message_stop"}\n\n',
};

/** Reads an answer completely. Gives what is wrong with it, `undefined` when nothing is. */
export function checkAnswer(format: AnswerFormat, body: string, text: string): string | undefined {
  try {
    const found = readText(format, body);
    if (found === text) return undefined;
    return `the text differs: ${String(found.length)} characters instead of ${String(text.length)}`;
  } catch (error) {
    return `${String(error)}: ${body.slice(0, 300)}`;
  }
}

interface ChatAnswer {
  readonly choices: readonly {
    readonly message?: { readonly content: string };
    readonly delta?: { readonly content?: string | null };
    readonly finish_reason?: string | null;
  }[];
}

interface AnthropicEvent {
  readonly type: string;
  readonly delta?: { readonly text?: string; readonly stop_reason?: string };
}

function readText(format: AnswerFormat, body: string): string {
  switch (format) {
    case 'json':
      return (JSON.parse(body) as ChatAnswer).choices[0]?.message?.content ?? '';
    case 'openai-stream': {
      const choices = eventsOf<ChatAnswer>(body).map(({ choices: [choice] }) => choice);
      if (!choices.some((choice) => choice?.finish_reason === 'stop')) throw new Error('no finish reason');
      return choices.map((choice) => choice?.delta?.content ?? '').join('');
    }
    case 'anthropic-stream': {
      const events = eventsOf<AnthropicEvent>(body);
      if (!events.some(({ delta }) => delta?.stop_reason === 'end_turn')) throw new Error('no stop reason');
      return events.map(({ delta }) => delta?.text ?? '').join('');
    }
  }
}

function eventsOf<Event>(body: string): Event[] {
  return body
    .split('\n')
    .filter((line) => line.startsWith('data: ') && line !== 'data: [DONE]')
    .map((line) => JSON.parse(line.slice('data: '.length)) as Event);
}
