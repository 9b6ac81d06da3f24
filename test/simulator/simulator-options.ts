import type { AnswerSettings } from './fault.ts';
import type { OpenAiFlavour } from './formats/openai-chat.ts';
import type { WireFormat } from './routes.ts';

export interface SimulatorOptions extends AnswerSettings {
  readonly format: WireFormat;
  /** Of the OpenAI format. Default: `openai`. */
  readonly flavour?: OpenAiFlavour;
  /** Appears in the default answer. Default: the flavour or format. */
  readonly name?: string;
  /** Default: a free one. */
  readonly port?: number;
  readonly host?: string;
  /** Models that `GET /models` lists. */
  readonly models?: readonly string[];
  /** False: only counters are kept, and equal requests are answered from memory. For benchmarks. */
  readonly log?: boolean;
}
