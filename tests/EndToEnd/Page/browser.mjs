// Plays scenarios in one Chromium: a line of JSON in names one, a line of JSON out says how it went. Ends with its input.

import { createInterface } from 'node:readline';
import { chromium } from '../../node_modules/playwright-core/index.mjs';
import * as scenarios from './scenarios.mjs';

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  let answer;
  try {
    answer = { result: (await scenarios[order.scenario]({ ...order, browser })) ?? {} };
  } catch (error) {
    answer = { error: `${order.scenario}: ${error.stack}` };
  }
  console.log(JSON.stringify(answer));
}
await browser.close();
