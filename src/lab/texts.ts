/** What the practice CA's pages say, in English and in French. Text only: a client that needs to read it does not work abroad. */
export interface Texts {
  readonly title: string;
  readonly notReal: string;
  readonly welcome: string;
  readonly issued: string;
  readonly issuedInfo: string;
  readonly download: (what: 'certificate' | 'chain', encoding: string) => string;
  readonly pending: string;
  readonly pendingInfo: string;
  readonly requestId: (id: number) => string;
  readonly instructions: string;
  readonly timeout: string;
  readonly denied: string;
  readonly deniedInfo: string;
  /** `quoted` goes between the quotation marks. */
  readonly disposition: (quoted: string) => string;
  readonly contactAdmin: string;
  readonly error: string;
  readonly mode: string;
  readonly dispositionMessage: string;
  readonly result: string;
  readonly comError: string;
  readonly cause: string;
  readonly underSubmission: string;
  readonly none: string;
  readonly refused: string;
  readonly savedRequest: string;
  readonly template: string;
  readonly submit: string;
  readonly deniedBy: string;
  readonly reasons: Readonly<Record<string, string>>;
}

export const english: Texts = {
  title: 'lyncauth practice organisation: certificate services',
  notReal: 'This is not a real CA. Nothing here is trusted by anybody.',
  welcome: 'Welcome',
  issued: 'Certificate Issued',
  issuedInfo: 'The certificate you asked for was issued to you.',
  download: (what, encoding) => `Download ${what} (${encoding})`,
  pending: 'Certificate Pending',
  pendingInfo: 'Your request has arrived. A certificate manager of the practice organisation has to approve it.',
  requestId: (id) => `Your Request Id is ${id}.`,
  instructions: 'Come back later for your certificate.',
  timeout: 'Come back with this browser within 10 days.',
  denied: 'Certificate Request Denied',
  deniedInfo: 'Your certificate request was denied.',
  disposition: (quoted) => `The disposition message is "${quoted}".`,
  contactAdmin: 'Ask the administrator of the practice organisation.',
  error: 'Error',
  mode: 'Request Mode:',
  dispositionMessage: 'Disposition message:',
  result: 'Result:',
  comError: 'COM Error Info:',
  cause: 'Suggested Cause:',
  underSubmission: 'Taken Under Submission',
  none: '(none)',
  refused: 'Access to the practice organisation is denied: wrong account name or password.',
  savedRequest: 'Submit a saved request',
  template: 'Certificate Template:',
  submit: 'Submit',
  deniedBy: 'Denied by Policy Module',
  reasons: {
    '0x80090006': 'The signature of the request is not that of its key',
    '0x80094001': 'The subject of the request is not valid',
    '0x80094003': 'The state of the request does not allow this',
    '0x80094004': 'The requested property value is empty',
    '0x80094012': 'The permissions on the template do not let this account enroll',
    '0x80094014': 'A certificate manager denied the request',
    '0x80094800': 'This CA does not offer the template',
    '0x80094801': 'The request names no template',
    '0x80094802': 'The request names more than one template',
    '0x80094811': 'The key is shorter than the template asks for',
    '0x80094812': 'The account has no e-mail address in the directory',
    '0x800706BA': 'The RPC server is unavailable',
    '0x8009310B': 'Error Parsing Request: bad ASN.1 tag value met',
    '0x80070057': 'The parameter is incorrect',
  },
};

export const french: Texts = {
  title: 'Organisation d’exercice lyncauth : services de certificats',
  notReal: 'Ceci n’est pas une vraie autorité. Personne ne lui fait confiance.',
  welcome: 'Bienvenue',
  issued: 'Certificat émis',
  issuedInfo: 'Le certificat demandé vous a été délivré.',
  download: (what, encoding) => `Télécharger ${what === 'chain' ? 'la chaîne' : 'le certificat'} (${encoding})`,
  pending: 'Certificat en attente',
  pendingInfo: 'Votre demande est arrivée. Un gestionnaire de l’organisation d’exercice doit l’approuver.',
  requestId: (id) => `Votre identificateur de demande est ${id}.`,
  instructions: 'Revenez plus tard chercher votre certificat.',
  timeout: 'Revenez avec ce navigateur dans les 10 jours.',
  denied: 'Demande de certificat refusée',
  deniedInfo: 'Votre demande de certificat a été refusée.',
  disposition: (quoted) => `Le message de disposition est « "${quoted}" ».`,
  contactAdmin: 'Adressez-vous à l’administrateur de l’organisation d’exercice.',
  error: 'Erreur',
  mode: 'Mode de la demande :',
  dispositionMessage: 'Message de disposition :',
  result: 'Résultat :',
  comError: 'Infos d’erreur COM :',
  cause: 'Cause possible :',
  underSubmission: 'Pris en compte',
  none: '(aucun)',
  refused: 'Accès à l’organisation d’exercice refusé : compte ou mot de passe erroné.',
  savedRequest: 'Soumettre une demande enregistrée',
  template: 'Modèle de certificat :',
  submit: 'Envoyer',
  deniedBy: 'Refusé par le module de stratégie',
  reasons: {
    '0x80090006': 'La signature de la demande n’est pas celle de sa clé',
    '0x80094001': 'Le sujet de la demande n’est pas valide',
    '0x80094003': 'L’état de la demande ne permet pas cette opération',
    '0x80094004': 'La valeur de propriété demandée est vide',
    '0x80094012': 'Les autorisations du modèle n’admettent pas ce compte',
    '0x80094014': 'Un gestionnaire de certificats a refusé la demande',
    '0x80094800': 'Cette autorité n’offre pas ce modèle',
    '0x80094801': 'La demande ne nomme aucun modèle',
    '0x80094802': 'La demande nomme plusieurs modèles',
    '0x80094811': 'La clé est plus courte que le modèle ne l’exige',
    '0x80094812': 'Le compte n’a pas d’adresse de courrier dans l’annuaire',
    '0x800706BA': 'Le serveur RPC n’est pas disponible',
    '0x8009310B': 'Erreur d’analyse de la demande : balise ASN.1 incorrecte',
    '0x80070057': 'Le paramètre est incorrect',
  },
};
