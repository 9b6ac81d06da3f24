import {
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Logger,
  Param,
  Patch,
  Post,
  Query,
  Req,
  UseGuards,
} from '@nestjs/common';
import { ApiExcludeEndpoint, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { AdminGuard } from '../auth/admin.guard.js';
import { configKeyId } from '../auth/gateway-keys.js';
import { makeSecret } from '../auth/hash-secret.js';
import { KeyStore, nameTaken, type KeyChange } from '../auth/key-store.js';
import type { StoredKey } from '../auth/stored-key.js';
import { Public } from '../auth/public.decorator.js';
import { ApiAdminAuth } from '../common/api.decorators.js';
import { Clock } from '../common/clock.js';
import { readBody } from '../common/read-body.js';
import { readJsonBody } from '../common/read-json-body.js';
import type { GatewayKeySettings } from '../config/gateway-settings.js';
import { SettingsHolder } from '../config/settings-holder.js';
import { toMilliseconds } from '../config/to-milliseconds.js';
import { GatewayError } from '../contract/gateway-error.js';
import { checkKeyFields, makeKey, patchKey } from './apply-key-fields.js';
import { GatewayKeyDto, RotationDto, USUAL_GRACE } from './gateway-key.dto.js';
import { reportConfigKey, reportStoredKey, type GatewayKeyReport } from './key-report.js';
import { ApiChangeKey, ApiListKeys, ApiMakeKey, ApiOneKey, ApiRevokeKey, ApiRotateKey } from './keys.docs.js';
import { listKeys, type KeyPage } from './list-keys.js';
import { readFields } from './read-fields.js';

/** Gateway keys: made, changed, rotated and revoked here; those of the configuration are shown. */
@ApiTags('admin')
@ApiAdminAuth()
@Public()
@UseGuards(AdminGuard)
@Controller('admin/keys')
export class KeysController {
  private readonly logger = new Logger('Keys');

  constructor(
    private readonly settings: SettingsHolder,
    private readonly store: KeyStore,
    private readonly clock: Clock,
  ) {}

  @Get()
  @ApiListKeys()
  list(@Query() query: Record<string, unknown>): Promise<KeyPage> {
    return listKeys(query, this.configured, this.store, this.clock.now());
  }

  @Get(':id')
  @ApiOneKey()
  async get(@Param('id') id: string): Promise<GatewayKeyReport> {
    const configured = this.findConfigured(id);
    if (configured !== undefined) return reportConfigKey(configured);
    return reportStoredKey(found(id, await this.store.get(id)), this.clock.now());
  }

  @Post()
  @Header('cache-control', 'no-store')
  @ApiMakeKey()
  async make(@Req() request: Request): Promise<GatewayKeyReport> {
    const json = readJsonBody(await this.read(request));
    const now = this.clock.now();
    const fields = readFields(GatewayKeyDto, json, { check: checkKeyFields(now) });
    this.checkName(fields.name);
    const secret = makeSecret();
    const key = makeKey(fields, secret, now);
    await this.store.add(key);
    this.note('made', key);
    return reportStoredKey(key, now, secret.secret);
  }

  @Patch(':id')
  @ApiChangeKey()
  async patch(@Param('id') id: string, @Req() request: Request): Promise<GatewayKeyReport> {
    const json = readJsonBody(await this.read(request));
    const now = this.clock.now();
    const check = checkKeyFields(now);
    const fields = readFields(GatewayKeyDto, json, { isPatch: true, check });
    this.checkName(fields.name);
    const key = await this.change(id, 'changed', (current) => patchKey(current, fields), fields.name);
    return reportStoredKey(key, now);
  }

  @Post(':id/rotate')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiRotateKey()
  async rotate(@Param('id') id: string, @Req() request: Request): Promise<GatewayKeyReport> {
    const body = await this.read(request);
    const json = body === '' ? {} : readJsonBody(body);
    const grace = toMilliseconds(readFields(RotationDto, json).grace_period ?? USUAL_GRACE);
    const now = this.clock.now();
    const secret = makeSecret();
    const key = await this.change(id, 'rotated', (current) => ({
      ...current,
      secretHash: secret.hash,
      secretHint: secret.hint,
      previousHash: grace === 0 ? null : current.secretHash,
      previousUntil: grace === 0 ? null : now + grace,
    }));
    return reportStoredKey(key, now, secret.secret);
  }

  @Delete(':id')
  @ApiRevokeKey()
  async revoke(@Param('id') id: string): Promise<GatewayKeyReport> {
    const now = this.clock.now();
    this.refuseConfigured(id);
    const key = await this.store.change(id, now, (current) =>
      current.revokedAt === null ? { ...current, revokedAt: now } : current,
    );
    this.note('revoked', found(id, key));
    return reportStoredKey(found(id, key), now);
  }

  @Delete()
  @ApiExcludeEndpoint()
  revokeNone(): never {
    throw new GatewayError(
      'not_found',
      'Say which key: DELETE /admin/keys/{id}. GET /admin/keys has the ids',
    );
  }

  @Patch()
  @ApiExcludeEndpoint()
  patchNone(): never {
    throw new GatewayError('not_found', 'Say which key: PATCH /admin/keys/{id}. GET /admin/keys has the ids');
  }

  private async change(id: string, what: string, change: KeyChange, name?: string): Promise<StoredKey> {
    this.refuseConfigured(id);
    const key = await this.store.change(
      id,
      this.clock.now(),
      (current) => (current.revokedAt === null ? change(current) : wasRevoked(current.revokedAt)),
      name,
    );
    this.note(what, found(id, key));
    return found(id, key);
  }

  private get configured(): readonly GatewayKeySettings[] {
    return this.settings.current.auth.keys;
  }

  private findConfigured(id: string): GatewayKeySettings | undefined {
    return this.configured.find(({ name }) => configKeyId(name) === id);
  }

  private refuseConfigured(id: string): void {
    if (this.findConfigured(id) === undefined) return;
    throw new GatewayError(
      'conflict',
      'The key comes from the configuration: change it in auth.keys or GATEWAY_API_KEYS',
      { shouldRetry: false },
    );
  }

  private checkName(name: string | undefined): void {
    if (this.configured.some((key) => key.name === name)) throw nameTaken(name ?? '');
  }

  /** Who did it is not known: there is one admin key. */
  private read(request: Request): Promise<string> {
    return readBody(request, this.settings.current.server.bodyLimitBytes);
  }

  private note(what: string, { id, name }: StoredKey): void {
    this.logger.log({ message: `gateway key ${what}`, key_id: id, key: name });
  }
}

function found(id: string, key: StoredKey | undefined): StoredKey {
  if (key === undefined) throw new GatewayError('not_found', `There is no gateway key ${JSON.stringify(id)}`);
  return key;
}

function wasRevoked(at: number): GatewayError {
  const message = `The key was revoked at ${new Date(at).toISOString()} and cannot be changed any more: make a new one`;
  return new GatewayError('conflict', message, { shouldRetry: false });
}
