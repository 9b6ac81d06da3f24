import type { TokenizerThread } from '../../src/usage/tokenizer-thread.js';

/**
 * The tokenizer without its thread, so that the record of a request is there as soon as its answer is, and each of hundreds
 * of gateways in one process is spared a thread. Gateways that are processes of their own have the thread.
 */
export const IN_PROCESS_TOKENIZER: Pick<TokenizerThread, 'count'> = {
  count: async (pieces) => {
    const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base');
    const asPlainText = { disallowedSpecial: new Set<string>() };
    return pieces.reduce((sum, piece) => sum + countTokens(piece, asPlainText), 0);
  },
};
