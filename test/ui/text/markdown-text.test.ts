import { assert, property, string } from "../../seeded-fast-check.ts";
import { describe, expect, test } from "vitest";
import {
  markdownCode,
  markdownFence,
  markdownProse,
  markdownText,
} from "../../../src/ui/text/markdown-text.ts";
import { hostileTexts } from "../hostile-texts.ts";

/** Without the markup that is ours: what is left has to be inert. */
function withoutOurs(markdown: string): string {
  return markdown.replaceAll(/<span>([@$#:.-])<\/span>/g, "_").replaceAll(/&#\d+;/g, "_");
}

// Everything that Markdown, HTML or GitHub's own filters would act on.
const active = /[<>&`*[\]|~\\@$#\n]|:\/\/|www\.|GH-|:[\w+-]+:|^[-+=]|^\d+[.)]|(?<!\w)_(?=\w)(?!_)/i;

/** What a reader sees: entities decoded, tags taken away. */
function rendered(markdown: string): string {
  return markdown
    .replaceAll(/<\/?(?:span|code)>/g, "")
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

describe("markdownText", () => {
  test.each(hostileTexts)("%j is inert", (text) => {
    expect(withoutOurs(markdownText(text)).replaceAll("_", "")).not.toMatch(active);
  });

  test("whatever the text, it is inert and reads the same", () => {
    assert(
      property(string({ unit: "binary" }), string({ unit: "grapheme-ascii" }), (any, ascii) => {
        expect(withoutOurs(markdownText(any)).replaceAll("_", "")).not.toMatch(active);
        expect(rendered(markdownText(ascii))).toBe(ascii);
      }),
      { numRuns: 2000 },
    );
  });

  test("names as they are in practice stay readable in the source", () => {
    const summary =
      'host port 8080 is published by container "jenkins_1" (project ci), so devlake cannot start';

    expect(markdownText(summary)).toBe(summary);
  });

  test.each([
    ["@octocat", "<span>@</span>octocat"],
    ["octo/repo#12", "octo/repo<span>#</span>12"],
    ["#12;", "<span>#</span>12;"],
    ["gh-12", "gh<span>-</span>12"],
    ["https://evil.example", "https<span>:</span>//evil.example"],
    ["www.evil.example", "www<span>.</span>evil.example"],
    ["8080:100:80", "8080<span>:</span>100:80"],
    ["$x$", "<span>$</span>x<span>$</span>"],
    ["&#64;octocat", "&#38;<span>#</span>64;octocat"],
    ["\\@octocat", "&#92;<span>@</span>octocat"],
    ["1. one", "&#49;. one"],
    ["snake_case_name _it_", "snake_case_name &#95;it&#95;"],
  ])("%s", (text, markdown) => {
    expect(markdownText(text)).toBe(markdown);
  });
});

test("prose: several lines on one, and code where its writer meant code", () => {
  expect(markdownProse("first `docker ps`\n- second `a <b>` `")).toBe(
    "first `docker ps`<br><span>-</span> second <code>a &#60;b&#62;</code> &#96;",
  );
});

describe("markdownCode", () => {
  test.each([
    ["local.port.8080.holder", "`local.port.8080.holder`"],
    ["docker compose up -d", "`docker compose up -d`"],
    ["a`b", "<code>a&#96;b</code>"],
    ["a|b", "<code>a&#124;b</code>"],
    ["", "<code></code>"],
  ])("%j", (text, markdown) => {
    expect(markdownCode(text)).toBe(markdown);
  });
});

describe("markdownFence", () => {
  test("is longer than any in the text", () => {
    expect(markdownFence("a\n```\nb", "diff")).toBe("````diff\na\n```\nb\n````");
  });

  test("whatever the text, only the last line ends it", () => {
    assert(
      property(string({ unit: "binary" }), (text) => {
        const [first = "", ...rest] = markdownFence(`\`\`\`${text}`, "diff").split("\n");
        const fence = first.replace("diff", "");
        const ends = rest.filter((line) => line.trimStart().startsWith(fence));

        expect(ends).toEqual([fence]);
        expect(rest.at(-1)).toBe(fence);
      }),
    );
  });
});
