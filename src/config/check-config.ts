import { validateSync, type ValidationError } from 'class-validator';
import type { ConfigDocument } from './config-document.js';
import type { ConfigPath } from './config-path.js';
import { crossCheck } from './cross-check.js';
import { GatewayConfig } from './gateway.config.js';
import { toInstance } from './to-instance.js';

/**
 * Checks a document against the classes and its parts against each other, and reports every fault to it.
 *
 * @returns the file as classes; only to be used when the document has no faults
 */
export function checkConfig(document: ConfigDocument): GatewayConfig {
  const config = toInstance(GatewayConfig, document.values ?? {}, [], document);
  for (const error of validateSync(config, { forbidUnknownValues: false })) {
    report(error, [], document);
  }
  crossCheck(config, document);
  return config;
}

function report(error: ValidationError, parent: ConfigPath, document: ConfigDocument): void {
  const part = Array.isArray(error.target) ? Number(error.property) : error.property;
  const path = [...parent, part];
  for (const [rule, expected] of Object.entries(error.constraints ?? {})) {
    if (rule.endsWith('TextList') && Array.isArray(error.value)) {
      reportEntries(error.value, rule === 'isTextList', expected, path, document);
    } else {
      document.report(path, expected);
    }
    if (error.target !== undefined) {
      // The checks between parts then see only what is in order by itself.
      Reflect.deleteProperty(error.target, error.property);
    }
  }
  for (const child of error.children ?? []) {
    report(child, path, document);
  }
}

function reportEntries(
  entries: readonly unknown[],
  emptyAllowed: boolean,
  expected: string,
  path: ConfigPath,
  document: ConfigDocument,
): void {
  entries.forEach((entry, index) => {
    if (typeof entry !== 'string' || (!emptyAllowed && entry.trim() === '')) {
      document.report([...path, index], emptyAllowed ? 'a string' : expected);
    }
  });
}
