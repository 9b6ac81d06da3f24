import { Injectable } from '@nestjs/common';
import { SpendLedger } from '../limits/spend-ledger.js';
import { RequestLog } from '../usage/request-log.js';

/** Tells the budgets which of what was spent the database knows by now. */
@Injectable()
export class SpendFeed {
  constructor(log: RequestLog, spending: SpendLedger) {
    log.onWritten((records) => {
      for (const { keyId, at, costNano } of records) {
        if (keyId !== null && costNano !== null) spending.committed(keyId, at, costNano);
      }
    });
  }
}
