/** Parts of a name that say, wherever they stand in it, that the value is a secret. */
const anywhere =
  /pass(?:word|wd|phrase)|passcode|secret|token|credential|private|signing|encode_?key|api_?key|access_?key|account_?key|connection_?string|webhook|cookie|licen[cs]e_?key|htpasswd|basic_?auth/i;

/** Words of a name, between `_`, `-`, `.` or where capitals begin one, that say the same. */
const words = new Set(
  (
    "pass pw passw pwd secret secrets token tokens cred creds credential credentials private key keys apikey jwt " +
    "cookie cookies session sessions signing signature conn connection dsn webhook hook cert certs certificate " +
    "seed salt license licence otp totp mfa pin pat sas auth authorization bearer hmac pem pfx p12 nonce"
  ).split(" "),
);

/** Names that hold one of these words and never a secret. */
const exempt = /^(?:COMPOSE_|XDG_|DBUS_|DOCKER_CERT_PATH$|SSH_AUTH_SOCK$|PWD$|OLDPWD$)/;

/** Whether the name of a variable, a key or a flag says that its value is a secret. */
export function isSecretName(name: string): boolean {
  return !exempt.test(name) && (anywhere.test(name) || wordsOf(name).some((word) => words.has(word)));
}

/** `DB_PW`, `db-pw`, `db.pw` and `dbPw` alike: db, pw. */
export function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/([a-z0-9])(?=[A-Z])/g, "$1_")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
}
