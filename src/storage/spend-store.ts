/** What the database knows of the spending of gateway keys. */
export abstract class SpendStore {
  /** Nano-dollars of all requests of the key that came in at this moment or later, whichever process served them. */
  abstract spentSince(keyId: string, sinceMs: number): Promise<number>;
}
