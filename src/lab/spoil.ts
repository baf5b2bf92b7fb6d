/** Faults of the transfer, the same for whatever page is asked for. */
import { gzipSync } from 'node:zlib';
import { plainPage } from './certsrv-pages.js';
import { SLOW_MS } from './fault-texts.js';
import { type Fault, findFault, hasFault, type Step } from './faults.js';
import { htmlPage, type LabRequest, type LabResponse } from './message.js';
import { english } from './texts.js';

const HUGE_BYTES = 4 * 1024 * 1024;

/** A redirect or HTTP 500 stands in place of the answer; the others come after the request did its work. */
export function spoil<Answer extends LabResponse>(
  request: LabRequest,
  step: Step,
  faults: readonly Fault[],
  answer: () => Answer,
): Answer | LabResponse {
  if (hasFault(faults, 'redirect', step))
    return { status: 302, headers: { Location: `https://elsewhere.invalid${request.path}` }, body: '' };
  if (hasFault(faults, 'server-error', step)) return htmlPage(plainPage(english, '500: practice fault'), 500);
  const response = answer();
  const huge = findFault(faults, 'huge-body', step);
  const slow = findFault(faults, 'slow', step);
  return {
    ...(huge === undefined ? response : hugeAnswer(response, huge.value === 'gzip')),
    ...(slow === undefined ? {} : { delayMs: Number(slow.value ?? SLOW_MS) }),
  };
}

/** The right answer behind 4 MiB of blanks, so that only its size is wrong. */
function hugeAnswer<Answer extends LabResponse>(response: Answer, gzip: boolean): Answer {
  const body = Buffer.concat([Buffer.alloc(HUGE_BYTES, ' '), Buffer.from(response.body)]);
  if (!gzip) return { ...response, body, chunked: true };
  return { ...response, headers: { ...response.headers, 'Content-Encoding': 'gzip' }, body: gzipSync(body), chunked: true };
}
