import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { readEnvironment } from './environment.js';

describe('readEnvironment', () => {
  it('has a default for everything, and counts empty variables as unset', () => {
    const { settings, faults } = readEnvironment({ PORT: '', REDIS_URL: ' ', GATEWAY_CONFIG: '' });
    expect(faults).toEqual([]);
    expect(settings).toEqual({
      port: 8000,
      host: '127.0.0.1',
      configPath: 'config/gateway.yaml',
      configPathGiven: false,
      databaseUrl: 'sqlite:data/sluice.db',
      workers: 1,
      logLevel: 'info',
    });
  });

  it('reads every variable', () => {
    const { settings, faults } = readEnvironment({
      PORT: '0',
      HOST: '::',
      GATEWAY_CONFIG: '/etc/sluice.yaml',
      GATEWAY_ADMIN_KEY: 'admin',
      DATABASE_URL: 'postgres://user:word@db/sluice',
      REDIS_URL: 'rediss://cache:6379',
      WORKERS: '4',
      LOG_LEVEL: 'DEBUG',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
    });
    expect(faults).toEqual([]);
    expect(settings).toEqual({
      port: 0,
      host: '::',
      configPath: '/etc/sluice.yaml',
      configPathGiven: true,
      adminKey: 'admin',
      databaseUrl: 'postgres://user:word@db/sluice',
      redisUrl: 'rediss://cache:6379',
      workers: 4,
      logLevel: 'debug',
      otlpEndpoint: 'http://collector:4318',
    });
  });

  it('takes one worker for each core where that is left to it', () => {
    expect(readEnvironment({ WORKERS: 'auto' })).toMatchObject({
      settings: { workers: availableParallelism() },
      faults: [],
    });
  });

  it.each([
    ['PORT', '65536', '"65536"'],
    ['PORT', '80.5', '"80.5"'],
    ['HOST', 'http://x', '"http://x"'],
    ['DATABASE_URL', 'mysql://user:word@db', 'a value that is not shown'],
    ['DATABASE_URL', 'sqlite:', '"sqlite:"'],
    ['DATABASE_URL', 'postgres://db/sluice?pool_size=0', '"postgres://db/sluice?pool_size=0"'],
    ['DATABASE_URL', 'postgres://u:word@db/sluice?pool_size=1', 'a value that is not shown'],
    ['DATABASE_URL', 'postgres://u:word@db/sluice?max_connection_age=5', 'a value that is not shown'],
    ['DATABASE_URL', 'postgres://u:word@db/sluice?lock_timeout=5s', 'a value that is not shown'],
    ['DATABASE_URL', 'postgres://u:50%@db/sluice', 'a value that is not shown'],
    ['REDIS_URL', 'localhost', '"localhost"'],
    ['REDIS_URL', 'redis://:50%@cache:6379', 'a value that is not shown'],
    ['REDIS_URL', 'redis+sentinel://:word@cache:26379', 'a value that is not shown'],
    ['REDIS_URL', 'redis+cluster://a,,b', '"redis+cluster://a,,b"'],
    ['WORKERS', 'abc', '"abc"'],
    ['WORKERS', '0', '"0"'],
    ['WORKERS', '1.5', '"1.5"'],
    ['WORKERS', '1025', '"1025"'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', '"collector:4318"'],
  ])('refuses %s=%s', (name, value, shown) => {
    expect(readEnvironment({ [name]: value }).faults).toEqual([
      expect.stringContaining(`environment: ${name}: found ${shown}, expected `),
    ]);
  });
});
