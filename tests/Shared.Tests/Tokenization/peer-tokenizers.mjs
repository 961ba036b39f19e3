// Independent tokenizers behind one pipe. A request is a line {"peers": [...], "text": base64 of UTF-16LE, "folder": tokenizer's folder or absent};
// the answer is a line {peer: base64 of 32-bit ids} or {"error": reason}. Text travels as code units so that lone surrogates arrive.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Tokenizer } from '@huggingface/tokenizers';
import { getEncoding } from 'js-tiktoken';
import { get_encoding } from 'tiktoken';

const shared = createRequire(join(process.argv[2], 'package.json'));
const gpt3Encoder = shared('gpt-3-encoder');
const jsTiktoken = getEncoding('gpt2');
const tiktoken = get_encoding('gpt2');
const loaded = new Map();

function load(folder, withSpecialTokens) {
  const key = `${withSpecialTokens} ${folder}`;
  if (!loaded.has(key)) {
    const read = name => JSON.parse(readFileSync(join(folder, name), 'utf8'));
    const tokenizer = read('tokenizer.json');
    if (!withSpecialTokens) {
      tokenizer.added_tokens = [];
    }
    loaded.set(key, new Tokenizer(tokenizer, read('tokenizer_config.json')));
  }
  return loaded.get(key);
}

const words = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

const peers = {
  // No tokenizer: the lengths in UTF-8 of the words that the regular expression finds, and the code points that this node does not know.
  'words': text => [...text.matchAll(words)].map(match => Buffer.byteLength(match[0])),
  'unassigned': text => [...text.matchAll(/\p{Cn}/gu)].map(match => match[0].codePointAt(0)),
  'tiktoken': text => tiktoken.encode_ordinary(text),
  'js-tiktoken': text => jsTiktoken.encode(text, [], []),
  'gpt-3-encoder': text => gpt3Encoder.encode(text),
  'huggingface': (text, folder) => load(folder, true).encode(text).ids,
  // As above, but text that spells a special token stays text: the option that the others have, for a library that lacks it.
  'huggingface-ordinary': (text, folder) => load(folder, false).encode(text).ids,
};

for await (const line of createInterface({ input: process.stdin })) {
  let answer = {};
  try {
    const request = JSON.parse(line);
    const text = Buffer.from(request.text, 'base64').toString('utf16le');
    for (const peer of request.peers) {
      answer[peer] = Buffer.from(Int32Array.from(peers[peer](text, request.folder)).buffer).toString('base64');
    }
  } catch (error) {
    answer = { error: String(error.stack ?? error) };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
