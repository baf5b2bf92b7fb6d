/** What becomes of a request that was posted without an answer: a person decides, or --resubmit; nothing is sent again by itself. */
import type { Context } from '../context.js';
import type { EnrollmentRecord, Journal } from './journal.js';
import { submissionUnknown } from './request.js';

/**
 * Brings a record that stands at "submitting" to a step from which the flow can go on. Leaves every other record alone.
 * @throws LyncauthError SUBMISSION_UNKNOWN where nobody decides
 */
export async function settleSubmission(context: Context, record: EnrollmentRecord, journal: Journal, again: boolean): Promise<void> {
  if (record.step !== 'submitting') return;
  if (again) return journal.advance(record, 'key-made');
  if (!context.prompter.interactive) throw submissionUnknown(record);
  const choice = await context.prompter.select({
    message: `An earlier run sent the request to ${record.plan.ca} and got no answer`,
    flag: '--resume ID, --resubmit or --abandon',
    choices: [
      { value: 'id', label: "fetch it: I know the request's id" },
      { value: 'again', label: 'send it again (the CA may then issue two certificates)' },
      { value: 'stop', label: 'stop here' },
    ],
  });
  if (choice === 'stop') throw submissionUnknown(record);
  if (choice === 'again') return journal.advance(record, 'key-made');
  const requestId = await context.prompter.text({
    message: 'Request id',
    flag: '--resume',
    validate: (answer) => /^\d+$/.test(answer.trim()) || 'it is a number',
  });
  journal.advance(record, 'submitted', { requestId: requestId.trim(), requestIdTold: true });
}
