/** What the pages of the practice organisation's AD FS say, in English and in French: a client that needs to read it does not work abroad. */
export interface AdfsTexts {
  readonly title: string;
  readonly notReal: string;
  readonly userName: string;
  readonly password: string;
  readonly signIn: string;
  readonly other: string;
  readonly byCertificate: string;
  readonly selectCertificate: string;
  readonly noCertificate: string;
  readonly wrongPassword: string;
  readonly error: string;
  readonly moreProof: string;
  readonly signedOut: string;
  readonly working: string;
  readonly submit: string;
}

const english: AdfsTexts = {
  title: 'Sign In: lyncauth practice organisation',
  notReal: 'This is not a real AD FS. Nothing here is trusted by anybody.',
  userName: 'User name',
  password: 'Password',
  signIn: 'Sign in',
  other: 'Other ways to sign in',
  byCertificate: 'Sign in with a certificate',
  selectCertificate: 'Select the certificate that you want to sign in with. To stop, close the browser.',
  noCertificate:
    'The request came without a certificate that can be used. Close the browser and try again, or choose another way to sign in.',
  wrongPassword: 'The user name or the password is wrong.',
  error: 'An error occurred',
  moreProof: 'For security, more proof of who you are is needed.',
  signedOut: 'You are signed out.',
  working: 'Working...',
  submit: 'Submit',
};

const french: AdfsTexts = {
  title: 'Connexion : organisation d’exercice lyncauth',
  notReal: 'Ceci n’est pas un vrai AD FS. Personne ne lui fait confiance.',
  userName: 'Nom d’utilisateur',
  password: 'Mot de passe',
  signIn: 'Se connecter',
  other: 'Autres façons de se connecter',
  byCertificate: 'Se connecter par certificat',
  selectCertificate: 'Choisissez le certificat de connexion. Pour arrêter, fermez le navigateur.',
  noCertificate: 'La requête est arrivée sans certificat utilisable. Fermez le navigateur et recommencez, ou choisissez une autre façon.',
  wrongPassword: 'Le nom d’utilisateur ou le mot de passe est faux.',
  error: 'Une erreur est survenue',
  moreProof: 'Par sécurité, une preuve de plus est nécessaire.',
  signedOut: 'Vous êtes déconnecté.',
  working: 'En cours...',
  submit: 'Envoyer',
};

/** What pages say: in French under the theme `translated`, else in English. */
export function textsOf(theme: string | undefined): AdfsTexts {
  return theme === 'translated' ? french : english;
}
