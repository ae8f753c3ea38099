import { NEW_PLAN, NEW_PLAN_WITH_THIS } from "./text/own-commands.ts";

/** What a diagnostic code means, for the one who meets it. Texts are sentences, unlike messages. */
export interface DiagnosticEntry {
  readonly title: string;
  /** What it means, and why such a file is refused. */
  readonly explanation: string;
  /** What to do, where the diagnostic itself knows nothing better. */
  readonly help: string;
}

/** What each range of codes is about. */
export const diagnosticRanges = {
  P00: "The file itself",
  P01: "The text is not acceptable YAML",
  P02: "It does not fit the schema",
  P03: "It names what does not exist",
  P04: "It does not do what it says",
  P05: "The policy forbids it",
  P06: "It no longer fits the deployment",
} as const;

/** Every code a diagnostic can have. A number keeps its meaning for ever; docs/diagnostics.md is made of this. */
export const diagnosticCodes = {
  P0001: {
    title: "the file cannot be read",
    explanation:
      "There is no such file, it may not be read, or it is no regular file. Nothing is known of its content, so it counts as refused; the other files are still checked.",
    help: "check the name and that you may read it",
  },
  P0101: {
    title: "the file is too large",
    explanation:
      "A plan or a policy is text that people review, and none that this program writes comes near the limit. A larger file is refused before it is parsed, so that it cannot cost time or memory.",
    help: NEW_PLAN,
  },
  P0102: {
    title: "not valid YAML",
    explanation:
      "The text is not valid YAML 1.2, or a key stands twice in one map. Parsers disagree about such text, so a reviewer and the program could read different plans.",
    help: "correct the YAML at this place",
  },
  P0103: {
    title: "a YAML feature that plans and policies may not use",
    explanation:
      "Anchors, aliases, merge keys, tags, directives and keys such as `__proto__` make a document mean something else than it shows. A file that decides about changes has to mean what its reviewers see, so it holds plain values only.",
    help: "write the value out in full",
  },
  P0201: {
    title: "a version that this program does not read",
    explanation:
      "The `apiVersion` names another kind of file or another major version of its format. The meaning of its fields may differ, so nothing of it is interpreted.",
    help: NEW_PLAN_WITH_THIS,
  },
  P0202: {
    title: "does not fit the schema",
    explanation:
      "A field is missing, unknown or of the wrong type. Checked against schemas/repair-plan.v1.schema.json or schemas/repair-policy.v1.schema.json, the same files that editors use, so what the editor underlines is what is refused here.",
    help: "correct the field; an editor with YAML support shows what fits",
  },
  P0301: {
    title: "two steps with one id",
    explanation:
      "Approvals and the result name steps by their id. With two steps of one id, an approval of one would cover the other too.",
    help: "give each step an id of its own, such as s3",
  },
  P0302: {
    title: "the catalog has no such tool",
    explanation:
      "The tool, or this version of it, is not in the catalog. Only tools of the catalog can ever run: a plan cannot bring its own.",
    help: "gh devlake repair tools lists the tools and their versions",
  },
  P0303: {
    title: "arguments that the tool does not take",
    explanation:
      "The arguments do not fit what the tool declares. Tools are strict about them, since each argument decides what is changed.",
    help: "correct the arguments; the schema describes those of each tool",
  },
  P0304: {
    title: "no such finding",
    explanation:
      "The step claims to fix a finding that the plan does not hold. A reviewer could not see what the step is for.",
    help: "name the id of a finding of this plan, such as f1",
  },
  P0305: {
    title: "a recorded fact that is none",
    explanation:
      "Under `facts` the plan holds something whose id or value no inspection can have brought to light, so nothing can be proven with it.",
    help: NEW_PLAN,
  },
  P0306: {
    title: "a step of an older version of a tool",
    explanation:
      "The plan was made when the tool did something else than it does now, so what its reviewers approved is not what would run. Such plans can still be shown, and results of their runs verified, but nothing of them is applied.",
    help: NEW_PLAN,
  },
  P0401: {
    title: "the step cannot run where it stands",
    explanation:
      "A precondition of the tool does not hold on the facts at this place of the plan, after the steps before it. The fact that is in the way stands in brackets.",
    help: `put the steps in order, or ${NEW_PLAN}`,
  },
  P0402: {
    title: "the step would change nothing",
    explanation:
      "On the facts at this place, the step has no effect. A step without effect asks for approval and costs attention for nothing.",
    help: "delete the step",
  },
  P0403: {
    title: "the plan does not reach its goal",
    explanation:
      "After the last step a blocking finding would still be there, so DevLake could not be used. A plan with the outcome `repair` has to cure everything that blocks.",
    help: NEW_PLAN,
  },
  P0404: {
    title: "the preview is not what the step would do",
    explanation:
      "The preview is what people approve, so it has to be exactly what the catalog makes of the step on these facts. It was edited by hand, or the files it is about have changed.",
    help: NEW_PLAN,
  },
  P0405: {
    title: "the step does not expect all facts it depends on",
    explanation:
      "Before each step the facts in `expects` are read again, and the step does not run when one has moved. A fact that the tool reads but the plan does not list could move unnoticed.",
    help: NEW_PLAN,
  },
  P0406: {
    title: "another effect than the catalog's",
    explanation:
      "The plan claims that the step does less, more, or is easier to take back than the catalog says. Which approval a step needs comes from the catalog, never from a plan.",
    help: "write the effect and reversible that gh devlake repair tools shows",
  },
  P0407: {
    title: "the summary does not count the steps",
    explanation:
      "The numbers in `summary` are what a reviewer reads first, and they are not those of the steps below.",
    help: "correct the numbers",
  },
  P0408: {
    title: "the outcome does not go with the steps",
    explanation:
      "A plan with the outcome `repair` has steps; one that is `healthy` or has to `escalate` has none.",
    help: NEW_PLAN,
  },
  P0409: {
    title: "the steps only look",
    explanation:
      "Every step of the plan has the effect `read`, so nothing can be repaired by it. Applied to a healthy deployment it would be recorded as a repair that was none.",
    help: "to look without a plan: gh devlake repair inspect",
  },
  P0410: {
    title: "a step expects what the recorded facts do not lead to",
    explanation:
      "The facts under `facts`, changed by the steps before, are not what the step expects when its turn comes. Steps that were moved, removed or put in, and edited expectations, show like this.",
    help: NEW_PLAN,
  },
  P0411: {
    title: "the plan says something else than its facts show",
    explanation:
      "Findings, what a step helps to cure, the checks at the end and the summary follow from the facts under `facts`. Reviewers decide by them, so nobody may write something else there.",
    help: NEW_PLAN,
  },
  P0412: {
    title: "no facts to prove the plan with",
    explanation:
      "The plan has no `facts`, so without its deployment nobody can tell whether its findings are true, whether its steps can run and whether they are enough. Plans that would be too large with their facts are written without them.",
    help: "compare with the deployment: gh devlake repair lint --live FILE, or --facts FILE",
  },
  P0413: {
    title: "times that cannot be",
    explanation:
      "The plan says that it was made in the future, or that its validity ended before it was made. Such a plan would outlive what the policy allows.",
    help: NEW_PLAN,
  },
  P0501: {
    title: "a tool that the policy forbids",
    explanation:
      "A policy, of the directory, the user or the command line, denies this tool, does not list it among those allowed, or allows less than its effect. Who wrote the plan does not matter.",
    help: "make a new plan under this policy, or ask whoever keeps the policy",
  },
  P0502: {
    title: "more steps than the policy allows",
    explanation:
      "The policy bounds the number of steps, so that a plan stays small enough to be understood before it runs.",
    help: "make a new plan under this policy",
  },
  P0503: {
    title: "a cause that is not certain enough for the policy",
    explanation:
      "The plan repairs a finding whose confidence is below the policy's minimum. Such findings are for a person to judge.",
    help: "look at the evidence yourself, then follow the plan's next steps",
  },
  P0504: {
    title: "valid for longer than the policy allows",
    explanation:
      "A plan is made for the deployment as it was then, so the policy bounds how long it may be applied. The time between `createdAt` and `validUntil` is longer.",
    help: "make a new plan under this policy",
  },
  P0505: {
    title: "a key that the policy of a directory cannot set",
    explanation:
      "The file `.devlake-repair.yaml` stands in the deployment's directory, where a pull request can put it, so it can only tighten what you allow. Whose results are trusted (`trustedKeys`), which model is asked (`model`) and what a failed run does (`onFailure`) are yours to say. The key is ignored, so this is only a warning.",
    help: "move the key into your own policy, policy.yaml beside your signing key, or give a file with --policy",
  },
  P0601: {
    title: "a fact has moved",
    explanation:
      "The deployment, or the facts bundle the plan is compared with, is no longer as the plan expects. The plan may be sound, but it is not about this state, so it would not run.",
    help: NEW_PLAN,
  },
  P0602: {
    title: "the plan has expired",
    explanation:
      "The time in `validUntil` has passed, so the plan would be refused when applied. That does not make the file wrong, so this is only a warning.",
    help: NEW_PLAN,
  },
  P0603: {
    title: "a finding that the deployment does not show",
    explanation:
      "What the plan says is wrong follows from the facts that it records, but not from the facts of the deployment, or of the bundle that it is compared with. Either what was wrong has passed or changed, or the plan was edited together with its facts. It would not run.",
    help: NEW_PLAN,
  },
} as const satisfies Readonly<Record<`P${number}`, DiagnosticEntry>>;

export type DiagnosticCode = keyof typeof diagnosticCodes;
