/** The questions of the CA's web page, in its order: template, key set, hash, friendly name. What a flag or setting answers is not asked. */
import { hostname, userInfo } from 'node:os';
import type { CaClient } from '../ca-client/types.js';
import type { Context } from '../context.js';
import { LyncauthError } from '../errors.js';
import { listKeys } from '../pkcs11/keys.js';
import type { CardSession } from '../pkcs11/session.js';
import type { KeyEntry, KeyType } from '../pkcs11/types.js';
import type { HashName } from '../signer.js';
import { planSlot } from './key-slot.js';
import type { EnrollmentPlan } from './plan.js';
import { allowOverwriting } from './slot-certificate.js';

/** The template of Microsoft's own instructions. */
export const DEFAULT_TEMPLATE = 'SmartcardUser';

/** What flags, environment and settings say about the request. */
export interface RequestAnswers {
  template?: string | undefined;
  upn?: string | undefined;
  key?: 'new' | 'existing' | undefined;
  keyId?: string | undefined;
  /** Whether the command line named the key, not the environment. */
  keyIdGiven?: boolean | undefined;
  keyType?: KeyType | undefined;
  hash?: HashName | undefined;
  name?: string | undefined;
  replace?: boolean | undefined;
  deleteOldKey?: boolean | undefined;
  includeClientInfo?: boolean | undefined;
  dryRun?: boolean | undefined;
}

/**
 * A complete plan from `answers` and, at a terminal, from the person's.
 * @param user - the account at the CA: the friendly name when nothing better is known
 * @throws LyncauthError KEY_NOT_FOUND, INPUT_REQUIRED
 */
export async function askPlan(
  context: Context,
  answers: RequestAnswers,
  ca: CaClient,
  session: CardSession,
  user: string,
): Promise<EnrollmentPlan> {
  const template = answers.template ?? (await askTemplate(context, ca));
  const existing = await askKeySet(context, answers, session);
  const slot = existing === undefined ? await planSlot(context, session, answers) : undefined;
  if (existing !== undefined) await allowOverwriting(context, session, existing, answers);
  const keyType = existing === undefined ? (answers.keyType ?? 'rsa2048') : knownType(existing);
  const hash = answers.hash ?? (await askHash(context, keyType));
  if (hash === 'sha1') context.progress.warn('SHA-1 is outdated; many certification authorities refuse requests signed with it');
  const name = oneLine(await nameFor(context, session, answers, { existing, preset: answers.upn ?? user }));
  return {
    ca: ca.url,
    template,
    upn: answers.upn,
    keyType,
    hash,
    name,
    existingKey: existing?.id.toString('hex'),
    slot,
    replace: answers.replace === true,
    deleteOldKey: answers.deleteOldKey === true,
    clientInfo: answers.includeClientInfo === true ? { host: hostname(), user: userInfo().username, process: 'lyncauth' } : undefined,
  };
}

async function askTemplate(context: Context, ca: CaClient): Promise<string> {
  if (!context.prompter.interactive) return DEFAULT_TEMPLATE;
  const offered = await context.progress.step('asking the CA for its templates', () => ca.templates());
  if (offered.length === 0)
    return await context.prompter.text({ message: 'Certificate template', flag: '--template', default: DEFAULT_TEMPLATE });
  const choices = offered.map(({ name, displayName }) => ({
    value: name,
    label: displayName === name ? name : `${displayName} (${name})`,
  }));
  const preset = offered.find(({ name }) => name === DEFAULT_TEMPLATE) ?? offered[0];
  return await context.prompter.select({
    message: 'Certificate template',
    flag: '--template',
    choices,
    ...(preset === undefined ? {} : { default: preset.name }),
  });
}

async function askKeySet(context: Context, answers: RequestAnswers, session: CardSession): Promise<KeyEntry | undefined> {
  if (answers.key === 'new') return undefined;
  const namesSlot = session.driver.keySlots !== undefined && answers.key === undefined;
  const wanted = answers.key === 'existing' || (answers.keyId !== undefined && !namesSlot);
  if (namesSlot && answers.keyId !== undefined) return undefined;
  const usable = listKeys(session).filter((key) => isUsable(key, answers));
  if (!wanted && (usable.length === 0 || !context.prompter.interactive)) return undefined;
  if (!wanted) {
    const choices = [
      { value: undefined, label: 'make a new key set' },
      ...usable.map((key) => ({ value: key, label: `use the key "${key.label}" (${key.type}, id ${key.id.toString('hex')})` })),
    ];
    return await context.prompter.select<KeyEntry | undefined>({ message: 'Key set', flag: '--key', choices });
  }
  if (usable.length === 0) {
    const which = answers.keyId === undefined ? 'that could be used' : `with the id ${answers.keyId} that could be used`;
    throw new LyncauthError('KEY_NOT_FOUND', `card "${session.tokenInfo().label}" has no key ${which}`, {
      hint: 'lyncauth cards lists the keys; lyncauth enroll --key new makes one',
    });
  }
  if (usable.length === 1) return usable[0];
  const choices = usable.map((key) => ({ value: key, label: `${key.label} (${key.type}, id ${key.id.toString('hex')})` }));
  return await context.prompter.select({ message: 'Which key?', flag: '--key-id', choices });
}

function isUsable(key: KeyEntry, answers: RequestAnswers): boolean {
  if (key.type === 'other') return false;
  if (answers.keyId !== undefined) return key.id.toString('hex') === answers.keyId;
  return answers.keyType === undefined || key.type === answers.keyType;
}

function knownType(key: KeyEntry): KeyType {
  if (key.type === 'other')
    throw new LyncauthError('CARD_UNSUPPORTED', `the key ${key.id.toString('hex')} is of a kind that cannot be certified`);
  return key.type;
}

async function askHash(context: Context, keyType: KeyType): Promise<HashName> {
  const usual: HashName = keyType === 'p384' ? 'sha384' : 'sha256';
  if (!context.prompter.interactive) return usual;
  return await context.prompter.select<HashName>({
    message: 'Hash algorithm',
    flag: '--hash',
    default: usual,
    choices: [
      { value: 'sha256', label: 'sha256' },
      { value: 'sha384', label: 'sha384' },
      { value: 'sha512', label: 'sha512' },
      { value: 'sha1', label: 'sha1 (outdated)' },
    ],
  });
}

/** Some drivers name what is on the card by themselves: the name is then that of the request alone. */
async function nameFor(
  context: Context,
  { driver }: CardSession,
  { name }: RequestAnswers,
  { existing, preset }: { existing: KeyEntry | undefined; preset: string },
): Promise<string> {
  if (!driver.fixedLabels) return name ?? existing?.label ?? (await askName(context, preset));
  if (name !== undefined) context.progress.note(`the driver ${driver.name} names keys and certificates itself: --name is not used`);
  return preset;
}

async function askName(context: Context, preset: string): Promise<string> {
  if (!context.prompter.interactive) return preset;
  return await context.prompter.text({ message: 'Friendly name', flag: '--name', default: preset });
}

/** A label is one line wherever it is shown. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}
