import { isHarmlessParameter, isHost } from "./harmless-values.ts";
import { MASK } from "./secret-patterns.ts";

/** A text as it may be shown, and the pieces that were taken out of it. */
export interface Masked {
  readonly shown: string;
  readonly secrets: readonly string[];
}

/** Databases: there the user is no secret, and the path is the database's name. */
const databaseScheme =
  /^(?:mysql|mariadb|postgres|postgresql|pgsql|mongodb|mongodb\+srv|redis|rediss|amqp|amqps)$/;
/** One character that stands for a reference to a variable counts as a word. */
const onlyReferences = /^[\uE000-\uF8FF]+$/;
const name = /^[\w.\uE000-\uF8FF-]{1,64}$/;

/**
 * A URL in parts: scheme, host, port, names of parameters and, of a database, user and name stay; passwords, other
 * users, opaque parts of a path, and values of parameters that are not known to be harmless go. undefined: no URL.
 * Passwords may hold `@`, `/` and `:` unescaped.
 */
export function maskUrl(value: string): Masked | undefined {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]{0,30}):\/\//.exec(value);
  const goDsn = scheme === null ? /@(?:tcp|unix)\(([^()]{0,255})\)/.exec(value) : null;
  if (scheme === null && goDsn === null) return undefined;
  const secrets: string[] = [];
  const isDatabase = scheme === null || databaseScheme.test((scheme[1] ?? "").toLowerCase());
  const body = value.slice(scheme?.[0].length ?? 0);
  const at = goDsn === null ? endOfUser(body) : goDsn.index;
  const user = at === undefined ? "" : `${maskUser(body.slice(0, at), isDatabase, secrets)}@`;
  const rest = at === undefined ? body : body.slice(at + 1);
  const hostLength = goDsn === null ? rest.search(/[/?#]|$/) : goDsn[0].length - 1;
  const host = rest.slice(0, hostLength);
  const shownHost = goDsn !== null || isShownHost(host) ? host : hidden(host, secrets);
  const [, path = "", query = "", fragment = ""] =
    /^([^?#]*)(\?[^#]*)?(#[\s\S]*)?$/.exec(rest.slice(hostLength)) ?? [];
  return {
    shown: [
      scheme?.[0] ?? "",
      user,
      shownHost,
      maskPath(path, isDatabase, secrets),
      maskQuery(query, secrets),
      fragment === "" ? "" : `#${hidden(fragment.slice(1), secrets)}`,
    ].join(""),
    secrets,
  };
}

function isShownHost(host: string): boolean {
  // A reference stands for a port or for a part of a name.
  return (
    host === "" || isHost(host.replaceAll(/(?<=:)[\uE000-\uF8FF]$/g, "1").replaceAll(/[\uE000-\uF8FF]/g, "a"))
  );
}

/** Where the user ends; undefined where an `@` belongs to what follows, or there is none. */
function endOfUser(body: string): number | undefined {
  const at = body.lastIndexOf("@");
  return at < 0 || /^[^:/@]*(?::\d{1,5})?[/?#]/.test(body) ? undefined : at;
}

function maskUser(user: string, isDatabase: boolean, secrets: string[]): string {
  const colon = user.indexOf(":");
  if (!isDatabase) {
    if (user === "git") return user;
    if (colon >= 0) secrets.push(user.slice(0, colon), user.slice(colon + 1));
    return hidden(user, secrets);
  }
  if (colon < 0) return name.test(user) && user.length <= 32 ? user : hidden(user, secrets);
  const who = user.slice(0, colon);
  return `${name.test(who) ? who : hidden(who, secrets)}:${hidden(user.slice(colon + 1), secrets)}`;
}

/** `/api/v1/health` says nothing; what comes third, or looks like no word, is the secret of a webhook. */
function maskPath(path: string, isDatabase: boolean, secrets: string[]): string {
  if (path === "" || path === "/") return path;
  const parts = path.slice(1).split("/");
  const isShown = isDatabase
    ? parts.length === 1 && name.test(parts[0] ?? "")
    : parts.length <= 3 &&
      parts.every((part) => /^(?:[a-z]{1,16}(?:-[a-z]{1,12}){0,2}|v\d{1,2}|[\uE000-\uF8FF])?$/.test(part));
  if (isShown) return path;
  const kept = isDatabase ? 0 : parts.findIndex((part) => !/^(?:[a-z]{1,16}|v\d{1,2})$/.test(part));
  const shown = parts.slice(0, Math.min(kept < 0 ? 2 : kept, 2));
  const gone = parts.slice(shown.length);
  secrets.push(gone.join("/"), ...gone);
  return `/${[...shown, MASK].join("/")}`;
}

function maskQuery(query: string, secrets: string[]): string {
  if (query === "") return "";
  const pairs = query.slice(1).split("&");
  return `?${pairs
    .map((pair) => {
      const equals = pair.indexOf("=");
      const key = equals < 0 ? pair : pair.slice(0, equals);
      if (!/^[A-Za-z][\w.-]{0,31}$/.test(key) || (equals < 0 && key.length > 16))
        return hidden(pair, secrets);
      if (equals < 0) return pair;
      const value = pair.slice(equals + 1);
      return `${key}=${isHarmlessParameter(key, value) ? value : hidden(value, secrets)}`;
    })
    .join("&")}`;
}

/** References to variables are no values. */
function hidden(text: string, secrets: string[]): string {
  if (text === "" || text === MASK || onlyReferences.test(text)) return text;
  secrets.push(text, decoded(text));
  return MASK;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone % is none of an escape's.
    return text;
  }
}
