// tiktoken's WebAssembly encoder on the files that the first line names; each further line is a request to encode them all once.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { get_encoding } from 'tiktoken';

const encoding = get_encoding('gpt2');
let texts;
for await (const line of createInterface({ input: process.stdin })) {
  if (!texts) {
    texts = JSON.parse(line).map(path => new TextDecoder('utf-8', { ignoreBOM: true }).decode(readFileSync(path)));
    continue;
  }
  const start = process.hrtime.bigint();
  let tokens = 0;
  for (const text of texts) {
    tokens += encoding.encode_ordinary(text).length;
  }
  process.stdout.write(`${tokens} ${Number(process.hrtime.bigint() - start) / 1e9}\n`);
}
