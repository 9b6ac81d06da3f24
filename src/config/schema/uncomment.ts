/**
 * Switches on what a configuration file shows as a comment: `# timeout: 30s` and everything indented beneath it. A
 * comment that is prose has no key at its beginning, and stays.
 */
export function uncomment(yaml: string): string {
  return yaml.replaceAll(/^( *)# (?=- | {2}|[a-z_]+:( |$))/gm, '$1');
}
