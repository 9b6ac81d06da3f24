/**
 * A start that cannot succeed, in one message for the operator: whatever part of the application throws it while it is
 * made or begins to listen, the process prints the message alone and exits 1.
 */
export class StartFault extends Error {
  override readonly name = 'StartFault';
}
