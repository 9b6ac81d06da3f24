import type { ChatChunk } from '../contract/chat-event.js';
import type { Exchange } from './exchange.js';

/** Notes in the exchange what a stream says of itself, and passes it on as it is. */
export async function* observeStream(
  chunks: AsyncIterable<readonly ChatChunk[]>,
  exchange: Exchange,
): AsyncGenerator<readonly ChatChunk[], void, undefined> {
  for await (const batch of chunks) {
    for (const chunk of batch) {
      for (const event of chunk.events) {
        if (event.type === 'start') exchange.servedModel = event.model;
        else if (event.type === 'usage') exchange.usage = event.usage;
        else if (event.type === 'finish') exchange.finish = event.finish;
        else if (event.type === 'failure') exchange.streamFailure = event.error;
      }
    }
    yield batch;
  }
}
