import type { Answer } from './answer.ts';
import type { Format } from './format.ts';
import type { Question } from './question.ts';
import type { VendorStyle } from './vendor-error.ts';

export interface AnswerContext {
  readonly format: Format;
  readonly style: VendorStyle;
  readonly question: Question;
  readonly answer: Answer;
  readonly key: string;
}

/** What a vendor's error text mentions. */
export function errorOptions(context: AnswerContext): { model: string; key: string; serial: number } {
  return { model: context.question.model, key: context.key, serial: context.answer.serial };
}
