/** A start that cannot succeed, in one message for the operator. */
export class StartFault extends Error {
  override readonly name = 'StartFault';
}
