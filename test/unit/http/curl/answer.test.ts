import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAnswer } from '../../../../src/http/curl/answer.js';
import { failure } from '../../../support/failure.js';

const CHUNKED =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nX-End: evil\r\n\r\n';

/** `bytes` in pieces that end at `cuts`. */
function wire(bytes: string | Buffer, cuts: number[] = []): Readable {
  const all = Buffer.from(bytes);
  const ends = [...cuts.map((cut) => cut % (all.length + 1)), all.length].sort((a, b) => a - b);
  return Readable.from(
    ends.map((end, index) => all.subarray(ends[index - 1] ?? 0, end)).filter((piece) => piece.length > 0),
    { objectMode: false },
  );
}

const read = (bytes: string | Buffer, maxBytes = 1000, cuts: number[] = []) => readAnswer(wire(bytes, cuts), 'GET', maxBytes);

describe('an answer', () => {
  test('has status, headers as Node gives them, and body', async () => {
    const head =
      'HTTP/1.1 302 Found\r\nLocation: /next\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 2\r\n\r\n';
    expect(await read(`${head}ok`)).toEqual({
      status: 302,
      headers: { location: '/next', 'set-cookie': ['a=1', 'b=2'], 'x-a': '1, 2', 'content-length': '2' },
      body: Buffer.from('ok'),
    });
  });

  test('is the same however the bytes arrive', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 12 }), async (cuts) => {
        const bytes = `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${CHUNKED}`;
        const answer = await read(bytes, 1000, cuts);
        expect([answer.status, answer.body.toString()]).toEqual([200, 'hello world']);
      }),
    );
  });

  test('keeps every body, in chunks or with a length', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), fc.boolean(), async (array, chunked) => {
        const body = Buffer.from(array);
        const size = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
        const chunks = body.length === 0 ? [] : [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')];
        const payload = chunked ? [...chunks, Buffer.from('0\r\n\r\n')] : [body];
        expect((await read(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${size}\r\n\r\n`), ...payload]))).body).toEqual(body);
      }),
    );
  });

  test('comes after any number of interim ones', async () => {
    const interim = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\n';
    const answer = await read(`${interim}HTTP/1.1 204 No Content\r\nX-Late: yes\r\n\r\n`);
    expect(answer).toEqual({ status: 204, headers: { 'x-late': 'yes' }, body: Buffer.alloc(0) });
  });

  test('without a length ends with the stream', async () => {
    expect((await read('HTTP/1.0 200 OK\r\n\r\nuntil the end')).body.toString()).toBe('until the end');
  });

  test('has nothing of a trailer in its body or headers', async () => {
    const { headers, body } = await read(CHUNKED);
    expect(body.toString()).toBe('hello world');
    expect(headers).not.toHaveProperty('x-end');
  });

  test('is unpacked', async () => {
    const packed = gzipSync('packed words');
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${packed.length}\r\n\r\n`;
    expect((await read(Buffer.concat([Buffer.from(head), packed]))).body.toString()).toBe('packed words');
  });
});

describe('refused is', () => {
  test.each([
    ['nothing at all', ''],
    ['half a head', 'HTTP/1.1 200 OK\r\nContent-'],
    ['half a body', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'],
    ['half a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel'],
    ['an interim answer only', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ])('%s, as a connection that was cut', async (_, bytes) => {
    await expect(read(bytes)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a head without end', `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(100_000)}`],
  ])('%s, as what is not HTTP', async (_, bytes) => {
    await expect(read(bytes)).rejects.toMatchObject({ code: expect.stringMatching(/^HPE_/) });
  });

  test.each([
    ['declared', 'Content-Length: 1001\r\n\r\n'],
    ['not declared', '\r\n'],
  ])('a body over the limit, its length %s', async (_, head) => {
    expect((await failure(read(`HTTP/1.1 200 OK\r\n${head}${'x'.repeat(1001)}`))).code).toBe('RESPONSE_TOO_LARGE');
  });
});

test('a body of exactly the limit passes', async () => {
  expect((await read(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(1000)}`)).body.length).toBe(1000);
});
