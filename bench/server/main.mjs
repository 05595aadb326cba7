// A pretend Bot API on loopback with a load driver and checks. Prints ONE line of JSON.
//
//   node main.mjs --bot "python bot.py" --people 50 [--mode closed|open|burst] ...          (all options: options.mjs)
//
// It starts the bot itself, pinned to --bot-cpu, with BOT_API (also as BOT_API_URL) and BOT_TOKEN in its environment, waits for its
// first getUpdates, drives the load, waits until everything open is answered, and stops it (SIGTERM, by pid).
import fs from 'node:fs';
import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { answer, makeServer } from './http.mjs';
import { options, QUESTIONS, TOKEN } from './options.mjs';
import { Crowd } from './people.mjs';
import { coreSeconds, cpuSeconds, peakMegabytes } from './processes.mjs';
import { Telegram } from './telegram.mjs';

const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
const telegram = new Telegram(answer), crowd = new Crowd((update) => telegram.push(update));
telegram.crowd = crowd;
const server = makeServer(telegram, options.tls);
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, async () => {
  const bot = startBot(`http${options.tls ? 's' : ''}://127.0.0.1:${server.address().port}`);
  for (let i = 0; i < 300 && !telegram.polled && !bot.gone; i++) await sleep(0.1);
  if (!telegram.polled) {
    console.error(bot.words);
    console.log(JSON.stringify({ name: options.name, error: 'the bot did not start' }));
    bot.process.kill('SIGKILL');
    process.exit(1);
  }
  await sleep(0.3);
  crowd.begin();
  await sleep(options.warmup);
  telegram.calls = {}; crowd.measuring = true;
  const before = look(bot);
  await sleep(options.seconds);
  const after = look(bot), steps = crowd.counts.steps, calls = telegram.calls;
  crowd.measuring = false;
  crowd.stop();
  await drain();
  crowd.settle();
  console.log(JSON.stringify(result(bot, before, after, steps, calls)));
  if (bot.words && process.env.BENCH_VERBOSE) console.error(bot.words);
  await stopBot(bot);
  process.exit(0);
});

function startBot(api) {
  const [command, ...rest] = options.bot.split(' ');
  const env = { ...process.env, BOT_API: api, BOT_API_URL: api, BOT_TOKEN: TOKEN, FLOW_K: String(QUESTIONS) };
  const child = spawn('taskset', ['-c', String(options['bot-cpu']), command, ...rest], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const bot = { process: child, pid: child.pid, words: '', problems: {}, gone: false };
  child.stderr.on('data', (data) => {
    const words = data.toString();
    bot.words = (bot.words + words).slice(-3000);
    if (options.log) fs.appendFileSync(options.log, words);
    for (const sign of ['Pool timeout', 'TimedOut', 'Traceback', 'RetryAfter', 'NetworkError']) {
      const n = words.split(sign).length - 1;
      if (n) bot.problems[sign] = (bot.problems[sign] || 0) + n;
    }
  });
  child.on('exit', () => { bot.gone = true; });
  return bot;
}
async function stopBot(bot) {
  if (bot.gone) return;
  bot.process.kill('SIGTERM');
  const hard = setTimeout(() => bot.process.kill('SIGKILL'), 3000);
  await new Promise((done) => bot.process.on('exit', done));
  clearTimeout(hard);
}

async function drain() { // everything open must be answered; given up when nothing moves any more
  let left = -1;
  for (let i = 0; i < options.drain * 10 || (i < 1500 && left > 0); i++) {
    await sleep(0.1);
    const n = crowd.pending;
    if (!n && !crowd.openCallbacks.size) return;
    if (i % 20 === 19) { if (n === left) return; left = n; }
  }
}

function look(bot) {
  const own = process.cpuUsage(), core = options['bot-cpu'];
  return { at: performance.now(), bot: cpuSeconds(bot.pid), own: (own.user + own.system) / 1e6, botCore: coreSeconds(core), ownCore: coreSeconds(1 - core) };
}
function result(bot, a, b, steps, calls) {
  const window = (b.at - a.at) / 1000, cpu = b.bot.all - a.bot.all, own = b.own - a.own;
  const perStep = (seconds) => (steps ? +(seconds * 1000 / steps).toFixed(4) : null);
  const latencies = Float64Array.from(crowd.latencies).sort();
  const at = (p) => (latencies.length ? +latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * p))].toFixed(2) : null);
  return {
    name: options.name, mode: options.mode, people: options.people, api_delay_ms: options['api-delay'], seconds: +window.toFixed(2),
    ...crowd.counts, steps, steps_s: +(steps / window).toFixed(1), p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1), violations: crowd.violations,
    cpu_ms_step: perStep(cpu), main_ms_step: perStep(b.bot.main - a.bot.main), kernel_ms_step: perStep(b.bot.kernel - a.bot.kernel), bot_cpu: +(cpu / window).toFixed(3), rss_mb: +peakMegabytes(bot.pid).toFixed(1),
    server_cpu: +(own / window).toFixed(3), // share of its core that this server used
    other_bot_core: +Math.max(0, (b.botCore - a.botCore - cpu) / window).toFixed(3), // what other programs took of the two cores
    other_server_core: +Math.max(0, (b.ownCore - a.ownCore - own) / window).toFixed(3),
    calls, problems: bot.problems,
  };
}
