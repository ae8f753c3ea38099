import { describe, expect, test } from "vitest";
import type { Plan, Step } from "../../src/core/plan.ts";
import { formatFlowchart } from "../../src/ui/format-flowchart.ts";
import { formatMarkdown } from "../../src/ui/format-markdown.ts";
import { markdownCode, markdownProse, markdownText } from "../../src/ui/text/markdown-text.ts";
import { hostileTexts } from "./hostile-texts.ts";
import {
  awkwardPlan,
  escalatedPlan,
  healthyPlan,
  jenkins,
  moveStep,
  repairPlan,
  upStep,
} from "./sample-plans.ts";

const options = { path: "plans/x.plan.yaml", digest: `sha256:${"ab".repeat(32)}` };

/** A plan with `text` wherever a plan file can hold a text of its own. */
function planOf(text: string): Plan {
  return {
    ...repairPlan,
    metadata: {
      ...repairPlan.metadata,
      target: { ...repairPlan.metadata.target, directory: text, project: text },
    },
    findings: [{ ...jenkins, summary: text, evidence: [text], refutedBy: text }],
    steps: [
      { ...moveStep, tool: text, why: text, args: { [text]: text }, fixes: ["f1", text], preview: text },
      upStep,
    ],
    summary: { ...repairPlan.summary, downtime: text, ifNothingIsDone: text },
    shellVariables: [{ name: text, set: true }],
    rejected: [{ tool: text, why: text }],
    nextSteps: [text, text],
    facts: { [text]: { value: text } },
  };
}

test("evidence is shown with its recorded value, a long one in part", () => {
  const [id = ""] = jenkins.evidence;
  const value = { kind: "container", name: "jenkins", project: `${"x".repeat(500)}end` };
  const shown = formatMarkdown({ ...repairPlan, findings: [jenkins], facts: { [id]: { value } } }, options);

  expect(shown).toMatch(
    /Evidence: `local\.port\.8080\.holder` is `container jenkins, project x{100,200} \.\.\. x{100,200}end`, `local\.container/,
  );
});

test("what Compose takes from the shell is a row of the summary, and none where that is nothing", () => {
  const shellVariables = [
    { name: "MYSQL_ROOT_PASSWORD", set: true, overEnvFile: true as const },
    { name: "TAG", set: false },
  ];

  expect(formatMarkdown({ ...repairPlan, shellVariables }, options)).toMatch(
    /^\| \*\*Taken from your shell\*\* \| MYSQL\\?_ROOT\\?_PASSWORD \(set, over \.env\), TAG \(not set\) \|$/m,
  );
  expect(formatMarkdown(repairPlan, options)).not.toContain("Taken from");
});

/** The lines outside fences, where Markdown and HTML are read. */
function outsideFences(markdown: string): string {
  const lines: string[] = [];
  let fence: string | undefined;
  for (const line of markdown.split("\n")) {
    const mark = /^`{3,}/.exec(line)?.[0];
    if (fence === undefined && mark === undefined) lines.push(line);
    else if (fence === undefined) fence = mark;
    else if (line === fence) fence = undefined;
  }
  expect(fence, "a fence is left open").toBeUndefined();
  return lines.join("\n");
}

/** The tags in the order they stand. */
function tags(markdown: string): readonly string[] {
  return (
    outsideFences(markdown)
      .match(/<[^>]*>/g)
      ?.filter((tag) => !/^<\/?(?:span|code|br)>$/.test(tag)) ?? []
  );
}

/** What begins each line: headings, list marks, table cells. */
function skeleton(markdown: string): readonly string[] {
  return outsideFences(markdown)
    .split("\n")
    .map((line) =>
      (/^ *(?:#+|-|\d+\.|\||<(?!span|code)\w+|[^ ]*)/.exec(line)?.[0] ?? "").replace(
        /^(?:[^#\-|<\d]|<(?:span|code)).*$/,
        "text",
      ),
    );
}

test("a plan to review", () => {
  expect(formatMarkdown(repairPlan, options)).toMatchInlineSnapshot(`
    "## Repair: host port 8080 is published by container "jenkins" (project ci), so devlake cannot start

    | | |
    |---|---|
    | **Outcome** | repair |
    | **Target** | local deployment in \`.\`, project \`devlake\` |
    | **Steps** | 2 |
    | **Approvals needed** | 1 (s1) |
    | **Downtime** | about 20 s |
    | **Reversible** | yes, in full |
    | **Valid until** | 2026-11-23 10:15 UTC |
    | **Planner** | offline |
    | **Plan** | \`plans/x.plan.yaml\`<br>\`sha256:abababababababababababababababababababababababababababababababab\` |

    ### Findings

    - **f1** \`port_conflict_container\` (blocking, 98% confidence): host port 8080 is published by container "jenkins" (project ci), so devlake cannot start
      <br>Evidence: \`local.port.8080.holder\`, \`local.container.devlake.error\`
      <br>Wrong if local.port.8080.holder is free

    ### From findings to steps

    \`\`\`mermaid
    flowchart LR
      finding0("f1 port_conflict_container<br/>host port 8080 is published by container #34;jenkins#34; (project ci), so devlake cannot start")
      step0{{"s1 rewrite_local_ports_to_alt_bundle<br/>mutating, asks first"}}
      step1["s2 retry_local_compose_up<br/>safe"]
      health(["health is checked"])
      finding0 --> step0
      finding0 --> step1
      step0 ==> step1
      step1 ==> health
    \`\`\`

    ### Steps

    <details><summary><b>s1</b> <code>rewrite_local_ports_to_alt_bundle</code> version 1: mutating, asks first, can be undone in full</summary>

    - Why: the holder belongs to another project; moving our ports needs no one else's downtime
    - Fixes: f1
    - With: \`bundle\` \`devlake 8085, grafana 3004, config-ui 4004\`

    \`\`\`diff
    --- docker-compose.yml
    +++ docker-compose.yml
    @@ -18,3 +18,3 @@
         ports:
    -      - "3002:3000"
    +      - "3004:3000"
         volumes:
    @@ -31,3 +31,3 @@
         ports:
    -      - 8080:8080
    +      - 8085:8080
         restart: always
    \`\`\`

    </details>

    <details><summary><b>s2</b> <code>retry_local_compose_up</code> version 1: safe (can be repeated), runs without asking</summary>

    - Why: devlake was never started; its containers have to be made again with the new ports
    - Fixes: f1

    \`\`\`text
    docker compose up -d in .
    waits at most 5 min for DevLake to be healthy
    \`\`\`

    </details>

    ### Approvals needed

    s1 asks for approval: at the terminal, or by name with this command. Any edit of the plan changes its digest, and an approval holds for one digest.

    \`\`\`sh
    gh devlake repair --apply plans/x.plan.yaml --approve s1
    \`\`\`

    ### Then it is checked that

    - the backend is ready
    - Grafana is healthy
    - config-ui reaches the backend

    ### If nothing is done

    DevLake stays down

    ### Rejected

    - \`stop_conflicting_container\`: jenkins belongs to project ci, not to this deployment

    ### Next steps

    1. Check it again beside the deployment: \`gh devlake repair lint --live plans/x.plan.yaml\`
    "
  `);
});

test("a plan without steps has neither a chart nor approvals, and says what to do", () => {
  const markdown = formatMarkdown(escalatedPlan, options);

  expect(markdown).toMatch(/^## No safe repair: /);
  expect(markdown).not.toMatch(/mermaid|Approvals needed\n|--apply|Reversible|Downtime/);
  expect(markdown).toContain(
    "1. ask an administrator to add you to the group docker: `sudo usermod -aG docker devlake`",
  );
  expect(formatMarkdown(healthyPlan, options)).toMatch(/^## Healthy: nothing to do\n/);
});

test("what cannot be undone is said where everybody looks", () => {
  const plan: Plan = {
    ...repairPlan,
    steps: [{ ...moveStep, effect: "destructive", reversible: "none" }, upStep],
  };

  expect(formatMarkdown(plan, options)).toContain("| **Reversible** | no: s1 cannot be undone |");
});

test("a proof is shown to its end: what an error ends with is its cause", () => {
  const id = "0123456789ab".padEnd(64, "cdef");
  const error = `driver failed programming external connectivity on endpoint devlake-devlake-1 (${id}): Error starting userland proxy: listen tcp4 0.0.0.0:8080: bind: address already in use`;
  const facts = { "local.container.devlake.error": { value: error } };

  expect(formatMarkdown({ ...repairPlan, facts }, options)).toContain(
    markdownText(
      `devlake-devlake-1 (0123456789ab...): Error starting userland proxy: listen tcp4 0.0.0.0:8080: bind: address already in use"`,
    ),
  );
});

test.each<[string, readonly Step[], string]>([
  ["files alone", [moveStep, upStep], "yes, in full"],
  [
    "files and containers",
    [moveStep, { ...upStep, effect: "mutating" }],
    "not in full: the files of s1 are put back; what s2 removes is created again, not put back",
  ],
  [
    "containers alone",
    [{ ...upStep, effect: "mutating" }],
    "not in full: what s2 removes is created again, not put back",
  ],
  ["nothing that asks", [upStep], "nothing to take back"],
])("what comes back is said: %s", (_what, steps, text) => {
  expect(formatMarkdown({ ...repairPlan, steps: [...steps] }, options)).toContain(
    `| **Reversible** | ${text} |`,
  );
});

test("the commands name the directory where that is another one", () => {
  const { metadata } = repairPlan;
  const target = { ...metadata.target, directory: "../d d" };
  const markdown = formatMarkdown({ ...repairPlan, metadata: { ...metadata, target } }, options);

  expect(markdown).toContain(`--apply plans/x.plan.yaml --dir "../d d" --approve s1`);
  expect(markdown).toContain(markdownCode(`gh devlake repair lint --live plans/x.plan.yaml --dir "../d d"`));
});

test("a plan without approvals needs none, and the command has no --approve", () => {
  const markdown = formatMarkdown({ ...repairPlan, steps: [upStep] }, options);

  expect(markdown).toContain("| **Approvals needed** | none |");
  expect(markdown).toContain("```sh\ngh devlake repair --apply plans/x.plan.yaml\n```");
});

test("the command is for the file as it is called", () => {
  const markdown = formatMarkdown(repairPlan, { ...options, path: "my plans/it's $1.yaml" });

  expect(markdown).toContain(`--apply 'my plans/it'\\''s $1.yaml' --approve s1`);
});

test("too long for a comment, it goes without the changes and says where they are", () => {
  const long = { ...repairPlan, steps: [{ ...moveStep, preview: "+ line\n".repeat(10_000) }, upStep] };
  const markdown = formatMarkdown(long, options);

  expect(markdown.length).toBeLessThan(65_536);
  expect(markdown).toContain("The change is too long to be shown here: see s1 in the plan file.");
});

describe("a hostile text takes no effect", () => {
  test.each(hostileTexts)("%j", (text) => {
    const markdown = formatMarkdown(planOf(text), options);
    const plain = formatMarkdown(planOf("text"), options);

    expect(tags(markdown)).toEqual(tags(plain));
    expect(skeleton(markdown)).toEqual(skeleton(plain));
    expect(markdown).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\u2028]/u);
  });

  test("only what escapes it is between us and the text", () => {
    const [text = ""] = hostileTexts;
    const escaped = [markdownText(text), markdownCode(text), markdownProse(text), markdownCode(`"${text}"`)];
    let rest = outsideFences(formatMarkdown(planOf(text), options));
    for (const piece of escaped.toSorted((a, b) => b.length - a.length)) rest = rest.replaceAll(piece, "");

    expect(rest).not.toContain("octocat");
  });
});

describe("the flowchart", () => {
  const label = String.raw`"(?:[\p{L}\p{M}\p{N} ,()/_]|#\d+;|<br/>)*"`;
  const line = new RegExp(
    String.raw`^  (?:\w+(?:\(${label}\)|\[${label}\]|\{\{${label}\}\}|\(\[${label}\]\))|\w+ (?:-->|==>) \w+)$`,
    "u",
  );

  test("goes from findings to steps to the check", () => {
    expect(formatFlowchart(repairPlan)).toMatchInlineSnapshot(`
      "flowchart LR
        finding0("f1 port_conflict_container<br/>host port 8080 is published by container #34;jenkins#34; (project ci), so devlake cannot start")
        step0{{"s1 rewrite_local_ports_to_alt_bundle<br/>mutating, asks first"}}
        step1["s2 retry_local_compose_up<br/>safe"]
        health(["health is checked"])
        finding0 --> step0
        finding0 --> step1
        step0 ==> step1
        step1 ==> health"
    `);
  });

  test.each([...hostileTexts.map(planOf), awkwardPlan])("holds nothing but nodes and arrows (%#)", (plan) => {
    const [first, ...rest] = formatFlowchart(plan).split("\n");

    expect(first).toBe("flowchart LR");
    for (const each of rest) expect(each).toMatch(line);
  });

  test("of many findings shows the first", () => {
    const findings = Array.from({ length: 200 }, (_, index) => ({ ...jenkins, id: `f${index}` }));

    expect(formatFlowchart({ ...repairPlan, findings }).match(/finding\d+\(/g)).toHaveLength(12);
  });
});

test("whatever is long in a plan, the comment is none that GitHub refuses, and has what decides", () => {
  const long = "<*_|".repeat(9_000);
  const [step] = repairPlan.steps;
  if (step === undefined) throw new Error("the plan has no step");
  const { metadata } = repairPlan;
  const longer: readonly Plan[] = [
    { ...repairPlan, steps: [{ ...step, why: long }] },
    { ...repairPlan, findings: repairPlan.findings.map((each) => ({ ...each, summary: long })) },
    { ...repairPlan, nextSteps: [long], summary: { ...repairPlan.summary, downtime: long } },
    {
      ...repairPlan,
      steps: [{ ...step, why: long }],
      metadata: { ...metadata, target: { ...metadata.target, project: long, directory: "." } },
    },
  ];

  for (const plan of longer) {
    const markdown = formatMarkdown(plan, { path: "p.plan.yaml", digest: "sha256:0" });
    expect(markdown.length).toBeLessThan(65_536);
    expect(markdown).toContain("too long to be shown here: read `p.plan.yaml` itself");
    expect(markdown).toContain("--approve s1");
    expect(markdown).toContain(`- **s1** \`${step.tool}\` version 1: mutating`);
  }
});
