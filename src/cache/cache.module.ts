import { Module } from '@nestjs/common';
import { StorageModule } from '../storage/storage.module.js';
import { AnswerCache } from './answer-cache.js';
import { AnswerStore } from './answer-store.js';
import { EmbeddingsCache } from './embeddings-cache.js';
import { MemoryStore } from './memory-store.js';
import { RedisStore } from './redis-store.js';

/** Answers that were given before, and those that are on their way to somebody else. */
@Module({
  imports: [StorageModule],
  providers: [MemoryStore, RedisStore, AnswerStore, AnswerCache, EmbeddingsCache],
  exports: [AnswerCache, EmbeddingsCache],
})
export class CacheModule {}
