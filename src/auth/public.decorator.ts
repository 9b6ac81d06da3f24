import { SetMetadata, type CustomDecorator } from '@nestjs/common';

export const IS_PUBLIC = Symbol('IS_PUBLIC');

/** Serves the endpoint without a key and to every address. */
export function Public(): CustomDecorator<symbol> {
  return SetMetadata(IS_PUBLIC, true);
}
