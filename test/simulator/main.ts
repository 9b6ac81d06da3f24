import { parseArgs } from 'node:util';
import type { OpenAiFlavour } from './formats/openai-chat.ts';
import type { WireFormat } from './routes.ts';
import { startSimulator } from './simulator.ts';
import type { Simulator } from './simulator.ts';
import type { SimulatorOptions } from './simulator-options.ts';

const USAGE = `node test/simulator/main.ts --format openai|anthropic|gemini [--flavour deepseek] [--port 9101] [--name NAME]
node test/simulator/main.ts --all [--port 9101]     deepseek, openai and anthropic on three ports from this one on
Options: --chunks N  --chunk-delay MS  --answer TEXT  --fault FAULT  --burst  --no-log (counters only, for benchmarks)
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      format: { type: 'string' },
      flavour: { type: 'string' },
      port: { type: 'string', default: '9101' },
      name: { type: 'string' },
      answer: { type: 'string' },
      chunks: { type: 'string' },
      'chunk-delay': { type: 'string' },
      fault: { type: 'string' },
      burst: { type: 'boolean', default: false },
      all: { type: 'boolean', default: false },
      'no-log': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || (!values.all && !isWireFormat(values.format))) {
    process.stdout.write(USAGE);
    process.exitCode = values.help ? 0 : 1;
    return;
  }
  const port = Number(values.port);
  const common = {
    log: !values['no-log'],
    burst: values.burst,
    ...(values.answer === undefined ? {} : { answer: values.answer }),
    ...(values.chunks === undefined ? {} : { chunks: Number(values.chunks) }),
    ...(values['chunk-delay'] === undefined ? {} : { chunkDelayMs: Number(values['chunk-delay']) }),
  };
  const wanted: SimulatorOptions[] = values.all
    ? [
        { ...common, format: 'openai', flavour: 'deepseek', port },
        { ...common, format: 'openai', port: port + 1 },
        { ...common, format: 'anthropic', port: port + 2 },
      ]
    : [
        {
          ...common,
          format: isWireFormat(values.format) ? values.format : 'openai',
          flavour: toFlavour(values.flavour),
          port,
          ...(values.name === undefined ? {} : { name: values.name }),
        },
      ];
  const simulators: Simulator[] = [];
  for (const options of wanted) {
    const simulator = await startSimulator(options);
    if (values.fault !== undefined) simulator.behave(values.fault);
    simulators.push(simulator);
    process.stdout.write(`${simulator.name} ${simulator.url}\n`);
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void Promise.all(simulators.map((simulator) => simulator.close()));
    });
  }
}

function isWireFormat(text: string | undefined): text is WireFormat {
  return text === 'openai' || text === 'anthropic' || text === 'gemini';
}

function toFlavour(text: string | undefined): OpenAiFlavour {
  return text === 'deepseek' ? 'deepseek' : 'openai';
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
