import { Controller, Get, Param, Req } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { callerOf } from '../auth/caller-of.js';
import { ApiKeyAuth } from '../common/api.decorators.js';
import { SettingsHolder } from '../config/settings-holder.js';
import { GatewayError } from '../contract/gateway-error.js';
import { listModels, type ListedModel } from '../routing/list-models.js';
import { resolveRoute } from '../routing/resolve-route.js';
import { RouteTable, type Routes } from '../routing/route-table.js';

/** Routes and models as OpenAI lists them, or as Anthropic does for callers that send `anthropic-version`. */
@ApiTags('models')
@ApiKeyAuth()
@Controller('v1/models')
export class ModelsController {
  constructor(
    private readonly settings: SettingsHolder,
    private readonly routes: RouteTable,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Every route, and every model of every provider' })
  list(@Req() request: Request): unknown {
    const models = this.visibleTo(request);
    if (!speaksAnthropic(request)) return { object: 'list', data: models.map(toOpenai) };
    const data = models.map(toAnthropic);
    return { data, has_more: false, first_id: data.at(0)?.id ?? null, last_id: data.at(-1)?.id ?? null };
  }

  @Get('*id')
  @ApiOperation({ summary: 'One of them by its id' })
  @ApiParam({ name: 'id', type: String, example: 'auto' })
  get(@Req() request: Request, @Param('id') id: string | string[]): unknown {
    const name = Array.isArray(id) ? id.join('/') : id;
    const model =
      this.visibleTo(request).find((listed) => listed.id === name) ?? this.unlisted(request, name);
    return speaksAnthropic(request) ? toAnthropic(model) : toOpenai(model);
  }

  /** A bare model name is served too, though the list has it under its provider. */
  private unlisted(request: Request, name: string): ListedModel {
    const route = resolveRoute({ model: name }, this.current);
    const owner = route.targets[0]?.endpoint.name ?? 'sluice';
    const isVisible = this.visibleTo(request).some((listed) => listed.id === `${owner}/${name}`);
    if (!isVisible) {
      throw new GatewayError('model_not_found', `The model ${JSON.stringify(name)} does not exist`, {
        param: 'model',
      });
    }
    return { id: name, ownedBy: owner };
  }

  private visibleTo(request: Request): readonly ListedModel[] {
    return listModels(this.current, callerOf(request).models);
  }

  private get current(): Routes {
    return this.routes.routesOf(this.settings.current);
  }
}

function speaksAnthropic(request: Request): boolean {
  return request.headers['anthropic-version'] !== undefined;
}

/** Sluice does not know when a model was made; the field is mandatory in both shapes. */
const UNKNOWN_TIME = 0;

interface OpenaiModel {
  readonly id: string;
  readonly object: 'model';
  readonly created: number;
  readonly owned_by: string;
}

function toOpenai({ id, ownedBy }: ListedModel): OpenaiModel {
  return { id, object: 'model', created: UNKNOWN_TIME, owned_by: ownedBy };
}

interface AnthropicModel {
  readonly type: 'model';
  readonly id: string;
  readonly display_name: string;
  readonly created_at: string;
}

function toAnthropic({ id }: ListedModel): AnthropicModel {
  return { type: 'model', id, display_name: id, created_at: '1970-01-01T00:00:00Z' };
}
