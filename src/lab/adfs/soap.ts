/** SOAP 1.2 messages with WS-Addressing, read strictly, and the faults and answers AD FS sends. Knows nothing of tokens. */
import type { Element } from '@xmldom/xmldom';
import { childElements, escapeXml, onlyChild, parseXml, textOf } from '../xml.js';
import { ADDRESSING, SECURITY, SOAP12, UTILITY } from './namespaces.js';
import type { AdfsResponse } from './service.js';

const TIMESTAMP_MS = 5 * 60 * 1000;

/** Refuses a message: what the client is told, and what only the log is told. */
export class SoapFault extends Error {
  readonly code: 'Sender' | 'MustUnderstand';
  readonly subcode: { namespace: string; name: string } | undefined;
  readonly note: string;

  constructor(subcode: { namespace: string; name: string } | undefined, reason: string, note: string, code: SoapFault['code'] = 'Sender') {
    super(reason);
    this.code = code;
    this.subcode = subcode;
    this.note = note;
  }
}

export interface Envelope {
  readonly root: Element;
  readonly header: Element;
  readonly body: Element;
  readonly action: string;
  readonly to: Element;
  readonly messageId: string | undefined;
}

/** @throws SoapFault for a message that is not what SOAP and WS-Addressing ask for, or not for `url`. */
export function readEnvelope(xml: string, url: string): Envelope {
  try {
    const root = parseXml(xml);
    if (root.namespaceURI !== SOAP12 || root.localName !== 'Envelope') throw new Error(`${root.nodeName} is no envelope of SOAP 1.2`);
    const header = onlyChild(root, SOAP12, 'Header');
    const misunderstood = childElements(header).find(
      (entry) => mustBeUnderstood(entry) && ![ADDRESSING, SECURITY].includes(entry.namespaceURI ?? ''),
    );
    if (misunderstood !== undefined)
      throw new SoapFault(undefined, 'A header was not understood.', misunderstood.nodeName, 'MustUnderstand');
    const to = onlyChild(header, ADDRESSING, 'To');
    if (textOf(to).toLowerCase() !== url.toLowerCase()) {
      const reason = 'The message cannot be processed at the receiver, due to an AddressFilter mismatch at the EndpointDispatcher.';
      throw new SoapFault({ namespace: ADDRESSING, name: 'DestinationUnreachable' }, reason, `the message is for ${textOf(to)}`);
    }
    const [messageId] = childElements(header, ADDRESSING, 'MessageID').map(textOf);
    return { root, header, body: onlyChild(root, SOAP12, 'Body'), action: textOf(onlyChild(header, ADDRESSING, 'Action')), to, messageId };
  } catch (error) {
    if (error instanceof SoapFault) throw error;
    throw new SoapFault(undefined, 'The message could not be read.', error instanceof Error ? error.message : String(error));
  }
}

function mustBeUnderstood(header: Element): boolean {
  return ['1', 'true'].includes(header.getAttributeNS(SOAP12, 'mustUnderstand') ?? '');
}

/** An answer with `body`, HTTP 200. */
export function soapAnswer(action: string, relatesTo: string | undefined, now: Date, body: string): AdfsResponse {
  return soapMessage(200, action, relatesTo, now, body);
}

/** A fault as WCF sends it: HTTP 500, and the reason without what an attacker could use. */
export function soapFault(fault: SoapFault, relatesTo: string | undefined, now: Date): AdfsResponse {
  const subcode = fault.subcode && `<s:Subcode><s:Value xmlns:f="${fault.subcode.namespace}">f:${fault.subcode.name}</s:Value></s:Subcode>`;
  const body = `<s:Fault><s:Code><s:Value>s:${fault.code}</s:Value>${subcode ?? ''}</s:Code><s:Reason><s:Text xml:lang="en-US">${escapeXml(fault.message)}</s:Text></s:Reason></s:Fault>`;
  return { ...soapMessage(500, `${ADDRESSING}/soap/fault`, relatesTo, now, body), note: fault.note };
}

function soapMessage(status: number, action: string, relatesTo: string | undefined, now: Date, body: string): AdfsResponse {
  const relation = relatesTo === undefined ? '' : `<a:RelatesTo>${escapeXml(relatesTo)}</a:RelatesTo>`;
  const times = `<u:Created>${now.toISOString()}</u:Created><u:Expires>${new Date(now.getTime() + TIMESTAMP_MS).toISOString()}</u:Expires>`;
  const security = `<o:Security s:mustUnderstand="1" xmlns:o="${SECURITY}"><u:Timestamp u:Id="_0" xmlns:u="${UTILITY}">${times}</u:Timestamp></o:Security>`;
  const text = `<s:Envelope xmlns:s="${SOAP12}" xmlns:a="${ADDRESSING}"><s:Header><a:Action s:mustUnderstand="1">${action}</a:Action>${relation}${security}</s:Header><s:Body>${body}</s:Body></s:Envelope>`;
  return { status, headers: { 'Content-Type': 'application/soap+xml; charset=utf-8' }, body: text };
}
