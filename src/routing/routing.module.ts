import { Module } from '@nestjs/common';
import { ProvidersModule } from '../providers/providers.module.js';
import { AttemptOutcomes } from './attempt-outcomes.js';
import { AttemptRunner } from './attempt-runner.js';
import { Budgets } from './budgets.js';
import { EndRests } from './end-rests.js';
import { ErrorWindow } from './error-window.js';
import { FailureStreaks } from './failure-streaks.js';
import { GatewayFaults } from './gateway-faults.js';
import { RecoveryRamp } from './recovery-ramp.js';
import { ChatRouter } from './chat-router.service.js';
import { EmbeddingsRouter } from './embeddings-router.service.js';
import { FailoverService } from './failover.service.js';
import { TokenCountRouter } from './token-count-router.service.js';
import { Affinity } from './affinity.js';
import { KeyRotation } from './key-rotation.js';
import { ProviderProbe } from './provider-probe.js';
import { Planner } from './planner.js';
import { Strategist } from './strategies/strategist.js';
import { WeightedTurns } from './strategies/weighted-turns.js';
import { TargetMeter } from './target-meter.js';
import { Clock } from '../common/clock.js';
import { Peers } from '../storage/peers.js';
import { StorageModule } from '../storage/storage.module.js';
import { LocalRestBook } from './local-rest-book.js';
import { SharedCounts } from './shared-counts.js';
import { SharedRestBook } from './shared-rest-book.js';
import { ProviderStates } from './provider-states.js';
import { ProviderStats } from './provider-stats.js';
import { RestBook } from './rest-book.js';
import { RouteTable } from './route-table.js';

@Module({
  imports: [ProvidersModule, StorageModule],
  providers: [
    Affinity,
    Planner,
    ProviderProbe,
    Strategist,
    TargetMeter,
    WeightedTurns,
    AttemptOutcomes,
    AttemptRunner,
    Budgets,
    EndRests,
    ErrorWindow,
    FailureStreaks,
    GatewayFaults,
    RecoveryRamp,
    ChatRouter,
    EmbeddingsRouter,
    FailoverService,
    TokenCountRouter,
    KeyRotation,
    ProviderStates,
    ProviderStats,
    RouteTable,
    SharedCounts,
    {
      provide: RestBook,
      inject: [Peers, RecoveryRamp, Clock],
      useFactory: (peers: Peers, ramp: RecoveryRamp, clock: Clock): RestBook =>
        peers.isConfigured ? new SharedRestBook(peers, ramp, clock) : new LocalRestBook(clock),
    },
  ],
  exports: [
    ChatRouter,
    EmbeddingsRouter,
    TokenCountRouter,
    Planner,
    ProviderProbe,
    ProviderStates,
    ProviderStats,
    RestBook,
    RouteTable,
    TargetMeter,
  ],
})
export class RoutingModule {}
