/** Pages in the shape that Active Directory Certificate Services gives them: mixed case, unquoted attributes, paragraphs never closed. */

export const page = (...body: string[]): string =>
  `<HTML>
<Head>
<Meta HTTP-Equiv="Content-Type" Content="text/html; charset=UTF-8">
<Title>Microsoft Active Directory Certificate Services</Title>
</Head>
<Body BgColor=#FFFFFF Link=#0000FF>
<Table Border=0 Width="100%"><TR><TD>Microsoft Active Directory Certificate Services</TD></TR></Table>
${body.join('\n')}
</Body>
</HTML>
`;

export interface Words {
  requestId: (id: number) => string;
  pending: string;
  denied: string;
  disposition: (quoted: string) => string;
}

export const english: Words = {
  requestId: (id) => `Your Request Id is ${id}.`,
  pending: 'Your certificate request has been received. However, you must wait for an administrator to issue the certificate.',
  denied: 'Your certificate request was denied.',
  disposition: (quoted) => `The disposition message is "${quoted}"`,
};

export const french: Words = {
  requestId: (id) => `Votre identificateur de demande est ${id}.`,
  pending:
    'Votre demande de certificat a &#233;t&eacute; re&ccedil;ue. Vous devez attendre qu&#8217;un administrateur d&eacute;livre le certificat.',
  denied: 'Votre demande de certificat a été refusée.',
  disposition: (quoted) => `Le message de disposition est "${quoted}"`,
};

export const chinese: Words = {
  requestId: (id) => `你的申请 ID 为 ${id}。`,
  pending: '你的证书申请已经收到。但是，你必须等待管理员颁发你申请的证书。',
  denied: '你的证书申请被拒绝。',
  disposition: (quoted) => `处理消息为 "${quoted}"`,
};

export const issuedLinks = (id: number): string =>
  page(
    '<P ID=locPageTitle> <B> Certificate Issued </B>',
    '<P ID=locInfo> The certificate you requested was issued to you.',
    ...['cer', 'p7b'].flatMap((kind) =>
      ['bin', 'b64'].map((encoding) => `<A Href="certnew.${kind}?ReqID=${id}&amp;Enc=${encoding}">Download</A>`),
    ),
  );

export const issuedScript = (id: number): string =>
  page(
    '<P ID=locPageTitle> <B> Certificate Issued </B>',
    `<Script Language="JavaScript">
function handleGetCert() { location="certnew.cer?ReqID=${id}&Enc="+getEncoding(); }
</Script>`,
    '<P ID=locInfo> The certificate you requested was issued to you.',
  );

export const pending = (words: Words, id: number): string =>
  page(
    '<P ID=locPageTitle> <B> Certificate Pending </B>',
    `<P ID=locInfoNewReq> ${words.pending}`,
    `<P ID=locInfoReqID> ${words.requestId(id)}`,
    '<P ID=locInstructions> Please return to this web site in a day or two.',
    '<P ID=locTimeoutWarning> <B>Note:</B> You must return with <I>this</I> web browser within 10 days.',
  );

export const denied = (words: Words, id: number, disposition: string): string =>
  page(
    '<P ID=locPageTitle> <B> Certificate Request Denied </B>',
    `<P ID=locDenied> ${words.denied}`,
    `<P ID=locInfoReqIDandReason> ${words.requestId(id)} ${words.disposition(disposition)}`,
    '<P ID=locContactAdmin> Contact your administrator for further information.',
  );

export const errorPage = (message: string, result: string): string =>
  page(
    '<P ID=locPageTitle> <B> Error </B>',
    '<!-- Advanced info -->',
    '<DL>',
    '<DT ID=locModeLabel> Request Mode:<DD> newreq - New Request',
    `<DT> Disposition message:<DD>\t\t${message}\t\t`,
    `<DT> Result:<DD> ${result}`,
    '</DL>',
  );
