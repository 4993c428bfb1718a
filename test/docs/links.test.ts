import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../..");
const PAGES = [
  ...["README.md", "CHANGELOG.md", "SECURITY.md", "deploy/README.md", "bench/README.md"],
  ...globSync("docs/**/*.md", { cwd: ROOT }),
];

const read = (page: string): string =>
  readFileSync(path.join(ROOT, page), "utf8").replace(/^```[\s\S]*?^```/gm, "");

/** The anchors of a page, as GitHub makes them of its headings. */
function anchorsOf(page: string): Set<string> {
  const headings = [...read(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, text]) => text ?? "");
  return new Set(
    headings.map((text) =>
      text
        .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

/** Where a page's links and pictures lead: what is in this repository. */
function linksOf(page: string): string[] {
  const links = [...read(page).matchAll(/\]\(([^)\s]+)\)|src="([^"]+)"/g)];
  return links.map(([, link, picture]) => link ?? picture ?? "").filter((link) => !link.includes("://"));
}

test("links between the pages of the docs lead to what is there", () => {
  const broken = PAGES.flatMap((page) =>
    linksOf(page)
      .filter((link) => {
        const [file = "", anchor] = link.split("#");
        const target = file === "" ? page : path.join(path.dirname(page), file);
        if (!existsSync(path.join(ROOT, target))) return true;
        return anchor !== undefined && target.endsWith(".md") && !anchorsOf(target).has(anchor);
      })
      .map((link) => `${page}: ${link}`),
  );
  expect(broken).toEqual([]);
});

test("every page of the docs can be found from their first page", () => {
  const found = new Set<string>();
  const follow = (page: string): void => {
    if (found.has(page)) return;
    found.add(page);
    for (const link of linksOf(page)) {
      const target = path.join(path.dirname(page), link.split("#")[0] ?? "");
      if (target.endsWith(".md") && target.startsWith("docs")) follow(target);
    }
  };
  follow(path.join("docs", "README.md"));
  const lost = PAGES.filter((page) => page.startsWith("docs") && !found.has(page));
  expect(lost.filter((page) => !page.startsWith(path.join("docs", "decisions")))).toEqual([]);
});

test("the first page of deploy/ tells of every folder in it", () => {
  const folders = globSync("*/", { cwd: path.join(ROOT, "deploy") }).map((folder) => path.basename(folder));
  const told = linksOf("deploy/README.md");
  expect(folders.filter((folder) => !told.some((link) => link.split("/")[0] === folder))).toEqual([]);
});

test("decisions have a number each", () => {
  const pages = globSync("docs/decisions/*.md", { cwd: ROOT }).map((page) => path.basename(page).slice(0, 4));
  expect(pages.sort()).toEqual(pages.map((_, index) => String(index + 1).padStart(4, "0")));
});
