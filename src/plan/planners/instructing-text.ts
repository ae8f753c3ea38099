import { unsafeCharacters } from "../../core/text/unsafe-characters.ts";

/**
 * Signs that a text tells people what to do, or says that they already agreed. A model's texts explain;
 * what to do comes from the catalog, the rules and the closed list of next steps. In studies it is fake
 * remedies in logs that models repeat: a package source, another version, a check turned off. No list
 * of patterns catches every wording, which is why nothing depends on it but what people read.
 */
const signs: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/[a-z][a-z0-9+.-]*:\/\/|\bwww\./i, "an address"],
  // Everybody's own addresses stand in the errors of engines.
  [/\b(?!0\.0\.0\.0\b|127\.)\d{1,3}(?:\.\d{1,3}){3}\b/, "an address"],
  [
    /(?<![\w.-])(?:[a-z0-9-]+\.)+(?:com|io|net|org|dev|sh|app|cloud|ru|cn|xyz|info|example|test)\b/i,
    "an address",
  ],
  [/[`|]|\$[({A-Za-z]|&&|;\s*\w+\s+-|>\s*\/|<\(/, "signs of a shell"],
  [
    /\b(?:sudo|curl|wget|apt-get|chmod|chown|systemctl|kubectl|mkfs|iptables|crontab|ssh|scp|base64|nsenter)\b/i,
    "a command",
  ],
  [
    /\b(?:apt|yum|dnf|apk|brew|pip3?|npm|npx|gem|cargo|go)\s+(?:install|add|run|get|update|upgrade|exec)\b/i,
    "a command",
  ],
  [
    /\b(?:docker|podman|compose|docker-compose)\s+(?:run|rm|rmi|exec|pull|push|compose|volume|system|kill|stop|start|restart|cp|build|login|network|container|image|up|down|prune)\b/i,
    "a command",
  ],
  [/\b(?:git|gh)\s+(?:clone|pull|push|checkout|reset|api|auth|extension)\b|\bgh\s+devlake\b/i, "a command"],
  [
    /\b(?:bash|zsh|sh|dash|powershell|cmd|python3?|node|perl|ruby|mysql|mysqladmin|openssl|nc)\s+(?:-\w|\/\w)/i,
    "a command",
  ],
  [/(?<!\w)rm\s+-\w|(?<!\w)dd\s+if=/i, "a command"],
  [/(?:^|\s)--?[a-z][a-z-]+(?:[=\s]|$)/i, "a flag of a command"],
  [
    /(?<!\bto )\b(?:install|uninstall|downgrade|upgrade|disable|download|bypass|ignore|skip|turn off|switch off|paste|re-?run|execute)\s+(?!of\b|is\b|was\b|has\b|failed\b)\w/i,
    "an instruction",
  ],
  [
    /\b(?:delete|remove|wipe|drop|destroy|prune|truncate|erase|purge|reset|overwrite|regenerate|rotate)\s+(?:(?:the|all|any|your|its|every|that|this)\s+)*[\w-]*\s?(?:volumes?|databases?|tables?|backups?|secrets?|data|images?|containers?|directory|files?|keys?)\b/i,
    "an instruction",
  ],
  [
    /\b(?:pre-?|already |been |is |was )?(?:approved|authori[sz]ed|signed off|consented)\b|\bapproval\b|\bno confirmation\b/i,
    "a claim about approval",
  ],
  [/[{}<>[\]]|\\u|\*\/|^---/, "markup"],
  [
    /\b(?:remedy|workaround|hot-?fix|solution|hint|recommended|recommendation)\b|\bfix(?:ed)? (?:is|by|for)\b/i,
    "a remedy",
  ],
  [
    /\b(?:operators?|you|admins?|users?|people|please)\s+(?:must|should|need|have to|can now|may now)\b|\bmust\s+(?:kill|stop|set|run|move|change)\b/i,
    "an instruction",
  ],
  [
    /\b(?:adding|installing|downgrading|disabling)\s+\w|\b(?:send|print|repeat|reveal|call)\s+(?:the|your|every|all|\w+_)/i,
    "an instruction",
  ],
  [/\b[A-Z][A-Z0-9_]{3,}\s*=|\bset to (?:true|false)\b/, "a setting"],
  [
    /\b(?:compiler|submit|submission|prompt|policy override|system message|no backup)\b/i,
    "words about this conversation or its bounds",
  ],
  [/(?<![\w.])\/(?:etc|tmp|root|proc|home|dev)\//, "a path outside the deployment"],
  [/(?:^|\n)\s*(?:system|assistant|user|developer|tool|human)\s*:/i, "a fake message"],
  [new RegExp(String.raw`(?![\n\t])${unsafeCharacters.source}`, "u"), "characters that cannot be seen"],
];

/** What in a text of the model reads as an order or as a consent; undefined when nothing does. */
export function instructionIn(text: string): string | undefined {
  return signs.find(([pattern]) => pattern.test(text))?.[1];
}

/** Names in backticks, as models like to write them, are quoted as everywhere else. */
export function plainQuotes(text: string): string {
  return text.replaceAll(/`([\w./:-]{1,80})`/g, '"$1"');
}
