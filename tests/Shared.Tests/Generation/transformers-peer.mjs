// Transformers.js behind a pipe: a request is a line of JSON, so is the answer, {"error": reason} if it fails.
// {"kind":"generate","folder","dtype","prompts":[text],"tokens":n,"together":bool} gives {"texts":[[id]]}: greedy texts after the prompts as a
// user of the library gets them from the folder as it is, one by one or in one batch that the tokenizer pads on the left.
// {"kind":"logits","folder","dtype","ids":[id]} gives {"logits":[number]} after the last id.
// {"kind":"process","processor":name,"arguments":[...],"ids":[id],"logits":[number or null]} gives {"logits"}; null stands for negative infinity.
import { basename, dirname } from 'node:path';
import { createInterface } from 'node:readline';
import * as transformers from '@huggingface/transformers';

const { AutoModelForCausalLM, AutoTokenizer, Tensor, env } = transformers;
env.allowRemoteModels = false;
const loaded = new Map();

async function load(folder, dtype) {
  const key = `${dtype} ${folder}`;
  if (!loaded.has(key)) {
    env.localModelPath = dirname(folder) + '/';
    const tokenizer = await AutoTokenizer.from_pretrained(basename(folder));
    const model = await AutoModelForCausalLM.from_pretrained(basename(folder), { dtype });
    loaded.set(key, { tokenizer, model });
  }
  return loaded.get(key);
}

async function generate({ folder, dtype, prompts, tokens, together }) {
  const { tokenizer, model } = await load(folder, dtype);
  if (together) {
    tokenizer.padding_side = 'left';
  }
  const texts = [];
  for (const group of together ? [prompts] : prompts.map(prompt => [prompt])) {
    const inputs = tokenizer(group, { padding: together });
    const outputs = await model.generate({ ...inputs, max_new_tokens: tokens, do_sample: false });
    texts.push(...outputs.tolist().map(row => row.slice(inputs.input_ids.dims[1]).map(Number)));
  }
  return { texts };
}

async function logits({ folder, dtype, ids }) {
  const { model } = await load(folder, dtype);
  const shape = [1, ids.length];
  const outputs = await model({
    input_ids: new Tensor('int64', BigInt64Array.from(ids.map(BigInt)), shape),
    attention_mask: new Tensor('int64', BigInt64Array.from(ids.map(() => 1n)), shape),
  });
  return { logits: Array.from(outputs.logits.data.slice(-outputs.logits.dims[2])) };
}

function process({ processor, arguments: values, ids, logits }) {
  const scores = new Tensor('float32', Float32Array.from(logits, value => value ?? -Infinity), [1, logits.length]);
  new transformers[processor](...values)([ids.map(BigInt)], scores);
  return { logits: Array.from(scores.data, value => Number.isFinite(value) ? value : null) };
}

const kinds = { generate, logits, process };
for await (const line of createInterface({ input: globalThis.process.stdin })) {
  let answer;
  try {
    const request = JSON.parse(line);
    answer = await kinds[request.kind](request);
  } catch (error) {
    answer = { error: String(error.stack ?? error) };
  }
  globalThis.process.stdout.write(JSON.stringify(answer) + '\n');
}
