// node-llama-cpp as a user would use it: the model file is the first argument, the packages' folder the second; each line of standard
// input asks for one measurement, as of the other workers.
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [model, packages] = process.argv.slice(2);
const { getLlama, LlamaLogLevel } = await import(pathToFileURL(packages + '/node_modules/node-llama-cpp/dist/index.js'));
const say = number => process.stdout.write(number.toFixed(2) + '\n');
const prompt = (row, length) => Array.from({ length }, (_, i) => (row * 7919 + i * 104729) % 50000);
const seconds = start => Number(process.hrtime.bigint() - start) / 1e9;

const started = process.hrtime.bigint();
const llama = await getLlama({ gpu: false, build: 'never', skipDownload: true, progressLogs: false, logLevel: LlamaLogLevel.error, maxThreads: 2 });
const loaded = await llama.loadModel({ modelPath: model, gpuLayers: 0 });
const context = await loaded.createContext({ contextSize: 1024, threads: 2, sequences: 1 });
const sequence = context.getSequence();
say(seconds(started) * 1000);

for await (const line of createInterface({ input: process.stdin })) {
  const [what, ...words] = line.split(' ');
  const numbers = words.map(Number);
  await sequence.clearHistory();
  if (what === 'decode') {
    const [, length, steps] = numbers;
    let start;
    let count = 0;
    for await (const _ of sequence.evaluate(prompt(0, length), { temperature: 0, yieldEogToken: true })) {
      start ??= process.hrtime.bigint();
      if (++count > steps) break;
    }
    say(steps / seconds(start));
  } else {
    const start = process.hrtime.bigint();
    for await (const _ of sequence.evaluate(prompt(0, numbers[0]), { temperature: 0, yieldEogToken: true })) break;
    say(numbers[0] / seconds(start));
  }
}
process.exit(0);
