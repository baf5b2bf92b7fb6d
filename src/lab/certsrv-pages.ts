/**
 * The HTML of the practice CA's certsrv pages. Element ids, links and the shape of tags are those that clients of real servers
 * rely on (attributes unquoted, `<P>` never closed); the words are ours.
 */
import type { RequestRecord } from './records.js';
import { templates } from './templates.js';
import type { Texts } from './texts.js';

/** The page that says "issued": browsers get a script that leads to the certificate, everything else a list of links. */
export function issuedPage(texts: Texts, id: number, browser: boolean): string {
  const way = browser
    ? `<Script Language="JavaScript">
function handleGetCert() { location="certnew.cer?ReqID=${id}&Enc="+getEncoding(); }
function handleGetChain() { location="certnew.p7b?ReqID=${id}&Enc="+getEncoding(); }
function getEncoding() { return document.UIForm.rbDerEnc[0].checked ? "bin" : "b64"; }
</Script>
<Form Name=UIForm><Input Type=Radio ID=rbDerEnc Name=rbDerEnc Checked> DER <Input Type=Radio ID=rbB64Enc Name=rbDerEnc> Base 64
<P><A Href="#" OnClick="handleGetCert();return false;">${texts.download('certificate', '')}</A>
<BR><A Href="#" OnClick="handleGetChain();return false;">${texts.download('chain', '')}</A></Form>`
    : (['cer', 'p7b'] as const)
        .flatMap((kind) => ['bin', 'b64'].map((encoding) => ({ kind, encoding })))
        .map(({ kind, encoding }) => {
          const label = texts.download(kind === 'cer' ? 'certificate' : 'chain', encoding);
          return `<P><A Href="certnew.${kind}?ReqID=${id}&amp;Enc=${encoding}">${label}</A>`;
        })
        .join('\n');
  return page(texts, `${title(texts.issued)}\n<P ID=locInfo> ${texts.issuedInfo}\n${way}`);
}

/** The request waits for an administrator. */
export function pendingPage(texts: Texts, id: number): string {
  return page(
    texts,
    `${title(texts.pending)}
<P ID=locInfoNewReq> ${texts.pendingInfo}
<P ID=locInfoReqID> ${texts.requestId(id)}
<P ID=locInstructions> ${texts.instructions}
<P ID=locTimeoutWarning> <B>${texts.timeout}</B>`,
  );
}

/** The request was denied, with the reason of the record. */
export function deniedPage(texts: Texts, record: RequestRecord): string {
  return page(
    texts,
    `${title(texts.denied)}
<P ID=locDenied> ${texts.deniedInfo}
<P ID=locInfoReqIDandReason> ${texts.requestId(record.id)} ${texts.disposition(`${escapeHtml(dispositionOf(texts, record))}\r\n`)}
<P ID=locContactAdmin> ${texts.contactAdmin}`,
  );
}

/** The page for whatever could not be done. `message` is the disposition; `hresult` is left out where the CA has none to give. */
export function errorPage(texts: Texts, error: { mode: string; message: string; hresult?: string | undefined }): string {
  const { hresult } = error;
  const result = hresult === undefined ? texts.none : `${texts.reasons[hresult] ?? texts.error} ${hresult} (${signedDecimal(hresult)})`;
  return page(
    texts,
    `${title(texts.error)}
<!-- Advanced info -->
<DL>
<DT ID=locModeLabel> ${texts.mode}<DD> ${error.mode}
<DT ID=locDispLabel> ${texts.dispositionMessage}<DD>\t\t${escapeHtml(error.message)}
<DT ID=locResLabel> ${texts.result}<DD>\t\t${result}
<DT ID=locCOMErrLabel> ${texts.comError}<DD>\t\t${result}
<DT ID=locCauseLabel> ${texts.cause}<DD>\t\t${hresult === undefined ? texts.none : (texts.reasons[hresult] ?? texts.none)}
</DL>`,
  );
}

/** The form for a saved request, with the templates that this CA offers. */
export function requestFormPage(texts: Texts): string {
  const options = templates.map(({ name, displayName }) => `<Option Value="E;${name};1;0;0;1;${displayName}"> ${displayName}`);
  return page(
    texts,
    `${title(texts.savedRequest)}
<Form Name=SubmittedData Action="certfnsh.asp" Method=Post>
<Input Type=Hidden Name=Mode Value="newreq">
<Input Type=Hidden Name=CertAttrib>
<Input Type=Hidden Name=TargetStoreFlags Value="0">
<Input Type=Hidden Name=SaveCert Value="yes">
<TextArea Name=CertRequest Rows=8 Cols=66></TextArea>
<P ID=locTemplateLabel> ${texts.template} <Select Name=lbCertTemplate ID=lbCertTemplateID>
${options.join('\n')}
</Select>
<P><Input Type=Submit Value="${texts.submit}">
</Form>`,
  );
}

/** The page that offers the CA's certificate and list of revoked certificates; `renewals` is the index of the newest certificate. */
export function caCertificatePage(texts: Texts, renewals: number): string {
  return page(
    texts,
    `${title(texts.welcome)}
<Script Language="JavaScript">
var nRenewals=${renewals};
</Script>
<P><A Href="certnew.cer?ReqID=CACert&amp;Renewal=${renewals}&amp;Enc=b64">${texts.download('certificate', 'b64')}</A>
<P><A Href="certnew.p7b?ReqID=CACert&amp;Renewal=${renewals}&amp;Enc=b64">${texts.download('chain', 'b64')}</A>
<P><A Href="certcrl.crl?Type=base&amp;Renewal=${renewals}&amp;Enc=bin">CRL</A>`,
  );
}

/** The first page. */
export function welcomePage(texts: Texts): string {
  return page(
    texts,
    `${title(texts.welcome)}
<P><A Href="certrqxt.asp">${texts.savedRequest}</A>
<P><A Href="certcarc.asp">${texts.download('chain', 'b64')}</A>`,
  );
}

/** A page that says one thing. @param text - unescaped */
export function plainPage(texts: Texts, text: string): string {
  return page(texts, `<P ID=locMessage> ${escapeHtml(text)}`);
}

/** Why a request was denied, as the CA's database has it: two blanks before the code. */
export function dispositionOf(texts: Texts, record: RequestRecord): string {
  const hresult = record.hresult ?? '';
  return `${texts.deniedBy}  ${hresult}, ${texts.reasons[hresult] ?? texts.error}: ${record.template || texts.none}.`;
}

function title(text: string): string {
  return `<P ID=locPageTitle> <B> ${text} </B>`;
}

function page(texts: Texts, body: string): string {
  return `<HTML>
<Head>
<Meta HTTP-Equiv="Content-Type" Content="text/html; charset=UTF-8">
<Title>${texts.title}</Title>
</Head>
<Body BgColor=#FFFFFF>
<H1>${texts.title}</H1>
<P><I>${texts.notReal}</I>
${body}
</Body>
</HTML>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** An HRESULT as the signed number that stands behind it in brackets on real pages. */
function signedDecimal(hresult: string): number {
  return Number.parseInt(hresult, 16) | 0;
}
