/**
 * Sends together what comes up in one turn of the event loop: a message between processes costs far more than what is in
 * it, and under load a turn has many.
 */
export function inBatches(send: (messages: readonly object[]) => void): (message: object) => void {
  let batch: object[] = [];
  return (message) => {
    batch.push(message);
    if (batch.length > 1) return;
    setImmediate(() => {
      const messages = batch;
      batch = [];
      send(messages);
    });
  };
}
