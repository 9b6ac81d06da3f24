import { Module } from '@nestjs/common';
import { RoutingModule } from '../routing/routing.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { AccountController } from './account.controller.js';
import { AccountService } from './account.service.js';
import { AnswerSource } from './answer-source.js';
import { CacheModule } from '../cache/cache.module.js';
import { ChatController } from './chat.controller.js';
import { ChatService } from './chat.service.js';
import { EmbeddingsService } from './embeddings.service.js';
import { LimitsModule } from '../limits/limits.module.js';
import { RequestLimits } from './request-limits.js';
import { SpendFeed } from './spend-feed.js';
import { RequestPlanner } from './request-planner.js';
import { TokenCountService } from './token-count.service.js';
import { ExchangeLedger } from './exchange-ledger.js';
import { RefusalWatch } from './refusal-watch.js';
import { RequestLine } from './request-line.js';
import { RequestWatch } from '../common/request-watch.js';
import { VectorSource } from './vector-source.js';
import { ModelsController } from './models.controller.js';

@Module({
  imports: [RoutingModule, UsageModule, LimitsModule, CacheModule],
  controllers: [ChatController, ModelsController, AccountController],
  providers: [
    AccountService,
    AnswerSource,
    ChatService,
    EmbeddingsService,
    ExchangeLedger,
    RefusalWatch,
    RequestLine,
    RequestLimits,
    RequestPlanner,
    SpendFeed,
    TokenCountService,
    VectorSource,
    { provide: RequestWatch, useExisting: RefusalWatch },
  ],
})
export class ChatModule {}
