/** Everybody who reads this page knows it: good for a gateway that only this machine can reach, and that holds nothing. */
export const DEMO_ADMIN_KEY = 'demo-admin-key-of-this-machine';

/** Prints what to type, each command on lines of its own that can be pasted into a shell. */
export function printDemoGuide(url: string, vendorUrls: { deepseek: string; openai: string }): void {
  const json = `-H 'content-type: application/json'`;
  process.stdout.write(`
Sluice is on ${url} with three simulated vendors behind it: deepseek, openai, anthropic, in this order.
No key is needed from this machine. Swagger UI: ${url}/docs (admin key: ${DEMO_ADMIN_KEY})

Ask:

  curl -s ${url}/v1/chat ${json} -d '{"messages":[{"role":"user","content":"hi"}]}'

  curl -sN ${url}/v1/chat/completions ${json} -d '{"model":"auto","stream":true,"messages":[{"role":"user","content":"hi"}]}'

  curl -s ${url}/health

Clients of OpenAI's API: base URL ${url}/v1, any key. Claude Code:

  ANTHROPIC_BASE_URL=${url} ANTHROPIC_AUTH_TOKEN=none claude

Break deepseek (every request to it is answered with status 503):

  curl -s ${vendorUrls.deepseek}/_control -d '{"fault":"status-503"}'

Ask again: the same request is now answered, with "provider":"openai". /health shows deepseek cooling, why and
until when. More ways to break it: status-429;retry-after=5, silent, reset, cut-2 (test/simulator/README.md).

Heal it, and within 20 s it is back by itself:

  curl -s -X DELETE ${vendorUrls.deepseek}/_control

Break openai as well, and anthropic answers:

  curl -s ${vendorUrls.openai}/_control -d '{"fault":"status-503"}'

What was asked, and how each attempt went:

  curl -s ${url}/admin/requests -H 'authorization: Bearer ${DEMO_ADMIN_KEY}'

Ctrl-C stops everything.
`);
}
