// HTTP/1.1 on plain sockets: Node's own http server costs twice the CPU, and this server must not be what limits a contestant.
import fs from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { TOKEN } from './options.mjs';

const REASON = { 200: 'OK', 400: 'Bad Request', 401: 'Unauthorized', 404: 'Not Found', 409: 'Conflict' };

export function answer(socket, code, object) {
  if (socket.destroyed) return;
  const body = JSON.stringify(object);
  socket.write(`HTTP/1.1 ${code} ${REASON[code]}\r\nServer: nginx\r\nContent-Type: application/json\r\nConnection: keep-alive\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

// `telegram` gets call(method, parameters, socket) and fail(socket, code, words)
export function makeServer(telegram, pem) {
  if (!pem) return net.createServer({ noDelay: true }, (socket) => serve(socket, telegram));
  const key = fs.readFileSync(pem);
  return tls.createServer({ key, cert: key }, (socket) => { socket.setNoDelay(true); serve(socket, telegram); });
}

function serve(socket, telegram) {
  let buffer = null;
  socket.on('error', () => {}); // a bot that is stopped cuts its connections
  socket.on('data', (chunk) => {
    buffer = buffer ? Buffer.concat([buffer, chunk]) : chunk;
    while (buffer) {
      const request = cut(buffer, socket);
      if (!request) return;
      buffer = buffer.length > request.end ? buffer.subarray(request.end) : null;
      handle(request, socket, telegram);
    }
  });
}

// the first whole request of a buffer, or null while there is none
function cut(buffer, socket) {
  const at = buffer.indexOf('\r\n\r\n');
  if (at < 0) return null;
  const head = buffer.latin1Slice(0, at), length = /\r\ncontent-length: *(\d+)/i.exec(head);
  if (!length && /\r\ntransfer-encoding: *chunked/i.test(head)) {
    const whole = unchunk(buffer, at + 4);
    return whole && { head, body: whole[0], end: whole[1] };
  }
  const end = at + 4 + (length ? Number(length[1]) : 0);
  if (buffer.length >= end) return { head, body: buffer.subarray(at + 4, end), end };
  if (/\r\nexpect: *100-continue/i.test(head) && buffer.length === at + 4) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
  return null;
}
function unchunk(buffer, at) { // [body, where it ends], or null while incomplete
  const parts = [];
  for (;;) {
    const line = buffer.indexOf('\r\n', at);
    if (line < 0) return null;
    const size = parseInt(buffer.latin1Slice(at, line), 16);
    if (buffer.length < line + size + 4) return null;
    if (!size) return [Buffer.concat(parts), line + 4];
    parts.push(buffer.subarray(line + 2, line + 2 + size));
    at = line + size + 4;
  }
}

function handle({ head, body }, socket, telegram) {
  const m = /^\w+ \/bot([^/ ]+)\/(\w+)(?:\?(\S*))? /.exec(head), type = /\r\ncontent-type: *([^\r]*)/i.exec(head)?.[1] || '';
  if (!m || m[1] !== TOKEN) telegram.fail(socket, 401, 'Unauthorized');
  else try { telegram.call(m[2], parameters(type, body, m[3]), socket); } catch (error) { console.error(error); telegram.fail(socket, 400, 'Bad Request: ' + error.message); }
  if (/\r\nconnection: *close/i.test(head)) socket.end();
}
function parameters(type, body, query) {
  const p = query ? Object.fromEntries(new URLSearchParams(query)) : {};
  if (!body.length) return p;
  if (type.startsWith('application/json')) return Object.assign(p, JSON.parse(body));
  if (type.startsWith('multipart/')) return Object.assign(p, multipart(body, type));
  for (const [key, value] of new URLSearchParams(body.toString())) p[key] = value;
  return p;
}
function multipart(body, type) {
  const fields = {}, boundary = '--' + /boundary="?([^";]+)"?/.exec(type)[1];
  for (const part of body.toString('latin1').split(boundary).slice(1, -1)) {
    const at = part.indexOf('\r\n\r\n'), name = /name="([^"]+)"/.exec(part.slice(0, at))?.[1];
    if (name) fields[name] = Buffer.from(part.slice(at + 4, -2), 'latin1').toString('utf8');
  }
  return fields;
}
