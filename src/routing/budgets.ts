import { Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { ActionBudget } from './action-budget.js';

/** The budgets of this process: retries at most a fifth of the requests, hedges a tenth, ten a second always. */
@Injectable()
export class Budgets {
  readonly retries: ActionBudget;
  readonly hedges: ActionBudget;

  constructor(clock: Clock) {
    this.retries = new ActionBudget(clock, 0.2, 10);
    this.hedges = new ActionBudget(clock, 0.1, 10);
  }
}
