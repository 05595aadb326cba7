// What Linux tells about processes and cores.
import fs from 'node:fs';

const TICKS = 100; // a second (USER_HZ)

export function cpuSeconds(pid) { // of the process, all its threads
  try { const f = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' '); return (Number(f[11]) + Number(f[12])) / TICKS; } catch { return NaN; }
}
export function peakMegabytes(pid) { // the largest resident size so far
  try { return Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024; } catch { return NaN; }
}
export function coreSeconds(core) { // busy seconds of one core, whoever used it
  const f = new RegExp(`^cpu${core} (.*)$`, 'm').exec(fs.readFileSync('/proc/stat', 'utf8'))[1].split(' ').map(Number);
  return (f[0] + f[1] + f[2] + f[5] + f[6]) / TICKS;
}
