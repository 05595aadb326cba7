// What Linux tells about processes and cores.
import fs from 'node:fs';

const TICKS = 100; // a second (USER_HZ)

// CPU seconds so far: of all threads, of them in the kernel, of them in the main thread (in Python and Node.js that of the event loop)
export function cpuSeconds(pid) {
  const whole = read(`/proc/${pid}/stat`), main = read(`/proc/${pid}/task/${pid}/stat`);
  return { all: whole.user + whole.kernel, kernel: whole.kernel, main: main.user + main.kernel };
}
function read(file) {
  try { const f = fs.readFileSync(file, 'utf8').replace(/^.*\) /s, '').split(' '); return { user: Number(f[11]) / TICKS, kernel: Number(f[12]) / TICKS }; } catch { return { user: NaN, kernel: NaN }; }
}
export function peakMegabytes(pid) { // the largest resident size so far
  try { return Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024; } catch { return NaN; }
}
export function coreSeconds(core) { // busy seconds of one core, whoever used it
  const f = new RegExp(`^cpu${core} (.*)$`, 'm').exec(fs.readFileSync('/proc/stat', 'utf8'))[1].split(' ').map(Number);
  return (f[0] + f[1] + f[2] + f[5] + f[6]) / TICKS;
}
