/** What the fake world can be asked to do wrong, by the name of the port's call. */
export type Operation =
  | "docker.status"
  | "docker.containers"
  | "docker.inspect"
  | "docker.networks"
  | "docker.volumes"
  | "docker.image"
  | "docker.logs"
  | "docker.removeContainer"
  | "docker.startContainer"
  | "docker.connectNetwork"
  | "docker.disconnectNetwork"
  | "compose.config"
  | "compose.createMissing"
  | "compose.recreate"
  | "compose.pull"
  | "savedSecrets.save"
  | "files.readText"
  | "files.replace"
  | "files.remove"
  | "hostPorts.listeners"
  | "http.get"
  | "journal.append"
  | "backups.backUp"
  | "backups.readBackUp"
  | "approvals.request";

/** One thing that goes wrong: `instead` of the real call, which it may still make, wholly or in part. */
export interface Fault {
  readonly operation: Operation;
  /** Which calls of the operation: counted from 1 since the world was made; `from` that one on for `every`. */
  readonly nth: number;
  readonly every?: boolean;
  readonly instead: <T>(real: (portion?: "half") => Promise<T>) => Promise<T>;
}

/** Counts the calls and lets the faults have their way. */
export class Faults {
  readonly #calls = new Map<Operation, number>();
  readonly #faults: Fault[] = [];
  /** Called when a fault comes into play. */
  hits = 0;
  /** A process that is gone gets no answer to anything. */
  isGone = false;

  add(...faults: readonly Fault[]): void {
    this.#faults.push(...faults);
  }

  clear(): void {
    this.#faults.length = 0;
  }

  /** The number of the next call of an operation. */
  next(operation: Operation): number {
    return (this.#calls.get(operation) ?? 0) + 1;
  }

  call<T>(operation: Operation, real: (portion?: "half") => Promise<T>): Promise<T> {
    const number = this.next(operation);
    this.#calls.set(operation, number);
    if (this.isGone) return new Promise(() => undefined);
    const fault = this.#faults.find(
      (candidate) =>
        candidate.operation === operation &&
        (candidate.every === true ? number >= candidate.nth : number === candidate.nth),
    );
    if (fault === undefined) return real();
    this.hits += 1;
    return fault.instead(real);
  }
}

interface When {
  readonly nth: number;
  readonly every?: boolean;
}

/** The call throws and has no effect. */
export function throwsBefore(operation: Operation, error: Error, when: When = { nth: 1 }): Fault {
  return { ...when, operation, instead: () => Promise.reject(error) };
}

/** The call has its effect, but its answer is lost. */
export function throwsAfter(operation: Operation, error: Error, when: When = { nth: 1 }): Fault {
  return { ...when, operation, instead: (real) => real().then(() => Promise.reject(error)) };
}

/** The call does half of its work and then answers so; only Compose's calls know halves. */
export function endsHalfway(operation: Operation, answer: unknown, when: When = { nth: 1 }): Fault {
  return {
    ...when,
    operation,
    instead: async <T>(real: (portion?: "half") => Promise<T>) => {
      await real("half");
      return answer as T;
    },
  };
}

/** The call has its whole effect, or none, but answers so. */
export function answers(
  operation: Operation,
  answer: unknown,
  effect: "whole" | "none",
  when: When = { nth: 1 },
): Fault {
  return {
    ...when,
    operation,
    instead: async <T>(real: () => Promise<T>) => {
      if (effect === "whole") await real();
      return answer as T;
    },
  };
}

/** Somebody else is quicker: `change` happens just before the call. */
export function meanwhile(operation: Operation, change: () => void, when: When = { nth: 1 }): Fault {
  return {
    ...when,
    operation,
    instead: (real) => {
      change();
      return real();
    },
  };
}

export function enospc(): Error {
  return Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
}
